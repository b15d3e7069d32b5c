"""Why two sides part: one change at a time is tried, and what follows from it is run again.

A change is a cause where all that follows agrees with b after it. What explains as much in another
way stands beside it; what is only less exact does not.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from math import inf, prod

import numpy as np

from nntrace.analysis.causes.cause import EXACT, LAST, LOOSE, ROUNDED, Candidate, Cause, Suspect
from nntrace.analysis.causes.table import FINDERS, OF_INPUT
from nntrace.analysis.causes.types import in_types, rounded_weights
from nntrace.analysis.diff.compare import Tolerances
from nntrace.analysis.diff.difference import Compared, Difference
from nntrace.analysis.diff.matching import Pair
from nntrace.analysis.diff.sides import NetSide, Rows
from nntrace.core.arrays import Array
from nntrace.core.network import Network
from nntrace.core.recorded import Place
from nntrace.core.walk import INPUT, Change, Start, Walked, walk
from nntrace.errors import NntraceError

NUMBERS = 4_000_000  # of all layers together that causes are tried on, or those of one row
MOST_SUSPECTS = 40
SLACK = 256  # roundings by which two causes that explain as much may differ


def causes(found: Difference, a: str = "a", b: str = "b") -> list[Cause]:
    """Return what explains where two sides part, the most exact first; nothing where nothing does.

    Where a is a recorded trace, or no change of a does, b is changed. `a` and `b` are what the two
    are called.
    """
    if found.first is None or found.first.worst is None:
        return []
    named = {pair.b.layer: pair.a.layer for pair in (each.pair for each in found.compared)}
    explained = _Search(found, a, b).causes() if isinstance(found.a, NetSide) else []
    if not explained and isinstance(found.b, NetSide):
        turned = _Search(_turned(found), b, a).causes()
        explained = [
            cause._replace(layer=cause.layer and named.get(cause.layer, cause.layer))
            for cause in turned
        ]
    return explained


def _turned(found: Difference) -> Difference:
    """Return a difference with its sides in each other's place."""
    from dataclasses import replace

    compared = [
        each._replace(pair=Pair(each.pair.b, each.pair.a, each.pair.matched))
        for each in found.compared
    ]
    order = {place: at for at, place in enumerate(found.b.places)}
    compared.sort(key=lambda each: order[each.pair.a])
    return replace(
        found,
        a=found.b,
        b=found.a,
        compared=compared,
        alone_a=found.alone_b,
        alone_b=found.alone_a,
    )


