"""A batch of traced rows: a trace, and what came along with its rows."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import groupby
from typing import Any, TypeVar

from nntrace.core.forward import Trace
from nntrace.errors import Problem
from nntrace.records import NamedTuple

T = TypeVar("T")


class TracedBatch(NamedTuple):
    """Some traced rows with what came along with them; `trace.start` is the number of the first.

    Of what came along there is one a row, or None where there is nothing of the kind: `examples`
    are the names of rows that are examples, `keep` the columns that are carried along, `places`
    make a problem at the row, `truths` are true classes, by index, `texts` what a net that reads
    text was given. `settings` is what was set by hand in all of them, by the names that were given.
    """

    trace: Trace
    examples: Sequence[str] | None = None
    keep: Sequence[dict[str, Any]] | None = None
    places: Sequence[Callable[[str], Problem]] | None = None
    truths: Sequence[int] | None = None
    settings: dict[str, float] | None = None
    texts: Sequence[str] | None = None

    @property
    def start(self) -> int:
        """The number of its first row."""
        return self.trace.start

    def first(self, count: int) -> TracedBatch:
        """Return the first rows."""
        return self._replace(
            trace=self.trace.rows(slice(count)),
            examples=self.examples and self.examples[:count],
            keep=self.keep and self.keep[:count],
            places=self.places and self.places[:count],
            truths=self.truths and self.truths[:count],
            texts=self.texts and self.texts[:count],
        )

    @classmethod
    def gathered(cls, batches: Iterable[TracedBatch]) -> list[TracedBatch]:
        """Join batches of one pass into one; of tokens, rows of one length that follow each other.

        There is none where there are no batches.
        """
        runs = groupby(batches, lambda batch: batch.trace.network.input.size)
        return [joined for _, run in runs if (joined := cls.concat(run))]

    @classmethod
    def concat(cls, batches: Iterable[TracedBatch]) -> TracedBatch | None:
        """Join batches of one pass, in their order; None where there are none.

        UsageError where they are of several numbers of tokens.
        Rows that are no examples get an empty name where others are.
        """
        gathered = list(batches)
        if len(gathered) < 2:
            return gathered[0] if gathered else None
        names: list[str] | None = None
        if any(batch.examples for batch in gathered):
            names = [
                name for batch in gathered for name in batch.examples or [""] * len(batch.trace)
            ]
        return cls(
            Trace.concat([batch.trace for batch in gathered]),
            names,
            _joined([batch.keep for batch in gathered]),
            _joined([batch.places for batch in gathered]),
            _joined([batch.truths for batch in gathered]),
            gathered[0].settings,
            _joined([batch.texts for batch in gathered]),
        )


def _joined(several: Iterable[Sequence[T] | None]) -> list[T] | None:
    return [each for one in several for each in one or ()] or None
