"""Statistics: a section a layer, a row a neuron, with a histogram of what it gave."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from functools import partial
from math import nan
from typing import NamedTuple

import numpy as np

from nntrace.analysis.activity import breakpoints, ends
from nntrace.analysis.nonfinite import NotFinite
from nntrace.analysis.statistics import LayerStatistics, Statistics
from nntrace.core.activations import find
from nntrace.core.arrays import Array, Counts
from nntrace.core.layer import Layer
from nntrace.core.names import source_names
from nntrace.core.network import Network
from nntrace.core.units import Units, units
from nntrace.errors import listed, plural
from nntrace.words import capital, class_name
from nntrace.write import report as tell
from nntrace.write.choice import (
    Group,
    by_size,
    classes_shown,
    elided,
    groups_shown,
    neurons_shown,
)
from nntrace.write.layers import (
    MOST_LAYERS,
    WHOLE_NAMES,
    made_said,
    made_seen,
    names_in_brief,
    told_aloud,
    units_said,
    units_seen,
)
from nntrace.write.listed import gapped, more
from nntrace.write.reports.net import (
    about,
    activation_seen,
    active_words,
    is_chain,
    label,
    set_by_hand,
)
from nntrace.write.view import View, columns_of

LEAST, MOST = 8, 24  # columns of a histogram
NARROW = 100  # below, numbers have a decimal less
NARROWEST = 60  # below, histograms are the first to go
_TITLES = ("a, from min to max", "a, min to max", "a")
KINK, SATURATED = "kink", "saturated"
POOLED = {
    "channel": "a channel is measured over all of its places in all rows",
    "feature": "a feature, a place in the width of tokens, is measured over all tokens of all rows",
    "layer": "all numbers of a layer are measured together where their count depends on the tokens",
}


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
    in_brief = len(shown) > MOST_LAYERS and view.shortens and not is_chain(network)
    if in_brief:
        brief = [each for each in shown if each[0].name != network.output.name]
        sections.append(_in_brief(brief, view))
        shown = [each for each in shown if each not in brief]
    sections += [_layer(network, layer, stats, rows, view) for layer, stats in shown]
    items += [tell.Blank(heard=False), tell.Sections(sections, alike=not in_brief)]
    items += [*_legend(network, [layer for layer, _ in shown]), tell.LeftOut()]
    return tell.Report(items, view)


def _first_not_finite(network: Network, found: NotFinite) -> str:
    """Say where a number first stopped being finite."""
    value = {"inf": "infinite", "-inf": "minus infinite"}.get(str(found.value), "not a number")
    name = found.called(network)
    return f"{found.quantity} of {name} is {value} in row {found.row}, where that first arose"


def _legend(network: Network, layers: Sequence[Layer]) -> list[tell.Item]:
    """Say what the columns mean, and of what numbers they are."""
    bars = "a, from min to max: how many rows gave it"
    if any(layer.activation.kind.silence == "nothing" for layer in layers):
        bars += "; of relu and its like only active ones"
    kink = "kink: how near z came to where the activation bends"
    flat = "saturated: the share of rows in which a is where the activation is flat"
    words = {units(network, layer.name).word for layer in layers}
    if words - {"neuron"}:
        bars, flat = (each.replace("rows", "numbers") for each in (bars, flat))
    told = [(bars, tell.BARS), (kink, KINK), (flat, SATURATED)]
    lines = [tell.Line([tell.Words(each, "", "quiet", only)]) for each, only in told]
    pooled = [POOLED[word] for word in POOLED if word in words]
    return [*lines, *(tell.line(each, capital(each), "quiet") for each in pooled)]


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
    items: list[tell.Item] = [tell.Table(columns, gapped(chosen, len(shares), row))]
    if left := len(shares) - len(chosen):
        items.append(tell.heard(f"{left} more classes; --all lists them"))
    if statistics.undecided:
        rows = plural(statistics.undecided, "row")
        notes.append(f"{rows} without a class")
        items.append(tell.heard(f"Without a class: {rows}"))
    return tell.Section("classes", "as predicted", [], items, " · ".join(notes))


# ---- very many layers, in a line each ----


def _in_brief(told: Sequence[tuple[Layer, LayerStatistics]], view: View) -> tell.Section:
    """Tell of layers what all their numbers come to, and whether something is wrong with some."""
    kinds = [made_seen(layer) for layer, _ in told]
    names = [layer.name for layer, _ in told]
    called = names_in_brief(names, max(map(len, kinds)) + 4 * (view.number_width + 2) + 4, view)
    remarks = [", ".join(_troubles(layer, stats)) for layer, stats in told]
    columns = [
        tell.Column("layer", least=max(columns_of(name, view) for name in called)),
        tell.Column("kind", spare=2),
        tell.Column("active", True, heard="active {} of its numbers"),
        tell.Column("mean a", True, spare=3, heard="mean {}"),
        tell.Column("min a", True, spare=4, heard="smallest {}"),
        tell.Column("max a", True, heard="largest {}"),
        *[tell.Column(spare=1, heard_first=True, below=True)] * any(remarks),
    ]

    def row(index: int) -> tell.Row:
        (layer, stats), counted = told[index], int(told[index][1].measured.sum())
        share = int(stats.active.sum()) / counted if counted else 0.0
        finite = stats.a.rows > 0
        means = stats.a.mean[finite] * (stats.a.rows[finite] / max(1, stats.a.rows.sum()))
        lows, highs = stats.a.low[finite], stats.a.high[finite]
        ends = [float(lows.min()), float(highs.max())] if finite.any() else [nan, nan]
        return tell.Row(
            [
                tell.Words(called[index], f"Layer {layer.name}", "strong"),
                tell.Words(kinds[index], made_said(layer)),
                tell.Percent(share),
                *map(tell.Number, [float(means.sum()), *ends]),
                *[remarks[index]] * any(remarks),
            ]
        )

    peaks = np.array([len(each) > 0 for each in remarks], float)
    chosen = neurons_shown(peaks, view)
    hint = "-l NAME tells one in full, --all all of them"
    heard = f"{plural(len(told), 'layer')} in brief; {hint}"
    items: list[tell.Item] = [tell.Table(columns, gapped(chosen, len(told), row))]
    if left := len(told) - len(chosen):
        items.append(tell.heard(f"{plural(left, 'more layer')}; --all lists them"))
    note = hint + WHOLE_NAMES * (called != names)
    return tell.Section("layers", f"{len(told)}, in brief", [heard], items, note)


def _troubles(layer: Layer, stats: LayerStatistics) -> list[str]:
    """Say what is wrong with some numbers of a layer; what is masked is so on purpose."""
    notes = _notes(layer, stats)
    return [each for each in notes if not each.startswith("0 ") and "masked" not in each]


# ---- a layer ----


def _layer(
    network: Network, layer: Layer, stats: LayerStatistics, rows: int, view: View
) -> tell.Section:
    of = units(network, layer.name)
    groups = groups_shown(_groups(layer, stats), of.size, view)
    names = _names(network, layer, of)
    shown = [index for group in groups for index in group.neurons]
    measures = _measures(layer, stats, of)
    remarks = any(_remark(stats, index) for index in shown)
    drawn = []
    for group in groups:
        if group.title:
            spoken = f"{of.word.capitalize()}s {group.title}:"
            drawn.append(tell.Row([tell.Words(group.title, spoken, "quiet")]))
        for index in group.neurons:
            cells: list[tell.Cell] = [names[index], *(each.cell(index) for each in measures)]
            cells += [_remark(stats, index)] * remarks
            histogram = tell.Histogram(partial(heights, stats, index))
            drawn.append(tell.Row(cells, histogram, "quiet" if stats.dead[index] else ""))
    notes = _notes(layer, stats)
    told = [told_aloud(network, layer)]
    told += [f"Measured: {units_said(network, layer, of)}"] * of.pooled
    told += [f"Of the layer: {listed(notes)}"] * bool(notes)
    left = of.size - len(shown)
    kept = (view.width or NARROW) >= NARROWEST
    bars = tell.Stretch(
        LEAST, MOST, kept, lambda width: next(t for t in _TITLES if len(t) <= width)
    )
    columns = [tell.Column(of.word), *(each.column for each in measures)]
    columns += [tell.Column(spare=1, heard_first=True, below=True)] * remarks
    items: list[tell.Item] = [
        tell.Table(columns, drawn + [more(left)] * bool(left), bars, brief=NARROW)
    ]
    if left:
        items.append(tell.heard(f"{plural(left, f'more {of.word}')}; --all lists them"))
    sizes = f"{activation_seen(layer)} · {layer.fan_in} → {layer.size}" if layer.dense else ""
    sizes = sizes or f"{made_seen(layer)} · {units_seen(network, layer, of)}"
    return tell.Section(layer.name, sizes, told, items, " · ".join(notes + elided(shown, of.size)))


def _names(network: Network, layer: Layer, of: Units) -> list[tell.Words]:
    """Call the units of a layer: neurons by their names, channels and features by their places."""
    if of.word == "layer":
        return [tell.Words("all", "All numbers", "strong")]
    labels = None if of.word == "channel" else layer.labels
    seen = [label(labels, index) for index in range(of.size)]
    heard = [f"{layer.name} {each}" for each in seen]
    if of.word == "neuron":
        heard = source_names(network, layer.name)
    word = of.word.capitalize()
    pairs = zip(seen, heard, strict=True)
    return [tell.Words(each, f"{word} {name}", "strong") for each, name in pairs]


class _Measure(NamedTuple):
    """What is measured of each neuron of a layer: a column, and what stands in it."""

    column: tell.Column
    cell: Callable[[int], tell.Cell]


def _measures(layer: Layer, stats: LayerStatistics, of: Units) -> list[_Measure]:
    """Return what stands behind a neuron's name, in this order."""

    def measured(values: Array, signed: bool = True) -> Callable[[int], tell.Cell]:
        def cell(index: int) -> tell.Cell:
            value = float(values[index])
            return tell.Number(value, signed) if abs(value) < float("inf") else tell.Words("-", "")

        return cell

    def share(counts: Counts) -> Callable[[int], tell.Cell]:
        return lambda index: (
            tell.Percent(float(counts[index]) / int(stats.measured[index]))
            if stats.measured[index]
            else tell.Words("-", "")
        )

    a, among = stats.a, f"of {'its numbers' if of.pooled else 'the rows'}"
    word, spoken = active_words(layer)
    active = tell.Column(word, True, heard=f"{spoken} in {{}} {among}")
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
        column = tell.Column(SATURATED, True, spare=3, heard=f"saturated in {{}} {among}")
        found.append(_Measure(column, share(stats.saturated)))
    return found