class _Search:
    """The search for causes in a net, a, whose numbers b's are not."""

    def __init__(self, found: Difference, mine: str, other: str) -> None:
        assert isinstance(found.a, NetSide)
        self.found, self.side = found, found.a
        self.mine, self.other = mine, other
        self.rows = _rows(found)
        self.tolerances = found.tolerances

    @cached_property
    def network(self) -> Network:
        """The net, of tokens for as many as the rows have."""
        return self.side.given(self.rows)[0]

    @cached_property
    def values(self) -> Array:
        """The rows as the net takes them."""
        return self.side.given(self.rows)[1]

    @cached_property
    def steps(self) -> Mapping[str, Walked]:
        """What each layer of a does."""
        steps = walk(self.network, self.values, self.side.changes)
        return {step.layer.name: step for step in steps}

    @cached_property
    def wanted(self) -> Mapping[Place, Array]:
        """What b gives in place of each number of a, by a's places, rows × size."""
        pairs = {each.pair.b: each.pair.a for each in self.found.compared}
        given = self.found.b.values(self.rows, list(pairs))
        return {pairs[place]: values for place, values in given}

    @cached_property
    def crossed(self) -> frozenset[Place]:
        """The places whose partner in b is the other quantity of a layer."""
        pairs = (each.pair for each in self.found.compared)
        return frozenset(pair.a for pair in pairs if pair.a.quantity != pair.b.quantity)

    def causes(self) -> list[Cause]:
        """Return what explains the difference, the most exact first."""
        suspects = list(self._suspects())
        explained: list[tuple[int, Cause]] = []
        if dtype := self._dtype():
            explained.append((EXACT, dtype))
        late: list[Candidate] = []
        for candidate in self._candidates(suspects):
            if candidate.exactness == EXACT:
                explained += self._tried(candidate)
            else:
                late.append(candidate)
        for exactness in (ROUNDED, LOOSE, LAST):
            if explained:
                break
            for candidate in late:
                if candidate.exactness == exactness:
                    explained += self._tried(candidate)
        return self._ranked(explained)

    # ---- where it may lie ----

    def _suspects(self) -> Iterator[Suspect]:
        """Yield the layer that parts first, and those before it of which b tells nothing."""
        first = self.found.first
        assert first is not None
        known = {each.pair.a: each for each in self.found.compared}
        waiting, seen = [first.pair.a.layer], {INPUT}
        while waiting and len(seen) <= MOST_SUSPECTS:
            name = waiting.pop(0)
            if name in seen:
                continue
            seen.add(name)
            yield self._suspect(name, known)
            for read in self.network.layer(name).reads:
                if read != INPUT and not {Place(read, "z"), Place(read, "a")} <= known.keys():
                    agrees = known.get(Place(read, "a"))
                    if agrees is None or not agrees.agree:
                        waiting.append(read)

    def _suspect(self, name: str, known: Mapping[Place, Compared]) -> Suspect:
        step = self.steps[name]
        z, a = known.get(Place(name, "z")), known.get(Place(name, "a"))
        z_b, a_b = (
            self.wanted[place].reshape(values.shape)
            if place in self.wanted and self.wanted[place].size == values.size
            else None
            for place, values in ((Place(name, "z"), step.z), (Place(name, "a"), step.a))
        )
        if z_b is None and step.layer.activation.kind.identity:
            z_b = a_b
        pair = z or a
        return Suspect(
            self.network,
            step.layer,
            step.reads,
            step.z,
            step.a,
            z_b,
            a_b,
            self.found.b.layer(pair.pair.b) if pair else None,
            z is None or not z.agree,
            self.tolerances,
            self.mine,
            self.other,
            self.spare,
        )

    def _candidates(self, suspects: Iterable[Suspect]) -> Iterator[Candidate]:
        for suspect in suspects:
            of_input = OF_INPUT if INPUT in suspect.layer.reads and suspect.z_parts else ()
            for finder in (*of_input, *FINDERS):
                try:
                    with np.errstate(all="ignore"):
                        yield from finder(suspect)
                except NntraceError:  # of a kind whose numbers are shown only
                    continue

    # ---- whether it does ----

    def _tried(self, candidate: Candidate) -> Iterator[tuple[int, Cause]]:
        """Yield the cause that a candidate is: in its layer, or everywhere, or not at all."""
        leaves, parts = self._leaves(candidate.changes)
        layer = candidate.layer
        if leaves is None and candidate.everywhere is not None and parts != self._first:
            changes = candidate.everywhere()
            if len(changes) > 1:
                leaves, _ = self._leaves(changes)
                layer = None
        detail = candidate.detail
        if leaves is None and candidate.kind == "swapped_neurons" and parts != self._first:
            leaves = self._compensated(candidate)
            detail += ", as what reads them expects"
        if layer is None and leaves is not None:
            detail += ", in all layers of the kind"
        if leaves is not None:
            yield candidate.exactness, Cause(candidate.kind, layer, detail, leaves)

    @cached_property
    def _first(self) -> Place:
        assert self.found.first is not None
        return self.found.first.pair.a

    def _leaves(
        self, changes: Mapping[str, Change], tolerances: Tolerances | None = None
    ) -> tuple[float | None, Place | None]:
        """Return the largest difference that changes leave, None where something still parts, and
        the first place where it does."""
        own = {name: self._on_top(name, change) for name, change in changes.items()}
        every = {**(self.side.changes or {}), **own}
        worst = 0.0
        try:
            for step in walk(self.network, self.values, every, start=self._start(changes)):
                for place, values in (
                    (Place(step.layer.name, "z"), step.z),
                    (Place(step.layer.name, "a"), step.a),
                ):
                    wanted = self.wanted.get(place)
                    if wanted is None:
                        continue
                    flat = values.reshape(len(values), -1)
                    left = apart(flat, wanted, self.tolerances)
                    if left is None and step.layer.name in changes:
                        if place in self.crossed:  # what it was equal to has another part in b
                            continue
                        left = self._elsewhere(flat, place, changes)
                    if left is None:
                        return None, place
                    worst = max(worst, left)
        except (NntraceError, ValueError):  # shapes that do not fit each other
            return None, None
        return worst, None

    def _elsewhere(
        self, values: Array, place: Place, changes: Mapping[str, Change]
    ) -> float | None:
        """Return how far what a changed layer gives is from what b gives under another name: that
        of another one that changes, or one that a has nothing of."""
        among = [
            self.wanted[other]
            for name in changes
            if (other := Place(name, place.quantity)) in self.wanted
        ]
        given = [*among, *self.spare.values()]
        lefts = (apart(values, each, self.tolerances) for each in given)
        return min((left for left in lefts if left is not None), default=None)

    @cached_property
    def spare(self) -> Mapping[Place, Array]:
        """What b gives that has no partner in a."""
        alone = self.found.alone_b
        return dict(self.found.b.values(self.rows, alone)) if alone else {}

    def _on_top(self, name: str, change: Change) -> Change:
        """Return a change behind one that the side has of its own."""
        own = (self.side.changes or {}).get(name)
        if own is None:
            return change
        first, then = own, change
        return Change(
            then.z
            if first.z is None
            else first.z
            if then.z is None
            else lambda reads, z: first.z(reads, then.z(reads, z)),  # type: ignore[misc]
            then.a
            if first.a is None
            else first.a
            if then.a is None
            else lambda z, a: first.a(z, then.a(z, a)),  # type: ignore[misc]
        )

    def _start(self, changes: Mapping[str, Change]) -> Start | None:
        """Return where a pass with changes is taken up: at the first layer that changes."""
        if INPUT in changes or self.network.model is not None:
            return None
        layers = self.network.layers
        first = min(self.network.places[name] for name in changes)
        before = {layer.name for layer in layers[:first]}
        read = {name for layer in layers[first:] for name in layer.reads}
        values = {name: self.steps[name].a for name in read & before}
        if INPUT in read:
            values[INPUT] = self._given
        return Start(first, values)

    @cached_property
    def _given(self) -> Array:
        from nntrace.core.walk import NO_CHANGE, given

        change = (self.side.changes or {}).get(INPUT, NO_CHANGE)
        return given(self.network, self.values, change)

    def _compensated(self, candidate: Candidate) -> float | None:
        """Return what is left of neurons in another order that what follows takes into account."""
        assert candidate.layer is not None
        own = [each for each in self.found.compared if each.pair.a.layer == candidate.layer]
        rest = [each for each in self.found.compared if each not in own]
        if not own or not all(each.agree for each in rest):
            return None
        step = self.steps[candidate.layer]
        change = candidate.changes[candidate.layer]
        z = step.z if change.z is None else change.z(step.reads, step.z)
        a = np.empty_like(z)
        step.layer.activate(z, a)
        a = a if change.a is None else change.a(z, a)
        worst = 0.0
        for each in own:
            values = z if each.pair.a.quantity == "z" else a
            left = apart(values.reshape(len(values), -1), self.wanted[each.pair.a], self.tolerances)
            if left is None:
                return None
            worst = max(worst, left)
        return worst

    def _dtype(self) -> Cause | None:
        """Tell whether b is what a is in a smaller type of numbers.

        Nobody rounds in the same order: what is left may be as large as the rounding itself.
        """
        for dtype, side in in_types(self.side):
            eps = float(np.finfo(dtype).eps)
            values = {place: each for place, each in self.wanted.items() if each.size}
            on_grid = all(
                np.array_equal(each, each.astype(dtype).astype(each.dtype), equal_nan=True)
                for each in _quietly(values.values())
            )
            leaves = self._as_in(side, eps) if on_grid else None
            detail = f"{self.other} is computed in {dtype}"
            if leaves is None:
                detail = f"the weights of {self.other} are rounded to {dtype}"
                for changes in rounded_weights(self.network, dtype):
                    leaves, _ = self._leaves(changes)
                    if leaves is not None:
                        break
            if leaves is not None:
                return Cause("dtype", None, detail, leaves)
        return None

    def _as_in(self, side: NetSide, eps: float) -> float | None:
        """Return how far b is from a side, None where it is further than rounding takes it."""
        worst, allowed = 0.0, 4.0
        for place, values in side.values(self.rows, list(self.wanted)):
            wanted = self.wanted[place]
            both = np.isfinite(values) & np.isfinite(wanted)
            if not np.array_equal(np.isfinite(values), np.isfinite(wanted)):
                return None
            off = float(np.abs(values[both] - wanted[both]).max(initial=0.0))
            size = float(np.abs(wanted[both]).max(initial=0.0))
            allowed += 2.0  # each place adds its own rounding
            if off > allowed * eps * max(size, 1e-6):
                return None
            worst = max(worst, off)
        return worst

    # ---- which of them ----

    def _ranked(self, explained: list[tuple[int, Cause]]) -> list[Cause]:
        """Return causes, the one that is told first first; one of a kind and a layer."""
        if not explained:
            return []
        best = min(cause.leaves for _, cause in explained)
        size = max(float(np.abs(each).max(initial=0.0)) for each in _finite(self.wanted.values()))
        floor = best * 100 + SLACK * float(np.finfo(self.network.dtype).eps) * max(1.0, size)
        kept: dict[tuple[str, str | None, str], Cause] = {}
        whole = {cause.layer for _, cause in explained if cause.kind.startswith("softmax")}
        for _, cause in explained:
            if cause.kind == "activation" and cause.layer in whole:
                continue  # of shares, which are from 0 to 1, many give the same
            word = cause.detail.split()[0] if cause.kind == "activation" else ""
            key = (cause.kind, cause.layer, word)
            if cause.leaves <= floor and (key not in kept or cause.leaves < kept[key].leaves):
                kept[key] = cause
        return list(kept.values())


