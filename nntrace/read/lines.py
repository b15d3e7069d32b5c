"""Lines of a stream as they arrive, in constant memory."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import IO

from nntrace.errors import InputError, Problem

LONGEST_LINE = 64 * 2**20
_AT_ONCE = 2**18


class Lines:
    """The lines of a binary stream, without their ends; iterating blocks only when it must.

    `number` is that of the line given last, from 1. `drained` says that the next line has not
    arrived yet, so that what came of those before should go out now.
    """

    def __init__(self, stream: IO[bytes], source: str) -> None:
        self.source = source
        self.number = 0
        self._descriptor = stream.fileno()
        self._stream = stream  # kept open while it is read
        self._lines: list[bytes] = []  # reversed, so that the next is popped
        self._rest: list[bytes] = []
        self._rest_length = 0
        self._ended = False

    @property
    def drained(self) -> bool:
        """Whether every line that has arrived was given out."""
        return not self._lines

    def fault(self, message: str, line: int | None = None) -> InputError:
        """Make an error that names a line, by default the one given last."""
        return InputError(Problem(message, (), self.source, line or self.number))

    def peek(self) -> str:
        """Return the first line that is not blank, without taking it; empty at the end."""
        while True:
            for raw in reversed(self._lines):
                if raw.strip(b"\xef\xbb\xbf \t\r"):
                    return raw.decode("utf-8-sig", errors="replace").strip()
            if self._ended:
                return ""
            self._read()

    def whole(self) -> str:
        """Return all that is left, as one text."""
        return "\n".join(self)

    def __iter__(self) -> Iterator[str]:
        while True:
            while not self._lines:
                if self._ended:
                    return
                self._read()
            raw = self._lines.pop()
            self.number += 1
            try:
                text = raw.decode("utf-8-sig" if self.number == 1 else "utf-8")
            except UnicodeDecodeError:
                raise self.fault("is not text in UTF-8") from None
            yield text.removesuffix("\r")

    def _read(self) -> None:
        """Take what has arrived: at least one byte, as much as there is."""
        chunk = os.read(self._descriptor, _AT_ONCE)
        if not chunk:
            self._ended = True
            if self._rest_length:
                self._lines.insert(0, b"".join(self._rest))
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


def open_lines(path: str) -> Lines:
    """Open a file for its lines."""
    return Lines(open(path, "rb", buffering=0), path)
