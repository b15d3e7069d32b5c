"""Operators that keep the numbers and change how they lie: shapes, orders, blocks, copies."""

from __future__ import annotations

from math import prod

import numpy as np

from nntrace.core.graph.graph import Node, Tensor
from nntrace.core.graph.operators.given import counted, integers


def identity(node: Node, x: Tensor) -> Tensor:
    """x. Identity-21."""
    return x


def dropout(
    node: Node, x: Tensor, ratio: Tensor | None = None, training: Tensor | None = None
) -> tuple[Tensor, Tensor]:
    """x, since nothing is dropped when a net is used, and what was kept of it. Dropout-13."""
    drops = node.version < 7 and not node.get("is_test", 0)
    if training is not None and training.item():
        drops = ratio is None or ratio.item() != 0.0
    if drops:
        raise ValueError(
            "drops numbers at random, in training; export the model as it is used: model.eval()"
        )
    # what was kept, which before opset 12 onnxruntime gives as nothing at all
    return x, np.full(x.shape, node.version >= 12, np.bool_ if node.version >= 10 else x.dtype)


def shape(node: Node, x: Tensor) -> Tensor:
    """The sizes of the axes, from `start` to `end`. Shape-15."""
    return np.array(x.shape[node.get("start", 0) : node.get("end")], dtype=np.int64)


def size(node: Node, x: Tensor) -> Tensor:
    """How many numbers there are. Size-13."""
    return np.array(x.size, dtype=np.int64)


def reshape(node: Node, x: Tensor, target: Tensor | None = None) -> Tensor:
    """The numbers in another shape: 0 keeps an axis, −1 is what is left. Reshape-14."""
    sizes = integers(node, "shape", target) or ()
    if 0 in sizes and not node.get("allowzero"):
        sizes = tuple(each or x.shape[place] for place, each in enumerate(sizes))
    return x.reshape(sizes)


def flatten(node: Node, x: Tensor) -> Tensor:
    """A matrix: the axes before `axis` are its rows. Flatten-13."""
    axis = node.get("axis", 1)
    rows, columns = x.shape[:axis], x.shape[axis:]
    return x.reshape(prod(rows), prod(columns))


def transpose(node: Node, x: Tensor) -> Tensor:
    """The axes in another order, by default the reverse. Transpose-13."""
    return x.transpose(node.get("perm"))


def squeeze(node: Node, x: Tensor, axes: Tensor | None = None) -> Tensor:
    """Without axes of size 1. Squeeze-13; the axes are an attribute before."""
    return np.squeeze(x, integers(node, "axes", axes))


def unsqueeze(node: Node, x: Tensor, axes: Tensor | None = None) -> Tensor:
    """With axes of size 1 put in. Unsqueeze-13; the axes are an attribute before."""
    return np.expand_dims(x, integers(node, "axes", axes) or ())


def expand(node: Node, x: Tensor, target: Tensor) -> Tensor:
    """Repeated along axes of size 1, and new ones. Expand-13."""
    return np.broadcast_to(x, np.broadcast_shapes(x.shape, tuple(target.tolist())))


def tile(node: Node, x: Tensor, repeats: Tensor, axis: Tensor | None = None) -> Tensor:
    """Repeated whole along each axis; along one of them before opset 6. Tile-13."""
    times = repeats.reshape(-1).tolist()
    if axis is not None:
        times = [times[0] if place == axis.item() else 1 for place in range(x.ndim)]
    return np.tile(x, times)


def depth_to_space(node: Node, x: Tensor) -> Tensor:
    """Channels become blocks of b × b places. DepthToSpace-13."""
    b = node.get("blocksize")
    n, c, h, w = x.shape
    if node.get("mode", "DCR") == "DCR":
        blocks = x.reshape(n, b, b, c // (b * b), h, w).transpose(0, 3, 4, 1, 5, 2)
    else:
        blocks = x.reshape(n, c // (b * b), b, b, h, w).transpose(0, 1, 4, 2, 5, 3)
    return blocks.reshape(n, c // (b * b), h * b, w * b)


def space_to_depth(node: Node, x: Tensor) -> Tensor:
    """Blocks of b × b places become channels. SpaceToDepth-28."""
    b = node.get("blocksize")
    n, c, h, w = x.shape
    order = (0, 3, 5, 1, 2, 4) if node.get("mode", "DCR") == "DCR" else (0, 1, 3, 5, 2, 4)
    blocks = x.reshape(n, c, h // b, b, w // b, b).transpose(order)
    return blocks.reshape(n, c * b * b, h // b, w // b)


def reverse_sequence(node: Node, x: Tensor, lengths: Tensor) -> Tensor:
    """The first steps of each row in reverse, as many as its length. ReverseSequence-10."""
    batch, time = node.get("batch_axis", 1), node.get("time_axis", 0)
    result = x.copy()
    for row, length in enumerate(lengths.tolist()):
        place: list[int | slice] = [slice(None)] * x.ndim
        place[batch], place[time] = row, slice(0, length)
        steps = x[tuple(place)]
        result[tuple(place)] = np.flip(steps, time - (batch < time))
    return result


def triangle(node: Node, x: Tensor, k: Tensor | None = None) -> Tensor:
    """The upper or lower triangle of matrices, 0 elsewhere. Trilu-14."""
    diagonal = 0 if k is None else k.item()
    upper = node.get("upper", 1)
    rows, columns = x.shape[-2:]
    kept = np.tri(rows, columns, diagonal - 1 if upper else diagonal, dtype=np.bool_)
    return np.where(kept != bool(upper), x, x.dtype.type(0))


def pad(
    node: Node,
    x: Tensor,
    pads: Tensor | None = None,
    filling: Tensor | None = None,
    axes: Tensor | None = None,
) -> Tensor:
    """x with places put around it; a negative number takes some away. Pad-21; attributes before
    opset 11, called paddings in the first."""
    sizes = integers(node, "paddings" if node.version < 2 else "pads", pads) or ()
    chosen = range(x.ndim) if axes is None else counted(axes.reshape(-1).tolist(), x.ndim)
    half = len(sizes) // 2
    before, after = [0] * x.ndim, [0] * x.ndim
    for axis, first, last in zip(chosen, sizes[:half], sizes[half:], strict=True):
        before[axis], after[axis] = first, last
    x = x[
        tuple(
            slice(max(-first, 0), length - max(-last, 0))
            for first, last, length in zip(before, after, x.shape, strict=True)
        )
    ]
    widths = [(max(a, 0), max(b, 0)) for a, b in zip(before, after, strict=True)]
    mode = node.get("mode", "constant")
    if mode != "constant":
        if mode not in ("reflect", "edge", "wrap"):
            raise ValueError(f"mode is {mode!r}")
        return np.pad(x, widths, mode=mode)
    value = node.get("value", 0) if filling is None else filling.reshape(-1)[0]
    whole = tuple(a + b + length for (a, b), length in zip(widths, x.shape, strict=True))
    result = np.full(whole, value, dtype=x.dtype)
    inner = tuple(slice(a, a + length) for (a, _), length in zip(widths, x.shape, strict=True))
    result[inner] = x
    return result
