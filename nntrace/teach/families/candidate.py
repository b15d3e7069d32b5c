"""Putting a question together: its form, its wrong options, and that all are kept apart."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from math import isfinite
from typing import NamedTuple

from nntrace.core.names import Neuron, name_of
from nntrace.teach.families.case import Case, Fact
from nntrace.teach.families.numbers import LARGEST, Unfit, finished, has_backquote
from nntrace.teach.grading import apart, to_three
from nntrace.teach.question import Option, Question

WRONG = 3  # options beside the right one, where there are so many
FEWEST_WRONG = 2


class Candidate(NamedTuple):
    """A question without its name, the fact that it asks for, and those that it shows."""

    question: Question
    asks: Fact
    shows: frozenset[Fact]

    def like(self, other: Candidate) -> bool:
        """Whether one of the two shows, or asks, what the other asks, or they read the same."""
        if self.asks == other.asks or self.asks in other.shows or other.asks in self.shows:
            return True
        mine, others = self.question, other.question
        return mine.asks == others.asks and mine.content == others.content

    def further(self, rows: int) -> Candidate:
        """Return it where so many rows come before those that it counts."""
        if not rows:
            return self
        return self._replace(
            asks=self.asks.further(rows), shows=frozenset(each.further(rows) for each in self.shows)
        )

    def worked_with(self, source: str, value: float) -> Candidate:
        """Return it with what its worked answer sets by hand."""
        return self._replace(question=self.question._replace(settings=((source, value),)))


class Answer(NamedTuple):
    """A number that is right, or that a mistake gives, and why."""

    value: float
    why: str


def number_question(
    case: Case,
    stem: str,
    right: Answer,
    wrong: Iterable[Answer],
    idea: str,
    formula: str,
    filled: str,
    asks: Fact,
    *,
    shows: Iterable[Fact] = (),
    whole: bool = False,
    only_options: bool = False,
    may_show: bool = False,
    calculator: str = "",
) -> Candidate:
    """Ask for a number, typed or among options; `stem` lacks the end of its last sentence.

    The hints are the `idea`, the `formula`, and the numbers `filled` in. What takes more than
    adding and multiplying a few figures is said to be for a `calculator`.

    Unfit where the right one is out of reach, or stands in the stem by itself (unless it may),
    where too few mistakes give another number, or where one gives nearly the right one.
    """
    if not _usable(right.value) or (not may_show and _stands_in(stem, right.value)):
        raise Unfit
    kept = [right]
    for mistake in wrong:
        if not _usable(mistake.value) or _same(mistake.value, right.value):
            continue
        if not apart([right.value, mistake.value]):
            raise Unfit
        if apart([*(answer.value for answer in kept), mistake.value]):
            kept.append(mistake)
    few = len(kept) - 1 < FEWEST_WRONG
    if len(kept) == 1 or (few and only_options):
        raise Unfit
    typed = not only_options and (few or case.draw.below(2) == 0)
    if not typed:
        kept = case.draw.shuffled([right, *case.draw.shuffled(kept[1:])[:WRONG]])
    end = ", to three decimals?" if typed and not whole else "?"
    options = [
        Option(str(round(value)) if whole else to_three(value), why, float(value))
        for value, why in kept
    ]
    stem = _with_calculator(stem, calculator)
    question = Question("", stem + end, tuple(options), kept.index(right), (idea, formula, filled))
    return _candidate(case, question._replace(typed=typed), asks, shows)


def word_question(
    case: Case,
    stem: str,
    right: Option,
    wrong: Sequence[Option],
    idea: str,
    formula: str,
    filled: str,
    asks: Fact,
    *,
    shows: Iterable[Fact] = (),
    calculator: str = "",
) -> Candidate:
    """Ask for one of some options; of those with the same text the first counts."""
    stem = _with_calculator(stem, calculator)
    kept: dict[str, Option] = {}
    for option in wrong:
        if option.text != right.text:
            kept.setdefault(option.text, option)
    if len(kept) < FEWEST_WRONG:
        raise Unfit
    options = case.draw.shuffled([right, *list(kept.values())[:WRONG]])
    question = Question("", stem, tuple(options), options.index(right), (idea, formula, filled))
    return _candidate(case, question, asks, shows)


def _candidate(case: Case, draft: Question, asks: Fact, shows: Iterable[Fact]) -> Candidate:
    """Finish the texts of a question; where it asks about one neuron, that is its own."""
    texts = [draft.asks, *draft.hints, *(text for each in draft.options for text in each[:2])]
    marked = not has_backquote(texts)
    question = draft._replace(
        asks=finished(draft.asks, marked),
        options=tuple(
            Option(finished(text, marked), finished(why, marked), value)
            for text, why, value in draft.options
        ),
        hints=tuple(finished(hint, marked) for hint in draft.hints),
    )
    if asks.index >= 0:
        own = name_of(case.trace.network, Neuron(asks.layer, asks.index))
        question = question._replace(neuron=own)
    return Candidate(question, asks, frozenset(shows))


def _with_calculator(stem: str, asked: str) -> str:
    """Say in a stem, before its last line, what a calculator may be asked for."""
    if not asked:
        return stem
    before, _, last = stem.rpartition("\n")
    return f"{before} A calculator helps with {asked}.\n{last}"


def _stands_in(stem: str, value: float) -> bool:
    """Whether a number stands by itself, as code, in a text."""
    numbers = re.findall(r"`(-?[0-9]+(?:[.][0-9]+)?(?:e[-+][0-9]+)?)`", stem)
    return any(to_three(float(number)) == to_three(value) for number in numbers)


def _usable(value: float) -> bool:
    return isfinite(value) and abs(value) < LARGEST


def _same(value: float, other: float) -> bool:
    """Whether two ways to compute a number make no difference, but for rounding."""
    return abs(value - other) <= 1e-5 * max(1.0, abs(other))
