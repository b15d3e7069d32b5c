"""A lesson on a terminal: it stops where the reader is to do something, and goes where told."""

from __future__ import annotations

import re
from pathlib import Path

from nntrace.cli.sessions.parts import YOUR_TURN, Piece, Teller, lay_out
from nntrace.cli.state import recall_place, remember_place
from nntrace.errors import ExitCode, UsageError
from nntrace.teach.grading import grade, takes
from nntrace.teach.question import LETTERS, Question
from nntrace.teach.reports import lesson as told
from nntrace.teach.step import Command, Lesson, Predict, Say
from nntrace.write import render

CLEAR = "\x1b[2J\x1b[H"
ERASE = "\x1b[1A\x1b[2K\r"
DIM, NORMAL = "\x1b[2m", "\x1b[0m"

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


class _Quit(Exception):
    """The reader stops here."""


class _Go(Exception):
    """The reader wants another step, by its index."""

    def __init__(self, index: int) -> None:
        super().__init__(index)
        self.index = index


class Session:
    """One sitting: where the reader is, and how many lines of the screen have been used."""

    def __init__(
        self, teller: Teller, lesson: Lesson, key: str, quiz: list[str] | None = None
    ) -> None:
        self.teller = teller
        self.environment = teller.environment
        self.lesson = lesson
        self.key = key
        self.quiz = quiz
        self.used = 0
        self.at = 0
        variables = self.environment.variables
        self.bundled = quiz is not None
        self.styles = bool(teller.view.colours) and self.environment.stderr.isatty()
        self.clears = not teller.view.accessible and variables.get("TERM") not in ("dumb", None)
        self.rows = (
            None if teller.view.accessible else teller.environment.height(teller.environment.stdout)
        )

    def go(self, chosen: int | None) -> int:
        """Step through the lesson from a step, or from where the reader stopped last time.

        Returns the exit code, which is that of the quiz where the reader went on to it.
        """
        try:
            index: int | None = self._begin() if chosen is None else chosen
        except _Quit:
            return ExitCode.DONE
        except _Go as wish:
            index = wish.index
        while index is not None:
            self.at = index
            remember_place(self.environment, self.key, self.lesson.steps[index].name)
            try:
                self._step(index)
                index = index + 1 if index + 1 < len(self.lesson.steps) else None
            except _Quit:
                number, title = self.at + 1, self.lesson.steps[self.at].title
                self._tell(f"You stopped at step {number}, {title}. The same goes on there.")
                return ExitCode.DONE
            except _Go as wish:
                index = wish.index
        remember_place(self.environment, self.key, self.lesson.steps[0].name)
        if self.quiz:
            from nntrace.cli.app import answer

            self._clear()
            return answer(self.quiz, self.environment)
        return ExitCode.DONE

    # ---- the steps ----

    def _begin(self) -> int:
        """Show what there is, and ask where to begin."""
        lesson, view = self.lesson, self.teller.view
        place = recall_place(self.environment, self.key)
        stopped = lesson.find(place) if place else None
        stopped = stopped or None  # at the first step there is nothing to go back to
        self._clear()
        self._print(render.text(told.title(lesson, view)) + "\n")
        for text in lay_out([self.teller.piece(lesson, each) for each in lesson.opening], False):
            self._print(text)
        self._print(render.text(told.contents(lesson, stopped, view)) + "\n")
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
        self._print(render.text(told.header(lesson, index, self.teller.view)) + "\n")
        pieces: list[Piece] = []
        for block in lesson.steps[index].blocks:
            if isinstance(block, Command) and block.yours:
                self._flow(pieces)
                self._try(block)
            elif isinstance(block, Predict):
                self._flow(pieces)
                self._predict(block.question)
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
            height = text.count("\n")
            if self.rows and self.used > 3 and self.used + height > self.rows - 1:
                self._until_enter("Enter goes on · b step before · q quit: ")
            self._print(text)
        pieces.clear()

    def _predict(self, question: Question) -> None:
        """Take the reader's answer, and discuss it."""
        view = self.teller.column
        self._fit(render.text(told.asked(question, view)))
        hints = 0
        last = LETTERS[len(question.options) - 1]
        what = "A number" if question.typed else f"a to {last}"
        while True:
            more = " · h hint" if hints < len(question.hints) else ""
            said = self._ask(f"{what}{more} · ? or Enter shows the answer · q quit: ")
            if said.lower() == "q":
                raise _Quit
            if said.lower() == "h":
                if hints < len(question.hints):
                    self._print(render.text(told.hint(question, hints, view)))
                    hints += 1
                else:
                    self._tell("No more hints. ? shows the answer, which is fine.")
                continue
            graded = grade(question, said)
            if graded.outcome != "unreadable":
                break
            self._wish(said)
            self._tell(f"It takes {takes(question)}.")
        self.used = 0
        self._print("\n" + render.text(told.discussed(graded, view)) + "\n")

    def _say(self, block: Say) -> None:
        """Take some words of the reader's own, and give the lesson's."""
        view = self.teller.column
        self._fit(render.text(told.prose(block.asks, block.trace, view)) + "\n")
        said = self._ask("> ")
        if said.lower() == "q":
            raise _Quit
        lead = "Yours is the one to keep. The lesson's own:" if said else "The lesson's own:"
        self.used = 0
        self._print("\n" + render.text(told.prose(lead, None, view)) + "\n")
        self._print(render.text(told.prose(block.answer, block.trace, view, "strong")) + "\n")

    def _try(self, command: Command) -> None:
        """Let the reader run the lesson's command, the same with other numbers, or any other."""
        view = self.teller.view
        text = command.text
        instead = replaceable(text)
        words = f"{YOUR_TURN} Enter runs this command, q quits. {instead}"
        suggested = render.text(told.suggestion(text, view))
        self._fit(render.text(told.prose(words, None, view)) + "\n" + suggested)
        ran = False
        while True:
            said = self._ask("$ nntrace ").removeprefix("nntrace ").strip()
            if not said and ran:
                self._erase()
                return
            other = replaced(text, said)
            if said and other is None:
                self._wish(said)
            wanted = other or said or text
            self.used = 0
            if wanted != said:
                self._erase()
                self._print(render.text(told.command(wanted, view)))
            if self._own(wanted, self.lesson.folder if self.bundled and not said else None):
                text, ran = wanted, True
            self._tell("")
            self._tell("Another one, or Enter goes on." if ran else f"Enter runs: nntrace {text}")

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
        self._print(done.out)
        self.environment.tell(done.err)
        return done.code != ExitCode.NOT_DONE

    # ---- asking ----

    def _until_enter(self, prompt: str) -> None:
        """Ask until the reader presses Enter; go elsewhere where that is wanted."""
        while said := self._ask(prompt):
            self._wish(said)
            count = len(self.lesson.steps)
            names = ", ".join(step.name for step in self.lesson.steps)
            self._tell(f"It takes Enter, b, q, a number from 1 to {count}, or a step: {names}.")
        self.used = 0
        self._erase()

    def _wish(self, said: str) -> None:
        """Go where the reader wants to, if that is what was said."""
        word = said.lower()
        if word in ("q", "quit", "exit"):
            raise _Quit
        if word in ("b", "back"):
            raise _Go(max(0, self.at - 1))
        if word in ("n", "next") and self.at + 1 < len(self.lesson.steps):
            raise _Go(self.at + 1)
        found = self.lesson.find(said)
        if found is not None:
            raise _Go(found)

    def _ask(self, prompt: str) -> str:
        """Ask for a line; the end of the input is a wish to stop."""
        *above, last = prompt.split("\n")
        for line in above:
            self._tell(line)
        shown = self.teller.view.plain(
            last.replace(" ·", ",") if self.teller.view.accessible else last
        )
        if self.styles:
            self.environment.tell(f"{DIM}{shown}{NORMAL}")
            shown = ""
        said = self.environment.ask(shown)
        if said is None:
            raise _Quit
        self.used += 1
        return said.strip()

    # ---- printing ----

    def _fit(self, text: str) -> None:
        """Print what belongs together, after a pause where the screen has no room for it."""
        height = text.count("\n") + 2
        if self.rows and self.used > 3 and self.used + height > self.rows - 1:
            self._until_enter("Enter goes on · b step before · q quit: ")
        self._print(text)

    def _print(self, text: str) -> None:
        self.used += text.count("\n")
        self.environment.write(self.environment.encode(text))

    def _tell(self, words: str) -> None:
        self.used += 1
        self.environment.tell(self.teller.view.plain(words) + "\n")

    def _erase(self) -> None:
        """Take back the line on which something was asked, once that is answered."""
        if self.clears and self.environment.stderr.isatty():
            self.environment.tell(ERASE)

    def _clear(self) -> None:
        self.used = 0
        if self.clears:
            self.environment.write(CLEAR.encode())
        elif not self.teller.view.accessible:
            self._print("\n")
