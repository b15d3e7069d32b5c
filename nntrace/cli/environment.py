"""What the program runs in, as a value: its streams, their terminals, colour and width.

Commands take it as an argument, so that a test can run the whole command line in process.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import IO

from nntrace.cli import interrupts
from nntrace.cli.keyboard import discard_typed
from nntrace.cli.output import Sink, opened, write_all
from nntrace.errors import FileError, Problem, printable, why
from nntrace.records import NamedTuple

LONGEST_ANSWER = 10_000  # bytes of a line that somebody types
DIM, NORMAL = "\x1b[2m", "\x1b[0m"
BOXES = "─│╭█▏░▀·→×σ…"  # what a table is drawn with


class PipeClosed(Exception):
    """Whoever read the output has gone; nothing is left to do or to say."""


class Environment(NamedTuple):
    """Binary streams and the variables that say how to write to them."""

    stdin: IO[bytes]
    stdout: IO[bytes]
    stderr: IO[bytes]
    variables: Mapping[str, str] = os.environ
    encoding: str = "utf-8"

    @staticmethod
    def of_process() -> Environment:
        """Return the environment of this process.

        Its streams are unbuffered: Python's own do not exist where the process was started without
        them, and those are opened so that using them, and nothing else, is an error.
        """
        for descriptor, refusing in ((0, os.O_WRONLY), (1, os.O_RDONLY), (2, os.O_RDONLY)):
            try:
                os.fstat(descriptor)
            except OSError:
                os.open(os.devnull, refusing)  # takes the lowest free number, which is this one
        encoding = sys.stdout.encoding if sys.stdout else "utf-8"
        return Environment(
            os.fdopen(0, "rb", buffering=0, closefd=False),
            os.fdopen(1, "wb", buffering=0, closefd=False),
            os.fdopen(2, "wb", buffering=0, closefd=False),
            os.environ,
            _encoding(os.environ, encoding),
        )

    def colour(self, stream: IO[bytes], choice: str) -> bool:
        """Whether to colour what goes to a stream, which is to be `auto`, `always` or `never`."""
        if choice != "auto":
            return choice == "always"
        if self.variables.get("NO_COLOR"):
            return False
        forced = self.variables.get("FORCE_COLOR")
        if forced:
            return forced != "0"
        return self.variables.get("TERM") != "dumb" and stream.isatty()

    def width(self, stream: IO[bytes]) -> int | None:
        """Return the columns of the terminal that a stream goes to, None where it goes to none."""
        if not stream.isatty():
            return None
        return _count(self.variables.get("COLUMNS", "")) or _terminal_size(stream).columns or 80

    def height(self, stream: IO[bytes]) -> int | None:
        """Return the lines of the terminal that a stream goes to, None where that is not known."""
        return _count(self.variables.get("LINES", "")) or _terminal_size(stream).lines or None

    @property
    def interactive(self) -> bool:
        """Whether somebody sits there, who can be asked."""
        return self.stdin.isatty() and self.stdout.isatty()

    @property
    def watched(self) -> bool:
        """Whether somebody looks at standard error now, where a line can be drawn over again."""
        return self.variables.get("TERM") != "dumb" and self.stderr.isatty()

    def ask(self, *prompt: str, dim: bool = False) -> str | None:
        """Ask for a line, on standard error; None where the answer is the end of the input.

        Of several lines of a prompt the last is answered. What was typed before it was asked for is
        thrown away: it answers nothing.
        """
        discard_typed(self.stdin)
        shown = "\n".join(map(printable, prompt))
        self.tell(f"{DIM}{shown}{NORMAL}" if dim else shown)
        try:
            with interrupts.by_exception():
                line = self.stdin.readline(LONGEST_ANSWER)
        except interrupts.Ended:
            self.tell("\n")  # what comes next, if only the shell's prompt, begins a line
            raise
        except OSError as error:  # a terminal that is gone
            raise FileError(f"<stdin>: {why(error)}") from None
        if not line.endswith(b"\n"):
            self.tell("\n")
        return line.decode("utf-8", errors="replace").strip("\r\n") if line else None

    @property
    def ascii_only(self) -> bool:
        """Whether the locale lacks what tables are drawn with."""
        try:
            BOXES.encode(self.encoding)
        except (UnicodeEncodeError, LookupError):
            return True
        return False

    @property
    def _codec(self) -> str:
        """The locale's encoding, ASCII where Python does not know it."""
        try:
            "".encode(self.encoding)
        except LookupError:
            return "ascii"
        return self.encoding

    def encode(self, text: str) -> bytes:
        """Return text for people in the locale's encoding, with what it lacks escaped."""
        return text.encode(self._codec, errors="backslashreplace")

    def say(self, kind: str, message: str) -> None:
        """Write a line to standard error: `nntrace: error: …`."""
        self.tell(f"nntrace: {kind}: {printable(message)}\n")

    def report(self, problem: Problem) -> None:
        """Tell a problem; on a terminal, with its line and a caret under the place."""
        self.say("error", str(problem))
        width = self.width(self.stderr) if problem.text else None
        if width:
            from nntrace.cli.excerpt import excerpt

            lines = excerpt(problem, width, lambda text: self.encode(text).decode(self._codec))
            if len(lines) > 1 and self.colour(self.stderr, "auto"):
                lines[1] = f"{lines[1][:-1]}\x1b[1;31m^\x1b[0m"
            self.tell("".join(f"{line}\n" for line in lines))

    def tell(self, text: str) -> None:
        """Write to standard error; where that is gone, nobody is left to be told."""
        with suppress(OSError, ValueError):
            write_all(self.stderr, self.encode(text))

    def write(self, data: bytes) -> None:
        """Write to standard output, at once; PipeClosed, or FileError where it is full."""
        try:
            write_all(self.stdout, data)
        except BrokenPipeError:
            raise PipeClosed from None
        except OSError as error:
            raise FileError(f"<stdout>: {why(error)}") from None

    @contextmanager
    def output(self, path: str | None) -> Iterator[Sink]:
        """Open the output: standard output, or a file that is put in place when all is written.

        A failed or interrupted run leaves the old file whole and no temporary one. Pipes and
        devices are written directly; of a link, the target is replaced. Raises FileError.
        """
        if path in (None, "-", "/dev/stdout"):
            yield self
            return
        if not path:
            raise FileError("-o: '' is no file name")
        try:
            with opened(path) as sink:
                yield sink
        except BrokenPipeError:
            raise PipeClosed from None
        except OSError as error:
            if isinstance(error, FileError):
                raise
            raise FileError(f"{path}: {why(error)}") from None


def _count(written: str) -> int:
    """Return how many columns or lines a variable says; 0 where it says nothing of the kind."""
    return int(written) if written.isascii() and written.isdigit() and len(written) < 6 else 0


def _terminal_size(stream: IO[bytes]) -> os.terminal_size:
    """Return columns and lines as the system knows them; 0 where it does not."""
    try:
        return os.get_terminal_size(stream.fileno())
    except (OSError, ValueError):
        return os.terminal_size((0, 0))


def _encoding(variables: Mapping[str, str], stdout: str) -> str:
    """Return the encoding of text for people.

    Python writes UTF-8 even where the locale is C; somebody who asks for that locale by LC_ALL
    means ASCII.
    """
    if variables.get("PYTHONIOENCODING") or variables.get("PYTHONUTF8") == "1":
        return stdout
    names = (variables.get(name) for name in ("LC_ALL", "LC_CTYPE", "LANG"))
    locale = next((name for name in names if name), "")
    return "ascii" if locale in ("C", "POSIX") else stdout
