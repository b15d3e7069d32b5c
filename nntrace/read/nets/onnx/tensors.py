"""TensorProto → NumPy's array: of every dtype, wherever its numbers are kept."""

from __future__ import annotations

from collections.abc import Iterable
from math import prod
from pathlib import Path
from typing import Any

import numpy as np

from nntrace.core.graph.dtypes import NAMES, PACKED, STRING, dtype_of
from nntrace.core.graph.graph import Tensor
from nntrace.core.op import times
from nntrace.errors import FileError, plural
from nntrace.read.nets.onnx.external import read_external
from nntrace.read.nets.onnx.faults import Faults

MOST_DIMENSIONS = 64  # NumPy's
LARGEST_SPARSE = 2**31  # bytes of one that is written out in full
# Fields that hold numbers one by one: https://onnx.ai/onnx/api/classes.html#tensorproto
_FIELDS = {
    "float32": "float_data", "complex64": "float_data", "float64": "double_data",
    "complex128": "double_data", "int64": "int64_data", "uint32": "uint64_data",
    "uint64": "uint64_data",
}  # fmt: skip
_EXTERNAL = 1
# dtypes that NumPy has of its own; the others are those of ml_dtypes
_NUMPYS = {name for code, name in NAMES.items() if code <= 15}


def known_dtype(code: int) -> np.dtype[Any]:
    """Return the dtype that ONNX has a number for; ValueError where there is none."""
    if code == STRING:
        return np.dtype(np.str_)
    name = NAMES.get(code)
    if name is None:
        raise ValueError(f"has dtype {code}, which ONNX does not have")
    if name not in _NUMPYS:
        import ml_dtypes  # noqa: F401  which tells NumPy their names
    try:
        return dtype_of(code)
    except TypeError:
        raise ValueError(
            f"has dtype {name}, which takes a newer ml_dtypes: pip install --upgrade ml_dtypes"
        ) from None


class Tensors:
    """Reads the tensors of one model, whose files lie in `folder`."""

    def __init__(self, folder: Path, faults: Faults) -> None:
        self.folder = folder
        self.faults = faults

    def dense(self, tensor: Any, called: str) -> Tensor:
        """Return a tensor, read-only; noted as a fault, and empty, where it is not sound."""
        try:
            return self._dense(tensor)
        except (ValueError, FileError) as error:
            self.faults.add(f"{called}: {error}")
            return np.zeros((0,), np.float32)

    def sparse(self, tensor: Any, called: str) -> Tensor:
        """Return a sparse tensor written out in full, read-only; as `dense` where it is not."""
        try:
            return self._sparse(tensor)
        except (ValueError, FileError) as error:
            self.faults.add(f"{called}: {error}")
            return np.zeros((0,), np.float32)

    def _dense(self, tensor: Any) -> Tensor:
        shape = _shape(tensor.dims)
        dtype = known_dtype(tensor.data_type)
        if tensor.HasField("segment"):
            raise ValueError("is kept in segments, which nothing writes any more")
        count = prod(shape)
        if dtype.kind == "U":
            texts = _texts(tensor.string_data)
            _check_count(len(texts), shape, dtype)
            values = np.array(texts, dtype=np.str_) if texts else np.zeros(0, np.str_)
        elif tensor.data_location == _EXTERNAL:
            data = read_external(self.folder, tensor, _bytes_of(count, dtype))
            values = _from_bytes(data, count, dtype)
        elif tensor.HasField("raw_data"):
            data = tensor.raw_data
            if len(data) != _bytes_of(count, dtype):
                raise ValueError(
                    f"holds {plural(len(data), 'byte')}, {_of(shape, dtype)} takes "
                    f"{_bytes_of(count, dtype)}"
                )
            values = _from_bytes(data, count, dtype)
        else:
            values = _from_field(tensor, shape, dtype)
        values = values.reshape(shape)
        values.flags.writeable = False
        return values

    def _sparse(self, tensor: Any) -> Tensor:
        """https://onnx.ai/onnx/api/classes.html#sparsetensorproto"""
        shape = _shape(tensor.dims)
        values, indices = self._dense(tensor.values), self._dense(tensor.indices)
        if prod(shape) * values.dtype.itemsize > LARGEST_SPARSE:
            raise ValueError(
                f"is sparse, and written out {_of(shape, values.dtype)} takes more than 2 GiB"
            )
        if values.ndim != 1 or indices.dtype != np.int64:
            raise ValueError("is sparse, which takes a list of values and int64 indices")
        if indices.shape == (len(values), len(shape)):
            if ((indices < 0) | (indices >= np.array(shape))).any():
                raise ValueError(f"is sparse, with an index outside its shape of {times(shape)}")
            places = np.ravel_multi_index(tuple(indices.T), shape) if len(values) else indices[:, 0]
        elif indices.shape == values.shape:
            places = indices
            if ((places < 0) | (places >= prod(shape))).any():
                raise ValueError(f"is sparse, with an index outside its shape of {times(shape)}")
        else:
            raise ValueError(
                f"is sparse, with {plural(len(values), 'value')} and indices of shape "
                f"{times(indices.shape)}"
            )
        full = np.zeros(prod(shape), values.dtype)
        full[places] = values
        full = full.reshape(shape)
        full.flags.writeable = False
        return full


