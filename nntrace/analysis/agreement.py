"""Whether a net gives what the model gives that it was made of: both are run, and compared."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from nntrace.core.arrays import Array
from nntrace.core.op import times

ROWS = 96
TOLERANCES = {"float64": 1e-9, "float32": 1e-4}  # of the largest number of what is compared
_SPREADS = (0.3, 1.0, 3.0)


class Parting(NamedTuple):
    """Where two models part: in a number, by what it is called, its place and both values, or,
    without a place, in how many there are."""

    called: str
    place: tuple[int, ...]
    given: Any
    expected: Any

    def __str__(self) -> str:
        if not self.place:
            return f"{self.called} gives {self.expected} numbers, the net {self.given}"
        row, *column = self.place
        where = f"row {row}" + "".join(f", number {at}" for at in column)
        return f"{self.called} of {where} is {self.expected:.9g}, the net gives {self.given:.9g}"


def random_rows(size: int, centre: Any = 0.0, spread: Any = 1.0, dtype: str = "float64") -> Array:
    """Return rows of numbers around a centre, near it and far off; the same ones each time."""
    draw = np.random.default_rng(0).standard_normal((ROWS, size))
    far = np.resize(_SPREADS, ROWS)[:, np.newaxis]
    return np.asarray(centre + draw * far * spread).astype(dtype)


def parting(
    given: Mapping[str, Array], expected: Mapping[str, Array], tolerance: float
) -> Parting | None:
    """Return the first number in which two models part, None where they agree.

    They agree where they are within a share of the largest number of their kind, `tolerance`.
    """
    for called, theirs in expected.items():
        ours = np.asarray(given[called], np.float64)
        if ours.size != theirs.size:
            return Parting(called, (), times(ours.shape), times(theirs.shape))
        ours = ours.reshape(theirs.shape)
        wide = theirs.astype(np.float64)
        far = ~(np.abs(ours - wide) <= tolerance * max(1.0, np.abs(wide).max(initial=0.0)))
        far &= ~(np.isnan(ours) & np.isnan(wide)) & (ours != wide)
        if far.any():
            place = tuple(np.argwhere(far)[0].tolist())
            return Parting(called, place, ours[place], wide[place])
    return None
