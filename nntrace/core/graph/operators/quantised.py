"""Whole numbers that stand for floats: x = (q − zero point) · scale."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np

from nntrace.core.arrays import along
from nntrace.core.graph.dtypes import dtype_of
from nntrace.core.graph.graph import Node, Tensor
from nntrace.core.graph.operators.convolutions import convolved
from nntrace.core.graph.operators.products import multiplied
from nntrace.core.graph.operators.widths import wide
from nntrace.core.op import times


def quantize_linear(node: Node, x: Tensor, scale: Tensor, zero: Tensor | None = None) -> Tensor:
    """x / scale + zero point, rounded to even and held within the dtype: that of the zero point,
    output_dtype, or uint8. QuantizeLinear-25.

    The quotient is rounded to the dtype that `precision` tells, by default that of the scale; below
    opset 23, which has it first, narrow floats are divided in float32, as onnxruntime does.
    """
    dtype = _told(node, "output_dtype", np.dtype(np.uint8)) if zero is None else zero.dtype
    usual = scale.dtype if node.version >= 23 else wide(scale).dtype
    within = _told(node, "precision", usual)
    quotient = wide(x.astype(within)) / wide(_spread(node, x, scale).astype(within))
    quotient = wide(np.asarray(quotient, within))
    whole = dtype.kind in "iu" or _is_small_integer(dtype)
    if whole:
        quotient = np.rint(quotient)
    if zero is not None:
        quotient = quotient + _spread(node, x, zero).astype(quotient.dtype)
    return saturated(quotient, dtype) if whole else _as_small_float(node, quotient, dtype)


def _told(node: Node, attribute: str, default: np.dtype[Any]) -> np.dtype[Any]:
    """Return the dtype that an attribute tells by its number."""
    code = node.get(attribute, 0)
    return dtype_of(code) if code else default


def _is_small_integer(dtype: np.dtype[Any]) -> bool:
    return dtype.name in ("int4", "uint4", "int2", "uint2")  # of ml_dtypes


def _as_small_float(node: Node, x: Tensor, dtype: np.dtype[Any]) -> Tensor:
    """Return floats in one of ml_dtypes' small dtypes; what is too large becomes, with saturate,
    its largest number."""
    if node.get("saturate", 1):
        most = _largest(dtype)
        x = np.clip(x, -most, most)
    return x.astype(dtype)


@cache
def _largest(dtype: np.dtype[Any]) -> float:
    """Return the largest number of a dtype of at most 8 bits, by looking at all."""
    numbers = np.arange(256, dtype=np.uint8).view(dtype).astype(np.float32)
    return float(numbers[np.isfinite(numbers)].max())


def dequantize_linear(node: Node, q: Tensor, scale: Tensor, zero: Tensor | None = None) -> Tensor:
    """(q − zero point) · scale, of the scale's dtype or output_dtype. DequantizeLinear-25."""
    computed = wide(scale).dtype
    if q.dtype == np.int32:  # its numbers are more than float32 tells apart
        computed = np.dtype(np.float64)
    whole = q.astype(computed)
    if zero is not None:
        whole -= _spread(node, q, zero).astype(computed)
    whole *= _spread(node, q, scale).astype(computed)
    return np.asarray(whole, _told(node, "output_dtype", scale.dtype))


