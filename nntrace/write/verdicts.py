"""Of many traced rows the verdicts, or the outputs where there are no classes, as columns."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from nntrace.core.prediction import decide
from nntrace.errors import InputError
from nntrace.write.columns import Block, Column, Kind

if TYPE_CHECKING:
    from nntrace.core.prediction import Decisions
    from nntrace.write.records import Chunk


class Along(NamedTuple):
    """What comes along with rows, which is the same for all of an output: see `along`."""

    examples: bool
    kept: Sequence[str] = ()


def verdict_blocks(
    chunks: Iterable[Chunk], along: Along, beside: Sequence[tuple[int, str]]
) -> Iterator[Block]:
    """Describe chunks as rows with their verdicts, and inputs beside them, by index and name.

    Of a net without classes, these are outputs.
    """
    for chunk in chunks:
        decisions = decide(chunk.trace)
        columns = columns_along(chunk, along)
        values = chunk.trace.output
        if decisions is not None:
            classes = chunk.trace.network.classes or ()
            names = [index if name is None else name for index, name in enumerate(classes)]
            shares = np.where(decisions.finite, decisions.probabilities, np.nan)
            columns += [
                class_column("verdict", names, decisions),
                Column("probability", Kind.SHARE, shares),
                Column("", Kind.BAR, shares),
            ]
            values = chunk.trace.input
        columns += [Column(name, Kind.NUMBER, values[:, index]) for index, name in beside]
        yield columns


def class_column(name: str, classes: Sequence[int | str], decisions: Decisions) -> Column:
    """Describe the predicted classes, by what they are called; None where there is none."""
    indices = np.where(decisions.finite, decisions.indices, len(classes))
    return Column(name, Kind.CLASS, indices.tolist(), (*classes, None))


def along(chunk: Chunk, examples: bool) -> Along:
    """Return what comes along with rows of which these are the first.

    `examples` says whether some rows are examples of the net.
    """
    return Along(examples, tuple(dict.fromkeys(name for kept in chunk.keep or () for name in kept)))


def columns_along(chunk: Chunk, along: Along, called: Sequence[str] = ()) -> list[Column]:
    """Describe the numbers of rows, and what came along with them, `called` otherwise perhaps.

    Raises InputError where something came along that the first rows had nothing of: there is no
    column for it.
    """
    count = len(chunk.trace)
    columns = [Column("row", Kind.ROW, np.arange(chunk.start, chunk.start + count))]
    if along.examples:
        columns.append(Column("example", Kind.TEXT, chunk.examples or [""] * count))
    if not along.kept:
        return columns
    kept: Sequence[dict[str, Any]] = chunk.keep or [{}] * count
    known = frozenset(along.kept)
    for index, each in enumerate(kept):
        if not known >= each.keys():
            odd = next(name for name in each if name not in known)
            raise InputError(
                f"row {chunk.start + index}: has a column '{odd}', which the first rows lack, so"
                " that a table has no place for it; -f jsonl carries it along"
            )
    for name, title in zip(along.kept, called or along.kept, strict=True):
        columns.append(Column(title, Kind.TEXT, [each.get(name, "") for each in kept]))
    return columns
