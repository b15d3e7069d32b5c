"""What neurons do over many rows, in constant memory: one small value, which adds up.

`statistics(trace)` measures the rows of a trace; `merge` puts two parts of the data together. The
order and the size of the parts do not matter: counts, extremes and histograms are the same, means
and deviations to 1e-12.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from nntrace.analysis.activity import active, nearest_breakpoint, saturated
from nntrace.analysis.histogram import BINS, Grid, grid, histogram, regrouped
from nntrace.analysis.moments import Moments, moments, no_moments
from nntrace.analysis.nonfinite import NotFinite, first_not_finite
from nntrace.analysis.prediction import decide
from nntrace.core.arrays import Counts, Doubles, Flags
from nntrace.core.forward import LayerTrace, Trace
from nntrace.core.network import Network
from nntrace.core.units import Units, units
from nntrace.errors import UsageError

ROWS = 1024  # are measured at once
MOSTLY = 0.95  # of the rows: a neuron that is saturated in so many is called saturated


class LayerStatistics(NamedTuple):
    """What the neurons of a layer did; each array has one number a neuron.

    Of a layer of several dimensions, it has one a unit, see `Units`: the numbers of all rows and
    all places are measured together. `measured` counts these, one a row for a neuron; what is
    masked on purpose is none of them.

    `active` and `saturated` count them where `analysis.activity` says so. `nearest` is the smallest
    distance of z to where the activation bends, ∞ where it does not. `z` and `a` are the moments of
    all finite values; `counts` is the histogram of `a`, neurons × bins.
    """

    name: str
    activation: str
    measured: Counts
    masked: Counts
    active: Counts
    saturated: Counts
    nearest: Doubles
    z: Moments
    a: Moments
    counts: Counts

    @property
    def bins(self) -> Grid:
        """Where the bins of the histogram lie."""
        return grid(self.a.low, self.a.high)

    @property
    def dead(self) -> Flags:
        """Which neurons are dead: never active, and 0 for every row, as far as the rows tell."""
        dead: Flags = (self.active == 0) & (self.a.low == 0) & (self.a.high == 0)
        return dead & (self.a.rows > 0)

    @property
    def mostly_saturated(self) -> Flags:
        """Which neurons are saturated in 95 % of the rows or more."""
        mostly: Flags = (self.saturated >= MOSTLY * self.a.rows) & (self.saturated > 0)
        return mostly

    @property
    def not_finite(self) -> int:
        """How many numbers of z and a are not finite."""
        return int(2 * self.measured.sum() - self.z.rows.sum() - self.a.rows.sum())

    def merge(self, other: LayerStatistics) -> LayerStatistics:
        """Return what the neurons did in both parts of the data."""
        a = self.a.merge(other.a)
        bins = grid(a.low, a.high)
        counts = regrouped(self.counts, self.bins, bins) + regrouped(other.counts, other.bins, bins)
        return LayerStatistics(
            self.name,
            self.activation,
            self.measured + other.measured,
            self.masked + other.masked,
            self.active + other.active,
            self.saturated + other.saturated,
            np.minimum(self.nearest, other.nearest),
            self.z.merge(other.z),
            a,
            counts,
        )


class Statistics(NamedTuple):
    """What a net did with some rows: a small value that does not grow with them.

    `classes` counts the rows that were predicted to be of each class; it is empty where the net
    tells none. `first_not_finite` is where a number first stopped being finite.
    """

    rows: int
    layers: tuple[LayerStatistics, ...]
    classes: Counts
    first_not_finite: NotFinite | None = None

    @property
    def undecided(self) -> int:
        """How many rows have no class."""
        return self.rows - int(self.classes.sum())

    def update(self, trace: Trace, start: int | None = None) -> Statistics:
        """Return these statistics with the rows of a trace added.

        `start` is the number of its first row in the whole data; without it, rows are counted on.
        """
        return self.merge(statistics(trace, self.rows if start is None else start))

    def merge(self, other: Statistics) -> Statistics:
        """Return the statistics of both parts of the data; UsageError where their nets differ."""
        mine, others = _shape(self), _shape(other)
        if mine != others:
            raise UsageError(f"these are statistics of different nets: {mine} and {others}")
        return Statistics(
            self.rows + other.rows,
            tuple(one.merge(two) for one, two in zip(self.layers, other.layers, strict=True)),
            self.classes + other.classes,
            self._earlier(self.first_not_finite, other.first_not_finite),
        )

    def then(self, other: Statistics) -> Statistics:
        """Return the statistics of these rows and, behind them, others that were counted from 0.

        So that parts of the data can be measured by those who do not know how many rows come
        before.
        """
        found = other.first_not_finite
        if found is not None:
            found = found._replace(row=self.rows + found.row)
        return self.merge(other._replace(first_not_finite=found))

    def _earlier(self, one: NotFinite | None, other: NotFinite | None) -> NotFinite | None:
        """Return the one in the earlier row, and there in the earlier layer."""
        if one is None or other is None:
            return one or other
        order = {layer.name: index for index, layer in enumerate(self.layers)}
        return min(
            (one, other),
            key=lambda each: (
                each.row,
                order.get(each.neuron.layer, -1),  # -1: the input
                each.quantity == "a",
                each.neuron.index,
            ),
        )


def no_statistics(network: Network) -> Statistics:
    """Return the statistics of no rows at all: what others can be added to."""
    layers = tuple(
        _nothing(layer.name, layer.activation.name, units(network, layer.name).size)
        for layer in network.layers
    )
    return Statistics(0, layers, np.zeros(len(network.classes or ()), np.int64))


def statistics(trace: Trace, start: int = 0) -> Statistics:
    """Measure the rows of a trace; `start` is the number of the first one in the whole data."""
    if len(trace) > ROWS:
        total = no_statistics(trace.network)
        for begin in range(0, len(trace), ROWS):
            rows = trace.rows(slice(begin, begin + ROWS))
            total = total.merge(statistics(rows, start + begin))
        return total
    if not len(trace):
        return no_statistics(trace.network)
    layers = tuple(_measured(traced, units(trace.network, traced.name)) for traced in trace.layers)
    found = None
    if any(layer.not_finite for layer in layers):
        found = first_not_finite(trace)
        assert found is not None
        found = found._replace(row=start + found.row)
    return Statistics(len(trace), layers, _class_counts(trace), found)


def _nothing(name: str, activation: str, count: int) -> LayerStatistics:
    none, bins = np.zeros(count, np.int64), np.zeros((count, BINS), np.int64)
    nearest = np.full(count, np.inf)
    without = no_moments(count)
    return LayerStatistics(
        name, activation, none, none, none, none, nearest, without, without, bins
    )


def _measured(traced: LayerTrace, of: Units) -> LayerStatistics:
    """Measure the rows of a layer, by its units; what is masked on purpose is left out."""
    held = np.full(of.size, len(traced.z) * of.places, np.int64)
    masked = np.zeros(of.size, np.int64)
    firing = _count(active(traced), of)
    if traced.layer.op.masked:
        hidden = traced.layer.op.mask(traced.layer.shape).reshape(1, -1)
        masked = len(traced.z) * _count(hidden, of)
        shown = (np.where(hidden, np.nan, each).astype(each.dtype) for each in traced[1:])
        traced = LayerTrace(traced.layer, *shown)
    flat = saturated(traced)
    z, a = of.of(traced.z), of.of(traced.a)
    moments_a = moments(a)
    return LayerStatistics(
        traced.name,
        traced.layer.activation.name,
        held - masked,
        masked,
        firing,
        np.zeros(of.size, np.int64) if flat is None else _count(flat, of),
        of.of(nearest_breakpoint(traced)[np.newaxis]).min(axis=0),
        moments(z),
        moments_a,
        histogram(a, moments_a.low, moments_a.high),
    )


def _count(held: Flags, of: Units) -> Counts:
    counts: Counts = np.count_nonzero(of.of(held), axis=0).astype(np.int64)
    return counts


def _class_counts(trace: Trace) -> Counts:
    decisions = decide(trace)
    if decisions is None:
        return np.zeros(0, np.int64)
    decided = decisions.indices[decisions.finite]
    return np.bincount(decided, minlength=len(trace.network.classes or ())).astype(np.int64)


def _shape(measured: Statistics) -> list[str]:
    return [f"{layer.name} {layer.activation} {len(layer.active)}" for layer in measured.layers]
