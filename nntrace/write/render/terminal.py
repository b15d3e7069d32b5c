"""A report on a terminal: frames, tables, bars and pictures, with Rich."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator, Sequence
from itertools import groupby, zip_longest

from rich.cells import cell_len
from rich.console import Group, JustifyMethod, RenderableType
from rich.padding import Padding
from rich.panel import Panel
from rich.table import Table as Grid
from rich.text import Text

from nntrace.records import NamedTuple
from nntrace.write import report as tell
from nntrace.write.listed import Bulk
from nntrace.write.render.bars import draw as draw_bar
from nntrace.write.render.boxes import (
    GAP,
    Box,
    Layout,
    drawn_rows,
    drawn_table,
    framed,
    heading,
    laid_out,
    without_frame,
)
from nntrace.write.render.boxes import Row as DrawnRow
from nntrace.write.render.flow import bulk_lines, filled, flowing
from nntrace.write.render.matrices import equation
from nntrace.write.render.picture import heat_legend, heat_map, picture, picture_legend
from nntrace.write.render.plot import curve
from nntrace.write.render.rows import rows_table
from nntrace.write.render.styles import (
    POSITIVE,
    QUIET,
    STRONG,
    Hanging,
    fits,
    frame,
    joined,
    one_width,
    render,
    side_by_side,
)
from nntrace.write.view import ANY_WIDTH, View, number, percent

_STYLES = {"": "", "strong": STRONG, "quiet": QUIET, "accent": POSITIVE}
_STREAMS = (tell.Rows, tell.Flow)  # what is drawn as it comes
_WHOLE = "\ue000"  # a blank at which no line breaks; of the private use, which no text is given


class Room(NamedTuple):
    """What the last table found room for: `drawn` titles of columns, and those it had to spare."""

    drawn: frozenset[str] = frozenset()
    spared: Sequence[str] = ()


_NO_ROOM = Room()


def draw(report: tell.Report) -> Iterator[str]:
    """Draw a report: rows as they come; what stands between, together, in frames of one width."""
    view = report.view.between(report.narrowest, ANY_WIDTH)
    room = _NO_ROOM
    for streams, items in groupby(report.items, lambda item: isinstance(item, _STREAMS)):
        if streams:
            for item in items:
                if isinstance(item, tell.Rows):
                    yield from rows_table(item.shown, view)
                elif isinstance(item, tell.Flow):
                    room = yield from _flow(item, view)
        else:
            parts = [*_drawn(items, view, room)]
            one_width([part for part in parts if isinstance(part, Panel)], view)
            yield render(parts, view).replace(_WHOLE, " ")


def _drawn(
    items: Iterable[tell.Item], view: View, room: Room = _NO_ROOM
) -> Iterator[RenderableType]:
    """Draw one item below the other, in the room that the view has, and the last table had."""
    for item in items:
        match item:
            case tell.Line():
                if words := [each for each in item.words if _is_drawn(each, room, view)]:
                    yield _line(item._replace(words=words), view)
            case tell.Blank():
                if item.seen:
                    yield Text("")
            case tell.Table() if any(column.short for column in item.columns):
                yield _columns(item, view)
            case tell.Table():
                outside = without_frame(view._replace(width=None) if item.unbroken else view)
                box = _box(Text(), [item], "", view, outside)
                layout = laid_out([box], outside)
                room = _room([box], layout)
                yield drawn_table(box, layout, view)
                yield from box.explained if layout.bar else ()
            case tell.LeftOut():
                if room.spared:
                    yield view.text(f"no room for: {', '.join(room.spared)}{item.hint}", QUIET)
            case tell.Picture() | tell.HeatMap():
                yield _picture(item, view)
            case tell.Equation():
                yield equation(item.terms, view)
            case tell.Curve():
                yield curve(item.kind, view)
            case tell.Meter():
                yield _meter(item, view)
            case tell.Legend():
                yield _legend(item, view)
            case tell.Section():
                yield _frame(item, view)
            case tell.Sections():
                if not item.alike:
                    panels = [_frame(each, view) for each in item.sections]
                    yield from side_by_side(panels, view)
                    room = _rooms(item.sections, view)
                    continue
                boxes = [_section_box(each, view) for each in item.sections]
                layout = laid_out(boxes, view)
                room = _room(boxes, layout)
                yield from side_by_side(framed(boxes, layout, view), view)
            case tell.Side():
                yield from _side(item, view)
            case tell.Tiles():
                yield from _tiles(item, view)
            case tell.Stack():
                yield Group(*_drawn(item.items, view))
            case tell.Indented():
                yield Padding(Group(*_drawn(item.items, view)), (0, 0, 0, item.by))
            case tell.Seen():
                yield from _drawn(item.items, view)


def _flow(flow: tell.Flow, view: View) -> Generator[str, None, Room]:
    """Draw sections as they come; return what any of their tables found room for."""
    drawn: frozenset[str] = frozenset()
    spared: dict[str, None] = {}
    for section in flow.sections:
        room = yield from _section_in_flow(section, view)
        drawn |= room.drawn
        spared |= dict.fromkeys(room.spared)
    return Room(drawn, [*spared])


def _section_in_flow(section: tell.Section, view: View) -> Generator[str, None, Room]:
    place, table = _table_in(section.items)
    rows = table.rows
    if not isinstance(rows, Bulk):
        box = _section_box(section, view)
        layout = laid_out([box], view)
        yield render(framed([box], layout, view), view)
        return _room([box], layout)
    above, below = section.items[:place], section.items[place + 1 :]
    told = [*rows.telling()]
    # of what stands below, each drawing but the first is no wider than that
    wide = [next((each for each in below if isinstance(each, tell.Tiles)), None)]
    narrow = [each for each in below if not isinstance(each, tell.Tiles)]
    items = [*above, table._replace(rows=told), *narrow, *filter(None, wide)]
    box = _section_box(section._replace(items=items), view)
    layout = laid_out([box], view)

    def drawn(row: tell.Row) -> list[Text]:
        return drawn_rows(box._replace(rows=[_row(row, view)]), layout, view)

    head = [*box.above, *heading(box, layout, view)]
    if max(row.cells[0].cell_len for row in box.rows) <= layout.widths[0]:
        lines = bulk_lines(rows, box, layout, view, lambda place: drawn(rows[place])[0])
    else:  # names stand above their numbers
        lines = (filled(drawn(row), layout, view) for row in rows)
    yield from flowing(box._replace(above=head), lines, _drawn(below, view.inside), layout, view)
    return _room([box], layout)


def _room(boxes: Sequence[Box], layout: Layout) -> Room:
    columns = [column for box in boxes for column in box.columns]
    drawn = {column.title for column in columns if column.spare < layout.spared}
    spared = [each.title for each in columns if each.spare >= layout.spared and not each.below]
    return Room(frozenset(drawn | ({tell.BARS} if layout.bar else set())), [*dict.fromkeys(spared)])


def _rooms(sections: Sequence[tell.Section], view: View) -> Room:
    """Return what tables found room for that were laid out each by itself."""
    if view.width is None:  # all that they have
        tables = [each for one in sections for each in one.items if isinstance(each, tell.Table)]
        titles = {column.title for table in tables for column in table.columns}
        bars = any(row.bar for table in tables for row in table.rows)
        return Room(frozenset(titles | ({tell.BARS} if bars else set())), [])
    boxes = [_section_box(each, view) for each in sections]
    rooms = [_room([box], laid_out([box], view)) for box in boxes if box.columns]
    drawn = frozenset().union(*(each.drawn for each in rooms))
    return Room(drawn, [title for each in rooms for title in each.spared])


# ---- words ----


def _is_drawn(words: tell.Words, room: Room, view: View) -> bool:
    if words.only_with == tell.SIGNS:
        return view.colours is None
    return bool(words.seen) and (not words.only_with or words.only_with in room.drawn)


def _line(line: tell.Line, view: View) -> Text:
    texts = [_words(each, view) for each in line.words]
    if line.gap is not None:
        return joined(texts, line.gap, view)
    if len(texts) == 1 and not line.emphasis:
        return texts[0]
    return Text(style=_STYLES[line.emphasis]).join(texts)


def _words(words: tell.Words, view: View) -> Text:
    plain = view.plain(words.seen)
    return Text(plain.replace(" ", _WHOLE) if words.whole else plain, _STYLES[words.emphasis])


def _title(section: tell.Section, view: View) -> Text:
    title = view.text(section.name, "bold not dim")
    if section.about:
        title.append(view.plain(f" · {section.about}"), "not bold not dim")
    return title


# ---- tables ----


def _frame(section: tell.Section, view: View) -> Panel:
    content = [*_drawn(section.items, view.inside)]
    panel = frame(_title(section, view), content, view, section.note)
    panel.width = view.width if section.wide else None
    return panel


def _section_box(section: tell.Section, view: View) -> Box:
    return _box(_title(section, view), section.items, section.note, view, view)


def _box(title: Text, items: Sequence[tell.Item], note: str, view: View, outside: View) -> Box:
    """Make a box of what stands above a table, the table, and what stands below it."""
    place, table = _table_in(items)
    above, below = items[:place], items[place + 1 :]
    if (outside.width or ANY_WIDTH - 1) < table.brief and view.precision == View().precision:
        view = view._replace(precision=view.precision - 1)
    return Box(
        title,
        table.columns,
        [_row(row, view) for row in table.rows],
        [*_drawn(above, view.inside)],
        [*_drawn(below, view.inside)],
        note,
        table.bars,
        [*_drawn(table.explained, outside.inside)],
    )


def _table_in(items: Sequence[tell.Item]) -> tuple[int, tell.Table]:
    """Return the place of the table among some items, behind them without one, and the table."""
    for place, item in enumerate(items):
        if isinstance(item, tell.Table):
            return place, item
    return len(items), tell.Table((), ())


def _row(row: tell.Row, view: View) -> DrawnRow:
    cells = [_cell(cell, view) for cell in row.cells]
    if row.mark:
        cells[0].append(view.plain(row.mark), QUIET)
    return DrawnRow(cells, row.bar, _STYLES[row.emphasis])


def _cell(cell: tell.Cell, view: View) -> Text:
    match cell:
        case str():
            return view.text(cell)
        case tell.Words():
            text = view.text(cell.seen)
            text.stylize(_STYLES[cell.emphasis])  # which stays where the row has a style, too
            return text
        case tell.Number():
            return Text(number(cell.value, view, cell.signed))
        case tell.Percent():
            return Text(percent(cell.share, view))
        case tell.Line() | tell.Stack() | tell.Bar():  # pragma: no cover  (the report's fault)
            raise TypeError(f"{cell} stands in a column that breaks")


def _columns(table: tell.Table, view: View) -> Grid:
    """Draw a table of columns in which text breaks, or is cut where there is no room for it."""
    drawn = Grid(
        box=None,
        show_header=any(column.title for column in table.columns),
        header_style=QUIET,
        padding=(0, table.gap, 0, 0),
        pad_edge=False,
    )
    for column in table.columns:
        side: JustifyMethod = "right" if column.right else "left"
        whole = not column.short
        drawn.add_column(view.text(column.title), justify=side, overflow="fold", no_wrap=whole)
    for row in table.rows:
        cells = zip(row.cells, table.columns, strict=False)
        drawn.add_row(*(_in_column(cell, column, view) for cell, column in cells))
    return drawn


def _in_column(cell: tell.Cell, column: tell.Column, view: View) -> RenderableType:
    match cell:
        case tell.Line() | tell.Stack():
            lines = _drawn(cell.items if isinstance(cell, tell.Stack) else [cell], view)
            return Text("\n").join(line for line in lines if isinstance(line, Text))
        case tell.Bar():
            return draw_bar(cell, column.least, view)
    text = _words(cell, view) if isinstance(cell, tell.Words) else _cell(cell, view)
    if isinstance(cell, tell.Words) and cell.hang and column.short == "breaks":
        return Hanging(text, cell.rails, view.plain(cell.hang))
    if column.short == "cut":
        text.no_wrap, text.overflow = True, "ellipsis"
    return text


# ---- pictures, and what stands side by side ----


def _picture(item: tell.Picture | tell.HeatMap, view: View) -> Text:
    outside = without_frame(view if item.across is None else view._replace(width=item.across))
    if isinstance(item, tell.Picture):
        return picture(item.values, outside, item.beside, item.names)
    return heat_map(item.values, outside, item.top, item.line_by_line)


def _meter(item: tell.Meter, view: View) -> Text:
    width = min(view.width or item.most, item.most)
    full, empty = ("=", "-") if view.ascii_only else ("━", "─")
    done = round(width * item.share)
    return Text.assemble((full * done, POSITIVE), (empty * (width - done), QUIET))


def _legend(item: tell.Legend, view: View) -> Text:
    if isinstance(item.of, tell.Picture):
        return picture_legend(item.of.beside, view)
    return heat_legend(item.what, item.of.top, view)


def _side(item: tell.Side, view: View) -> Iterator[RenderableType]:
    drawn = [Group(*_drawn([each], view)) for each in item.items]
    row = Grid.grid(padding=(0, item.gap, 0, 0))
    row.add_row(*drawn)
    if fits(row, view):
        yield row
        return
    for place, each in enumerate(drawn):
        if place:
            yield Text("")
        yield each


def _tiles(item: tell.Tiles, view: View) -> Iterator[RenderableType]:
    """Draw tiles in columns as wide as the pictures, and as a number below them."""
    pictures = [
        _picture(each, view).split()[0].cell_len
        for tile in item.tiles
        for each in tile.items
        if isinstance(each, tell.Picture | tell.HeatMap)
    ]
    width = max([view.number_width + 1, *pictures])
    count = len(item.tiles)
    fitting = count if view.width is None else max(1, (view.width + GAP) // (width + GAP))
    for start in range(0, count, fitting):
        some = item.tiles[start : start + fitting]
        if view.colours is None:  # without styles, many of them are drawn several times as fast
            yield from [Text("")] * (start > 0)
            yield _tiles_in_text(some, width, view)
            continue
        grid = Grid.grid(padding=(0, GAP, 0, 0))
        for _ in some:
            grid.add_column(width=width)
        grid.add_row(*(Group(*_drawn(tile.items, view)) for tile in some))
        yield from [Text("")] * (start > 0)
        yield grid


def _tiles_in_text(tiles: Sequence[tell.Stack], width: int, view: View) -> Text:
    """Draw tiles beside each other, in columns of so much room that all lines fit."""
    columns = []
    for tile in tiles:
        parts = [part for part in _drawn(tile.items, view) if isinstance(part, Text)]
        lines = [line for part in parts for line in part.plain.split("\n")]
        columns.append([line + " " * (width - cell_len(line)) for line in lines])
    rows = zip_longest(*columns, fillvalue=" " * width)
    return Text("\n".join(map((" " * GAP).join, rows)))
