"""Asking on a terminal: one question at a time, with hints, feedback and a second try."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from nntrace.cli.environment import Environment
from nntrace.cli.quizscreen import Screen
from nntrace.lesson.grading import Graded, grade, takes
from nntrace.lesson.question import LETTERS, Question
from nntrace.lesson.score import Score

Answered = Callable[[Graded, int], None]  # told of each answer, and how many hints it took


class _Stopped(Exception):
    """The reader wants no more."""


def ask_all(
    questions: Sequence[Question],
    seed: int,
    environment: Environment,
    screen: Screen,
    answered: Answered,
) -> Score:
    """Ask questions until all are answered or the reader stops, then those missed, if wanted.

    Returns the score of the first round.
    """
    score = _round(questions, environment, screen, answered)
    again = score
    while again.missed and len(again.answers) == again.total and _wants(again, environment):
        seed += 1
        missed = [question.shuffled(seed) for question in again.missed]
        again = _round(missed, environment, screen, answered)
    return score


def _round(
    questions: Sequence[Question], environment: Environment, screen: Screen, answered: Answered
) -> Score:
    answers: list[Graded] = []
    count = len(questions)
    try:
        for number, question in enumerate(questions, start=1):
            _show(environment, screen.question(question, number, count))
            graded, hints = _answer(question, environment, screen)
            answers.append(graded)
            answered(graded, hints)
            _show(environment, screen.feedback(graded))
            if number < count and _ask(environment, "Enter goes on, q stops: ") == "q":
                break
    except _Stopped:
        pass
    score = Score(tuple(answers), count)
    _show(environment, screen.score(score))
    return score


def _answer(question: Question, environment: Environment, screen: Screen) -> tuple[Graded, int]:
    """Ask until the answer can be read; return it, and how many hints were given."""
    hints = 0
    while True:
        said = _ask(environment, _prompt(question, hints))
        if said.lower() == "q":
            raise _Stopped
        if said.lower() == "h":
            if hints < len(question.hints):
                _show(environment, screen.hint(question, hints))
                hints += 1
            else:
                environment.tell("  No more hints. ? says that you don't know, which is fine.\n")
            continue
        if not said:
            environment.tell(f"  It takes {takes(question)}.\n")
            continue
        graded = grade(question, said)
        if graded.outcome != "unreadable":
            return graded, hints
        environment.tell(f"  It {graded.problem}.\n")


def _prompt(question: Question, hints: int) -> str:
    last = LETTERS[len(question.options) - 1]
    what = "a number" if question.typed else f"a to {last}"
    more = ", h hint" if hints < len(question.hints) else ""
    return f"{what}{more}, ? I don't know, q stop: "


def _wants(score: Score, environment: Environment) -> bool:
    count = len(score.missed)
    missed = "the one that you missed" if count == 1 else f"the {count} that you missed"
    try:
        said = _ask(environment, f"Once more, {missed}? Enter for yes, q stops: ")
    except _Stopped:
        return False
    return said.lower() in ("", "y", "yes")


def _ask(environment: Environment, prompt: str) -> str:
    """Ask for a line; the end of the input is a wish to stop."""
    said = environment.ask(prompt)
    if said is None:
        raise _Stopped
    return said.strip()


def _show(environment: Environment, text: str) -> None:
    environment.write(environment.encode(text))
