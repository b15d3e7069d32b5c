"""Numbers that a model keeps in files beside it, which never lie outside its folder."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from nntrace.errors import plural
from nntrace.read.arrays.numpy import MAPPED
from nntrace.read.files import inside, told_plainly


def read_external(folder: Path, tensor: Any, length: int) -> Any:
    """Return the `length` bytes of a tensor as a buffer; from some length on, they are mapped.

    Raises FileError where there is no such file in the folder, and ValueError where the place in it
    does not fit the tensor.
    """
    entries = {entry.key: entry.value for entry in tensor.external_data}
    if any(isinstance(text, bytes) for pair in entries.items() for text in pair):
        raise ValueError("is said to lie in a file whose name is not UTF-8 text")
    name = entries.get("location", "")
    if not name:
        raise ValueError("is said to lie in another file, which has no name")
    offset, given = (_whole(entries, key) for key in ("offset", "length"))
    if given is not None and given != length:
        raise ValueError(
            f"has {plural(given, 'byte')} in '{name}', its shape and dtype take {length}"
        )
    path = inside(folder, name, of="the model")
    with told_plainly(name):
        there = path.stat().st_size
        if (offset or 0) + length > there:
            raise ValueError(
                f"reads bytes {offset or 0} to {(offset or 0) + length} of '{name}', which has "
                f"{there}"
            )
        if length >= MAPPED:
            return np.memmap(path, np.uint8, "r", offset or 0, (length,))
        with open(path, "rb") as stream:
            stream.seek(offset or 0)
            return stream.read(length)


def _whole(entries: dict[str, str], key: str) -> int | None:
    """Return a number of bytes, where it is given."""
    text = entries.get(key)
    if text is None:
        return None
    if not (text.isascii() and text.isdigit() and len(text) < 19):
        raise ValueError(f"has an external {key} of '{text[:40]}', takes a number of bytes")
    return int(text)
