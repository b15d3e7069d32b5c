"""Where two sides part: each place of one beside its partner of the other, over all rows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from nntrace.analysis.diff.compare import Spot, Tally, Tolerances
from nntrace.analysis.diff.matching import Pair, by_name, matched
from nntrace.analysis.diff.sides import Rows, Side
from nntrace.analysis.prediction import Prediction, predict_of
from nntrace.core.arrays import Array, all_finite
from nntrace.core.names import Neuron, name_of
from nntrace.core.recorded import Place

if TYPE_CHECKING:
    from nntrace.core.network import Network


class Compared(NamedTuple):
    """Two places that belong together, and how far apart they are."""

    pair: Pair
    tally: Tally

    @property
    def agree(self) -> bool:
        """Whether no number is beyond the tolerances."""
        return self.tally.agree

    @property
    def worst(self) -> Spot | None:
        """The number that is furthest apart; None where there are no rows."""
        return self.tally.worst


class Flip(NamedTuple):
    """A row for which the two predict other classes, by index and label."""

    row: int
    a: Prediction
    b: Prediction


@dataclass
class Predictions:
    """In how many rows both predict a class, and where it is not the same."""

    rows: int = 0
    flips: list[Flip] = field(default_factory=list)


@dataclass
class Difference:
    """What came of comparing two sides.

    `compared` are in the order of the pass; `alone_a` and `alone_b` have no partner. `sample` are
    rows that causes are tried on, `worst_row` is that of the worst number of the first parting.
    """

    a: Side
    b: Side
    tolerances: Tolerances
    rows: int
    compared: list[Compared]
    alone_a: list[Place]
    alone_b: list[Place]
    predictions: Predictions | None
    sample: Rows
    worst_row: Rows | None = None

    @property
    def first(self) -> Compared | None:
        """The first place in the order of the pass that is beyond the tolerances."""
        return next((each for each in self.compared if not each.agree), None)

    @property
    def lost_output(self) -> Place | None:
        """The output of a that has no partner in b, or of b that has none in a."""
        for output, alone in ((self.a.output, self.alone_a), (self.b.output, self.alone_b)):
            if output is not None and output in alone:
                return output
        return None

    @property
    def agree(self) -> bool:
        """Whether all that belongs together agrees, and each output has a partner."""
        return self.first is None and self.lost_output is None

    @property
    def infinite(self) -> Compared | None:
        """The first place where a number of b is not finite that is in a."""
        return next((each for each in self.compared if each.tally.infinite), None)

    def name(self, place: Place, spot: Spot) -> str:
        """Return what a number of a is called."""
        return name_in(self.a.network or self.b.network, place, spot)


def name_in(network: Network | None, place: Place, spot: Spot) -> str:
    """Return what a number is called, by the net whose layers have these names."""
    if network is None or place.layer not in network.places:
        return f"{place.layer}.{spot.index}"
    network = network.at(spot.tokens) if spot.tokens else network
    return name_of(network, Neuron(place.layer, spot.index))


def in_step(
    a: Side, b: Side, rows: Rows, pairs: Sequence[Pair]
) -> Iterator[tuple[Pair, Array, Array]]:
    """Yield the values of each pair, of a and of b, rows × size, in the order of a's pass.

    Both are run at once: what has been yielded is let go of. Where the order of b is another one,
    what comes early there is held until its partner comes.
    """
    partner = {pair.a: pair for pair in pairs}
    others = b.values(rows, [pair.b for pair in pairs])
    early: dict[Place, Array] = {}
    for place, values in a.values(rows, list(partner)):
        pair = partner[place]
        while pair.b not in early:
            other, found = next(others)
            early[other] = found
        yield pair, *_precise(a, b, values, early.pop(pair.b))


def _precise(a: Side, b: Side, one: Array, two: Array) -> tuple[Array, Array]:
    """Let NaN of a vague trace be whatever the other has there that is not finite either."""
    if a.vague and not all_finite(one):
        one = np.where(np.isnan(one) & ~np.isfinite(two), two, one)
    if b.vague and not all_finite(two):
        two = np.where(np.isnan(two) & ~np.isfinite(one), one, two)
    return one, two


def differ(
    a: Side,
    b: Side,
    batches: Iterable[Rows],
    tolerances: Tolerances,
    sampled: int = 512,
    named: bool = False,
) -> Difference:
    """Compare two sides on the rows of all batches.

    Where names do not pair all, or where what they pair is not equal, places are paired anew on
    the first rows: see `matched`; unless they are all `named` as they should be.
    """
    pairs: list[Pair] = []
    own: list[Pair] = []
    tallies: dict[Pair, Tally] = {}
    predictions = Predictions()
    counted, sample, worst_row = 0, Rows([], None), None
    for rows in _in_step(a, b, batches):
        if not counted:
            sample = rows.some(range(min(len(rows), sampled)))
            a.settle(rows)
            b.settle(rows)
            pairs = own = by_name(a, b)
            if not named and len(own) < max(len(a.places), len(b.places)):
                pairs = matched(a, b, own, rows, tolerances)
            tallies = _tally(a, b, rows, pairs, {}, tolerances, predictions)
            parts = not all(tally.agree for tally in tallies.values())
            if not named and pairs is own and parts:
                pairs = matched(a, b, own, rows, tolerances)
                if pairs != own:
                    predictions = Predictions()
                    tallies = _tally(a, b, rows, pairs, {}, tolerances, predictions)
        else:
            _tally(a, b, rows, pairs, tallies, tolerances, predictions)
        counted += len(rows)
        worst_row = _worst_row(pairs, tallies, rows) or worst_row
    compared = _without_guesses([Compared(pair, tallies[pair]) for pair in pairs if tallies])
    taken_a = {each.pair.a for each in compared}
    taken_b = {each.pair.b for each in compared}
    return Difference(
        a,
        b,
        tolerances,
        counted,
        compared,
        [place for place in a.places if place not in taken_a],
        [place for place in b.places if place not in taken_b],
        predictions if predictions.rows else None,
        sample,
        worst_row,
    )


def _in_step(a: Side, b: Side, batches: Iterable[Rows]) -> Iterator[Rows]:
    """Give batches as they can be walked: of a model, a row at a time."""
    for rows in batches:
        if a.one_by_one or b.one_by_one:
            yield from (rows.some([place]) for place in range(len(rows)))
        else:
            yield rows


def _worst_row(pairs: Sequence[Pair], tallies: Mapping[Pair, Tally], rows: Rows) -> Rows | None:
    """Return the row of the worst number of the first place that parts, where it is one of some."""
    parting = next((tallies[pair] for pair in pairs if not tallies[pair].agree), None)
    if parting is None or parting.worst is None:
        return None
    place = parting.worst.row - rows.numbers[0]
    return rows.some([place]) if 0 <= place < len(rows) else None


def _tally(
    a: Side,
    b: Side,
    rows: Rows,
    pairs: Sequence[Pair],
    tallies: dict[Pair, Tally],
    tolerances: Tolerances,
    predictions: Predictions,
) -> dict[Pair, Tally]:
    """Compare some rows, and add what comes of it to the tallies."""
    tokens = None
    if rows.values is not None:
        varies = any(side.network and side.network.input.varies for side in (a, b))
        tokens = rows.values.shape[1] if varies else None
    before: tuple[Array, Array, Tally] | None = None
    for pair, one, two in in_step(a, b, rows, pairs):
        if before is not None and one is before[0] and two is before[1]:  # a is z
            tally = tallies[pair] = before[2]
        else:
            tally = tallies.setdefault(pair, Tally(tolerances))
            tally.add(one, two, rows.numbers, tokens)
        before = (one, two, tally)
        if pair.a == a.output and pair.b == b.output:
            _decide(a, b, rows, one, two, predictions)
    return tallies


def _decide(a: Side, b: Side, rows: Rows, one: Array, two: Array, predictions: Predictions) -> None:
    """Add the rows for which the two predict other classes; a trace decides as the net does."""
    net_a, net_b = a.network or b.network, b.network or a.network
    if net_a is None or net_b is None:
        return
    if rows.values is not None and net_a.input.varies and net_b.input.varies:
        net_a, net_b = net_a.at(rows.values.shape[1]), net_b.at(rows.values.shape[1])
    both = zip(rows.numbers, predict_of(net_a, one), predict_of(net_b, two), strict=True)
    for row, first, second in both:
        if first is not None and second is not None:
            predictions.rows += 1
            if first.index != second.index:
                predictions.flips.append(Flip(row, first, second))


def _without_guesses(compared: list[Compared]) -> list[Compared]:
    """Leave out pairs by order alone that part while all that follows agrees: they were none."""
    kept: list[Compared] = []
    parted = False
    for each in reversed(compared):
        if each.pair.matched == "order" and not each.agree and not parted and kept:
            continue
        parted = parted or not each.agree
        kept.append(each)
    return kept[::-1]
