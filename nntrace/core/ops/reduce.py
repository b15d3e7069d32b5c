"""The mean, the largest, the smallest or the sum along axes, which are dropped."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import prod
from typing import ClassVar

import numpy as np

from nntrace.core.arrays import Array
from nntrace.core.op import Channels, Field, How, Op, Shape, Straight, Terms, unravelled
from nntrace.core.ops.axes import Axes, channels_after, some_axes, twice
from nntrace.errors import Problem

_HOW: dict[How, np.ufunc] = {
    "mean": np.add,  # and then divided by how many there are
    "max": np.maximum,
    "min": np.minimum,
    "sum": np.add,
}


@dataclass(frozen=True, eq=False, repr=False)
class Reduce(Op):
    """z is the mean (or max, min, sum) of x along one axis or several, which it then has no more.

    Without any axis left it is one number, of shape (1,).
    """

    how: How = "mean"
    axis: Axes = 0

    KIND: ClassVar = "reduce"
    GIVES: ClassVar = "any shape → what is left of its axes; where none is, one number"
    DOC: ClassVar = "one number for all along one axis or several, which are dropped"
    FORMULA: ClassVar = "z[j] = (1/n) Σ x[i, j] over i, n of them; max, min or Σ alone instead"
    TORCH: ClassVar = "mean, amax, amin, sum, whose dim counts the batch too: axis 0 is dim 1"
    ONNX: ClassVar = (
        "ReduceMean, ReduceMax, ReduceMin, ReduceSum with keepdims = 0 (1 is the default there); "
        "axes count the batch too"
    )
    SOURCE: ClassVar = "https://docs.pytorch.org/docs/stable/generated/torch.mean.html"
    FIELDS: ClassVar = (
        Field("how", "choice", "what is made of them", default="mean", choices=tuple(_HOW)),
        Field("axis", "axes", "which axis of a row is dropped, or which ones", default=0),
    )

    @property
    def straight(self) -> Straight:
        picked: dict[How, Straight] = {"max": "largest", "min": "smallest"}
        return picked.get(self.how, "sums")

    def problems(self) -> Iterator[Problem]:
        if self.how not in _HOW:
            yield Problem(f"is '{self.how}', takes {', '.join(_HOW)}", ("how",))
        if self.axis == ():
            yield Problem("takes one axis or more", ("axis",))
        yield from twice(self.axis, "axis")

    def _kept(self, count: int) -> tuple[int, ...]:
        dropped = some_axes(self.axis, count, "axis")
        return tuple(axis for axis in range(count) if axis not in dropped)

    def shape(self, *reads: Shape) -> Shape:
        return tuple(reads[0][axis] for axis in self._kept(len(reads[0]))) or (1,)

    def carried(self, sources: Sequence[tuple[Shape, Channels]], shape: Shape) -> Channels:
        before, channels = sources[0]
        return channels_after(before, channels, self._kept(len(before)))

    def run(self, reads: Sequence[Array], z: Array, exact: bool) -> None:
        """Bring the dropped axes to the end, and reduce each piece by itself, in float64: so the
        bits of a row depend on no other."""
        count = reads[0].ndim - 1
        kept = self._kept(count)
        dropped = [axis for axis in range(count) if axis not in kept]
        x = reads[0].transpose(0, *(axis + 1 for axis in (*kept, *dropped)))
        lines = np.ascontiguousarray(x, np.float64).reshape(*z.shape, -1)
        wide = _HOW[self.how].reduce(lines, axis=-1)
        z[...] = wide / lines.shape[-1] if self.how == "mean" else wide

    def terms(self, reads: Sequence[Array], index: int) -> Terms:
        shape = reads[0].shape
        kept = self._kept(len(shape))
        position = dict(zip(kept, unravelled(self.shape(shape), index), strict=bool(kept)))
        where = tuple(position.get(axis, slice(None)) for axis in range(len(shape)))
        places = np.arange(prod(shape)).reshape(shape)[where]
        return Terms.of(reads[0], places, how=self.how)
