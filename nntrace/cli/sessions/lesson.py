"""A lesson on a terminal: it stops where the reader is to do something, and goes where told."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from nntrace.cli.sessions.parts import YOUR_TURN, Piece, Teller, lay_out
from nntrace.cli.sessions.talk import Stopped, Talk, text_of
from nntrace.cli.state import recall_place, remember_place
from nntrace.errors import ExitCode, UsageError
from nntrace.teach.question import Question
from nntrace.teach.reports import lesson as told
from nntrace.teach.step import Command, Lesson, Say

if TYPE_CHECKING:
    from nntrace.write.report import Report

CLEAR = "\x1b[2J\x1b[H"
ERASE = "\x1b[1A\x1b[2K\r"

_INPUT = re.compile(r"""((?:--input|-i)[ =])("[^"]*"|'[^']*'|\S+)""")
_NUMBERS = re.compile(r"[-+.0-9eE,\s]*[0-9][-+.0-9eE,\s]*")
_NAME = re.compile(r"[A-Za-z]\w*\.\w+")
_NEURON = re.compile(rf"(explain \S+ |--neuron ){_NAME.pattern}")


def replaceable(command: str) -> str:
    """Say what may be typed alone, to take the place of what a command has there."""
    found = _INPUT.search(command)
    parts = ["another neuron"] if _NEURON.search(command) else []
    parts += ["other numbers"] if found and _NUMBERS.fullmatch(found[2]) else []
    if not parts:
        return "Or type any command of your own."
    return f"Or type {' or '.join(parts)} in its place, or any command of your own."


def replaced(command: str, said: str) -> str | None:
    """Return a command with what was said in its place: other numbers, or another neuron."""
    found = _INPUT.search(command)
    if found and _NUMBERS.fullmatch(said) and _NUMBERS.fullmatch(found[2]):
        numbers = re.split(r"[,\s]+", said.strip())
        if len(numbers) == 1 and "," in found[2]:  # that of a step
            return None
        row = ",".join(numbers)
        return _INPUT.sub(lambda match: f"{match[1]}{row}", command, count=1)
    if _NAME.fullmatch(said) and _NEURON.search(command):
        return _NEURON.sub(lambda match: f"{match[1]}{said}", command, count=1)
    return None


class _Go(Exception):
    """The reader wants another step, by its index."""

    def __init__(self, index: int) -> None:
        super().__init__(index)
        self.index = index


