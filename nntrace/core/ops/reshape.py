"""The same numbers in another shape, or in another order."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import prod
from typing import Any, ClassVar

import numpy as np

from nntrace.core.arrays import Array
from nntrace.core.op import (
    Channels,
    Field,
    Op,
    Shape,
    Terms,
    divisors_near,
    times,
    unfit,
    unravelled,
)
from nntrace.core.ops.axes import Axes, channels_after, some_axes, twice
from nntrace.errors import Problem


class _SameOrder(Op):
    """The numbers stay in C order."""

    def run(self, reads: Sequence[Array], z: Array, exact: bool) -> None:
        z[...] = reads[0].reshape(z.shape)

    def terms(self, reads: Sequence[Array], index: int) -> Terms:
        return Terms.of(reads[0], index)


@dataclass(frozen=True, eq=False, repr=False)
class Flatten(_SameOrder):
    """z is x in a row, in C order: the last axis runs fastest."""

    KIND: ClassVar = "flatten"
    GIVES: ClassVar = "any shape → one axis"
    DOC: ClassVar = "all numbers in a row; the last axis runs fastest"
    FORMULA: ClassVar = "z[(c · height + i) · width + j] = x[c, i, j]"
    TORCH: ClassVar = "Flatten with its default start_dim = 1"
    ONNX: ClassVar = "Flatten with its default axis = 1"
    SOURCE: ClassVar = "https://docs.pytorch.org/docs/stable/generated/torch.nn.Flatten.html"
    STRAIGHT: ClassVar = "sums"

    def shape(self, *reads: Shape) -> Shape:
        return (prod(reads[0]),)


@dataclass(frozen=True, eq=False, repr=False, init=False)
class Reshape(_SameOrder):
    """z is x in the shape of `sizes`, the key `shape`, in C order; one -1 stands for what is left.

    Which axis counts channels is carried over, as if the new shape were of the same kind; where
    there were neurons, the first does, as in an input of that shape.
    """

    sizes: Shape

    KIND: ClassVar = "reshape"
    GIVES: ClassVar = "any shape → another of as many numbers"
    DOC: ClassVar = "the same numbers in another shape; the last axis runs fastest in both"
    FORMULA: ClassVar = "z[i, j] = x[i · width + j], as an example: of any shape to any other"
    TORCH: ClassVar = "reshape, whose shape counts the batch too; Unflatten, behind a Flatten"
    ONNX: ClassVar = "Reshape, whose shape counts the batch too; a 0 keeps a size there"
    SOURCE: ClassVar = "https://docs.pytorch.org/docs/stable/generated/torch.reshape.html"
    STRAIGHT: ClassVar = "sums"
    FIELDS: ClassVar = (
        Field(
            "shape",
            "shape",
            "the sizes of a row; one may be -1, which stands for what is left",
            required=True,
        ),
    )

    def __init__(self, shape: Sequence[int] | int) -> None:
        sizes = (shape,) if isinstance(shape, int) else tuple(shape)
        object.__setattr__(self, "sizes", sizes)
        self.__post_init__()

    def problems(self) -> Iterator[Problem]:
        if not self.sizes:
            yield Problem("takes one size or more", ("shape",))
        for place, size in enumerate(self.sizes):
            if size < 1 and size != -1:
                yield Problem(f"takes a size from 1, or -1, not {size}", ("shape", place))
            elif size == -1 and -1 in self.sizes[:place]:
                yield Problem("takes one -1, this is another", ("shape", place))

    def as_keys(self) -> dict[str, Any]:
        return {"shape": self.sizes}

    def shape(self, *reads: Shape) -> Shape:
        size, known = prod(reads[0]), prod(size for size in self.sizes if size != -1)
        if -1 in self.sizes and size % known == 0:
            return tuple(size // known if each == -1 else each for each in self.sizes)
        if known == size and -1 not in self.sizes:
            return self.sizes
        read = f"{times(reads[0])} = {size}" if len(reads[0]) > 1 else f"{size}"
        if -1 in self.sizes:
            few = f"{known} beside the -1 does not divide what it reads: {read}"
            raise unfit(f"{few}; {divisors_near(known, size)}", "shape")
        raise unfit(f"makes {times(self.sizes)} = {known}, reads {read}", "shape")

    def carried(self, sources: Sequence[tuple[Shape, Channels]], shape: Shape) -> Channels:
        if len(shape) > 1 and sources[0][1] is None:
            return "first"
        return super().carried(sources, shape)


@dataclass(frozen=True, eq=False, repr=False)
class Transpose(Op):
    """z is x with its axes in another order: axis k of z is axis `order[k]` of x."""

    order: Axes

    KIND: ClassVar = "transpose"
    GIVES: ClassVar = "any shape → the same axes in the order that is given"
    DOC: ClassVar = "the axes in another order"
    FORMULA: ClassVar = "z[i, j] = x[j, i] for the order [1, 0]; axis k of z is axis order[k] of x"
    TORCH: ClassVar = "permute, which counts the batch too: the order [1, 0] is (0, 2, 1)"
    ONNX: ClassVar = "Transpose, whose perm counts the batch too: the order [1, 0] is [0, 2, 1]"
    SOURCE: ClassVar = "https://docs.pytorch.org/docs/stable/generated/torch.permute.html"
    STRAIGHT: ClassVar = "sums"
    FIELDS: ClassVar = (
        Field(
            "order",
            "axes",
            "the axes of what is read, in the order in which z has them",
            required=True,
        ),
    )

    def problems(self) -> Iterator[Problem]:
        yield from twice(self.order, "order")

    def _order(self, count: int) -> tuple[int, ...]:
        order = some_axes(self.order, count, "order")
        if len(order) != count:
            raise unfit(f"names {len(order)} of {count} axes, takes each of them once", "order")
        return order

    def shape(self, *reads: Shape) -> Shape:
        return tuple(reads[0][axis] for axis in self._order(len(reads[0])))

    def carried(self, sources: Sequence[tuple[Shape, Channels]], shape: Shape) -> Channels:
        before, channels = sources[0]
        return channels_after(before, channels, self._order(len(before)))

    def run(self, reads: Sequence[Array], z: Array, exact: bool) -> None:
        z[...] = reads[0].transpose(0, *(axis + 1 for axis in self._order(z.ndim - 1)))

    def terms(self, reads: Sequence[Array], index: int) -> Terms:
        shape = reads[0].shape
        order, position = self._order(len(shape)), unravelled(self.shape(shape), index)
        before = [position[order.index(axis)] for axis in range(len(shape))]
        return Terms.of(reads[0], np.ravel_multi_index(before, shape))
