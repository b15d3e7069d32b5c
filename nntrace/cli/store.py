"""Files that are kept from one run to the next, all in one folder: read, mended and written.

It is that of `NNTRACE_STATE`, by default the user's own for the state of programs. Who adds or
repairs holds the folder's lock. What cannot be kept is told once, and stops nobody; a file that is
damaged is set aside, never thrown away.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from itertools import count
from pathlib import Path
from typing import IO, Generic, NamedTuple, TypeVar
from weakref import WeakKeyDictionary

from nntrace.cli import interrupts
from nntrace.cli.environment import Environment
from nntrace.errors import why

LOCK = "lock"

LARGEST = 32 * 2**20  # bytes of a file that is read whole
PATIENCE = 5.0  # seconds until a lock is given up that another process does not let go of
_NO_LOCKS = (errno.ENOSYS, errno.ENOLCK, errno.EOPNOTSUPP, errno.EINVAL)

T = TypeVar("T")

# What was told already, by the stream that it was told on.
_told: WeakKeyDictionary[IO[bytes], set[str]] = WeakKeyDictionary()


class Found(NamedTuple, Generic[T]):
    """What was read of a file: its value, the bytes that say just that, and what is wrong."""

    value: T
    sound: bytes
    fault: str = ""


def folder(environment: Environment) -> Path:
    """Return the folder in which state is kept; it need not be there yet."""
    named = environment.variables.get("NNTRACE_STATE")
    if named:
        return Path(named)
    from platformdirs import user_state_path

    return user_state_path("nntrace", appauthor=False)


# ---- reading and repairing ----


def read(environment: Environment, name: str, parse: Callable[[bytes], Found[T]]) -> T:
    """Return what a file holds, as far as it can be read; nothing where there is no file."""
    home = folder(environment)
    path = home / name
    try:
        with locked(home, needed=False):
            return mended(environment, path, parse)
    except NotADirectoryError as error:
        _warn(environment, f"progress is not kept in {home}: {why(error)}")
    except OSError as error:
        _warn(environment, f"{path} is left as it is, but cannot be read: {why(error)}")
    return parse(b"").value


def mended(
    environment: Environment, path: Path, parse: Callable[[bytes], Found[T]], must: bool = False
) -> T:
    """Return what a file holds; where it is damaged, set it aside and keep what is readable.

    Where it must be set aside, since it will be written anew, OSError says that it cannot be.
    """
    try:
        data, unusable = contents(path)
    except FileNotFoundError:
        return parse(b"").value
    found = parse(data)
    fault = "; ".join(each for each in (unusable, found.fault) if each)
    if not fault:
        return found.value
    try:
        aside = _set_aside(path, found.sound)
    except OSError as error:
        if must:
            raise
        told = f"it cannot be set aside, {why(error)}; what can be read of it is used"
        _warn(environment, f"{path} is damaged: {fault}; {told}")
    else:
        kept = "what could be read is kept" if found.sound else "nothing of it could be kept"
        told = f"it was set aside as {aside}, {kept}"
        environment.say("warning", f"{path} is damaged: {fault}; {told}")
    return found.value


def contents(path: Path) -> tuple[bytes, str]:
    """Return the bytes of a file, and what makes it unfit for use.

    Of one that is far too long, the last part is returned, from the beginning of a line.
    """
    status = os.stat(path)
    if not stat.S_ISREG(status.st_mode):  # a pipe would keep us waiting
        return b"", "it is no regular file"
    with open(path, "rb") as stream:
        if status.st_size <= LARGEST:
            return stream.read(status.st_size), ""
        stream.seek(-(LARGEST // 2), os.SEEK_END)
        stream.readline()
        return stream.read(LARGEST), f"it is longer than {LARGEST >> 20} MiB"


def _set_aside(path: Path, sound: bytes) -> Path:
    """Keep a file under another name, which is returned, and put what is sound of it in its place.

    At no time is there neither.
    """
    names = (path.with_name(f"{path.name}.damaged-{number}") for number in count(1))
    aside = next(name for name in names if not os.path.lexists(name))
    if not path.is_file():
        os.rename(path, aside)
        return aside
    with beside(path, sound) as new:
        try:
            os.link(path, aside)
        except OSError:  # a file system without links
            os.rename(path, aside)
        os.replace(new, path)
    return aside


# ---- writing ----


def append(path: Path, line: bytes) -> None:
    """Add a line in one piece; of one that found no room, nothing is left."""
    flags = os.O_RDWR | os.O_APPEND | os.O_CREAT | getattr(os, "O_BINARY", 0)
    descriptor = os.open(path, flags, 0o666)
    try:
        size = os.lseek(descriptor, 0, os.SEEK_END)
        if size:
            os.lseek(descriptor, size - 1, os.SEEK_SET)
            if os.read(descriptor, 1) != b"\n":  # somebody's last line is torn
                line = b"\n" + line
        if os.write(descriptor, line) != len(line):
            os.ftruncate(descriptor, size)
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    finally:
        os.close(descriptor)


@contextmanager
def beside(path: Path, data: bytes) -> Iterator[Path]:
    """Write a file that can take a path's place; it is removed where it does not.

    Its name is always the same, so that none pile up where a process is killed.
    """
    new = path.with_name(f"{path.name}.new")
    with interrupts.by_exception():
        try:
            with open(new, "wb") as stream:
                stream.write(data)
                stream.flush()
                os.fsync(stream.fileno())
            yield new
        finally:
            with suppress(OSError):
                new.unlink(missing_ok=True)


@contextmanager
def changing(environment: Environment) -> Iterator[Path]:
    """Make the folder where it is not there, hold its lock, and give its path."""
    home = folder(environment)
    if not environment.variables.get("NNTRACE_STATE") and not home.is_absolute():
        raise FileNotFoundError(errno.ENOENT, "there is no home folder")
    try:
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
    except FileExistsError:
        raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR)) from None
    with locked(home):
        yield home


@contextmanager
def locked(home: Path, needed: bool = True) -> Iterator[None]:
    """Hold the folder's lock; the system lets go of it, however the process ends.

    It is waited for, but not for ever: whoever holds it may have been stopped. On a file system
    without locks there is none, and where it is not needed, nor in a folder in which none can be
    made.
    """
    from filelock import FileLock, Timeout

    lock = FileLock(home / LOCK, PATIENCE, 0o666, poll_interval=0.002, preserve_lock_file=True)
    with ExitStack() as held:
        try:
            os.stat(os.path.join(home, ""))  # a folder, which would be made, too
            held.enter_context(lock)
        except Timeout:
            raise TimeoutError(errno.ETIMEDOUT, "another process keeps it locked") from None
        except OSError as error:
            if needed and error.errno not in _NO_LOCKS:
                raise
        yield


# ---- telling ----


@contextmanager
def told_once(environment: Environment) -> Iterator[None]:
    """Turn the system's errors into a warning that nothing is kept."""
    try:
        yield
    except OSError as error:
        _warn(environment, f"progress is not kept in {folder(environment)}: {why(error)}")


def _warn(environment: Environment, message: str) -> None:
    """Warn of something that may come up at every question, but only the first time."""
    told = _told.setdefault(environment.stderr, set())
    if message not in told:
        told.add(message)
        environment.say("warning", message)
