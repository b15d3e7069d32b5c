"""Boxes of lines of numbers that belong together: one width, one scale, and what goes first.

Where a terminal is too narrow for all, the bars go first, then columns that can be spared; then
names stand above their numbers. Nothing is ever cut.
"""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import RenderableType
from rich.panel import Panel
from rich.table import Table as Grid
from rich.text import Text

from nntrace.records import NamedTuple
from nntrace.write.render.bars import draw
from nntrace.write.render.styles import QUIET, frame
from nntrace.write.report import Column, Drawing, Stretch, Strip
from nntrace.write.view import ANY_WIDTH, FRAME, View

BESIDE = 10  # columns of a bar for which boxes are put side by side
LONGEST_NAME = 24  # columns; a longer name stands above its numbers
INDENT = 2  # … as all do where the terminal is narrow
GAP = 2
NOTHING_SPARED = 100


class Row(NamedTuple):
    """A line: a cell a column (fewer leave the rest empty), and a bar where there is one."""

    cells: Sequence[Text]
    bar: Drawing | None = None
    style: str = ""


class Box(NamedTuple):
    """What stands in a frame: lines above, then a table or something drawn, and a note below."""

    title: Text
    columns: Sequence[Column] = ()
    rows: Sequence[Row] = ()
    above: Sequence[RenderableType] = ()
    below: Sequence[RenderableType] = ()
    note: str = ""
    bars: Stretch = Stretch()
    explained: Sequence[RenderableType] = ()  # below the table, where it has bars


class Layout(NamedTuple):
    """What boxes have in common: how wide names, bars and frames are, and what is left out."""

    widths: Sequence[int]
    bar: int
    frame: int
    spared: int  # columns whose `spare` is so much or more are left out


def framed(boxes: Sequence[Box], layout: Layout, view: View) -> list[Panel]:
    """Draw boxes of one width, whose columns stand below each other."""
    panels = []
    for box in boxes:
        table = [drawn_table(box, layout, view)] if box.columns else []
        explained = box.explained if layout.bar else ()
        content = [*box.above, *table, *explained, *box.below]
        panel = frame(box.title, content, view, box.note, layout.frame)
        panels.append(panel)
    return panels


def without_frame(view: View) -> View:
    """Return the view for a table that no frame stands around."""
    return view if view.width is None else view._replace(width=view.width + FRAME)


