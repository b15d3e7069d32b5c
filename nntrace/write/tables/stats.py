"""Statistics as tables: a frame a layer, a line a neuron, with a histogram of what it gave."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from itertools import islice

from rich.console import RenderableType
from rich.text import Text

from nntrace.analysis.activity import breakpoints, ends
from nntrace.analysis.moments import Counts
from nntrace.analysis.statistics import LayerStatistics, Statistics
from nntrace.core.arrays import Array
from nntrace.core.network import Layer, Network
from nntrace.errors import plural
from nntrace.write.choice import classes_shown, elided
from nntrace.write.phrases import class_name
from nntrace.write.phrases_stats import (
    active_word,
    first_words,
    groups_shown,
    heights,
    layer_notes,
    left_out,
    remark,
)
from nntrace.write.render.boxes import (
    Box,
    Row,
    bars_drawn,
    columns_left_out,
    framed,
    gapped,
    laid_out,
    titles_drawn,
)
from nntrace.write.render.look import (
    QUIET,
    STRONG,
    WITHOUT_END,
    View,
    number,
    percent,
    render,
    side_by_side,
)
from nntrace.write.report import Axis, Bar, Column, Histogram, Stretch
from nntrace.write.tables.trace import activation_name, headline, neuron_name, panel_title

LEAST, MOST = 8, 24  # columns of a histogram
NARROW = 100  # below, numbers have a decimal less
NARROWEST = 60  # below, histograms are the first to go
_TITLES = ("a, from min to max", "a, min to max", "a")
KINK, SATURATED = "kink", "saturated"


def stats_table(
    network: Network,
    statistics: Statistics,
    layers: Sequence[str],
    settings: Mapping[str, float],
    view: View,
) -> str:
    """Draw a summary, then each layer (those named, or all)."""
    view = view.at_most(WITHOUT_END)
    parts: list[RenderableType] = [headline(network, view), _subject(statistics, settings, view)]
    if statistics.first_not_finite:
        words = f"not finite: {first_words(network, statistics.first_not_finite)}"
        parts.append(view.text(words, STRONG))
    if not statistics.rows:
        return render(parts, view)
    shown = [
        (layer, part)
        for layer, part in zip(network.layers, statistics.layers, strict=True)
        if not layers or layer.name in layers
    ]
    boxes = [_classes(network, statistics, view)] if network.classes is not None else []
    boxes += [_layer(layer, part, statistics.rows, view) for layer, part in shown]
    parts += [Text(""), *side_by_side(framed(boxes, laid_out(boxes, view), view), view)]
    told = titles_drawn(boxes, view)
    parts += [
        view.text(words, QUIET)
        for words in [
            *_legend([layer for layer, _ in shown], told, bars_drawn(boxes, view)),
            columns_left_out(boxes, view),
        ]
        if words
    ]
    return render(parts, view)


def _subject(statistics: Statistics, settings: Mapping[str, float], view: View) -> Text:
    words = [plural(statistics.rows, "row") if statistics.rows else "no rows"]
    words += [f"{name} set to {value!r}" for name, value in settings.items()]
    return view.text(" · ".join(words))


def _legend(layers: Sequence[Layer], told: set[str], bars: bool) -> list[str]:
    """Say what the columns mean, of those that are there."""
    words = ["a, from min to max: how many rows gave it"] * bars
    if bars and any(layer.activation.kind.silence == "nothing" for layer in layers):
        words[0] += "; of relu and its like only active ones"
    if KINK in told:
        words.append("kink: how near z came to where the activation bends")
    if SATURATED in told:
        words.append("saturated: the share of rows in which a is where the activation is flat")
    return words


# ---- the classes ----


def _classes(network: Network, statistics: Statistics, view: View) -> Box:
    labels = network.classes or ()
    shares = (statistics.classes / statistics.rows).tolist()
    axis = Axis(max(shares))

    def line(index: int) -> Row:
        name = view.text(class_name(index, labels[index]), STRONG)
        cells: list[Text | str] = [
            name,
            str(statistics.classes[index]),
            percent(shares[index], view),
        ]
        return Row(cells, Bar(shares[index], axis))

    chosen = classes_shown(shares, view)
    notes = elided(chosen, len(shares))
    if statistics.undecided:
        notes.append(f"{plural(statistics.undecided, 'row')} without a class")
    return Box(
        panel_title("classes", "as predicted", view),
        [Column("class"), Column("rows", True), Column("", True)],
        gapped(chosen, len(shares), line, view),
        note=" · ".join(notes),
    )


# ---- a layer ----


def _layer(layer: Layer, part: LayerStatistics, rows: int, view: View) -> Box:
    groups = groups_shown(layer, part, rows, view)
    shown = [index for group in groups for index in group.neurons]
    titles, cells = _columns(layer, part, shown, rows, view)
    lines = iter(zip(shown, cells, strict=True))
    drawn = []
    for group in groups:
        drawn += [Row([view.text(group.title, QUIET)])] * bool(group.title)
        for index, numbers in islice(lines, len(group.neurons)):
            name = neuron_name(layer.labels, index, view)
            name.stylize(STRONG)
            spark = Histogram(partial(heights, part, index, rows))
            drawn.append(Row([name, *numbers], spark, QUIET if part.dead[index] else ""))
    if left := left_out(groups, layer):
        drawn.append(Row([view.text(f"⋮ {left} more", QUIET)]))
    sizes = f"{activation_name(layer)} · {layer.fan_in} → {layer.size}"
    notes = layer_notes(layer, part, rows) + elided(shown, layer.size)
    kept = (view.width or NARROW) >= NARROWEST
    bars = Stretch(LEAST, MOST, kept, lambda width: next(t for t in _TITLES if len(t) <= width))
    title = panel_title(layer.name, sizes, view)
    return Box(title, titles, drawn, note=" · ".join(notes), bars=bars)


def _columns(
    layer: Layer, part: LayerStatistics, shown: Sequence[int], rows: int, view: View
) -> tuple[list[Column], list[tuple[str, ...]]]:
    """Return the columns, and the numbers of the neurons shown, written, a line a neuron."""
    if view.width is not None and view.width < NARROW and view.precision == 4:
        view = view._replace(precision=3)

    def written(values: Array, signed: bool = True) -> list[str]:
        return [_measured(float(values[index]), view, signed) for index in shown]

    def shares(counts: Counts) -> list[str]:
        return [percent(float(counts[index]) / rows, view) for index in shown]

    columns = [
        (Column(active_word(layer), True), shares(part.active)),
        (Column("mean a", True), written(part.a.mean)),
        (Column("std a", True, spare=4), written(part.a.deviation, signed=False)),
        (Column("min a", True, spare=2), written(part.a.low)),
        (Column("max a", True, spare=1), written(part.a.high)),
    ]
    if breakpoints(layer):
        columns.append((Column(KINK, True, spare=5), written(part.nearest, signed=False)))
    if ends(layer) is not None:
        columns.append((Column(SATURATED, True, spare=3), shares(part.saturated)))
    if any(remarks := [remark(part, index, rows) for index in shown]):
        columns.append((Column(), remarks))
    titles = [Column("neuron"), *(column for column, _ in columns)]
    return titles, list(zip(*(cells for _, cells in columns), strict=True))


def _measured(value: float, view: View, signed: bool) -> str:
    """Write a number; where nothing finite was measured, nothing."""
    return number(value, view, signed) if abs(value) < float("inf") else "-"
