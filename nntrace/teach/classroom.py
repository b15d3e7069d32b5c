"""The answers of a class: how each person did, which questions were hard, which mistakes common."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

from nntrace.teach.grading import Graded
from nntrace.teach.question import Option, Question
from nntrace.teach.score import Score


class Person(NamedTuple):
    """Somebody, the file their answers came from, the seed of their quiz, and how they did."""

    name: str
    source: str
    seed: int
    score: Score

    def answer_to(self, question: Question) -> Graded | None:
        """Return what came of their answer to a question; None where they were not asked it."""
        for graded in self.score.answers:
            if graded.question.id == question.id:
                return graded
        return None


class Tally(NamedTuple):
    """A question, and how often it was answered how; `number` counts from 1.

    Of the wrong ones some may be `unreadable`. `chosen` has each of its options with how many
    people chose it, or typed its number.
    """

    number: int
    question: Question
    asked: int
    right: int
    wrong: int
    unknown: int
    unreadable: int
    chosen: tuple[tuple[Option, int], ...]

    @property
    def share(self) -> float:
        """The right answers as a share of all, 0 to 1."""
        return self.right / self.asked

    @property
    def mistakes(self) -> list[tuple[Option, int]]:
        """The wrong options that were chosen, the most frequent first."""
        right = self.question.answer.text
        found = [(option, count) for option, count in self.chosen if count and option.text != right]
        return sorted(found, key=lambda each: -each[1])


class Class(NamedTuple):
    """People in the order of their papers, and the questions in the order in which they were asked.

    Papers of other seeds have the options in another order, and, where they are about a net, other
    questions.
    """

    people: tuple[Person, ...]
    tallies: tuple[Tally, ...]

    @classmethod
    def of(cls, people: Sequence[Person]) -> Class:
        """Count the answers of some people."""
        answers: dict[str, list[Graded]] = {}
        for person in people:
            for graded in person.score.answers:
                answers.setdefault(graded.question.id, []).append(graded)
        tallies = [_tally(number, each) for number, each in enumerate(answers.values(), start=1)]
        return cls(tuple(people), tuple(tallies))

    @property
    def hardest(self) -> list[Tally]:
        """The questions that somebody missed, those with the fewest right answers first."""
        missed = [each for each in self.tallies if each.right < each.asked]
        return sorted(missed, key=lambda each: each.share)

    @property
    def mean(self) -> float:
        """The mean share of right answers, 0 to 1; 0 without people."""
        shares = [person.score.share for person in self.people]
        return sum(shares) / len(shares) if shares else 0.0


def _tally(number: int, answers: Sequence[Graded]) -> Tally:
    """Count the answers to one question, of which there is one at least."""
    question = answers[0].question
    outcomes = Counter(each.outcome for each in answers)
    # options by their words, for each paper may have them in an order of its own
    chosen = Counter(
        each.question.options[each.option].text for each in answers if each.option is not None
    )
    return Tally(
        number,
        question,
        len(answers),
        outcomes["right"],
        outcomes["wrong"] + outcomes["unreadable"],
        outcomes["unknown"],
        outcomes["unreadable"],
        tuple((option, chosen[option.text]) for option in question.options),
    )
