"""What is kept between runs: the journal of the quiz, where a reader stopped in a lesson, and what
they said there in their own words.

The journal is one review a line, only ever added to; the others are objects of texts by lesson.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from typing import NamedTuple

from nntrace.cli import store
from nntrace.cli.environment import Environment
from nntrace.cli.store import Found, folder
from nntrace.errors import FileError, Problem, UsageError, plural, why
from nntrace.teach.progress import BOM, Review, decode, encode

JOURNAL = "progress.jsonl"
PLACES = "places.json"
WORDS = "words.json"
MOST_PLACES = 1000


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
    return store.read(environment, JOURNAL, _reviews)


def append_review(environment: Environment, review: Review) -> None:
    """Add a review to the journal; where that cannot be done, say so once."""
    with store.told_once(environment), store.changing(environment) as home:
        store.append(home / JOURNAL, encode(review))


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
        with store.locked(home):
            cleared = 0
            with suppress(FileNotFoundError):
                data, unusable = store.contents(path)
                if unusable:
                    raise FileError(Problem(unusable, (), str(path)))
                if forgets:
                    reviews = _reviews(data).value
                    kept = [each for each in reviews if not forgets(each)]
                    with store.beside(path, b"".join(map(encode, kept))) as new:
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
    return store.read(environment, PLACES, _texts).get(lesson_key)


class OwnWords(NamedTuple):
    """What a reader said in a lesson in their own words, and what the lesson itself says."""

    said: str
    lesson: str


def keep_words(environment: Environment, lesson_key: str, words: OwnWords) -> None:
    """Keep what the reader of a lesson said last in their own words."""
    _remember(environment, WORDS, lesson_key, json.dumps(words))


def recall_words(environment: Environment) -> list[OwnWords]:
    """Return what the reader said in lessons, the last lesson last."""
    kept = store.read(environment, WORDS, _texts)
    return [words for text in kept.values() if (words := _own_words(text))]


def _own_words(text: str) -> OwnWords | None:
    try:
        said, lesson = json.loads(text)
    except (ValueError, TypeError, RecursionError):
        return None
    return OwnWords(said, lesson) if isinstance(said, str) and isinstance(lesson, str) else None


def _remember(environment: Environment, name: str, key: str, text: str) -> None:
    """Put a text into one of the files that hold texts by lesson."""
    with store.told_once(environment), store.changing(environment) as home:
        texts = store.mended(environment, home / name, _texts, must=True)
        texts.pop(key, None)
        texts[key] = text  # now the last one, which is forgotten last
        newest = dict(list(texts.items())[-MOST_PLACES:])
        with store.beside(home / name, _written(newest)) as new:
            os.replace(new, home / name)


# ---- what the files hold ----


def _reviews(data: bytes) -> Found[list[Review]]:
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
    return Found(reviews, b"".join(sound), fault)


def _texts(data: bytes) -> Found[dict[str, str]]:
    """Read an object of texts by lesson: places, say."""
    if not data.strip():
        return Found({}, b"")
    try:
        held = json.loads(data.removeprefix(BOM).decode())
    except (ValueError, RecursionError):
        return Found({}, b"", "it is no JSON")
    if not isinstance(held, dict):
        return Found({}, b"", "it is no JSON object")
    texts = {lesson: text for lesson, text in held.items() if isinstance(text, str)}
    fault = "" if texts == held else "a value in it is no text"
    return Found(texts, _written(texts), fault)


def _written(texts: dict[str, str]) -> bytes:
    return json.dumps(texts, indent=1).encode("ascii") + b"\n"
