"""What is said about an answer: words only, however they are shown."""

from __future__ import annotations

from typing import NamedTuple

from nntrace.teach.grading import Graded
from nntrace.teach.question import LETTERS, Question


class Reason(NamedTuple):
    """An option by its letter (none where the options were not shown), and why it is what it is."""

    letter: str
    text: str
    why: str


class Feedback(NamedTuple):
    """The verdict in a few words, the reason for what was chosen, and those for the others.

    `chosen` is None where no option was, `right` where the chosen one is it.
    """

    verdict: str
    chosen: Reason | None
    right: Reason | None
    others: tuple[Reason, ...]


def feedback(graded: Graded) -> Feedback:
    """Say what there is to say about one answer."""
    question, chosen = graded.question, graded.option
    reasons = [_reason(question, index) for index in range(len(question.options))]
    others = [
        reason for index, reason in enumerate(reasons) if index not in (chosen, question.right)
    ]
    return Feedback(
        _verdict(graded),
        reasons[chosen] if chosen is not None else None,
        reasons[question.right] if chosen != question.right else None,
        tuple(others),
    )


def _verdict(graded: Graded) -> str:
    if graded.outcome == "right":
        return "Right."
    if graded.outcome == "unknown":
        return "No guess: here is how it goes."
    if graded.outcome == "unreadable":
        return f"Not read: it {graded.problem}."
    if graded.option is None:
        return "Not this number."
    return "Not quite."


def _reason(question: Question, index: int) -> Reason:
    option = question.options[index]
    return Reason("" if question.typed else LETTERS[index], option.text, option.why)
