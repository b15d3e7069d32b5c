"""Channels, some together or each alone, by their own mean and variance."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from nntrace.core.arrays import Array
from nntrace.core.op import Channels, Field, Length, Op, Shape, Terms
from nntrace.core.ops.channels import DIMENSIONS, READ, as_channels, undivided, with_channels
from nntrace.core.ops.norms import (
    EPSILON,
    epsilon_problems,
    fitted,
    pieces,
    scale_of,
    shift_of,
    standardised,
    standardised_terms,
)
from nntrace.errors import NetworkError, Problem


class _ByGroups(Op):
    """Groups of as many channels each are standardised, channels are scaled and shifted."""

    scale: Array
    shift: Array
    epsilon: float
    dimensions: int | None

    LEAST: ClassVar[int]  # how many dimensions channels have at least

    @abstractmethod
    def _count(self, channels: int) -> int:
        """How many groups so many channels make; NetworkError where they don't."""

    @property
    def channels(self) -> Channels:
        return "first"

    def problems(self) -> Iterator[Problem]:
        yield from epsilon_problems(self.epsilon)

    @classmethod
    def lengths(cls, reads: Sequence[Shape], keys: Mapping[str, Any]) -> dict[str, Length]:
        inner = keys.get("dimensions")
        return {"channels": with_channels(reads[0], inner, cls.LEAST)[0]} if reads else {}

    def shape(self, *reads: Shape) -> Shape:
        shape = with_channels(reads[0], self.dimensions, self.LEAST)
        self._count(shape[0])
        return fitted(self, shape, shape[0], "a channel")

    def run(self, reads: Sequence[Array], z: Array, exact: bool) -> None:
        x = as_channels(reads[0], self.dimensions)
        rows, channels = x.shape[:2]
        blocks = x.reshape(rows, self._count(channels), -1)
        for some in pieces(z):
            filled = z[some]
            wide = standardised(blocks[some], self.epsilon).reshape(len(filled), channels, -1)
            wide *= self.scale[:, None]
            wide += self.shift[:, None]
            filled[...] = wide.reshape(filled.shape)

    def terms(self, reads: Sequence[Array], index: int) -> Terms:
        x = as_channels(reads[0][None], self.dimensions)[0]
        channels, count = len(x), self._count(len(x))
        blocks, each = x.reshape(count, -1), channels // count
        group, place = divmod(index, blocks.shape[1])
        channel, first = index // (x.size // channels), group * each
        over = f"channel {first}" if each == 1 else f"channels {first} to {first + each - 1}"
        scale, shift = self.scale[channel], self.shift[channel]
        return standardised_terms(x, index, blocks[group], place, over, self.epsilon, scale, shift)


@dataclass(frozen=True, eq=False, repr=False)
class GroupNorm(_ByGroups):
    """z = (x - mean) · scale / √(variance + epsilon) + shift, mean and variance of each group.

    The first channels / groups channels are the first group. `scale` and `shift` hold one number a
    channel.
    """

    groups: int
    scale: Array
    shift: Array
    epsilon: float = 1e-5
    dimensions: int | None = None

    KIND: ClassVar = "group_norm"
    GIVES: ClassVar = "channels, or channels × 1, 2 or 3 dimensions → the same"
    DOC: ClassVar = "each group of channels by its own mean and variance"
    FORMULA: ClassVar = (
        "z[c, …] = (x[c, …] − mean[g]) · scale[c] / √(variance[g] + epsilon) + shift[c]; mean and "
        "variance of all numbers of group g, that of channel c; variance divided by their count"
    )
    TORCH: ClassVar = "GroupNorm"
    ONNX: ClassVar = (
        "GroupNormalization from opset 21; in 18 to 20 scale and bias are one a group, not one a "
        "channel"
    )
    SOURCE: ClassVar = "https://docs.pytorch.org/docs/stable/generated/torch.nn.GroupNorm.html"
    FIELDS: ClassVar = (
        Field("groups", "count", "how many groups the channels are divided into", required=True),
        scale_of("channels"),
        shift_of("channels"),
        EPSILON,
        DIMENSIONS,
    )
    LEAST: ClassVar = 0

    def problems(self) -> Iterator[Problem]:
        yield from super().problems()
        if self.groups < 1:
            yield Problem(f"takes a whole number from 1, not {self.groups}", ("groups",))

    def _count(self, channels: int) -> int:
        if channels % self.groups:
            raise NetworkError(undivided(self.groups, channels, READ))
        return self.groups


@dataclass(frozen=True, eq=False, repr=False)
class InstanceNorm(_ByGroups):
    """z = (x - mean) · scale / √(variance + epsilon) + shift, mean and variance of each channel.

    `scale` and `shift` hold one number a channel.
    """

    scale: Array
    shift: Array
    epsilon: float = 1e-5
    dimensions: int | None = None

    KIND: ClassVar = "instance_norm"
    GIVES: ClassVar = "channels × 1, 2 or 3 dimensions → the same"
    DOC: ClassVar = "each channel by its own mean and variance"
    FORMULA: ClassVar = (
        "z[c, …] = (x[c, …] − mean[c]) · scale[c] / √(variance[c] + epsilon) + shift[c]; mean and "
        "variance of all numbers of channel c, variance divided by their count"
    )
    TORCH: ClassVar = (
        "InstanceNorm1d, 2d, 3d; with track_running_stats = True it is a batch_norm in eval()"
    )
    ONNX: ClassVar = "InstanceNormalization"
    SOURCE: ClassVar = "https://docs.pytorch.org/docs/stable/generated/torch.nn.InstanceNorm2d.html"
    FIELDS: ClassVar = (scale_of("channels"), shift_of("channels"), EPSILON, DIMENSIONS)
    LEAST: ClassVar = 1

    def _count(self, channels: int) -> int:
        return channels
