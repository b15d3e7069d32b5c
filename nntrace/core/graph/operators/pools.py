"""Pools: what is made of the numbers in each window, or of all numbers of a channel."""

from __future__ import annotations

from functools import lru_cache, reduce
from math import prod
from typing import Any

import numpy as np

from nntrace.core.graph.graph import Node, Tensor
from nntrace.core.graph.operators.sliding import Slid, pads, slid
from nntrace.core.graph.operators.widths import rounded_once
from nntrace.core.op import Shape


def _windows(node: Node, x: Tensor) -> Slid:
    """Return how the windows of a pool slide over what it reads."""
    kernel = node.get("kernel_shape")
    if not kernel:
        raise ValueError("has no kernel_shape")
    return slid(node, x.shape[2:], kernel)


def max_pool(node: Node, x: Tensor) -> Tensor | tuple[Tensor, Tensor]:
    """The largest number of each window, and its place in what is read. MaxPool-22."""
    windows, counts = _windows(node, x)
    least = _least(x.dtype)
    padded = windows.padded(x, counts, least)
    taps = windows.taps(padded, counts)
    z = np.array(next(taps), order="C")
    if len(node.outputs) < 2 or not node.outputs[1]:
        for values in taps:
            np.maximum(z, values, out=z)
        return z
    places = np.arange(prod(x.shape[2:])).reshape(
        x.shape[2:], order="F" if node.get("storage_order", 0) else "C"
    )
    at_taps = windows.taps(windows.padded(places, counts, -1), counts)
    found = np.array(np.broadcast_to(next(at_taps), z.shape))
    for values, at in zip(taps, at_taps, strict=True):
        larger = (values > z) | (np.isnan(values) & ~np.isnan(z)) | ((found < 0) & (at >= 0))
        np.copyto(z, values, where=larger)
        np.copyto(found, at, where=larger)
    channels = np.arange(prod(x.shape[:2])).reshape(*x.shape[:2], *[1] * len(counts))
    return z, found + channels * places.size


def _least(dtype: np.dtype[Any]) -> Any:
    """Return what padding is to a maximum."""
    return np.iinfo(dtype).min if dtype.kind in "iu" else -np.inf


@rounded_once
def average_pool(node: Node, x: Tensor) -> Tensor:
    """The mean of each window; padding counts with count_include_pad. AveragePool-22."""
    z = _summed(node, x)
    z /= _counted(node, x.shape[2:], x.dtype)
    return z


@lru_cache(1024)
def _counted(node: Node, lengths: Shape, dtype: np.dtype[Any]) -> Tensor:
    """Return how many numbers count in each window: a product over the dimensions."""
    windows, counts = slid(node, lengths, node.get("kernel_shape"))
    padding = bool(node.get("count_include_pad", 0))
    same = str(node.get("auto_pad", "NOTSET")).startswith("SAME")
    # a window that is longer than all there is goes beyond its padding, where nothing counts:
    # in onnxruntime, since dilations came
    ends = windows.after if same or node.version < 19 else pads(node, len(lengths))[1]
    several = []
    for length, count, kernel, stride, dilation, before, after in zip(
        lengths, counts, windows.kernel, windows.stride, windows.dilation, windows.before,
        ends, strict=True,
    ):  # fmt: skip
        least, most = (-before, length + after) if padding else (0, length)
        places = np.add.outer(np.arange(count) * stride - before, np.arange(kernel) * dilation)
        several.append(((places >= least) & (places < most)).sum(1))
    z: Tensor = reduce(np.multiply.outer, several).astype(dtype)
    return z


@rounded_once
def lp_pool(node: Node, x: Tensor) -> Tensor:
    """(Σ |x|^p)^(1/p) of each window. LpPool-22."""
    return _rooted(node, _summed(node, _powers(node, x)))


def _summed(node: Node, x: Tensor) -> Tensor:
    """Return the sum of each window, of which padding is 0."""
    windows, counts = _windows(node, x)
    taps = windows.taps(windows.padded(x, counts, 0.0), counts)
    z = np.array(next(taps), order="C")
    for values in taps:
        z += values
    return z


@rounded_once
def global_lp_pool(node: Node, x: Tensor) -> Tensor:
    """(Σ |x|^p)^(1/p) of each channel. GlobalLpPool-22."""
    return _rooted(node, _powers(node, x).sum(axis=_inner(x), keepdims=True))


def _powers(node: Node, x: Tensor) -> Tensor:
    p = node.get("p", 2)
    return x * x if p == 2 else np.abs(x) ** x.dtype.type(p)


def _rooted(node: Node, z: Tensor) -> Tensor:
    p = node.get("p", 2)
    return np.sqrt(z) if p == 2 else z ** z.dtype.type(1.0 / p)


@rounded_once
def global_average_pool(node: Node, x: Tensor) -> Tensor:
    """The mean of each channel. GlobalAveragePool-22."""
    z: Tensor = x.mean(axis=_inner(x), keepdims=True)
    return z


def global_max_pool(node: Node, x: Tensor) -> Tensor:
    """The largest number of each channel. GlobalMaxPool-22."""
    z: Tensor = x.max(axis=_inner(x), keepdims=True)
    return z


def _inner(x: Tensor) -> tuple[int, ...]:
    return tuple(range(2, x.ndim))
