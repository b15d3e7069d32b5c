"""The parts of a lesson as texts: what is drawn, and what its commands really print."""

from __future__ import annotations

import io
import os
import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import chdir, contextmanager, nullcontext
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from nntrace.cli.environment import Environment
from nntrace.cli.output import Sink
from nntrace.cli.sessions.talk import ERASED, text_of
from nntrace.errors import ExitCode, LessonError, NntraceError, Problem, UsageError
from nntrace.teach.question import Question
from nntrace.teach.reports import lesson as told
from nntrace.teach.step import Block, Command, Goal, Lesson, Live, Prose, Say, Verbatim

if TYPE_CHECKING:
    from nntrace.write.report import Report
    from nntrace.write.view import View

BESIDE = 150  # from so many columns on, prose stands at the left and what is live at the right
LEFT = 66  # columns of prose there
GAP = 4
INDENT = 3  # of lines that stand as they are

ESCAPES = re.compile(r"\x1b\[[0-9;]*m")


class Piece(NamedTuple):
    """Some lines of a lesson; `live` where they were computed and drawn, and are not prose.

    What follows one that `ends` a part does not stand beside it: it would give an answer away. An
    `item` is one of a list.
    """

    text: str
    live: bool = False
    ends: bool = False
    item: bool = False


class Done(NamedTuple):
    """What a command printed, what it said on standard error, and its exit code."""

    out: str
    err: str
    code: int


class Teller(NamedTuple):
    """How a lesson is told: for which terminal, which may be heard.

    `ran` keeps what the lesson's commands printed, so that each runs once.
    """

    environment: Environment
    view: View
    ran: dict[tuple[tuple[str, ...], int], Done]

    @property
    def wide(self) -> bool:
        """Whether prose and what is live stand beside each other."""
        return not self.view.accessible and (self.view.width or 0) >= BESIDE

    @property
    def room(self) -> View:
        """The view for what is live."""
        width = self.view.width or 0
        return self.view._replace(width=width - LEFT - GAP) if self.wide else self.view

    @property
    def column(self) -> View:
        """The view for prose."""
        return self.view._replace(width=LEFT) if self.wide else self.view

    def run(self, words: Sequence[str], folder: Path | None) -> Done:
        """Run a command in this process, in a folder or where the reader is."""
        from nntrace.cli.app import answer

        width = self.room.width or 80
        key = (tuple(words), width)
        if folder and key in self.ran:
            return self.ran[key]
        out, err = _Terminal(), _Terminal()
        colours = {"FORCE_COLOR": "1", "NO_COLOR": ""} if self.view.colours else {"NO_COLOR": "1"}
        variables = {**self.environment.variables, **colours, "COLUMNS": str(width)}
        inner = _Looking(io.BytesIO(), out, err, variables, self.environment.encoding)
        # labelled lines, and on a pipe all of a wide layer, where a command can; but a row of
        # `predict` has a column a class, which would leave the page
        whole = not self.environment.stdout.isatty() and words[0] != "predict"
        unasked = {"accessible": self.view.accessible, "show_all": whole}
        with working_in(folder) if folder else nullcontext():
            code = answer(list(words), inner, unasked)
        encoding = self.environment.encoding
        printed = out.getvalue().decode(encoding, "replace")
        done = Done(printed, err.getvalue().decode(encoding), code)
        if folder:
            self.ran[key] = done
        return done

    def output(self, lesson: Lesson, command: Command) -> str:
        """Return what a command of the lesson prints; LessonError, with its place, if it fails."""
        done = self.run(command.words, lesson.folder)
        if done.code == ExitCode.NOT_DONE:
            told = [line.removeprefix("nntrace: error: ") for line in done.err.splitlines()]
            message = f"`nntrace {command.text}` fails: {'; '.join(told)}"
            raise LessonError(Problem(message, (), lesson.source, command.line, command.column))
        return done.out + done.err

    def piece(self, lesson: Lesson, block: Block) -> Piece:
        """Draw a block that waits for nobody."""
        if isinstance(block, Command):
            printed = self.output(lesson, block)
            return Piece(text_of(told.command(block.text, self.room), printed), True)
        live = not isinstance(block, Prose)
        if isinstance(block, Verbatim):  # beside prose, where it is wider
            live = max(map(len, block.text.split("\n"))) > LEFT - INDENT
        with self._waiting(block.slow if isinstance(block, Live) else ""):
            drawn = text_of(told.block(block, self.room if live else self.column))
        return Piece(drawn, live, item=isinstance(block, Prose) and bool(block.bullet))

    @contextmanager
    def _waiting(self, words: str) -> Iterator[None]:
        """Say on a terminal that something takes long, while it does."""
        tells = bool(words) and self.environment.interactive
        if tells:
            self.environment.tell(self.view.plain(words) + "\n")
        yield
        if tells and self.environment.watched and not self.view.accessible:
            self.environment.tell(ERASED)


class _Terminal(io.BytesIO):
    """What a command prints on, which says that it is a terminal."""

    def isatty(self) -> bool:
        return True

    def fileno(self) -> int:
        raise OSError("this terminal is made up")


