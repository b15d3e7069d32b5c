"""What activations need to be exact to a few units in the last place: products and differences
with their rounding error, row sums, and the tail of the normal distribution.

Arrays are float64 of any shape. Nothing here guards against floating-point warnings: the caller
does, once, with `np.errstate`.

Sources: T. J. Dekker, "A floating-point technique for extending the available precision" (1971)
for `product_error`; D. E. Knuth, TAOCP vol. 2, 4.2.2 for `sum_error`; S. M. Rump, T. Ogita and
S. Oishi, "Accurate floating-point summation" (2008) for `row_sum`.
"""

from __future__ import annotations

from math import factorial, pi, sqrt
from typing import Any

import numpy as np

from nntrace.core.arrays import Doubles

# Keeps the sign, the exponent and the upper 26 bits of the significand. Clearing bits cannot
# overflow, as the usual splitting by a multiplication with 2²⁷ + 1 can.
_UPPER_BITS = np.uint64(0xFFFF_FFFF_F800_0000)


def upper_half(a: Any) -> Any:
    """Return `a` with its lower 27 bits cleared; the product of two such numbers is exact."""
    return (np.asarray(a, dtype=np.float64).view(np.uint64) & _UPPER_BITS).view(np.float64)


def product_error(a: Any, b: Any, product: Any) -> Any:
    """Return what rounding cut off: a·b = product + error, where `product` is `a * b`.

    The lower halves have 27 bits, so the error itself may be off by 2^−106 of the product.
    """
    a_high, b_high = upper_half(a), upper_half(b)
    a_low, b_low = a - a_high, b - b_high
    return ((a_high * b_high - product) + a_high * b_low + a_low * b_high) + a_low * b_low


def sum_error(a: Any, b: Any, total: Any) -> Any:
    """Return what rounding cut off: a + b = total + error, where `total` is `a + b`."""
    b_seen = total - a
    return (a - (total - b_seen)) + (b - b_seen)


def row_sum(p: Doubles) -> Doubles:
    """Sum the rows of `p`, none negative: shape (…, size) to (…, 1), nearly correctly rounded.

    A number so large that adding it cuts all terms at the same place splits them into upper
    parts, whose sum is exact, and lower parts, whose rounding errors are too small to matter.
    """
    cut = p.max(axis=-1, keepdims=True) * (2.0 * p.shape[-1])
    upper = (p + cut) - cut
    total: Doubles = upper.sum(axis=-1, keepdims=True)
    total += (p - upper).sum(axis=-1, keepdims=True)
    return total


# Powers of s in (1 + t)·e^(t²/2)·Q(t), highest first, where s = (t − 4.3125) / (t + 5.5) and
# 0 ≤ t ≤ 40: the Chebyshev interpolant of degree 23 on |s| ≤ 0.785 in 64 points, by mpmath with
# 400 bits, rearranged into powers and rounded. It is off by less than 1e-16 of the value.
# `tests/core/test_precise.py` computes them afresh.
NORMAL_TAIL = (
    1.7384430972392245e-09,
    -1.368661013930354e-08,
    -1.7427743906760188e-08,
    1.2228141061299146e-07,
    1.0191330833976982e-07,
    -7.628626747925025e-07,
    -3.699855779675791e-07,
    4.625998729376253e-06,
    -8.242119994606091e-07,
    -2.775682859703671e-05,
    3.7769970275307525e-05,
    0.00012886693014696663,
    -0.0005068797194920799,
    0.00023761317191725795,
    0.0032694750075988946,
    -0.013810902527372756,
    0.03328190830034056,
    -0.0571724822646818,
    0.07283248512503174,
    -0.06447641453163007,
    0.023765798790361777,
    0.0414771643604395,
    -0.1085362089935253,
    0.46843897983932936,
)
_LAST_ERROR = 1.3160018100838106e-17  # what rounding cut off the last of them


def normal_tail(t: Doubles) -> Doubles:
    """Return Q(t) = 1 − Φ(t), the mass of the standard normal distribution beyond t, times t.

    For t ≥ 0; t·Q(t) is 0 from 39 on. Good to about 2 units in the last place, in the subnormal
    range too, where Q alone would have fewer bits than t·Q.
    """
    t = np.minimum(t, 40.0)
    s = (t - 4.3125) / (t + 5.5)
    total = np.full_like(s, NORMAL_TAIL[0])
    for coefficient in NORMAL_TAIL[1:-1]:
        total *= s
        total += coefficient
    total *= s
    # The last steps keep their rounding errors, relative ones, and apply them together at the end.
    ratio = total + NORMAL_TAIL[-1]
    error = ((NORMAL_TAIL[-1] - ratio) + total + _LAST_ERROR) / ratio
    divisor = 1.0 + t
    error -= sum_error(1.0, t, divisor) / divisor
    # e^(−t²/2) multiplies a relative error of t² by t²/2
    square = t * t
    upper = upper_half(t)
    error -= 0.5 * ((upper * upper - square) + (t - upper) * (t + upper))
    ratio *= t
    ratio /= divisor
    ratio *= np.exp(-0.5 * square)
    ratio += ratio * error
    return ratio


# Powers of x² in erf(x)/x, highest first: the Taylor series to degree 20, 2/√π·(−1)ⁿ/(n!·(2n + 1)).
_ERROR_SERIES = tuple(
    2.0 / sqrt(pi) * (-1.0) ** n / (factorial(n) * (2 * n + 1)) for n in range(11, -1, -1)
)


def error_function(x: Doubles) -> Doubles:
    """Return erf(x), good to a few units in the last place: near 0 by its series, which is off by
    less than 1e-16 up to ½, and beyond by the tail of the normal distribution."""
    size = np.abs(x)
    scaled = sqrt(2.0) * np.maximum(size, 0.5)
    beyond = 1.0 - 2.0 * (normal_tail(scaled) / scaled)
    square = np.minimum(size, 0.5) ** 2
    series = np.full_like(square, _ERROR_SERIES[0])
    for coefficient in _ERROR_SERIES[1:]:
        series *= square
        series += coefficient
    return np.where(size < 0.5, x * series, np.copysign(beyond, x))
