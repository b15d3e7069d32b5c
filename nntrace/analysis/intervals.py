"""How sure an accuracy is, and the difference of two, measured on splits of the same rows."""

from __future__ import annotations

from functools import cache
from math import cos, pi, sin, sqrt
from statistics import NormalDist

import numpy as np

from nntrace.core.arrays import Doubles

RISK = 0.05  # that the truth lies outside of an interval
LIKE_NORMAL = 1000  # degrees of freedom, from which on Student's t is taken for normal


def of_accuracy(splits: Doubles, ratio: float, tested: int) -> tuple[float, float]:
    """Return the ends of the 95 % interval of the mean of some splits' accuracies.

    `ratio` is the rows tested over those trained on, `tested` how many rows were ever tested. At
    either end it is the wider of two: that of `resampled`, which knows how much the splits vary,
    and Wilson's, which knows how few the rows are, even where all splits agree.
    """
    mean = float(np.mean(splits))
    low, high = wilson(mean * tested, tested)
    if len(splits) > 1:
        half = resampled(splits, ratio, RISK)
        low, high = min(low, mean - half), max(high, mean + half)
    return max(0.0, low), min(1.0, high)


def of_difference(
    splits: Doubles, ratio: float, rows: Doubles, comparisons: int
) -> tuple[float, float]:
    """Return the ends of the interval of the mean of some splits' differences in accuracy.

    `rows` has the difference for each row that was ever tested, from -1 to 1. Of so many
    `comparisons`, all intervals hold at once in 95 of 100 cases (Bonferroni: each has its part of
    the risk). At either end it is the wider of that of `resampled` and that of `matched`.
    """
    risk = RISK / comparisons
    low, high = matched(rows, risk)
    if len(splits) > 1:
        mean, half = float(np.mean(splits)), resampled(splits, ratio, risk)
        low, high = min(low, mean - half), max(high, mean + half)
    return max(-1.0, low), min(1.0, high)


def resampled(splits: Doubles, ratio: float, risk: float) -> float:
    """Return half the width of the interval of the mean of two splits or more.

    The splits share rows, so their spread alone would say far too little. The corrected resampled
    t interval takes (1/J + tested/trained) s² for the variance of the mean of J splits (Nadeau and
    Bengio, Inference for the Generalization Error, Machine Learning 52, 2003, 239-281).
    """
    count = len(splits)
    variance = (1 / count + ratio) * float(np.var(splits, ddof=1))
    return student(count - 1, risk) * sqrt(variance)


def matched(rows: Doubles, risk: float) -> tuple[float, float]:
    """Return the interval of the difference of two shares of the same rows.

    Each row counts for the one or the other as far as they differ there, and half a row is added
    to each of the four cells (Agresti and Min, Simple improved confidence intervals for comparing
    matched proportions, Statistics in Medicine 24, 2005, 729-740); with Student's t, since the
    rows may be few.
    """
    count = len(rows)
    one, other = float(np.maximum(rows, 0).sum()), float(np.maximum(-rows, 0).sum())
    middle = (one - other) / (count + 2)
    variance = one + other + 1 - (one - other) ** 2 / (count + 2)
    half = student(max(1, count - 1), risk) * sqrt(variance) / (count + 2)
    return middle - half, middle + half


def wilson(correct: float, tested: int) -> tuple[float, float]:
    """Return the ends of the 95 % interval of a share: which true shares the count may come from.

    E. B. Wilson, Probable Inference, the Law of Succession, and Statistical Inference, Journal of
    the American Statistical Association 22, 1927, 209-212: without correction for continuity.
    """
    sure = NormalDist().inv_cdf(1 - RISK / 2)
    square = sure * sure
    middle = correct + square / 2
    half = sure * sqrt(max(0.0, correct * (tested - correct)) / tested + square / 4)
    low = (middle - half) / (tested + square) if correct > 0 else 0.0
    high = (middle + half) / (tested + square) if correct < tested else 1.0
    return low, high


@cache
def student(freedom: int, risk: float) -> float:
    """Return the t that a value of so many degrees of freedom exceeds, either way, with this risk.

    By halving, from the probability in closed form (Abramowitz and Stegun, Handbook of Mathematical
    Functions, 1964, 26.7.3 and 26.7.4).
    """
    if freedom >= LIKE_NORMAL:
        return NormalDist().inv_cdf(1 - risk / 2)
    low, high = 0.0, pi / 2  # of the angle whose tangent is t / √freedom
    for _ in range(60):
        angle = (low + high) / 2
        if _inside(angle, freedom) < 1 - risk:
            low = angle
        else:
            high = angle
    return sin(low) / cos(low) * sqrt(freedom)


def _inside(angle: float, freedom: int) -> float:
    """Return the probability that |t| is less than √freedom times the tangent of an angle."""
    square = cos(angle) ** 2
    odd = freedom % 2
    term = cos(angle) if odd else 1.0
    total = term if freedom > 1 else 0.0
    for power in range(2 + odd, freedom - 1, 2):
        term *= (power - 1) / power * square
        total += term
    return 2 / pi * (angle + sin(angle) * total) if odd else sin(angle) * total
