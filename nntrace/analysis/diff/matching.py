"""What belongs together in two nets: by name, else by value and shape, else by order."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from math import prod
from typing import Literal, NamedTuple

import numpy as np

from nntrace.analysis.diff.compare import Tolerances
from nntrace.analysis.diff.sides import Rows, Side
from nntrace.core.arrays import Array, Flags, Places
from nntrace.core.layer import Layer
from nntrace.core.recorded import Place

By = Literal["name", "value", "order"]

SAMPLE = 64  # numbers by which two places are known to be equal
SAMPLED_ROWS = 2, 32  # at least, and at most as many as are cheap
CHEAP = 200_000  # numbers of a pass
LIKE = 8  # of two places, in steps: how much alike they are, against one shape in both
_OF_MODULE = re.compile(r"/(.+)/\w+_output_\d+")
MOST_ALIGNED = 1_000_000  # pairs of places of which the best order is looked for


class Pair(NamedTuple):
    """A place of a and one of b that belong together, and how that is known."""

    a: Place
    b: Place
    matched: By


class Sketch(NamedTuple):
    """A few numbers of a place, evenly from all of it; a `flat` one tells nothing from another."""

    values: Array
    flat: bool


def by_name(a: Side, b: Side) -> list[Pair]:
    """Pair what has one name and as many numbers, in the order of a's pass.

    Outputs of as many numbers belong to each other, whatever else has the name of one. A module's
    own name is that of the last tensor which an exporter named after it.
    """
    ends = {a.output, b.output} if _ends(a, b) else {}
    of_modules = {**_modules(a, b), **{one: two for two, one in _modules(b, a).items()}}
    both = ((place, place if place in b.places else of_modules.get(place)) for place in a.places)
    return [
        Pair(one, two, "name")
        for one, two in both
        if two is not None
        and prod(a.places[one]) == prod(b.places[two])
        and (not {one, two} & {*ends} or (one, two) == (a.output, b.output))
    ]


def _modules(a: Side, b: Side) -> dict[Place, Place]:
    """Return the places of a whose tensors are named after modules that b has values of."""
    found: dict[Place, Place] = {}
    for place in a.places:
        named = Place(module_of(place.layer), place.quantity)
        if place.quantity == "a" and named in b.places and named not in a.places:
            found[named] = place
    return {place: named for named, place in found.items()}


def module_of(tensor: str) -> str:
    """Return the module of PyTorch that a tensor of its exporter is named after, as its hooks have
    it: `layer1.0.conv` of `/layer1/layer1.0/conv/Conv_output_0`; nothing of another name."""
    path = _OF_MODULE.fullmatch(tensor)
    if path is None:
        return ""
    parts: list[str] = []
    for part in path[1].split("/"):
        if parts and part.startswith(f"{parts[-1]}."):  # told with what it is in
            parts.pop()
        parts.append(part)
    return ".".join(parts)


def _ends(a: Side, b: Side) -> bool:
    """Whether both say which is their output, and these have as many numbers."""
    one, two = a.output, b.output
    return one is not None and two is not None and prod(a.places[one]) == prod(b.places[two])


def sketches(side: Side, rows: Rows, tolerances: Tolerances) -> dict[Place, Sketch]:
    """Return a sketch of each place, of the first rows."""
    fewest, most = SAMPLED_ROWS
    cheap = CHEAP // max(1, sum(prod(shape) for shape in side.places.values()))
    some = rows.some(range(min(len(rows), max(fewest, min(most, cheap)))))
    found: dict[Place, Sketch] = {}
    for place, values in side.values(some, list(side.places)):
        numbers = values.reshape(-1)
        at = np.linspace(0, len(numbers) - 1, min(SAMPLE, len(numbers))).astype(np.intp)
        sample = numbers[at].astype(np.float64)
        finite = sample[np.isfinite(sample)]
        spread = float(np.ptp(finite)) if len(finite) else 0.0
        least = tolerances.atol + tolerances.rtol * float(np.abs(finite).max(initial=0.0))
        found[place] = Sketch(sample, spread <= least)
    return found


class _Sketched(NamedTuple):
    """The two sides with the sketches of their places."""

    a: Side
    b: Side
    of_a: Mapping[Place, Sketch]
    of_b: Mapping[Place, Sketch]
    tolerances: Tolerances

    def alike(self, pair: Pair) -> bool:
        """Whether two places have equal values, as far as their sketches tell."""
        one, two = self.of_a[pair.a].values, self.of_b[pair.b].values
        return one.shape == two.shape and bool(self._close(one, two))

    def alike_among(self, place: Place, others: Array) -> Places:
        """Return which of some sketches, others × numbers, are as that of a place of a."""
        return np.flatnonzero(self._close(self.of_a[place].values, others))

    def likeness(self, one: Place, two: Place) -> float:
        """Return the cosine of the angle between two sketches, 0 where that is less."""
        x, y = self.of_a[one].values, self.of_b[two].values
        if x.shape != y.shape or not (np.isfinite(x).all() and np.isfinite(y).all()):
            return 0.0
        size = float(np.linalg.norm(x) * np.linalg.norm(y))
        return max(0.0, float(x @ y) / size) if size else 0.0

    def _close(self, one: Array, two: Array) -> Flags:
        close = np.isclose(one, two, self.tolerances.rtol, self.tolerances.atol, equal_nan=True)
        every: Flags = np.logical_and.reduce(close, axis=-1)
        return every


class _Left:
    """The places that have no partner yet, in the order of each pass."""

    def __init__(self, a: Side, b: Side) -> None:
        self.a, self.b = dict.fromkeys(a.places), dict.fromkeys(b.places)

    def take(self, pairs: Iterable[Pair]) -> list[Pair]:
        """Take those of some pairs; return the pairs of which both were left."""
        taken = []
        for pair in pairs:
            if pair.a in self.a and pair.b in self.b:
                del self.a[pair.a], self.b[pair.b]
                taken.append(pair)
        return taken


def matched(
    a: Side, b: Side, named: Sequence[Pair], rows: Rows, tolerances: Tolerances
) -> list[Pair]:
    """Pair what belongs together, where names do not pair all, or pair what is not equal.

    A pair by name that parts gives way to one by value, where one of the two has its equal under
    another name: a norm that was folded into the layer before it leaves that its own name. Outputs
    belong together whatever they are called.
    """
    known = _Sketched(
        a, b, sketches(a, rows, tolerances), sketches(b, rows, tolerances), tolerances
    )
    left = _Left(a, b)
    pairs: list[Pair] = []
    if a.output is not None and b.output is not None and _ends(a, b):
        ends = Pair(a.output, b.output, "name" if a.output == b.output else "order")
        by_value = ends.matched == "order" and known.alike(ends)
        pairs += left.take([ends._replace(matched="value") if by_value else ends])
    else:  # of a trace that says which is which, but not which is its output
        pairs += left.take([pair for pair in named if pair.a == a.output or pair.b == b.output])
    pairs += left.take([pair for pair in named if known.alike(pair)])
    pairs += left.take(_by_value(known, left))
    pairs += left.take(named)
    pairs += left.take(_by_order(known, left))
    return in_a_order(a, pairs)


def in_a_order(a: Side, pairs: Iterable[Pair]) -> list[Pair]:
    """Return pairs in the order of a's pass."""
    order = {place: at for at, place in enumerate(a.places)}
    return sorted(pairs, key=lambda pair: order[pair.a])


