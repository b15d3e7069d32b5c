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
ERASED = "\x1b[1A\x1b[2K"  # the line above the one on which the cursor stands
QUITS = "q quits"
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
    gives_up: ClassVar[str] = "? says you don't know"  # what may be typed instead of an answer
    back: ClassVar[tuple[str, ...]] = ()  # how one goes back, where one can

    def __init__(self, environment: Environment, view: View) -> None:
        self.environment = environment
        self.view = view
        self.used = 0
        self.refused = ""  # what the last thing said on the screen is, where that is a refusal
        terminal = environment.variables.get("TERM")
        self.asked = 0  # lines of what was asked last, with what was typed
        self.clears = not view.accessible and terminal not in ("dumb", None)

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
        what = "a number" if question.typed else question.choices
        while True:
            more = ("h gives a hint",) if hints < len(question.hints) else ()
            said = self.choose(what, *more, self.gives_up, *self.back)
            if said.lower() == "h":
                if more:
                    self.show(hint(question, hints, view))
                    hints += 1
                else:
                    self.refuse(said, f"No more hints. {self.gives_up}, which is fine.")
                continue
            graded = grade(question, said)
            if graded.outcome != "unreadable" and said:
                return graded, hints
            self.wish(said)
            self.refuse(said, f"It takes {takes(question)}. {self.gives_up}.")

    def another(
        self, first: Graded, hints: int, hint: Callable[[Question, int, View], Report], view: View
    ) -> Graded:
        """Ask again after a wrong answer, until another one is given."""
        while True:
            second, hints = self.answer(first.question, hint, view, hints)
            if second.outcome == "unknown" or not second.like(first):
                return second
            self.refuse(
                second.given, "That was your first answer. Another one, or ? shows what is right."
            )

    def wish(self, said: str) -> None:
        """Do what else the reader may want, if that is what was said."""

    def choose(self, *choices: str, lead: str = "") -> str:
        """Ask for one of some choices, of which the last is always to quit."""
        told = f"{' · '.join((*choices, QUITS))}:"
        return self.ask(f"{lead}\n{told}" if lead else told)

    def ask(self, prompt: str) -> str:
        """Ask for a line; `q` and the end of the input are a wish to stop."""
        from rich.cells import cell_len  # takes a while to load

        lines = self._broken(prompt.replace(" ·", ",") if self.view.accessible else prompt)
        dim = self.dims and bool(self.view.colours) and self.environment.stderr.isatty()
        said = self.environment.ask(*lines[:-1], f"{lines[-1]} ", dim=dim)
        if said is None or said.strip().lower() == "q":
            raise Stopped
        width = self.environment.width(self.environment.stderr) or 0
        typed = (len(lines[-1]) + 1 + cell_len(said)) // width if width else 0
        self.asked = len(lines) + typed
        self.used += self.asked
        self.fit()
        return said.strip()

    def fit(self) -> bool:
        """Take the terminal as it is now; return whether it has become wider or narrower."""
        width = self.environment.width(self.environment.stdout)
        changed = width is not None and width != self.view.width
        if changed:
            self.view = self.view._replace(width=width)
        return changed

    def refuse(self, said: str, words: str) -> None:
        """Say what was wrong with what was `said`.

        Where that stands there already it is not said once more: what was asked last goes, so that
        nothing leaves the screen. Who hears the screen hears it again, but for Enter alone.
        """
        if self.refused != words:
            self.tell(words)
            self.refused = words
        elif self.clears:
            self.take_back(self.asked)
        elif said:
            self.tell(words)
            self.refused = words

    def take_back(self, lines: int) -> None:
        """Take back the last lines on the screen."""
        if self.clears and self.environment.stderr.isatty():
            self.environment.tell(ERASED * lines)
            self.used -= lines

    def tell(self, words: str) -> None:
        """Say something about what was typed."""
        lines = self._broken(words, self.indent)
        self.used += len(lines)
        self.refused = ""
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
        self.refused = ""
        self.environment.write(self.environment.encode(text))

    @property
    def rows(self) -> int | None:
        """The lines of the terminal, None where that is not known."""
        return self.environment.height(self.environment.stdout)
