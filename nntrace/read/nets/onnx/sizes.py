"""How large the free dimensions of a model's inputs are in a first pass: sizes on which it runs.

Most models run on 1. Where one does not, what failed says what it lacks: a sum of so many numbers
wants that many, a kernel wants more room, a table of places has no more than so many. So a size is
doubled until it is enough, and where that is too much, looked for between.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from enum import Enum
from functools import cached_property
from math import prod
from typing import TYPE_CHECKING, NamedTuple, TypeVar

import numpy as np

from nntrace.core.graph.graph import Declared, Graph, Node, Tensor
from nntrace.core.graph.run import NodeError
from nntrace.errors import InputError
from nntrace.read.nets.onnx.survey import Survey

if TYPE_CHECKING:
    from nntrace.core.op import Shape

LONGEST = 2**13  # of a free dimension: half a second of sound, or a long text
MOST = 2**22  # numbers in one input
WORTH = 2**25  # numbers in all that are tried, where a node costs as much as so many
A_NODE = 64
MANY_ROWS = 64  # for which a model may have been made that takes any number of them
OTHERS = 32  # sizes that stand in the graph, tried last
_Key = str | tuple[str, int]  # a free dimension: by its name, or by its input and axis
_Found = TypeVar("_Found")

_KEEP_SHAPE = frozenset({
    "Abs", "BatchNormalization", "Cast", "Ceil", "Clip", "DequantizeLinear", "Dropout", "Elu",
    "Erf", "Exp", "Floor", "Gelu", "Identity", "LeakyRelu", "Log", "LogSoftmax", "Neg",
    "QuantizeLinear", "Relu", "Round", "Sigmoid", "Softmax", "Sqrt", "Tanh",
})  # fmt: skip


class Reach(Enum):
    """Which free dimensions are as long as is tried."""

    NEAR = 0  # those with names that no batch has, and the others of the first input
    ALL_BEHIND = 1  # those behind a first axis
    ALL = 2


class Want(NamedTuple):
    """How long an axis of a tensor is to be, as what reads it says."""

    tensor: str
    axis: int
    length: int


@dataclass
class Search:
    """Sizes for the free dimensions of a graph, one reach after the other.

    Where the first input's nameless dimensions alone are as long as the named ones, states and the
    like stay at 1; where that does not run, all of them are; and at last the first axes too, of
    models that an export has made for so many rows, or that compare rows with each other.
    """

    graph: Graph
    exact: dict[_Key, int] = field(default_factory=dict)

    def first_that_runs(self, run: Callable[[dict[str, Shape]], _Found]) -> _Found:
        """Return what `run` gives for the first shapes on which it does; else raise what it raised
        for the first ones of all."""
        fault: InputError | None = None
        spent = 0
        for shapes in self._shapes():
            numbers = max(map(prod, shapes.values()))
            if fault and numbers > MOST:
                self._longer = False
                continue
            spent += numbers + A_NODE * len(self.graph.nodes)
            if fault and spent > WORTH:
                break
            try:
                return run(shapes)
            except InputError as error:
                fault = fault or error
                self._learn(error)
        assert fault is not None
        raise fault

    def _shapes(self) -> Iterator[dict[str, Shape]]:
        inputs = self.graph.inputs
        reaches = [reach for reach in Reach if reach is not Reach.ALL_BEHIND or len(inputs) > 1]
        several = any(_free_axes(each) for each in inputs)
        for reach in reaches:
            self.exact.clear()
            yield from self._between(
                reach, LONGEST if several else MANY_ROWS if reach is Reach.ALL else 1
            )
        self.exact.clear()
        for size in self._others() if several else ():
            for reach in reaches[:-1]:
                yield self._of(size, reach)

    def _between(self, reach: Reach, longest: int) -> Iterator[dict[str, Shape]]:
        """Give shapes of sizes between what is too small and what is too large.

        What one input lacks says nothing of another: where a node fails that does not depend on
        what the one before did, what that one read has found its size.
        """
        low, high, size = 0, longest + 1, 1
        failed: frozenset[str] = frozenset()  # the inputs that the node depends on that failed
        while low + 1 < high and size <= longest:
            told = len(self.exact)
            now = self._of(size, reach)
            yield now
            if len(self.exact) > told:
                continue  # once more, with what it wants
            if settled := failed - self._failed:
                for each in self.graph.inputs:
                    if each.name in settled:
                        for axis in _free_axes(each):
                            self.exact[_key_of(each, axis)] = now[each.name][axis]
                low, high = 0, longest + 1
                size = 1
            else:
                low, high = (size, high) if self._longer else (low, size)
                size = size * 2 if high > longest and low else (low + high) // 2
            failed = self._failed

    _longer: bool = True  # whether what failed last lacks something, or has too much
    _failed: frozenset[str] = frozenset()  # the inputs that what failed last depends on

    def _learn(self, error: InputError) -> None:
        """Take from what failed how long a dimension is to be, or whether all are too long."""
        self._longer = True
        self._failed = frozenset()
        if not isinstance(error, NodeError) or error.node is None:
            return
        node, given = error.node, error.given
        self._failed = self._above(node)
        for want in _wants(node, given, self._survey):
            value = given[node.inputs.index(want.tensor)]
            self._longer = value is None or want.length > value.shape[want.axis]
            key = self._key(want)
            if key is not None and key not in self.exact:
                self.exact[key] = want.length
            return
        self._longer = _lacks(node, given, self._survey)

    def _key(self, want: Want) -> _Key | None:
        """Return the free dimension that an axis of a tensor is."""
        name, axis = want.tensor, want.axis
        while (node := self._giver.get(name)) is not None:
            if node.op == "Transpose" and "perm" in node.attributes:
                axis = int(node.attributes["perm"][axis])
            elif node.op not in _KEEP_SHAPE and node.op not in _BESIDE:
                return None
            name = next(name for name in node.inputs if name in self._survey.live)
        for each in self.graph.inputs:
            dims = each.shape or ()
            if each.name == name and axis < len(dims) and not isinstance(dims[axis], int):
                return _key_of(each, axis)
        return None

    def _above(self, node: Node) -> frozenset[str]:
        """Return the names of the inputs that a node depends on."""
        found: set[str] = set()
        waiting = list(node.inputs)
        while waiting:
            name = waiting.pop()
            if name not in found:
                found.add(name)
                if name in self._giver:
                    waiting += self._giver[name].inputs
        return frozenset(found & {each.name for each in self.graph.inputs})

    @cached_property
    def _survey(self) -> Survey:
        return Survey(self.graph, {})

    @cached_property
    def _giver(self) -> dict[str, Node]:
        return {name: node for node in self.graph.nodes for name in node.outputs if name}

    def _of(self, size: int, reach: Reach) -> dict[str, Shape]:
        """Return shapes with so much for every free dimension within reach."""
        inputs = self.graph.inputs
        names = {dim for each in inputs for dim in (each.shape or ())[1:] if isinstance(dim, str)}
        names -= {(each.shape or (None,))[0] for each in inputs}  # of a batch

        def length(each: Declared, axis: int) -> int:
            dim = (each.shape or ())[axis]
            if isinstance(dim, int):
                return dim
            told = self.exact.get(_key_of(each, axis))
            if told is not None:
                return told
            if reach is Reach.ALL:
                return size
            near = each is inputs[0] or reach is Reach.ALL_BEHIND
            return size if axis and (dim in names or (dim is None and near)) else 1

        return {
            each.name: tuple(length(each, axis) for axis in range(len(each.shape or ())))
            for each in inputs
        }

    def _others(self) -> list[int]:
        """Return the whole numbers that stand in a graph, as sizes of arrays or in them."""
        found: dict[int, None] = {}
        for value in self.graph.constants.values():
            found |= dict.fromkeys(value.shape)
            if value.dtype.kind == "i" and value.size <= 8:
                found |= dict.fromkeys(value.reshape(-1).tolist())
        sizes = [size for size in found if 1 < size <= LONGEST]
        return [2**power for power in range(1, 14)] + sorted(sizes)[:OTHERS]


def _key_of(declared: Declared, axis: int) -> _Key:
    dim = (declared.shape or ())[axis]
    return dim if isinstance(dim, str) else (declared.name, axis)


def _free_axes(declared: Declared) -> list[int]:
    """Return the free axes behind the first."""
    dims = declared.shape or ()
    return [axis for axis in range(1, len(dims)) if not isinstance(dims[axis], int)]


# ---- what a node wants ----


def _wants(node: Node, given: Sequence[Tensor | None], survey: Survey) -> Iterator[Want]:
    """Give the axes of what a node reads that are not as long as its fixed arrays say."""
    fixed = [
        value is not None and name not in survey.live
        for name, value in zip(node.inputs, given, strict=True)
    ]
    pairs = _PAIRS.get(node.op)
    if pairs is not None and len(given) > 1 and given[0] is not None and given[1] is not None:
        for own, axis, other, length in pairs(node, given[0], given[1]):
            x = given[own] if own < len(given) else None
            if (
                not fixed[own]
                and fixed[other]
                and x is not None
                and x.ndim > abs(axis + (axis < 0))
            ):
                axis %= x.ndim
                if x.shape[axis] != length:
                    yield Want(node.inputs[own], axis, length)
        return
    if node.op in _BESIDE:
        for own, x in enumerate(given):
            for value, still in zip(given, fixed, strict=True):
                if fixed[own] or not still or x is None or value is None:
                    continue
                for back in range(1, min(x.ndim, value.ndim) + 1):
                    length = value.shape[-back]
                    if length not in (1, x.shape[-back]):
                        yield Want(node.inputs[own], x.ndim - back, length)


_Pair = tuple[int, int, int, int]  # whose axis, which, by what, how long


def _product(node: Node, a: Tensor, b: Tensor) -> Iterator[_Pair]:
    along, across = (0 if node.get("transA", 0) else -1), (-1 if node.get("transB", 0) else -2)
    if b.ndim == 1:
        across = -1
    if a.ndim and b.ndim:
        yield 0, along, 1, b.shape[across]
        yield 1, across, 0, a.shape[along]


def _convolved(node: Node, x: Tensor, w: Tensor) -> Iterator[_Pair]:
    yield 0, 1, 1, w.shape[1] * int(node.get("group", 1))


def _recurrent(node: Node, x: Tensor, w: Tensor) -> Iterator[_Pair]:
    yield 0, 2, 1, w.shape[-1]
    for state in (5, 6):
        yield state, 2, 1, int(node.get("hidden_size", 0))


def _by_channel(node: Node, x: Tensor, scale: Tensor) -> Iterator[_Pair]:
    yield 0, 1, 1, scale.size


_PAIRS: dict[str, Callable[[Node, Tensor, Tensor], Iterator[_Pair]]] = {
    "MatMul": _product,
    "Gemm": _product,
    "Conv": _convolved,
    "ConvTranspose": lambda node, x, w: iter([(0, 1, 1, w.shape[0])]),
    "LSTM": _recurrent,
    "GRU": _recurrent,
    "RNN": _recurrent,
    "BatchNormalization": _by_channel,
    "InstanceNormalization": _by_channel,
}
# what is set beside each other from the last axis on
_BESIDE = frozenset({
    "Add", "And", "Div", "Equal", "Expand", "Greater", "LayerNormalization", "Less", "Max",
    "Mean", "Min", "Mul", "Or", "PRelu", "Pow", "RMSNormalization", "Scaler", "Sub", "Sum",
    "Where",
})  # fmt: skip


def _lacks(node: Node, given: Sequence[Tensor | None], survey: Survey) -> bool:
    """Tell whether what a node reads is too little for it, and not too much."""
    if node.op == "Reshape" and len(given) > 1 and given[0] is not None and given[1] is not None:
        fixed = [int(each) for each in np.ravel(given[1]) if each > 0]
        return given[0].size < prod(fixed)
    return not (node.op.startswith("Gather") and node.inputs[0] not in survey.live)
