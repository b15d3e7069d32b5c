"""Statistics as tables: a frame a layer, a line a neuron, with a histogram of what it gave."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import ceil

from rich.cells import cell_len
from rich.console import RenderableType
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from nntrace.core.moments import Counts
from nntrace.core.network import Array, Layer, Network
from nntrace.core.regimes import ends, kinks
from nntrace.core.statistics import LayerStatistics, Statistics
from nntrace.errors import plural
from nntrace.write.phrases import class_name
from nntrace.write.phrases_stats import (
    active_word,
    first_words,
    heights,
    layer_notes,
    neurons_shown,
    remark,
)
from nntrace.write.shown import classes_shown, with_gaps
from nntrace.write.tables.look import (
    POSITIVE,
    QUIET,
    STRONG,
    View,
    bar,
    frame,
    grid,
    number,
    percent,
    render,
    side_by_side,
)
from nntrace.write.tables.trace import activation_name, headline, panel_title

LEAST, MOST = 8, 24  # columns of a histogram
LONGEST_NAME = 16
NARROW = 100  # below, numbers have a decimal less
WIDE = 200  # from here on, layers stand side by side
_TITLES = ("a, from min to max", "a, min to max", "a")
_LEVELS, _ASCII_LEVELS = "▁▂▃▄▅▆▇█", ".:-=+*#@"
# What is left out first where a terminal is too narrow for all.
_DISPENSABLE = ("kink", "std a", "saturated")


def stats_table(
    network: Network,
    statistics: Statistics,
    layers: Sequence[str],
    settings: Mapping[str, float],
    view: View,
) -> str:
    """Draw a summary, then each layer (those named, or all)."""
    view = view.between(80, 100_000)
    parts: list[RenderableType] = [headline(network, view), _subject(statistics, settings, view)]
    if statistics.first_not_finite:
        words = f"not finite: {first_words(network, statistics.first_not_finite)}"
        parts.append(view.text(words, STRONG))
    if not statistics.rows:
        return render(parts, view)
    panels = []
    if network.classes is not None:
        panels.append(_classes(network, statistics, view))
    shown = [
        (layer, part)
        for layer, part in zip(network.layers, statistics.layers, strict=True)
        if not layers or layer.name in layers
    ]
    told: set[str] = set()
    for layer, part in shown:
        table, titles = _neurons(layer, part, statistics.rows, view)
        panels.append(_layer(layer, part, table, statistics.rows, view))
        told.update(titles)
    parts += [Text(""), *side_by_side(panels, view)]
    parts += [view.text(words, QUIET) for words in _legend([layer for layer, _ in shown], told)]
    return render(parts, view)


def _subject(statistics: Statistics, settings: Mapping[str, float], view: View) -> Text:
    words = [plural(statistics.rows, "row") if statistics.rows else "no rows"]
    words += [f"{name} set to {value!r}" for name, value in settings.items()]
    return view.text(" · ".join(words))


def _legend(layers: Sequence[Layer], told: set[str]) -> list[str]:
    """Say what the columns mean, of those that are there."""
    words = ["a, from min to max: how many rows gave it"]
    if any(layer.activation.kind.silence == "nothing" for layer in layers):
        words[0] += "; of relu and its like only active ones"
    if "kink" in told:
        words.append("kink: how near z came to where the activation bends")
    if "saturated" in told:
        words.append("saturated: the share of rows in which a is where the activation is flat")
    return words


# ---- the classes ----


def _classes(network: Network, statistics: Statistics, view: View) -> Panel:
    labels = network.classes or ()
    shares = (statistics.classes / statistics.rows).tolist()
    largest = max(shares)
    table = grid(view)
    table.add_column("class", overflow="fold")
    table.add_column("rows", justify="right", no_wrap=True)
    table.add_column("", justify="right", no_wrap=True)
    table.add_column("", no_wrap=True, min_width=view.bar_width)
    chosen = sorted(classes_shown(shares, view))
    for index in chosen:
        table.add_row(
            view.text(class_name(index, labels[index]), STRONG),
            str(statistics.classes[index]),
            percent(shares[index], view),
            bar(shares[index], largest, view.bar_width, view),
        )
    notes = []
    if len(chosen) < len(shares):
        notes.append(f"{len(shares) - len(chosen)} more classes, --all shows all")
    if statistics.undecided:
        notes.append(f"{plural(statistics.undecided, 'row')} without a class")
    return frame(panel_title("classes", "as predicted", view), [table], view, " · ".join(notes))


# ---- a layer ----


def _layer(layer: Layer, part: LayerStatistics, table: Table, rows: int, view: View) -> Panel:
    sizes = f"{activation_name(layer)} · {layer.fan_in} → {layer.size}"
    title = panel_title(layer.name, sizes, view)
    notes = layer_notes(layer, part, rows)
    if len(neurons_shown(part, rows, view)) < layer.size:
        notes.append("--all shows all")
    return frame(title, [table], view, " · ".join(notes))


def _neurons(
    layer: Layer, part: LayerStatistics, rows: int, view: View
) -> tuple[Table, Sequence[str]]:
    """Draw a line a neuron; return the titles of the columns that there was room for, too."""
    shown = neurons_shown(part, rows, view)
    columns = _columns(layer, part, shown, rows, view)
    remarks = {index: remark(part, index, rows) for index in shown}
    names = [view.plain(layer.labels[each] if layer.labels else str(each)) for each in shown]
    drawn = [index for index in shown if heights(part, index, rows, MOST) is not None]
    # what is remarked stands beside a histogram, or where there is none instead of it
    beside = max([0, *(len(remarks[index]) for index in drawn)])
    instead = max([LEAST, *(len(remarks[index]) for index in shown if index not in drawn)])
    width = _fit(columns, names, beside, instead, view)
    table = grid(view)
    table.add_column("neuron", overflow="fold", max_width=LONGEST_NAME)
    for title in columns:
        table.add_column(title, justify="right", no_wrap=True)
    title = next(each for each in _TITLES if len(each) <= width)
    table.add_column(title, no_wrap=True, min_width=width)
    if beside:
        table.add_column("", no_wrap=True)
    for place, (before, index) in enumerate(with_gaps(shown)):
        assert index is not None
        if before:
            table.add_row(view.text("⋮"), view.text(f"{before} more", QUIET))
        cells: list[RenderableType] = [Text(names[place], STRONG)]
        cells += [column[place] for column in columns.values()]
        shares = heights(part, index, rows, width)
        cells += [remarks[index]] if shares is None else [_spark(shares, view)]
        cells += [remarks[index]] if beside and shares is not None else []
        table.add_row(*cells, style=QUIET if part.dead[index] else "")
    if left := layer.size - 1 - shown[-1]:
        table.add_row(view.text("⋮"), view.text(f"{left} more", QUIET))
    return table, [*columns]


def _columns(
    layer: Layer, part: LayerStatistics, shown: Sequence[int], rows: int, view: View
) -> dict[str, list[str]]:
    """Write the numbers of the neurons shown, by the titles of their columns."""
    narrow = view.width is not None and _room(view) < NARROW and view.precision == 4
    view = view._replace(precision=3) if narrow else view

    def written(values: Array, signed: bool = True) -> list[str]:
        return [_measured(float(values[index]), view, signed) for index in shown]

    def shares(counts: Counts) -> list[str]:
        return [percent(float(counts[index]) / rows, view) for index in shown]

    columns = {
        active_word(layer): shares(part.active),
        "mean a": written(part.a.mean),
        "std a": written(part.a.deviation, signed=False),
        "min a": written(part.a.low),
        "max a": written(part.a.high),
    }
    if kinks(layer):
        columns["kink"] = written(part.nearest, signed=False)
    if ends(layer) is not None:
        columns["saturated"] = shares(part.saturated)
    return columns


def _measured(value: float, view: View, signed: bool) -> str:
    """Write a number; where nothing finite was measured, nothing."""
    return number(value, view, signed) if abs(value) < float("inf") else "-"


def _room(view: View) -> int:
    """Return the columns that a layer has, on a terminal."""
    assert view.width is not None
    return view.width // 2 if view.width >= WIDE else view.width


def _fit(
    columns: dict[str, list[str]], names: Sequence[str], beside: int, least: int, view: View
) -> int:
    """Leave out columns that the terminal has no room for; return the width of the histograms.

    These take `least` columns or more, and what stands beside them `beside`.
    """
    if view.width is None:
        return MOST
    taken = 4 + min(LONGEST_NAME, max(6, *map(cell_len, names))) + 4  # frame, name and gaps
    taken += beside + 2 * bool(beside)

    def room() -> int:
        widths = [max(len(title), *map(len, cells)) + 2 for title, cells in columns.items()]
        return _room(view) - taken - sum(widths)

    for title in _DISPENSABLE:
        if room() < least:
            columns.pop(title, None)
    return max(least, min(MOST, room()))


def _spark(shares: Array, view: View) -> Text:
    """Draw a histogram as blocks of eight heights; only what is empty is blank."""
    levels = _ASCII_LEVELS if view.ascii_only else _LEVELS
    cells = [levels[ceil(share * 8) - 1] if share > 1e-9 else " " for share in shares.tolist()]
    return Text("".join(cells), POSITIVE)
