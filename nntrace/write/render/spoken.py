"""A report for a screen reader: a line a fact, in sentences, without signs that say nothing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice

from nntrace.core.arrays import Array
from nntrace.errors import plural
from nntrace.write import report as tell
from nntrace.write.columns import Block, Kind, Shown, named, numbers, percents
from nntrace.write.columns import Column as Values
from nntrace.write.listed import Bulk
from nntrace.write.view import View, percent_said, said

ABOUT = (Kind.ROW, Kind.TEXT)  # say which row a line is about; what the others say of it follows


def say(report: tell.Report) -> Iterator[str]:
    """Write a report as lines: rows as they come, and what stands between them."""
    view = report.view
    for place, item in enumerate(report.items):
        if isinstance(item, tell.Rows):
            yield from _rows(item.shown, view) if item.heard else ()
        else:
            for lines in batched(_item(item, place > 0, view)):
                yield written(lines, view)


def batched(lines: Iterable[str]) -> Iterator[list[str]]:
    """Give lines by the thousand."""
    source = iter(lines)
    while some := list(islice(source, 1000)):
        yield some


def written(lines: Iterable[str], view: View) -> str:
    """Return lines as text, in the characters that the terminal has; none of them controls it."""
    return "".join(f"{view.plain(line)}\n" for line in lines)


def _items(items: Iterable[tell.Item], view: View) -> Iterator[str]:
    """Say one item after the other."""
    for place, item in enumerate(items):
        yield from _item(item, place > 0, view)


def _item(item: tell.Item, follows: bool, view: View) -> Iterator[str]:
    """Say an item; a section that follows something begins after an empty line."""
    match item:
        case tell.Line():
            words = [each.spoken for each in item.words if each.spoken]
            yield from words if item.gap is not None else filter(None, ["".join(words)])
        case tell.Blank():
            if item.heard:
                yield ""
        case tell.Table(rows=Bulk() as rows):
            yield from _bulk(rows, item, view)
        case tell.Table():
            for row in item.rows:
                yield from _row(row, item, view)
        case tell.Section():
            yield from [""] * follows
            yield from item.heard
            yield from _items(item.items, view)
        case tell.Sections() | tell.Flow():
            for index, section in enumerate(item.sections):
                yield from _item(section, follows or index > 0, view)
        case tell.Side() | tell.Stack() | tell.Indented():
            yield from _items(item.items, view)
        case tell.Tiles():
            yield from _items(item.tiles, view)


def _bulk(rows: Bulk, table: tell.Table, view: View) -> Iterator[str]:
    """Say what `_row` says of each row; a piece at a time, as there may be any number."""
    columns = [*zip(table.columns[1:], rows.numbers, strict=True)]
    for piece in rows.pieces():
        part = slice(piece.start, piece.stop)
        facts = [
            [column.heard.format(text) for text in numbers(each.of[part], view, each.signed, said)]
            for column, each in columns
        ]
        others = rows.facts(piece)
        facts += [others] * any(others)
        names = rows.names(piece)[1]
        for name, *told in zip(names, *facts, strict=True):
            yield f"{name}: {table.joint.join(filter(None, told))}"


def _row(row: tell.Row, table: tell.Table, view: View) -> Iterator[str]:
    """Say a row: its name, and what stands in the columns that are said."""
    if row.heard is not None:
        yield from filter(None, [row.heard])
        return
    (_, name), *others = (
        (column, _fact(cell, column, view))
        for cell, column in zip(row.cells, table.columns, strict=False)
    )
    if name:
        others.sort(key=lambda each: not each[0].heard_first)
        facts = [*filter(None, [*(fact for _, fact in others), row.heard_too])]
        if table.joint == "\n":
            yield from [name, *facts]
        else:
            yield f"{name}: {table.joint.join(facts)}" if facts else name


def _fact(cell: tell.Cell, column: tell.Column, view: View) -> str:
    if not column.heard:
        return ""
    words = _cell(cell, view)
    return column.heard.format(words) if words else ""


def _cell(cell: tell.Cell, view: View) -> str:
    match cell:
        case str():
            return cell
        case tell.Line() | tell.Stack():
            return " ".join(_item(cell, False, view))
        case tell.Bar():
            return ""
        case tell.Words():
            return cell.spoken
        case tell.Number():
            return said(cell.value, view, cell.signed)
        case tell.Percent():
            return percent_said(cell.share, view)


# ---- rows, which come in columns ----


def _rows(shown: Shown, view: View) -> Iterator[str]:
    """Say rows, a line each, a piece at a time."""
    for place, block in enumerate(shown.first):
        if place and shown.left_out:
            yield f"{plural(shown.left_out, 'more row')}; --all lists them\n"
        yield _block(block, view)
    for block in shown.rest:
        yield _block(block, view)


def _block(block: Block, view: View) -> str:
    about = [_phrases(column, view) for column in block if column.kind in ABOUT]
    facts = [_phrases(column, view) for column in block if column.kind not in (*ABOUT, Kind.BAR)]
    return "".join(
        [
            f"{', '.join(filter(None, which))}: {', '.join(filter(None, what))}\n"
            for which, what in zip(zip(*about, strict=True), zip(*facts, strict=True), strict=True)
        ]
    )


def _phrases(column: Values, view: View) -> list[str]:
    """Say what each row has in a column; an empty text is not said."""
    values: Array = column.values  # type: ignore[assignment]  # where they are numbers
    name = view.plain(column.name)
    match column.kind:
        case Kind.ROW:
            return [f"Row {value}" for value in values.tolist()]
        case Kind.TEXT:
            return [f"{name} {text}" if text else "" for text in named(column, view)]
        case Kind.CLASS:
            nothing = "none, the output is not finite"
            return [f"{name} {text}" for text in named(column, view, nothing)]
        case Kind.SHARE:
            return percents(values, view, "%.2f percent\n", _percent)
        case _:
            signed = column.kind is Kind.NUMBER
            return [f"{name} {text}" for text in numbers(values, view, signed, said)]


def _percent(share: float, view: View) -> str:
    return percent_said(share, view) if share == share else ""
