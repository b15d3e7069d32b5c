"""All answers of a quiz: how many are right, and what to read again."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from nntrace.errors import listed, plural
from nntrace.teach.grading import Graded, grade
from nntrace.teach.question import Question, where_taught


class Score(NamedTuple):
    """All answers of a quiz; `total` counts the questions that were not reached, too.

    An answer is the first that was given; `recovered` counts the wrong ones that a second try set
    right, which earns no point.
    """

    answers: tuple[Graded, ...]
    total: int
    recovered: int = 0

    def count(self, outcome: str) -> int:
        """How many answers came out so."""
        return sum(graded.outcome == outcome for graded in self.answers)

    @property
    def right(self) -> int:
        """How many are right."""
        return self.count("right")

    @property
    def wrong(self) -> int:
        """How many are wrong, unreadable ones among them."""
        return self.count("wrong") + self.count("unreadable")

    @property
    def unknown(self) -> int:
        """How many are an "I don't know", or no answer."""
        return self.count("unknown")

    @property
    def share(self) -> float:
        """The right ones as a share of all questions, 0 to 1."""
        return self.right / self.total if self.total else 0.0

    def passes(self, mark: float) -> bool:
        """Whether the share of right answers reaches a mark, 0 to 1; 8 of 10 reach 0.8."""
        return self.right >= mark * self.total - 1e-9

    @property
    def missed(self) -> list[Question]:
        """The questions that were answered otherwise than right, in order."""
        return [graded.question for graded in self.answers if graded.outcome != "right"]

    @property
    def steps(self) -> dict[str, list[int]]:
        """Where to read again, as `where_taught` says it, each with the questions, from 1."""
        steps: dict[str, list[int]] = {}
        for number, graded in enumerate(self.answers, start=1):
            taught = where_taught(graded.question)
            if graded.outcome != "right" and taught:
                steps.setdefault(taught, []).append(number)
        return steps


def grade_all(questions: Sequence[Question], answers: Sequence[str]) -> Score:
    """Grade an answer to each question; one that is empty counts as not known."""
    graded = [grade(question, given) for question, given in zip(questions, answers, strict=True)]
    return Score(tuple(graded), len(graded))


def summary(score: Score) -> str:
    """Say the score in one line: `11 of 15 right, 73 %; 3 wrong, 1 not known`.

    Of a quiz that was left early, how many of those that were answered are right, and no share.
    """
    left = score.total - len(score.answers)
    if not score.answers:
        return f"{plural(score.total, 'question')}, none answered yet"
    if left:
        clauses = [f"{score.right} of {len(score.answers)} answered right"]
    else:
        clauses = [f"{score.right} of {score.total} right, {_percent(score)} %"]
    later = f"{score.wrong} wrong"
    if score.recovered:
        later += f" ({score.recovered} right at the second try)"
    counts = {later: score.wrong, f"{score.unknown} not known": score.unknown}
    counts[f"{left} still to come"] = left
    rest = [told for told, count in counts.items() if count]
    return "; ".join([*clauses, ", ".join(rest)] if rest else clauses)


def _percent(score: Score) -> int:
    percent = round(100 * score.share)
    return percent if score.right == score.total else min(percent, 99)


def numbered(numbers: Sequence[int]) -> str:
    """Say which questions: `question 3`, `questions 3 and 5`, `questions 3, 5 and 8`."""
    word = plural(len(numbers), "question").split(" ", 1)[1]
    return f"{word} {listed(numbers)}"
