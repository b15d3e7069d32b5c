"""Windows: how a kernel slides over each dimension, for convolutions and pools."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from math import prod
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

import numpy as np

from nntrace.core.arrays import Array
from nntrace.core.op import Field, Shape, times, unfit
from nntrace.core.ops.channels import one_each
from nntrace.errors import NetworkError, Problem
from nntrace.words import cropped

if TYPE_CHECKING:
    from numpy.typing import NDArray

Each = int | tuple[int, ...]  # a number, or one a dimension
Ends = tuple[tuple[int, int], ...]  # of each dimension: at its beginning and at its end
Padding = Each | Ends | str  # a graph alone has both ends different
Places: TypeAlias = "list[NDArray[np.intp]]"  # for each dimension

STRIDE = Field("stride", "each", "how far a window is from the next, one or one a dimension", 1)
PADDING = Field(
    "padding",
    "padding",
    "how many zeros stand at either end, one or one a dimension; same: as many as give z the size "
    "of what is read (stride 1), the odd one at the end; valid: none",
    0,
    least=0,
)
DILATION = Field("dilation", "each", "how far the numbers of a window are from each other", 1)


class Windows(NamedTuple):
    """How a kernel slides: window o reads, with its number u, place o · stride + u · dilation −
    before. Each field has a number for each dimension; `before` and `after` are padding."""

    kernel: Shape
    stride: Shape
    dilation: Shape
    before: Shape
    after: Shape

    @classmethod
    def of(
        cls,
        dimensions: int,
        kernel: int | Sequence[int],
        stride: int | Sequence[int] = 1,
        padding: int | str | Sequence[int] | Ends = 0,
        dilation: int | Sequence[int] = 1,
    ) -> Windows:
        """Make windows of what a layer's keys say; NetworkError with every problem of theirs."""
        problems: list[Problem] = []
        kernels = _each(kernel, dimensions, "kernel", 1, problems)
        strides = _each(stride, dimensions, "stride", 1, problems)
        dilations = _each(dilation, dimensions, "dilation", 1, problems)
        if ends := uneven(padding):
            before, after = (
                _each(each, dimensions, "padding", 0, problems) for each in zip(*ends, strict=True)
            )
        elif not isinstance(padding, str):
            before = after = _each(padding, dimensions, "padding", 0, problems)  # type: ignore[arg-type]
        else:
            same = int(padding == "same")
            if same and set(strides) != {1}:
                message = "same takes stride 1; numbers go with any stride"
                problems.append(Problem(message, ("padding",)))
            elif not same and padding != "valid":
                message = f"takes whole numbers from 0, same or valid, not '{cropped(padding)}'"
                problems.append(Problem(message, ("padding",)))
            lacks = [d * (k - 1) * same for k, d in zip(kernels, dilations, strict=True)]
            before = tuple(lack // 2 for lack in lacks)
            after = tuple(lack - lack // 2 for lack in lacks)
        if problems:
            raise NetworkError(problems)
        return cls(kernels, strides, dilations, before, after)

    def place(self, window: str = "p") -> str:
        """Write which place of what is read a window reads with its number u."""
        stride, dilation, before = map(_written, (self.stride, self.dilation, self.before))
        told = window if stride == "1" else f"{window} · {stride}"
        told += " + u" if dilation == "1" else f" + u · {dilation}"
        return told if before == "0" else f"{told} − {before}"

    @property
    def spans(self) -> Shape:
        """How long a window is, from its first to its last number."""
        return tuple(d * (k - 1) + 1 for k, d in zip(self.kernel, self.dilation, strict=True))

    @property
    def size(self) -> int:
        """How many numbers a window has."""
        return prod(self.kernel)

    def counts(self, lengths: Shape, ceil: bool = False) -> Shape:
        """Return how many windows there are; NetworkError where none fits.

        With `ceil` the last one may reach over the end, but begins before the padding there: the
        rule of torch's pooling_output_shape.
        """
        padded = self._sum(lengths, self.before, self.after)
        counts = []
        for length, whole, span, stride, before in zip(
            lengths, padded, self.spans, self.stride, self.before, strict=True
        ):
            count = (whole - span + (stride - 1 if ceil else 0)) // stride + 1
            if ceil and (count - 1) * stride >= length + before:
                count -= 1
            counts.append(count)
        if min(counts) < 1:
            too = " with its padding" if any(self.before + self.after) else ""
            fits = [(n - 1) // d + 1 for n, d in zip(padded, self.dilation, strict=True)]
            most = times([min(k, fit) for k, fit in zip(self.kernel, fits, strict=True)])
            message = f"spans {times(self.spans)}, what is read {times(padded)}{too}"
            raise unfit(f"{message}; takes a kernel of at most {most}", "kernel")
        return tuple(counts)

    def padded(self, values: NDArray[Any], counts: Shape, fill: float) -> NDArray[Any]:
        """Return … × lengths as far as so many windows reach, with `fill` for padding."""
        lengths = values.shape[-len(counts) :]
        ends = tuple(
            max(0, (count - 1) * stride + span - before - length)
            for count, stride, span, before, length in zip(
                counts, self.stride, self.spans, self.before, lengths, strict=True
            )
        )
        if not any(self.before + ends):
            return values
        shape = values.shape[: -len(counts)] + self._sum(lengths, self.before, ends)
        held = np.full(shape, fill, values.dtype)
        held[over(slice(b, b + n) for b, n in zip(self.before, lengths, strict=True))] = values
        return held

    def taps(self, padded: Array, counts: Shape) -> Iterator[Array]:
        """Yield, for each number of a window in C order, what all windows have there."""
        for tap in np.ndindex(*self.kernel):
            starts = (u * d for u, d in zip(tap, self.dilation, strict=True))
            yield padded[
                over(
                    slice(start, start + (count - 1) * stride + 1, stride)
                    for start, count, stride in zip(starts, counts, self.stride, strict=True)
                )
            ]

    def view(self, padded: Array, counts: Shape) -> Array:
        """Return … × lengths as … × kernel × counts: every window, without a copy."""
        outer, steps = padded.shape[: -len(counts)], padded.strides[-len(counts) :]
        return np.lib.stride_tricks.as_strided(
            padded,
            (*outer, *self.kernel, *counts),
            (
                *padded.strides[: len(outer)],
                *(step * d for step, d in zip(steps, self.dilation, strict=True)),
                *(step * s for step, s in zip(steps, self.stride, strict=True)),
            ),
            writeable=False,
        )

    def read_by(self, window: Shape, lengths: Shape) -> tuple[Places, Places]:
        """Return which numbers of a window lie on what is read, and where, by dimension."""
        taps, found = [], []
        for at, kernel, stride, dilation, before, length in zip(
            window, self.kernel, self.stride, self.dilation, self.before, lengths, strict=True
        ):
            places = at * stride + np.arange(kernel) * dilation - before
            taps.append(np.flatnonzero((places >= 0) & (places < length)))
            found.append(places[taps[-1]])
        return taps, found

    @staticmethod
    def _sum(*shapes: Shape) -> Shape:
        return tuple(map(sum, zip(*shapes, strict=True)))


def uneven(padding: object) -> Ends | None:
    """Return padding that tells both ends of each dimension; None where it tells one number."""
    several = padding if isinstance(padding, tuple) else ()
    return several if several and isinstance(several[0], tuple) else None


def dimensions_of(given: Iterable[Padding | None], told: int | None) -> int | None:
    """Return how many dimensions keys take: as many as are told, or as the first of them that
    has one each; None where any number."""
    lists = (len(each) for each in given if isinstance(each, tuple))
    return told or next(lists, None)


def _each(
    given: int | Sequence[int], dimensions: int, key: str, least: int, problems: list[Problem]
) -> Shape:
    """Return a number for each dimension, and add what is wrong with them."""
    try:
        numbers = one_each(given, dimensions, key)
    except NetworkError as error:
        problems += error.problems
        return (least,) * dimensions
    if min(numbers) < least:
        problems.append(Problem(f"takes whole numbers from {least}, not {min(numbers)}", (key,)))
        return (least,) * dimensions
    return numbers


def _written(numbers: Shape) -> str:
    """Write a number for each dimension: once, where they are the same."""
    alike = len(set(numbers)) == 1
    return str(numbers[0]) if alike else f"({', '.join(map(str, numbers))})"


def over(slices: Iterable[slice]) -> Any:
    """Return the index of so many of the last axes."""
    return (..., *slices)


def in_order(shape: Shape, channels: range, inner: Places) -> NDArray[np.intp]:
    """Return the places in C order of channels × positions, given for each dimension."""
    grid = np.ix_(np.arange(channels.start, channels.stop), *inner)
    return np.ravel_multi_index(np.broadcast_arrays(*grid), shape)
