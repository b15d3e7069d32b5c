"""Operators of two or more tensors that compute number by number, broadcasting as NumPy does."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import reduce
from typing import Any

import numpy as np

from nntrace.core.graph.graph import Node, Tensor
from nntrace.core.graph.operators.widths import computed_in

Pairwise = Callable[[Node, Tensor, Tensor], Tensor]


def _placed(node: Node, a: Tensor, b: Tensor) -> Tensor:
    """Before opset 7, `axis` says where the axes of `b` lie among those of `a`."""
    if not node.get("broadcast") or b.ndim >= a.ndim:
        return b
    axis: int = node.get("axis", a.ndim - b.ndim)
    if axis < 0:
        axis += a.ndim
    return b.reshape(b.shape + (1,) * (a.ndim - axis - b.ndim))


def _pairwise(function: Callable[[Any, Any], Any]) -> Pairwise:
    def operator(node: Node, a: Tensor, b: Tensor) -> Tensor:
        if node.version < 7:
            b = _placed(node, a, b)
        result: Tensor = function(a, b)
        return result

    return operator


def _quotient(a: Tensor, b: Tensor) -> Tensor:
    """a/b; of whole numbers towards 0, and 0 where b is."""
    if a.dtype.kind not in "iu":
        return np.divide(a, b)
    quotient = np.floor_divide(a, b)
    if a.dtype.kind == "i":
        quotient += ((a < 0) != (b < 0)) & (np.multiply(quotient, b) != a) & (b != 0)
    return quotient


def _power(a: Tensor, b: Tensor) -> Tensor:
    """a to the power of b, in a's dtype."""
    if b.size == 1 and b.ndim <= a.ndim:
        exponent = b.item()
        if exponent == 2:  # as nearly all are, and many times faster
            return np.multiply(a, a)
        if exponent == 3:
            return a * a * a
    if a.dtype.kind in "iu" and (b.dtype.kind == "f" or (b < 0).any()):
        return np.power(a.astype(np.float64), b.astype(np.float64)).astype(a.dtype)
    result: Tensor = np.power(a, b.astype(a.dtype, copy=False))
    return result


add = _pairwise(np.add)
subtract = _pairwise(np.subtract)
multiply = _pairwise(np.multiply)
divide = _pairwise(_quotient)
power = _pairwise(_power)
equal = _pairwise(np.equal)
greater = _pairwise(np.greater)
greater_or_equal = _pairwise(np.greater_equal)
less = _pairwise(np.less)
less_or_equal = _pairwise(np.less_equal)
logical_and = _pairwise(np.logical_and)
logical_or = _pairwise(np.logical_or)
logical_xor = _pairwise(np.logical_xor)
bitwise_and = _pairwise(np.bitwise_and)
bitwise_or = _pairwise(np.bitwise_or)
bitwise_xor = _pairwise(np.bitwise_xor)


def modulo(node: Node, a: Tensor, b: Tensor) -> Tensor:
    """What is left of a by b: with b's sign, or with a's where `fmod` says so. Mod-13."""
    result: Tensor = (np.fmod if node.get("fmod") else np.mod)(a, b)
    return result


def bit_shift(node: Node, a: Tensor, b: Tensor) -> Tensor:
    """Bits of unsigned numbers, moved to the `direction`. BitShift-11."""
    direction = node.get("direction")
    if direction not in ("LEFT", "RIGHT"):
        raise ValueError(f"direction is {direction!r}, not LEFT or RIGHT")
    result: Tensor = (np.left_shift if direction == "LEFT" else np.right_shift)(a, b)
    return result


def maximum(node: Node, *tensors: Tensor) -> Tensor:
    """The largest at each place; NaN where one is. Max-13."""
    return reduce(np.maximum, tensors)


def minimum(node: Node, *tensors: Tensor) -> Tensor:
    """The smallest at each place; NaN where one is. Min-13."""
    return reduce(np.minimum, tensors)


def total(node: Node, *tensors: Tensor) -> Tensor:
    """The sum at each place. Sum-13."""
    return _summed(tensors).astype(tensors[0].dtype, copy=False)


def mean(node: Node, *tensors: Tensor) -> Tensor:
    """The mean at each place. Mean-13."""
    summed = _summed(tensors)
    result: Tensor = np.divide(summed, summed.dtype.type(len(tensors)))
    return result.astype(tensors[0].dtype, copy=False)


def _summed(tensors: Sequence[Tensor]) -> Tensor:
    """Return the sum at each place, of narrow floats in float32."""
    first = tensors[0].astype(computed_in(tensors[0].dtype), copy=False)
    return reduce(np.add, tensors[1:], first)


def where(node: Node, condition: Tensor, a: Tensor, b: Tensor) -> Tensor:
    """a where the condition holds, b elsewhere. Where-16."""
    return np.where(condition, a, b)
