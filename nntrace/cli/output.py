"""Writing bytes so that nothing is torn or lost: to a pipe, a device, or in a file's place."""

from __future__ import annotations

import os
import re
import select
import stat
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from typing import IO, Protocol

from nntrace.cli import interrupts
from nntrace.records import NamedTuple
from nntrace.write.replace import replacing

PIPE_BUF = getattr(select, "PIPE_BUF", 512)  # bytes, and 512 the least that POSIX allows


class Sink(Protocol):
    """Where bytes go."""

    def write(self, data: bytes, /) -> object:
        """Take some bytes."""


def opened(path: str) -> AbstractContextManager[Sink]:
    """Open a file that takes its place when all is written, or a pipe or device; OSError."""
    if _is_open_or_device(path):
        return _direct(path)
    return replacing(path, interrupts.held, interrupts.tidy)


class _Unbuffered(NamedTuple):
    """A pipe or device, whose reader gets each piece at once."""

    stream: IO[bytes]

    def write(self, data: bytes) -> None:
        write_all(self.stream, data)


def write_all(stream: IO[bytes], data: bytes) -> None:
    """Write all of it, at once; a raw stream may take a part, or nothing where it would wait.

    A signal waits until a piece is written. Where a disk is full, a line that is torn is taken
    back.
    """
    for piece in _pieces(stream, data):
        with interrupts.held():
            _write_piece(stream, piece)
    stream.flush()


def _pieces(stream: IO[bytes], data: bytes) -> Iterator[memoryview]:
    """Cut what goes into a pipe at ends of lines, into pieces of PIPE_BUF bytes at most.

    POSIX promises that such a piece is written as a whole or not at all, so that a process that is
    killed while its reader rests leaves no torn line. A longer line is a piece of its own.
    """
    whole = memoryview(data)
    start, most = 0, PIPE_BUF if _is_pipe(stream) else len(data)
    while start < len(data):
        end = start + most
        if end < len(data):
            end = (data.rfind(b"\n", start, end) + 1) or (data.find(b"\n", end) + 1) or len(data)
        yield whole[start:end]
        start = end


def _is_pipe(stream: IO[bytes]) -> bool:
    try:
        return stat.S_ISFIFO(os.fstat(stream.fileno()).st_mode)
    except (OSError, ValueError):  # no file of the system's at all
        return False


def _write_piece(stream: IO[bytes], piece: memoryview) -> None:
    rest = piece
    try:
        while rest:
            written = stream.write(rest)
            if written is None:
                select.select([], [stream], [])
            else:
                rest = rest[written:]
    except OSError:
        with suppress(OSError, ValueError):
            _take_back(stream, bytes(piece[: len(piece) - len(rest)]))
        raise


def _take_back(stream: IO[bytes], written: bytes) -> None:
    """Cut a regular file after the last whole line of what was written at its end."""
    torn = len(written) - (written.rfind(b"\n") + 1)
    descriptor = stream.fileno()
    status = os.fstat(descriptor)
    end = os.lseek(descriptor, 0, os.SEEK_CUR)
    if torn and stat.S_ISREG(status.st_mode) and status.st_size == end:
        os.ftruncate(descriptor, end - torn)
        os.lseek(descriptor, end - torn, os.SEEK_SET)  # or the next to write leaves a hole


def _descriptor(path: str) -> int | None:
    """Return the number of an open file of this process, as the shell's `>(…)` names one.

    Opened anew, a file behind it would be emptied, or another put in its place.
    """
    if path == "/dev/stderr":
        return 2
    own = f"self|thread-self|{os.getpid()}"
    found = re.fullmatch(rf"/(?:dev|proc/(?:{own}))/fd/([0-9]{{1,9}})", path)
    return int(found[1]) if found else None


def _is_open_or_device(path: str) -> bool:
    if _descriptor(path) is not None:
        return True
    return os.path.exists(path) and not os.path.isfile(path)


@contextmanager
def _direct(path: str) -> Iterator[Sink]:
    """Write to a pipe, a device or what this process was started with."""
    own = _descriptor(path)
    with open(path if own is None else os.dup(own), "wb", buffering=0) as stream:
        yield _Unbuffered(stream)
