"""Traced rows on their way out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from nntrace.core.forward import Trace
    from nntrace.errors import Problem


class Chunk(NamedTuple):
    """Some traced rows on their way out; `start` is the number of the first.

    `examples` names rows that are examples, `keep` is carried along, `settings` was set by hand.
    `places` make a problem at each row, where something is carried along; `truths` are the true
    classes, by index, where they are known.
    """

    start: int
    trace: Trace
    examples: Sequence[str] | None = None
    keep: Sequence[dict[str, Any]] | None = None
    settings: dict[str, float] | None = None
    places: Sequence[Callable[[str], Problem]] | None = None
    truths: Sequence[int] | None = None

    def first(self, count: int) -> Chunk:
        """Return the first rows."""
        return self._replace(
            trace=self.trace.rows(slice(count)),
            examples=self.examples and self.examples[:count],
            keep=self.keep and self.keep[:count],
            places=self.places and self.places[:count],
            truths=self.truths and self.truths[:count],
        )
