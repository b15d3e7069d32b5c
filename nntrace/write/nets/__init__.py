"""The formats that nets are written in, by the suffix of their file; loads none of their writers.

A new one is a module with a function `parts`, and a line in `FORMATS`: `nntrace.save`, `nntrace
convert`, help and messages follow.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from importlib import import_module
from typing import TYPE_CHECKING

from nntrace.errors import UsageError, listed
from nntrace.records import NamedTuple

if TYPE_CHECKING:
    from nntrace.core.network import Network

HOMES = ("inline", "npz", "safetensors")  # where the numbers of a net file can stand


class Part(NamedTuple):
    """A file that a net is written as: its name, its bytes, and what it holds, in words."""

    name: str
    pieces: Iterator[bytes]
    holds: str


class Format(NamedTuple):
    """A format: what it is called, and its module, with a function `parts`.

    `parts` is given a network, the name of its file, and where the numbers go, one of HOMES or None
    for the writer's own choice. It returns that file's part first, then those beside it, and raises
    UsageError with everything that the format cannot say.
    """

    called: str
    module: str


FORMATS = {
    ".yaml": Format("a net file", "yaml"),
    ".yml": Format("a net file", "yaml"),
    ".onnx": Format("an ONNX model", "onnx"),
}


def parts(network: Network, path: str, weights: str | None = None) -> list[Part]:
    """Return the files that a net is written as at a path: the one of that name first, then those
    beside it. UsageError for a suffix of no format, or what its format cannot say."""
    suffix = os.path.splitext(path)[1].lower()
    if suffix not in FORMATS:
        takes = f"takes {listed([*FORMATS], 'or')}"
        raise UsageError(f"{path}: its suffix is that of no net that can be written, {takes}")
    if weights not in (None, *HOMES):
        raise UsageError(f"weights: '{weights}' is none of {', '.join(HOMES)}")
    module = import_module(f"nntrace.write.nets.{FORMATS[suffix].module}")
    made: list[Part] = module.parts(network, os.path.basename(path), weights)
    return made
