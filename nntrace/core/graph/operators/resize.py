"""Resize and Upsample: along each axis, a place of the output is a weighed sum of places read."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import floor
from typing import Any, NamedTuple

import numpy as np

from nntrace.core.arrays import along
from nntrace.core.graph.graph import Node, Tensor
from nntrace.core.graph.operators.widths import rounded_once


class _Axis(NamedTuple):
    """How one axis is resized: `whole` is how long align_corners takes it to be."""

    axis: int
    length: int
    gives: int
    scale: float
    whole: float
    start: float  # of the region of interest, as shares of the axis
    end: float


class _Taps(NamedTuple):
    """For each place given the places read, gives × taps, and their weights, of the same shape,
    or None where each reads one place; `outside`, where what is wanted lies beyond the axis."""

    places: Tensor
    weights: Tensor | None
    outside: Tensor | None = None


@rounded_once
def resize(
    node: Node,
    x: Tensor,
    roi: Tensor | None = None,
    scales: Tensor | None = None,
    sizes: Tensor | None = None,
) -> Tensor:
    """Resize to scales or sizes. Resize-19, 18, 13, 11 and 10, which has scales second."""
    if node.version < 11:
        roi, scales = None, roi
    return _resized(node, x, _axes(node, x, roi, scales, sizes))


@rounded_once
def upsample(node: Node, x: Tensor, scales: Tensor | None = None) -> Tensor:
    """Resize to scales, which are an attribute below opset 9. Upsample-9."""
    if scales is None:
        scales = np.array(node.get("scales", ()), np.float32)
    return _resized(node, x, _axes(node, x, None, scales, None))


def _axes(
    node: Node, x: Tensor, roi: Tensor | None, scales: Tensor | None, sizes: Tensor | None
) -> list[_Axis]:
    """Return the axes that are told, and how each is resized."""
    told = [axis % x.ndim for axis in node.get("axes", range(x.ndim))]
    by_size = sizes is not None and sizes.size > 0
    given = sizes if by_size else scales
    if given is None or given.shape != (len(told),):
        found = "none" if given is None else f"{given.size}"
        raise ValueError(f"takes {len(told)} sizes or scales, one an axis, and has {found}")
    numbers: list[float] = given.tolist()
    if min(numbers, default=1) < 0 or (not by_size and min(numbers, default=1) <= 0):
        raise ValueError(f"takes sizes or scales above 0, not {numbers}")
    regions = [(0.0, 1.0)] * len(told)
    if node.get("coordinate_transformation_mode") == "tf_crop_and_resize":
        if roi is None or roi.shape != (2 * len(told),):
            raise ValueError(f"takes a roi of {2 * len(told)} numbers: starts and ends")
        regions = list(zip(*roi.astype(float).reshape(2, -1).tolist(), strict=True))
    lengths = [x.shape[axis] for axis in told]
    if by_size:
        made = _by_sizes(node, lengths, numbers)
    else:
        made = [
            (floor(np.float32(length) * np.float32(end - start) * np.float32(scale)), scale)
            for length, scale, (start, end) in zip(lengths, numbers, regions, strict=True)
        ]
    return [
        _Axis(axis, length, gives, scale, _whole(length, gives, scale, by_size), *region)
        for axis, length, (gives, scale), region in zip(told, lengths, made, regions, strict=True)
    ]


def _whole(length: int, gives: int, scale: float, by_size: bool) -> float:
    """Return the length that align_corners reckons with. Where an axis gets shorter, parts of a
    place count, as in the cases of the standard; where it gets longer, there are none of these, and
    PyTorch, which exports such, and onnxruntime count whole places."""
    return gives if by_size or scale > 1 else length * scale


def _by_sizes(node: Node, lengths: list[int], sizes: list[float]) -> list[tuple[int, float]]:
    """Return the length and scale of each axis, as keep_aspect_ratio_policy has them."""
    scales = [size / length for size, length in zip(sizes, lengths, strict=True)]
    policy = node.get("keep_aspect_ratio_policy", "stretch")
    if policy == "stretch":
        return [(int(size), scale) for size, scale in zip(sizes, scales, strict=True)]
    pick: Callable[[Sequence[float]], float] | None
    pick = {"not_larger": min, "not_smaller": max}.get(policy)
    if pick is None:
        raise ValueError(f"has keep_aspect_ratio_policy {policy}, which is none")
    scale = pick(scales)
    return [(floor(scale * length + 0.5), scale) for length in lengths]


def _resized(node: Node, x: Tensor, axes: list[_Axis]) -> Tensor:
    """Resize axis after axis, in float32 where what is read is whole numbers."""
    mode = node.get("mode", "nearest")
    taps = _TAPS.get(mode)
    if taps is None:
        raise ValueError(f"has mode {mode}, which is none")
    beyond = np.zeros((), bool)
    z = x
    if mode != "nearest" and x.dtype.kind in "iu":
        z = x.astype(np.float32)
    axes = [
        each
        for each in axes
        if (each.gives, each.scale, each.start, each.end) != (each.length, 1.0, 0.0, 1.0)
    ]
    for each in axes:
        made = taps(node, each)
        z = _along(z, each.axis, made)
        if made.outside is not None and made.outside.any():
            beyond = beyond | along(made.outside, each.axis, x.ndim)
    if beyond.any():
        z = np.where(beyond, z.dtype.type(node.get("extrapolation_value", 0.0)), z)
    if z.dtype != x.dtype:
        limits = np.iinfo(x.dtype)
        z = np.clip(np.trunc(z), limits.min, limits.max).astype(x.dtype)
    return z if z is not x else x.copy()


def _along(z: Tensor, axis: int, taps: _Taps) -> Tensor:
    """Return what an axis becomes."""
    if taps.weights is None:
        return z.take(taps.places, axis=axis)
    total: Tensor | None = None
    for places, weights in zip(taps.places.T, taps.weights.T.astype(z.dtype), strict=True):
        part: Tensor = z.take(places, axis=axis)
        part *= along(weights, axis, z.ndim)
        total = part if total is None else np.add(total, part, out=total)
    return part if total is None else total


def _origins(node: Node, axis: _Axis, dtype: Any) -> tuple[Tensor, Tensor | None]:
    """Return where the places given lie among those read, and which lie outside, where that
    matters: by coordinate_transformation_mode; asymmetric below opset 11."""
    default = "half_pixel" if node.version >= 11 else "asymmetric"
    mode = node.get("coordinate_transformation_mode", default)
    x, scale, last = np.arange(axis.gives, dtype=dtype), dtype(axis.scale), axis.length - 1
    half = dtype(0.5)
    if mode == "half_pixel" or (mode == "pytorch_half_pixel" and axis.gives > 1):
        return (x + half) / scale - half, None
    if mode == "pytorch_half_pixel":
        return x * 0, None
    if mode == "asymmetric":
        return x / scale, None
    if mode == "align_corners":
        return (x * dtype(last) / dtype(axis.whole - 1) if axis.whole != 1 else x * 0), None
    if mode == "tf_half_pixel_for_nn":
        return (x + half) / scale, None
    if mode == "half_pixel_symmetric":
        beside = axis.length / 2 * (1 - axis.gives / (axis.length * axis.scale))
        return dtype(beside) + (x + half) / scale - half, None
    if mode == "tf_crop_and_resize":
        start, end = np.float32(axis.start), np.float32(axis.end)  # as onnxruntime computes it,
        if axis.gives > 1:  # lest another number lies outside
            steps = np.arange(axis.gives, dtype=np.float32) * (end - start) * np.float32(last)
            at = start * np.float32(last) + steps / np.float32(axis.gives - 1)
        else:
            at = np.array([0.5 * (start + end) * last], np.float32)
        at = at.astype(dtype)
        return at, (at < 0) | (at > last)
    raise ValueError(f"has coordinate_transformation_mode {mode}, which is none")


_HALF = 1e-6  # how far from a half float32 may put what is one, where it is rounded


_NEAREST: dict[str, Callable[[Tensor], Tensor]] = {
    "round_prefer_floor": lambda at: np.floor(at) + (at - np.floor(at) > 0.5 + _HALF),
    "round_prefer_ceil": lambda at: np.floor(at) + (at - np.floor(at) >= 0.5 - _HALF),
    "floor": np.floor,
    "ceil": np.ceil,
}


def _nearest(node: Node, axis: _Axis) -> _Taps:
    """The nearest place, by nearest_mode. Below opset 11 that is not told: onnxruntime takes the
    place below, and above where it makes an axis shorter; places are told in float32 there."""
    at, outside = _origins(node, axis, np.float32)
    usual = "round_prefer_floor"
    if node.version < 11:
        usual = "ceil" if axis.scale < 1 else "floor"
    rounded = _NEAREST.get(node.get("nearest_mode", usual))
    if rounded is None:
        raise ValueError(f"has nearest_mode {node.get('nearest_mode')}, which is none")
    places = np.clip(rounded(at), 0, axis.length - 1).astype(np.intp)
    return _Taps(places, None, outside)


def _linear(node: Node, axis: _Axis) -> _Taps:
    """The two places around, each the more the nearer it is."""
    return _weighed(node, axis, 1, lambda far: np.maximum(1 - far, 0))


def _cubic(node: Node, axis: _Axis) -> _Taps:
    """The four places around, by Keys's cubic. https://ieeexplore.ieee.org/document/1163711"""
    a = node.get("cubic_coeff_a", -0.75)

    def weights(far: Tensor) -> Tensor:
        near = ((a + 2) * far - (a + 3)) * far * far + 1
        z: Tensor = np.where(far <= 1, near, (((far - 5) * far + 8) * far - 4) * a * (far < 2))
        return z

    return _weighed(node, axis, 2, weights)


def _weighed(node: Node, axis: _Axis, reach: int, weights: Callable[[Tensor], Tensor]) -> _Taps:
    """Weigh the places within reach by how far they are. With antialias, an axis that gets
    shorter has a longer reach: the weights are spread over as many places as become one."""
    at, outside = _origins(node, axis, np.float64)
    spread = min(axis.scale, 1.0) if node.get("antialias", 0) else 1.0
    first = floor(-reach / spread) + 1
    base = np.ceil(at) - 1  # the place left of it, be it a place itself
    places = base[:, np.newaxis] + np.arange(first, 2 - first)
    weight = weights(np.abs(places - at[:, np.newaxis]) * spread)
    if node.get("exclude_outside", 0):
        weight = np.where((places >= 0) & (places < axis.length), weight, 0.0)
    if spread < 1 or node.get("exclude_outside", 0):
        weight /= weight.sum(1, keepdims=True)
    return _Taps(np.clip(places, 0, axis.length - 1).astype(np.intp), weight, outside)


_TAPS: dict[str, Callable[[Node, _Axis], _Taps]] = {
    "nearest": _nearest,
    "linear": _linear,
    "bilinear": _linear,  # so named by some exporters in Upsample 7
    "cubic": _cubic,
}
