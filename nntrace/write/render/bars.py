"""What stands at the end of a row: bars, intervals and histograms, in as many columns as given."""

from __future__ import annotations

from math import ceil
from typing import TYPE_CHECKING

import numpy as np
from rich.text import Text

from nntrace.write.render.picture import strip
from nntrace.write.render.styles import NEGATIVE, POSITIVE
from nntrace.write.report import Axis, Bar, Drawing, Histogram, Strip, Whisker
from nntrace.write.view import View

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from nntrace.core.arrays import Array

_RIGHTWARDS = " ▏▎▍▌▋▊▉█"
_LEFTWARDS = " ▕▕▐▐▐▐██"  # all that Unicode has
_LEVELS, _ASCII_LEVELS = "▁▂▃▄▅▆▇█", ".:-=+*#@"


def draw(drawing: Drawing, width: int, view: View) -> Text:
    """Draw what stands at the end of a row."""
    match drawing:
        case Bar():
            return _bar(drawing, width, view)
        case Whisker():
            return _whisker(drawing, width, view)
        case Histogram():
            return _histogram(drawing, width, view)
        case Strip():
            return strip(drawing, width, view)


def lengths(values: Array, axis: Axis, width: int, view: View) -> NDArray[np.int_]:
    """Return a number for each bar that is the same where they are drawn the same."""
    finite = np.where(np.isfinite(values), values.astype(np.float64), 0.0)
    reach = axis.reach if axis.reach > 0 else np.inf
    shares = np.minimum(1.0, np.abs(finite) / reach) * _side(axis, width)
    steps = np.rint(shares) + 1 if view.ascii_only else np.maximum(1, np.rint(shares * 8))
    signed: NDArray[np.int_] = (np.sign(finite) * steps).astype(int)
    return signed


def bar(value: float, largest: float, width: int, view: View) -> Text:
    """Draw how large a number that is not negative is beside the largest."""
    return _bar(Bar(value, Axis(largest)), width, view)


def _bar(drawing: Bar, width: int, view: View) -> Text:
    """Draw a number; nothing for one that is not finite, a sliver for any that is not 0."""
    axis = drawing.axis
    side = _side(axis, width)
    length = _length(drawing.share, side, drawing.value > 0, view)
    if not axis.both_ways:
        return Text(length, POSITIVE)
    middle = "|" if view.ascii_only else "│"
    left, right = ("", length) if drawing.value > 0 else (length, "")
    return Text.assemble((left.rjust(side), NEGATIVE), (middle, "dim"), (right, POSITIVE))


def _side(axis: Axis, width: int) -> int:
    """Return how many columns the longest bar takes."""
    return (width - 1) // 2 if axis.both_ways else width


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


def _whisker(drawing: Whisker, width: int, view: View) -> Text:
    low, middle, high = (
        min(width - 1, round((share - drawing.begin) / (1 - drawing.begin) * (width - 1)))
        for share in (drawing.low, drawing.middle, drawing.high)
    )
    line, left, right, dot = "-||O" if view.ascii_only else "─├┤█"
    cells = [" "] * low + [line] * (high - low + 1)
    cells[low], cells[high], cells[middle] = left, right, dot
    drawn = Text("".join(cells))
    drawn.stylize(POSITIVE, low)
    return drawn


def _histogram(drawing: Histogram, width: int, view: View) -> Text:
    """Draw blocks of eight heights; only what is empty is blank."""
    shares = drawing.heights(width)
    if shares is None:
        return Text()
    levels = _ASCII_LEVELS if view.ascii_only else _LEVELS
    cells = [levels[ceil(share * 8) - 1] if share > 1e-9 else " " for share in shares.tolist()]
    return Text("".join(cells), POSITIVE)
