"""Weights drawn at random, the same on every machine for the same seed.

NumPy promises the raw stream of its bit generators for ever, but not what its distributions make
of it, and math libraries differ in the last bit of log. So numbers are made here from the raw
stream of PCG64 with nothing but +, -, ×, ÷ and √, which IEEE 754 rounds alike everywhere.
"""

from __future__ import annotations

from collections.abc import Callable
from math import prod, sqrt
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from nntrace.records import NamedTuple

if TYPE_CHECKING:
    from numpy.typing import NDArray

Floats: TypeAlias = "NDArray[np.float64]"
Raw: TypeAlias = "NDArray[np.uint64]"

# Made so many at a time, so that what is in between costs no memory.
_BLOCK = 2**16


def _zeros(raw: Raw) -> Floats:
    return np.zeros(raw.shape)


def _ones(raw: Raw) -> Floats:
    return np.ones(raw.shape)


def _uniform(raw: Raw) -> Floats:
    """Make numbers of [0, 1), as PyTorch's uniform_ does by default."""
    uniform: Floats = np.multiply(raw >> np.uint64(11), 2.0**-53, dtype=np.float64)
    return uniform


def _either_side(raw: Raw) -> Floats:
    """Make numbers of [-1, 1)."""
    return 2 * _uniform(raw) - 1


def _normal(raw: Raw) -> Floats:
    """Make numbers of the normal distribution of mean 0 and deviation 1."""
    between_0_and_1 = np.multiply(raw >> np.uint64(12), 2.0**-52, dtype=np.float64) + 2.0**-53
    return normal_quantile(between_0_and_1)


class Initialiser(NamedTuple):
    """How numbers are made of raw ones, and by what they are stretched: scale(fan_in, size)."""

    from_raw: Callable[[Raw], Floats]
    scale: Callable[[int, int], float] = lambda fan_in, size: 1.0


# He: He, Zhang, Ren, Sun, Delving Deep into Rectifiers, 2015, eq. 10. Glorot: Glorot and Bengio,
# Understanding the difficulty of training deep feedforward neural networks, 2010, eq. 12 and 16.
INITIALISERS: dict[str, Initialiser] = {
    "he_normal": Initialiser(_normal, lambda fan_in, size: sqrt(2 / fan_in)),
    "he_uniform": Initialiser(_either_side, lambda fan_in, size: sqrt(6 / fan_in)),
    "glorot_normal": Initialiser(_normal, lambda fan_in, size: sqrt(2 / (fan_in + size))),
    "glorot_uniform": Initialiser(_either_side, lambda fan_in, size: sqrt(6 / (fan_in + size))),
    "normal": Initialiser(_normal),
    "uniform": Initialiser(_uniform),
    "zeros": Initialiser(_zeros),
    "ones": Initialiser(_ones),
}


def draw(
    name: str, shape: tuple[int, ...], fan_in: int, size: int, seed: int, dtype: str = "float64"
) -> NDArray[np.floating]:
    """Return numbers of a shape, made in float64 as the initialiser of that name does.

    Weights and bias of a layer have the same fan-in and size. KeyError for a name that is not in
    INITIALISERS.
    """
    from_raw, scale = INITIALISERS[name]
    stream, factor = np.random.PCG64(seed), scale(fan_in, size)
    flat = np.empty(prod(shape), dtype)
    for start in range(0, flat.size, _BLOCK):
        block = flat[start : start + _BLOCK]
        block[:] = factor * from_raw(stream.random_raw(block.size))
    return flat.reshape(shape)


# Coefficients of Wichura's algorithm AS 241, PPND16 (Applied Statistics 37, 1988, 477-484), highest
# power first: for the middle of the distribution, its flanks and its tails.
_MIDDLE = (
    (2509.0809287301226727, 33430.575583588128105, 67265.770927008700853, 45921.953931549871457,
     13731.693765509461125, 1971.5909503065514427, 133.14166789178437745, 3.387132872796366608),
    (5226.495278852854561, 28729.085735721942674, 39307.89580009271061, 21213.794301586595867,
     5394.1960214247511077, 687.1870074920579083, 42.313330701600911252, 1.0),
)  # fmt: skip
_FLANK = (
    (7.7454501427834140764e-4, 0.0227238449892691845833, 0.24178072517745061177,
     1.27045825245236838258, 3.64784832476320460504, 5.7694972214606914055,
     4.6303378461565452959, 1.42343711074968357734),
    (1.05075007164441684324e-9, 5.475938084995344946e-4, 0.0151986665636164571966,
     0.14810397642748007459, 0.68976733498510000455, 1.6763848301838038494,
     2.05319162663775882187, 1.0),
)  # fmt: skip
_TAIL = (
    (2.01033439929228813265e-7, 2.71155556874348757815e-5, 0.0012426609473880784386,
     0.026532189526576123093, 0.29656057182850489123, 1.7848265399172913358,
     5.4637849111641143699, 6.6579046435011037772),
    (2.04426310338993978564e-15, 1.4215117583164458887e-7, 1.8463183175100546818e-5,
     7.868691311456132591e-4, 0.0148753612908506148525, 0.13692988092273580531,
     0.59983220655588793769, 1.0),
)  # fmt: skip


def normal_quantile(p: Floats) -> Floats:
    """Return the numbers below which a standard normal value lies with probability p, 0 < p < 1.

    Wichura's AS 241, good to a few units in the last place.
    """
    q = p - 0.5
    middle = q * _ratio(_MIDDLE, 0.180625 - q * q)
    outside = np.abs(q) > 0.425
    r = np.sqrt(-_log(np.minimum(p, 1 - p)[outside]))
    size = np.where(r <= 5, _ratio(_FLANK, r - 1.6), _ratio(_TAIL, r - 5))
    middle[outside] = np.where(q[outside] < 0, -size, size)
    return middle


def _ratio(coefficients: tuple[tuple[float, ...], tuple[float, ...]], x: Floats) -> Floats:
    top, bottom = (np.full_like(x, row[0]) for row in coefficients)
    for upper, lower in zip(coefficients[0][1:], coefficients[1][1:], strict=True):
        top = top * x + upper
        bottom = bottom * x + lower
    return top / bottom


def _log(x: Floats) -> Floats:
    """Return the natural logarithm by its series, from basic arithmetic alone."""
    mantissa, exponent = np.frexp(x)
    low = mantissa < sqrt(0.5)
    mantissa, exponent = np.where(low, 2 * mantissa, mantissa), exponent - low
    s = (mantissa - 1) / (mantissa + 1)  # log(m) = 2 (s + s³/3 + s⁵/5 + …), |s| < 0.172
    series = np.zeros_like(s)
    for power in range(25, 0, -2):
        series = series * (s * s) + 1 / power
    log: Floats = 2 * s * series + exponent * 0.6931471805599453
    return log
