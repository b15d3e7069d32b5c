"""Statistics: a section a layer, a row a neuron, with a histogram of what it gave."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from functools import partial
from typing import NamedTuple

import numpy as np

from nntrace.analysis.activity import breakpoints, ends
from nntrace.analysis.moments import Counts
from nntrace.analysis.nonfinite import NotFinite
from nntrace.analysis.statistics import LayerStatistics, Statistics
from nntrace.core.activations import find
from nntrace.core.arrays import Array
from nntrace.core.layer import Layer
from nntrace.core.names import name_of, source_names
from nntrace.core.network import Network
from nntrace.errors import listed, plural
from nntrace.words import class_name
from nntrace.write import report as tell
from nntrace.write.choice import Group, by_size, classes_shown, elided, groups_shown
from nntrace.write.reports.net import (
    about,
    activation_seen,
    active_words,
    label,
    layer_said,
    set_by_hand,
)
from nntrace.write.view import View

LEAST, MOST = 8, 24  # columns of a histogram
NARROW = 100  # below, numbers have a decimal less
NARROWEST = 60  # below, histograms are the first to go
_TITLES = ("a, from min to max", "a, min to max", "a")
KINK, SATURATED = "kink", "saturated"


def statistics_report(
    network: Network,
    statistics: Statistics,
    layers: Collection[str],
    settings: Mapping[str, float],
    view: View,
) -> tell.Report:
    """Tell a summary, then each layer that is named."""
    rows = statistics.rows
    given = set_by_hand(settings)
    items = about(network)
    items.append(tell.seen(" · ".join([plural(rows, "row") if rows else "no rows", *given])))
    items += map(tell.heard, [f"Rows: {rows}", *given])
    if statistics.first_not_finite:
        where = _first_not_finite(network, statistics.first_not_finite)
        items.append(tell.line(f"not finite: {where}", f"Not finite: {where}", "strong"))
    if not rows:
        return tell.Report(items, view)
    shown = [
        (layer, stats)
        for layer, stats in zip(network.layers, statistics.layers, strict=True)
        if layer.name in layers
    ]
    sections = [_classes(network, statistics, view)] if network.classes is not None else []
    sections += [_layer(network, layer, stats, rows, view) for layer, stats in shown]
    items += [tell.Blank(heard=False), tell.Sections(sections)]
    items += [*_legend([layer for layer, _ in shown]), tell.LeftOut()]
    return tell.Report(items, view)


def _first_not_finite(network: Network, found: NotFinite) -> str:
    """Say where a number first stopped being finite."""
    value = {"inf": "infinite", "-inf": "minus infinite"}.get(str(found.value), "not a number")
    name = name_of(network, found.neuron)
    return f"{found.quantity} of {name} is {value} in row {found.row}, where that first arose"


def _legend(layers: Sequence[Layer]) -> list[tell.Item]:
    """Say what the columns mean."""
    bars = "a, from min to max: how many rows gave it"
    if any(layer.activation.kind.silence == "nothing" for layer in layers):
        bars += "; of relu and its like only active ones"
    kink = "kink: how near z came to where the activation bends"
    flat = "saturated: the share of rows in which a is where the activation is flat"
    told = ((bars, tell.BARS), (kink, KINK), (flat, SATURATED))
    return [tell.Line([tell.Words(words, "", "quiet", only_with)]) for words, only_with in told]


def _classes(network: Network, statistics: Statistics, view: View) -> tell.Section:
    labels = network.classes or ()
    shares = (statistics.classes / statistics.rows).tolist()
    axis = tell.Axis(max(shares))

    def row(index: int) -> tell.Row:
        name, count = class_name(index, labels[index]), int(statistics.classes[index])
        spoken = f"Class {index if labels[index] is None else name}"
        cells: list[tell.Cell] = [
            tell.Words(name, spoken, "strong"),
            tell.Words(str(count), plural(count, "row")),
            tell.Percent(shares[index]),
        ]
        return tell.Row(cells, tell.Bar(shares[index], axis))

    chosen = classes_shown(shares, view)
    notes = elided(chosen, len(shares))
    columns = [tell.Column("class"), tell.Column("rows", True), tell.Column("", True)]
    items: list[tell.Item] = [tell.Table(columns, tell.gapped(chosen, len(shares), row))]
    if left := len(shares) - len(chosen):
        items.append(tell.heard(f"{left} more classes; --all lists them"))
    if statistics.undecided:
        rows = plural(statistics.undecided, "row")
        notes.append(f"{rows} without a class")
        items.append(tell.heard(f"Without a class: {rows}"))
    return tell.Section("classes", "as predicted", [], items, " · ".join(notes))


# ---- a layer ----


def _layer(
    network: Network, layer: Layer, stats: LayerStatistics, rows: int, view: View
) -> tell.Section:
    groups = groups_shown(_groups(layer, stats, rows), layer.size, view)
    names = source_names(network, layer.name)
    shown = [index for group in groups for index in group.neurons]
    measures = _measures(layer, stats, rows)
    remarks = any(_remark(stats, index, rows) for index in shown)
    drawn = []
    for group in groups:
        if group.title:
            drawn.append(tell.Row([tell.Words(group.title, f"Neurons {group.title}:", "quiet")]))
        for index in group.neurons:
            name = tell.Words(label(layer.labels, index), f"Neuron {names[index]}", "strong")
            cells: list[tell.Cell] = [name, *(each.cell(index) for each in measures)]
            cells += [_remark(stats, index, rows)] * remarks
            histogram = tell.Histogram(partial(heights, stats, index, rows))
            drawn.append(tell.Row(cells, histogram, "quiet" if stats.dead[index] else ""))
    notes = _notes(layer, stats, rows)
    told = [layer_said(layer)] + [f"Of the layer: {listed(notes)}"] * bool(notes)
    left = layer.size - len(shown)
    kept = (view.width or NARROW) >= NARROWEST
    bars = tell.Stretch(
        LEAST, MOST, kept, lambda width: next(t for t in _TITLES if len(t) <= width)
    )
    columns = [tell.Column("neuron"), *(each.column for each in measures)]
    columns += [tell.Column(spare=1, heard_first=True, below=True)] * remarks
    items: list[tell.Item] = [
        tell.Table(columns, drawn + [tell.more(left)] * bool(left), bars, brief=NARROW)
    ]
    if left:
        items.append(tell.heard(f"{plural(left, 'more neuron')}; --all lists them"))
    sizes = f"{activation_seen(layer)} · {layer.fan_in} → {layer.size}"
    return tell.Section(
        layer.name, sizes, told, items, " · ".join(notes + elided(shown, layer.size))
    )


class _Measure(NamedTuple):
    """What is measured of each neuron of a layer: a column, and what stands in it."""

    column: tell.Column
    cell: Callable[[int], tell.Cell]


def _measures(layer: Layer, stats: LayerStatistics, rows: int) -> list[_Measure]:
    """Return what stands behind a neuron's name, in this order."""

    def measured(values: Array, signed: bool = True) -> Callable[[int], tell.Cell]:
        def cell(index: int) -> tell.Cell:
            value = float(values[index])
            return tell.Number(value, signed) if abs(value) < float("inf") else tell.Words("-", "")

        return cell

    def share(counts: Counts) -> Callable[[int], tell.Cell]:
        return lambda index: tell.Percent(float(counts[index]) / rows)

    a = stats.a
    word, spoken = active_words(layer)
    active = tell.Column(word, True, heard=f"{spoken} in {{}} of the rows")
    deviation = tell.Column("std a", True, spare=4, heard="standard deviation {}")
    found = [
        _Measure(active, share(stats.active)),
        _Measure(tell.Column("mean a", True, heard="mean {}"), measured(a.mean)),
        _Measure(deviation, measured(a.deviation, signed=False)),
        _Measure(tell.Column("min a", True, spare=2, heard="smallest {}"), measured(a.low)),
        _Measure(tell.Column("max a", True, spare=1, heard="largest {}"), measured(a.high)),
    ]
    if breakpoints(layer):
        near = "z came as near as {} to where the activation bends"
        column = tell.Column(KINK, True, spare=5, heard=near)
        found.append(_Measure(column, measured(stats.nearest, signed=False)))
    if ends(layer) is not None:
        column = tell.Column(SATURATED, True, spare=3, heard="saturated in {} of the rows")
        found.append(_Measure(column, share(stats.saturated)))
    return found


