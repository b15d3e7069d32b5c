"""Lines of a stream as they arrive, in constant memory."""

from __future__ import annotations

import os
import select
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import islice
from typing import IO

from nntrace.errors import FileError, InputError, NntraceError, Problem, why
from nntrace.read.files import LONGEST_TEXT
from nntrace.read.recognise import HEAD

LONGEST_LINE = 64 * 2**20
_AT_ONCE = 2**18
_NOT_UTF8 = "is not text in UTF-8"


class Lines:
    """The lines of a binary stream, without their newlines; iterating blocks only when it must.

    `number` is that of the line given `last`, from 1; `head` are the bytes that arrived first.
    `drained` says that the next line has not arrived yet, so that what came of those before should
    go out now.
    """

    def __init__(self, stream: IO[bytes], source: str) -> None:
        self.source = source
        self.number = 0
        self.last = b""
        self._stream = stream
        # what has arrived, of a stream with a buffer too
        self._some: Callable[[int], bytes | None] = getattr(stream, "read1", stream.read)
        self._lines: list[bytes] = []  # reversed, so that the next is popped
        self._rest: list[bytes] = []
        self._rest_length = 0
        self._ended = False
        self._taken = 0
        self.head = b""
        self._length = length_of(stream)

    @property
    def fraction(self) -> float | None:
        """How much of a file has been read, from 0 to 1; None of a stream without a known end."""
        return min(1.0, self._taken / self._length) if self._length else None

    @property
    def drained(self) -> bool:
        """Whether every line that has arrived was given out, blank ones apart."""
        return not any(line.strip() for line in reversed(self._lines))

    def waiting(self, limit: int) -> list[bytes]:
        """Return the next lines without taking them: those that have arrived, up to a limit.

        Waits for one where there is none; nothing at the end.
        """
        while not self._lines and not self._ended:
            self._read()
        return self._lines[: -limit - 1 : -1]

    def skip(self, count: int) -> None:
        """Take some lines that are waiting."""
        del self._lines[len(self._lines) - count :]
        self.number += count

    def fault(self, message: str, line: int | None = None) -> InputError:
        """Make an error that names a line, by default the one given last."""
        return InputError(Problem(message, (), self.source, line or self.number))

    @contextmanager
    def told(self) -> Iterator[None]:
        """Let the problems of lines know what stands there: in a file, else in the last line."""
        try:
            yield
        except NntraceError as error:
            lines = {self.number: self.last.decode("utf-8-sig", errors="replace")}
            numbers = {each.line for each in error.problems if each.line} - {self.number}
            if numbers and self._length and os.path.isfile(self.source):
                with open(self.source, encoding="utf-8-sig", errors="replace") as file:
                    numbered = enumerate(islice(file, max(numbers)), 1)
                    lines |= {number: line for number, line in numbered if number in numbers}
            ends = {number: line.rstrip("\r\n") for number, line in lines.items()}
            raise error.with_text(ends.get, self.source) from None

    def peek(self) -> str:
        """Return the first line that is not blank, without taking it; empty at the end."""
        while True:
            while self._lines:
                if self._lines[-1].strip(b"\xef\xbb\xbf \t\r"):
                    return self._lines[-1].decode("utf-8-sig", errors="replace").strip()
                self._lines.pop()
                self.number += 1
            if self._ended:
                return ""
            self._read()

    def whole(self) -> str:
        """Return all that is left, as one text, whatever its lines are."""
        data = self.data()
        try:
            return data.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            raise self.fault(_NOT_UTF8, data.count(b"\n", 0, error.start) + 1) from None

    def data(self) -> bytes:
        """Return all that is left, as it is."""
        pieces = [b"\n" * self.number]  # the blank lines that peek took
        pieces += [line + b"\n" for line in reversed(self._lines)] + self._rest
        length = 0
        while not self._ended and (arrived := self._arrived()):
            pieces.append(arrived)
            length += len(arrived)
            if length > LONGEST_TEXT:
                raise self.fault(f"is longer than {LONGEST_TEXT >> 20} MiB", self.number + 1)
        return b"".join(pieces)

    def __iter__(self) -> Iterator[str]:
        while True:
            while not self._lines:
                if self._ended:
                    return
                self._read()
            raw = self._lines.pop()
            self.number += 1
            self.last = raw
            try:
                text = raw.decode("utf-8-sig" if self.number == 1 else "utf-8")
            except UnicodeDecodeError:
                raise self.fault(_NOT_UTF8) from None
            yield text

    def _read(self) -> None:
        """Take what has arrived: at least one byte, as much as there is."""
        chunk = self._arrived()
        if not chunk:
            self._ended = True
            if self._rest_length:
                self._lines.insert(0, b"".join(self._rest))
                self._rest = []
            return
        cut = chunk.rfind(b"\n")
        if cut < 0:
            self._rest.append(chunk)
            self._rest_length += len(chunk)
            if self._rest_length > LONGEST_LINE:
                line = self.number + len(self._lines) + 1
                raise self.fault(f"is longer than {LONGEST_LINE >> 20} MiB", line)
            return
        arrived = b"".join([*self._rest, chunk[:cut]]).split(b"\n")
        arrived.reverse()
        self._lines = arrived + self._lines
        self._rest = [chunk[cut + 1 :]] if cut + 1 < len(chunk) else []
        self._rest_length = len(chunk) - cut - 1

    def _arrived(self) -> bytes:
        """Return what has arrived, waiting for something; nothing at the end."""
        try:
            while (arrived := self._some(_AT_ONCE)) is None:  # somebody made the pipe so
                select.select([self._stream], [], [])
        except OSError as error:
            raise FileError(Problem(why(error), (), self.source)) from None
        self.head = self.head or arrived[:HEAD]
        self._taken += len(arrived)
        return arrived


def length_of(stream: IO[bytes]) -> int | None:
    """Return how many bytes of a regular file are left to read; None of anything else."""
    try:
        status = os.fstat(stream.fileno())
        return status.st_size - stream.tell() if stat.S_ISREG(status.st_mode) else None
    except (OSError, ValueError):  # a stream without a descriptor
        return None
