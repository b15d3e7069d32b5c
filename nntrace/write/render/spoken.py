"""A report for a screen reader: a line a fact, in sentences, without signs that say nothing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

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
    Section,
    Sections,
    Side,
    Stack,
    Table,
    Tiles,
    Words,
)
from nntrace.write.view import View, percent_said, said


def tell(report: Report) -> str:
    """Write a report as lines, in the characters that the terminal has; none controls it."""
    view = report.view
    return "".join(f"{view.plain(line)}\n" for line in _lines(report.items, view))


def _lines(items: Iterable[Item], view: View) -> Iterator[str]:
    """Say one item after the other; a section begins after an empty line."""
    for place, item in enumerate(items):
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
                yield from [""] * (place > 0)
                yield from item.heard
                yield from _lines(item.items, view)
            case Sections():
                for index, section in enumerate(item.sections):
                    yield from [""] * (place + index > 0)
                    yield from _lines([section], view)
            case Side() | Stack() | Indented():
                yield from _lines(item.items, view)
            case Tiles():
                yield from _lines(item.tiles, view)


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
            return " ".join(_lines([cell], view))
        case Bar():
            return ""
        case Words():
            return cell.spoken
        case Number():
            return said(cell.value, view, cell.signed)
        case Percent():
            return percent_said(cell.share, view)