class Session(Talk):
    """A sitting with a lesson: where the reader is."""

    dims = True
    needs_answer = False
    number = "A number"
    instead = "? or Enter shows the answer · q quit"
    gives_up = "? shows the answer"

    def __init__(
        self, teller: Teller, lesson: Lesson, key: str, quiz: list[str] | None = None
    ) -> None:
        super().__init__(teller.environment, teller.view)
        self.teller = teller
        self.lesson = lesson
        self.key = key
        self.quiz = quiz
        self.at = 0
        self.bundled = quiz is not None
        terminal = self.environment.variables.get("TERM")
        self.clears = not self.view.accessible and terminal not in ("dumb", None)

    def go(self, chosen: int | None) -> int:
        """Step through the lesson from a step, or from where the reader stopped last time.

        Returns the exit code, which is that of the quiz where the reader went on to it.
        """
        index = chosen
        while index is None or index < len(self.lesson.steps):
            try:
                if index is None:
                    index = self._begin()
                self.at = index
                remember_place(self.environment, self.key, self.lesson.steps[index].name)
                self._step(index)
                index += 1
            except _Go as wish:
                index = wish.index
            except Stopped:
                if index is not None:
                    title = self.lesson.steps[index].title
                    self.tell(f"You stopped at step {index + 1}, {title}. The same goes on there.")
                return ExitCode.DONE
        remember_place(self.environment, self.key, self.lesson.steps[0].name)
        if self.quiz:
            from nntrace.cli.app import answer

            self._clear()
            return answer(self.quiz, self.environment)
        return ExitCode.DONE

    # ---- the steps ----

    def _begin(self) -> int:
        """Show what there is, and ask where to begin."""
        lesson, view = self.lesson, self.view
        place = recall_place(self.environment, self.key)
        stopped = lesson.find(place) if place else None
        stopped = stopped or None  # at the first step there is nothing to go back to
        self._clear()
        self.show(told.title(lesson, view), "\n")
        self.show(*lay_out([self.teller.piece(lesson, each) for each in lesson.opening], False))
        self.show(told.contents(lesson, stopped, view), "\n")
        count = len(lesson.steps)
        if stopped is None:
            prompt = f"Enter begins · 1 to {count} or a name goes there · q quits: "
        else:
            title = lesson.steps[stopped].title
            prompt = (
                f"You stopped at step {stopped + 1} of {count}, {title}.\n"
                f"Enter goes on there · 1 to {count} or a name goes elsewhere · q quits: "
            )
        self._until_enter(prompt)
        return stopped or 0

    def _step(self, index: int) -> None:
        """Show one step, and ask where to go."""
        lesson = self.lesson
        self._clear()
        self.show(told.header(lesson, index, self.view), "\n")
        pieces: list[Piece] = []
        for block in lesson.steps[index].blocks:
            if isinstance(block, Command) and block.yours:
                self._flow(pieces)
                self._try(block)
            elif isinstance(block, Question):
                self._flow(pieces)
                self._predict(block)
            elif isinstance(block, Say):
                self._flow(pieces)
                self._say(block)
            else:
                pieces.append(self.teller.piece(lesson, block))
        self._flow(pieces)
        count = len(lesson.steps)
        if index + 1 < count:
            onward = "next"
        else:
            onward = "takes the quiz" if self.quiz else "ends the lesson"
        self._until_enter(f"Enter {onward} · b step before · 1 to {count} or a name · q quit: ")

    def _flow(self, pieces: list[Piece]) -> None:
        """Print what has gathered, pausing where the next part would push another off the top."""
        for text in lay_out(pieces, self.teller.wide):
            self._fit(text)
        pieces.clear()

    def _predict(self, question: Question) -> None:
        """Take the reader's answer, and discuss it."""
        view = self.teller.column
        self._fit(told.asked(question, view), below=2)
        graded, _ = self.answer(question, told.hint, view)
        self.used = 0
        self.show("\n", told.discussed(graded, view), "\n")

    def _say(self, block: Say) -> None:
        """Take some words of the reader's own, and give the lesson's."""
        view = self.teller.column
        self._fit(told.prose(block.asks, block.trace, view), "\n", below=2)
        said = self.ask("> ")
        lead = "Yours is the one to keep. The lesson's own:" if said else "The lesson's own:"
        self.used = 0
        answer = told.prose(block.answer, block.trace, view, "strong")
        self.show("\n", told.prose(lead, None, view), "\n", answer, "\n")

    def _try(self, command: Command) -> None:
        """Let the reader run the lesson's command, the same with other numbers, or any other."""
        view = self.view
        text = command.text
        instead = replaceable(text)
        words = f"{YOUR_TURN} Enter runs this command, q quits. {instead}"
        self._fit(told.prose(words, None, view), "\n", told.suggestion(text, view), below=2)
        ran = False
        while True:
            said = self.ask("$ nntrace ").removeprefix("nntrace ").strip()
            if not said and ran:
                self._erase()
                return
            other = replaced(text, said)
            if said and other is None:
                self.wish(said)
            wanted = other or said or text
            self.used = 0
            if wanted != said:
                self._erase()
                self.show(told.command(wanted, view))
            if self._own(wanted, self.lesson.folder if self.bundled and not said else None):
                text, ran = wanted, True
            self.tell("")
            self.tell("Another one, or Enter goes on." if ran else f"Enter runs: nntrace {text}")

    def _own(self, typed: str, folder: Path | None) -> bool:
        """Run a command that the reader typed; what is wrong with it is told as it always is.

        Returns whether it worked.
        """
        from nntrace.teach.files.commandline import looking_command

        try:
            words = looking_command(typed).words
        except UsageError as error:
            for problem in error.problems:
                self.environment.report(problem._replace(line=None, column=None, text=None))
            return False
        done = self.teller.run(words, folder or (None if self.bundled else self.lesson.folder))
        self.show(done.out)
        self.environment.tell(done.err)
        return done.code != ExitCode.NOT_DONE

    # ---- asking ----

    def _until_enter(self, prompt: str) -> None:
        """Ask until the reader presses Enter; go elsewhere where that is wanted."""
        while said := self.ask(prompt):
            self.wish(said)
            count = len(self.lesson.steps)
            names = ", ".join(step.name for step in self.lesson.steps)
            self.tell(f"It takes Enter, b, q, a number from 1 to {count}, or a step: {names}.")
        self.used = 0
        self._erase()

    def wish(self, said: str) -> None:
        """Go where the reader wants to, if that is what was said."""
        word = said.lower()
        if word in ("q", "quit", "exit"):
            raise Stopped
        if word in ("b", "back"):
            raise _Go(max(0, self.at - 1))
        if word in ("n", "next") and self.at + 1 < len(self.lesson.steps):
            raise _Go(self.at + 1)
        found = self.lesson.find(said)
        if found is not None:
            raise _Go(found)

    # ---- printing ----

    def _fit(self, *told: Report | str, below: int = 0) -> None:
        """Show what belongs together, after a pause where the screen has no room for it.

        `below` is how many lines are to stay free behind it.
        """
        text = text_of(*told)
        needs = self.used + text.count("\n") + below
        if not self.view.accessible and self.rows and self.used > 3 and needs > self.rows - 1:
            self._until_enter("Enter goes on · b step before · q quit: ")
        self.show(text)

    def _erase(self) -> None:
        """Take back the line on which something was asked, once that is answered."""
        if self.clears and self.environment.stderr.isatty():
            self.environment.tell(ERASE)

    def _clear(self) -> None:
        self.used = 0
        if self.clears:
            self.environment.write(CLEAR.encode())
        elif not self.view.accessible:
            self.show("\n")
