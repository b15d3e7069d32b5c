"""What is kept between runs: the journal of the quiz, where a reader stopped in a lesson, and what
they said there in their own words.

All of it lies in one folder, that of `NNTRACE_STATE`, by default the user's own for the state of
programs. The journal is one review a line, only ever added to; who adds or repairs holds the
folder's lock. What cannot be kept is told once, and stops nobody; a file that is damaged is set
aside, never thrown away.
"""

from __future__ import annotations

import errno
import json
import os
import stat
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import IO, Generic, NamedTuple, TypeVar
from weakref import WeakKeyDictionary

from nntrace.cli import interrupts
from nntrace.cli.environment import Environment
from nntrace.errors import FileError, Problem, UsageError, plural, why
from nntrace.teach.progress import BOM, Review, decode, encode

JOURNAL = "progress.jsonl"
PLACES = "places.json"
WORDS = "words.json"
LOCK = "lock"

LARGEST = 32 * 2**20  # bytes of a file that is read whole
MOST_PLACES = 1000
PATIENCE = 5.0  # seconds until a lock is given up that another process does not let go of
_NO_LOCKS = (errno.ENOSYS, errno.ENOLCK, errno.EOPNOTSUPP, errno.EINVAL)

T = TypeVar("T")

# What was told already, by the stream that it was told on.
_told: WeakKeyDictionary[IO[bytes], set[str]] = WeakKeyDictionary()


class _Found(NamedTuple, Generic[T]):
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


def now(environment: Environment) -> datetime:
    """Return the time in UTC, to the second.

    The variable `NNTRACE_NOW`, a time such as `2026-11-22T19:09:54Z` (UTC where it says nothing
    else), takes the place of the clock, so that what depends on it can be tested. Raises UsageError
    where it is no time.
    """
    given = environment.variables.get("NNTRACE_NOW")
    if not given:
        return datetime.now(UTC).replace(microsecond=0)
    try:
        moment = datetime.fromisoformat(given)
        moment = moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        message = f"'{given}' is no time, takes one such as 2026-11-22T19:09:54Z"
        raise UsageError(Problem(f"NNTRACE_NOW: {message}")) from None
    return moment.replace(microsecond=0)


def read_reviews(environment: Environment) -> list[Review]:
    """Return all reviews, in the order in which they were given.

    Where the journal is damaged it is set aside with a warning, and what is readable is kept. Where
    it cannot be read it is left alone, with a warning, and nothing is known.
    """
    return _read(environment, JOURNAL, _reviews)


def append_review(environment: Environment, review: Review) -> None:
    """Add a review to the journal; where that cannot be done, say so once."""
    with _told_once(environment), _changing(environment) as home:
        _append(home / JOURNAL, encode(review))


def clear_progress(
    environment: Environment, forgets: Callable[[Review], bool] | None = None
) -> int:
    """Forget reviews, by default all, and return how many they were.

    With all of them goes what was set aside of a damaged journal. Raises FileError where it cannot
    be cleared.
    """
    home = folder(environment)
    path = home / JOURNAL
    try:
        if not os.path.lexists(home):
            return 0
        with _locked(home):
            cleared = 0
            with suppress(FileNotFoundError):
                data, unusable = _contents(path)
                if unusable:
                    raise FileError(Problem(unusable, (), str(path)))
                if forgets:
                    reviews = _reviews(data).value
                    kept = [each for each in reviews if not forgets(each)]
                    with _beside(path, b"".join(map(encode, kept))) as new:
                        os.replace(new, path)
                    return len(reviews) - len(kept)
                cleared = len(_reviews(data).value)
                os.truncate(path, 0)
            for aside in home.glob(f"{JOURNAL}.damaged-*"):
                if not aside.is_dir():
                    aside.unlink(missing_ok=True)
            return cleared
    except OSError as error:
        if isinstance(error, FileError):
            raise
        raise FileError(Problem(f"cannot be cleared: {why(error)}", (), str(path))) from None


def remember_place(environment: Environment, lesson_key: str, place: str) -> None:
    """Remember where in a lesson the reader stopped; as quietly as a review is kept."""
    _remember(environment, PLACES, lesson_key, place)


def recall_place(environment: Environment, lesson_key: str) -> str | None:
    """Return where the reader stopped in a lesson, None where that is not known."""
    return _read(environment, PLACES, _texts).get(lesson_key)


class OwnWords(NamedTuple):
    """What a reader said in a lesson in their own words, and what the lesson itself says."""

    said: str
    lesson: str


