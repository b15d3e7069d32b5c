"""Operators that compute each number by itself."""

from __future__ import annotations

import numpy as np

from nntrace.core.graph.graph import Node, Tensor


def relu(node: Node, x: Tensor) -> Tensor:
    """max(x, 0); NaN stays NaN. Relu-14."""
    return np.maximum(x, x.dtype.type(0))
