"""A batch of traced rows: a trace, and what came along with its rows."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple, TypeVar

from nntrace.core.forward import Trace
from nntrace.errors import Problem

T = TypeVar("T")


class TracedBatch(NamedTuple):
    """Some traced rows with what came along with them; `trace.start` is the number of the first.

    Of what came along there is one a row, or None where there is nothing of the kind: `examples`
    are the names of rows that are examples, `keep` the columns that are carried along, `places`
    make a problem at the row, `truths` are true classes, by index. `settings` is what was set by
    hand in all of them, by the names that were given.
    """

    trace: Trace
    examples: Sequence[str] | None = None
    keep: Sequence[dict[str, Any]] | None = None
    places: Sequence[Callable[[str], Problem]] | None = None
    truths: Sequence[int] | None = None
    settings: dict[str, float] | None = None

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
        )

    @classmethod
    def concat(cls, batches: Iterable[TracedBatch]) -> TracedBatch | None:
        """Join batches of one pass, in their order; None where there are none.

        Rows that are no examples get an empty name where others are.
        """
        parts = list(batches)
        if len(parts) < 2:
            return parts[0] if parts else None
        names: list[str] | None = None
        if any(part.examples for part in parts):
            names = [name for part in parts for name in part.examples or [""] * len(part.trace)]
        return cls(
            Trace.concat([part.trace for part in parts]),
            names,
            _joined([part.keep for part in parts]),
            _joined([part.places for part in parts]),
            _joined([part.truths for part in parts]),
            parts[0].settings,
        )


def _joined(several: Iterable[Sequence[T] | None]) -> list[T] | None:
    return [each for one in several for each in one or ()] or None
