"""Rows of a table: some of many, or any number of one kind that are made as they are told."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from itertools import chain
from typing import TYPE_CHECKING, NamedTuple, overload

import numpy as np

from nntrace.write.report import Axis, Bar, Cell, Emphasis, Number, Row, Words
from nntrace.write.view import LARGE

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from nntrace.core.arrays import Array

AT_ONCE = 4096  # rows that are made together


def gapped(shown: Sequence[int], size: int, row: Callable[[int], Row]) -> list[Row]:
    """Make a row for each index shown of so many, and one wherever some are left out."""
    rows, before = [], -1
    for index in [*shown, size]:
        if left := index - before - 1:
            rows.append(more(left))
        rows += [row(index)] if index < size else []
        before = index
    return rows


def more(count: int, hint: str = "") -> Row:
    """Make a row that says how many are left out here."""
    return Row([Words(f"⋮ {count} more{hint}", "", "quiet")])


def chosen(rows: Sequence[Row], shown: Sequence[int]) -> Sequence[Row]:
    """Return the rows shown, with one wherever some are left out."""
    return rows if len(shown) == len(rows) else gapped(shown, len(rows), rows.__getitem__)


def some_of(values: Array, places: range) -> list[float]:
    """Return the numbers at some places."""
    some: list[float] = values[places.start : places.stop : places.step].tolist()
    return some


class Values(NamedTuple):
    """The numbers of a column, one a row."""

    of: Array
    signed: bool = True


class Bulk(Sequence[Row]):
    """Rows of a name, numbers and a bar, of which there may be millions: made when asked for.

    `names` gives those of some rows, as they are seen and as they are heard; none is wider than
    that of a row in `widest`. `active` says of each row whether it is, where that is told. Those
    `by_hand` are marked, those that are `quiet` or the `strong` one have an emphasis.
    """

    def __init__(
        self,
        names: Callable[[range], tuple[Sequence[str], Sequence[str]]],
        widest: Sequence[str],
        numbers: Sequence[Values],
        bars: Array,
        axis: Axis,
        *,
        active: NDArray[np.bool_] | None = None,
        quiet: NDArray[np.bool_] | None = None,
        strong: int | None = None,
        by_hand: Collection[int] = (),
    ) -> None:
        self.names, self.widest, self.numbers = names, widest, numbers
        self.bars, self.axis = bars, axis
        self.active, self.quiet, self.strong = active, quiet, strong
        self.by_hand = frozenset(by_hand)

    def __len__(self) -> int:
        return len(self.bars)

    @overload
    def __getitem__(self, index: int) -> Row: ...

    @overload
    def __getitem__(self, index: slice) -> list[Row]: ...

    def __getitem__(self, index: int | slice) -> Row | list[Row]:
        if isinstance(index, slice):
            return self.made(range(*index.indices(len(self))))
        return self.made(range(len(self))[index : index + 1 or None])[0]

    def __iter__(self) -> Iterator[Row]:
        return chain.from_iterable(map(self.made, self.pieces()))

    def pieces(self) -> Iterator[range]:
        """Give the places of rows that are made together, one piece after the other."""
        for start in range(0, len(self), AT_ONCE):
            yield range(start, min(start + AT_ONCE, len(self)))

    def made(self, places: range) -> list[Row]:
        """Make some rows."""
        seen, heard = self.names(places)
        numbers = [(some_of(values.of, places), values.signed) for values in self.numbers]
        bars, facts = some_of(self.bars, places), self.facts(places)
        rows = []
        for at, place in enumerate(places):
            cells: list[Cell] = [Words(seen[at], heard[at])]
            cells += [Number(values[at], signed) for values, signed in numbers]
            bar = Bar(bars[at], self.axis)
            mark = " (set)" * (place in self.by_hand)
            rows.append(Row(cells, bar, self.emphasis(place), facts[at], mark=mark))
        return rows

    def telling(self) -> list[Row]:
        """Make a few rows in which each column is as wide as it is anywhere."""
        places = {*self.by_hand} | {
            place for each in self.numbers for place in _extremes(each.of.astype(np.float64))
        }
        rows = [row for place in sorted(places) for row in self.made(range(place, place + 1))]
        first = [*self.made(range(1))[0].cells[1:]] if len(self) else []
        return [*rows, *(Row([Words(name), *first]) for name in self.widest)]

    def emphasis(self, place: int) -> Emphasis:
        """Return the emphasis of a row."""
        if place == self.strong:
            return "strong"
        return "quiet" if self.quiet is not None and self.quiet[place] else ""

    def facts(self, places: range) -> list[str]:
        """Say of some rows, in words, what is heard alone."""
        facts = [""] * len(places)
        if self.active is not None:
            active = self.active[places.start : places.stop : places.step].tolist()
            facts = ["active" if each else "not active" for each in active]
        for place in self.by_hand.intersection(places):
            at = places.index(place)
            facts[at] = ", ".join(filter(None, [facts[at], "set by hand"]))
        return facts


def _extremes(values: Array) -> Iterator[int]:
    """Give the places of numbers that may be the longest when they are written.

    Of either sign, since a sign may be what makes a number longer than a larger one: the largest
    with all its digits, and the largest and smallest of all, which have the longest exponents.
    """
    yield from (int(np.argmax(each)) for each in (np.isnan(values), values == 0) if each.any())
    for sizes in (values, -values):
        some = sizes > 0
        if some.any():
            yield int(np.where(some & (sizes < LARGE), sizes, 0).argmax())
            yield int(np.where(some, sizes, 0).argmax())  # an infinity, where there is one
            yield int(np.where(some & np.isfinite(sizes), sizes, 0).argmax())
            yield int(np.where(some, sizes, np.inf).argmin())
