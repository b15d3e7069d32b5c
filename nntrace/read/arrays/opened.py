"""Files of arrays by themselves: which one a path is, told by its content, and what it holds."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from nntrace.errors import FileError, Problem
from nntrace.read.arrays.weights import FORMATS
from nntrace.read.recognise import HEAD, kind_of

if TYPE_CHECKING:
    from nntrace.read.arrays.numpy import StoredArray


class ArrayFile(NamedTuple):
    """A file of arrays: its path, what it is, in words, and its arrays by name."""

    path: str
    kind: str
    arrays: Mapping[str, StoredArray]


def suffix_of(path: str) -> str | None:
    """Return the suffix of the format that a file of arrays is of; None where it is of none.

    Its content tells; where that is text, or an archive or pickle of anything, its own suffix.
    """
    own = Path(path).suffix.lower()
    try:
        if not stat.S_ISREG(os.stat(path).st_mode):
            return None
        with open(path, "rb") as stream:
            kind = kind_of(stream.read(HEAD))
    except (OSError, ValueError):  # whoever reads it as a net tells what is wrong
        return None
    if own in FORMATS and (kind is None) == (not FORMATS[own].kinds):
        return own if kind is None or kind in FORMATS[own].kinds else _by_kind(kind)
    return _by_kind(kind)


def _by_kind(kind: str | None) -> str | None:
    """Return the suffix of the first format that a kind of file is surely of."""
    sure = (suffix for suffix, each in FORMATS.items() if each.kinds[:1] == (kind,))
    return next(sure, None)


def open_arrays(path: str, suffix: str) -> ArrayFile:
    """Open a file of arrays of a format, by its suffix; FileError, which names it."""
    with open(path, "rb") as stream:
        kind = kind_of(stream.read(HEAD)) or "a table of numbers (.csv)"
    try:
        return ArrayFile(path, kind, FORMATS[suffix].open(Path(path)))
    except FileError as error:
        told = str(error).removeprefix(f"'{Path(path).name}' ")
        raise FileError(Problem(told, (), path)) from None


def each_array(file: ArrayFile) -> Iterator[tuple[str, StoredArray | None, str]]:
    """Give the name of each array, the array, and why it cannot be had where it is None."""
    for name in file.arrays:
        try:
            yield name, file.arrays[name], ""
        except FileError as error:
            yield name, None, str(error)
