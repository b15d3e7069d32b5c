"""The dtypes of tensors: ONNX's numbers for them, NumPy's names, and which of them are floats.

NumPy itself has no bfloat16, and none of the smaller floats and integers: the package ml_dtypes,
which comes with `onnx`, gives NumPy these, and whoever reads a model that has them loads it.
"""

from __future__ import annotations

from typing import Any

import numpy as np

# TensorProto.DataType: https://onnx.ai/onnx/api/classes.html#tensorproto
NAMES = {
    1: "float32", 2: "uint8", 3: "int8", 4: "uint16", 5: "int16", 6: "int32", 7: "int64",
    9: "bool", 10: "float16", 11: "float64", 12: "uint32", 13: "uint64", 14: "complex64",
    15: "complex128", 16: "bfloat16", 17: "float8_e4m3fn", 18: "float8_e4m3fnuz",
    19: "float8_e5m2", 20: "float8_e5m2fnuz", 21: "uint4", 22: "int4", 23: "float4_e2m1fn",
    24: "float8_e8m0fnu", 25: "uint2", 26: "int2", 27: "float6_e2m3fn", 28: "float6_e3m2fn",
}  # fmt: skip
STRING = 8
CODES = {name: code for code, name in NAMES.items()}
# as many bits as a number has where several share a byte
PACKED = {"uint4": 4, "int4": 4, "float4_e2m1fn": 4, "uint2": 2, "int2": 2}
# in which a net computes; the smaller ones only store
FLOATS = frozenset({"float16", "bfloat16", "float32", "float64"})


def dtype_of(code: int) -> np.dtype[Any]:
    """Return NumPy's dtype for ONNX's number of one; TypeError or KeyError where there is none."""
    return np.dtype(NAMES[code])


def epsilon(dtype: np.dtype[Any]) -> float:
    """Return how far the next float is from 1; 0 for what is no float."""
    if dtype.name not in FLOATS:
        return 0.0
    return float(np.spacing(np.ones((), dtype)))
