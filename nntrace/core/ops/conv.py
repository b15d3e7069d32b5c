"""A convolution: one kernel a channel, laid on every place of what is read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from nntrace.core.arrays import Array, along
from nntrace.core.op import Shape, Terms, times, unfit, unravelled
from nntrace.core.ops.channels import READ, as_channels, undivided, with_channels
from nntrace.core.ops.convolution import convolve
from nntrace.core.ops.kernels import Kernels, fields
from nntrace.core.ops.windows import in_order
from nntrace.errors import NetworkError


@dataclass(frozen=True, eq=False, repr=False)
class Conv(Kernels):
    """Each channel is its kernel laid on every window of what is read, and a bias.

    `weights` are channels × (in / groups) × kernel…: the channels of a group read those of the
    same group alone.
    """

    KIND: ClassVar = "conv"
    GIVES: ClassVar = "channels × 1, 2 or 3 dimensions → channels × as many"
    DOC: ClassVar = "a kernel a channel, laid on every window of the channels that are read"
    FORMULA: ClassVar = (
        "z[c, p] = Σ weights[c, i, u] · x[g + i, p · stride + u · dilation − padding] + bias[c], "
        "over i and u, where g is the first channel read by the group of c"
    )
    TORCH: ClassVar = "Conv1d, Conv2d, Conv3d (padding_mode zeros)"
    ONNX: ClassVar = "Conv; padding: same is auto_pad SAME_UPPER, which takes any stride there"
    SOURCE: ClassVar = "https://docs.pytorch.org/docs/stable/generated/torch.nn.Conv2d.html"
    STRAIGHT: ClassVar = "sums"
    AXES: ClassVar = "channels × (in / groups) × kernel"
    FIELDS: ClassVar = fields(
        ("channels", "in / groups", "kernel…"),
        "channels × (in / groups) × kernel…: kernel c belongs to channel c",
    )

    def shape(self, *reads: Shape) -> Shape:
        read, *lengths = with_channels(reads[0], self.inner)
        takes = self.weights.shape[1] * self.groups
        if read != takes:
            if read % self.groups:
                raise NetworkError(undivided(self.groups, read, READ))
            fits = (self.gives, read // self.groups, *self.kernel)
            found = times(self.weights.shape)
            raise unfit(f"is {found}, takes {times(fits)} to read {read} channels", "weights")
        return (self.gives, *self.windows.counts(tuple(lengths)))

    def formula(self, *reads: Shape) -> str:
        told = self.FORMULA.replace("p · stride + u · dilation − padding", self.windows.place())
        if self.groups > 1:
            return told
        return told.partition(", where g")[0].replace("g + i", "i")

    def run(self, reads: Sequence[Array], z: Array, exact: bool) -> None:
        x = as_channels(reads[0], self.inner)
        convolve(x, self.weights, self.windows, self.groups, z, exact)
        z += along(self.bias, 1, z.ndim)

    def terms(self, reads: Sequence[Array], index: int) -> Terms:
        read, *lengths = with_channels(reads[0].shape, self.inner)
        channel, *window = unravelled(self.shape(reads[0].shape), index)
        width = self.weights.shape[1]
        first = channel // (self.gives // self.groups) * width
        taps, at = self.windows.read_by(tuple(window), tuple(lengths))
        return Terms.of(
            reads[0],
            in_order((read, *lengths), range(first, first + width), at),
            self.weights[channel][np.ix_(np.arange(width), *taps)],
            bias=float(self.bias[channel]),
        )
