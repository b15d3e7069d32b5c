"""Each position by the mean and variance, or the mean square, of its own last axis."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from nntrace.core.arrays import Array
from nntrace.core.op import Field, Length, Op, Shape, Step, Terms, unravelled
from nntrace.core.ops.axes import one_axis
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

AXIS = Field("axis", "axis", "the axis along which mean and variance are taken", default=-1)


class _AlongAnAxis(Op):
    """What both share: one number of each array for each place of an axis, by default the last."""

    epsilon: float
    axis: int

    def problems(self) -> Iterator[Problem]:
        yield from epsilon_problems(self.epsilon)

    @classmethod
    def lengths(cls, reads: Sequence[Shape], keys: Mapping[str, Any]) -> dict[str, Length]:
        if not reads:
            return {}
        shape = reads[0]
        return {"width": shape[one_axis(keys.get("axis", -1), len(shape), "axis")]}

    def shape(self, *reads: Shape) -> Shape:
        axis = one_axis(self.axis, len(reads[0]), "axis")
        return fitted(self, reads[0], reads[0][axis], f"for each place of {self._over}")

    @property
    def _over(self) -> str:
        return "the last axis" if self.axis == -1 else f"axis {self.axis}"

    def _to_the_end(self, values: Array) -> Array:
        """Return rows × shape with the axis behind all others."""
        return values if self.axis == -1 else np.moveaxis(values, self._behind_rows(values), -1)

    def _behind_rows(self, values: Array) -> int:
        return self.axis if self.axis < 0 else self.axis + 1

    def _block(self, x: Array, index: int) -> tuple[Array, int]:
        """Return the numbers that stand along the axis beside number `index` of x, and its place
        among them."""
        position = unravelled(x.shape, index)
        axis = one_axis(self.axis, x.ndim)
        beside: Any = (*position[:axis], slice(None), *position[axis + 1 :])
        return x[beside], position[axis]


@dataclass(frozen=True, eq=False, repr=False)
class LayerNorm(_AlongAnAxis):
    """z = (x - mean) · scale / √(variance + epsilon) + shift, along an axis, by default the last.

    `scale` and `shift` hold one number for each place of it.
    """

    scale: Array
    shift: Array
    epsilon: float = 1e-5
    axis: int = -1

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
    FIELDS: ClassVar = (scale_of("width"), shift_of("width"), EPSILON, AXIS)

    def run(self, reads: Sequence[Array], z: Array, exact: bool) -> None:
        x, z = self._to_the_end(reads[0]), self._to_the_end(z)
        for some in pieces(z):
            wide = standardised(x[some], self.epsilon)
            wide *= self.scale
            wide += self.shift
            z[some] = wide

    def terms(self, reads: Sequence[Array], index: int) -> Terms:
        x = reads[0]
        block, place = self._block(x, index)
        scale, shift = self.scale[place], self.shift[place]
        return standardised_terms(x, index, block, place, self._over, self.epsilon, scale, shift)


@dataclass(frozen=True, eq=False, repr=False)
class RmsNorm(_AlongAnAxis):
    """z = x · scale / √(mean of x² + epsilon), along an axis, by default the last.

    `scale` holds one number for each place of it.
    """

    scale: Array
    epsilon: float = 1e-5
    axis: int = -1

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
    FIELDS: ClassVar = (scale_of("width"), EPSILON, AXIS)

    def run(self, reads: Sequence[Array], z: Array, exact: bool) -> None:
        x, z = self._to_the_end(reads[0]), self._to_the_end(z)
        for some in pieces(z):
            wide = x[some].astype(np.float64)
            wide /= np.sqrt(mean_square(wide) + self.epsilon)
            wide *= self.scale
            z[some] = wide

    def terms(self, reads: Sequence[Array], index: int) -> Terms:
        x = reads[0]
        block, place = self._block(x, index)
        wide = block.astype(np.float64)
        square = float(mean_square(wide)[0])
        root, scale = np.sqrt(square + self.epsilon), self.scale[place]
        normalised = wide[place] / root
        steps = (
            Step("square", f"mean of x² over {self._over}", square),
            Step("normalised", f"x / √(square + {self.epsilon:g})", float(normalised)),
            Step("scale", "a weight of the layer", float(scale)),
            Step("z", "normalised · scale", float(x.dtype.type(normalised * scale))),
        )
        return Terms.of(x, index, scale / root, steps=steps)