def _notes(layer: Layer, stats: LayerStatistics, rows: int) -> list[str]:
    """Say how many neurons of a layer are dead or saturated, and how much is not finite."""
    notes = []
    dead, saturated = int(stats.dead.sum()), int(stats.mostly_saturated.sum())
    if dead or layer.activation.kind.silence == "nothing":
        notes.append(f"{dead} dead")
    if ends(layer) is not None:
        notes.append(f"{saturated} saturated")
    lost = 2 * rows * layer.size - int(stats.z.rows.sum() + stats.a.rows.sum())
    if lost:
        notes.append(f"{plural(lost, 'value')} not finite")
    return notes


def _groups(layer: Layer, stats: LayerStatistics, rows: int) -> list[Group]:
    """Sort neurons by what may be told of them, the most telling first."""
    order = np.argsort(-stats.active, kind="stable")
    alive = order[~stats.dead[order]].tolist()
    word, _ = active_words(layer)
    furthest = by_size(np.fmax(np.abs(stats.a.low), np.abs(stats.a.high)))
    lost = np.flatnonzero((stats.z.rows < rows) | (stats.a.rows < rows)).tolist()
    return [
        Group("not finite", lost),
        Group("dead", np.flatnonzero(stats.dead).tolist()),
        Group("saturated", np.flatnonzero(stats.mostly_saturated).tolist()),
        Group(f"most often {word}", alive),
        Group(f"least often {word}", alive[::-1]),
        Group("furthest from 0", furthest),
    ]


