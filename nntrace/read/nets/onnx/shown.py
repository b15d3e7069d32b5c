"""Nodes that no kind of layer covers: what is told of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from nntrace.core.graph.graph import Node
from nntrace.core.graph.op import OnnxOp
from nntrace.core.op import Shape

FEW = 6  # numbers of an attribute that is told


def shown_only(node: Node, shape: Shape, inside: bool) -> OnnxOp:
    """Return the op of a layer that is shown only; with `inside` it tells of the node's graphs."""
    told = tuple(_inside(node, "")) if inside else ()
    return OnnxOp(node.op, shape, told, tuple(_short(node.attributes)))


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