def laid_out(boxes: Sequence[Box], view: View) -> Layout:
    """Find what fits: all boxes as wide as the widest, and as many beside each other as may be."""
    count = max((len(box.columns) for box in boxes), default=0)
    widths = [_width(boxes, index) for index in range(count)]
    bars = _widest([box.bars for box in boxes if any(row.bar for row in box.rows)])
    room = (view.width or ANY_WIDTH) - FRAME
    spared = NOTHING_SPARED

    def taken() -> int:
        kept = [[k for k, each in enumerate(box.columns) if each.spare < spared] for box in boxes]
        return max(sum(widths[k] + GAP for k in some) - GAP * bool(some) for some in kept)

    reserved = GAP + bars.least if bars and bars.kept else 0
    for kind in sorted({c.spare for box in boxes for c in box.columns} - {0}, reverse=True):
        if taken() + reserved > room:
            spared = kind
    if widths and taken() > room:
        widths[0] = INDENT
        bars = None
    drawn = max(_drawn_width(box) for box in boxes)
    least = max(drawn, taken() + (GAP + BESIDE) * bool(bars)) + FRAME
    beside = 1 if view.width is None else max(1, min(len(boxes), (view.width + 1) // (least + 1)))
    each = (room + FRAME + 1) // beside - 1 - FRAME
    bar = min(bars.most, each - taken() - GAP) if bars else 0
    bar = bar if bars and bar >= bars.least else 0
    inner = max(drawn, taken() + (GAP + bar) * bool(bar), *(_edges(box) for box in boxes))
    return Layout(widths, bar, min(inner, each) + FRAME, spared)


def _widest(bars: Sequence[Stretch]) -> Stretch | None:
    """Return what all of some boxes are content with; None where none has bars."""
    if not bars:
        return None
    least, most = max(each.least for each in bars), max(each.most for each in bars)
    return Stretch(least, most, any(each.kept for each in bars))


def _width(boxes: Sequence[Box], index: int) -> int:
    """Return how wide a column must be in all boxes; names that are longer are folded."""
    columns = [box.columns[index] for box in boxes if index < len(box.columns)]
    titles = [Text(column.title).cell_len for column in columns]
    cells = [
        cell.cell_len
        for box in boxes
        for row in box.rows
        if len(row.cells) > 1  # what stands alone is as long as it likes
        for cell in row.cells[index : index + 1]
        if index < len(box.columns)
    ]
    width = max([*titles, *cells, *(column.least for column in columns)])
    least = [column.least for column in columns]
    return width if index else max(min(width, LONGEST_NAME), *titles, *least)


def _drawn_width(box: Box) -> int:
    """Return how wide what is drawn in a box is, such as a picture or a formula."""
    parts = [*box.above, *box.explained, *box.below]
    texts = [line.cell_len for part in parts if isinstance(part, Text) for line in part.split()]
    grids = [[each.width or 0 for each in part.columns] for part in parts if isinstance(part, Grid)]
    return max([0, *texts, *(sum(widths) + GAP * (len(widths) - 1) for widths in grids)])


def _edges(box: Box) -> int:
    return max(box.title.cell_len, Text(box.note).cell_len) + 2


def drawn_table(box: Box, layout: Layout, view: View) -> Text:
    """Draw lines whose cells stand below each other; nothing is ever cut."""
    lines = [*heading(box, layout, view), *drawn_rows(box, layout, view)]
    if view.colours is None:  # without styles, long tables are drawn several times as fast
        return Text("\n".join(line.plain for line in lines))
    return Text("\n").join(lines)


def kept(box: Box, layout: Layout) -> list[int]:
    """Return the places of the columns that find room."""
    return [k for k, column in enumerate(box.columns) if column.spare < layout.spared]


def heading(box: Box, layout: Layout, view: View) -> list[Text]:
    """Draw the line above a table, where its columns have titles."""
    places = kept(box, layout)
    columns, widths = [box.columns[k] for k in places], [layout.widths[k] for k in places]
    head = _line([view.text(column.title) for column in columns], columns, widths, QUIET)
    head.append(view.plain(box.bars.title(layout.bar)) if layout.bar else "")
    head.rstrip()
    return [head] if head.plain else []


def drawn_rows(box: Box, layout: Layout, view: View) -> list[Text]:
    """Draw the lines of a table."""
    places = kept(box, layout)
    columns, widths = [box.columns[k] for k in places], [layout.widths[k] for k in places]
    lines = []
    for row in box.rows:
        cells = [row.cells[k] for k in places if k < len(row.cells)]
        line = _line(cells, columns, widths, row.style)
        if row.bar and layout.bar:
            line.append_text(draw(row.bar, layout.bar, view))
        if not isinstance(row.bar, Strip):  # whose blanks may be coloured
            line.rstrip()
        lines.append(line)
        below = _below(row, box, places)
        lines += [Text(" " * INDENT, row.style).append_text(row.cells[k]) for k in below]
    return lines


def _below(row: Row, box: Box, kept: Sequence[int]) -> list[int]:
    """Return the places of the cells that stand below their row, as their columns find no room."""
    places = [k for k, column in enumerate(box.columns) if column.below and k not in kept]
    return [k for k in places if k < len(row.cells) and row.cells[k]]


def _line(
    cells: Sequence[Text], columns: Sequence[Column], widths: Sequence[int], style: str
) -> Text:
    """Draw a line; a name that its column has no room for stands above it."""
    name, width = cells[0], widths[0]
    rest = Text()
    for column, wide, cell in zip(columns[1:], widths[1:], cells[1:], strict=False):
        blanks = " " * (wide - cell.cell_len)
        rest.append(" " * GAP + blanks * column.right).append_text(cell)
        rest.append(blanks * (not column.right))
    rest.append(" " * GAP)
    free = width + len(rest.plain) - len(rest.plain.lstrip())
    line = name.copy().append(" " * max(0, width - name.cell_len))
    if name.cell_len <= width or name.cell_len < free:
        line.append_text(rest[max(0, name.cell_len - width) :])
    else:
        line.append("\n" + " " * width).append_text(rest)
    line.style = style
    return line
