"""A step of a lesson as screens: each holds what fits on the terminal, and ends where one waits.

A step is parted where the reader is to do something. What comes up to there is drawn when it is
wanted, for a ladder takes seconds, and laid on as few screens as hold it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from nntrace.cli.sessions.parts import ESCAPES, Teller, lay_out
from nntrace.cli.sessions.replacing import replaceable
from nntrace.cli.sessions.talk import parted, text_of
from nntrace.teach.question import Question
from nntrace.teach.reports import lesson as told
from nntrace.teach.step import Block, Command, Goal, Lesson, Say, waits

_OPTION = re.compile(" [a-z·]  [^ ]")  # of a question, with its reason below it
LEAST = 8  # lines of a screen, however low the terminal is
FREE = {Question: 4, Say: 3, Goal: 4, Command: 4}  # lines below, for what is asked and typed


class Mark(NamedTuple):
    """Where a screen begins: at which part of its step, and which of that part's screens it is."""

    part: int
    screen: int


class Screen(NamedTuple):
    """Some lines that are seen together, and the block that waits below them, if any."""

    text: str
    waits: Block | None = None


class Screens:
    """The screens of one step, on a terminal of so many lines; None where that is not known."""

    def __init__(self, teller: Teller, lesson: Lesson, step: int, room: int | None) -> None:
        self.teller = teller
        self.lesson = lesson
        self.room = None if room is None else max(room, LEAST)
        self.parts = parts_of(lesson.steps[step].blocks)
        self._drawn: dict[int, list[Screen]] = {}

    def of(self, part: int) -> list[Screen]:
        """Return the screens of a part, which is drawn the first time."""
        if part not in self._drawn:
            self._drawn[part] = self._draw(self.parts[part])
        return self._drawn[part]

    def at(self, mark: Mark) -> Screen:
        """Return the screen that begins at a mark."""
        return self.of(mark.part)[mark.screen]

    def near(self, mark: Mark) -> Mark:
        """Return the mark itself, or the last there is before it: a lesson may have changed."""
        part = min(max(mark.part, 0), len(self.parts) - 1)
        return Mark(part, min(max(mark.screen, 0), len(self.of(part)) - 1))

    def after(self, mark: Mark) -> Mark | None:
        """Return the next screen, None behind the last."""
        if mark.screen + 1 < len(self.of(mark.part)):
            return Mark(mark.part, mark.screen + 1)
        return Mark(mark.part + 1, 0) if mark.part + 1 < len(self.parts) else None

    def before(self, mark: Mark) -> Mark | None:
        """Return the screen before, None before the first."""
        if mark.screen:
            return Mark(mark.part, mark.screen - 1)
        return Mark(mark.part - 1, len(self.of(mark.part - 1)) - 1) if mark.part else None

    @property
    def last(self) -> Mark:
        """The last screen of the step."""
        part = len(self.parts) - 1
        return Mark(part, len(self.of(part)) - 1)

    def _draw(self, blocks: Sequence[Block]) -> list[Screen]:
        asks = blocks[-1] if waits(blocks[-1]) else None
        shown = blocks[:-1] if asks else blocks
        texts = lay_out([self.teller.piece(self.lesson, each) for each in shown], self.teller.wide)
        free = 1
        if asks is not None:
            texts.append(asked_text(asks, self.teller))
            free = FREE[type(asks)]
        texts = [parted(text, self.teller.view) for text in texts]
        pages = paged(texts, self.room, free)
        return [*(Screen(page) for page in pages[:-1]), Screen(pages[-1], asks)]


def parts_of(blocks: Sequence[Block]) -> list[Sequence[Block]]:
    """Part the blocks of a step behind each that waits for the reader."""
    parts: list[Sequence[Block]] = []
    start = 0
    for end, block in enumerate(blocks, start=1):
        if waits(block) or end == len(blocks):
            parts.append(blocks[start:end])
            start = end
    return parts


def asked_text(block: Block, teller: Teller) -> str:
    """Tell what a block asks for."""
    view = teller.column
    match block:
        case Question():
            return text_of(told.asked(block, view))
        case Say():
            return text_of(told.prose(block.asks, block.trace, view), "\n")
        case Goal():
            return text_of(told.goal(block, replaceable(block.command.text), view))
        case Command():
            return text_of(told.your_turn(replaceable(block.text), block.text, view))
    raise TypeError(f"{type(block).__name__} waits for nobody")


def paged(texts: Sequence[str], room: int | None, free: int) -> list[str]:
    """Lay texts on as few pages as have room for them; below the last so many lines are `free`.

    The last page is the fullest: what is asked there is seen together with what it is about. A text
    that is higher than a page is parted, at a good place where there is one near; one that leads in
    to the next, as a colon at its end says, stands above it where a page has room for both.
    """
    if room is None:
        return ["".join(texts)]
    lower = max(room - free, LEAST - 2)
    upper = max(room - 1, lower)
    pieces = [piece for text in texts[:-1] for piece in _cut(text, upper)]
    pieces = _led(
        pieces + [piece for text in texts[-1:] for piece in _cut(text, lower)], upper, lower
    )
    pages: list[list[str]] = [[]]
    left = lower
    for piece in reversed(pieces):
        height = piece.count("\n")
        if (pages[0] or piece is not pieces[-1]) and height > left:
            pages.insert(0, [])
            left = upper
        pages[0].insert(0, piece)
        left -= height
    return ["".join(page) for page in pages]


def _led(pieces: Sequence[str], upper: int, lower: int) -> list[str]:
    """Put what leads in to a piece together with it, where a page holds both.

    The last page has room for `lower` lines, any other one for `upper`.
    """
    led: list[str] = []
    for piece in reversed(pieces):
        most = upper if led[1:] else lower
        leads = ESCAPES.sub("", piece).rstrip().endswith(":")
        if leads and led and piece.count("\n") + led[0].count("\n") <= most:
            led[0] = piece + led[0]
        else:
            led.insert(0, piece)
    return led


def _cut(text: str, most: int) -> list[str]:
    """Part a text into pieces of up to so many lines, without the empty one below a full page."""
    lines = text.splitlines(keepends=True)
    if len(lines) == most + 1 and not lines[-1].strip():
        del lines[-1]
    pieces = []
    while len(lines) > most:
        at = parting(lines, most)
        pieces.append("".join(lines[:at]))
        lines = lines[at:]
    return [*pieces, "".join(lines)]


def parting(lines: Sequence[str], most: int) -> int:
    """Return behind how many lines, of up to so many, a text is best parted.

    That is between two things that are seen whole, else at an empty line inside a box, if there is
    such a place in the lower half.
    """
    seen = [ESCAPES.sub("", line) for line in lines[: most + 1]]
    for parts in (_between, _empty):
        places = [at for at in range(most // 2 + 1, most + 1) if parts(seen[at - 1], seen[at])]
        if places:
            return places[-1]
    return most


def _between(above: str, below: str) -> bool:
    return not above.strip() or below.startswith("╭") or bool(_OPTION.match(below))


def _empty(above: str, below: str) -> bool:
    return not above.strip(" │\n")
