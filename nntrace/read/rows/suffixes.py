"""The formats of files of rows, by their suffixes: for messages and help, which load no reader."""

from __future__ import annotations

from nntrace.errors import listed

TEXTS = ("csv", "tsv", "jsonl", "json")  # which a stream may hold, too
FILES = (*TEXTS, "npy", "npz", "png")


def either(names: tuple[str, ...], before: str = "") -> str:
    """Name them as a choice: `.npz or .png`."""
    return listed([f"{before}{name}" for name in names]).replace(" and ", " or ")
