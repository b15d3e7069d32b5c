"""A net without an input: its layers, and its weights if asked for."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Group, RenderableType
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from nntrace.core.arrays import Array
from nntrace.core.names import labels_of
from nntrace.core.network import Layer, Network
from nntrace.errors import plural
from nntrace.write.phrases import NORMALISED, in_units
from nntrace.write.records import statistics
from nntrace.write.tables.boxes import Box, Column, Row, columns_left_out, table, without_frame
from nntrace.write.tables.look import (
    QUIET,
    STRONG,
    WITHOUT_END,
    View,
    frame,
    number,
    one_width,
    render,
    side_by_side,
)
from nntrace.write.tables.picture import heat_legend, heat_map, largest
from nntrace.write.tables.trace import activation_name, headline, neuron_name, panel_title
from nntrace.write.view import FRAME

NARROW = 60  # columns: below, a heat map is the first to go
HEAT = 2  # columns of a heat map for each number
ROWS = 16  # of a matrix, on a terminal; and as many columns as fit
PICTURES = 16  # neurons drawn as pictures, on a terminal, or as many as fit on its screen


def show_table(network: Network, view: View, weights: bool) -> str:
    """Draw the net: what it reads, a line a layer, and what it sums up to."""
    # with --all lines run over the edge of a terminal, rather than lose numbers
    view = view._replace(width=None) if view.show_all else view.at_most(WITHOUT_END)
    parts: list[RenderableType] = [headline(network, view), Text(""), _facts(network, view)]
    parts += [Text(""), _layers(network, view)]
    for index, layer in enumerate(network.layers if weights else ()):
        parts += [Text("")] * (not index) + _weights(network, layer, view)
    one_width([part for part in parts if isinstance(part, Panel)], view)
    return render(parts, view)


def _facts(network: Network, view: View) -> Table:
    spec = network.input
    reads = plural(spec.size, "number")
    if spec.labels and not spec.picture:
        reads = " · ".join(spec.labels)
    elif spec.shape:
        reads = " × ".join(map(str, spec.shape))
    facts = [("input", reads, "")]
    if spec.normalised:
        given = f"given to the first layer as {NORMALISED} = (value - mean) / std"
        facts.append(("", given, QUIET))
    if network.output.labels:
        facts.append(("output", " · ".join(network.output.labels), ""))
    if network.examples:
        facts.append(("examples", " · ".join(example.name for example in network.examples), ""))
    drawn = Table.grid(padding=(0, 2, 0, 0))
    drawn.add_column(no_wrap=True)
    drawn.add_column(overflow="fold")
    for name, words, style in facts:
        drawn.add_row(view.text(name), view.text(words, style))
    return drawn


def _layers(network: Network, view: View) -> Text:
    columns = [Column("layer"), Column("shape", True), Column("activation"), Column("params", True)]
    columns += [Column("memory", True, spare=4), Column("min w", True, spare=1)]
    columns += [Column("mean w", True, spare=2), Column("max w", True, spare=1)]
    columns += [Column("std w", True, spare=3)]
    short = view._replace(precision=3) if view.precision == 4 else view  # fits 80 columns
    memory = 0
    rows = []
    for layer in network.layers:
        summary = statistics(layer.weights)
        size = layer.weights.nbytes + layer.bias.nbytes
        memory += size
        cells: list[Text | str] = [
            view.text(layer.name, STRONG),
            view.text(f"{layer.size} × {layer.fan_in}"),
            view.text(activation_name(layer)),
            f"{layer.weights.size + layer.bias.size:,}",
            " ".join(in_units(size)),
            number(summary["min"], short),
            number(summary["mean"], short),
            number(summary["max"], short),
            number(summary["std"], short, signed=False),
        ]
        rows.append(Row(cells))
    total = ["total", "", "", f"{network.parameters:,}", " ".join(in_units(memory))]
    box = Box(Text(), columns, [*rows, Row(total, style=STRONG)])
    drawn = table(box.columns, box.rows, view)
    left_out = columns_left_out([box], without_frame(view))
    if left_out:
        drawn.append(f"\n{view.plain(left_out)}; --all shows them", QUIET)
    return drawn


def _weights(network: Network, layer: Layer, view: View) -> list[RenderableType]:
    """Draw a layer's weights, all on one scale, which a legend tells below."""
    title = panel_title(layer.name, f"weights {layer.size} × {layer.fan_in}, and bias", view)
    top = largest(layer.weights)
    legend = heat_legend("weights", top, view)
    if network.input.picture and "input" in network.reads(layer.name):
        panels = _pictures(layer, network.input.picture, top, view)
        parts: list[RenderableType] = [title, *side_by_side(panels, view)]
        left = layer.size - len(panels)
        if left:
            parts.append(view.text(f"⋮ {left} more neurons, --all shows all", QUIET))
        parts.append(legend)
        if not view.shortens:
            parts.append(_matrix(layer, layer.weights, _source_labels(network, layer), view))
        return parts
    sources = _source_labels(network, layer)
    rows = layer.weights[: None if view.holds(layer.size) else ROWS]
    whole = [_columns(layer, sources, view, each) == layer.fan_in for each in (HEAT, 0)]
    # the heat map goes where all the numbers fit without it, and nearly none with it
    mapped = whole[0] or (not whole[1] and (view.width or NARROW) >= NARROW)
    shown = rows[:, : _columns(layer, sources, view, HEAT if mapped else 0)]
    content: list[RenderableType] = [_matrix(layer, shown, sources, view)]
    if mapped:
        beside = Table.grid(padding=(0, 2, 0, 0))
        drawn = Group(Text(""), heat_map(shown, view, top, line_by_line=True))
        beside.add_row(*content, drawn)
        content = [beside]
    framed = frame(title, content, view, _left_out(layer, shown))
    return [framed, legend] if mapped else [framed]


