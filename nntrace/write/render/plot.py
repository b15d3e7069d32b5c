"""Curves of activation functions, drawn with characters."""

from __future__ import annotations

import numpy as np
from rich.text import Text

from nntrace.core.activation import Activation, ActivationKind
from nntrace.core.arrays import Array
from nntrace.write.render.styles import POSITIVE, QUIET
from nntrace.write.view import View

REACH = 4.0  # curves are drawn from z = -4 to 4
COLUMNS, ROWS = 17, 7
_DOTS = ((0x01, 0x08), (0x02, 0x10), (0x04, 0x20), (0x40, 0x80))  # of a braille cell, by row


def values_of(kind: ActivationKind, z: Array) -> Array:
    """Return what an activation of one z makes of each of them."""
    values: Array = Activation(kind)(z.reshape(1, -1))[0]
    return values


def curve(kind: ActivationKind, view: View) -> Text:
    """Draw an activation from z = -4 to 4, with its axes and the ends of their scales."""
    fine = 1 if view.ascii_only else 2
    tall = 1 if view.ascii_only else 4
    z = np.linspace(-REACH, REACH, COLUMNS * fine)
    a = values_of(kind, z)
    low, high = min(0.0, float(a.min())), max(0.0, float(a.max()))
    low, high = _round(low), _round(high)
    span = (high - low) or 1.0
    heights = np.rint((a - low) / span * (ROWS * tall - 1)).astype(int).clip(0, ROWS * tall - 1)
    cells = _ascii(heights.tolist()) if view.ascii_only else _braille(heights.tolist())
    zero = ROWS - 1 - round(-low / span * (ROWS - 1))
    labels = {0: f"{high:g}", ROWS - 1: f"{low:g}"}
    labels.setdefault(zero, "0")
    margin = max(map(len, labels.values()))
    text = Text()
    for row in range(ROWS):
        text.append(f"{labels.get(row, ''):>{margin}} ", QUIET)
        for column in range(COLUMNS):
            cell = cells[row][column]
            if cell != " ":
                text.append(cell, POSITIVE)
            else:
                text.append(_axis(row == zero, column == COLUMNS // 2, view), QUIET)
        text.append("\n")
    ends = f"{-REACH:g}".ljust(COLUMNS // 2) + "0" + f"{REACH:g}".rjust(COLUMNS // 2)
    text.append(" " * (margin + 1) + ends, QUIET)
    return text


def _round(value: float) -> float:
    """Return the end of a scale: the nearest half, where a curve all but reaches it."""
    half = round(value * 2) / 2
    return half if abs(half - value) < 0.05 else round(value, 2)


def _axis(across: bool, up: bool, view: View) -> str:
    if across and up:
        return "+" if view.ascii_only else "┼"
    if across:
        return "-" if view.ascii_only else "─"
    if up:
        return "|" if view.ascii_only else "│"
    return " "


def _ascii(heights: list[int]) -> list[list[str]]:
    cells = [[" "] * COLUMNS for _ in range(ROWS)]
    for column, (low, high) in enumerate(_runs(heights)):
        for height in range(low, high + 1):
            cells[ROWS - 1 - height][column] = "*"
    return cells


def _braille(heights: list[int]) -> list[list[str]]:
    dots = [[0] * COLUMNS for _ in range(ROWS)]
    for place, (low, high) in enumerate(_runs(heights)):
        for height in range(low, high + 1):
            down = ROWS * 4 - 1 - height
            dots[down // 4][place // 2] |= _DOTS[down % 4][place % 2]
    return [[chr(0x2800 + cell) if cell else " " for cell in row] for row in dots]


def _runs(heights: list[int]) -> list[tuple[int, int]]:
    """Return the lowest and highest dot of each place, so that steep curves have no gaps."""
    runs = []
    before = heights[0]
    for height in heights:
        gap = 1 if height > before else -1 if height < before else 0
        start = before + gap
        runs.append((min(start, height), max(start, height)))
        before = height
    return runs
