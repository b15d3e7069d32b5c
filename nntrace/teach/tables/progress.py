"""How somebody stands with the questions of the quiz."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from nntrace.teach.progress import Line, Outcome, totals, waiting
from nntrace.write.render.look import QUIET, STRONG, View, grid, render

NARROWEST, WIDEST = 64, 100
MARKS: dict[Outcome, str] = {"right": "✓ right", "wrong": "✗ wrong", "unknown": "? not known"}
PLAIN: dict[Outcome, str] = {"right": "right", "wrong": "wrong", "unknown": "not known"}
HEADINGS = ("asked", "right", "last answer", "due")  # and then the question
GAP = 2  # columns between columns


def progress_table(lines: Sequence[Line], view: View) -> str:
    """Draw a line a question: how often it was asked and right, the last answer, when it is due.

    The question stands last, by its id and as many of its words as there is room for; of one in no
    bank that is known here, the id is all there is.
    """
    view = view.between(NARROWEST, WIDEST)
    parts: list[RenderableType] = [_table(lines, view), Text("")] if lines else []
    parts.append(view.text(", ".join(totals(lines)), STRONG))
    return render(parts, view)


def _table(lines: Sequence[Line], view: View) -> Table:
    facts = [_facts(line, view) for line in lines]
    table = grid(view)
    room = view.width or 0
    for index, heading in enumerate(HEADINGS):
        table.add_column(heading, justify="right" if index < 2 else "left", no_wrap=True)
        room -= GAP + max(len(heading), *(row[index].cell_len for row in facts))
    table.add_column("question", no_wrap=True)
    for line, row in zip(lines, facts, strict=True):
        name = view.text(_name(line), "" if line.standing else QUIET)
        if view.width is not None:
            name.truncate(room, overflow="ellipsis")
        table.add_row(*row, name)
    return table


def _facts(line: Line, view: View) -> list[Text]:
    """Return what stands before a question, a text a column."""
    if line.standing is None or line.wait is None:
        return [Text("0", QUIET), Text(""), Text("not asked yet", QUIET), Text("")]
    standing = line.standing
    marks = PLAIN if view.ascii_only else MARKS  # ASCII has no mark for wrong but a word
    return [
        Text(str(standing.answered)),
        Text(str(standing.right)),
        view.text(marks[standing.outcome], "" if standing.outcome == "right" else STRONG),
        view.text(waiting(line.wait), STRONG if line.due else ""),
    ]


def _name(line: Line) -> str:
    """Return a question's id, and its words on one line."""
    return line.id if line.asks is None else f"{line.id}: {' '.join(line.asks.split())}"