def _source_labels(network: Network, layer: Layer) -> Sequence[str] | None:
    (reads,) = network.reads(layer.name)
    return labels_of(network, reads)


def _columns(layer: Layer, sources: Sequence[str] | None, view: View, heat: int) -> int:
    """Return how many columns of a layer's weights fit: numbers, and `heat` of a map for each.

    With `--all` lines run over the edge of the terminal instead.
    """
    if not view.shortens or view.width is None:
        return layer.fan_in
    widths = [Text(view.plain(label)).cell_len for label in layer.labels or ()]
    biases = [len(number(value, view)) for value in layer.bias[:ROWS].tolist()]
    room = view.width - max([1, *widths]) - max(biases) - 8 + (not heat)  # frame and gaps
    for column in range(layer.fan_in):
        title = Text(view.plain(sources[column])).cell_len if sources else 0
        values = [number(value, view) for value in layer.weights[:ROWS, column].tolist()]
        room -= max(title, *map(len, values)) + 2 + heat
        if room < 0:
            return max(1, column)
    return layer.fan_in


def _left_out(layer: Layer, shown: Array) -> str:
    rows, columns = layer.size - shown.shape[0], layer.fan_in - shown.shape[1]
    if not rows and not columns:
        return ""
    parts = [plural(rows, "row")] * (rows > 0) + [plural(columns, "column")] * (columns > 0)
    return f"{' and '.join(parts)} more, --all shows all"


def _matrix(layer: Layer, weights: Array, sources: Sequence[str] | None, view: View) -> Text:
    """Draw the numbers, a row a neuron, with its bias behind them."""
    titles = [sources[each] if sources else str(each) for each in range(weights.shape[1])]
    columns = [Column(), *(Column(view.plain(title), True) for title in [*titles, "bias"])]
    rows = []
    for index, values in enumerate(weights.tolist()):
        name = neuron_name(layer.labels, index, view)
        name.stylize(STRONG)
        bias = number(float(layer.bias[index]), view)
        rows.append(Row([name, *(number(value, view) for value in values), bias]))
    return table(columns, rows, view._replace(width=None))


def _pictures(layer: Layer, shape: tuple[int, int], top: float, view: View) -> list[Panel]:
    """Draw what each neuron of a layer that reads a picture looks for."""

    def panel(index: int) -> Panel:
        name = view.text("", "bold not dim").append_text(neuron_name(layer.labels, index, view))
        drawn = heat_map(layer.weights[index].reshape(shape), view, top)
        return frame(name, [drawn], view, f"bias {number(float(layer.bias[index]), view)}")

    count = layer.size
    if view.width is not None and view.shortens:
        lines = heat_map(layer.weights[0].reshape(shape), view, top).split()
        across = (view.width + 1) // (lines[0].cell_len + FRAME + 1)
        count = max(PICTURES, across * (view.height // (len(lines) + 2)))
    return [panel(index) for index in range(min(layer.size, count))]