def _remark(stats: LayerStatistics, index: int, rows: int) -> str:
    """Say in words what is wrong with a neuron, such as `dead`; nothing where nothing is."""
    words = []
    if stats.dead[index]:
        words.append("dead")
    elif stats.a.rows[index] > 1 and stats.a.low[index] == stats.a.high[index]:
        words.append("constant")
    if stats.mostly_saturated[index]:
        words.append("saturated")
    if stats.z.rows[index] < rows or stats.a.rows[index] < rows:
        words.append("not finite")
    return ", ".join(words)


def heights(stats: LayerStatistics, index: int, rows: int, width: int) -> Array | None:
    """Return a neuron's histogram in so many cells, each a share of the largest, 0 to 1.

    The rows for which a relu is not active are left out: they would dwarf the others, and `active`
    tells them. None where there is nothing to draw.
    """
    counts = stats.counts[index].astype(np.float64)
    if find(stats.activation).silence == "nothing":
        zero = -int(stats.bins.first[index])  # their bin, where there are any
        inactive = int(stats.a.rows[index] - stats.active[index])
        if stats.a.rows[index] < rows and 0 <= zero < len(counts):
            inactive = int(counts[zero])  # active ones may be infinite: nobody knows how many
        if inactive > 0:
            counts[zero] -= inactive
    if not counts.any() or stats.a.low[index] == stats.a.high[index]:
        return None
    counts = counts[: 1 + np.flatnonzero(stats.counts[index])[-1]]
    below = np.concatenate([[0.0], np.cumsum(counts)])
    edges = np.linspace(0, len(counts), width + 1)
    cells = np.diff(np.interp(edges, np.arange(len(below)), below))
    shares: Array = cells / cells.max()
    return shares
