"""What convolutions and their transposes share: keys, and how weights and channels fit."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar, Literal

import numpy as np

from nntrace.core.arrays import Array
from nntrace.core.numerics.products import summed_product
from nntrace.core.op import Field, Length, Op, Shape, times
from nntrace.core.ops.channels import DIMENSIONS, READ, undivided, with_channels
from nntrace.core.ops.windows import (
    DILATION,
    PADDING,
    STRIDE,
    Each,
    Padding,
    Windows,
    dimensions_of,
    uneven,
)
from nntrace.errors import NetworkError, Problem, plural

ROOM = 3 << 17  # numbers of a matrix of windows, which the second cache holds


def fields(axes: tuple[str, ...], doc: str) -> tuple[Field, ...]:
    """Return the keys of a kind whose weights have such axes."""
    return (
        Field("channels", "count", "how many channels it gives; weights may tell it instead"),
        Field("kernel", "each", "the size of the kernel; weights may tell it instead"),
        STRIDE,
        PADDING,
        DILATION,
        Field("groups", "count", "into how many groups channels are parted", 1),
        DIMENSIONS,
        Field("weights", "array", doc, axes=axes, tensor="weight"),
        Field(
            "bias",
            "array",
            "one number a channel; default zeros",
            axes=("channels",),
            tensor="bias",
            fill=0.0,
        ),
    )


@dataclass(frozen=True, eq=False, repr=False)
class Kernels(Op):
    """A kernel of weights for each pair of a channel read and a channel given, in groups."""

    weights: Array
    bias: Array
    stride: Each = 1
    padding: Padding = 0
    dilation: Each = 1
    groups: int = 1
    dimensions: int | None = None

    AXES: ClassVar[str]
    WINDOWED: ClassVar = True

    @property
    def sayable(self) -> bool:
        return uneven(self.padding) is None

    @property
    def channels(self) -> Literal["first"]:
        return "first"

    @property
    def inner(self) -> int:
        """How many dimensions the channels have."""
        return self.weights.ndim - 2

    @property
    def kernel(self) -> Shape:
        """The size of the kernel in each dimension."""
        return self.weights.shape[2:]

    @property
    def gives(self) -> int:
        """How many channels it gives."""
        return int(self.weights.shape[0])

    @classmethod
    def lengths(cls, reads: Sequence[Shape], keys: Mapping[str, Any]) -> dict[str, Length]:
        told: dict[str, Length] = {}
        groups, channels = keys.get("groups", 1), keys.get("channels")
        slid = {key: keys[key] for key in ("stride", "padding", "dilation") if key in keys}
        kernel, problems = keys.get("kernel", 1), []
        inner = dimensions_of((kernel, *slid.values()), keys.get("dimensions")) or 1
        for shape in reads:
            read, *lengths = with_channels(shape, keys.get("dimensions"), key="dimensions")
            inner = len(lengths)
            told |= {"in": read, "kernel": (None,) * inner}
            if read % groups:
                problems.append(undivided(groups, read, READ))
        if channels and channels % groups:
            problems.append(undivided(groups, channels))
        try:
            Windows.of(inner, kernel, **slid)
        except NetworkError as error:
            problems += error.problems
        if problems:
            raise NetworkError(problems)
        return told

    @cached_property
    def windows(self) -> Windows:
        """How the kernel slides."""
        return Windows.of(self.inner, self.kernel, self.stride, self.padding, self.dilation)

    def as_keys(self) -> dict[str, Any]:
        return {**super().as_keys(), "channels": self.gives}

    def problems(self) -> Iterator[Problem]:
        if not 1 <= self.inner <= 3 or 0 in self.weights.shape:
            message = f"is {times(self.weights.shape)}, takes {self.AXES}, of 1, 2 or 3 dimensions"
            yield Problem(message, ("weights",))
            return
        if self.dimensions is not None and self.dimensions != self.inner:
            message = f"is {self.dimensions}, the kernel has {plural(self.inner, 'dimension')}"
            yield Problem(message, ("dimensions",))
        if self.groups < 1:
            yield Problem(f"takes a whole number from 1, not {self.groups}", ("groups",))
        elif self.weights.shape[0] % self.groups:
            yield undivided(self.groups, self.weights.shape[0])
        if self.bias.shape != (self.gives,):
            found = plural(self.bias.size, "number")
            yield Problem(f"has {found}, takes {self.gives}, one a channel", ("bias",))
        try:
            _ = self.windows
        except NetworkError as error:
            yield from error.problems


def grouped(values: Array, groups: int) -> Array:
    """Return channels × … as groups × channels of each × ….

    Weights that are mapped from a file may begin at any byte, which no product takes as it is.
    """
    aligned = values if values.flags.aligned else values.copy()
    return aligned.reshape(groups, len(values) // groups, -1)


def pieces(rows: int, parts: int, size: int) -> Iterator[tuple[slice, list[slice]]]:
    """Yield some rows, and of each some parts at a time, so that ROOM holds what is made of them:
    `size` numbers a part. Either rows or parts are more than one at a time."""
    some = max(1, ROOM // size)
    step = max(1, some // parts)
    for start in range(0, rows, step):
        firsts = range(0, parts, some)
        yield slice(start, start + step), [slice(first, first + some) for first in firsts]


def products(left: Array, right: Array, out: Array, exact: bool) -> None:
    """Fill … × i × j with … × i × k @ … × k × j; the same bits always where it is to be exact."""
    if exact:
        np.einsum("...ik,...kj->...ij", left, right, out=out)
    else:
        summed_product(left, right, out)
