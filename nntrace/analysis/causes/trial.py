"""One change tried: a net is run again with it, from where it is, and held against b."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from math import inf, prod

import numpy as np

from nntrace.analysis.causes.cause import Candidate
from nntrace.analysis.diff.compare import Tolerances
from nntrace.analysis.diff.difference import Difference
from nntrace.analysis.diff.sides import NetSide, Rows
from nntrace.core.arrays import Array
from nntrace.core.network import Network
from nntrace.core.recorded import Place
from nntrace.core.walk import Start, walk
from nntrace.core.watched import INPUT, NO_CHANGE, Change, Walked, given
from nntrace.errors import NntraceError

NUMBERS = 4_000_000  # of all layers together that causes are tried on, or those of two rows


FEW = 4  # rows of a model, which are run one by one


class Trial:
    """A net, a, whose numbers b's are not, and some rows on which changes of it are tried."""

    def __init__(self, found: Difference) -> None:
        assert isinstance(found.a, NetSide)
        self.found, self.side = found, found.a
        self.rows, self.tolerances = _rows(found), found.tolerances

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
    def guessed(self) -> frozenset[Place]:
        """The places whose partner in b was found by order alone, the output apart."""
        pairs = (each.pair for each in self.found.compared)
        guessed = (pair.a for pair in pairs if pair.matched == "order")
        return frozenset(guessed) - {self.side.output}

    @cached_property
    def answers(self) -> frozenset[Place]:
        """The output of a where that of b is its partner: what it should be is not elsewhere."""
        both = (self.side.output, self.found.b.output)
        pairs = (each.pair for each in self.found.compared)
        return frozenset(pair.a for pair in pairs if (pair.a, pair.b) == both)

    @cached_property
    def crossed(self) -> frozenset[Place]:
        """The places whose partner in b is the other quantity of a layer."""
        pairs = (each.pair for each in self.found.compared)
        return frozenset(pair.a for pair in pairs if pair.a.quantity != pair.b.quantity)

    def leaves(
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
                    if left is None and place not in self.answers:
                        if place in self.crossed and self._may_move(place, changes):
                            continue  # what it was equal to has another part in b
                        left = self._elsewhere(flat, place, changes)
                    if left is None:
                        return None, place
                    worst = max(worst, left)
        except (NntraceError, ValueError, TypeError, IndexError):  # what does not fit is no cause
            return None, None
        return worst, None

    def _may_move(self, place: Place, changes: Mapping[str, Change]) -> bool:
        """Whether b may give under another name what a place does: one that changes, or that was
        paired by a guess."""
        return place.layer in changes or place in self.guessed

    def _elsewhere(
        self, values: Array, place: Place, changes: Mapping[str, Change]
    ) -> float | None:
        """Return how far what a layer gives is from what b gives under another name: one that a has
        nothing of, since exporters number what they name, or that of another that may move too."""
        given = [*self.spare.values()]
        if self._may_move(place, changes):
            others = {Place(name, place.quantity) for name in changes} | self.guessed
            given += [self.wanted[other] for other in others if other in self.wanted]
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

        change = (self.side.changes or {}).get(INPUT, NO_CHANGE)
        return given(self.network, self.values, change)

    def compensated(self, candidate: Candidate) -> float | None:
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

    def leaves_of(self, side: NetSide) -> float | None:
        """Return the largest difference between b and a net in a's place, None where they part."""
        worst = 0.0
        for place, values in side.values(self.rows, list(self.wanted)):
            left = apart(values, self.wanted[place], self.tolerances)
            if left is None:
                return None
            worst = max(worst, left)
        return worst

    def as_in(self, side: NetSide, eps: float) -> float | None:
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
    if found.a.one_by_one or found.b.one_by_one:
        count = min(count, FEW)
    rows = sample.some(range(min(len(sample), count)))
    worst = found.worst_row
    if worst is None or worst.numbers[0] in rows.numbers:
        return rows
    if rows.values is None or worst.values is None:
        return Rows([*rows.numbers, *worst.numbers], None)
    if rows.values.shape[1:] != worst.values.shape[1:]:  # of another number of tokens
        return worst
    return Rows([*rows.numbers, *worst.numbers], np.concatenate([rows.values, worst.values]))
