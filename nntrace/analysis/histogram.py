"""Histograms whose bins need not be known beforehand, and of which any parts can be merged.

A column's bins are 2^k wide and begin at a multiple of that; k is the smallest with which a fixed
number of bins holds the column. That follows from its extremes alone, and two bins side by side
make one of the next larger width, so that parts add up to the very histogram of the whole.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from nntrace.core.arrays import Counts, Doubles, Indices, Numbers

BINS = 64
_LOG_BINS = 6
_DIGITS = 52  # a bin number has no more bits: as float64 it is exact
_FURTHEST = 1000


class Grid(NamedTuple):
    """The bins of columns: `exponent` is k, the first bin begins at `first`·2^k."""

    exponent: Indices
    first: Indices


def grid(low: Doubles, high: Doubles) -> Grid:
    """Return the bins of columns with these extremes; ∞ and −∞ for a column without numbers."""
    held = low <= high
    low, high = np.where(held, low, 0.0), np.where(held, high, 0.0)
    half = high * 0.5 - low * 0.5
    exponent = np.frexp(half)[1].astype(np.int64) + 1 - _LOG_BINS
    finest = np.frexp(np.maximum(np.abs(low), np.abs(high)))[1] - _DIGITS
    exponent = np.where(half > 0.0, np.maximum(exponent, finest), finest)
    exponent = exponent.clip(-_FURTHEST)
    exponent += _bin(high, exponent) - _bin(low, exponent) >= BINS
    return Grid(exponent, _bin(low, exponent))


def histogram(values: Numbers, low: Doubles, high: Doubles) -> Counts:
    """Count the finite numbers of each column in its bins: columns × BINS.

    `values` is rows × columns, float32 or float64; `low` and `high` are the columns' extremes.
    """
    columns = values.shape[1]
    bins = grid(low, high)
    with np.errstate(invalid="ignore"):
        place = values * np.ldexp(1.0, -bins.exponent)
        np.floor(place, out=place)
        if (bins.exponent > 0).any() and (low < 0.0).any():
            place[(place == 0.0) & (values < 0.0)] = -1.0  # too small beside such a bin: −0.0
        place -= bins.first
        place += BINS * np.arange(columns)
    place = place.ravel()
    if not np.isfinite(values).all():
        place = place[np.isfinite(place)]
    counts = np.bincount(place.astype(np.intp), minlength=columns * BINS)
    return counts.reshape(columns, BINS).astype(np.int64, copy=False)


def regrouped(counts: Counts, own: Grid, bins: Grid) -> Counts:
    """Return counts of one grid in the bins of another, which holds all of it."""
    moved = np.flatnonzero((own.exponent != bins.exponent) | (own.first != bins.first))
    if not len(moved):
        return counts
    old = own.first[moved, np.newaxis] + np.arange(BINS)
    wider = (bins.exponent - own.exponent)[moved, np.newaxis].clip(0, 63)
    new = (old >> wider) - bins.first[moved, np.newaxis]
    new = new.clip(0, BINS - 1)  # what lies beyond is empty
    regrouped = counts.copy()
    regrouped[moved] = 0
    np.add.at(regrouped, (moved[:, np.newaxis], new), counts[moved])
    return regrouped


def _bin(values: Doubles, exponent: Indices) -> Indices:
    place = np.floor(np.ldexp(values, -exponent))
    return np.where((place == 0.0) & (values < 0.0), -1.0, place).astype(np.int64)
