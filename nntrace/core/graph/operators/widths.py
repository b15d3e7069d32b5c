"""What operators that sum share: narrow floats are computed in float32, and rounded once."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

import numpy as np

from nntrace.core.graph.graph import Node, Tensor
from nntrace.errors import NetworkError, Problem

SINGLE = np.dtype(np.float32)
_FLOATS = "fV"  # NumPy's own kinds, and those of ml_dtypes: bfloat16 and the like


def is_narrow(dtype: np.dtype[Any]) -> bool:
    """Tell whether it is a float of fewer bits than float32 (ml_dtypes' small integers too)."""
    return dtype.itemsize < 4 and dtype.kind in _FLOATS


def computed_in(dtype: np.dtype[Any]) -> np.dtype[Any]:
    """Return float32 for narrow floats, else the same."""
    return SINGLE if is_narrow(dtype) else dtype


def wide(x: Tensor) -> Tensor:
    """Return floats in float32 at least, all else as it is."""
    return x.astype(SINGLE) if is_narrow(x.dtype) else x


def rounded_once(function: Callable[..., Any]) -> Callable[..., Any]:
    """Have an operator compute narrow floats in float32; what it gives of these is rounded to the
    dtype of the first input."""

    @wraps(function)
    def computed(node: Node, *inputs: Tensor | None) -> Any:
        for x in inputs:
            if x is not None and is_narrow(x.dtype):
                break
        else:
            return function(node, *inputs)
        dtype = next(x for x in inputs if x is not None).dtype
        given = function(node, *[x if x is None else wide(x) for x in inputs])
        if not isinstance(given, tuple):
            return given.astype(dtype)
        return tuple(x.astype(dtype) if x.dtype.kind == "f" else x for x in given)

    return computed


def refusal(node: Node, told: str) -> NetworkError:
    """Return the error of a node that cannot compute what it is given."""
    return NetworkError(Problem(f"{node.op} (opset {node.version}) {told}", ("nodes", node.name)))
