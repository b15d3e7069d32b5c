"""A report for a screen reader: a line a fact, in sentences, without signs that say nothing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from nntrace.errors import plural
from nntrace.write.columns import Kind, named, numbers, percents
from nntrace.write.report import (
    Bar,
    Blank,
    Cell,
    Column,
    Indented,
    Item,
    Line,
    Number,
    Percent,
    Report,
    Row,
    Rows,
    Section,
    Sections,
    Side,
    Stack,
    Table,
    Tiles,
    Words,
)
from nntrace.write.view import View, percent_said, said

if TYPE_CHECKING:
    from nntrace.core.arrays import Array
    from nntrace.write.columns import Block, Shown
    from nntrace.write.columns import Column as Values

ABOUT = (Kind.ROW, Kind.TEXT)  # say which row a line is about; what the others say of it follows


def tell(report: Report) -> Iterator[str]:
    """Write a report as lines: rows as they come, and what stands between them."""
    view = report.view
    for place, item in enumerate(report.items):
        if isinstance(item, Rows):
            yield from _rows(item.shown, view) if item.heard else ()
        else:
            yield written(_item(item, place > 0, view), view)


def written(lines: Iterable[str], view: View) -> str:
    """Return lines as text, in the characters that the terminal has; none of them controls it."""
    return "".join(f"{view.plain(line)}\n" for line in lines)


def _items(items: Iterable[Item], view: View) -> Iterator[str]:
    """Say one item after the other."""
    for place, item in enumerate(items):
        yield from _item(item, place > 0, view)


def _item(item: Item, follows: bool, view: View) -> Iterator[str]:
    """Say an item; a section that follows something begins after an empty line."""
    match item:
        case Line():
            words = [each.spoken for each in item.words if each.spoken]
            yield from words if item.gap is not None else filter(None, ["".join(words)])
        case Blank():
            if item.heard:
                yield ""
        case Table():
            for row in item.rows:
                yield from _row(row, item, view)
        case Section():
            yield from [""] * follows
            yield from item.heard
            yield from _items(item.items, view)
        case Sections():
            for index, section in enumerate(item.sections):
                yield from _item(section, follows or index > 0, view)
        case Side() | Stack() | Indented():
            yield from _items(item.items, view)
        case Tiles():
            yield from _items(item.tiles, view)


def _row(row: Row, table: Table, view: View) -> Iterator[str]:
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
        facts = [*(fact for _, fact in others), row.heard_too]
        told = table.joint.join(filter(None, facts))
        yield f"{name}: {told}" if told else name


def _fact(cell: Cell, column: Column, view: View) -> str:
    if not column.heard:
        return ""
    words = _cell(cell, view)
    return column.heard.format(words) if words else ""


def _cell(cell: Cell, view: View) -> str:
    match cell:
        case str():
            return cell
        case Line() | Stack():
            return " ".join(_item(cell, False, view))
        case Bar():
            return ""
        case Words():
            return cell.spoken
        case Number():
            return said(cell.value, view, cell.signed)
        case Percent():
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
