"""Asking on a terminal: one question at a time, with hints, feedback and a second try."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from nntrace.cli.environment import Environment
from nntrace.cli.sessions.screen import Screen
from nntrace.teach.grading import Graded, grade, takes
from nntrace.teach.question import LETTERS, Question
from nntrace.teach.score import Score

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
    talk = _Talk(environment, screen, answered)
    score, goes_on = talk.round(questions)
    again = score
    while again.missed and goes_on and talk.wants(len(again.missed)):
        seed += 1
        again, goes_on = talk.round([question.shuffled(seed) for question in again.missed])
    return score


class _Talk:
    """A sitting: what is shown, what is asked, and who is told of the answers."""

    def __init__(self, environment: Environment, screen: Screen, answered: Answered) -> None:
        self.environment = environment
        self.screen = screen
        self.answered = answered

    def round(self, questions: Sequence[Question]) -> tuple[Score, bool]:
        """Ask each question once; return the score, and whether the reader went to the end."""
        answers: list[Graded] = []
        goes_on = True
        try:
            for number, question in enumerate(questions, start=1):
                self.show(self.screen.question(question, number, len(questions)))
                graded, hints = self.answer(question)
                answers.append(graded)
                self.answered(graded, hints)
                self.show_in_pages(self.screen.feedback(graded))
                self.pause()
        except _Stopped:
            goes_on = False
        score = Score(tuple(answers), len(questions))
        self.show(self.screen.score(score))
        return score, goes_on

    def answer(self, question: Question) -> tuple[Graded, int]:
        """Ask until the answer can be read; return it, and how many hints were given."""
        hints = 0
        while True:
            said = self.ask(_prompt(question, hints))
            if said.lower() == "h" and hints < len(question.hints):
                self.show(self.screen.hint(question, hints))
                hints += 1
                continue
            graded = grade(question, said)
            if said.lower() == "h":
                self.tell("No more hints. ? says that you don't know, which is fine.")
            elif not said:
                self.tell(f"It takes {takes(question)}.")
            elif graded.outcome == "unreadable":
                self.tell(f"It {graded.problem}.")
            else:
                return graded, hints

    def wants(self, missed: int) -> bool:
        """Whether the reader wants to try again what was missed."""
        which = "the one" if missed == 1 else f"the {missed}"
        try:
            said = self.ask(f"Once more, {which} that you missed? Enter for yes · q stops: ")
        except _Stopped:
            return False
        return said.lower() in ("", "y", "yes")

    def pause(self) -> None:
        """Wait until the reader has read what there is."""
        self.ask("Enter goes on · q stops: ")

    def ask(self, prompt: str) -> str:
        """Ask for a line; `q` and the end of the input are a wish to stop."""
        said = self.environment.ask(self.screen.plain(prompt))
        if said is None or said.strip().lower() == "q":
            raise _Stopped
        return said.strip()

    def tell(self, words: str) -> None:
        """Say something about what was typed."""
        self.environment.tell(self.screen.plain(f"  {words}") + "\n")

    def show(self, text: str) -> None:
        """Show a text."""
        self.environment.write(self.environment.encode(text))

    def show_in_pages(self, text: str) -> None:
        """Show a text that may have more lines than the terminal, a screen at a time."""
        lines = text.splitlines(keepends=True)
        rows = self.environment.height(self.environment.stdout) or len(lines) + 2
        page = max(rows - 2, 5)  # what was typed stays in sight, and there is room to ask
        for start in range(0, len(lines), page):
            if start:
                self.pause()
            self.show("".join(lines[start : start + page]))


def _prompt(question: Question, hints: int) -> str:
    last = LETTERS[len(question.options) - 1]
    what = "a number" if question.typed else f"a to {last}"
    more = " · h hint" if hints < len(question.hints) else ""
    return f"{what}{more} · ? I don't know · q stop: "