def _quietly(values: Iterable[Array]) -> Iterator[Array]:
    with np.errstate(all="ignore"):
        yield from values


def _finite(values: Iterable[Array]) -> Iterator[Array]:
    return (each[np.isfinite(each)] for each in values)


def apart(values: Array, wanted: Array, tolerances: Tolerances) -> float | None:
    """Return the largest difference of two arrays, None where one is beyond the tolerances."""
    if values.shape != wanted.shape:
        return None
    with np.errstate(all="ignore"):
        off = np.abs(values - wanted)
        if not np.isfinite(off).all():
            off[(values == wanted) | (np.isnan(values) & np.isnan(wanted))] = 0.0
            off[np.isnan(off)] = inf
        allowed = tolerances.atol + tolerances.rtol * np.abs(wanted)
        beyond = off > np.where(np.isfinite(allowed), allowed, 0.0)
    return None if beyond.any() else float(off.max(initial=0.0))


def _rows(found: Difference) -> Rows:
    """Return the rows that causes are tried on: as many of the first as is cheap, and the one that
    parts most."""
    sample = found.sample
    numbers = sum(prod(shape) for shape in found.a.places.values())
    count = max(2, NUMBERS // max(1, numbers))
    rows = sample.some(range(min(len(sample), count)))
    worst = found.worst_row
    if worst is None or worst.numbers[0] in rows.numbers:
        return rows
    if rows.values is None or worst.values is None:
        return Rows([*rows.numbers, *worst.numbers], None)
    if rows.values.shape[1:] != worst.values.shape[1:]:  # of another number of tokens
        return worst
    return Rows([*rows.numbers, *worst.numbers], np.concatenate([rows.values, worst.values]))
