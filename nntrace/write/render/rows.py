"""A line a row: columns drawn as a table, in constant memory, many thousands of rows a second."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from textwrap import wrap

import numpy as np
from rich.cells import cell_len, chop_cells
from rich.style import Style

from nntrace.core.arrays import Array
from nntrace.records import NamedTuple
from nntrace.write.columns import Block, Column, Kind, Shown, named, numbers, percents
from nntrace.write.render.bars import bar
from nntrace.write.render.styles import QUIET, STRONG, around
from nntrace.write.view import View, percent

LEFT = (Kind.TEXT, Kind.CLASS, Kind.BAR)  # the others are numbers, which end below each other
FOLDED = (Kind.TEXT, Kind.CLASS)  # what a cell that is too wide for a terminal may be broken in
NARROWEST = 7  # columns that one of these keeps
BAR = 10
# Columns that come to be needed further down, where more rows follow than were looked at.
RESERVED = {Kind.ROW: 7, Kind.SHARE: 9}


def rows_table(shown: Shown, view: View) -> Iterator[str]:
    """Draw rows, a piece at a time; nothing where there are none.

    Columns are as wide as the rows of `shown.first` need them. A wider cell further down moves what
    follows it on its line.
    """
    if not shown.first:
        return
    drawn = [_cells(block, view) for block in shown.first]
    layout = _layout(shown, drawn, view)
    bars = [each for each in shown.first[0] if each.kind is Kind.BAR]
    if bars and view.width is not None and layout.width > view.width:  # bars are the first to go
        yield from rows_table(shown.without(Kind.BAR), view)
        return
    yield _heading(shown.first[0], layout, view)
    for place, cells in enumerate(drawn):
        if place and shown.left_out:
            gap = f"{view.plain('⋮'):>{layout.widths[0]}}  {shown.left_out} more"
            yield _painted(gap, QUIET, view) + "\n"
        yield layout.lines(cells)
    for block in shown.rest:
        yield layout.lines(_cells(block, view))


def _heading(columns: Block, layout: _Layout, view: View) -> str:
    lines = layout.lines([[view.plain(column.name)] for column in columns], styled=False)
    return "".join(_painted(line, QUIET, view) + "\n" for line in lines.splitlines())


def _cells(block: Block, view: View) -> list[list[str]]:
    return [_written(column, view) for column in block]


def _written(column: Column, view: View) -> list[str]:
    values: Array = column.values  # type: ignore[assignment]  # where they are numbers
    match column.kind:
        case Kind.ROW | Kind.COUNT:
            return [*map(str, values)]
        case Kind.TEXT | Kind.CLASS:
            return named(column, view)
        case Kind.SHARE:
            return percents(values, view, one=_percent)
        case Kind.BAR:
            return _bars(values, view)
        case Kind.NUMBER | Kind.PART:
            return numbers(values, view, column.kind is Kind.NUMBER)


def _percent(share: float, view: View) -> str:
    return percent(share, view) if share == share else "not finite"


def _bars(shares: Array, view: View) -> list[str]:
    """Draw bars; those of shares that look the same only once."""
    finest = BAR if view.ascii_only else 8 * BAR
    share = np.nan_to_num(shares).clip(0, 1)
    steps = np.maximum(np.rint(share * finest), share > 0).astype(int).tolist()
    drawn = {step: bar(step / finest, 1, BAR, view).plain for step in set(steps)}
    return [drawn[step] for step in steps]


class _Layout(NamedTuple):
    """How lines are put together."""

    widths: Sequence[int]
    left: Sequence[int]  # columns whose cells begin below each other
    folded: Sequence[int]  # columns whose cells are broken where they are wider
    around: Sequence[tuple[str, str]]  # what makes a terminal show the cells of each in a style

    @property
    def width(self) -> int:
        """How many columns a line takes."""
        return sum(self.widths) + 2 * (len(self.widths) - 1)

    def lines(self, cells: Sequence[list[str]], styled: bool = True) -> str:
        """Write a line a row, or more where cells are broken."""
        columns = list(cells)
        if self.folded:
            rows = [line for row in zip(*columns, strict=True) for line in self._broken(row)]
            columns = [list(column) for column in zip(*rows, strict=True)]
        places = [f"%{'-' * (at in self.left)}{width}s" for at, width in enumerate(self.widths)]
        for at, column in enumerate(columns):  # a character may take two columns, or none
            if not all(map(str.isascii, column)):
                columns[at] = [self._padded(text, at) for text in column]
                places[at] = "%s"
        if styled:
            places = [
                before + place + after
                for place, (before, after) in zip(places, self.around, strict=True)
            ]
        template = "  ".join(places)
        drawn = [(template % row).rstrip() for row in zip(*columns, strict=True)]
        return "\n".join(drawn) + "\n" if drawn else ""

    def _padded(self, text: str, place: int) -> str:
        blanks = " " * (self.widths[place] - cell_len(text))
        return text + blanks if place in self.left else blanks + text

    def _broken(self, row: Sequence[str]) -> Iterator[Sequence[str]]:
        """Give the lines of a row whose cells may be wider than their columns."""
        parts = [
            _wrapped(text, self.widths[place]) if place in self.folded else [text]
            for place, text in enumerate(row)
        ]
        for line in range(max(map(len, parts))):
            yield [part[line] if line < len(part) else "" for part in parts]


def _wrapped(text: str, width: int) -> list[str]:
    if cell_len(text) <= width:
        return [text]
    return wrap(text, width) if text.isascii() else chop_cells(text, width)


def _layout(shown: Shown, drawn: Sequence[Sequence[list[str]]], view: View) -> _Layout:
    columns = shown.first[0]
    wanted = []
    for place, column in enumerate(columns):
        texts = {view.plain(column.name), *(text for cells in drawn for text in cells[place])}
        least = BAR if column.kind is Kind.BAR else 0
        if shown.total is None:  # what is still to come may be wider
            least = max(least, RESERVED.get(column.kind, 0))
            if column.choices is not None:
                texts |= {*named(column._replace(values=range(len(column.choices))), view)}
        wanted.append(max(least, *map(cell_len, texts)))
    foldable = [place for place, column in enumerate(columns) if column.kind in FOLDED]
    widths = wanted if view.width is None else _fitted(wanted, foldable, view.width)
    left = [place for place, column in enumerate(columns) if column.kind in LEFT]
    folded = [place for place in foldable if widths[place] < wanted[place]]
    return _Layout(
        widths, left, folded, [around(_style(each.kind, view), view) for each in columns]
    )


def _style(kind: Kind, view: View) -> str | Style:
    return {Kind.CLASS: STRONG, Kind.BAR: bar(1, 1, 1, view).style}.get(kind, "")


def _painted(words: str, style: str, view: View) -> str:
    before, after = around(style, view)
    return before + words + after


def _fitted(widths: Sequence[int], foldable: Sequence[int], room: int) -> list[int]:
    """Make the widest of the columns that may be folded narrower until all fit into the room.

    Where they don't, however narrow, lines run over in any case, and nothing is folded.
    """
    room -= sum(widths) + 2 * (len(widths) - 1) - sum(widths[place] for place in foldable)
    if sum(min(widths[place], NARROWEST) for place in foldable) > room:
        return list(widths)
    low, high = NARROWEST, max((widths[place] for place in foldable), default=NARROWEST)
    while low < high:  # the largest width at which they fit
        middle = (low + high + 1) // 2
        if sum(min(widths[place], middle) for place in foldable) <= room:
            low = middle
        else:
            high = middle - 1
    return [min(width, low) if place in foldable else width for place, width in enumerate(widths)]
