"""Conv and ConvTranspose, over any number of dimensions."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from nntrace.core.arrays import along
from nntrace.core.graph.graph import Node, Tensor
from nntrace.core.graph.operators.sliding import each, halved, pads, slid
from nntrace.core.graph.operators.widths import rounded_once
from nntrace.core.op import Shape, times
from nntrace.core.ops.convolution import convolve, lay_down, reached
from nntrace.core.ops.windows import Windows


@rounded_once
def conv(node: Node, x: Tensor, weights: Tensor, bias: Tensor | None = None) -> Tensor:
    """Kernels laid on windows. Conv-22."""
    z = convolved(node, x, weights)
    if bias is not None:
        z += along(bias, 1, z.ndim)
    return z


def convolved(node: Node, x: Tensor, weights: Tensor) -> Tensor:
    """Return rows × channels × counts of x, rows × in × lengths, without a bias."""
    groups = node.get("group", 1)
    check(node, x, weights, weights.shape[1] * groups if weights.ndim > 1 else 0)
    if weights.shape[0] % groups:
        raise ValueError(f"has {weights.shape[0]} channels, no multiple of {groups} groups")
    windows, counts = slid(node, x.shape[2:], weights.shape[2:])
    z = np.empty((len(x), len(weights), *counts), x.dtype)
    convolve(np.ascontiguousarray(x), weights, windows, groups, z)
    return z


def check(node: Node, x: Tensor, weights: Tensor, takes: int) -> None:
    """Raise NetworkError where weights and channels do not fit each other, or the attributes."""
    if x.ndim != weights.ndim or x.ndim < 3:
        raise ValueError(f"has weights {times(weights.shape)}, and reads {times(x.shape)}")
    if x.shape[1] != takes:
        raise ValueError(f"takes {takes} channels by its weights, and reads {x.shape[1]}")
    told = node.get("kernel_shape")
    if told and told != weights.shape[2:]:
        kernel = times(weights.shape[2:])
        raise ValueError(f"has kernel_shape {list(told)}, and weights of {kernel}")


@rounded_once
def conv_transpose(node: Node, x: Tensor, weights: Tensor, bias: Tensor | None = None) -> Tensor:
    """Kernels laid down, and summed where they lie on each other. ConvTranspose-22."""
    groups = node.get("group", 1)
    check(node, x, weights, len(weights))
    if len(weights) % groups:
        raise ValueError(f"reads {len(weights)} channels, no multiple of {groups} groups")
    windows, counts = _laid(node, x.shape[2:], weights.shape[2:])
    z = np.empty((len(x), weights.shape[1] * groups, *counts), x.dtype)
    lay_down(np.ascontiguousarray(x), weights, windows, groups, z)
    if bias is not None:
        z += along(bias, 1, z.ndim)
    return z


@lru_cache(1024)
def _laid(node: Node, lengths: Shape, kernel: Shape) -> tuple[Windows, Shape]:
    """Return how kernels are laid down and cut, and the lengths of what that gives.

    What output_shape or auto_pad leaves to be cut is parted by auto_pad: the odd one is cut at the
    end for SAME_UPPER, else at the beginning, as onnxruntime has it.
    """
    inner = len(lengths)
    stride, dilation = each(node, "strides", inner), each(node, "dilations", inner)
    more = each(node, "output_padding", inner, 0)
    none = (0,) * inner
    bare = Windows(kernel, stride, dilation, none, none)
    whole = [sum(two) for two in zip(reached(bare, lengths), more, strict=True)]
    padding = node.get("auto_pad", "NOTSET")
    upper = padding == "SAME_UPPER"
    told = node.get("output_shape")
    if told:
        counts = tuple(told[-inner:])
    elif upper or padding == "SAME_LOWER":
        counts = tuple(length * s for length, s in zip(lengths, stride, strict=True))
    else:
        before, after = pads(node, inner)
        cut = zip(whole, before, after, strict=True)
        counts = tuple(length - first - last for length, first, last in cut)
        if min(counts) < 1:
            raise ValueError(f"has pads that leave nothing of {times(tuple(whole))}")
        return bare._replace(before=before, after=after), counts
    lacks = [max(0, length - count) for length, count in zip(whole, counts, strict=True)]
    before, after = halved(lacks, upper)
    return bare._replace(before=before, after=after), counts