def keep_words(environment: Environment, lesson_key: str, words: OwnWords) -> None:
    """Keep what the reader of a lesson said last in their own words."""
    _remember(environment, WORDS, lesson_key, json.dumps(words))


def recall_words(environment: Environment) -> list[OwnWords]:
    """Return what the reader said in lessons, the last lesson last."""
    kept = _read(environment, WORDS, _texts)
    return [words for text in kept.values() if (words := _own_words(text))]


def _own_words(text: str) -> OwnWords | None:
    try:
        said, lesson = json.loads(text)
    except (ValueError, TypeError, RecursionError):
        return None
    return OwnWords(said, lesson) if isinstance(said, str) and isinstance(lesson, str) else None


def _remember(environment: Environment, name: str, key: str, text: str) -> None:
    """Put a text into one of the files that hold texts by lesson."""
    with _told_once(environment), _changing(environment) as home:
        texts = _mended(environment, home / name, _texts, must=True)
        texts.pop(key, None)
        texts[key] = text  # now the last one, which is forgotten last
        newest = dict(list(texts.items())[-MOST_PLACES:])
        with _beside(home / name, _written(newest)) as new:
            os.replace(new, home / name)


# ---- what the files hold ----


def _reviews(data: bytes) -> _Found[list[Review]]:
    """Read a journal: a review a line, blank lines let be."""
    reviews, sound, bad = [], [], []
    for number, line in enumerate(data.split(b"\n"), start=1):
        if not line.strip():
            continue
        review = decode(line)
        if review is None:
            bad.append(number)
        else:
            reviews.append(review)
            sound.append(line + b"\n")
    fault = ""
    if bad:
        more = f" (and {plural(len(bad) - 1, 'other')})" if bad[1:] else ""
        fault = f"line {bad[0]}{more} cannot be read"
    return _Found(reviews, b"".join(sound), fault)


def _texts(data: bytes) -> _Found[dict[str, str]]:
    """Read an object of texts by lesson: places, say."""
    if not data.strip():
        return _Found({}, b"")
    try:
        held = json.loads(data.removeprefix(BOM).decode())
    except (ValueError, RecursionError):
        return _Found({}, b"", "it is no JSON")
    if not isinstance(held, dict):
        return _Found({}, b"", "it is no JSON object")
    texts = {lesson: text for lesson, text in held.items() if isinstance(text, str)}
    fault = "" if texts == held else "a value in it is no text"
    return _Found(texts, _written(texts), fault)


def _written(texts: dict[str, str]) -> bytes:
    return json.dumps(texts, indent=1).encode("ascii") + b"\n"


# ---- reading and repairing ----


def _read(environment: Environment, name: str, parse: Callable[[bytes], _Found[T]]) -> T:
    """Return what a file holds, as far as it can be read; nothing where there is no file."""
    home = folder(environment)
    path = home / name
    try:
        with _locked(home, needed=False):
            return _mended(environment, path, parse)
    except NotADirectoryError as error:
        _warn(environment, f"progress is not kept in {home}: {why(error)}")
    except OSError as error:
        _warn(environment, f"{path} is left as it is, but cannot be read: {why(error)}")
    return parse(b"").value


def _mended(
    environment: Environment, path: Path, parse: Callable[[bytes], _Found[T]], must: bool = False
) -> T:
    """Return what a file holds; where it is damaged, set it aside and keep what is readable.

    Where it must be set aside, since it will be written anew, OSError says that it cannot be.
    """
    try:
        data, unusable = _contents(path)
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


def _contents(path: Path) -> tuple[bytes, str]:
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
    with _beside(path, sound) as new:
        try:
            os.link(path, aside)
        except OSError:  # a file system without links
            os.rename(path, aside)
        os.replace(new, path)
    return aside


# ---- writing ----


def _append(path: Path, line: bytes) -> None:
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
def _beside(path: Path, data: bytes) -> Iterator[Path]:
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
def _changing(environment: Environment) -> Iterator[Path]:
    """Make the folder where it is not there, hold its lock, and give its path."""
    home = folder(environment)
    if not environment.variables.get("NNTRACE_STATE") and not home.is_absolute():
        raise FileNotFoundError(errno.ENOENT, "there is no home folder")
    try:
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
    except FileExistsError:
        raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR)) from None
    with _locked(home):
        yield home


@contextmanager
def _locked(home: Path, needed: bool = True) -> Iterator[None]:
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
def _told_once(environment: Environment) -> Iterator[None]:
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
