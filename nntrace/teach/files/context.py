"""What the blocks of a lesson file are read in: the step, its net, the problems so far."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from os.path import join
from typing import NamedTuple

from nntrace.core.forward import Trace
from nntrace.core.network import Network
from nntrace.errors import NntraceError, Problem, UsageError, unknown
from nntrace.read import bundled
from nntrace.read.nets.load import load
from nntrace.teach import live
from nntrace.teach.files.commandline import check_own_files, split


class Fence(NamedTuple):
    """A fenced block: its kind, its lines, and the line of the file that the first is on."""

    kind: str
    lines: list[str]
    first: int

    @property
    def text(self) -> str:
        """All lines."""
        return "\n".join(self.lines)


class Context:
    """What a block is read in: its step, the net that marks mean, and the problems so far."""

    def __init__(self, source: str, folder: str) -> None:
        self.source = source
        self.folder = folder  # in which nets and inputs lie; empty for where the reader is
        self.problems: list[Problem] = []
        self.nets: dict[str, Network] = {}
        self.bank = ""  # that the lesson leads to
        self.enter("")

    def enter(self, step: str) -> None:
        """Begin a step, which has no net yet."""
        self.step = step
        self.questions = 0  # questions of the step
        self.trace: Trace | None = None
        self.failed = False  # the net of this step could not be read, which has been told

    def report(self, message: str, line: int, column: int = 1) -> None:
        """Note a problem."""
        self.problems.append(Problem(message, (), self.source, line, column))

    @contextmanager
    def told(self, line: int, column: int = 1) -> Iterator[None]:
        """Note what is raised inside as problems of this file."""
        try:
            yield
        except NntraceError as error:
            for problem in error.problems:
                if problem.source not in (None, self.source):  # of a net, say
                    self.report(str(problem), line, column)
                else:
                    place = (problem.line or line, problem.column or column)
                    self.report(str(problem._replace(source=None, line=None, column=None)), *place)

    def marks(self, lines: Sequence[str], first: int) -> None:
        """Check the marks of some lines; they are filled again when they are shown."""
        for line, text in enumerate(lines, first):
            for match in live.MARK.finditer(text):
                if not self.failed:
                    with self.told(line, match.start() + 1):
                        live.value_of(match[1], self.trace)
            left = live.MARK.sub(lambda match: " " * len(match[0]), text).find("{{")
            if left >= 0:
                self.report("a mark {{ is not closed by }}, or is empty", line, left + 1)

    def current(self, block: Fence) -> Trace:
        """Return the trace that a block is about; UsageError, told already, without one."""
        if self.trace is None:
            if not self.failed:
                message = f"```{block.kind} is about a net, a block ```net before it says which"
                self.report(message, block.first - 1)
            raise UsageError(())
        return self.trace

    def network(self, name: str) -> Network:
        """Read a net, once."""
        if name not in self.nets:
            if name == "-":
                raise UsageError("-: a lesson reads no standard input")
            check_own_files(name, self.folder)
            path = bundled.find(name, self.folder) or join(self.folder, name)
            self.nets[name] = load(path, _settled)
        return self.nets[name]


def _settled(doubt: Problem) -> None:
    """A lesson shows no net that may be wrong: who writes it can say what is meant."""
    raise UsageError(doubt)


def lines_of(block: Fence, takes: str) -> list[tuple[int, str]]:
    """Return the lines of a block that hold something, each with its number."""
    found = [(block.first + index, line) for index, line in enumerate(block.lines) if line.strip()]
    if not found:
        raise UsageError(Problem(f"```{block.kind} is empty, takes {takes}", line=block.first - 1))
    return found


def only_line(block: Fence, takes: str) -> tuple[str, int]:
    """Return the one line of a block, and its number."""
    (line, text), *more = lines_of(block, takes)
    if more:
        raise UsageError(Problem(f"```{block.kind} takes {takes}, on one line", line=more[0][0]))
    return text, line


def net_and_options(text: str, line: int, known: Sequence[str]) -> tuple[str, dict[str, list[str]]]:
    """Read a net and options that take a value each, which may be repeated.

    Raises UsageError, with the place, for any other option, and for one without its value.
    """
    words = split(text, line)
    options: dict[str, list[str]] = {option: [] for option in known}
    name, rest = words[0][0], words[1:]
    while rest:
        word, column = rest.pop(0)
        option, equals, value = word.partition("=")
        option = "--input" if option == "-i" else option
        if option not in options:
            message = unknown("option", word, options)
            raise UsageError(Problem(message, line=line, column=column))
        if not equals and not rest:
            message = f"{word} takes a value"
            raise UsageError(Problem(message, line=line, column=column))
        options[option].append(value if equals else rest.pop(0)[0])
    return name, options
