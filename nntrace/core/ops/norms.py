"""What norms share: their keys, their mean and variance, and how one number is taken apart."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from nntrace.core.arrays import Array
from nntrace.core.numerics.products import PIECE
from nntrace.core.op import Field, Op, Shape, Step, Terms, sized
from nntrace.errors import NetworkError, Problem

EPSILON = Field(
    "epsilon",
    "number",
    "what is added to the variance before its root is taken",
    default=1e-5,
)


def scale_of(axis: str) -> Field:
    """Return the key of what the normalised numbers are multiplied by, one a channel, say."""
    doc = "what the normalised number is multiplied by; default ones"
    return Field("scale", "array", doc, axes=(axis,), tensor="weight", fill=1.0)


def shift_of(axis: str) -> Field:
    """Return the key of what is added in the end, one a channel, say."""
    doc = "what is added in the end; default zeros"
    return Field("shift", "array", doc, axes=(axis,), tensor="bias", fill=0.0)


def epsilon_problems(epsilon: float) -> Iterator[Problem]:
    """Tell where it is no number from 0."""
    if not 0 <= epsilon < np.inf:
        yield Problem(f"takes a number from 0, not {epsilon:g}", ("epsilon",))


def fitted(op: Op, shape: Shape, length: int, each: str) -> Shape:
    """Return the shape; NetworkError where an array of the op holds anything else than one number
    for `each` of `length`."""
    takes = f"{length}, one {each}"
    problems = [
        problem
        for key, values in op.arrays.items()
        for problem in sized(values, (length,), key, takes)
    ]
    if problems:
        raise NetworkError(problems)
    return shape


def pieces(z: Array) -> Iterator[slice]:
    """Yield some rows after the other, as many as the nearest caches hold."""
    step = max(1, PIECE * len(z) // max(1, z.size))
    for start in range(0, len(z), step):
        yield slice(start, start + step)


def centred(values: Array) -> tuple[Array, Array]:
    """Return values less the mean of their last axis, in float64, and that mean, kept as an axis.

    What rounding left of the mean is taken off too: numbers that are all the same give zeros. Of
    float32, nothing is left: the sum of up to 2^29 equal ones is exact.
    """
    wide = values.astype(np.float64)
    mean = _mean(wide)
    wide -= mean
    if values.dtype == np.float32:
        return wide, mean
    rest = _mean(wide)
    wide -= rest
    return wide, mean + rest


def _mean(wide: Array) -> Array:
    return np.asarray(np.add.reduce(wide, axis=-1, keepdims=True) / wide.shape[-1])


def mean_square(wide: Array) -> Array:
    """Return the mean of the squares of the last axis, kept as an axis."""
    squares = np.einsum("...i,...i->...", wide, wide)[..., None]
    return np.asarray(squares / wide.shape[-1])


def standardised(values: Array, epsilon: float) -> Array:
    """Return values brought to mean 0 and variance 1 along their last axis, in float64."""
    wide, _ = centred(values)
    wide /= np.sqrt(mean_square(wide) + epsilon)
    return wide


def standardised_terms(
    x: Array,
    index: int,
    block: Array,
    place: int,
    over: str,
    epsilon: float,
    scale: Any,
    shift: Any,
) -> Terms:
    """Take apart number `index` of x, which is `standardised` in a block, scaled and shifted.

    `over` says in words what the block is; x is number `place` of it.
    """
    wide, means = centred(block)
    mean, variance = float(means[0]), float(mean_square(wide)[0])
    deviation = np.sqrt(variance + epsilon)
    normalised = wide[place] / deviation
    z = x.dtype.type(normalised * scale + shift)
    weight = x.dtype.type(scale / deviation)
    steps = (
        Step("mean", f"mean of x over {over}", mean),
        Step("variance", f"mean of (x − mean)² over {over}", variance),
        Step("normalised", f"(x − mean) / √(variance + {epsilon:g})", float(normalised)),
        Step("scale", "a weight of the layer", float(scale)),
        Step("shift", "a weight of the layer", float(shift)),
        Step("z", "normalised · scale + shift", float(z)),
    )
    bias = float(shift) - float(weight) * mean
    return Terms.of(x, index, weight, bias=bias, steps=steps)
