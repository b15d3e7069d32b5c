"""A summary of the numbers of an array."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from nntrace.core.arrays import Array


class Summary(NamedTuple):
    """The extremes, mean and deviation (of the population) of numbers, and how many are 0."""

    min: float
    max: float
    mean: float
    std: float
    zeros: int


def summarised(values: Array) -> Summary:
    """Summarise numbers, in float64."""
    wide = values.astype(np.float64, copy=False)
    largest = float(np.abs(wide).max()) or 1.0
    shares = wide / largest  # whose sums cannot overflow
    return Summary(
        float(wide.min()),
        float(wide.max()),
        largest * float(shares.mean()),
        largest * float(shares.std()),
        int(wide.size - np.count_nonzero(wide)),
    )
