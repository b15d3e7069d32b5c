"""What can go wrong: a located Problem, the exceptions that carry problems, what each costs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from enum import IntEnum
from typing import Self

from nntrace.records import NamedTuple


class ExitCode(IntEnum):
    """What the process ends with; scripts rely on these."""

    DONE = 0
    ANSWER_IS_NO = 1
    NOT_DONE = 2
    INTERRUPTED = 130
    PIPE_CLOSED = 141


Path = tuple[str | int, ...]
SURELY_BRIEF = 512  # characters of a message in which no word is too long


class Problem(NamedTuple):
    """One thing that is wrong, and where.

    `path` leads to it inside a document, as in `("layers", 1, "weights", 2)`; `line` and `column`
    count from 1, columns in characters. `text` is that line as it was read, where it is known, and
    `caret` the column to point at where a problem is told by its line alone, as those of rows are.
    """

    message: str
    path: Path = ()
    source: str | None = None
    line: int | None = None
    column: int | None = None
    text: str | None = None
    caret: int | None = None

    def __str__(self) -> str:
        place = ":".join(str(part) for part in (self.source, self.line, self.column) if part)
        message = self.message
        if len(message) > SURELY_BRIEF:
            from nntrace.words import in_brief  # only needed once something is odd

            message = in_brief(message)
        return ": ".join(part for part in (place, spell(self.path), message) if part)


def spell(path: Path) -> str:
    """Write a path as people do: `layers[1].weights[2]`."""
    from nntrace.words import cropped

    text = ""
    for step in path:
        if isinstance(step, int):
            text += f"[{step}]"
        else:
            text += f".{cropped(step)}" if text else cropped(step)
    return text


class NntraceError(Exception):
    """Something that stops the work; carries every problem that was found, a line each."""

    def __init__(self, problems: Problem | str | Iterable[Problem]) -> None:
        if isinstance(problems, str):
            problems = Problem(problems)
        if isinstance(problems, Problem):
            problems = [problems]
        self.problems: Sequence[Problem] = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))

    def with_text(self, line: Callable[[int], str | None], source: str) -> Self:
        """Make the same error, whose problems of a source know the line that they are in."""
        return type(self)(
            problem._replace(text=line(problem.line))
            if problem.line and problem.source == source and problem.text is None
            else problem
            for problem in self.problems
        )

    def located(self, source: str, line: int | None = None) -> NntraceError:
        """Make the same error, with a place for the problems that have none."""
        return type(self)(
            problem if problem.source else problem._replace(source=source, line=line)
            for problem in self.problems
        )


class NetworkError(NntraceError, ValueError):
    """A net that cannot be: a fault in its file, or in the values that it is made of."""


class BankError(NntraceError, ValueError):
    """Questions that cannot be asked: a fault in their file, or in one of them."""


class LessonError(NntraceError, ValueError):
    """A lesson that cannot be given: a fault in its file, or in a net or command that it names."""


class InputError(NntraceError, ValueError):
    """Input rows that the net cannot take."""


class CellError(InputError):
    """A row of which one value is no number; `cell` is its index among the inputs."""

    def __init__(self, message: str, cell: int) -> None:
        super().__init__(message)
        self.cell = cell

    def placed(self, source: str, line: int, caret: int | None) -> InputError:
        """Make an error that names the line, and knows where in it the value stands."""
        return InputError(Problem(str(self), (), source, line, caret=caret))


class UsageError(NntraceError, ValueError):
    """Words on the command line, or arguments of a call, that do not fit together."""


class FileError(NntraceError, OSError):
    """A file that cannot be read or written."""


def why(error: OSError) -> str:
    """Say in lower case what the system says: `no such file or directory`."""
    reason = error.strerror or str(error) or type(error).__name__
    return reason[:1].lower() + reason[1:]


def unknown(what: str, name: str, known: Iterable[str]) -> str:
    """Say that a name is not known, with the nearest known ones or all of them."""
    from nntrace.words import cropped, proposal  # only needed once something went wrong

    return f"unknown {what} '{cropped(name)}'{proposal(name, known)}"


def plural(count: int, thing: str) -> str:
    """Say how many of something: `1 label`, `2 labels`."""
    return f"{count} {thing}{'s' * (count != 1)}"


def listed(words: Sequence[object], joint: str = "and") -> str:
    """Write a list as people do: `4`, `4 and 2`, `4, 4 and 2`; nothing for an empty one."""
    *most, last = map(str, words or [""])
    return f"{', '.join(most)} {joint} {last}" if most else last


def printable(text: str) -> str:
    r"""Make text from a file or an argument safe for a terminal: `\x1b` instead of an escape.

    Letters, marks and emoji of every language stay; control, format and unassigned characters
    are written as Python would. The joiner U+200D stays, since emoji are made with it.
    """
    if text.isprintable():
        return text
    return "".join(
        char
        if char.isprintable() or char == "\u200d"
        else char.encode("unicode_escape").decode("ascii")
        for char in text
    )
