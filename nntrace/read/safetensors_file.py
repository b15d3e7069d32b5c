"""`.safetensors` files, through the package of that name (the `safetensors` extra)."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from math import prod
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from nntrace.errors import FileError
from nntrace.read.arrays import StoredArray, from_bfloat16
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
    arrays = {}
    with told_plainly(path.name):
        try:
            with safe_open(path, "np") as file:
                for name in file.keys():  # noqa: SIM118  (not a mapping)
                    part = file.get_slice(name)
                    arrays[name] = _stored(path, name, tuple(part.get_shape()), part.get_dtype())
        except SafetensorError as error:
            raise FileError(f"'{path.name}' is no safetensors file, or damaged: {error}") from None
    return arrays


def _stored(path: Path, name: str, shape: tuple[int, ...], dtype: str) -> StoredArray:
    def load() -> NDArray[Any]:
        if dtype not in _TYPES:
            raise FileError(f"'{path.name}: {name}' holds {dtype}, takes floats or integers")
        # the package reads no bfloat16 into NumPy; it has checked that the header is sound
        with told_plainly(path.name), open(path, "rb") as stream:
            header = stream.read(int.from_bytes(stream.read(8), "little"))
            start, end = json.loads(header)[name]["data_offsets"]
            stream.seek(start, os.SEEK_CUR)
            data = stream.read(end - start)
        if len(data) < prod(shape) * np.dtype(_TYPES[dtype]).itemsize:
            raise FileError(f"'{path.name}: {name}' is cut short")
        values = np.frombuffer(data, _TYPES[dtype]).reshape(shape)
        return from_bfloat16(values) if dtype == "BF16" else values

    return StoredArray(shape, dtype, load)
