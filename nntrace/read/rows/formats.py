"""The formats of rows, by their suffixes; loads none of their readers.

A new one is a module here, with a function `read_<name>` of the lines or the path of a file and of
what is wanted, and a line in `FORMATS`, which help, completion and messages follow.
"""

from __future__ import annotations

from nntrace.errors import listed
from nntrace.records import NamedTuple


class Format(NamedTuple):
    """A format: its name, which is its suffix, too, and the module that reads it.

    One that `streams` may come through a pipe; a `tabular` one has cells, and may have a header.
    It holds `numbers`, or `texts` for the nets that read text, or either; an `encoded` one what
    such a net makes of a text, tokens or ones and zeros, as nntrace itself writes it.
    """

    name: str
    module: str
    streams: bool = False
    tabular: bool = False
    numbers: bool = True
    texts: bool = False
    encoded: bool = False


FORMATS = (
    Format("csv", "csv", streams=True, tabular=True, texts=True),
    Format("tsv", "csv", streams=True, tabular=True, texts=True),
    Format("jsonl", "json", streams=True, texts=True),
    Format("json", "json", streams=True, texts=True),
    Format("txt", "text", streams=True, numbers=False, texts=True),
    Format("npy", "numpy", encoded=True),
    Format("npz", "numpy", encoded=True),
    Format("png", "png"),
)
BY_NAME = {each.name: each for each in FORMATS}
STREAMS = tuple(each.name for each in FORMATS if each.streams)
STREAMS_OF_NUMBERS = tuple(each.name for each in FORMATS if each.streams and each.numbers)
FILES = tuple(each.name for each in FORMATS if not each.streams)
TABLES = tuple(each.name for each in FORMATS if each.tabular)
SUFFIXES = tuple(f".{each.name}" for each in FORMATS if each.numbers)
SUFFIXES_OF_ANY = tuple(f".{each.name}" for each in FORMATS)
SUFFIXES_OF_TEXTS = tuple(f".{each.name}" for each in FORMATS if each.texts)


def either(names: tuple[str, ...]) -> str:
    """Name them as a choice: `.npz or .png`."""
    return listed(names, "or")
