"""Seeded dice that fall the same on every machine and in every version of Python."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from hashlib import sha256
from typing import TypeVar

T = TypeVar("T")


class Draw:
    """A stream of draws from a seed and a purpose: block k is SHA-256 of `seed/purpose/k`."""

    def __init__(self, seed: int, purpose: str = "") -> None:
        self._name = f"{seed}/{purpose}"
        self._drawn = 0

    def below(self, count: int) -> int:
        """Return a whole number from 0 to count - 1, each as likely (to 1 in 2^192)."""
        self._drawn += 1
        block = sha256(f"{self._name}/{self._drawn}".encode("utf-8", "surrogatepass")).digest()
        return int.from_bytes(block, "big") % count

    def pick(self, values: Sequence[T]) -> T:
        """Return one of some values; there must be one."""
        return values[self.below(len(values))]

    def shuffled(self, values: Iterable[T]) -> list[T]:
        """Return all values in an order that is drawn (Fisher and Yates)."""
        order = list(values)
        for last in range(len(order) - 1, 0, -1):
            other = self.below(last + 1)
            order[last], order[other] = order[other], order[last]
        return order
