"""Which numbers an input may hold: places in a table, or categories that a node knows.

Both are told by the nodes that read it, so that what is made at random can be looked up.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from nntrace.core.graph.graph import Graph, Node, Tensor

_PASSING = frozenset({
    "Cast", "Flatten", "Identity", "Reshape", "Slice", "Squeeze", "Transpose", "Unsqueeze",
})  # fmt: skip
_COLUMNWISE = frozenset({"Cast", "Identity"})  # a number stays where it is


class Choice(NamedTuple):
    """Whole numbers of which one is taken, for some places along the last axis, or all (None)."""

    numbers: Sequence[int]
    columns: tuple[int, ...] | None = None

    def put(self, values: Tensor, drawn: np.random.Generator) -> None:
        """Draw numbers that there are where others stand; places that there are not have none."""
        at: Any = ...
        if self.columns is not None:
            width = values.shape[-1]
            at = (..., [column for column in self.columns if -width <= column < width])
        places = drawn.integers(0, len(self.numbers), values[at].shape)
        if isinstance(self.numbers, range):  # as large as a table may be: not made one by one
            known = (values[at] >= 0) & (values[at] < len(self.numbers))
            known &= values[at] == np.floor(values[at])
        else:
            known = np.isin(values[at], self.numbers)
            places = np.asarray(self.numbers)[places]
        values[at] = np.where(known, values[at], places)


def choices_of(graph: Graph) -> dict[str, tuple[Choice, ...]]:
    """Return what the inputs of a graph are chosen from, by name, where that is known."""
    readers: dict[str, list[Node]] = {}
    for node in graph.nodes:
        for name in dict.fromkeys(node.inputs):
            readers.setdefault(name, []).append(node)
    found = {}
    for each in graph.inputs:
        axes = len(each.shape or ())
        told = _read_by(each.name, None, axes, readers, graph.constants, 0)
        # the smallest table last, whose numbers are in the others too
        if choices := sorted(told, key=lambda choice: -len(choice.numbers)):
            found[each.name] = tuple(choices)
    return found


_DEEPEST = 20  # nodes that only pass numbers on


def _read_by(
    name: str,
    columns: tuple[int, ...] | None,
    axes: int,
    readers: Mapping[str, list[Node]],
    constants: Mapping[str, Tensor],
    depth: int,
) -> Iterator[Choice]:
    """Give what those that read a tensor choose from; `columns` of the input are in it, which has
    so many `axes`; 0 where its numbers no longer stand where they stood."""
    for node in readers.get(name, ()) if depth < _DEEPEST else ():
        numbers = _known(node, name, constants)
        if numbers:
            yield Choice(numbers, columns)
        picked = _picked(node, axes, constants)
        if picked is not None and axes and node.inputs[0] == name:
            yield from _read_by(node.outputs[0], picked, 0, readers, constants, depth + 1)
        elif node.op in _PASSING and node.inputs[0] == name:
            still = axes if node.op in _COLUMNWISE else 0
            yield from _read_by(node.outputs[0], columns, still, readers, constants, depth + 1)


def _known(node: Node, name: str, constants: Mapping[str, Tensor]) -> Sequence[int] | None:
    """Return the numbers that a node knows of what it reads; None where it takes any."""
    if node.op == "Gather" and len(node.inputs) > 1 and node.inputs[1] == name:
        table = constants.get(node.inputs[0])
        if table is not None and table.ndim:
            return range(table.shape[node.get("axis", 0)])
    if node.op == "OneHot" and node.inputs[0] == name and node.inputs[1] in constants:
        return range(int(constants[node.inputs[1]].item()))
    if node.op == "OneHotEncoder" and not node.get("zeros", 1):
        return tuple(map(int, node.get("cats_int64s", ())))
    return None


def _picked(node: Node, axes: int, constants: Mapping[str, Tensor]) -> tuple[int, ...] | None:
    """Return which columns a node takes of what has so many axes; None where it does no such
    thing."""
    if node.op == "ArrayFeatureExtractor" or (
        node.op == "Gather" and node.get("axis", 0) in (-1, axes - 1)
    ):
        at = constants.get(node.inputs[1])
        return None if at is None else tuple(int(each) for each in at.reshape(-1))
    return None