class _Looking(Environment):
    """An environment in which no file is written, and which is read when the command is done."""

    __slots__ = ()

    @property
    def watched(self) -> bool:
        return False

    @contextmanager
    def output(self, path: str | None) -> Iterator[Sink]:
        if path is not None:
            raise UsageError(f"-o {path}: what is shown in a lesson writes no file")
        with super().output(path) as sink:
            yield sink


def lay_out(pieces: Iterable[Piece], wide: bool) -> list[str]:
    """Put pieces below each other, or prose at the left of the live ones that follow it.

    Returns what is to be kept together, each with an empty line at its end.
    """
    if not wide:
        return [f"{piece.text}\n" for piece in _close(pieces)]
    laid: list[str] = []
    left: list[str] = []
    right: list[str] = []

    def together() -> None:
        """Lay what has gathered."""
        prose = "\n".join(left)
        drawn = "\n".join(right)
        if left or right:
            laid.append((_beside(prose, drawn) if left and right else prose or drawn) + "\n")
        left.clear()
        right.clear()

    for piece in _close(pieces):
        if right and not piece.live:
            together()
        (right if piece.live else left).append(piece.text)
        if piece.ends:
            together()
    together()
    return laid


def _close(pieces: Iterable[Piece]) -> Iterator[Piece]:
    """Put the items of a list together, without empty lines between them."""
    for item, some in groupby(pieces, key=lambda piece: piece.item):
        if item:
            yield Piece("".join(piece.text for piece in some), item=True)
        else:
            yield from some


def _beside(left: str, right: str) -> str:
    """Put two drawn texts beside each other, the left one in its columns.

    A longer text leads up to what is drawn, which stands beside its end.
    """
    from rich.cells import cell_len

    lefts, rights = left.rstrip("\n").split("\n"), right.rstrip("\n").split("\n")
    height = max(len(lefts), len(rights))
    lefts += [""] * (height - len(lefts))
    rights = [""] * (height - len(rights)) + rights
    lines = []
    for one, other in zip(lefts, rights, strict=True):
        blanks = " " * max(1, LEFT + GAP - cell_len(ESCAPES.sub("", one)))
        lines.append(f"{one}{blanks}{other}".rstrip())
    return "\n".join(lines) + "\n"


def whole_text(teller: Teller, lesson: Lesson, steps: Sequence[int], opening: bool) -> str:
    """Return some steps of a lesson as a text, the answers to a step's questions at its end.

    Raises LessonError with every command that fails.
    """
    run_all(teller, lesson, steps)
    view, column = teller.view, teller.column
    parts = []
    if opening:
        parts.append(text_of(told.title(lesson, view), "\n"))
        parts += lay_out([teller.piece(lesson, block) for block in lesson.opening], False)
    for index in steps:
        parts.append(text_of(told.header(lesson, index, 1, view), "\n"))
        pieces: list[Piece] = []
        answers: list[Report] = []
        blocks = lesson.steps[index].blocks
        count = sum(isinstance(block, Question | Say) for block in blocks)
        for block in blocks:
            number = len(answers) + 1 if count > 1 else 0
            if isinstance(block, Question):
                pieces.append(Piece(text_of(told.asked(block, column)), ends=True))
                answers.append(told.answer(block, number, column))
            elif isinstance(block, Say):
                pieces.append(Piece(text_of(told.prose(block.asks, block.trace, column))))
                lead = f"({number}) " if number else ""
                answers.append(told.prose(lead + block.answer, block.trace, column))
            else:
                command = block
                if isinstance(block, Goal):
                    command = block.command
                    pieces.append(Piece(text_of(told.goal_alone(block, column))))
                elif isinstance(block, Command) and block.yours:
                    pieces.append(Piece(text_of(told.prose(told.YOUR_TURN, None, column))))
                pieces.append(teller.piece(lesson, command))
        parts += lay_out(pieces, teller.wide)
        if answers:
            parts.append(text_of(told.prose("**Answers**", None, view), *answers, "\n"))
    return "\n".join(part.rstrip("\n") + "\n" for part in parts)


def run_all(teller: Teller, lesson: Lesson, steps: Sequence[int]) -> None:
    """Run the commands of some steps once, before anything is shown; LessonError if any fails."""
    problems: list[Problem] = []
    for block in (block for index in steps for block in lesson.steps[index].blocks):
        if isinstance(block, Live) and block.check:
            try:
                block.check()
            except NntraceError as error:
                problems += [
                    each if each.source else each._replace(source=lesson.source)
                    for each in error.problems
                ]
        command = block.command if isinstance(block, Goal) else block
        if isinstance(command, Command):
            try:
                teller.output(lesson, command)
            except LessonError as error:
                problems += error.problems
    if problems:
        raise LessonError(problems)


@contextmanager
def working_in(folder: Path) -> Iterator[None]:
    """Work in a folder meanwhile; the one before may be gone, and is returned to all the same."""
    if not hasattr(os, "fchdir"):  # Windows
        with chdir(folder):
            yield
        return
    before = os.open(os.curdir, os.O_RDONLY)
    try:
        os.chdir(folder)
        yield
    finally:
        os.fchdir(before)
        os.close(before)
