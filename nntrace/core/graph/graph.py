"""What a graph is: nodes that compute tensors, each named once, from tensors above them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

import numpy as np

from nntrace.core.arrays import all_finite
from nntrace.core.graph.dtypes import CODES, FLOATS, NAMES
from nntrace.words import cropped

if TYPE_CHECKING:
    from numpy.typing import NDArray

Tensor: TypeAlias = "NDArray[Any]"  # of any dtype, and any shape: () too
# attributes that number a dtype
_NUMBERED = ("to", "dtype", "output_dtype")
# those that number the dtype of what is summed inside, which may be wider than what is given
_INSIDE = ("stash_type", "softmax_precision")
Dim = int | str | None  # of a declared shape: a free one has a name, or none


LONGEST_CALLED = 120  # characters of a node's name, which is often a path, that a message repeats


# of a graph inside a node, where what it takes or gives may be left to whoever runs it
UNTYPED: np.dtype[Any] = np.dtype(np.void)


class Declared(NamedTuple):
    """An input or output of a graph: `shape` is None where the model does not say it, and the dtype
    is UNTYPED."""

    name: str
    dtype: np.dtype[Any]
    shape: tuple[Dim, ...] | None


@dataclass(frozen=True, eq=False)
class Node:
    """One operator at work: `op` of an operator set, whose version says what the operator means.

    `inputs` and `outputs` name tensors; an empty name is one that is left out. Attributes are
    numbers, texts, tuples of them, arrays, and graphs (the branches of an If, the body of a Loop).
    A node that has no name is called as its first output is. `floats` is the dtype of what an
    operator gives whose definition knows float32 alone.
    """

    name: str
    op: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    attributes: Mapping[str, Any] = field(default_factory=dict)
    version: int = 1
    domain: str = ""
    floats: str = "float32"

    def get(self, attribute: str, default: Any = None) -> Any:
        """Return an attribute, or what holds where it is not given."""
        return self.attributes.get(attribute, default)

    @property
    def kind(self) -> str:
        """The operator, with its domain where that is not ONNX's own: `ai.onnx.ml.Scaler`."""
        return f"{self.domain}.{self.op}" if self.domain else self.op

    @property
    def called(self) -> str:
        """How messages name it: `node 'fc1' (Gemm, opset 13)`."""
        name = cropped(self.name, LONGEST_CALLED)
        return f"node '{name}' ({cropped(self.kind)}, opset {self.version})"

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
        """The names of all tensors that it gives or its nodes read, for graphs inside them too."""
        names = {output.name for output in self.outputs}
        for node in self.nodes:
            names.update(node.inputs)
            for _, inner in node.graphs:
                names |= inner.outer
        return frozenset(names - {""})

    @cached_property
    def outer(self) -> frozenset[str]:
        """The names of the tensors around it that it reads, where it is inside a node."""
        given = {declared.name for declared in self.inputs}
        return self.reads - given.union(self.constants, *(node.outputs for node in self.nodes))

    @cached_property
    def last_read(self) -> tuple[tuple[str, ...], ...]:
        """For each node the names of tensors that nothing reads after it, what it gives itself
        included; outputs are never among them."""
        seen = {output.name for output in self.outputs}
        done: list[tuple[str, ...]] = []
        for node in reversed(self.nodes):
            names = {*node.inputs, *node.outputs}
            for _, inner in node.graphs:
                names |= inner.outer
            done.append(tuple(sorted(names - seen - {""})))
            seen |= names
        return tuple(reversed(done))

    def as_dtype(self, dtype: str) -> Graph:
        """Return the graph with every float of it in one dtype: `float64`, `float32`, `float16`.

        That is what it declares, its constants, what its nodes hold and what they cast to, in
        graphs inside nodes too; a number that is too large becomes infinite.
        """
        nodes = tuple(
            replace(node, attributes=_recast_in(node, dtype), floats=dtype) for node in self.nodes
        )
        return Graph(
            self.name,
            tuple(_declared_as(each, dtype) for each in self.inputs),
            nodes,
            tuple(_declared_as(each, dtype) for each in self.outputs),
            {name: _recast(value, dtype) for name, value in self.constants.items()},
        )


def _declared_as(declared: Declared, dtype: str) -> Declared:
    if declared.dtype.name not in FLOATS:
        return declared
    return declared._replace(dtype=np.dtype(dtype))


def _recast(value: Tensor, dtype: str) -> Tensor:
    """Return floats in another dtype, and anything else as it is."""
    if value.dtype.name not in FLOATS or value.dtype.name == dtype:
        return value
    with np.errstate(over="ignore"):
        cast = value.astype(dtype)
    cast.flags.writeable = False
    return cast


def _recast_in(node: Node, dtype: str) -> dict[str, Any]:
    """Return a node's attributes with its floats in another dtype."""
    code, wide = CODES[dtype], dtype == "float64"
    attributes: dict[str, Any] = {}
    for name, value in node.attributes.items():
        if isinstance(value, Graph):
            value = value.as_dtype(dtype)
        elif isinstance(value, np.ndarray):
            value = _recast(value, dtype)
        elif name in _NUMBERED or (name in _INSIDE and wide):
            value = code if NAMES.get(value) in FLOATS else value
        attributes[name] = value
    if node.domain or dtype == "float32":
        return attributes
    if node.op == "Constant":  # numbers in an attribute are float32
        for name in ("value_float", "value_floats"):
            if name in attributes:
                attributes["value"] = _recast(np.array(attributes.pop(name), np.float32), dtype)
    if node.op == "ConstantOfShape":
        attributes.setdefault("value", np.zeros(1, dtype))
    if node.op in ("RandomNormal", "RandomUniform"):
        attributes.setdefault("dtype", code)
    if node.op in ("LayerNormalization", "RMSNormalization") and wide:
        attributes.setdefault("stash_type", code)
    return attributes


def nans(graph: Graph) -> Iterator[str]:
    """Say which arrays of a graph hold NaN, how often, and where first: no kind of layer has such
    weights, and all that reads them becomes NaN. Infinities are of use, in masks."""
    for name, values in graph.constants.items():
        with np.errstate(over="ignore"):  # of float16
            odd = values.dtype.kind == "f" and not all_finite(values)
        if odd:
            where = np.argwhere(np.isnan(values))
            if len(where):
                at = ".".join(map(str, where[0].tolist()))
                yield f"'{cropped(name)}' holds {len(where)} NaN" + (at and f", first at {at}")
