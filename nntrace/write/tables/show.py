"""A net without an input: its layers, and its weights if asked for."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Group, RenderableType
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from nntrace.core.network import Array, Layer, Network
from nntrace.errors import plural
from nntrace.write.phrases import in_units
from nntrace.write.records import statistics
from nntrace.write.tables.look import (
    QUIET,
    STRONG,
    View,
    frame,
    grid,
    number,
    render,
    side_by_side,
)
from nntrace.write.tables.picture import heat_map
from nntrace.write.tables.trace import activation_name, headline, panel_title

ROWS = 16  # of a matrix, on a terminal; and as many columns as fit
PICTURES = 16  # neurons drawn as pictures, on a terminal


def show_table(network: Network, view: View, weights: bool) -> str:
    """Draw the net: what it reads, a line a layer, and what it sums up to."""
    # with --all lines run over the edge of a terminal, rather than lose numbers
    view = view._replace(width=None) if view.show_all else view.between(80, 100_000)
    parts: list[RenderableType] = [headline(network, view), Text("")]
    spec = network.input
    reads = plural(spec.size, "number")
    if spec.labels and not spec.picture:
        reads = " · ".join(spec.labels)
    elif spec.shape:
        reads = " × ".join(map(str, spec.shape))
    parts.append(view.text(f"input     {reads}"))
    if spec.normalised:
        parts.append(
            view.text("          given to the first layer as x = (value - mean) / std", QUIET)
        )
    if network.output.labels:
        parts += [view.text(f"output    {' · '.join(network.output.labels)}")]
    if network.examples:
        names = " · ".join(example.name for example in network.examples)
        parts.append(view.text(f"examples  {names}"))
    parts += [Text(""), _layers(network, view)]
    if weights:
        parts.append(Text(""))
        if not view.colours:
            legend = "beside the numbers: # and + are plus, = and - minus, the larger the denser"
            parts.append(view.text(legend, QUIET))
        for index, layer in enumerate(network.layers):
            parts += _weights(network, index, layer, view)
    return render(parts, view)


def _layers(network: Network, view: View) -> Table:
    table = grid(view)
    table.add_column("layer", overflow="fold")
    table.add_column("shape", justify="right", no_wrap=True)
    table.add_column("activation", overflow="fold")
    for title in ("params", "memory", "min w", "mean w", "max w", "std w"):
        table.add_column(title, justify="right", no_wrap=True)
    short = view._replace(precision=3) if view.precision == 4 else view  # fits 80 columns
    memory = 0
    for layer in network.layers:
        summary = statistics(layer.weights)
        size = layer.weights.nbytes + layer.bias.nbytes
        memory += size
        table.add_row(
            view.text(layer.name, STRONG),
            view.text(f"{layer.size} × {layer.fan_in}"),
            view.text(activation_name(layer)),
            f"{layer.weights.size + layer.bias.size:,}",
            " ".join(in_units(size)),
            number(summary["min"], short),
            number(summary["mean"], short),
            number(summary["max"], short),
            number(summary["std"], short, signed=False),
        )
    table.add_row(
        "total", "", "", f"{network.parameters:,}", " ".join(in_units(memory)), style=STRONG
    )
    return table


def _weights(network: Network, index: int, layer: Layer, view: View) -> list[RenderableType]:
    title = panel_title(layer.name, f"weights {layer.size} × {layer.fan_in}, and bias", view)
    if index == 0 and network.input.picture:
        panels = _pictures(layer, network.input.picture, view)
        parts: list[RenderableType] = [title, *side_by_side(panels, view)]
        left = layer.size - len(panels)
        if left:
            parts.append(view.text(f"⋮ {left} more neurons (--all shows all)", QUIET))
        if not view.shortens:
            parts.append(_matrix(layer, layer.weights, _source_labels(network, index), view))
        return parts
    sources = _source_labels(network, index)
    shown = layer.weights[: ROWS if view.shortens else None, : _columns(layer, sources, view)]
    matrix = _matrix(layer, shown, sources, view)
    drawn = Group(Text(""), heat_map(shown, view, line_by_line=True))
    beside = Table.grid(padding=(0, 2, 0, 0))
    beside.add_row(matrix, drawn)
    return [frame(title, [beside], view, _left_out(layer, shown))]


def _source_labels(network: Network, index: int) -> Sequence[str] | None:
    return network.input.labels if index == 0 else network.layers[index - 1].labels


def _columns(layer: Layer, sources: Sequence[str] | None, view: View) -> int:
    """Return how many columns of a layer's weights fit: numbers, and two of heat map for each.

    With `--all` lines run over the edge of the terminal instead.
    """
    if not view.shortens or view.width is None:
        return layer.fan_in
    widths = [Text(view.plain(label)).cell_len for label in layer.labels or ()]
    biases = [len(number(value, view)) for value in layer.bias[:ROWS].tolist()]
    room = view.width - max([1, *widths]) - max(biases) - 8  # frame and gaps
    for column in range(layer.fan_in):
        title = Text(view.plain(sources[column])).cell_len if sources else 0
        values = [number(value, view) for value in layer.weights[:ROWS, column].tolist()]
        room -= max(title, *map(len, values)) + 4
        if room < 0:
            return max(1, column)
    return layer.fan_in


def _left_out(layer: Layer, shown: Array) -> str:
    rows, columns = layer.size - shown.shape[0], layer.fan_in - shown.shape[1]
    if not rows and not columns:
        return ""
    parts = [plural(rows, "row")] * (rows > 0) + [plural(columns, "column")] * (columns > 0)
    return f"{' and '.join(parts)} more, --all shows all"


def _matrix(layer: Layer, weights: Array, sources: Sequence[str] | None, view: View) -> Table:
    """Draw the numbers, a row a neuron, with its bias behind them."""
    table = grid(view)
    table.add_column("", overflow="fold")
    for column in range(weights.shape[1]):
        title = sources[column] if sources else str(column)
        table.add_column(view.text(title), justify="right", no_wrap=True)
    table.add_column("bias", justify="right", no_wrap=True)
    for row, values in enumerate(weights.tolist()):
        name = view.text(layer.labels[row] if layer.labels else str(row), STRONG)
        bias = number(float(layer.bias[row]), view)
        table.add_row(name, *(number(value, view) for value in values), bias)
    return table


def _pictures(layer: Layer, shape: tuple[int, int], view: View) -> list[Panel]:
    """Draw what each neuron of a layer that reads a picture looks for."""
    count = min(layer.size, PICTURES) if view.shortens else layer.size
    panels = []
    for index in range(count):
        name = layer.labels[index] if layer.labels else str(index)
        title = view.text(name, "bold not dim")
        drawn = heat_map(layer.weights[index].reshape(shape), view)
        panels.append(frame(title, [drawn], view, f"bias {number(float(layer.bias[index]), view)}"))
    return panels
