"""Opening files that strangers name: only regular ones, only within bounds, with plain errors."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING

from nntrace.errors import FileError, NntraceError, Problem, why

if TYPE_CHECKING:
    from pathlib import Path

LONGEST_TEXT = 256 * 2**20
_AT_ONCE = 2**20


def read_bytes(path: str, inspect: Callable[[bytes], None] | None = None) -> bytes:
    """Return the bytes of a file or pipe; FileError, with its name, where it cannot be read.

    The first of them, a mebibyte where there is as much, are given to `inspect` before the rest is
    read; it may raise.
    """
    if not path:
        raise FileError("'' is no file name")
    with told_at(path), open(path, "rb") as stream:
        data = _bounded(stream, inspect)
    if len(data) > LONGEST_TEXT:
        message = f"is longer than {LONGEST_TEXT >> 20} MiB, which no text needs to be"
        raise FileError(Problem(message, (), path))
    return data


@contextmanager
def told_at(path: str) -> Iterator[None]:
    """Turn the system's errors while a file is opened and read into a FileError at its path."""
    try:
        yield
    except NntraceError:
        raise
    except OSError as error:
        raise FileError(Problem(why(error), (), path)) from None
    except ValueError as error:  # a NUL in the name
        raise FileError(Problem(str(error), (), path)) from None


def _bounded(stream: IO[bytes], inspect: Callable[[bytes], None] | None) -> bytes:
    """Read to the end, or until a text is too long, with room for no more than is there."""
    pieces: list[bytes] = []
    length = 0
    while length <= LONGEST_TEXT and (piece := stream.read(_AT_ONCE)):
        if inspect and not pieces:
            inspect(piece)
        pieces.append(piece)
        length += len(piece)
    return b"".join(pieces)


def is_stream(path: str) -> bool:
    """Whether a path is a pipe or a device, which may be waited for, or one that a shell opened.

    Links are resolved; `/dev/stdin` and the `/dev/fd/63` of `<(…)` may stand for regular files.
    """
    try:
        mode = os.stat(path).st_mode
    except (OSError, ValueError):
        return False
    opened = path.startswith(("/dev/stdin", "/dev/fd/", "/proc/self/fd/"))
    return opened or not (stat.S_ISREG(mode) or stat.S_ISDIR(mode))


def inside(folder: str | Path, name: str, of: str = "the net file") -> Path:
    """Return the path of a file that a net, or a lesson, in `folder` names.

    It must be named relative to the folder and lie in it or below, links resolved, and be a regular
    file; FileError says which of these it is not.
    """
    target = _below(folder, name, of)
    with told_plainly(name):
        if not stat.S_ISREG(target.stat().st_mode):
            raise FileError(f"'{name}' is not a regular file")
    return target


def check_own(folder: Path, name: str, of: str) -> None:
    """Raise FileError where something by that name is there, but not for who lies in `folder`.

    A folder is for them, though no file, and whoever reads it says so.
    """
    if os.path.lexists(folder / name) and not _below(folder, name, of).is_dir():
        inside(folder, name, of)


def _below(folder: str | Path, name: str, of: str) -> Path:
    """Return a path, links resolved, that must lie in the folder or below."""
    from pathlib import Path  # takes a while to load, and most nets name no file

    folder = Path(folder)
    if "\0" in name:
        raise FileError(f"'{name}' is no file name")
    if Path(name).is_absolute():
        raise FileError(f"'{name}' is absolute, takes a file named relative to {of}")
    try:
        target = (folder / name).resolve()
        if not target.is_relative_to(folder.resolve()):
            raise FileError(f"'{name}' lies outside {of}'s folder")
    except OSError as error:
        if isinstance(error, FileError):
            raise
        raise FileError(f"'{name}': {why(error)}") from None
    except ValueError:  # characters that the file system's encoding lacks
        raise FileError(f"'{name}' is no file name") from None
    except RuntimeError:  # Python before 3.13 says so of links that go round in circles
        raise FileError(f"'{name}': too many levels of symbolic links") from None
    return target


@contextmanager
def told_plainly(name: str) -> Iterator[None]:
    """Turn the system's errors while a file is read into a FileError that names it."""
    try:
        yield
    except FileError:
        raise
    except OSError as error:
        raise FileError(f"'{name}': {why(error)}") from None


def physical_memory() -> int:
    """Return the bytes of memory this machine has, or a plain guess where it does not say."""
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, OSError, ValueError):
        return 64 * 2**30
