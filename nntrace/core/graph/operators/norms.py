"""Norms: numbers shifted and scaled by the mean and variance of those that they belong to."""

from __future__ import annotations

from typing import Any

import numpy as np

from nntrace.core.arrays import along
from nntrace.core.graph.graph import Node, Tensor
from nntrace.core.graph.operators.widths import rounded_once, wide
from nntrace.core.op import times

_HELD = 1 << 16  # numbers


@rounded_once
def batch_normalization(
    node: Node, x: Tensor, scale: Tensor, bias: Tensor, mean: Tensor, variance: Tensor
) -> Tensor:
    """(x − mean) / √(variance + ε) · scale + bias, by channel. BatchNormalization-15.

    Below opset 9, `spatial` 0 has a number for each place of each channel. Batches whose own mean
    and variance are wanted are training, and refused: from opset 14 training_mode says so, before
    it the outputs beside the first.
    """
    if node.get("training_mode", 0) or (node.version < 14 and any(node.outputs[1:])):
        raise ValueError("is in training, which nntrace does not do; export it for inference")
    by_place = node.version < 9 and not node.get("spatial", 1)
    shape = x.shape[1:] if by_place else (x.shape[1] if x.ndim > 1 else 1, *[1] * (x.ndim - 2))
    numbers = (scale, bias, mean, variance)
    if any(each.size != np.prod(shape) for each in numbers):
        told = f"takes {times(tuple(shape))} numbers of each kind, and has "
        raise ValueError(told + ", ".join(times(each.shape) for each in numbers))
    scale, bias, mean, variance = (each.astype(np.float64).reshape(shape) for each in numbers)
    factor = scale / np.sqrt(variance + node.get("epsilon", 1e-5))
    shift = bias - mean * factor
    return _scaled(x, factor.astype(x.dtype), shift.astype(x.dtype))


