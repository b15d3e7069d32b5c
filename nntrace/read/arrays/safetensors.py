"""`.safetensors` files, which the package of that name checks (the `safetensors` extra)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from math import prod
from pathlib import Path
from typing import IO, Any, NamedTuple

import numpy as np

from nntrace.core.arrays import Numbers
from nntrace.errors import FileError
from nntrace.read.arrays.numpy import MAPPED, StoredArray, from_bfloat16, mapped
from nntrace.read.files import told_plainly

# NumPy's names by the format's: https://huggingface.co/docs/safetensors
_TYPES = {"F64": "<f8", "F32": "<f4", "F16": "<f2", "BF16": "<u2", "I64": "<i8", "I32": "<i4"}
_TYPES |= {"I16": "<i2", "I8": "i1", "U64": "<u8", "U32": "<u4", "U16": "<u2", "U8": "u1"}

LONGEST_HEADER = 100_000_000  # bytes, the format's own limit


def open_safetensors(path: Path) -> Mapping[str, StoredArray]:
    """Return the arrays of a file by name; FileError where it is damaged or the extra is absent."""
    try:
        from safetensors import SafetensorError, safe_open
    except ImportError:
        raise FileError(
            f"'{path.name}' needs the safetensors extra: pip install 'nntrace[safetensors]'"
        ) from None
    with told_plainly(path.name):
        try:
            with safe_open(path, "np"):  # checks that the header is sound
                pass
        except SafetensorError as error:
            raise FileError(f"'{path.name}' is no safetensors file, or damaged: {error}") from None
        with open(path, "rb") as stream:
            header, start = read_header(stream, path.name)
    return {name: _stored(path, name, entry, start) for name, entry in sorted(header.items())}


class Tensor(NamedTuple):
    """What a header says of one tensor; `offset` counts from the end of the header."""

    shape: tuple[int, ...]
    dtype: str
    offset: int


def read_header(stream: IO[bytes], called: str) -> tuple[dict[str, Tensor], int]:
    """Return what a file holds, and at which byte the numbers begin; FileError where it is none.

    The package takes a header that lists what it should name, which no writer makes.
    """
    try:
        length = int.from_bytes(stream.read(8), "little")
        if length > LONGEST_HEADER:
            raise ValueError("more bytes are promised than the format allows")
        header = json.loads(stream.read(length), object_pairs_hook=_once)
        if not isinstance(header, dict):
            raise ValueError("nothing has a name")
        header.pop("__metadata__", None)
        return {name: _entry(name, entry) for name, entry in header.items()}, 8 + length
    except (json.JSONDecodeError, UnicodeError, RecursionError):
        raise FileError(f"'{called}' is no safetensors file, or damaged: no JSON header") from None
    except ValueError as error:
        message = f"'{called}' is no safetensors file, or damaged: in its header, {error}"
        raise FileError(message) from None


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    entries = dict(pairs)
    if len(entries) < len(pairs):
        raise ValueError("a name is given twice")
    return entries


def _entry(name: str, entry: Any) -> Tensor:
    if not isinstance(entry, dict):
        raise ValueError(f"'{name[:40]}' is no object")
    dtype = entry.get("dtype")
    if not isinstance(dtype, str):
        raise ValueError(f"the dtype of '{name[:40]}' is no text")
    shape, offsets = _wholes(name, entry, "shape"), _wholes(name, entry, "data_offsets")
    if len(offsets) != 2:
        raise ValueError(f"the data_offsets of '{name[:40]}' are not two")
    return Tensor(shape, dtype, offsets[0])


def _wholes(name: str, entry: dict[str, Any], key: str) -> tuple[int, ...]:
    values = entry.get(key)
    if not isinstance(values, list) or not all(type(n) is int and n >= 0 for n in values):
        raise ValueError(f"the {key} of '{name[:40]}' is no list of whole numbers")
    return tuple(values)


def _stored(path: Path, name: str, tensor: Tensor, data: int) -> StoredArray:
    """Return a tensor whose offset counts from the byte `data` of the file."""
    shape, dtype = tensor.shape, tensor.dtype
    start = data + tensor.offset
    called = f"{path.name}: {name}"

    def load() -> Numbers:
        if dtype not in _TYPES:
            raise FileError(f"'{called}' holds {dtype}, takes floats or integers")
        kind, numbers = np.dtype(_TYPES[dtype]), prod(shape)
        if numbers * kind.itemsize >= MAPPED:
            values = mapped(path, called, kind, numbers, start)
        else:
            with told_plainly(path.name):
                values = np.fromfile(path, kind, numbers, offset=start)
        if values.size < numbers:
            raise FileError(f"'{called}' is cut short")
        values = values.reshape(shape)
        return from_bfloat16(values) if dtype == "BF16" else values

    return StoredArray(shape, dtype, load)
