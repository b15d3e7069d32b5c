"""Bars: how large a number is, on a scale that those beside it share."""

from __future__ import annotations

from collections.abc import Iterable
from math import isfinite, ulp
from typing import NamedTuple

import numpy as np
from rich.text import Text

from nntrace.core.arrays import Array
from nntrace.write.tables.look import NEGATIVE, POSITIVE, View, number

LEAST, MOST = 5, 20  # columns of a bar; where there is room for fewer, there is none

_RIGHTWARDS = " ▏▎▍▌▋▊▉█"
_LEFTWARDS = " ▕▕▐▐▐▐██"  # all that Unicode has


class Axis(NamedTuple):
    """What bars grow from: the middle, on a scale from -reach to reach; or the left edge, from 0.

    Where one of the numbers is negative, all bars grow from the middle: the side is their sign.
    """

    reach: float
    both_ways: bool = False

    @classmethod
    def of(cls, arrays: Iterable[Array]) -> Axis:
        """Return an axis on which all numbers find room, those apart that are not finite."""
        values = [array[np.isfinite(array)] for array in arrays]
        reach = max([0.0, *(float(np.abs(some).max()) for some in values if some.size)])
        return cls(reach, any(bool((some < 0).any()) for some in values))

    def words(self, view: View) -> str:
        """Say from where to where bars go."""
        reach = number(self.reach, view, signed=self.both_ways) if self != SHARES else "1"
        low = number(-self.reach, view) if self.both_ways else "0"
        return f"from {low} to {reach}"


SHARES = Axis(1.0)  # what probabilities are drawn on


class Bar(NamedTuple):
    """A number on an axis, to be drawn in as many columns as there turn out to be."""

    value: float
    axis: Axis

    def drawn(self, width: int, view: View) -> Text:
        """Draw it; nothing for a number that is not finite, a sliver for any that is not 0."""
        value, axis = self
        side = (width - 1) // 2 if axis.both_ways else width
        share = min(1.0, abs(value) / axis.reach) if isfinite(value) and axis.reach > 0 else 0.0
        if value and not share and isfinite(value):  # too small a part to be a number of its own
            share = ulp(0.0)
        length = _length(share, side, value > 0, view)
        if not axis.both_ways:
            return Text(length, POSITIVE)
        middle = "|" if view.ascii_only else "│"
        left, right = ("", length) if value > 0 else (length, "")
        return Text.assemble((left.rjust(side), NEGATIVE), (middle, "dim"), (right, POSITIVE))


def bar(value: float, largest: float, width: int, view: View) -> Text:
    """Draw how large a number that is not negative is beside the largest."""
    return Bar(value, Axis(largest)).drawn(width, view)


def _length(share: float, width: int, rightwards: bool, view: View) -> str:
    """Draw a share of a width, in eighths of a column where the terminal can."""
    if not share:
        return ""
    if view.ascii_only:
        return ("+" if rightwards else "-") * round(share * width)
    whole, eighths = divmod(max(1, round(share * width * 8)), 8)
    if rightwards:
        return "█" * whole + _RIGHTWARDS[eighths].strip()
    return _LEFTWARDS[eighths].strip() + "█" * whole
