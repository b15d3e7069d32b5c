"""How large the free dimensions of a model's inputs are in a first pass: sizes on which it runs.

Most models run on 1. Where one does not, what failed says what it lacks: a sum of so many numbers
wants that many, a kernel wants more room, a table of places has no more than so many. So a size is
doubled until it is enough, and where that is too much, looked for between.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
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
OTHERS = 32  # sizes that stand in the graph, tried last
_Key = str | tuple[str, int]  # a free dimension: by its name, or by its input and axis
_Found = TypeVar("_Found")

_KEEP_SHAPE = frozenset({
    "Abs", "BatchNormalization", "Cast", "Ceil", "Clip", "DequantizeLinear", "Dropout", "Elu",
    "Erf", "Exp", "Floor", "Gelu", "Identity", "LeakyRelu", "Log", "LogSoftmax", "Neg",
    "QuantizeLinear", "Relu", "Round", "Sigmoid", "Softmax", "Sqrt", "Tanh",
})  # fmt: skip


class Want(NamedTuple):
    """How long an axis of a tensor is to be, as what reads it says."""

    tensor: str
    axis: int
    length: int


@dataclass
class Search:
    """Sizes for the free dimensions of a graph, one mode after the other.

    Where the first input's nameless dimensions alone are as long as the named ones, states and the
    like stay at 1; where that does not run, all of them are.
    """

    graph: Graph
    exact: dict[_Key, int] = field(default_factory=dict)

    def first_that_runs(self, run: Callable[[dict[str, Shape]], _Found]) -> _Found:
        """Return what `run` gives for the first shapes on which it does; else raise what it raised
        for the first ones of all."""
        fault: InputError | None = None
        for shapes in self._shapes():
            if fault and max(map(prod, shapes.values())) > MOST:
                self._longer = False
                continue
            try:
                return run(shapes)
            except InputError as error:
                fault = fault or error
                self._learn(error)
        assert fault is not None
        raise fault

    def _shapes(self) -> Iterator[dict[str, Shape]]:
        inputs = self.graph.inputs
        yield self._of(1, False)
        if not any(_free(each) for each in inputs):
            return
        for widely in (False, True) if len(inputs) > 1 else (False,):
            self.exact.clear()
            yield from self._between(widely)
        self.exact.clear()
        for size in self._others():
            for widely in (False, True) if len(inputs) > 1 else (False,):
                yield self._of(size, widely)

    def _between(self, widely: bool) -> Iterator[dict[str, Shape]]:
        """Give shapes of sizes between what is too small and what is too large."""
        low, high, size = 0, LONGEST + 1, 1
        while low + 1 < high and size <= LONGEST:
            told = len(self.exact)
            yield self._of(size, widely)
            if len(self.exact) > told:
                continue  # once more, with what it wants
            low, high = (size, high) if self._longer else (low, size)
            size = size * 2 if high > LONGEST and low else (low + high) // 2

    _longer: bool = True  # whether what failed last lacks something, or has too much

    def _learn(self, error: InputError) -> None:
        """Take from what failed how long a dimension is to be, or whether all are too long."""
        self._longer = True
        if not isinstance(error, NodeError):
            return
        fixed = self._survey
        for want in _wants(error.node, error.given, fixed):
            self._longer = want.length > self._length(error, want)
            key = self._key(want)
            if key is not None and key not in self.exact:
                self.exact[key] = want.length
                return
            break
        else:
            self._longer = _lacks(error.node, error.given, fixed)

    @staticmethod
    def _length(error: NodeError, want: Want) -> int:
        value = error.given[error.node.inputs.index(want.tensor)]
        return 0 if value is None else value.shape[want.axis]

    def _key(self, want: Want) -> _Key | None:
        """Return the free dimension that an axis of a tensor is."""
        name, axis = want.tensor, want.axis
        while (node := self._giver.get(name)) is not None:
            if node.op == "Transpose" and "perm" in node.attributes:
                axis = int(node.attributes["perm"][axis])
            elif node.op not in _KEEP_SHAPE:
                return None
            name = node.inputs[0]
        for each in self.graph.inputs:
            dims = each.shape or ()
            if each.name == name and axis < len(dims) and not isinstance(dims[axis], int):
                return _key_of(each, axis)
        return None

    @property
    def _survey(self) -> Survey:
        return Survey(self.graph, {})

    @property
    def _giver(self) -> dict[str, Node]:
        return {name: node for node in self.graph.nodes for name in node.outputs if name}

    def _of(self, size: int, widely: bool) -> dict[str, Shape]:
        """Return shapes with so much for every free dimension but the batch's."""
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
            wide = dim in names or (dim is None and (widely or each is inputs[0]))
            return size if axis and wide else 1

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


def _free(declared: Declared) -> bool:
    return any(not isinstance(size, int) for size in (declared.shape or ())[1:])


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
            x = given[own]
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
