"""Each channel less a mean, divided by a deviation, both of which training has left."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import prod
from typing import Any, ClassVar

import numpy as np

from nntrace.core.arrays import Array, along
from nntrace.core.op import Channels, Field, Length, Op, Shape, Step, Terms
from nntrace.core.ops.channels import DIMENSIONS, as_channels, with_channels
from nntrace.core.ops.norms import EPSILON, epsilon_problems, fitted, scale_of, shift_of
from nntrace.errors import Problem


@dataclass(frozen=True, eq=False, repr=False)
class BatchNorm(Op):
    """z = (x − mean) · scale / √(variance + epsilon) + shift: of each, one number a channel."""

    mean: Array
    variance: Array
    scale: Array
    shift: Array
    epsilon: float = 1e-5
    dimensions: int | None = None

    KIND: ClassVar = "batch_norm"
    GIVES: ClassVar = "channels, or channels × 1, 2 or 3 dimensions → the same"
    DOC: ClassVar = (
        "each channel (the first axis; of neurons, each one) by the mean and variance that "
        "training has left for it"
    )
    FORMULA: ClassVar = (
        "z[c, …] = (x[c, …] − mean[c]) · scale[c] / √(variance[c] + epsilon) + shift[c]"
    )
    TORCH: ClassVar = "BatchNorm1d, 2d, 3d in eval(); in train() it takes the batch's own mean"
    ONNX: ClassVar = "BatchNormalization with training_mode = 0"
    SOURCE: ClassVar = "https://docs.pytorch.org/docs/stable/generated/torch.nn.BatchNorm2d.html"
    STRAIGHT: ClassVar = "sums"
    FIELDS: ClassVar = (
        Field(
            "mean",
            "array",
            "what is taken off each channel",
            axes=("channels",),
            tensor="running_mean",
        ),
        Field(
            "variance",
            "array",
            "the variance of each channel, from 0",
            axes=("channels",),
            tensor="running_var",
        ),
        scale_of("channels"),
        shift_of("channels"),
        EPSILON,
        DIMENSIONS,
    )

    @property
    def channels(self) -> Channels:
        return "first"

    def problems(self) -> Iterator[Problem]:
        yield from epsilon_problems(self.epsilon)
        least = self.variance.min(initial=0.0)
        for index in np.argwhere(self.variance < 0)[:10].tolist() if least < 0 else []:
            message = f"takes numbers from 0, not {self.variance[tuple(index)]:g}"
            yield Problem(message, ("variance", *index))
        if self.epsilon == 0:
            for index in np.argwhere(self.variance == 0)[:10].tolist():
                yield Problem("is 0, which takes an epsilon above 0", ("variance", *index))

    @classmethod
    def lengths(cls, reads: Sequence[Shape], keys: Mapping[str, Any]) -> dict[str, Length]:
        inner = keys.get("dimensions")
        return {"channels": with_channels(reads[0], inner, least=0)[0]} if reads else {}

    def shape(self, *reads: Shape) -> Shape:
        shape = with_channels(reads[0], self.dimensions, least=0)
        return fitted(self, shape, shape[0], "a channel")

    @property
    def _weight(self) -> Array:
        """What each channel is multiplied by."""
        wide = self.scale / np.sqrt(self.variance.astype(np.float64) + self.epsilon)
        return wide.astype(self.scale.dtype)

    def run(self, reads: Sequence[Array], z: Array, exact: bool) -> None:
        x = as_channels(reads[0], self.dimensions)
        np.subtract(x, along(self.mean, 1, z.ndim), out=z)
        z *= along(self._weight, 1, z.ndim)
        z += along(self.shift, 1, z.ndim)

    def terms(self, reads: Sequence[Array], index: int) -> Terms:
        x = as_channels(reads[0][None], self.dimensions)[0]
        channel = index // prod(x.shape[1:])
        mean, weight, shift = self.mean[channel], self._weight[channel], self.shift[channel]
        steps = (
            Step("mean", f"the mean of channel {channel}", float(mean)),
            Step("variance", f"the variance of channel {channel}", float(self.variance[channel])),
            Step("scale", "a weight of the layer", float(self.scale[channel])),
            Step("shift", "a weight of the layer", float(shift)),
            Step("weight", f"scale / √(variance + {self.epsilon:g})", float(weight)),
            Step(
                "z", "(x − mean) · weight + shift", float((x.flat[index] - mean) * weight + shift)
            ),
        )
        bias = float(shift) - float(weight) * float(mean)
        return Terms.of(x, index, weight, bias=bias, steps=steps)
