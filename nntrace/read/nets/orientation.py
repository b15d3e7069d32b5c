"""Which way round weights lie: of a square matrix no shape tells it, but its neighbours may."""

from __future__ import annotations

from collections.abc import Callable, Hashable

from nntrace.core.arrays import Numbers
from nntrace.errors import Path, Problem, spell
from nntrace.read.nets.counts import product
from nntrace.read.yaml.grammar import Reading
from nntrace.records import NamedTuple


class _Square(NamedTuple):
    path: Path
    called: str
    side: int
    values: Callable[[], Numbers]


class Orientations:
    """What was seen of a net's weights, by where they come from: a file, or the net file itself.

    Weights from one place are written by one program, in one layout. So where one of them is
    stored fan-in × size, a square one that nothing is said of is suspicious.
    """

    def __init__(self) -> None:
        self._turned: dict[Hashable, str] = {}
        self._squares: dict[Hashable, list[_Square]] = {}

    def turned(self, source: Hashable, path: Path, called: str) -> None:
        """Note weights stored fan-in × size, as is said of them, or as only that would fit."""
        self._turned.setdefault(source, called.rstrip() or spell(path))

    def square(
        self,
        source: Hashable,
        path: Path,
        called: str,
        side: int,
        values: Callable[[], Numbers],
    ) -> None:
        """Note square weights that are read as size × fan-in since nothing else is said."""
        self._squares.setdefault(source, []).append(_Square(path, called, side, values))

    def doubts(self, reading: Reading) -> list[Problem]:
        """Return a warning for each square matrix that may well be the wrong way round.

        One that is its own transpose is right both ways.
        """
        found = []
        for source, other in self._turned.items():
            for path, called, side, values in self._squares.get(source, ()):
                matrix = values()
                if (matrix == matrix.T).all():
                    continue
                message = f"{called}is {product((side, side))}, which fits both ways; {other}"
                if source is None:
                    message += " is turned: are these rows, too?"
                else:
                    message += ", from the same place, is fan-in × size: say transpose: true, or "
                    message += "transpose: false where these are size × fan-in"
                found.append(Problem(message, path, reading.source, *reading.place(path)))
        return found
