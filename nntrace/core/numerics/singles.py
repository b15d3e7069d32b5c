"""What is enough for float32, and cheaper than being exact to float64's last places.

Numbers come as float64, and what is returned is rounded to float32 afterwards: it is good to 2^-25
of its value, so that rounding it gives one of the two nearest numbers. Each number (each row, of a
softmax) is computed by itself, so that it has the same bits wherever it stands. Nothing here guards
against floating-point warnings: the caller does, once, with `np.errstate`.
"""

from __future__ import annotations

from functools import cache
from math import pi, sqrt

import numpy as np

from nntrace.core.arrays import Doubles, Flags
from nntrace.core.numerics.precise import error_function, normal_tail

# Φ is tabled where z·Φ(z) is, in float32, neither 0 nor z.
_LOW, _HIGH, _STEP = -14.5, 6.0, 2.0**-10
_COUNTER = 1.5 * 2.0**42  # x + this is rounded to a multiple of the step: its bits count the steps
_FIRST = int(np.float64(_COUNTER).view(np.int64)) + int(_LOW / _STEP)
_FAR = 2.0**20  # beyond it, the bits count no longer


def times_normal_share(z: Doubles) -> Doubles:
    """Return z·Φ(z), Φ(z) being the mass of the standard normal distribution below z.

    By what lies between z and the nearest node n, d: Φ(z) is Φ(n) + Φ'(n)·d/(1 + n·d/2), which is
    off by less than (z·d)³/12 of Φ. That is 2^-25.4 at -13, beyond which z·Φ(z) is subnormal in
    float32.
    """
    node = z + _COUNTER
    place = node.view(np.int64) - _FIRST
    node -= _COUNTER
    beside = z - node
    node *= beside
    node += 2.0
    beside /= node
    share, twice_density = _normal()
    rise = twice_density.take(place, mode="clip")
    rise *= beside
    total = share.take(place, out=beside, mode="clip")
    total += rise
    total *= z
    if not np.vdot(z, z) < _FAR * _FAR:
        far = ~(np.abs(z) < _FAR)
        total[far] = np.maximum(z[far], -0.0)
    return total


@cache
def _normal() -> tuple[Doubles, Doubles]:
    """Return Φ and 2·Φ' at each node. The first stands for all below: Φ is 0 there; the last for
    all above."""
    x = np.arange(_LOW, _HIGH + _STEP, _STEP)
    beyond = normal_tail(np.abs(x)) / np.abs(x)
    beyond[x == 0.0] = 0.5
    share = np.where(x < 0.0, beyond, 1.0 - beyond)
    twice_density = np.exp(-0.5 * x * x) * sqrt(2.0 / pi)
    share[0], share[-1] = 0.0, 1.0
    twice_density[0] = twice_density[-1] = 0.0
    return share, twice_density


# A sum of e^z between these has lost nothing that float32 could tell, nor overflowed.
_LEAST, _MOST = 2.0**-512, 2.0**512
_TINIEST = 700.0  # e^-700 is nothing beside such a sum; NumPy's e^z is slow where z is far below it


def plain_softmax(z: Doubles) -> tuple[Doubles, Flags]:
    """Return e^z / Σ e^z of each row, and which rows are good, rows × 1.

    e^z of float32's usual numbers is far from float64's limits, and the maximum of the row need not
    be taken off, nor is −∞ any different from e^-700, which is a zero of float32 in any good row.
    Rows that are too large or small for it, infinite, or NaN, are not good.
    """
    p = np.clip(z, -_TINIEST, _TINIEST)
    np.exp(p, out=p)
    total = np.einsum("ij->i", p)[:, np.newaxis]  # in a loop of NumPy's own, row by row
    p *= 1.0 / total
    return p, (total > _LEAST) & (total < _MOST)


# erf is tabled where it is not ±1 in float32.
_ERF_END, _ERF_STEP = 4.0, 2.0**-7


def nearly_error_function(x: Doubles) -> Doubles:
    """Return erf(x), by the Taylor polynomial of degree 3 at the nearest node: off by less than
    (x/256)⁴ of it, since erf is 0 at 0, which is a node."""
    size = np.minimum(np.abs(x), _ERF_END)
    place = np.rint(size * (1.0 / _ERF_STEP))
    beside = size - place * _ERF_STEP
    place = np.where(np.isnan(place), 0.0, place).astype(np.int64)
    *lower, highest = _taylor_of_erf()
    total = highest.take(place)
    for coefficients in reversed(lower):
        total *= beside
        total += coefficients.take(place)
    result: Doubles = np.copysign(total, x)
    return result


@cache
def _taylor_of_erf() -> tuple[Doubles, ...]:
    """Return erf, erf', erf''/2 and erf'''/6 at each node; the last stands for all above."""
    x = np.arange(0.0, _ERF_END + _ERF_STEP, _ERF_STEP)
    slope = 2.0 / sqrt(pi) * np.exp(-x * x)
    table = np.array([error_function(x), slope, -x * slope, slope * (4.0 * x * x - 2.0) / 6.0])
    table[:, -1] = (1.0, 0.0, 0.0, 0.0)
    return tuple(table)
