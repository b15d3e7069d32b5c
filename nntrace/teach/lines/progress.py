"""How somebody stands with the questions of the quiz, as lines."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from nntrace.teach.progress import Line, Outcome, totals, waiting
from nntrace.write.render.spoken import written

if TYPE_CHECKING:
    from nntrace.write.view import View

LAST: dict[Outcome, str] = {"right": "right", "wrong": "wrong", "unknown": "not known"}


def progress_text(lines: Sequence[Line], view: View) -> str:
    """Write a few lines a question, and what all of them come to first."""
    said = [f"Progress: {', '.join(totals(lines))}"]
    for line in lines:
        said += ["", *_question(line)]
    return written(said, view)


def _question(line: Line) -> list[str]:
    said = [f"Question: {line.id}"]
    if line.asks is not None:
        said.append(f"Asks: {' '.join(line.asks.split())}")
    if line.standing is None or line.wait is None:
        return [*said, "Asked: not yet"]
    standing = line.standing
    return [
        *said,
        f"Asked: {_times(standing.answered)}",
        f"Right: {_times(standing.right)}",
        f"Last answer: {LAST[standing.outcome]}",
        f"Due: {waiting(line.wait)}",
    ]


def _times(count: int) -> str:
    return {0: "never", 1: "once"}.get(count, f"{count} times")
