"""Several layers as one: added, subtracted, multiplied, or side by side."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from nntrace.core.arrays import Array
from nntrace.core.op import Field, How, Op, Shape, Terms, times, unfit, unravelled
from nntrace.core.ops.axes import one_axis
from nntrace.errors import Problem, listed


class Elementwise(Op):
    """Number by number of layers of one shape."""

    HOW: ClassVar[How] = "sum"
    SIGNS: ClassVar[tuple[float, ...]] = (1.0,)  # of what it reads; the last one of all the rest
    UFUNC: ClassVar[np.ufunc]
    READS: ClassVar[tuple[int, int | None]] = (2, None)

    def shape(self, *reads: Shape) -> Shape:
        if len(set(reads)) > 1:
            few = "two" if self.READS[1] == 2 else "two or more"
            message = f"reads {listed([times(each) for each in reads])}, takes {few} of one shape"
            raise unfit(message, "reads")
        return reads[0]

    def run(self, reads: Sequence[Array], z: Array, exact: bool) -> None:
        first, second, *others = reads
        self.UFUNC(first, second, out=z)
        for values in others:
            self.UFUNC(z, values, out=z)

    def terms(self, reads: Sequence[Array], index: int) -> Terms:
        values = np.array([each.reshape(-1)[index] for each in reads])
        signs = np.array([self.SIGNS[min(n, len(self.SIGNS) - 1)] for n in range(len(reads))])
        places = np.full(len(reads), index)
        return Terms(
            signs.astype(values.dtype), values, places, np.arange(len(reads)), how=self.HOW
        )


@dataclass(frozen=True, eq=False, repr=False)
class Add(Elementwise):
    """z = x + y + …, number by number."""

    KIND: ClassVar = "add"
    GIVES: ClassVar = "two or more of one shape → the same"
    DOC: ClassVar = "the sum of what it reads, number by number; as around a residual block"
    FORMULA: ClassVar = "z[i] = x[i] + y[i] + …"
    TORCH: ClassVar = "x + y, without broadcasting: all are of one shape"
    ONNX: ClassVar = "Add of two, Sum of any number; both broadcast there"
    SOURCE: ClassVar = "https://docs.pytorch.org/docs/stable/generated/torch.add.html"
    STRAIGHT: ClassVar = "sums"
    UFUNC: ClassVar = np.add


@dataclass(frozen=True, eq=False, repr=False)
class Subtract(Elementwise):
    """z = x - y, number by number."""

    KIND: ClassVar = "subtract"
    GIVES: ClassVar = "two of one shape → the same"
    DOC: ClassVar = "the first that it reads less the second, number by number"
    FORMULA: ClassVar = "z[i] = x[i] − y[i]"
    TORCH: ClassVar = "x - y, without broadcasting: both are of one shape"
    ONNX: ClassVar = "Sub, which broadcasts there"
    SOURCE: ClassVar = "https://docs.pytorch.org/docs/stable/generated/torch.sub.html"
    STRAIGHT: ClassVar = "sums"
    SIGNS: ClassVar[tuple[float, ...]] = (1.0, -1.0)
    UFUNC: ClassVar = np.subtract
    READS: ClassVar[tuple[int, int | None]] = (2, 2)


@dataclass(frozen=True, eq=False, repr=False)
class Multiply(Elementwise):
    """z = x · y · …, number by number."""

    KIND: ClassVar = "multiply"
    GIVES: ClassVar = "two or more of one shape → the same"
    DOC: ClassVar = "the product of what it reads, number by number; as with a gate"
    FORMULA: ClassVar = "z[i] = x[i] · y[i] · …"
    TORCH: ClassVar = "x * y, without broadcasting: all are of one shape"
    ONNX: ClassVar = "Mul of two, which broadcasts there"
    SOURCE: ClassVar = "https://docs.pytorch.org/docs/stable/generated/torch.mul.html"
    HOW: ClassVar[How] = "product"
    UFUNC: ClassVar = np.multiply


@dataclass(frozen=True, eq=False, repr=False)
class Concat(Op):
    """z is what it reads, side by side along an axis, of which each may have another length."""

    axis: int = 0

    KIND: ClassVar = "concat"
    GIVES: ClassVar = (
        "two or more that differ along the axis alone → one that is as long there as all"
    )
    DOC: ClassVar = "what it reads side by side along an axis, in the order of reads"
    FORMULA: ClassVar = "z[i] = x[i] for i < n, y[i − n] from n on, where x is n long on the axis"
    TORCH: ClassVar = "cat, whose dim counts the batch too: axis 0 is dim 1"
    ONNX: ClassVar = "Concat, whose axis counts the batch too: axis 0 is axis 1"
    SOURCE: ClassVar = "https://docs.pytorch.org/docs/stable/generated/torch.cat.html"
    STRAIGHT: ClassVar = "sums"
    FIELDS: ClassVar[tuple[Field, ...]] = (
        Field("axis", "axis", "along which axis of a row; -1 is the last", default=0),
    )
    READS: ClassVar[tuple[int, int | None]] = (2, None)

    def problems(self) -> Iterator[Problem]:
        if not isinstance(self.axis, int):
            yield Problem("takes one axis", ("axis",))

    def shape(self, *reads: Shape) -> Shape:
        axis = one_axis(self.axis, len(reads[0]), "axis")
        if len({(*shape[:axis], *shape[axis + 1 :]) for shape in reads}) > 1:
            shapes = listed([times(shape) for shape in reads])
            told = f"reads {shapes}, takes shapes that differ in axis {axis} alone"
            raise unfit(told + self._hint(reads), "reads")
        along = sum(shape[axis] for shape in reads)
        return (*reads[0][:axis], along, *reads[0][axis + 1 :])

    @staticmethod
    def _hint(reads: Sequence[Shape]) -> str:
        """Say which axis would do, if one does."""
        if len(set(map(len, reads))) > 1:
            return ""
        differ = [
            axis for axis, lengths in enumerate(zip(*reads, strict=True)) if len({*lengths}) > 1
        ]
        return f"; axis: {differ[0]} would fit" if len(differ) == 1 else ""

    def run(self, reads: Sequence[Array], z: Array, exact: bool) -> None:
        np.concatenate(reads, axis=one_axis(self.axis, z.ndim - 1) + 1, out=z)

    def terms(self, reads: Sequence[Array], index: int) -> Terms:
        axis = one_axis(self.axis, reads[0].ndim)
        position = list(unravelled(self.shape(*(each.shape for each in reads)), index))
        read = 0
        while position[axis] >= reads[read].shape[axis]:
            position[axis] -= reads[read].shape[axis]
            read += 1
        place = np.ravel_multi_index(position, reads[read].shape)
        return Terms.of(reads[read], place, read=read)
