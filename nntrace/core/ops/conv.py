"""A convolution: one kernel a channel, laid on every place of what is read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import prod
from typing import Any, ClassVar

import numpy as np

from nntrace.core.arrays import Array
from nntrace.core.op import Shape, Terms, times, unfit, unravelled
from nntrace.core.ops.channels import as_channels, one_each, with_channels
from nntrace.core.ops.kernels import ROOM, Kernels, fields, grouped, products, undivided
from nntrace.core.ops.windows import in_order, over


@dataclass(frozen=True, eq=False, repr=False)
class Conv(Kernels):
    """Each channel is its kernel laid on every window of what is read, and a bias.

    `weights` are channels × (in / groups) × kernel…: the channels of a group read those of the
    same group alone.
    """

    KIND: ClassVar = "conv"
    DOC: ClassVar = "a kernel a channel, laid on every window of the channels that are read"
    FORMULA: ClassVar = (
        "z[c, p] = Σ weights[c, i, u] · x[g + i, p · stride + u · dilation − padding] + bias[c], "
        "over i and u, where g is the first channel read by the group of c"
    )
    TORCH: ClassVar = "Conv1d, Conv2d, Conv3d (padding_mode zeros)"
    ONNX: ClassVar = "Conv; padding: same is auto_pad SAME_UPPER, which takes any stride there"
    SOURCE: ClassVar = "https://docs.pytorch.org/docs/stable/generated/torch.nn.Conv2d.html"
    AXES: ClassVar = "channels × (in / groups) × kernel"
    FIELDS: ClassVar = fields(
        ("channels", "in / groups", "kernel…"),
        "channels × (in / groups) × kernel…: kernel c belongs to channel c",
    )

    @classmethod
    def lengths(cls, reads: Sequence[Shape], keys: Mapping[str, Any]) -> dict[str, int | Shape]:
        shape = with_channels(reads[0], keys.get("dimensions"))
        groups = keys.get("groups", 1)
        if shape[0] % groups:
            raise unfit(undivided(groups, shape[0]) + " (what it reads)", "groups")
        if keys.get("channels", groups) % groups:
            raise unfit(undivided(groups, keys["channels"]), "groups")
        told: dict[str, int | Shape] = {"in / groups": shape[0] // groups}
        if "kernel" in keys:
            told["kernel…"] = one_each(keys["kernel"], len(shape) - 1, "kernel")
        return told

    def shape(self, *reads: Shape) -> Shape:
        read, *lengths = with_channels(reads[0], self.inner)
        takes = self.weights.shape[1] * self.groups
        if read != takes:
            if read % self.groups:
                raise unfit(undivided(self.groups, read) + " (what it reads)", "groups")
            fits = (self.gives, read // self.groups, *self.kernel)
            found = times(self.weights.shape)
            raise unfit(f"is {found}, takes {times(fits)} to read {read} channels", "weights")
        return (self.gives, *self.windows.counts(tuple(lengths)))

    def run(self, reads: Sequence[Array], z: Array, exact: bool) -> None:
        x = as_channels(reads[0], self.inner)
        if self._pointwise:
            columns = x.reshape(len(x), self.groups, self.weights.shape[1], -1)
            products(grouped(self.weights, self.groups), columns, self._grouped(z), exact)
        elif self.weights.shape[1] == 1:
            self._tap_by_tap(x, z)
        else:
            self._as_products(x, z, exact)
        z += self.bias.reshape(-1, *[1] * self.inner)

    @property
    def _pointwise(self) -> bool:
        """Whether each number reads those at its own place alone."""
        windows = self.windows
        return {*windows.kernel, *windows.stride} == {1} and not any(windows.before)

    def _grouped(self, z: Array) -> Array:
        """Return z as rows × groups × channels of each × places."""
        return z.reshape(len(z), self.groups, self.gives // self.groups, -1)

    def _as_products(self, x: Array, z: Array, exact: bool) -> None:
        """Write the windows beside each other as columns of a matrix, and multiply: some lines of
        the windows at a time, so that the columns stay in the cache."""
        windows, counts = self.windows, z.shape[2:]
        weights, out = grouped(self.weights, self.groups), self._grouped(z)
        line = prod(counts[1:])
        room = windows.size * x.shape[1] * line  # of the columns of one line
        lines = min(counts[0], max(1, ROOM // room))
        rows = max(1, ROOM // (room * counts[0]))
        held = np.empty(min(rows, len(x)) * lines * room, x.dtype)
        for start in range(0, len(x), rows):
            some = x[start : start + rows]
            view = windows.view(windows.padded(some, counts, 0.0), counts)
            for top in range(0, counts[0], lines):
                part = view[over([slice(top, top + lines), *[slice(None)] * (self.inner - 1)])]
                columns = held[: part.size].reshape(part.shape)
                np.copyto(columns, part)
                products(
                    weights,
                    columns.reshape(len(some), self.groups, weights.shape[2], -1),
                    out[start : start + rows, :, :, top * line : (top + lines) * line],
                    exact,
                )

    def _tap_by_tap(self, x: Array, z: Array) -> None:
        """Add up, for each number of the kernel, what all windows have there: each channel reads
        one channel, and there is no matrix to multiply."""
        windows, counts = self.windows, z.shape[2:]
        kernels = self.weights.reshape(self.groups, -1, windows.size)
        out = z.reshape(len(z), *kernels.shape[:2], *counts)
        padded = windows.padded(x, counts, 0.0)[:, :, None]
        for tap, values in enumerate(windows.taps(padded, counts)):
            weights = kernels[:, :, tap].reshape(*kernels.shape[:2], *[1] * self.inner)
            if tap:
                out += values * weights
            else:
                np.multiply(values, weights, out=out)

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
