"""A line a row: columns as sentences."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from nntrace.errors import plural
from nntrace.write.columns import Kind, named, numbers, percents
from nntrace.write.lines.text import percent_said, said

if TYPE_CHECKING:
    from nntrace.core.arrays import Array
    from nntrace.write.columns import Block, Column, Shown
    from nntrace.write.view import View

ABOUT = (Kind.ROW, Kind.TEXT)  # say which row a line is about; what the others say of it follows


def rows_lines(shown: Shown, view: View) -> Iterator[str]:
    """Write rows, a piece at a time; nothing where there are none."""
    for place, block in enumerate(shown.first):
        if place and shown.left_out:
            yield f"{plural(shown.left_out, 'more row')}; --all lists them\n"
        yield _lines(block, view)
    for block in shown.rest:
        yield _lines(block, view)


def _lines(block: Block, view: View) -> str:
    about = [_phrases(column, view) for column in block if column.kind in ABOUT]
    facts = [_phrases(column, view) for column in block if column.kind not in (*ABOUT, Kind.BAR)]
    return "".join(
        [
            f"{', '.join(filter(None, which))}: {', '.join(filter(None, what))}\n"
            for which, what in zip(zip(*about, strict=True), zip(*facts, strict=True), strict=True)
        ]
    )


def _phrases(column: Column, view: View) -> list[str]:
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
