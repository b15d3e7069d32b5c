"""How far a long run has come: a line on the terminal, `12,345 rows, 61,000 rows/s, 12 s left`.

It is drawn after the first second, between batches, and nothing of it stays. There is none where
nobody watches standard error: it is no terminal, none that can be moved back on (`TERM=dumb`), or
what is said there is kept and shown later, as in a lesson. Nor is there one for a screen reader,
and while rows are written to a terminal one after the other, which they would tangle with.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from time import monotonic
from typing import TYPE_CHECKING, TypeVar

from nntrace.cli import interrupts
from nntrace.cli.environment import Environment
from nntrace.cli.options import Color

if TYPE_CHECKING:
    from nntrace.read.rows.batches import Batch

T = TypeVar("T")

PATIENCE = 1.0  # seconds without a line
EVERY = 0.25  # seconds from one drawing to the next
_BEGIN, _REST = "\r", "\x1b[K"  # go to the first column; erase what is right of here
_BAR = 20  # columns
_ROOM_FOR_BAR = 60


class Progress:
    """The line of one run; leaving it as a context erases the line, however the run ends.

    `clock` gives seconds, as `time.monotonic` does.
    """

    def __init__(
        self,
        environment: Environment,
        accessible: bool = False,
        streaming: bool = False,
        color: Color = Color.auto,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        self._environment = environment
        self._color = color
        self._clock = clock
        self._drawn = False
        self._shows = (
            not accessible
            and environment.watched
            and not (streaming and environment.stdout.isatty())
        )

    def __enter__(self) -> Progress:
        interrupts.tidy.append(self.erase)
        return self

    def __exit__(self, *_: object) -> None:
        self.erase()
        interrupts.tidy.remove(self.erase)

    def over(self, batches: Iterator[Batch]) -> Iterator[Batch]:
        """Give the same batches; show how far it has come whenever the next is asked for."""
        return self.along(batches, lambda batch: (len(batch.values), batch.fraction))

    def along(
        self, pieces: Iterator[T], measure: Callable[[T], tuple[int, float | None]]
    ) -> Iterator[T]:
        """Do so with pieces of any kind; `measure` gives a piece's rows, and how much is read."""
        return self._shown(pieces, measure) if self._shows else pieces

    def _shown(
        self, pieces: Iterator[T], measure: Callable[[T], tuple[int, float | None]]
    ) -> Iterator[T]:
        show = self._drawing("rows")
        rows = 0
        try:
            for piece in pieces:
                yield piece
                more, fraction = measure(piece)
                rows += more
                show(rows, fraction)
        finally:
            self.erase()

    def counting(self, things: str) -> Callable[[int, int], None]:
        """Return what shows, when it is told so, how many of how many things are done."""
        if not self._shows:
            return lambda done, total: None
        show = self._drawing(things)
        return lambda done, total: show(done, done / total)

    def _drawing(self, things: str) -> Callable[[int, float | None], None]:
        """Return what draws the line from time to time, told how far it is."""
        start = self._clock()
        due = start + PATIENCE

        def show(done: int, fraction: float | None) -> None:
            nonlocal due
            now = self._clock()
            if now >= due:
                self._draw(told(done, now - start, fraction, things), fraction)
                due = self._clock() + EVERY  # a terminal may be slow

        return show

    def _draw(self, words: str, fraction: float | None) -> None:
        from rich.text import Text

        from nntrace.cli.result import view_of_errors
        from nntrace.write.render.bars import bar
        from nntrace.write.render.styles import render

        view = view_of_errors(self._environment, self._color)
        width = view.width or 0
        line = Text()
        if fraction and width >= _ROOM_FOR_BAR:
            line.append_text(bar(fraction, 1, _BAR, view))
            line.append(" " * (_BAR + 2 - len(line)))
        line.append(words)
        line.truncate(width, overflow="ellipsis")
        self._drawn = True
        drawn = render([line], view).removesuffix("\n")
        self._environment.tell(_BEGIN + drawn + _REST)

    def erase(self) -> None:
        """Take the line away, so that something else can be said."""
        if self._drawn:
            self._drawn = False
            self._environment.tell(_BEGIN + _REST)


def told(done: int, seconds: float, fraction: float | None, things: str = "rows") -> str:
    """Say how many things were done in some seconds, and how long the rest of them takes.

    `fraction` is how much of all was done, from 0 to 1; None where that is not known.
    """
    counted = things if done != 1 else things.removesuffix("s")
    words = [f"{done:,} {counted}", f"{done / seconds:,.0f} {things}/s"]
    if fraction:
        words.append(f"{duration(seconds / fraction - seconds)} left")
    return ", ".join(words)


def duration(seconds: float) -> str:
    """Write a time in its two largest units: `12 s`, `3 min 20 s`, `2 h 10 min`."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600:,} h {whole % 3600 // 60} min"
