"""`.safetensors` files, which the package of that name checks (the `safetensors` extra)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from math import prod
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from nntrace.errors import FileError
from nntrace.read.arrays import MAPPED, StoredArray, from_bfloat16, mapped
from nntrace.read.files import told_plainly

if TYPE_CHECKING:
    from numpy.typing import NDArray

# NumPy's names by the format's: https://huggingface.co/docs/safetensors
_TYPES = {"F64": "<f8", "F32": "<f4", "F16": "<f2", "BF16": "<u2", "I64": "<i8", "I32": "<i4"}
_TYPES |= {"I16": "<i2", "I8": "i1", "U64": "<u8", "U32": "<u4", "U16": "<u2", "U8": "u1"}


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
            length = int.from_bytes(stream.read(8), "little")
            header = json.loads(stream.read(length))
    header.pop("__metadata__", None)
    return {name: _stored(path, name, part, 8 + length) for name, part in sorted(header.items())}


def _stored(path: Path, name: str, part: dict[str, Any], data: int) -> StoredArray:
    """Return a tensor whose offsets count from the byte `data` of the file."""
    shape, dtype = tuple(part["shape"]), part["dtype"]
    start = data + part["data_offsets"][0]
    called = f"{path.name}: {name}"

    def load() -> NDArray[Any]:
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
