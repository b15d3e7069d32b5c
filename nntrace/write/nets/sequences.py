"""Layers that read tokens, or go step by step, as operators of ONNX."""

from __future__ import annotations

from collections.abc import Callable
from math import prod, sqrt
from typing import Any

import numpy as np

from nntrace.core.arrays import Array
from nntrace.core.op import Op, Shape
from nntrace.write.nets.written import Written


def embedding(w: Written) -> None:
    w.node("Gather", [w.array("weights"), _tokens(w)], axis=0)


def _tokens(w: Written) -> str:
    """Return what is read as whole numbers."""
    if w.reads[0] == "input" and w.to.whole:
        return "input"
    return w.node("Cast", [w.reads[0]], "tokens", to=7)


def positions(w: Written) -> None:
    count = w.to.node("Shape", [w.reads[0]], w.part("count"), start=1, end=2)
    start, axis = w.to.integers(w.part("start"), 0), w.to.integers(w.part("axis"), 0)
    table = w.node("Slice", [w.array("weights"), start, count, axis], "table")
    w.node("Add", [w.reads[0], table])


def _by_head(w: Written, name: str, width: int, heads: int, kind: str, perm: Shape) -> str:
    shape = w.to.integers(w.part(f"{kind}.shape"), 0, -1, heads, width // heads)
    parted = w.node("Reshape", [name, shape], f"{kind}.heads")
    return w.node("Transpose", [parted], kind, perm=perm)


def scores(w: Written) -> None:
    width, heads = w.shapes[0][1], w.op.heads
    query = _by_head(w, w.reads[0], width, heads, "query", (0, 2, 1, 3))
    key = _by_head(w, w.reads[1], width, heads, "key", (0, 2, 3, 1))
    products = w.node("MatMul", [query, key], "products")
    root = w.to.constant(w.part("root"), np.asarray(sqrt(width // heads), w.to.dtype))
    scaled = w.node("Div", [products, root], "scaled" if w.op.causal else None)
    if not w.op.causal:
        return
    context = w.layer.shape[1]
    hidden = np.where(np.arange(context)[None] > np.arange(context)[:, None], -np.inf, 0.0)
    count = w.to.node("Shape", [scaled], w.part("count"), start=2, end=3)
    both = w.node("Concat", [count, count], "counts", axis=0)
    start, axes = w.to.integers(w.part("start"), 0, 0), w.to.integers(w.part("axes"), 0, 1)
    mask = w.to.constant(w.part("mask"), hidden.astype(w.to.dtype))
    w.node("Add", [scaled, w.node("Slice", [mask, start, both, axes], "hidden")])


def mix(w: Written) -> None:
    width, heads = w.shapes[1][1], w.op.heads
    value = _by_head(w, w.reads[1], width, heads, "value", (0, 2, 1, 3))
    mixed = w.node("MatMul", [w.reads[0], value], "mixed")
    joined = w.node("Transpose", [mixed], "joined", perm=(0, 2, 1, 3))
    w.node("Reshape", [joined, w.to.integers(w.part("shape"), 0, -1, width)])


def recurrent(operator: str, order: tuple[int, ...], **keys: Any) -> Callable[[Written], None]:
    """`order` is where each of ONNX's gates stands among PyTorch's."""

    def write(w: Written) -> None:
        op: Op = w.op
        size, both = w.op.size, w.op.direction == "both"

        def gates(key: str) -> Array:
            values: Array = getattr(op, key)
            values = values if both else values[None]
            parts = values.reshape(len(values), len(order), size, *values.shape[2:])
            return parts[:, list(order)].reshape(values.shape)

        biases = np.concatenate([gates("bias"), gates("recurrent_bias")], axis=1)
        weights = [w.array("weights", gates("weights")), w.array("recurrent", gates("recurrent"))]
        # steps stand first: the layout that has rows first, onnxruntime does not have
        steps = w.node("Transpose", [w.reads[0]], "steps", perm=(1, 0, 2))
        direction = {"forward": "forward", "backward": "reverse", "both": "bidirectional"}
        told = {"direction": direction[w.op.direction], "hidden_size": size, **keys}
        given = w.part("states")
        w.to.nodes_giving(operator, [steps, *weights, w.array("bias", biases)], [given], **told)
        beside = w.node("Transpose", [given], "beside", perm=(2, 0, 1, 3))
        lengths = prod(w.layer.shape[1:])
        w.node("Reshape", [beside, w.to.integers(w.part("shape"), 0, -1, lengths)])

    return write
