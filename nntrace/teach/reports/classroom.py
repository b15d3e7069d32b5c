"""A class: a line of marks for each person, the hardest questions, the commonest mistakes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from nntrace.errors import listed
from nntrace.teach.classroom import Class, Person, Tally
from nntrace.teach.grading import Graded
from nntrace.teach.reports.prose import flat
from nntrace.words import cropped
from nntrace.write.report import (
    Blank,
    Column,
    Item,
    Report,
    Row,
    Seen,
    Table,
    Words,
    heard,
    line,
    seen,
)
from nntrace.write.view import View

NARROWEST, WIDEST = 40, 200
NAME = 24  # columns of a name at most
WORDS = 20  # columns at least of what a question asks or an option says


class _Signs(NamedTuple):
    """What stands for an answer that is no wrong letter."""

    right: str
    number: str  # that is wrong
    unknown: str = "?"
    unreadable: str = "!"
    unasked: str = " "


def class_report(graded: Class, view: View) -> Report:
    """Tell how a class did: everybody, then every question that somebody missed."""
    items = [*_people(graded, view), *_questions(graded, view)]
    return Report(items, view.between(NARROWEST, WIDEST))


# ---- people ----


def _people(graded: Class, view: View) -> Iterator[Item]:
    signs = _Signs("+", "x") if view.ascii_only else _Signs("✓", "✗")
    names = [cropped(person.name, NAME) if view.width else person.name for person in graded.people]
    wide = max([len("name"), *map(len, names)])
    cell = max(2, len(str(len(graded.tallies)))) + 1
    room = len(graded.tallies)
    if view.width:
        room = (
            max(1, (view.between(NARROWEST, WIDEST).width or 0) - wide - len("  right  ")) // cell
        )
    for start in range(0, len(graded.tallies), room):
        shown = graded.tallies[start : start + room]
        title = "".join(f"{tally.number:>{cell}}" for tally in shown)
        rows = []
        for person, name in zip(graded.people, names, strict=True):
            marks = [_mark(person.answer_to(tally.question), signs) for tally in shown]
            told = "".join(f"{mark:>{cell}}" for mark in marks)
            right = f"{person.score.right}/{person.score.total}"
            rows.append(Row([name, right, Words(told, "")], heard=_heard(person, graded)))
        columns = [Column("name"), Column("right", True), Column(title)]
        table = Table(columns, rows)
        yield table if not start else Seen([table])
        yield Blank()
    yield seen(
        f"{signs.right} right, a letter or {signs.number} wrong, {signs.unknown} not known,"
        f" {signs.unreadable} not read"
    )
    count = len(graded.people)
    people = "1 person" if count == 1 else f"{count} people"
    share = f"{round(100 * graded.mean)} %"
    said = f"{people}, {share.replace(' %', ' percent')} right on average."
    yield line(f"{people}, {share} right on average", said, "strong")


def _mark(answer: Graded | None, signs: _Signs) -> str:
    if answer is None:
        return signs.unasked
    if answer.outcome == "wrong":
        letter = answer.chosen.letter if answer.chosen else ""
        return letter or signs.number
    return {
        "right": signs.right,
        "unknown": signs.unknown,
        "unreadable": signs.unreadable,
    }[answer.outcome]


def _heard(person: Person, graded: Class) -> str:
    """Say how somebody did, and with which questions they had trouble."""
    score = person.score
    told = [f"{person.name}: {score.right} of {score.total} right"]
    for outcome, words in (
        ("wrong", "wrong"),
        ("unknown", "not known"),
        ("unreadable", "not read"),
    ):
        numbers = [
            tally.number
            for tally in graded.tallies
            if (answer := person.answer_to(tally.question)) and answer.outcome == outcome
        ]
        if numbers:
            told.append(f"{words} {listed(numbers)}")
    return "; ".join(told)


# ---- questions ----


def _questions(graded: Class, view: View) -> Iterator[Item]:
    hardest = graded.hardest
    if not hardest:
        return
    yield Blank()
    yield seen("The hardest questions first, and which mistakes were made:")
    yield heard("The hardest questions first:")
    rows: list[Row] = []
    for tally in hardest:
        asks = _short(flat(tally.question.asks), view)
        said = f"Question {tally.number}: {tally.right} of {tally.asked} right. {asks}"
        right = f"{tally.right}/{tally.asked}"
        rows.append(Row([str(tally.number), right, Words(asks, emphasis="strong")], heard=said))
        rows += [_mistake(words, count, view) for words, count in _mistakes(tally)]
    columns = [Column("question", True), Column("right", True), Column("", short="breaks")]
    yield Table(columns, rows)


def _mistakes(tally: Tally) -> Iterator[tuple[str, int]]:
    """Give what was answered instead of what is right, and how often."""
    for option, count in tally.mistakes:
        yield flat(option.text), count
    other = tally.wrong - tally.unreadable - sum(count for _, count in tally.mistakes)
    rest = {"another number": other, "not known": tally.unknown, "not read": tally.unreadable}
    yield from ((words, count) for words, count in rest.items() if count)


def _mistake(words: str, count: int, view: View) -> Row:
    words = _short(words, view)
    times = "×" if not view.ascii_only else "x"
    return Row(["", f"{count} {times}", words], heard=f"{count} times: {words}")


def _short(text: str, view: View) -> str:
    return cropped(text, max(WORDS, (view.width or 0) - 24)) if view.width else text
