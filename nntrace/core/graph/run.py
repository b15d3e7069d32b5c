"""Run a graph: each tensor that its nodes give, in the order of the pass, and then let go of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

import numpy as np

from nntrace.core.graph.graph import Graph, Node, Tensor
from nntrace.core.graph.operators import find_operator

Change = Callable[[Tensor], Tensor]


class Computed(NamedTuple):
    """A tensor that a node gave, by its name, with the path before it inside an If or a Loop."""

    name: str
    value: Tensor
    node: Node


def run(
    graph: Graph, feeds: Mapping[str, Tensor], changes: Mapping[str, Change] | None = None
) -> Iterator[Computed]:
    """Yield every tensor that the nodes give; what nothing reads any more is let go of.

    `feeds` are the inputs by name. `changes` sets what a tensor is before anything reads it: a
    function of what was computed, by the tensor's name. Raises InputError where an input is
    missing or does not fit, and where a node cannot compute what it is given, naming the node.
    """
    values = {**graph.constants, **feeds}
    with np.errstate(all="ignore"):  # an overflow gives inf, which whoever looks at it sees
        for node, done in zip(graph.nodes, graph.last_read, strict=True):
            operator = find_operator(node)
            given = operator(node, *[values[name] if name else None for name in node.inputs])
            results = given if isinstance(given, tuple) else (given,)
            for name, value in zip(node.outputs, results, strict=False):
                if not name:
                    continue
                if changes and name in changes:
                    value = changes[name](value)
                values[name] = value
                yield Computed(name, value, node)
            for name in done:
                values.pop(name, None)
