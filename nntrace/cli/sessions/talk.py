"""A talk on a terminal: what is shown, what is asked, and answers to questions with their hints."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, ClassVar

from nntrace.cli.environment import Environment
from nntrace.teach.grading import Graded, grade, takes
from nntrace.teach.question import LETTERS, Question
from nntrace.write import render

if TYPE_CHECKING:
    from nntrace.write.report import Report
    from nntrace.write.view import View

DIM, NORMAL = "\x1b[2m", "\x1b[0m"


class Stopped(Exception):
    """The reader wants no more."""


def text_of(*told: Report | str) -> str:
    """Return reports and texts as one text."""
    return "".join(each if isinstance(each, str) else render.text(each) for each in told)


class Talk:
    """A sitting: for which view, and how many lines of the screen have been used."""

    dims: ClassVar[bool] = False  # whether what is asked stands back where there are colours
    needs_answer: ClassVar[bool] = True  # where Enter alone is none
    indent: ClassVar[str] = ""  # of what is said about something that was typed
    number: ClassVar[str] = "a number"
    instead: ClassVar[str] = "? I don't know · q stop"  # what may be typed instead of an answer
    gives_up: ClassVar[str] = "? says that you don't know"

    def __init__(self, environment: Environment, view: View) -> None:
        self.environment = environment
        self.view = view
        self.used = 0

    def answer(
        self,
        question: Question,
        hint: Callable[[Question, int, View], Report],
        view: View,
        hints: int = 0,
    ) -> tuple[Graded, int]:
        """Ask until the answer can be read; return it, and how many hints were given.

        `hints` were given before.
        """
        what = self.number if question.typed else f"a to {LETTERS[len(question.options) - 1]}"
        while True:
            more = " · h hint" if hints < len(question.hints) else ""
            said = self.ask(f"{what}{more} · {self.instead}: ")
            if said.lower() == "h":
                if more:
                    self.show(hint(question, hints, view))
                    hints += 1
                else:
                    self.tell(f"No more hints. {self.gives_up}, which is fine.")
                continue
            graded = grade(question, said)
            if graded.outcome != "unreadable" and (said or not self.needs_answer):
                return graded, hints
            self.wish(said)
            self.tell(f"It takes {takes(question)}.")

    def wish(self, said: str) -> None:
        """Do what else the reader may want, if that is what was said."""

    def ask(self, prompt: str) -> str:
        """Ask for a line; `q` and the end of the input are a wish to stop."""
        *above, last = prompt.split("\n")
        for line in above:
            self.tell(line)
        shown = self.view.plain(last.replace(" ·", ",") if self.view.accessible else last)
        if self.dims and self.view.colours and self.environment.stderr.isatty():
            self.environment.tell(f"{DIM}{shown}{NORMAL}")
            shown = ""
        said = self.environment.ask(shown)
        if said is None or said.strip().lower() == "q":
            raise Stopped
        self.used += 1
        return said.strip()

    def tell(self, words: str) -> None:
        """Say something about what was typed."""
        self.used += 1
        self.environment.tell(self.view.plain(self.indent + words) + "\n")

    def show(self, *told: Report | str) -> None:
        """Show reports and texts."""
        text = text_of(*told)
        self.used += text.count("\n")
        self.environment.write(self.environment.encode(text))

    @property
    def rows(self) -> int | None:
        """The lines of the terminal, None where that is not known."""
        return self.environment.height(self.environment.stdout)
