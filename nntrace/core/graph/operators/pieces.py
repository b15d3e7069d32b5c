"""Operators that join tensors, cut them, pick numbers by their places, and put numbers there."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from nntrace.core.arrays import along
from nntrace.core.graph.graph import Node, Tensor
from nntrace.core.graph.operators.given import counted, integers

# what ScatterND and ScatterElements do where a number stands already
_COMBINED: dict[str, np.ufunc] = {
    "add": np.add,
    "mul": np.multiply,
    "max": np.maximum,
    "min": np.minimum,
}


def concat(node: Node, *tensors: Tensor) -> Tensor:
    """One after the other along an axis. Concat-13."""
    return np.concatenate(tensors, node.get("axis", 1))


def split(node: Node, x: Tensor, sizes: Tensor | None = None) -> tuple[Tensor, ...]:
    """Cut along an axis into parts of given sizes, or of equal ones, of which the last may be
    smaller. Split-18; the sizes are an attribute from opset 2 to 12."""
    (axis,) = counted((node.get("axis", 0),), x.ndim)
    lengths = integers(node, "split", sizes)
    if lengths is None:
        parts = node.get("num_outputs", len(node.outputs))
        each = -(-x.shape[axis] // parts)
        lengths = (each,) * parts
    pieces, start = [], 0
    for length in lengths:
        pieces.append(x[(slice(None),) * axis + (slice(start, start + length),)])
        start += length
    return tuple(pieces)


def cut(
    node: Node,
    x: Tensor,
    starts: Tensor | None = None,
    ends: Tensor | None = None,
    axes: Tensor | None = None,
    steps: Tensor | None = None,
) -> Tensor:
    """From a start to an end along each of some axes, by steps. Slice-13; attributes before
    opset 10."""
    first = integers(node, "starts", starts) or ()
    last = integers(node, "ends", ends) or ()
    along = integers(node, "axes", axes) or range(len(first))
    step = integers(node, "steps", steps) or (1,) * len(first)
    place = [slice(None)] * x.ndim
    for axis, a, b, s in zip(counted(along, x.ndim), first, last, step, strict=True):
        place[axis] = _span(a, b, s, x.shape[axis])
    return x[tuple(place)]


def _span(start: int, end: int, step: int, length: int) -> slice:
    """Return what Python means by start:end:step, where backwards may reach the first place."""
    if step < 0 and end < -length:
        return slice(start, None, step)
    return slice(start, end, step)


def gather(node: Node, x: Tensor, places: Tensor) -> Tensor:
    """What stands at the places along an axis. Gather-13."""
    return np.take(x, places, node.get("axis", 0))


def _beside(shape: Sequence[int], places: Tensor, axis: int) -> tuple[Any, ...]:
    """Return an index that picks along an axis, by places of the same rank as what is picked."""
    index: list[Any] = list(np.ogrid[tuple(slice(length) for length in places.shape)])
    index[axis] = np.where(places < 0, places + shape[axis], places)
    return tuple(index)


def gather_elements(node: Node, x: Tensor, places: Tensor) -> Tensor:
    """For each place, what stands there along an axis. GatherElements-13."""
    (axis,) = counted((node.get("axis", 0),), x.ndim)
    result: Tensor = x[_beside(x.shape, places, axis)]
    return result


def gather_nd(node: Node, x: Tensor, places: Tensor) -> Tensor:
    """What stands at each place, whose indices are the last axis. GatherND-13."""
    shared = node.get("batch_dims", 0)
    batch = np.ogrid[tuple(slice(length) for length in x.shape[:shared])] if shared else []
    inner = places.ndim - 1 - shared
    index = [each.reshape(each.shape + (1,) * inner) for each in batch]
    result: Tensor = x[(*index, *np.moveaxis(places, -1, 0))]
    return result


def _put(node: Node, x: Tensor, index: tuple[Any, ...], updates: Tensor) -> Tensor:
    """Return x with the updates at an index; `reduction` says what becomes of what stood there."""
    result = x.copy()
    reduction = node.get("reduction", "none")
    if reduction == "none":
        result[index] = updates
    elif reduction in _COMBINED:
        _COMBINED[reduction].at(result, index, updates)
    else:
        raise ValueError(f"reduction is {reduction!r}")
    return result


def scatter_nd(node: Node, x: Tensor, places: Tensor, updates: Tensor) -> Tensor:
    """x with updates at the places, whose indices are the last axis. ScatterND-18."""
    return _put(node, x, tuple(np.moveaxis(places, -1, 0)), updates)


def scatter_elements(node: Node, x: Tensor, places: Tensor, updates: Tensor) -> Tensor:
    """x with each update at its place along an axis. ScatterElements-18."""
    (axis,) = counted((node.get("axis", 0),), x.ndim)
    return _put(node, x, _beside(x.shape, places, axis), updates)


def tensor_scatter(
    node: Node, past: Tensor, update: Tensor, starts: Tensor | None = None
) -> Tensor:
    """A cache with an update written in along an axis, from where each row of the batch is;
    `circular` ones begin again. TensorScatter-24."""
    (axis,) = counted((node.get("axis", -2),), past.ndim)
    length, new = past.shape[axis], update.shape[axis]
    result = past.copy()
    begins = [0] * past.shape[0] if starts is None else starts.tolist()
    for row, begin in enumerate(begins):
        places = np.arange(begin, begin + new)
        if node.get("mode", "linear") == "circular":
            places %= length
        whole = (slice(None),) * (axis - 1)
        result[row][(*whole, places)] = update[row]
    return result


def non_zero(node: Node, x: Tensor) -> Tensor:
    """The places of what is not 0, a column each. NonZero-13."""
    return np.array(np.nonzero(x), dtype=np.int64).reshape(x.ndim, -1)


def compress(node: Node, x: Tensor, condition: Tensor) -> Tensor:
    """What a condition picks along an axis, or of all numbers in a row. Compress-11."""
    return np.compress(condition, x, node.get("axis"))


def one_hot(node: Node, places: Tensor, depth: Tensor, values: Tensor) -> Tensor:
    """A new axis that has the second value at the place, and else the first. OneHot-11."""
    count = int(depth.item())
    axis = node.get("axis", -1)
    classes = np.arange(count)
    where = np.expand_dims(places, axis)
    (axis,) = counted((axis,), where.ndim)
    classes = along(classes, axis, where.ndim)
    found = (where == classes) | (where + count == classes)
    result: Tensor = np.where(found, values[1], values[0])
    return result


def unique(node: Node, x: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """What is there, once: sorted or in the order it comes, where it is first, which each number
    is, and how often. Unique-11."""
    axis = node.get("axis")
    values, first, inverse, counts = np.unique(
        x, return_index=True, return_inverse=True, return_counts=True, axis=axis
    )
    inverse = inverse.reshape(-1)
    if not node.get("sorted", 1):
        order = np.argsort(first, kind="stable")
        values = np.take(values, order, 0 if axis is None else axis)
        first, counts = first[order], counts[order]
        place = np.empty_like(order)
        place[order] = np.arange(len(order))
        inverse = place[inverse]
    return values, first.astype(np.int64), inverse.astype(np.int64), counts.astype(np.int64)
