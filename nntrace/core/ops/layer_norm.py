"""Each position by the mean and variance, or the mean square, of its own last axis."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from nntrace.core.arrays import Array
from nntrace.core.op import Length, Op, Shape, Step, Terms
from nntrace.core.ops.norms import (
    EPSILON,
    epsilon_problems,
    fitted,
    mean_square,
    pieces,
    scale_of,
    shift_of,
    standardised,
    standardised_terms,
)
from nntrace.errors import Problem


class _AlongTheLast(Op):
    """What both share: one number of each array for each place of the last axis."""

    epsilon: float

    def problems(self) -> Iterator[Problem]:
        yield from epsilon_problems(self.epsilon)

    @classmethod
    def lengths(cls, reads: Sequence[Shape], keys: Mapping[str, Any]) -> dict[str, Length]:
        return {"width": reads[0][-1]} if reads else {}

    def shape(self, *reads: Shape) -> Shape:
        return fitted(self, reads[0], reads[0][-1], "for each place of the last axis")


@dataclass(frozen=True, eq=False, repr=False)
class LayerNorm(_AlongTheLast):
    """z = (x - mean) · scale / √(variance + epsilon) + shift, along the last axis.

    `scale` and `shift` hold one number for each place of it.
    """

    scale: Array
    shift: Array
    epsilon: float = 1e-5

    KIND: ClassVar = "layer_norm"
    GIVES: ClassVar = "… × width → the same"
    DOC: ClassVar = "each position by the mean and variance of its last axis"
    FORMULA: ClassVar = (
        "z[…, i] = (x[…, i] − mean[…]) · scale[i] / √(variance[…] + epsilon) + shift[i]; mean and "
        "variance of x[…, i] over i, variance divided by their count"
    )
    TORCH: ClassVar = "LayerNorm, whose normalized_shape is the last axis alone"
    ONNX: ClassVar = "LayerNormalization with axis = -1 (the default there too), from opset 17"
    SOURCE: ClassVar = "https://docs.pytorch.org/docs/stable/generated/torch.nn.LayerNorm.html"
    FIELDS: ClassVar = (scale_of("width"), shift_of("width"), EPSILON)

    def run(self, reads: Sequence[Array], z: Array, exact: bool) -> None:
        for some in pieces(z):
            wide = standardised(reads[0][some], self.epsilon)
            wide *= self.scale
            wide += self.shift
            z[some] = wide

    def terms(self, reads: Sequence[Array], index: int) -> Terms:
        x, width = reads[0], len(self.scale)
        position, place = divmod(index, width)
        block, over = x.reshape(-1, width)[position], "the last axis"
        scale, shift = self.scale[place], self.shift[place]
        return standardised_terms(x, index, block, place, over, self.epsilon, scale, shift)


@dataclass(frozen=True, eq=False, repr=False)
class RmsNorm(_AlongTheLast):
    """z = x · scale / √(mean of x² + epsilon), along the last axis.

    `scale` holds one number for each place of it.
    """

    scale: Array
    epsilon: float = 1e-5

    KIND: ClassVar = "rms_norm"
    GIVES: ClassVar = "… × width → the same"
    DOC: ClassVar = "each position by the root of the mean square of its last axis"
    FORMULA: ClassVar = (
        "z[…, i] = x[…, i] · scale[i] / √(square[…] + epsilon); square is the mean of x[…, i]² "
        "over i"
    )
    TORCH: ClassVar = (
        "RMSNorm, whose normalized_shape is the last axis alone; its eps is by default that of "
        "the dtype: 1.1920929e-07 in float32"
    )
    ONNX: ClassVar = "RMSNormalization with axis = -1 (the default there too), from opset 23"
    SOURCE: ClassVar = "https://docs.pytorch.org/docs/stable/generated/torch.nn.RMSNorm.html"
    FIELDS: ClassVar = (scale_of("width"), EPSILON)

    def run(self, reads: Sequence[Array], z: Array, exact: bool) -> None:
        for some in pieces(z):
            wide = reads[0][some].astype(np.float64)
            wide /= np.sqrt(mean_square(wide) + self.epsilon)
            wide *= self.scale
            z[some] = wide

    def terms(self, reads: Sequence[Array], index: int) -> Terms:
        x, width = reads[0], len(self.scale)
        position, place = divmod(index, width)
        wide = x.reshape(-1, width)[position].astype(np.float64)
        square = float(mean_square(wide)[0])
        root, scale = np.sqrt(square + self.epsilon), self.scale[place]
        normalised = wide[place] / root
        steps = (
            Step("square", "mean of x² over the last axis", square),
            Step("normalised", f"x / √(square + {self.epsilon:g})", float(normalised)),
            Step("scale", "a weight of the layer", float(scale)),
            Step("z", "normalised · scale", float(x.dtype.type(normalised * scale))),
        )
        return Terms.of(x, index, scale / root, steps=steps)