def _scaled(x: Tensor, factor: Tensor, shift: Tensor) -> Tensor:
    """Return x · factor + shift, some channels of each row at a time, which the cache holds."""
    z = np.empty_like(x)
    if x.ndim < 3 or x.size <= _HELD:
        np.multiply(x, factor, out=z)
        z += shift
        return z
    step = max(1, _HELD * x.shape[1] * len(x) // x.size)
    for row, filled in zip(x, z, strict=True):
        for start in range(0, len(row), step):
            some = slice(start, start + step)
            part = filled[some]
            np.multiply(row[some], factor[some], out=part)
            part += shift[some]
    return z


def layer_normalization(
    node: Node, x: Tensor, scale: Tensor, bias: Tensor | None = None
) -> tuple[Tensor, ...]:
    """(x − mean) / √(variance + ε) · scale + bias, of all numbers from an axis on; the mean, and
    1 / √(variance + ε). LayerNormalization-17."""
    values = wide(x)
    axes = _axes_from(node, x)
    mean = values.mean(axis=axes, keepdims=True)
    z = values - mean
    inverse = 1.0 / np.sqrt(_mean_square(z, axes) + z.dtype.type(node.get("epsilon", 1e-5)))
    z *= inverse
    z = z * wide(scale)
    if bias is not None:
        z += wide(bias)
    return z.astype(x.dtype, copy=False), mean, inverse


@rounded_once
def rms_normalization(node: Node, x: Tensor, scale: Tensor) -> Tensor:
    """x / √(mean of x² + ε) · scale, of all numbers from an axis on. RMSNormalization-23."""
    square = _mean_square(x, _axes_from(node, x))
    z: Tensor = x / np.sqrt(square + x.dtype.type(node.get("epsilon", 1e-5)))
    return z * scale


def _axes_from(node: Node, x: Tensor) -> tuple[int, ...]:
    """Return the axes from `axis` to the last."""
    axis = node.get("axis", -1)
    if not -x.ndim <= axis < x.ndim:
        raise ValueError(f"has axis {axis}, and reads {times(x.shape)}")
    return tuple(range(axis % x.ndim, x.ndim))


def _mean_square(z: Tensor, axes: tuple[int, ...]) -> Tensor:
    square: Tensor = (z * z).mean(axis=axes, keepdims=True)
    return square


@rounded_once
def instance_normalization(node: Node, x: Tensor, scale: Tensor, bias: Tensor) -> Tensor:
    """(x − mean) / √(variance + ε) · scale + bias, each channel of each row by itself.
    InstanceNormalization-22."""
    z = _standard(x, tuple(range(2, x.ndim)), node.get("epsilon", 1e-5))
    return _by_channel(z, scale, bias)


@rounded_once
def group_normalization(node: Node, x: Tensor, scale: Tensor, bias: Tensor) -> Tensor:
    """The same of groups of channels; scale and bias have a number a group in opsets 18 to 20, and
    one a channel from 21 on. GroupNormalization-21."""
    groups = node.get("num_groups") or 0
    if x.ndim < 2 or groups < 1 or x.shape[1] % groups:
        raise ValueError(f"reads {times(x.shape)}, and has {groups} groups")
    in_groups = x.reshape(len(x), groups, -1)
    z = _standard(in_groups, (2,), node.get("epsilon", 1e-5)).reshape(x.shape)
    if node.version < 21:
        scale, bias = (each.repeat(x.shape[1] // groups) for each in (scale, bias))
    return _by_channel(z, scale, bias)


def _standard(x: Tensor, axes: tuple[int, ...], epsilon: float) -> Tensor:
    """Return numbers of mean 0 and variance 1 over the axes."""
    z: Tensor = x - x.mean(axis=axes, keepdims=True)
    z /= np.sqrt(_mean_square(z, axes) + x.dtype.type(epsilon))
    return z


def _by_channel(z: Tensor, scale: Tensor, bias: Tensor) -> Tensor:
    """Multiply each channel by a number, and add one."""
    if scale.shape != z.shape[1:2] or bias.shape != z.shape[1:2]:
        told = f"has scale {times(scale.shape)} and bias {times(bias.shape)}"
        raise ValueError(f"{told}, and reads {times(z.shape)}")
    z *= along(scale, 1, z.ndim)
    z += along(bias, 1, z.ndim)
    return z


@rounded_once
def mean_variance_normalization(node: Node, x: Tensor) -> Tensor:
    """(x − mean) / (√variance + 1e-9) over axes. MeanVarianceNormalization-13."""
    axes = tuple(node.get("axes", (0, 2, 3)))
    z: Tensor = x - x.mean(axis=axes, keepdims=True)
    z /= np.sqrt(_mean_square(z, axes)) + x.dtype.type(1e-9)
    return z


@rounded_once
def lp_normalization(node: Node, x: Tensor) -> Tensor:
    """x / (Σ |x|^p)^(1/p) over an axis; 0 where that is 0. LpNormalization-22."""
    axis, p = node.get("axis", -1), node.get("p", 2)
    size = np.abs(x) if p == 1 else x * x
    total = size.sum(axis=axis, keepdims=True)
    norm = total if p == 1 else np.sqrt(total)
    z: Tensor = np.where(norm == 0, x.dtype.type(0), x / norm)
    return z


@rounded_once
def lrn(node: Node, x: Tensor) -> Tensor:
    """x / (bias + alpha / size · Σ x²)^beta, the sum over `size` channels around. LRN-13."""
    size: Any = node.get("size")
    if not size or size < 1:
        raise ValueError(f"has size {size}, takes a whole number from 1")
    before, channels = (size - 1) // 2, x.shape[1]
    square = x * x
    total = square.copy()
    for shift in range(-before, size - before):
        near = min(abs(shift), channels)
        if shift < 0:
            total[:, near:] += square[:, : channels - near]
        elif shift > 0:
            total[:, : channels - near] += square[:, near:]
    total *= x.dtype.type(node.get("alpha", 1e-4) / size)
    total += x.dtype.type(node.get("bias", 1.0))
    beta = node.get("beta", 0.75)
    if beta == 0.75:  # a power takes several times as long as two roots
        root = np.sqrt(total)
        total = root * np.sqrt(root)
    else:
        total **= x.dtype.type(beta)
    z: Tensor = np.divide(x, total, out=total)
    return z
