"""Reading an answer and judging it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise
from math import isfinite
from typing import Literal, NamedTuple

from nntrace.lesson.question import LETTERS, Question

Outcome = Literal["right", "wrong", "unknown", "unreadable"]


class Graded(NamedTuple):
    """What came of an answer.

    `unknown` is an honest "I don't know", or no answer at all; `unreadable` is neither a letter nor
    a number, as `problem` says. `option` is the one that was chosen, or whose value was typed; a
    typed number that no mistake explains has none.
    """

    question: Question
    given: str
    outcome: Outcome
    option: int | None = None
    problem: str = ""


def grade(question: Question, given: str) -> Graded:
    """Judge an answer: a letter, the text of an option, a number, `?` or nothing."""
    answer = given.strip()
    if answer in ("", "?"):
        return Graded(question, given, "unknown")
    chosen = None if question.typed else _by_name(question, answer)
    if chosen is None:
        value = to_number(answer)
        if value is not None:
            chosen = _by_value(question, value)
        if chosen is None and _THOUSANDS.fullmatch(answer):  # where no decimal comma was meant
            value = float(answer.replace(",", ""))
            chosen = _by_value(question, value)
        if chosen is None and (value is None or not question.typed):
            return Graded(question, given, "unreadable", problem=f"takes {takes(question)}")
    return Graded(question, given, "right" if chosen == question.right else "wrong", chosen)


def takes(question: Question) -> str:
    """Say what an answer to a question is."""
    if question.typed:
        return "a number such as 1.234, or ? for I don't know"
    return f"a letter from a to {LETTERS[len(question.options) - 1]}, or ? for I don't know"


def tolerance(right: float) -> float:
    """Return how far from the right number an answer may be: three decimals, or 1 in 1000."""
    return max(5e-4, 1e-3 * abs(right)) + 1e-9


def apart(values: Sequence[float]) -> bool:
    """Whether all numbers lie more than twice the tolerance from each other."""
    ordered = sorted(values)
    return all(isfinite(value) for value in ordered) and all(
        upper - lower > 2 * max(tolerance(lower), tolerance(upper))
        for lower, upper in pairwise(ordered)
    )


def _by_name(question: Question, answer: str) -> int | None:
    """Return the option that a letter means, as in `b`, `B)` or `(b)`, or that was written out."""
    letter = answer.strip("().").lower()
    if len(letter) == 1 and letter in LETTERS[: len(question.options)]:
        return LETTERS.index(letter)
    texts = [folded(option.text) for option in question.options]
    return texts.index(folded(answer)) if texts.count(folded(answer)) == 1 else None


def _by_value(question: Question, value: float) -> int | None:
    """Return the option whose value a number is, within the tolerance of that value."""
    for index, option in enumerate(question.options):
        if option.value is not None and abs(value - option.value) <= tolerance(option.value):
            return index
    return None


def folded(text: str) -> str:
    """Return an answer without what does not count: capitals, blanks, backquotes."""
    return " ".join(text.replace("`", "").split()).casefold()


_DECIMAL = re.compile(r"[-+]?([0-9]+([.,][0-9]*)?|[.,][0-9]+)(e[-+]?[0-9]{1,4})?", re.IGNORECASE)
_THOUSANDS = re.compile(r"[-+]?[0-9]{1,3}(,[0-9]{3}){1,6}")
_FRACTION = re.compile(r"(.+?)\s*/\s*(.+)")


def to_number(text: str) -> float | None:
    """Read a number as people write it: `1.5`, `1,5`, `3/2`, `+1.5e0`, `−1.5`, `12 %`, `= 1.5`.

    None where it is no finite number.
    """
    text = text.strip().removeprefix("=").strip().replace("\N{MINUS SIGN}", "-")
    if text.endswith("%"):
        share = to_number(text[:-1])
        return None if share is None else share / 100
    if fraction := _FRACTION.fullmatch(text):
        upper, lower = _decimal(fraction[1]), _decimal(fraction[2])
        if upper is None or not lower:
            return None
        value = upper / lower
    else:
        number = _decimal(text)
        if number is None:
            return None
        value = number
    return value if isfinite(value) else None


def _decimal(text: str) -> float | None:
    """Read a number with a decimal point or comma."""
    if len(text) > 400 or not _DECIMAL.fullmatch(text):
        return None
    return float(text.replace(",", "."))
