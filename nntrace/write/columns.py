"""Rows as columns: a description that reports, CSV and JSONL of many rows are made from.

A block is some rows that follow each other, as columns of one length; the columns of all blocks of
an output have the same names and kinds. What is written here is written for all rows of a block at
once: a number at a time would cost many times as much.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from enum import Enum, auto
from itertools import chain
from typing import TYPE_CHECKING, Any

import numpy as np

from nntrace.records import NamedTuple
from nntrace.words import class_name
from nntrace.write.view import LARGE, View, number, percent

if TYPE_CHECKING:
    from nntrace.core.arrays import Array, Flags, Numbers

FIRST = 1000  # rows: where nothing is shortened, the widths of a table are those of so many
# A terminal shows up to so many rows whole, of more head and tail.
MOST_ROWS, HEAD, TAIL = 40, 30, 5


class Kind(Enum):
    """What stands in a column, from which follows how it is written and on which side."""

    ROW = auto()  # the number of the row
    COUNT = auto()  # how many of something
    TEXT = auto()  # what came along with it: the name of an example, a value of any type
    CLASS = auto()  # a class of the net, None where there is none
    SHARE = auto()  # of 1, which people read as a percentage
    NUMBER = auto()
    PART = auto()  # a number that is never negative, without a sign
    BAR = auto()  # a share again, drawn


class Column(NamedTuple):
    """The values of some rows under one name: an array, or values of any type.

    With `choices`, a value is the index of a choice, which is what is meant.
    """

    name: str
    kind: Kind
    values: Numbers | Sequence[Any]
    choices: Sequence[Any] | None = None


Block = Sequence[Column]


def length(block: Block) -> int:
    """Return how many rows a block has."""
    return len(block[0].values)


def cut(block: Block, start: int, end: int) -> Block:
    """Return some of the rows of a block."""
    return [column._replace(values=column.values[start:end]) for column in block]


def joined(blocks: Sequence[Block]) -> Block:
    """Put the rows of several blocks into one."""
    if len(blocks) == 1:
        return blocks[0]
    return [_one_below_the_other(columns) for columns in zip(*blocks, strict=True)]


def _one_below_the_other(columns: Sequence[Column]) -> Column:
    parts: list[Any] = [column.values for column in columns]
    if all(isinstance(part, np.ndarray) for part in parts):
        return columns[0]._replace(values=np.concatenate(parts))
    return columns[0]._replace(values=list(chain(*parts)))


class Shown(NamedTuple):
    """The rows to show: `first`, which are laid out together, then those of `rest`.

    `total` is how many there are in all, None where that is not known yet. `left_out` rows stand
    between the two blocks of `first`, where rows are left out.
    """

    total: int | None
    first: Sequence[Block]
    rest: Iterator[Block] = iter(())
    left_out: int = 0

    def without(self, kind: Kind) -> Shown:
        """Leave out the columns of a kind."""
        first, rest = (
            ([column for column in block if column.kind is not kind] for block in blocks)
            for blocks in (self.first, self.rest)
        )
        return self._replace(first=[*first], rest=rest)


def rows_shown(blocks: Iterable[Block], view: View) -> Shown:
    """Choose rows, in constant memory: all, or on a terminal of many the first and last ones."""
    source = iter(blocks)
    first, count, most = [], 0, MOST_ROWS if view.shortens else FIRST
    for block in source:
        first.append(block)
        count += length(block)
        if count > most:
            break
    else:
        return Shown(count, [joined(first)] if first else [])
    whole = joined(first)
    if not view.shortens:
        return Shown(None, [cut(whole, 0, FIRST)], chain([cut(whole, FIRST, count)], source))
    tail = cut(whole, max(HEAD, count - TAIL), count)
    for block in source:
        count += length(block)
        tail = joined([tail, block])
        tail = cut(tail, max(0, length(tail) - TAIL), length(tail))
    return Shown(count, [cut(whole, 0, HEAD), tail], left_out=count - HEAD - length(tail))


# ---- how columns are written for people ----


def named(column: Column, view: View, nothing: str = "none") -> list[str]:
    """Write a column whose values are names or texts; `nothing` is said where there is no class."""
    if column.choices is not None:
        written = [view.plain(_class(choice, nothing)) for choice in column.choices]
        return [written[index] for index in column.values]
    return [view.plain(text_of(value)) for value in column.values]


def _class(choice: Any, nothing: str) -> str:
    if choice is None:
        return nothing
    return class_name(choice, None) if isinstance(choice, int) else str(choice)


def text_of(value: Any) -> str:
    """Write a value that came along: a text as it is, anything else as JSON has it."""
    if isinstance(value, str):
        return value
    from nntrace.write.encode import encode

    return encode(value).decode()


def numbers(
    values: Array,
    view: View,
    signed: bool = True,
    one: Callable[[float, View, bool], str] = number,
) -> list[str]:
    """Write numbers as `one` does, which is `number` or gives the same for ordinary ones."""
    given = np.asarray(values, np.float64)
    sizes = np.abs(given)
    template = f"%{'+' if signed else ''}.{view.precision}f\n"
    ordinary = (sizes > 10.0**-view.precision) & (sizes < LARGE)
    return _written(template, given, ordinary, given, lambda value: one(value, view, signed))


def percents(
    values: Array,
    view: View,
    template: str = "%.2f %%\n",
    one: Callable[[float, View], str] = percent,
) -> list[str]:
    """Write shares of 1 as `one` does, which is `percent` or says the same in words."""
    given = np.asarray(values, np.float64)
    ordinary = (given > 0.0001) & (given < 0.9999)
    hundredths = 100 * np.where(ordinary, given, 0)
    return _written(template, hundredths, ordinary, given, lambda value: one(value, view))


def _written(
    template: str,
    filled_in: Array,
    ordinary: Flags,
    values: Array,
    one: Callable[[float], str],
) -> list[str]:
    """Fill a template, a line a value, all at once; write what is not ordinary one by one."""
    texts = (template * len(values) % tuple(filled_in.tolist())).split("\n")[:-1]
    zeros = values == 0  # of which relu gives many
    if zeros.any():
        zero = one(0.0)
        for index in np.flatnonzero(zeros).tolist():
            texts[index] = zero
    for index in np.flatnonzero(~(ordinary | zeros)).tolist():
        texts[index] = one(float(values[index]))
    return texts