def _spread(node: Node, x: Tensor, given: Tensor) -> Tensor:
    """Return scales or zero points so that they go with what is read: one for all, one for each
    place of an axis, or one for each block of block_size places of it."""
    if given.size == 1 and given.ndim <= 1:
        return given.reshape(())
    axis = node.get("axis", 1)
    if not -x.ndim <= axis < x.ndim:
        raise ValueError(f"has axis {axis}, and reads {times(x.shape)}")
    block = node.get("block_size", 0)
    if given.ndim == 1 and not block:
        if len(given) != x.shape[axis]:
            told = f"has {len(given)} scales or zero points, and reads {times(x.shape)}"
            raise ValueError(f"{told}; axis {axis} is {x.shape[axis]} long")
        return given.reshape([-1 if at == axis % x.ndim else 1 for at in range(x.ndim)])
    length = x.shape[axis]
    block = block or -(-length // max(1, given.shape[axis] if given.ndim == x.ndim else 1))
    repeated: Tensor = given.repeat(block, axis=axis) if given.ndim == x.ndim else given
    repeated = repeated[(slice(None),) * (axis % x.ndim) + (slice(length),)]
    if repeated.shape != x.shape:
        told = f"has {times(given.shape)} scales or zero points in blocks of {block}"
        raise ValueError(f"{told}, and reads {times(x.shape)}")
    return repeated


def saturated(rounded: Tensor, dtype: np.dtype[Any]) -> Tensor:
    """Return whole numbers, that are floats, held within an integer dtype; NaN as its least."""
    least, most = limits(dtype)
    held = np.clip(rounded, least, most)
    return np.where(np.isnan(held), least, held).astype(np.int32).astype(dtype)


def limits(dtype: np.dtype[Any]) -> tuple[int, int]:
    """Return the least and the largest number of an integer dtype, those of 2 and 4 bits too."""
    if dtype.kind in "iu":
        return int(np.iinfo(dtype).min), int(np.iinfo(dtype).max)
    signed, bits = not dtype.name.startswith("u"), int(dtype.name.lstrip("uint"))
    return (-(1 << bits - 1), (1 << bits - 1) - 1) if signed else (0, (1 << bits) - 1)


def dynamic_quantize_linear(node: Node, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """x as uint8, over the range that it has, with 0 in it; its scale and zero point.
    DynamicQuantizeLinear-11."""
    single = x.dtype.type
    least, most = min(single(0), x.min(initial=0)), max(single(0), x.max(initial=0))
    scale = (most - least) / single(255) if most > least else single(1)
    zero = np.clip(np.rint(-least / scale), 0, 255)
    q = saturated(np.rint(x / scale) + zero, np.dtype(np.uint8))
    return q, np.asarray(scale, x.dtype), np.asarray(zero, np.uint8)


def matmul_integer(
    node: Node, a: Tensor, b: Tensor, a_zero: Tensor | None = None, b_zero: Tensor | None = None
) -> Tensor:
    """(a − its zero point) · (b − its zero point) in int32; a zero point may be one a row of a, or
    one a column of b. MatMulInteger-10."""
    return _in_int32(multiplied(_shifted(a, a_zero, -2), _shifted(b, b_zero, -1)))


def _shifted(q: Tensor, zero: Tensor | None, axis: int | None) -> Tensor:
    """Return q − zero point as float64, which holds all sums of products of bytes exactly; several
    zero points go along an axis."""
    values = q.astype(np.float64)
    if zero is not None:
        lies = zero.astype(np.float64)
        if zero.ndim == 1 and zero.size > 1 and axis is not None:
            lies = along(lies, axis, q.ndim)
        values -= lies
    return values


def _in_int32(sums: Tensor) -> Tensor:
    return sums.astype(np.int64).astype(np.int32)  # which turns over as int32 does


def conv_integer(
    node: Node, x: Tensor, w: Tensor, x_zero: Tensor | None = None, w_zero: Tensor | None = None
) -> Tensor:
    """Conv of what is less its zero point, in int32; weights may have one a channel.
    ConvInteger-10."""
    return _in_int32(convolved(node, _shifted(x, x_zero, None), _shifted(w, w_zero, 0)))


def qlinear_conv(
    node: Node,
    x: Tensor,
    x_scale: Tensor,
    x_zero: Tensor,
    w: Tensor,
    w_scale: Tensor,
    w_zero: Tensor,
    y_scale: Tensor,
    y_zero: Tensor,
    bias: Tensor | None = None,
) -> Tensor:
    """Conv of whole numbers, requantised. The bias is in int32, of scale x_scale · w_scale.
    QLinearConv-10."""
    sums = convolved(node, _shifted(x, x_zero, None), _shifted(w, w_zero, 0))
    if bias is not None:
        sums += along(bias.astype(np.float64), 1, x.ndim)
    return _requantised(sums, x_scale * along(w_scale, 1, x.ndim), y_scale, y_zero)


def qlinear_matmul(
    node: Node,
    a: Tensor,
    a_scale: Tensor,
    a_zero: Tensor,
    b: Tensor,
    b_scale: Tensor,
    b_zero: Tensor,
    y_scale: Tensor,
    y_zero: Tensor,
) -> Tensor:
    """MatMul of whole numbers, requantised. QLinearMatMul-21."""
    sums = multiplied(_shifted(a, a_zero, -2), _shifted(b, b_zero, -1))
    scales = _by_line(a_scale, -2, sums.ndim) * _by_line(b_scale, -1, sums.ndim)
    return _requantised(sums, scales, y_scale, y_zero)


def _by_line(scale: Tensor, axis: int, rank: int) -> Tensor:
    """Return scales of rows or columns so that they go with the product."""
    if scale.ndim != 1 or scale.size == 1:
        return wide(scale)
    return wide(scale).reshape([-1 if at == rank + axis else 1 for at in range(rank)])


def _requantised(sums: Tensor, scales: Tensor, y_scale: Tensor, y_zero: Tensor) -> Tensor:
    """Return sums of whole numbers by another scale; the factor is of the scales' dtype."""
    factor = wide(scales) / wide(y_scale)
    rounded = np.rint((sums * factor).astype(factor.dtype))
    return saturated(rounded + y_zero.astype(np.float64), y_zero.dtype)
