"""What the program runs in, as a value: its streams, their terminals, colour and width.

Commands take it as an argument, so that a test can run the whole command line in process.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import IO, Literal, Protocol

from nntrace.errors import FileError, printable

ColorChoice = Literal["auto", "always", "never"]
BOXES = "─│╭█▏░▀·→×σ…"  # what a table is drawn with


class Sink(Protocol):
    """Where bytes go."""

    def write(self, data: bytes, /) -> object:
        """Take some bytes."""


class PipeClosed(Exception):
    """Whoever read the output has gone; nothing is left to do or to say."""


@dataclass(frozen=True)
class Environment:
    """Binary streams and the variables that say how to write to them."""

    stdin: IO[bytes]
    stdout: IO[bytes]
    stderr: IO[bytes]
    variables: Mapping[str, str] = field(default_factory=lambda: os.environ)
    encoding: str = "utf-8"

    @staticmethod
    def of_process() -> Environment:
        """Return the environment of this process."""
        return Environment(
            sys.stdin.buffer,
            sys.stdout.buffer,
            sys.stderr.buffer,
            os.environ,
            _encoding(os.environ, sys.stdout.encoding),
        )

    def colour(self, stream: IO[bytes], choice: ColorChoice) -> bool:
        """Whether to colour what goes to a stream."""
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
        columns = self.variables.get("COLUMNS", "")
        if columns.isascii() and columns.isdigit() and int(columns):
            return int(columns)
        try:
            return os.get_terminal_size(stream.fileno()).columns or 80
        except (OSError, ValueError):
            return 80

    @property
    def ascii_only(self) -> bool:
        """Whether the locale lacks what tables are drawn with."""
        try:
            BOXES.encode(self.encoding)
        except (UnicodeEncodeError, LookupError):
            return True
        return False

    def encode(self, text: str) -> bytes:
        """Return text for people in the locale's encoding, with what it lacks escaped."""
        try:
            return text.encode(self.encoding, errors="backslashreplace")
        except LookupError:
            return text.encode("ascii", errors="backslashreplace")

    def say(self, kind: str, message: str) -> None:
        """Write a line to standard error: `nntrace: error: …`."""
        self.tell(f"nntrace: {kind}: {printable(message)}\n")

    def tell(self, text: str) -> None:
        """Write to standard error; where that is gone, nobody is left to be told."""
        try:
            self.stderr.write(self.encode(text))
            self.stderr.flush()
        except (OSError, ValueError):
            pass

    def write(self, data: bytes) -> None:
        """Write to standard output, at once; PipeClosed, or FileError where it is full."""
        try:
            self.stdout.write(data)
            self.stdout.flush()
        except BrokenPipeError:
            raise PipeClosed from None
        except OSError as error:
            raise FileError(f"<stdout>: {error.strerror}") from None

    @contextmanager
    def output(self, path: str | None) -> Iterator[Sink]:
        """Open the output: standard output, or a file that is put in place when all is written.

        A failed or interrupted run leaves the old file whole and no temporary one. Pipes and
        devices are written directly; of a link, the target is replaced. Raises FileError.
        """
        if path is None or path == "-":
            yield _Standard(self)
            return
        target = os.path.realpath(path)
        try:
            with _opened(target) as stream:
                yield stream
        except BrokenPipeError:
            raise PipeClosed from None
        except OSError as error:
            if isinstance(error, FileError):
                raise
            raise FileError(f"{path}: {error.strerror or error}") from None


@dataclass(frozen=True)
class _Standard:
    """Standard output, flushed with everything it is given."""

    environment: Environment

    def write(self, data: bytes) -> None:
        self.environment.write(data)


@contextmanager
def _opened(target: str) -> Iterator[IO[bytes]]:
    if os.path.exists(target) and not os.path.isfile(target):
        with open(target, "wb") as stream:  # a pipe or a device
            yield stream
        return
    if os.path.exists(target) and not os.access(target, os.W_OK):
        raise PermissionError(13, "Permission denied")
    import tempfile

    descriptor, temporary = tempfile.mkstemp(prefix=".nntrace-", dir=os.path.dirname(target))
    try:
        with open(descriptor, "wb") as stream:
            yield stream
        if os.path.exists(target):
            shutil.copymode(target, temporary)
        else:
            umask = os.umask(0)
            os.umask(umask)
            os.chmod(temporary, 0o666 & ~umask)
        os.replace(temporary, target)
    except BaseException:
        os.unlink(temporary)
        raise


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
