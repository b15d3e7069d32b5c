"""Sums, products, joins and reductions as graphs have them: shapes are broadcast, one of what is
joined may be a constant of the graph, and axes that are reduced may stay. Net files say none."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from nntrace.core.arrays import Array
from nntrace.core.op import Field, Op, Shape, Straight, Terms, unfit, unravelled
from nntrace.core.ops.axes import one_axis
from nntrace.core.ops.join import Add, Concat, Elementwise, Multiply, Subtract
from nntrace.core.ops.reduce import Reduce

_CONSTANT = Field("constant", "array", "what the graph holds, and joins to what is read")


class _Parts(Op):
    """What is joined: what is read, and a constant of the graph among them, if there is one.

    The constant has the place `at` in the order in which they are joined.
    """

    constant: Array | None
    at: int

    FIELDS: ClassVar[tuple[Field, ...]] = (_CONSTANT,)
    READS: ClassVar[tuple[int, int | None]] = (1, None)
    BIAS: ClassVar = "constant"

    @property
    def sayable(self) -> bool:
        return False

    def _all(self, reads: Sequence[Any], constant: Any) -> list[Any]:
        """Return one thing of each that is joined, in order."""
        each = list(reads)
        if self.constant is not None:
            each.insert(self.at, constant)
        return each

    def _read(self, part: int) -> int | None:
        """Return which of its reads a part is; None for the constant."""
        if self.constant is None or part < self.at:
            return part
        return None if part == self.at else part - 1


@dataclass(frozen=True, eq=False, repr=False)
class _Broadcast(_Parts, Elementwise):
    """Number by number, of shapes that are broadcast to each other by their last axes."""

    constant: Array | None = None
    at: int = 0

    @property
    def straight(self) -> Straight:
        alone = self.constant is not None and self.HOW == "product"  # a live one, by a constant
        return "sums" if alone or self.HOW == "sum" else None

    def formula(self, *reads: Shape) -> str:
        if self.constant is None:
            return self.FORMULA
        told = self.FORMULA.removesuffix(f" {self.FORMULA.split()[3]} …")
        return (
            told.replace("x[i]", "constant[i]").replace("y[i]", "x[i]")
            if not self.at
            else (told.replace("y[i]", "constant[i]"))
        )

    def shape(self, *reads: Shape) -> Shape:
        try:
            return np.broadcast_shapes(*self._shapes(reads))
        except ValueError:
            raise unfit("reads shapes that cannot be broadcast to each other", "reads") from None

    def _shapes(self, reads: Sequence[Shape]) -> list[Shape]:
        return self._all(reads, None if self.constant is None else self.constant.shape)

    def run(self, reads: Sequence[Array], z: Array, exact: bool) -> None:
        rows = (
            each.reshape(len(each), *[1] * (z.ndim - each.ndim), *each.shape[1:]) for each in reads
        )
        first, *others = self._all(list(rows), self.constant)
        z[...] = first
        for values in others:
            self.UFUNC(z, values, out=z)

    def terms(self, reads: Sequence[Array], index: int) -> Terms:
        shapes = [each.shape for each in reads]
        position = unravelled(self.shape(*shapes), index)
        signs = {part: self.SIGNS[min(part, len(self.SIGNS) - 1)] for part in range(len(reads) + 1)}
        weights, values, places, bias = [], [], [], 0.0
        for part, shape in enumerate(self._shapes(shapes)):
            at = _broadcast_from(position, shape)
            read = self._read(part)
            if read is not None:
                weights.append(signs[part])
                values.append(reads[read][at])
                places.append(int(np.ravel_multi_index(at, shape)) if shape else 0)
            elif self.constant is not None and self.HOW == "sum":
                bias = signs[part] * float(self.constant[at])
        dtype = reads[0].dtype
        weighed = np.array(weights, dtype)
        if self.constant is not None and self.HOW == "product":
            weighed[0] = self.constant[_broadcast_from(position, self.constant.shape)]
        order = np.arange(len(reads))
        return Terms(weighed, np.array(values, dtype), np.array(places), order, bias, self.HOW)


def _broadcast_from(position: Shape, shape: Shape) -> Shape:
    """Return which number of a shape stands at a position of what that is broadcast to."""
    last = position[len(position) - len(shape) :]
    return tuple(0 if size == 1 else at for at, size in zip(last, shape, strict=True))


class GraphAdd(_Broadcast, Add):
    """A sum of a graph."""


class GraphSubtract(_Broadcast, Subtract):
    """A difference of a graph."""


class GraphMultiply(_Broadcast, Multiply):
    """A product of a graph."""


@dataclass(frozen=True, eq=False, repr=False)
class GraphConcat(_Parts, Concat):
    """What a graph has side by side, a constant among it."""

    axis: int = 0
    constant: Array | None = None
    at: int = 0

    FIELDS: ClassVar[tuple[Field, ...]] = (*Concat.FIELDS, _CONSTANT)

    @property
    def _joined(self) -> Concat:
        return Concat(self.axis)

    def problems(self) -> Iterator[Any]:
        yield from self._joined.problems()

    def shape(self, *reads: Shape) -> Shape:
        constant = None if self.constant is None else self.constant.shape
        return self._joined.shape(*self._all(reads, constant))

    def run(self, reads: Sequence[Array], z: Array, exact: bool) -> None:
        constant = self.constant
        if constant is not None:
            constant = np.broadcast_to(constant, (len(z), *constant.shape))
        self._joined.run(self._all(reads, constant), z, exact)

    def terms(self, reads: Sequence[Array], index: int) -> Terms:
        parts = self._all(reads, self.constant)
        terms = self._joined.terms(parts, index)
        read = self._read(int(terms.read[0]))
        if read is None:  # a number of the constant, which reads nothing
            return Terms.of(reads[0], [], bias=float(terms.values[0]))
        return terms._replace(read=np.full_like(terms.read, read))


@dataclass(frozen=True, eq=False, repr=False)
class GraphReduce(Reduce):
    """A reduction of a graph, whose axes stay, each with one number."""

    @property
    def sayable(self) -> bool:
        return False

    @property
    def _dropping(self) -> Reduce:
        return Reduce(self.how, self.axis)

    def shape(self, *reads: Shape) -> Shape:
        (shape,) = reads
        axes = self.axis if isinstance(self.axis, tuple) else (self.axis,)
        dropped = {one_axis(axis, len(shape), "axis") for axis in axes}
        return tuple(1 if at in dropped else size for at, size in enumerate(shape))

    def run(self, reads: Sequence[Array], z: Array, exact: bool) -> None:
        kept = self._dropping.shape(reads[0].shape[1:])
        self._dropping.run(reads, z.reshape(len(z), *kept), exact)

    def terms(self, reads: Sequence[Array], index: int) -> Terms:
        return self._dropping.terms(reads, index)
