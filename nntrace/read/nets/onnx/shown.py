"""Nodes that no kind of layer covers: what is told of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from nntrace.core.graph.graph import Graph, Node, Tensor
from nntrace.core.graph.op import OnnxOp
from nntrace.core.op import Shape
from nntrace.read.nets.onnx.survey import Survey

FEW = 6  # numbers of an attribute that is told


def shown_only(survey: Survey, node: Node, shape: Shape, first: bool) -> OnnxOp:
    """Return the op of a layer that is shown only.

    The `first` of a node's outputs tells of the graphs inside it, and has what the node holds.
    """
    attributes = tuple(_short(node.attributes))
    if not first:
        return OnnxOp(node.op, shape, attributes=attributes)
    return OnnxOp(node.op, shape, tuple(_inside(node, "")), attributes, tuple(_held(survey, node)))


def _held(survey: Survey, node: Node) -> Iterator[Tensor]:
    """Give the numbers that a node has of its own; int64 is apart, which tells shapes and places.

    Where a graph inside it has an If of two branches, those of both count.
    """
    around = dict.fromkeys([*node.inputs, *(name for _, g in node.graphs for name in g.outer)])
    tensors = [survey.constant(name) for name in around]
    tensors += [each for _, graph in node.graphs for each in _held_inside(graph)]
    yield from (each for each in tensors if each is not None and each.dtype != np.int64)


def _held_inside(graph: Graph) -> Iterator[Tensor]:
    yield from graph.constants.values()
    for node in graph.nodes:
        yield from (each for each in node.attributes.values() if isinstance(each, np.ndarray))
        for _, inner in node.graphs:
            yield from _held_inside(inner)


def _short(attributes: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Give the attributes that a line has room for: numbers, words, and a few numbers together."""
    for name, value in attributes.items():
        several = value if isinstance(value, tuple) else (value,)
        if 0 < len(several) <= FEW and all(isinstance(each, int | float | str) for each in several):
            yield name, value


def _inside(node: Node, path: str) -> Iterator[tuple[str, str]]:
    """Give the tensors inside a node, with their operators, constants apart; the body of a
    loop is `body.N`."""
    for attribute, graph in node.graphs:
        place = f"{attribute}.N" if attribute == "body" else attribute
        within = f"{path}{node.name}/{place}/"
        for each in graph.nodes:
            if each.op != "Constant":
                yield from ((within + name, each.op) for name in each.outputs if name)
            yield from _inside(each, within)
