"""How far two arrays are apart, as NumPy's `isclose` has it: |a - b| ≤ atol + rtol · |b|."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from math import inf, isfinite, nan, sqrt
from typing import NamedTuple

import numpy as np

from nntrace.core.arrays import Array

PIECE = 1 << 15  # numbers compared at a time, which the second cache holds


class Tolerances(NamedTuple):
    """How far apart two numbers may be that agree."""

    atol: float = 1e-5
    rtol: float = 1e-3

    @classmethod
    def of(cls, a: str, b: str, atol: float | None = None, rtol: float | None = None) -> Tolerances:
        """Return what is given, or what goes without saying for two types of numbers."""
        usual = cls(1e-9, 1e-6) if a == b == "float64" else cls()
        return cls(usual.atol if atol is None else atol, usual.rtol if rtol is None else rtol)


class Spot(NamedTuple):
    """A number of both: its row, its place in the layer in C order, its two values.

    `tokens` is how many the row has, in nets that read any number of them.
    """

    row: int
    index: int  # type: ignore[assignment]  # not tuple's method of that name
    a: float
    b: float
    tokens: int | None = None

    @property
    def apart(self) -> float:
        """How far apart its values are; NaN beside a number is infinitely far."""
        with np.errstate(all="ignore"):
            off = abs(np.float64(self.a) - np.float64(self.b))
        same = self.a == self.b or (np.isnan(self.a) and np.isnan(self.b))
        return 0.0 if same else inf if np.isnan(off) else float(off)


@dataclass
class Tally:
    """What is known so far of two places that belong together.

    `worst` is the number that is furthest apart, of those beyond the tolerances where there is one;
    `infinite` the first that is finite in a, and in b not.
    """

    tolerances: Tolerances
    max_abs: float = 0.0
    max_rel: float | None = None
    agree: bool = True
    worst: Spot | None = None
    infinite: Spot | None = None
    _products: list[float] = field(default_factory=lambda: [0.0, 0.0, 0.0])

    @property
    def cosine(self) -> float | None:
        """The cosine of the angle between the two, over all rows and what is finite in both; None
        where one is all zeros."""
        together, one, two = self._products
        if not one or not two:
            return None
        cosine = together / sqrt(one) / sqrt(two)
        return max(-1.0, min(1.0, cosine)) if isfinite(cosine) else nan

    def add(self, a: Array, b: Array, rows: Sequence[int], tokens: int | None = None) -> None:
        """Compare some rows, rows × size of each; `rows` are their numbers."""
        one, two = a.reshape(-1), b.reshape(-1)
        size = a.shape[1]
        for start in range(0, len(one), PIECE):
            piece = slice(start, start + PIECE)
            self._piece(one[piece], two[piece], start, size, rows, tokens)

    def _piece(
        self, a: Array, b: Array, start: int, size: int, rows: Sequence[int], tokens: int | None
    ) -> None:
        def spot(at: int) -> Spot:
            row, index = divmod(start + at, size)
            return Spot(rows[row], index, float(a[at]), float(b[at]), tokens)

        with np.errstate(all="ignore"):
            off = np.abs(np.subtract(a, b, dtype=np.result_type(a, b)))
            top = float(off.max())
            if not isfinite(top):  # an infinity or NaN, on one side or on both
                off[(a == b) | (np.isnan(a) & np.isnan(b))] = 0.0
                off[np.isnan(off)] = inf
                top = float(off.max())
                odd = np.flatnonzero(np.isfinite(a) & ~np.isfinite(b))
                if odd.size and self.infinite is None:
                    self.infinite = spot(int(odd[0]))
                both = np.isfinite(a) & np.isfinite(b)
                self._multiply(a[both], b[both])
            else:
                self._multiply(a, b)
            size_b = np.abs(b)
            some = bool(size_b.max() != 0.0)
            if top == 0.0:
                self.max_rel = (self.max_rel or 0.0) if some else self.max_rel
                self.worst = self.worst or spot(0)
                return
            allowed = size_b * self.tolerances.rtol
            allowed += self.tolerances.atol
            # NaN or an infinity agrees with its like alone
            beyond = off > np.where(np.isfinite(allowed), allowed, 0.0)
            if some:
                relative = np.divide(off, size_b, out=np.zeros_like(off), where=size_b > 0)
                relative[np.isnan(relative)] = inf
                relative[off == 0.0] = 0.0
                self.max_rel = max(self.max_rel or 0.0, float(relative.max()))
        self.max_abs = max(self.max_abs, top)
        if beyond.any():
            off[~beyond] = -1.0
            if self.agree or self.worst is None or off.max() > self.worst.apart:
                self.worst = spot(int(off.argmax()))
            self.agree = False
        elif self.agree and (self.worst is None or top > self.worst.apart):
            self.worst = spot(int(off.argmax()))

    def _multiply(self, a: Array, b: Array) -> None:
        """Add what the cosine is made of."""
        for place, (one, two) in enumerate(((a, b), (a, a), (b, b))):
            self._products[place] += float(np.dot(one, two))