def _texts(data: Iterable[bytes]) -> list[str]:
    try:
        return [text.decode("utf-8") for text in data]
    except UnicodeDecodeError:
        raise ValueError("holds text that is not UTF-8") from None


def _shape(dims: Any) -> tuple[int, ...]:
    shape = tuple(dims)
    if len(shape) > MOST_DIMENSIONS:
        raise ValueError(f"has {len(shape)} dimensions, NumPy's arrays have {MOST_DIMENSIONS}")
    if any(dim < 0 for dim in shape):
        raise ValueError(f"has shape {times(shape)}, a dimension is 0 or more")
    if prod(dim or 1 for dim in shape) >= 2**62:
        raise ValueError(f"has shape {times(shape)}, more numbers than any memory holds")
    return shape


def _of(shape: tuple[int, ...], dtype: np.dtype[Any]) -> str:
    kind = "text" if dtype.kind == "U" else dtype.name
    return f"{kind} of shape {times(shape)}" if shape else f"one {kind}"


def _check_count(count: int, shape: tuple[int, ...], dtype: np.dtype[Any]) -> None:
    if count != prod(shape):
        raise ValueError(f"holds {plural(count, 'value')}, {_of(shape, dtype)} takes {prod(shape)}")


def _bytes_of(count: int, dtype: np.dtype[Any]) -> int:
    """Return how many bytes so many numbers take; those of few bits share them."""
    bits = PACKED.get(dtype.name, 8 * dtype.itemsize)
    return -(-count * bits // 8)


def _from_bytes(data: Any, count: int, dtype: np.dtype[Any]) -> Tensor:
    """Read numbers as they lie in memory, little-endian, those of few bits from low to high."""
    bits = PACKED.get(dtype.name)
    if bits is None:
        values = np.frombuffer(data, dtype.newbyteorder("<"), count)
        return values if values.dtype == dtype else values.astype(dtype)
    packed = np.frombuffer(data, np.uint8)
    parts = [packed >> shift & (2**bits - 1) for shift in range(0, 8, bits)]
    codes = np.stack(parts, -1).reshape(-1)[:count]
    return _of_few_bits(codes, bits, dtype)


def _of_few_bits(codes: Any, bits: int, dtype: np.dtype[Any]) -> Tensor:
    """Return the numbers that codes of 2 or 4 bits stand for."""
    if dtype.name.startswith("int"):
        codes = (codes ^ (1 << bits - 1)).astype(np.int8) - np.int8(1 << bits - 1)
    if dtype.name.startswith("float"):
        return np.asarray(codes, np.uint8).view(dtype)
    return np.asarray(codes).astype(dtype)


def _from_field(tensor: Any, shape: tuple[int, ...], dtype: np.dtype[Any]) -> Tensor:
    """Read numbers that are listed one by one."""
    field = _FIELDS.get(dtype.name, "int32_data")
    listed = getattr(tensor, field)
    count = prod(shape)
    if dtype.kind == "c":
        if len(listed) != 2 * count:
            raise ValueError(
                f"holds {plural(len(listed), 'part')} of complex numbers, {_of(shape, dtype)} "
                f"takes {2 * count}"
            )
        return np.array(listed, f"f{dtype.itemsize // 2}").view(dtype)
    if bits := PACKED.get(dtype.name):
        if len(listed) != -(-count * bits // 8):
            raise ValueError(
                f"holds {plural(len(listed), 'byte')}, {_of(shape, dtype)} takes "
                f"{-(-count * bits // 8)}"
            )
        return _from_bytes(np.array(listed, np.int32).astype(np.uint8).tobytes(), count, dtype)
    _check_count(len(listed), shape, dtype)
    if field != "int32_data" or dtype.name in ("int32", "int16", "int8", "uint16", "uint8", "bool"):
        wide = np.array(listed, {"float_data": "f4", "double_data": "f8"}.get(field))
        values = wide.astype(dtype)
        if dtype.kind in "iu" and not np.array_equal(values.astype(wide.dtype), wide):
            raise ValueError(f"holds a number that {dtype} does not")
        return values
    width = np.uint16 if dtype.itemsize == 2 else np.uint8
    return np.array(listed, np.int32).astype(width).view(dtype)  # floats by their bits
