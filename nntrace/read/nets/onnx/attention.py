"""Attention that an exporter wrote out: the scores of query and key, and the mix of values.

Around a product of two live tensors stand nodes that cut the width into heads, move axes and scale.
The largest part of them that is one op, by running both on inputs drawn at random, is that layer.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from math import prod
from typing import NamedTuple

import numpy as np

from nntrace.core.arrays import Array
from nntrace.core.graph.graph import Node, Tensor
from nntrace.core.graph.run import run
from nntrace.core.op import Op, Shape
from nntrace.core.ops import find_kind
from nntrace.errors import NntraceError
from nntrace.read.nets.onnx.pieces import computed
from nntrace.read.nets.onnx.regions import graph_of
from nntrace.read.nets.onnx.survey import Survey

MOVED = frozenset({"Reshape", "Transpose", "Squeeze", "Unsqueeze", "Identity", "Cast"})
SCALED = MOVED | {"Mul", "Div"}
MASKED = SCALED | {"Add", "Where"}
CUT = frozenset({"Gather", "Split", "Slice"})  # what takes queries out of queries, keys and values
MOST = 8  # nodes between a product and the end of what belongs to it
CLOSE = 1e-4


class Attended(NamedTuple):
    """A layer of attention: the tensor that it gives, what it reads, each in a shape, and the
    tensors inside, which nothing else reads."""

    y: str
    op: Op
    reads: tuple[str, ...]
    shapes: tuple[Shape, ...]
    inner: frozenset[str]


def attended(survey: Survey, shares: Callable[[str], Shape]) -> Iterator[Attended]:
    """Give the scores and mixes of a graph, in the order in which they run.

    `shares` gives the shape that a tensor has as a layer: one head has no axis of its own in the
    graph, but has as scores.
    """
    for node in survey.nodes:
        if node.op != "MatMul" or len(survey.lives(node)) != 2:
            continue
        if found := _scores(survey, node) or _mix(survey, node, shares):
            yield found


def _scores(survey: Survey, node: Node) -> Attended | None:
    product = survey.values[node.outputs[0]]
    *heads, tokens, others = (1, *product.shape) if product.ndim == 2 else product.shape
    parts = survey.values[node.inputs[0]].shape[-1]
    width = prod(heads) * parts
    for y in reversed(_ahead(survey, node.outputs[0], MASKED)):
        value = survey.values[y]
        if value.size != product.size:
            continue
        masked = tokens == others and bool(np.isneginf(value).any())
        op: Op = find_kind("scores")(prod(heads), masked)  # type: ignore[call-arg]
        wanted = ((tokens, width), (others, width))
        for query in _behind(survey, node.inputs[0], SCALED, wanted[0]):
            for key in _behind(survey, node.inputs[1], SCALED, wanted[1]):
                if found := _checked(survey, y, op, (query, key), wanted):
                    return found
    return None


def _mix(survey: Survey, node: Node, shares: Callable[[str], Shape]) -> Attended | None:
    share, tokens = node.inputs[0], survey.values[node.inputs[0]].shape[-1]
    shape = shares(share)
    if len(shape) != 3:
        return None
    width = shape[0] * survey.values[node.inputs[1]].shape[-1]
    op: Op = find_kind("mix")(shape[0])  # type: ignore[call-arg]
    wanted = (shape, (tokens, width))
    for y in reversed(_ahead(survey, node.outputs[0], MOVED)):
        for value in _behind(survey, node.inputs[1], MOVED, wanted[1]):
            if found := _checked(survey, y, op, (share, value), wanted):
                return found
    return None


def _ahead(survey: Survey, name: str, through: frozenset[str]) -> list[str]:
    """Return a tensor, and those that follow while only one such node reads each."""
    found = [name]
    while len(found) < MOST:
        readers = survey.readers[found[-1]]
        node = readers[0] if len(readers) == 1 else None
        if node is None or node.op not in through or len(survey.lives(node)) != 1:
            break
        found.append(node.outputs[0])
    return found


def _behind(survey: Survey, name: str, through: frozenset[str], shape: Shape) -> Iterator[str]:
    """Give the tensors that a tensor is made of by such nodes alone, the first made first, that
    can be read in a shape."""
    found = [name]
    while len(found) < MOST:
        node = survey.giver.get(found[-1])
        if node is None or node.op not in through or len(survey.lives(node)) != 1:
            break
        found += survey.lives(node)
    for each in reversed(found):
        if _readable(survey, each, shape):
            yield each


def _readable(survey: Survey, name: str, shape: Shape) -> bool:
    """Whether a layer that gives a tensor has this shape, or may be shown in it."""
    there = survey.shape(name)
    if there == shape:
        return True
    cut = name in survey.giver and survey.giver[name].op in CUT
    return cut and [n for n in there if n > 1] == [n for n in shape if n > 1]


def _checked(
    survey: Survey, y: str, op: Op, reads: Sequence[str], shapes: Sequence[Shape]
) -> Attended | None:
    """Return an op as what a part of the graph is, where both give the same for other numbers."""
    nodes = _between(survey, y, reads)
    if nodes is None or len(set(reads)) < len(reads):
        return None
    graph = graph_of(survey, nodes, reads, y)
    for seed in range(2):
        drawn = np.random.default_rng(seed)
        given = {
            each.name: drawn.standard_normal(survey.values[each.name].shape).astype(each.dtype)
            for each in graph.inputs
        }
        try:
            wanted = {name: value for name, value, _ in run(graph, given)}[y]
            rows = [
                given[name].astype(np.float64).reshape(1, *shape)
                for name, shape in zip(reads, shapes, strict=True)
            ]
            got = computed(op, rows)
        except (NntraceError, ValueError):  # it does not even run on other numbers
            return None
        if not _same(got, wanted):
            return None
    return Attended(y, op, tuple(reads), tuple(shapes), _inner(survey, nodes, y))


def _same(got: Array, wanted: Tensor) -> bool:
    values = np.asarray(wanted, np.float64).reshape(1, -1)
    size = np.abs(values, where=np.isfinite(values), out=np.zeros_like(values)).max(initial=0.0)
    return got.shape == values.shape and np.allclose(got, values, rtol=0, atol=CLOSE * size)


def _between(survey: Survey, y: str, reads: Sequence[str]) -> tuple[Node, ...] | None:
    """Return the nodes that make a tensor of others; None where it depends on more than those."""
    taken: dict[int, Node] = {}
    open_ends = [y]
    while open_ends:
        name = open_ends.pop()
        if name in reads:
            continue
        node = survey.giver.get(name)
        if node is None:
            return None
        taken[survey.order[name]] = node
        open_ends += survey.lives(node)
    return tuple(taken[place] for place in sorted(taken))


def _inner(survey: Survey, nodes: Sequence[Node], y: str) -> frozenset[str]:
    """Return the tensors that only nodes on the way to another read."""
    inner: set[str] = set()
    for node in reversed(nodes):
        readers = [each for name in node.outputs if name for each in survey.readers[name]]
        gone = [
            each is not None and (y in each.outputs or inner >= set(each.outputs))
            for each in readers
        ]
        if y not in node.outputs and all(gone):
            inner.update(name for name in node.outputs if name)
    return frozenset(inner)
