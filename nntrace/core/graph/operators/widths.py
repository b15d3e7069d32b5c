"""In which dtype to compute: narrow floats in float32, rounded once."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

import numpy as np

from nntrace.core.graph.graph import Node, Tensor

_FLOAT32 = np.dtype(np.float32)
_FLOATS = "fV"  # those of NumPy, and what ml_dtypes adds


def computed_in(dtype: np.dtype[Any]) -> np.dtype[Any]:
    """Return float32 for floats that are narrower, as onnxruntime computes these; else the same."""
    return _FLOAT32 if dtype.itemsize < 4 and dtype.kind in _FLOATS else dtype


def wide(x: Tensor) -> Tensor:
    """Return floats in float32 at least, all else as it is."""
    return x.astype(computed_in(x.dtype), copy=False)


def rounded_once(function: Callable[..., Any]) -> Callable[..., Any]:
    """Have an operator compute narrow floats in float32; what it gives of these is rounded to the
    dtype of the first input."""

    @wraps(function)
    def computed(node: Node, *inputs: Tensor | None) -> Any:
        if all(x is None or computed_in(x.dtype) is x.dtype for x in inputs):
            return function(node, *inputs)
        dtype = next(x for x in inputs if x is not None).dtype
        given = function(node, *[x if x is None else wide(x) for x in inputs])
        if not isinstance(given, tuple):
            return given.astype(dtype)
        return tuple(x.astype(dtype) if x.dtype.kind == "f" else x for x in given)

    return computed
