"""Vectors and matrices beside each other, as they are written on paper: `W @ x + b = z`."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from rich.text import Text

from nntrace.core.arrays import Array
from nntrace.write.render.styles import POSITIVE, QUIET
from nntrace.write.report import Term
from nntrace.write.view import View

LONGEST = 1e7  # numbers from here on are written with an exponent


def equation(terms: Sequence[Term], view: View) -> Text:
    """Draw named arrays, of one or two dimensions, with signs such as `@` between them.

    Where the view has no room for all side by side, what does not fit goes on below.
    """
    arrays = [term for term in terms if not isinstance(term, str)]
    height = max(len(values) for _, values in arrays)
    lines: list[list[list[Text]]] = [[]]
    taken = 0
    for sign, array in zip(
        ["", *(term for term in terms if isinstance(term, str))], arrays, strict=True
    ):
        column = [Text(" " * (len(sign) + 2) * bool(sign))] * (height + 1)
        column[1 + (height - 1) // 2] = Text(f" {sign} " * bool(sign))
        drawn = _array(*array, height, view)
        width = column[0].cell_len + drawn[0].cell_len
        if view.width is not None and lines[-1] and taken + width > view.width:
            lines.append([])
            taken = 0
        lines[-1] += [column, drawn]
        taken += width
    rows = [
        Text().join(column[row] for column in line) for line in lines for row in range(height + 1)
    ]
    for row in rows:
        row.rstrip()
    return Text("\n").join(rows)


def decimals(values: Array, most: int = 4) -> int:
    """Return how many decimals show all of some numbers exactly, at most so many."""
    held = values.astype(np.float64)
    for places in range(most):
        if np.allclose(held, held.round(places), rtol=1e-6, atol=1e-9):
            return places
    return most


def _array(name: str, values: Array, height: int, view: View) -> list[Text]:
    """Draw one array in brackets: its name, then so many lines, in whose middle it stands."""
    rows = values.reshape(len(values), -1).astype(np.float64) + 0.0
    places = decimals(rows)
    form = f".{places}f" if np.abs(rows).max() < LONGEST else ".4g"
    cells = [[f"{value:{form}}" for value in row] for row in rows.tolist()]
    cells = [[_zero(cell) for cell in row] for row in cells]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    width = sum(widths) + 2 * len(widths)
    above = (height - len(rows)) // 2
    lines = [Text(" " * (width + 2)) for _ in range(height)]
    for index, row in enumerate(cells):
        inner = "  ".join(cell.rjust(w) for cell, w in zip(row, widths, strict=True))
        left, right = _brackets(index, len(cells), view)
        line = Text.assemble((left, QUIET), f" {inner} ", (right, QUIET))
        lines[above + index] = line
    title = Text(view.plain(name).center(width + 2), POSITIVE)
    return [title, *lines]


def _zero(cell: str) -> str:
    return cell.removeprefix("-") if float(cell) == 0 else cell


def _brackets(index: int, count: int, view: View) -> tuple[str, str]:
    if view.ascii_only or count == 1:
        return "[", "]"
    if index == 0:
        return "⎡", "⎤"
    return ("⎣", "⎦") if index == count - 1 else ("⎢", "⎥")
