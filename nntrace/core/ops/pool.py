"""Pools: the largest, or the mean, of each window of each channel."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Any, ClassVar, Literal

import numpy as np

from nntrace.core.arrays import Array
from nntrace.core.op import Field, Op, Shape, Terms, unravelled
from nntrace.core.ops.channels import DIMENSIONS, as_channels, one_each, with_channels
from nntrace.core.ops.windows import (
    DILATION,
    PADDING,
    Each,
    Padding,
    Windows,
    dimensions_of,
    in_order,
    uneven,
)
from nntrace.errors import NetworkError, Problem

_KERNEL = Field(
    "kernel", "each", "the size of a window, a number or one a dimension", required=True
)
_STRIDE = Field("stride", "each", "how far a window is from the next; default the kernel")
_PADDING = PADDING._replace(
    doc="how many places stand at either end, at most half the kernel, a number or one a "
    "dimension; same: as many as give z the size of what is read (stride 1), the odd one at the "
    "end; valid: none"
)
_CEIL = Field(
    "ceil",
    "flag",
    "whether a last window may reach over the end; one that would begin in the padding there is "
    "left out",
    False,
)


class Pool(Op):
    """Windows over each channel; what is made of each, a kind of its own says."""

    kernel: Each
    stride: Each | None
    padding: Padding
    ceil: bool
    dimensions: int | None

    WINDOWED: ClassVar = True

    @property
    def sayable(self) -> bool:
        return uneven(self.padding) is None

    @property
    def channels(self) -> Literal["first"]:
        return "first"

    def _inner(self) -> int | None:
        """Return how many dimensions its keys take, None where any."""
        given = (self.kernel, self.stride, self.padding, getattr(self, "dilation", 1))
        return dimensions_of(given, self.dimensions)

    def windows(self, inner: int) -> Windows:
        """Return its windows over so many dimensions."""
        kernel = one_each(self.kernel, inner, "kernel")  # which stride is, too
        stride = kernel if self.stride is None else self.stride
        return Windows.of(inner, kernel, stride, self.padding, getattr(self, "dilation", 1))

    def problems(self) -> Iterator[Problem]:
        try:
            windows = self.windows(self._inner() or 1)
        except NetworkError as error:
            yield from error.problems
            return
        for kernel, padding in zip(windows.kernel, windows.before, strict=True):
            if self.padding != "same" and self.sayable and padding > kernel // 2:
                message = f"takes at most half the kernel, {kernel // 2}, not {padding}"
                yield Problem(message, ("padding",))
                return

    def _read(self, shape: Shape) -> Shape:
        """Return a shape that it reads as channels × dimensions."""
        return with_channels(
            shape, self._inner(), key="dimensions" if self.dimensions else "kernel"
        )

    def shape(self, *reads: Shape) -> Shape:
        channels, *lengths = self._read(reads[0])
        return (channels, *self.windows(len(lengths)).counts(tuple(lengths), self.ceil))

    def formula(self, *reads: Shape) -> str:
        place = self.windows(len(self._read(reads[0])) - 1).place()
        told = self.FORMULA.replace("p · stride + u · dilation − padding", place)
        return told.replace("p · stride + u − padding", place)

    def _over(self, reads: Sequence[Array], z: Array, fill: float) -> Iterator[Array]:
        """Yield, for each number of a window, what all windows have there."""
        inner = z.ndim - 2
        windows, counts = self.windows(inner), z.shape[2:]
        x = as_channels(reads[0], inner)
        yield from windows.taps(windows.padded(x, counts, fill), counts)

    def _window(self, read: Shape, index: int) -> tuple[Shape, Any]:
        """Return which window of the channels a number belongs to, and the places it reads."""
        read = self._read(read)
        channel, *window = unravelled(self.shape(read), index)
        _, at = self.windows(len(window)).read_by(tuple(window), read[1:])
        return tuple(window), in_order(read, range(channel, channel + 1), at)


@dataclass(frozen=True, eq=False, repr=False)
class MaxPool(Pool):
    """The largest number of each window; padding is −∞. NaN where a window has one, and of zeros
    the first, as PyTorch has it."""

    kernel: Each
    stride: Each | None = None
    padding: Padding = 0
    dilation: Each = 1
    ceil: bool = False
    dimensions: int | None = None

    KIND: ClassVar = "max_pool"
    GIVES: ClassVar = "channels × 1, 2 or 3 dimensions → the same channels × as many"
    DOC: ClassVar = "the largest number of each window of a channel"
    FORMULA: ClassVar = "z[c, p] = max x[c, p · stride + u · dilation − padding], over u"
    TORCH: ClassVar = "MaxPool1d, MaxPool2d, MaxPool3d; padding: same is not there"
    ONNX: ClassVar = "MaxPool; stride is 1 there by default, padding: same is auto_pad SAME_UPPER"
    SOURCE: ClassVar = "https://docs.pytorch.org/docs/stable/generated/torch.nn.MaxPool2d.html"
    STRAIGHT: ClassVar = "largest"
    FIELDS: ClassVar = (_KERNEL, _STRIDE, _PADDING, DILATION, _CEIL, DIMENSIONS)

    def run(self, reads: Sequence[Array], z: Array, exact: bool) -> None:
        taps = list(self._over(reads, z, -np.inf))
        z[:] = taps[0]
        for values in taps[1:]:
            np.maximum(z, values, out=z)
        if has_minus_zero(reads[0]):  # of which maximum takes either
            for values in reversed(taps):
                np.copyto(z, values, where=(values == 0) & (z == 0))

    def terms(self, reads: Sequence[Array], index: int) -> Terms:
        _, places = self._window(reads[0].shape, index)
        bias = 0.0 if places.size else -np.inf  # all of the window is padding
        return Terms.of(reads[0], places, how="max", bias=bias)


@dataclass(frozen=True, eq=False, repr=False)
class AveragePool(Pool):
    """The mean of each window. Padding counts as zeros with `count_padding`, else not at all."""

    kernel: Each
    stride: Each | None = None
    padding: Padding = 0
    ceil: bool = False
    count_padding: bool = False
    dimensions: int | None = None

    KIND: ClassVar = "average_pool"
    GIVES: ClassVar = "channels × 1, 2 or 3 dimensions → the same channels × as many"
    DOC: ClassVar = "the mean of each window of a channel"
    FORMULA: ClassVar = (
        "z[c, p] = Σ x[c, p · stride + u − padding] / n, over u; n is how many numbers count"
    )
    TORCH: ClassVar = (
        "AvgPool1d, AvgPool2d, AvgPool3d; count_padding is count_include_pad, which is true there; "
        "padding: same is not there"
    )
    ONNX: ClassVar = (
        "AveragePool; stride is 1 there by default, count_padding is count_include_pad, padding: "
        "same is auto_pad SAME_UPPER"
    )
    SOURCE: ClassVar = "https://docs.pytorch.org/docs/stable/generated/torch.nn.AvgPool2d.html"
    STRAIGHT: ClassVar = "sums"
    FIELDS: ClassVar = (
        _KERNEL,
        _STRIDE,
        _PADDING,
        _CEIL,
        Field("count_padding", "flag", "whether padding counts, as zeros", False),
        DIMENSIONS,
    )

    def formula(self, *reads: Shape) -> str:
        told, windows = super().formula(*reads), self.windows(len(self._read(reads[0])) - 1)
        if self.ceil or any(windows.before + windows.after):
            return told
        return told.partition(";")[0].replace("/ n", f"/ {windows.size}")

    def run(self, reads: Sequence[Array], z: Array, exact: bool) -> None:
        z[:] = 0
        for values in self._over(reads, z, 0.0):
            z += values
        z /= self._counted(reads[0].shape[-(z.ndim - 2) :], z.shape[2:])

    def _counted(self, lengths: Shape, counts: Shape) -> Array:
        """Return how many numbers count in each window: a product over the dimensions."""
        windows = self.windows(len(lengths))
        each = []
        for length, count, kernel, stride, before, after in zip(
            lengths, counts, windows.kernel, windows.stride, windows.before, windows.after,
            strict=True,
        ):  # fmt: skip
            least, most = (-before, length + after) if self.count_padding else (0, length)
            starts = np.arange(count) * stride - before
            each.append(np.minimum(starts + kernel, most) - np.maximum(starts, least))
        return reduce(np.multiply.outer, each)

    def terms(self, reads: Sequence[Array], index: int) -> Terms:
        window, places = self._window(reads[0].shape, index)
        lengths = reads[0].shape[-len(window) :]
        counted = self._counted(lengths, tuple(at + 1 for at in window))[window]
        if counted == places.size:
            return Terms.of(reads[0], places, how="mean")
        return Terms.of(reads[0], places, 1 / counted)


def has_minus_zero(values: Array) -> bool:
    """Tell whether there is a zero of negative sign."""
    return bool((np.signbit(values) & (values == 0)).any())
