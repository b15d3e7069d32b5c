"""A talk on a terminal: what is shown, what is asked, and answers to questions with their hints."""

from __future__ import annotations

from collections.abc import Callable
from textwrap import wrap
from typing import TYPE_CHECKING, ClassVar

from nntrace.cli.environment import Environment
from nntrace.teach.grading import Graded, grade, takes
from nntrace.teach.question import Question
from nntrace.write import render

if TYPE_CHECKING:
    from nntrace.write.report import Report
    from nntrace.write.view import View


LEAST_WIDTH = 20  # columns of what is shown, however narrow the terminal is
_KEPT = "\N{NO-BREAK SPACE}"


class Stopped(Exception):
    """The reader wants no more."""


def text_of(*told: Report | str) -> str:
    """Return reports and texts as one text."""
    return "".join(each if isinstance(each, str) else render.text(each) for each in told)


def parted(text: str, view: View) -> str:
    """Part the labelled lines that a screen reader gets between words, as wide as the terminal.

    Elsewhere they are left long, but a terminal would break them anywhere, and count them as one.
    """
    if not view.accessible or not view.width:
        return text
    lines: list[str] = []
    for line in text.split("\n"):
        indent = " " * (len(line) - len(line.lstrip()))
        lines += wrap(
            line,
            max(view.width, LEAST_WIDTH),
            subsequent_indent=indent,
            break_long_words=False,
            break_on_hyphens=False,
        ) or [""]
    return "\n".join(lines)


class Talk:
    """A sitting: for which view, and how many lines of the screen have been used."""

    dims: ClassVar[bool] = False  # whether what is asked stands back where there are colours
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

        `hints` were given before. Enter alone answers nothing.
        """
        what = self.number if question.typed else question.choices
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
            if graded.outcome != "unreadable" and said:
                return graded, hints
            self.wish(said)
            self.tell(f"It takes {takes(question)}.")

    def another(
        self, first: Graded, hints: int, hint: Callable[[Question, int, View], Report], view: View
    ) -> Graded:
        """Ask again after a wrong answer, until another one is given."""
        while True:
            second, hints = self.answer(first.question, hint, view, hints)
            if second.outcome == "unknown" or not second.like(first):
                return second
            self.tell("That was your first answer. Another one, or ? shows what is right.")

    def wish(self, said: str) -> None:
        """Do what else the reader may want, if that is what was said."""

    def ask(self, prompt: str) -> str:
        """Ask for a line; `q` and the end of the input are a wish to stop."""
        lines = self._broken(prompt.replace(" ·", ",") if self.view.accessible else prompt)
        dim = self.dims and bool(self.view.colours) and self.environment.stderr.isatty()
        said = self.environment.ask(*lines[:-1], f"{lines[-1]} ", dim=dim)
        if said is None or said.strip().lower() == "q":
            raise Stopped
        self.used += len(lines)
        return said.strip()

    def tell(self, words: str) -> None:
        """Say something about what was typed."""
        lines = self._broken(words, self.indent)
        self.used += len(lines)
        self.environment.tell("".join(f"{line}\n" for line in lines))

    def _broken(self, words: str, indent: str = "") -> list[str]:
        """Part words into lines as wide as the terminal: between choices, else between words."""
        width = self.environment.width(self.environment.stderr)
        beside = 2  # a blank, and what is typed
        room = max((width or 0) - len(indent) - beside, LEAST_WIDTH)
        lines: list[str] = []
        for line in words.split("\n"):
            shown = self.view.plain(line).strip()
            if width and shown:
                choices = [
                    each.replace(" ", _KEPT) if len(each) < room else each
                    for each in shown.split(" · ")
                ]
                kept = " · ".join(choices).replace(" ·", f"{_KEPT}·") if choices[1:] else shown
                broken = wrap(kept, room, break_long_words=False, break_on_hyphens=False)
                lines += [indent + part.replace(_KEPT, " ") for part in broken]
            else:
                lines.append((indent + shown).rstrip())
        return lines

    def show(self, *told: Report | str) -> None:
        """Show reports and texts."""
        text = parted(text_of(*told), self.view)
        self.used += text.count("\n")
        self.environment.write(self.environment.encode(text))

    @property
    def rows(self) -> int | None:
        """The lines of the terminal, None where that is not known."""
        return self.environment.height(self.environment.stdout)
