"""Count, extremes, mean and deviation of columns of numbers, of which any parts can be merged.

Sources: T. F. Chan, G. H. Golub and R. J. LeVeque, "Updating formulae and a pairwise algorithm for
computing sample variances" (1982) for the merging; the same, "Algorithms for computing the sample
variance" (1983), for the corrected second pass over a part. Means and sums of squares are carried
as two float64 each, the second one what rounding cut off the first: so a deviation that is a
millionth of the mean keeps its digits in whatever parts the numbers came.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from nntrace.core.arrays import Counts, Doubles, Numbers
from nntrace.core.numerics.precise import sum_error

if TYPE_CHECKING:
    from numpy.typing import NDArray


_FURTHEST = 1000  # powers of two that a unit may be away from 1


class Moments(NamedTuple):
    """The moments of some columns; each field has one number a column.

    `rows` counts the finite numbers, which alone are measured; `low` and `high` are the extremes,
    ∞ and −∞ where there are none. `centre` is the mean, `spread` the sum of the squared deviations
    from it in units that follow from the extremes (no square over- or underflows); both are
    2 × columns, to be added up.
    """

    rows: Counts
    low: Doubles
    high: Doubles
    centre: Doubles
    spread: Doubles

    @property
    def mean(self) -> Doubles:
        """The means; NaN where there are no numbers."""
        return np.where(self.rows > 0, self.centre[0] + self.centre[1], np.nan)

    @property
    def deviation(self) -> Doubles:
        """The standard deviations of all numbers (divided by n, not n − 1); NaN without any."""
        with np.errstate(all="ignore"):
            share = (self.spread[0] + self.spread[1]).clip(0.0) / self.rows
            deviation: Doubles = np.ldexp(np.sqrt(share), unit(self.low, self.high))
        return deviation

    def merge(self, other: Moments) -> Moments:
        """Return the moments of both parts together."""
        low, high = np.minimum(self.low, other.low), np.maximum(self.high, other.high)
        exponent = unit(low, high)
        # the correction starts from the larger part: an empty one then changes no bit
        larger = self.rows >= other.rows
        mean = np.ldexp(np.where(larger, self.centre, other.centre), -exponent)
        its_mean = np.ldexp(np.where(larger, other.centre, self.centre), -exponent)
        rows, fewer = self.rows + other.rows, np.minimum(self.rows, other.rows)
        share = fewer / np.maximum(rows, 1)
        apart = np.where(fewer > 0, _added(its_mean, -mean).sum(axis=0), 0.0)
        centre = _added(mean, _single(apart * share))
        spread = _added(_in_units(self, exponent), _in_units(other, exponent))
        spread = _added(spread, _single(apart * apart * ((rows - fewer) * share)))
        return Moments(rows, low, high, np.ldexp(centre, exponent), spread)


def no_moments(columns: int) -> Moments:
    """Return the moments of no rows at all."""
    nothing = np.zeros((2, columns))
    infinite = np.full(columns, np.inf)
    return Moments(np.zeros(columns, np.int64), infinite, -infinite, nothing, nothing)


def moments(values: Numbers) -> Moments:
    """Return the moments of the columns of `values`, rows × columns: floats, or whole numbers."""
    if values.dtype.kind != "f":
        values = values.astype(np.float64)
    rows = np.full(values.shape[1], len(values), np.int64)
    low = np.minimum.reduce(values, axis=0, initial=np.inf).astype(np.float64)
    high = np.maximum.reduce(values, axis=0, initial=-np.inf).astype(np.float64)
    finite = None
    if not (np.isfinite(low).all() and np.isfinite(high).all()):
        finite = np.isfinite(values)
        rows = np.count_nonzero(finite, axis=0).astype(np.int64)
        low = np.minimum.reduce(values, axis=0, initial=np.inf, where=finite).astype(np.float64)
        high = np.maximum.reduce(values, axis=0, initial=-np.inf, where=finite).astype(np.float64)
    low += 0.0  # −0.0 and 0.0 are equal, and which one is found first must not matter
    high += 0.0
    exponent = unit(low, high)
    scale = np.ldexp(1.0, -exponent)
    with np.errstate(all="ignore"):
        apart = values * scale
        if finite is not None:
            apart[~finite] = 0.0
        count = np.maximum(rows, 1)
        # a round number: subtracting it cuts nothing off short numbers, whose mean is then exact
        shift = np.rint(apart.sum(axis=0) / count * 256.0) / 256.0
        shift = np.where(rows > 0, shift.clip(low * scale, high * scale), 0.0)
        apart -= shift
        if finite is not None:
            apart[~finite] = 0.0
        drift = apart.sum(axis=0) / count
        spread = np.einsum("ij,ij->j", apart, apart) - count * drift * drift
    centre = np.ldexp(_added(_single(shift), _single(drift)), exponent)
    return Moments(rows, low, high, centre, _single(spread.clip(0.0)))


def unit(low: Doubles, high: Doubles) -> NDArray[np.int32]:
    """Return the power of two next above the range of columns, in which deviations are about 1.

    Where all numbers are the same, it is that next above their size.
    """
    held = low <= high
    low, high = np.where(held, low, 0.0), np.where(held, high, 0.0)
    half = high * 0.5 - low * 0.5  # never overflows
    size = np.maximum(np.abs(low), np.abs(high))
    exponent: NDArray[np.int32] = np.frexp(np.where(half > 0.0, half, size))[1] + (half > 0.0)
    return exponent.clip(-_FURTHEST, _FURTHEST)


def _in_units(measured: Moments, exponent: NDArray[np.int32]) -> Doubles:
    spread: Doubles = np.ldexp(measured.spread, 2 * (unit(measured.low, measured.high) - exponent))
    return spread


# ---- pairs of float64 that are to be added up ----


def _single(values: Doubles) -> Doubles:
    return np.stack([values, np.zeros_like(values)])


def _added(one: Doubles, other: Doubles) -> Doubles:
    """Add two pairs, with what rounding cuts off."""
    total = one[0] + other[0]
    rest = sum_error(one[0], other[0], total) + (one[1] + other[1])
    high = total + rest
    return np.stack([high, rest - (high - total)])
