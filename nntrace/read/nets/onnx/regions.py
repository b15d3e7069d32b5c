"""Regions of a graph that read one live tensor and give one: what an exporter wrote in pieces."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from nntrace.core.graph.graph import Declared, Graph, Node, Tensor
from nntrace.core.graph.run import run
from nntrace.read.nets.onnx.survey import Survey

NARROW = frozenset({"float16", "bfloat16"})
MOST = 24  # nodes of a region: the longest norm has about fifteen


class Region(NamedTuple):
    """Nodes between a tensor `x` and a tensor `y`; nothing else reads what they give on the way."""

    x: str
    y: str
    nodes: tuple[Node, ...]

    @property
    def operators(self) -> frozenset[str]:
        """Which operators it is made of."""
        return frozenset(node.op for node in self.nodes)

    def inner(self) -> Iterator[str]:
        """Give the tensors on the way."""
        for node in self.nodes:
            yield from (name for name in node.outputs if name and name != self.y)

    def constants(self, survey: Survey) -> Iterator[Tensor]:
        """Give what is read besides, in the order in which it is read."""
        for node in self.nodes:
            for name in node.inputs:
                value = survey.constant(name)
                if value is not None:
                    yield value

    def graph(self, survey: Survey) -> Graph:
        """Return it as a graph of its own."""
        return graph_of(survey, self.nodes, (self.x,), self.y)


def graph_of(survey: Survey, nodes: Sequence[Node], reads: Sequence[str], y: str) -> Graph:
    """Return nodes that make a tensor `y` of those that they read as a graph of its own.

    Floats narrower than float32 are made that: their rounding would hide what the nodes do.
    """
    known = {
        name: value
        for node in nodes
        for name in node.inputs
        if (value := survey.constant(name)) is not None
    }
    inputs = tuple(Declared(name, survey.values[name].dtype, None) for name in reads)
    output = Declared(y, survey.values[y].dtype, None)
    graph = Graph("region", inputs, tuple(nodes), (output,), known)
    narrow = any(survey.values[name].dtype.name in NARROW for name in (*reads, y))
    return graph.as_dtype("float32") if narrow else graph


def computed_by(graph: Graph, x: Tensor) -> Tensor:
    """Return what a graph of one input and one output gives for it."""
    (declared,), (output,) = graph.inputs, graph.outputs
    given = {declared.name: x.astype(declared.dtype, copy=False)}
    return {name: value for name, value, _ in run(graph, given)}[output.name]


def regions_to(survey: Survey, y: str) -> Iterator[Region]:
    """Give the regions that end in a tensor, the smallest first."""
    taken: dict[int, Node] = {}  # by their place in the order
    open_ends = {y}
    while len(taken) < MOST:
        given = {name for node in taken.values() for name in node.outputs}
        ready = [
            name
            for name in open_ends
            if name in survey.giver
            and not any(True for _ in survey.giver[name].graphs)
            and (name == y or _read_within(survey, name, taken))
        ]
        if not ready:
            return
        last = max(ready, key=survey.order.__getitem__)
        node = survey.giver[last]
        taken[survey.order[last]] = node
        open_ends.discard(last)
        open_ends.update(survey.lives(node))
        open_ends -= given | set(node.outputs)
        if len(open_ends) == 1 and len(taken) > 1:
            nodes = tuple(taken[place] for place in sorted(taken))
            yield Region(next(iter(open_ends)), y, nodes)


def _read_within(survey: Survey, name: str, taken: Mapping[int, Node]) -> bool:
    """Whether nothing but the nodes that are taken already reads what a tensor's node gives."""
    within = set(map(id, taken.values()))
    return all(
        reader is not None and id(reader) in within
        for output in survey.giver[name].outputs
        if output
        for reader in survey.readers[output]
    )
