"""What somebody has answered so far, and when spaced repetition says to ask it again.

A review is one answer to one question. Where somebody stands is computed from all reviews, in the
order in which they were given; nothing else is kept.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Literal, NamedTuple, Protocol, TypeVar, get_args

from nntrace.errors import plural
from nntrace.teach.question import Key, Question, key_of

Outcome = Literal["right", "wrong", "unknown"]

OUTCOMES: tuple[Outcome, ...] = get_args(Outcome)
NEVER = datetime.max.replace(tzinfo=UTC)  # due at no time that a calendar has
MOST_HINTS = 1_000_000
BOM = b"\xef\xbb\xbf"  # some editors begin a file with it

_TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z")


class Review(NamedTuple):
    """One answer: when (UTC, to the second), to which question, what came of it, hints taken.

    `of` is the title of the question's bank or the name of its net, `family` that of a question
    made from a net, and `asks` its words; a review of an earlier version lacks them.
    """

    at: datetime
    id: str
    content: str
    outcome: Outcome
    hints: int = 0
    family: str | None = None
    of: str = ""
    asks: str = ""

    @property
    def key(self) -> Key:
        """What it is kept under, with all other answers to the same question."""
        return key_of(self.id, self.content, self.family, self.of)


class Standing(NamedTuple):
    """What all answers to one question come to: how many, how many right, the last, what is due.

    `answered` counts every review, "I don't know" among them; `last` is the last one.
    """

    last: Review
    answered: int
    right: int
    due: datetime

    @property
    def key(self) -> Key:
        """What they are kept under."""
        return self.last.key

    @property
    def outcome(self) -> Outcome:
        """What came of the last answer."""
        return self.last.outcome


class Keyed(Protocol):
    """What answers are kept under: a question, or how somebody stands with one."""

    @property
    def key(self) -> Key:
        """The key."""


K = TypeVar("K", bound=Keyed)


class Line(NamedTuple):
    """A line of what is shown of progress: a question, and how somebody stands with it.

    `of` is its bank or its net, "" where that is not known; `asks` is None where its words are not,
    and of questions made from a net what they ask for. `wait` is the time until it is due, none or
    less where it is due now; it and `standing` are None where the question was never asked.
    """

    id: str
    asks: str | None
    standing: Standing | None
    wait: timedelta | None
    of: str = ""
    family: str | None = None

    @property
    def due(self) -> bool:
        """Whether it is due now."""
        return self.wait is not None and self.wait <= timedelta(0)


def encode(review: Review) -> bytes:
    """Return a review as one line of JSON, its newline included; ASCII, whatever the id is."""
    record = {**review._asdict(), "at": _written(review.at)}
    for name in _MAY_LACK:
        if not record[name]:
            del record[name]
    return json.dumps(record).encode("ascii") + b"\n"


_HOLDS: dict[str, Callable[[Any], bool]] = {
    "at": lambda at: isinstance(at, str) and _TIME.fullmatch(at) is not None,
    "id": lambda id: isinstance(id, str),
    "content": lambda content: isinstance(content, str),
    "outcome": lambda outcome: outcome in OUTCOMES,
    "hints": lambda hints: type(hints) is int and 0 <= hints <= MOST_HINTS,
}
_MAY_LACK = ("family", "of", "asks")


def decode(line: bytes) -> Review | None:
    """Return the review that a line holds, None where it holds none.

    Further keys are let be: a later version may write them.
    """
    try:
        record = json.loads(line.removeprefix(BOM).decode())
        values = {name: record[name] for name in _HOLDS}
        if not all(holds(values[name]) for name, holds in _HOLDS.items()):
            return None
        moment = datetime.fromisoformat(values["at"])  # no 30th of February
        values |= {name: record[name] for name in _MAY_LACK if isinstance(record.get(name), str)}
    except (ValueError, RecursionError, LookupError, TypeError):
        return None
    return Review(**{**values, "at": moment})


def standings(reviews: Iterable[Review]) -> dict[Key, Standing]:
    """Return how somebody stands with each question that they were asked.

    When it is due is what FSRS says with its default parameters and no dice: wrong and "I don't
    know" are its Again, right with hints its Hard, right its Good. Reviews count in the order in
    which they come, also where a clock was set back between them.
    """
    by_question: dict[Key, list[Review]] = {}
    for review in reviews:
        by_question.setdefault(review.key, []).append(review)
    return {key: _standing(answers) for key, answers in by_question.items()}


def missed(asked: Sequence[K], known: Mapping[Key, Standing]) -> list[K]:
    """Return the questions whose last answer was wrong or "I don't know", in their own order."""
    return [
        each for each in asked if (standing := known.get(each.key)) and standing.outcome != "right"
    ]


def due(asked: Sequence[K], known: Mapping[Key, Standing], now: datetime) -> list[K]:
    """Return the questions that are due, the longest overdue first; one never asked is not due."""
    found = [(known[each.key].due, each) for each in asked if each.key in known]
    overdue = sorted((pair for pair in found if pair[0] <= now), key=lambda pair: pair[0])
    return [each for _, each in overdue]


def progress_lines(
    questions: Sequence[Question],
    known: Mapping[Key, Standing],
    now: datetime,
    families: Mapping[str, str],
) -> list[Line]:
    """Return a line for every question of a bank, in its order, then for all others ever asked.

    Those of one bank or net come together. `families` says of each what its questions ask for.
    """

    def line(key: Key, standing: Standing | None, question: Question | None) -> Line:
        wait = standing.due - now if standing else None
        if question is not None:
            return Line(question.id, question.asks, standing, wait, question.of)
        assert standing is not None
        last = standing.last
        if last.family is None:
            return Line(last.id, last.asks or None, standing, wait, last.of)
        asks = families.get(last.family, last.asks)
        return Line(last.family, asks or None, standing, wait, last.of, last.family)

    here = {each.key: each for each in questions}
    lines = [line(key, known.get(key), each) for key, each in here.items()]
    others = [line(key, standing, None) for key, standing in known.items() if key not in here]
    places = {of: place for place, of in reversed([*enumerate(each.of for each in others)])}
    return [*lines, *sorted(others, key=lambda each: places[each.of])]


def totals(lines: Sequence[Line]) -> list[str]:
    """Say in a few words what all lines come to; shares of a whole come with the whole."""
    known = [line.standing for line in lines if line.standing]
    if not known:
        return [f"{plural(len(lines), 'question')}, none asked yet"]
    answers = sum(standing.answered for standing in known)
    right = sum(standing.right for standing in known)
    missed_last = sum(standing.outcome != "right" for standing in known)
    return [
        f"{len(known)} of {plural(len(lines), 'question')} asked",
        f"{right} of {plural(answers, 'answer')} right",
        f"{missed_last} missed at the last answer",
        f"{sum(line.due for line in lines)} due now",
    ]


def waiting(wait: timedelta) -> str:
    """Say how long it is until something is due: `now`, `in 10 minutes`, `in 3 days`."""
    seconds = wait.total_seconds()
    if seconds <= 0:
        return "now"
    for unit, length, most in (
        ("minute", 60, 60),
        ("hour", 3600, 24),
        ("day", 86400, 60),
        ("month", 30.436875 * 86400, 24),  # of the Gregorian calendar, on average
    ):
        count = max(1, round(seconds / length))
        if count < most:
            return f"in {count} {unit}{'s' * (count != 1)}"
    return f"in {round(seconds / (365.2425 * 86400))} years"


def open_elsewhere(
    reviews: Iterable[Review], here: str, now: datetime, missed: bool
) -> dict[str, int]:
    """Count the questions that were missed, or are due, by their bank or net; not those of `here`.

    A bank or net that was not written down is left out.
    """
    open_ones = (
        each.last.of
        for each in standings(reviews).values()
        if (each.outcome != "right" if missed else each.due <= now)
    )
    return dict(Counter(of for of in open_ones if of and of != here))


def _standing(answers: Sequence[Review]) -> Standing:
    """Replay the answers to one question; there must be one."""
    from fsrs import Card, Rating, Scheduler  # takes 20 ms to load

    ratings = {"wrong": Rating.Again, "unknown": Rating.Again, "right": Rating.Good}
    scheduler = Scheduler(enable_fuzzing=False)
    card = Card(card_id=1, due=answers[0].at)  # by default it is numbered by the clock
    until = card.due
    for answer in answers:
        rating = ratings[answer.outcome]
        if rating is Rating.Good and answer.hints:
            rating = Rating.Hard
        try:
            card, _ = scheduler.review_card(card, rating, answer.at.astimezone(UTC))
            until = card.due
        except OverflowError:  # after the last day of the calendar
            until = NEVER
    right = sum(answer.outcome == "right" for answer in answers)
    return Standing(answers[-1], len(answers), right, until)


def _written(at: datetime) -> str:
    """Write a time as `2026-11-22T19:09:54Z`."""
    moment = at.astimezone(UTC).replace(tzinfo=None)
    return moment.isoformat(timespec="seconds") + "Z"
