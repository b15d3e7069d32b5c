"""Softmax, LogSoftmax and Hardmax.

From opset 13 they go along one axis, the last by default. Before, what is read is a matrix: the
axes from `axis` on, 1 by default, are one.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps

import numpy as np

from nntrace.core.graph.graph import Node, Tensor
from nntrace.core.graph.operators.widths import rounded_once
from nntrace.core.op import times

_Along = Callable[[Tensor, int], Tensor]


def _by_version(function: _Along) -> Callable[[Node, Tensor], Tensor]:
    """Make an operator of a function of an array and an axis."""

    @wraps(function)
    def computed(node: Node, x: Tensor) -> Tensor:
        axis = node.get("axis", -1 if node.version >= 13 else 1)
        if not -x.ndim <= axis < x.ndim and (node.version >= 13 or axis != x.ndim):
            raise ValueError(f"has axis {axis}, and reads {times(x.shape)}")
        if not x.size:
            return x.copy()
        if node.version >= 13:
            return function(x, axis)
        rows = int(np.prod(x.shape[: axis if axis >= 0 else x.ndim + axis]))
        return function(x.reshape(rows, -1), 1).reshape(x.shape)

    return rounded_once(computed)


@_by_version
def softmax(x: Tensor, axis: int) -> Tensor:
    """e^x / Σ e^x. Softmax-13."""
    z: Tensor = x - x.max(axis=axis, keepdims=True)
    np.exp(z, out=z)
    z /= z.sum(axis=axis, keepdims=True)
    return z


@_by_version
def log_softmax(x: Tensor, axis: int) -> Tensor:
    """x − log Σ e^x. LogSoftmax-13."""
    z: Tensor = x - x.max(axis=axis, keepdims=True)
    z -= np.log(np.exp(z).sum(axis=axis, keepdims=True))
    return z


@_by_version
def hardmax(x: Tensor, axis: int) -> Tensor:
    """1 at the first of the largest, else 0. Hardmax-13."""
    z = np.zeros_like(x)
    np.put_along_axis(z, x.argmax(axis=axis, keepdims=True), 1, axis=axis)
    return z
