"""How somebody stands with the questions of the quiz."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from nntrace.teach.progress import Line, Outcome, totals, waiting
from nntrace.teach.reports.prose import signed
from nntrace.write.report import (
    Blank,
    Cell,
    Column,
    Item,
    Report,
    Row,
    Seen,
    Table,
    Words,
    heard,
    line,
)
from nntrace.write.view import View

NARROWEST, WIDEST = 64, 100
OUTCOMES: dict[Outcome, str] = {"right": "right", "wrong": "wrong", "unknown": "not known"}


def progress_report(lines: Sequence[Line], view: View) -> Report:
    """Tell of each question how often it was asked and right, the last answer, when it is due.

    Seen, those of one bank or net come together below its name, and a question stands last on its
    line, by its id and as many of its words as there is room for. What all come to is seen at the
    end, and heard first.
    """
    total = ", ".join(totals(lines))
    columns = [Column("asked", True), Column("right", True), Column("last answer"), Column("due")]
    columns.append(Column("question", short="cut"))
    rows = []
    for of, group in groupby(lines, key=lambda each: each.of):
        name = Words(of or "of an earlier version", emphasis="strong")
        rows += [Row(["", "", "", "", name]), *(_row(each, view) for each in group)]
    end = line(total, emphasis="strong")
    items: list[Item] = [
        heard(f"Progress: {total}"),
        Seen([Table(columns, rows), Blank(), end] if lines else [end]),
    ]
    for each in lines:
        items += [Blank(seen=False), *map(heard, _facts(each))]
    return Report(items, view.between(NARROWEST, WIDEST))


def _row(line: Line, view: View) -> Row:
    words = line.id if line.asks is None else f"{line.id}: {' '.join(line.asks.split())}"
    standing = line.standing
    name = Words(words, emphasis="" if standing else "quiet")
    cells: list[Cell]
    if standing is None or line.wait is None:
        cells = [Words("0", emphasis="quiet"), "", Words("not asked yet", emphasis="quiet"), ""]
    else:
        outcome = signed(standing.outcome, OUTCOMES[standing.outcome], view)
        cells = [
            str(standing.answered),
            str(standing.right),
            Words(outcome, emphasis="" if standing.outcome == "right" else "strong"),
            Words(waiting(line.wait), emphasis="strong" if line.due else ""),
        ]
    return Row([*cells, name])


def _facts(line: Line) -> list[str]:
    facts = [f"Net: {line.of}" if line.family else f"Bank: {line.of}"] * bool(line.of)
    facts.append(f"Question: {line.id}")
    if line.asks is not None:
        facts.append(f"Asks: {' '.join(line.asks.split())}")
    if line.standing is None or line.wait is None:
        return [*facts, "Asked: not yet"]
    standing = line.standing
    return [
        *facts,
        f"Asked: {_times(standing.answered)}",
        f"Right: {_times(standing.right)}",
        f"Last answer: {OUTCOMES[standing.outcome]}",
        f"Due: {waiting(line.wait)}",
    ]


def _times(count: int) -> str:
    return {0: "never", 1: "once"}.get(count, f"{count} times")