def _notes(layer: Layer, stats: LayerStatistics) -> list[str]:
    """Say how many neurons of a layer are dead or saturated, and how much is not finite.

    Scores that are masked on purpose are neither.
    """
    notes = []
    dead, saturated = int(stats.dead.sum()), int(stats.mostly_saturated.sum())
    if dead or layer.activation.kind.silence == "nothing":
        notes.append(f"{dead} dead")
    if ends(layer) is not None:
        notes.append(f"{saturated} saturated")
    if stats.not_finite:
        notes.append(f"{plural(stats.not_finite, 'value')} not finite")
    if masked := int(stats.masked.sum()):
        notes.append(f"{masked} masked, which are left out")
    return notes


def _groups(layer: Layer, stats: LayerStatistics) -> list[Group]:
    """Sort neurons by what may be told of them, the most telling first."""
    order = np.argsort(-stats.active, kind="stable")
    alive = order[~stats.dead[order]].tolist()
    word, _ = active_words(layer)
    furthest = by_size(np.fmax(np.abs(stats.a.low), np.abs(stats.a.high)))
    held = stats.measured
    lost = np.flatnonzero((stats.z.rows < held) | (stats.a.rows < held)).tolist()
    return [
        Group("not finite", lost),
        Group("dead", np.flatnonzero(stats.dead).tolist()),
        Group("saturated", np.flatnonzero(stats.mostly_saturated).tolist()),
        Group(f"most often {word}", alive),
        Group(f"least often {word}", alive[::-1]),
        Group("furthest from 0", furthest),
    ]


def _remark(stats: LayerStatistics, index: int) -> str:
    """Say in words what is wrong with a neuron, such as `dead`; nothing where nothing is."""
    words = []
    if stats.dead[index]:
        words.append("dead")
    elif stats.a.rows[index] > 1 and stats.a.low[index] == stats.a.high[index]:
        words.append("constant")
    if stats.mostly_saturated[index]:
        words.append("saturated")
    if min(stats.z.rows[index], stats.a.rows[index]) < stats.measured[index]:
        words.append("not finite")
    return ", ".join(words)


def heights(stats: LayerStatistics, index: int, width: int) -> Array | None:
    """Return a neuron's histogram in so many cells, each a share of the largest, 0 to 1.

    The rows for which a relu is not active are left out: they would dwarf the others, and `active`
    tells them. None where there is nothing to draw.
    """
    counts = stats.counts[index].astype(np.float64)
    if find(stats.activation).silence == "nothing":
        zero = -int(stats.bins.first[index])  # their bin, where there are any
        inactive = int(stats.a.rows[index] - stats.active[index])
        if stats.a.rows[index] < stats.measured[index] and 0 <= zero < len(counts):
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
