"""Global pools: the largest, or the mean, of each channel."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import prod
from typing import ClassVar

import numpy as np

from nntrace.core.arrays import Array
from nntrace.core.op import How, Op, Shape, Terms
from nntrace.core.ops.channels import DIMENSIONS, as_channels, with_channels


@dataclass(frozen=True, eq=False, repr=False)
class GlobalPool(Op):
    """One number a channel, made of all that it has."""

    dimensions: int | None = None

    FIELDS: ClassVar = (DIMENSIONS,)
    WINDOWED: ClassVar = True
    HOW: ClassVar[How]

    def shape(self, *reads: Shape) -> Shape:
        return with_channels(reads[0], self.dimensions, key="dimensions")[:1]

    def formula(self, *reads: Shape) -> str:
        places = prod(reads[0]) // self.shape(*reads)[0]
        return self.FORMULA.replace(" n", f" {places}")

    def _channels(self, reads: Sequence[Array]) -> Array:
        """Return what it reads as rows × channels × places."""
        x = as_channels(reads[0], self.dimensions)
        return x.reshape(*x.shape[:2], -1)

    def terms(self, reads: Sequence[Array], index: int) -> Terms:
        size = reads[0].size // self.shape(reads[0].shape)[0]
        return Terms.of(reads[0], np.arange(size) + index * size, how=self.HOW)


@dataclass(frozen=True, eq=False, repr=False)
class GlobalMaxPool(GlobalPool):
    """The largest number of each channel; NaN where it has one, and of zeros the first."""

    KIND: ClassVar = "global_max_pool"
    GIVES: ClassVar = "channels × 1, 2 or 3 dimensions → channels"
    DOC: ClassVar = "the largest number of each channel"
    FORMULA: ClassVar = "z[c] = max x[c, p], over p"
    TORCH: ClassVar = "AdaptiveMaxPool1d(1) (2d, 3d), and flatten"
    ONNX: ClassVar = "GlobalMaxPool, which keeps its dimensions, each of size 1"
    SOURCE: ClassVar = (
        "https://docs.pytorch.org/docs/stable/generated/torch.nn.AdaptiveMaxPool2d.html"
    )
    STRAIGHT: ClassVar = "largest"
    HOW: ClassVar = "max"

    def run(self, reads: Sequence[Array], z: Array, exact: bool) -> None:
        x = self._channels(reads)
        z[:] = np.take_along_axis(x, x.argmax(axis=2, keepdims=True), axis=2)[:, :, 0]


@dataclass(frozen=True, eq=False, repr=False)
class GlobalAveragePool(GlobalPool):
    """The mean of each channel."""

    KIND: ClassVar = "global_average_pool"
    GIVES: ClassVar = "channels × 1, 2 or 3 dimensions → channels"
    DOC: ClassVar = "the mean of each channel"
    FORMULA: ClassVar = "z[c] = Σ x[c, p] / n, over the n places p"
    TORCH: ClassVar = "AdaptiveAvgPool1d(1) (2d, 3d), and flatten"
    ONNX: ClassVar = "GlobalAveragePool, which keeps its dimensions, each of size 1"
    SOURCE: ClassVar = (
        "https://docs.pytorch.org/docs/stable/generated/torch.nn.AdaptiveAvgPool2d.html"
    )
    STRAIGHT: ClassVar = "sums"
    HOW: ClassVar = "mean"

    def run(self, reads: Sequence[Array], z: Array, exact: bool) -> None:
        z[:] = self._channels(reads).mean(axis=2, dtype=np.float64)
