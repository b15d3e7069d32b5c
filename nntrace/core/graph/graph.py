"""What a graph is: nodes that compute tensors, each named once, from tensors above them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

Tensor: TypeAlias = "NDArray[Any]"  # of any dtype, and any shape: () too
Dim = int | str | None  # of a declared shape: a free one has a name, or none


class Declared(NamedTuple):
    """An input or output of a graph: `shape` is None where the model does not say it."""

    name: str
    dtype: np.dtype[Any]
    shape: tuple[Dim, ...] | None


@dataclass(frozen=True, eq=False)
class Node:
    """One operator at work: `op` of an operator set, whose version says what the operator means.

    `inputs` and `outputs` name tensors; an empty name is one that is left out. Attributes are
    numbers, texts, tuples of them, arrays, and graphs (the branches of an If, the body of a Loop).
    A node that has no name is called as its first output is.
    """

    name: str
    op: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    attributes: Mapping[str, Any] = field(default_factory=dict)
    version: int = 1
    domain: str = ""

    def get(self, attribute: str, default: Any = None) -> Any:
        """Return an attribute, or what holds where it is not given."""
        return self.attributes.get(attribute, default)

    @property
    def graphs(self) -> Iterator[tuple[str, Graph]]:
        """The graphs inside, by the attribute that holds them."""
        for name, value in self.attributes.items():
            if isinstance(value, Graph):
                yield name, value


@dataclass(frozen=True, eq=False)
class Graph:
    """Nodes in an order in which they run, what is given to them, and what they give.

    `constants` are tensors that are known before it runs (initialisers); a graph inside a node sees
    the tensors around it too.
    """

    name: str
    inputs: tuple[Declared, ...]
    nodes: tuple[Node, ...]
    outputs: tuple[Declared, ...]
    constants: Mapping[str, Tensor] = field(default_factory=dict)

    @cached_property
    def reads(self) -> frozenset[str]:
        """The names of all tensors that its nodes read or that it gives, and that graphs inside
        them do."""
        names = {output.name for output in self.outputs}
        for node in self.nodes:
            names.update(node.inputs)
            for _, inner in node.graphs:
                names |= inner.reads
        return frozenset(names - {""})

    @cached_property
    def last_read(self) -> tuple[tuple[str, ...], ...]:
        """For each node the names of tensors that nothing reads after it, what it gives itself
        included; outputs are never among them."""
        seen = {output.name for output in self.outputs}
        done: list[tuple[str, ...]] = []
        for node in reversed(self.nodes):
            names = {*node.inputs, *node.outputs}
            for _, inner in node.graphs:
                names |= inner.reads
            done.append(tuple(sorted(names - seen - {""})))
            seen |= names
        return tuple(reversed(done))
