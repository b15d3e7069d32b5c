"""Operators that make many numbers one, along axes: sums, extremes, norms, and where they are."""

from __future__ import annotations

from collections.abc import Callable
from math import prod
from typing import Any

import numpy as np

from nntrace.core.graph.graph import Node, Tensor
from nntrace.core.graph.operators.given import counted, integers
from nntrace.core.graph.operators.widths import computed_in

Axes = tuple[int, ...]
Reduction = Callable[[Tensor, Axes, bool], Any]
_LONG = 64  # numbers; a sum of more loses digits in float32, which cancel in a variance


def _reduction(function: Reduction, *, wide: bool = True) -> Callable[..., Tensor]:
    """Make an operator: `wide` ones compute narrow floats in float32 and round once.

    Axes are an attribute, and an input from opset 18 on (13, for the sum).
    """

    def operator(node: Node, x: Tensor, axes: Tensor | None = None) -> Tensor:
        chosen = integers(node, "axes", axes)
        if not chosen:
            chosen = () if node.get("noop_with_empty_axes") else tuple(range(x.ndim))
        values = x.astype(computed_in(x.dtype), copy=False) if wide else x
        result = np.asarray(function(values, chosen, bool(node.get("keepdims", 1))))
        return result.astype(x.dtype, copy=False)

    return operator


def _count(x: Tensor, axes: Axes) -> int:
    return prod(x.shape[axis] for axis in axes)


def _sum(x: Tensor, axes: Axes, keep: bool) -> Any:
    dtype: Any = x.dtype
    if dtype == np.float32 and _count(x, axes) > _LONG:
        dtype = np.float64
    return np.sum(x, axis=axes, dtype=dtype, keepdims=keep)


def _mean(x: Tensor, axes: Axes, keep: bool) -> Any:
    if x.dtype.kind in "iu":
        return np.trunc(np.mean(x, axes, np.float64, keepdims=keep))
    summed = _sum(x, axes, keep)
    return summed / summed.dtype.type(_count(x, axes))


def _log_sum(x: Tensor, axes: Axes, keep: bool) -> Any:
    return np.log(_sum(x, axes, keep))


def _log_sum_of_exponentials(x: Tensor, axes: Axes, keep: bool) -> Any:
    if not _count(x, axes):
        return np.log(_sum(x, axes, keep))
    if x.dtype.kind in "iu":
        x = x.astype(np.float64)
    largest = np.max(x, axis=axes, keepdims=True)
    shift = np.where(np.isfinite(largest), largest, x.dtype.type(0))
    summed = np.log(_sum(np.exp(x - shift), axes, keep))
    return summed + shift.reshape(summed.shape)


def _absolute_sum(x: Tensor, axes: Axes, keep: bool) -> Any:
    return _sum(np.abs(x), axes, keep)


def _sum_of_squares(x: Tensor, axes: Axes, keep: bool) -> Any:
    return _sum(np.multiply(x, x), axes, keep)


def _length(x: Tensor, axes: Axes, keep: bool) -> Any:
    return np.sqrt(_sum_of_squares(x, axes, keep))


def _extreme(ufunc: np.ufunc, at_least: bool) -> Reduction:
    def function(x: Tensor, axes: Axes, keep: bool) -> Any:
        if _count(x, axes):
            return ufunc.reduce(x, axes, keepdims=keep)
        return ufunc.reduce(x, axes, keepdims=keep, initial=_limit(x.dtype, at_least))

    return function


def _limit(dtype: np.dtype[Any], low: bool) -> Any:
    """Return what is no larger (`low`), or no smaller, than any number of a dtype."""
    if dtype.kind in "iu":
        return np.iinfo(dtype).min if low else np.iinfo(dtype).max
    if dtype.kind == "b":
        return not low
    return dtype.type(-np.inf if low else np.inf)


reduce_sum = _reduction(_sum)
reduce_mean = _reduction(_mean)
reduce_product = _reduction(
    lambda x, axes, keep: np.prod(x, axis=axes, dtype=x.dtype, keepdims=keep)
)
reduce_max = _reduction(_extreme(np.maximum, True), wide=False)
reduce_min = _reduction(_extreme(np.minimum, False), wide=False)
reduce_l1 = _reduction(_absolute_sum)
reduce_l2 = _reduction(_length)
reduce_log_sum = _reduction(_log_sum)
reduce_log_sum_exp = _reduction(_log_sum_of_exponentials)
reduce_sum_square = _reduction(_sum_of_squares)


def _running(ufunc: np.ufunc) -> Callable[[Node, Tensor, Tensor], Tensor]:
    """Make an operator of what has come up to each place along an axis."""

    def operator(node: Node, x: Tensor, axis: Tensor) -> Tensor:
        along = axis.item()
        way = np.flip(x, along) if node.get("reverse") else x
        wide = way.astype(computed_in(x.dtype), copy=False)
        so_far: Tensor = ufunc.accumulate(wide, along, wide.dtype)
        if node.get("exclusive"):
            earlier = [slice(None)] * x.ndim
            earlier[along] = slice(0, -1)
            later = list(earlier)
            later[along] = slice(1, None)
            before = np.full_like(so_far, ufunc.identity)
            before[tuple(later)] = so_far[tuple(earlier)]
            so_far = before
        result = np.flip(so_far, along) if node.get("reverse") else so_far
        return result.astype(x.dtype, copy=False)

    return operator


cumulative_sum = _running(np.add)
cumulative_product = _running(np.multiply)


def _place(function: Callable[..., Any]) -> Callable[[Node, Tensor], Tensor]:
    """Make an operator that tells where along an axis the extreme is, int64."""

    def operator(node: Node, x: Tensor) -> Tensor:
        (axis,) = counted((node.get("axis", 0),), x.ndim)
        if node.get("select_last_index"):
            found = x.shape[axis] - 1 - function(np.flip(x, axis), axis=axis)
        else:
            found = function(x, axis=axis)
        result: Tensor = np.asarray(found, dtype=np.int64)
        return np.expand_dims(result, axis) if node.get("keepdims", 1) else result

    return operator


arg_max = _place(np.argmax)
arg_min = _place(np.argmin)


def top_k(node: Node, x: Tensor, k: Tensor | None = None) -> tuple[Tensor, Tensor]:
    """The k largest (smallest) along an axis, in order, and where they are: the first of equal
    ones first. TopK-11; k is an attribute before opset 10."""
    count = node.get("k") if k is None else k.item()
    axis = node.get("axis", -1)
    if not 0 <= count <= x.shape[axis]:
        raise ValueError(f"takes {count} of {x.shape[axis]} numbers")
    if node.get("largest", 1):
        order = np.argsort(np.flip(x, axis), axis=axis, kind="stable")
        order = np.flip(x.shape[axis] - 1 - order, axis)
    else:
        order = np.argsort(x, axis=axis, kind="stable")
    first = [slice(None)] * x.ndim
    first[axis] = slice(0, count)
    chosen = order[tuple(first)]
    return np.take_along_axis(x, chosen, axis), chosen.astype(np.int64, copy=False)
