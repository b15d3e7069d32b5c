"""A transposed convolution: each number that is read lays a kernel down, weighed by it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from nntrace.core.arrays import Array, along
from nntrace.core.op import Field, Shape, Terms, times, unfit, unravelled
from nntrace.core.ops.channels import as_channels, one_each, with_channels
from nntrace.core.ops.convolution import lay_down, reached
from nntrace.core.ops.kernels import Kernels, fields
from nntrace.core.ops.windows import Each, Places, in_order
from nntrace.errors import NetworkError, Problem


@dataclass(frozen=True, eq=False, repr=False)
class ConvTranspose(Kernels):
    """Every number that is read lays its channel's kernels down, weighed by it, a stride from the
    next; where they lie on each other, they are summed. Padding is cut off at either end.

    `weights` are in × (channels / groups) × kernel…. z has `output_padding` more places at the
    end of each dimension.
    """

    output_padding: Each = 0

    KIND: ClassVar = "conv_transpose"
    GIVES: ClassVar = "channels × 1, 2 or 3 dimensions → channels × as many"
    DOC: ClassVar = "every number lays a kernel down, a stride from the next; they are summed"
    FORMULA: ClassVar = (
        "z[c, p] = Σ weights[i, c − g, u] · x[i, q] + bias[c], over i of the group of c, whose "
        "first channel is g, and u and q where q · stride + u · dilation − padding = p"
    )
    TORCH: ClassVar = "ConvTranspose1d, ConvTranspose2d, ConvTranspose3d; padding: same is not"
    ONNX: ClassVar = "ConvTranspose; auto_pad SAME_UPPER gives stride times what it reads there"
    SOURCE: ClassVar = (
        "https://docs.pytorch.org/docs/stable/generated/torch.nn.ConvTranspose2d.html"
    )
    STRAIGHT: ClassVar = "sums"
    AXES: ClassVar = "in × (channels / groups) × kernel"
    FIELDS: ClassVar = (
        *fields(
            ("in", "channels / groups", "kernel…"),
            "in × (channels / groups) × kernel…: kernels [i] are what channel i lays down",
        ),
        Field(
            "output_padding",
            "each",
            "how many more places z has at its ends, less than stride or dilation",
            0,
            least=0,
        ),
    )

    @property
    def gives(self) -> int:
        return int(self.weights.shape[1]) * self.groups

    def problems(self) -> Iterator[Problem]:
        found = list(super().problems())
        yield from found
        if found:
            return
        try:
            more = one_each(self.output_padding, self.inner, "output_padding")
        except NetworkError as error:
            yield from error.problems
            return
        windows = self.windows
        for each, stride, dilation in zip(more, windows.stride, windows.dilation, strict=True):
            most = max(stride, dilation) - 1
            if not 0 <= each <= most:
                takes = f"0 to {most}" if most else "0"
                message = f"takes {takes}, less than stride or dilation, not {each}"
                yield Problem(message, ("output_padding",))
                return

    def shape(self, *reads: Shape) -> Shape:
        read, *lengths = with_channels(reads[0], self.inner)
        if read != len(self.weights):
            found, fits = times(self.weights.shape), times((read, *self.weights.shape[1:]))
            raise unfit(f"is {found}, takes {fits} to read {read} channels", "weights")
        windows = self.windows
        whole = reached(windows, tuple(lengths))
        more = one_each(self.output_padding, self.inner, "output_padding")
        cut = zip(whole, windows.before, windows.after, more, strict=True)
        given = tuple(length - before - after + end for length, before, after, end in cut)
        if min(given) < 1:
            most = min((length + end - 1) // 2 for length, end in zip(whole, more, strict=True))
            raise unfit(f"leaves nothing of {times(whole)}; takes at most {most}", "padding")
        return (self.gives, *given)

    def formula(self, *reads: Shape) -> str:
        place = self.windows.place("q")
        return self.FORMULA.replace("q · stride + u · dilation − padding", place)

    def run(self, reads: Sequence[Array], z: Array, exact: bool) -> None:
        x = as_channels(reads[0], self.inner)
        lay_down(x, self.weights, self.windows, self.groups, z, exact)
        z += along(self.bias, 1, z.ndim)

    def terms(self, reads: Sequence[Array], index: int) -> Terms:
        read, *lengths = with_channels(reads[0].shape, self.inner)
        channel, *position = unravelled(self.shape(reads[0].shape), index)
        group, kernel = divmod(channel, self.weights.shape[1])
        width = read // self.groups
        channels = range(group * width, (group + 1) * width)
        taps, at = self._laid_on(tuple(position), tuple(lengths))
        return Terms.of(
            reads[0],
            in_order((read, *lengths), channels, at),
            self.weights[:, kernel][np.ix_(np.array(channels), *taps)],
            bias=float(self.bias[channel]),
        )

    def _laid_on(self, position: Shape, lengths: Shape) -> tuple[Places, Places]:
        """Return which numbers of a kernel lie on a position, and from where, by dimension."""
        windows = self.windows
        taps, found = [], []
        for at, kernel, stride, dilation, before, length in zip(
            position, windows.kernel, windows.stride, windows.dilation, windows.before, lengths,
            strict=True,
        ):  # fmt: skip
            tap = np.arange(kernel)[::-1]  # the last lies on it from the first place
            place, beside = np.divmod(at + before - tap * dilation, stride)
            lies = (beside == 0) & (place >= 0) & (place < length)
            taps.append(tap[lies])
            found.append(place[lies])
        return taps, found
