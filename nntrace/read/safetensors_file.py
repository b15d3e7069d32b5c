"""`.safetensors` files, through the package of that name (the `safetensors` extra)."""

from __future__ import annotations

from collections.abc import Mapping
from math import prod
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nntrace.errors import FileError
from nntrace.read.arrays import StoredArray, from_bfloat16
from nntrace.read.files import physical_memory, told_plainly

# Bytes a number, by the format's names: https://huggingface.co/docs/safetensors
_WIDTHS = {"F64": 8, "F32": 4, "F16": 2, "BF16": 2}
_WIDTHS |= {"I64": 8, "I32": 4, "I16": 2, "I8": 1, "U64": 8, "U32": 4, "U16": 2, "U8": 1}


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
        from safetensors import deserialize, safe_open

        if dtype not in _WIDTHS:
            raise FileError(f"'{path.name}: {name}' holds {dtype}, takes floats or integers")
        if prod(shape) * _WIDTHS[dtype] > physical_memory():
            raise FileError(f"'{path.name}: {name}' is larger than memory")
        if dtype != "BF16":
            with safe_open(path, "np") as file:
                tensor: NDArray[Any] = file.get_tensor(name)
                return tensor
        parts = deserialize(path.read_bytes())  # type: ignore[no-untyped-call]
        stored = dict(parts)[name]["data"]
        return from_bfloat16(np.frombuffer(stored, "<u2")).reshape(shape)

    return StoredArray(shape, dtype, load)