def _by_value(known: _Sketched, left: _Left) -> Iterator[Pair]:
    """Pair places of equal values: of one shape before others of as many numbers, of one quantity
    before the other, and the nearest in order."""
    a, b = known.a, known.b
    groups: dict[int, list[Place]] = {}
    for place in left.b:
        if not known.of_b[place].flat:
            groups.setdefault(prod(b.places[place]), []).append(place)
    samples = {
        size: np.array([known.of_b[place].values for place in places])
        for size, places in groups.items()
    }
    share_a = {place: at / len(a.places) for at, place in enumerate(a.places)}
    share_b = {place: at / len(b.places) for at, place in enumerate(b.places)}
    taken: set[Place] = set()
    for place in list(left.a):
        size = prod(a.places[place])
        if known.of_a[place].flat or size not in groups:
            continue

        def fit(other: Place, one: Place = place) -> tuple[bool, bool, float]:
            far = abs(share_a[one] - share_b[other])
            return b.places[other] != a.places[one], other.quantity != one.quantity, far

        equal = [groups[size][at] for at in known.alike_among(place, samples[size]).tolist()]
        if free := [other for other in equal if other not in taken]:
            best = min(free, key=fit)
            taken.add(best)
            yield Pair(place, best, "value")


def _by_order(known: _Sketched, left: _Left) -> Iterator[Pair]:
    """Pair what is left so that as much as can be of one shape, quantity and kind stands in one
    order in both; of a trace, which knows no kinds, what is most like it."""
    ones, twos = list(left.a), list(left.b)
    a, b = known.a, known.b

    def fit(one: Place, two: Place) -> int:
        if one.quantity != two.quantity or prod(a.places[one]) != prod(b.places[two]):
            return 0
        x, y = a.layer(one), b.layer(two)
        if x is not None and y is not None and _made_by(x) != _made_by(y):
            return 0
        like = 0 if x is not None and y is not None else round(LIKE * known.likeness(one, two))
        return LIKE * (2 + (a.places[one] == b.places[two])) + like

    if len(ones) * len(twos) > MOST_ALIGNED:
        at = 0
        for one in ones:
            found = next((n for n in range(at, min(at + 100, len(twos))) if fit(one, twos[n])), -1)
            if found >= 0:
                yield Pair(one, twos[found], "order")
                at = found + 1
        return
    # the longest common subsequence, weighted: best[i][j] is what is behind i and j
    best = [[0] * (len(twos) + 1) for _ in range(len(ones) + 1)]
    for i in reversed(range(len(ones))):
        below, here = best[i + 1], best[i]
        for j in reversed(range(len(twos))):
            weight = fit(ones[i], twos[j])
            here[j] = max(below[j], here[j + 1], below[j + 1] + weight if weight else 0)
    i = j = 0
    while i < len(ones) and j < len(twos):
        weight = fit(ones[i], twos[j])
        if weight and best[i][j] == best[i + 1][j + 1] + weight:
            yield Pair(ones[i], twos[j], "order")
            i, j = i + 1, j + 1
        elif best[i][j] == best[i + 1][j]:
            i += 1
        else:
            j += 1


def _made_by(layer: Layer) -> tuple[str, str]:
    """Return what makes a layer: its kind, and the operator of a model that no kind covers."""
    return layer.kind, getattr(layer.op, "operator", "")
