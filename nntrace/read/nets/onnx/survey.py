"""What is known of a graph once it has been run: which tensors depend on what is given to it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from nntrace.core.graph.graph import Graph, Node, Tensor
from nntrace.core.op import Shape

SHAPES_ALONE = frozenset({"Shape", "Size"})  # what they give does not depend on the numbers


@dataclass(frozen=True, eq=False)
class Survey:
    """A graph, and every tensor of one pass by its name, constants and inputs too."""

    graph: Graph
    values: Mapping[str, Tensor]

    @cached_property
    def live(self) -> frozenset[str]:
        """The tensors that depend on the numbers that are given; of the others only shapes do."""
        live = {declared.name for declared in self.graph.inputs}
        for node in self.graph.nodes:
            read = set(node.inputs)
            for _, inner in node.graphs:
                read |= inner.outer
            if node.op not in SHAPES_ALONE and not live.isdisjoint(read):
                live.update(node.outputs)
        return frozenset(live - {""})

    @cached_property
    def nodes(self) -> tuple[Node, ...]:
        """The nodes that give live tensors, in the order in which they run."""
        return tuple(node for node in self.graph.nodes if not self.live.isdisjoint(node.outputs))

    @cached_property
    def giver(self) -> dict[str, Node]:
        """The node that gives a live tensor."""
        return {name: node for node in self.nodes for name in node.outputs if name}

    @cached_property
    def order(self) -> dict[str, int]:
        """The place of the node that gives a live tensor, in the order in which they run."""
        return {name: at for at, node in enumerate(self.nodes) for name in node.outputs if name}

    @cached_property
    def readers(self) -> dict[str, list[Node | None]]:
        """What reads a tensor: live nodes, and None for each time that the graph gives it."""
        found: dict[str, list[Node | None]] = {name: [] for name in self.live}
        for node in self.nodes:
            read = list(node.inputs)
            for _, inner in node.graphs:
                read += inner.outer
            for name in read:
                if name in found:
                    found[name].append(node)
        for output in self.graph.outputs:
            if output.name in found:
                found[output.name].append(None)
        return found

    def constant(self, name: str) -> Tensor | None:
        """Return a tensor that is the same whatever is given; None for a live one, or for none."""
        return None if not name or name in self.live else self.values.get(name)

    def lives(self, node: Node) -> list[str]:
        """Return the live tensors that a node reads, in order."""
        return [name for name in node.inputs if name in self.live]

    def read_flat(self, name: str) -> bool:
        """Whether all that read a tensor take its numbers in one row."""
        size = (self.values[name].size,)
        return all(
            reader is None or self.shape(reader.outputs[0]) == size for reader in self.readers[name]
        )

    def shape(self, name: str) -> Shape:
        """Return the shape of one row of a tensor."""
        return row_shape(self.values[name])


def row_shape(tensor: Tensor) -> Shape:
    """Return the shape of what one row gives: a first axis of one is the batch's, and left out."""
    shape = tensor.shape[1:] if tensor.ndim > 1 and tensor.shape[0] == 1 else tensor.shape
    return shape or (1,)
