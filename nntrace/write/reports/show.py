"""A net without an input: what it reads, its layers, and its weights if asked for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from nntrace.analysis.summary import summarised
from nntrace.core.names import labels_of, source_names
from nntrace.errors import listed, plural
from nntrace.write.choice import largest_chosen, left_out
from nntrace.write.report import (
    Blank,
    Cell,
    Column,
    HeatMap,
    Item,
    LeftOut,
    Legend,
    Line,
    Number,
    Report,
    Row,
    Section,
    Sections,
    Side,
    Stack,
    Table,
    Words,
    heard,
    seen,
)
from nntrace.write.reports.net import (
    NORMALISED,
    about,
    activation_seen,
    label,
    layer_said,
    picture_said,
)
from nntrace.write.view import ANY_WIDTH, FRAME, columns_of, number, said

if TYPE_CHECKING:
    from nntrace.core.arrays import Array
    from nntrace.core.layer import Layer
    from nntrace.core.network import Network
    from nntrace.write.view import View

NARROW = 60  # columns: below, a heat map is the first to go
HEAT = 2  # columns of a heat map for each number
ROWS = 16  # of a matrix, on a terminal; and as many columns as fit
PICTURES = 16  # neurons drawn as pictures, on a terminal, or as many as fit on its screen
UNITS = {"B": "bytes", "KiB": "kibibytes", "MiB": "mebibytes", "GiB": "gibibytes"}


def shown_report(network: Network, view: View, weights: bool) -> Report:
    """Tell the net: what it reads, a line a layer, its weights if asked for, and its size."""
    # with --all lines run over the edge of a terminal, rather than lose numbers
    view = view._replace(width=None) if view.show_all else view
    items = [*about(network), Blank(heard=False), _facts(network), Blank(heard=False)]
    if view.accessible:
        items += _layers_said(network, view, weights)
    else:
        items += [_layers(network), LeftOut("; --all shows them")]
        for index, layer in enumerate(network.layers if weights else ()):
            items += [Blank()] * (not index) + _weights(network, layer, view)
    return Report(items, view)


def _facts(network: Network) -> Table:
    spec = network.input
    reads, reads_said = plural(spec.size, "number"), plural(spec.size, "number")
    if spec.picture:
        reads_said = picture_said(spec.picture)
    elif spec.labels:
        reads, reads_said = " · ".join(spec.labels), listed(spec.labels)
    if spec.shape and (spec.picture or not spec.labels):
        reads = " × ".join(map(str, spec.shape))
        reads_said = reads_said if spec.picture else " by ".join(map(str, spec.shape))
    facts = [("input", Words(reads, f"Input: {reads_said}"))]
    if spec.normalised:
        given = f"given to the first layer as {NORMALISED} = (value - mean) / std"
        spoken = "The first layer is given x, which is value minus mean, divided by std"
        facts.append(("", Words(given, spoken, "quiet")))
    if labels := network.output.labels:
        facts.append(("output", Words(" · ".join(labels), f"Output: {listed(labels)}")))
    if network.examples:
        names = [example.name for example in network.examples]
        facts.append(("examples", Words(" · ".join(names), f"Examples: {listed(names)}")))
    columns = [Column(), Column(short="breaks")]
    return Table(columns, [Row(fact, heard=fact[1].spoken) for fact in facts])


# ---- the layers, as they are seen ----


def _layers(network: Network) -> Table:
    columns = [Column("layer"), Column("shape", True), Column("activation"), Column("params", True)]
    columns += [Column("memory", True, spare=4), Column("min w", True, spare=1)]
    columns += [Column("mean w", True, spare=2), Column("max w", True, spare=1)]
    columns += [Column("std w", True, spare=3)]
    rows = []
    for layer in network.layers:
        summary = summarised(layer.weights)
        cells: list[Cell] = [
            Words(layer.name, emphasis="strong"),
            f"{layer.size} × {layer.fan_in}",
            activation_seen(layer),
            f"{layer.weights.size + layer.bias.size:,}",
            " ".join(_in_units(_bytes(layer))),
            Number(summary.min),
            Number(summary.mean),
            Number(summary.max),
            Number(summary.std, signed=False),
        ]
        rows.append(Row(cells))
    memory = " ".join(_in_units(sum(map(_bytes, network.layers))))
    total = ["total", "", "", f"{network.parameters:,}", memory]
    return Table(columns, [*rows, Row(total, emphasis="strong")], brief=ANY_WIDTH)


def _bytes(layer: Layer) -> int:
    return int(layer.weights.nbytes + layer.bias.nbytes)


def _weights(network: Network, layer: Layer, view: View) -> list[Item]:
    """Show a layer's weights, all on one scale, which a legend tells below."""
    words = f"weights {layer.size} × {layer.fan_in}, and bias"
    top = float(abs(layer.weights).max())
    sources = _source_labels(network, layer)
    shape = network.input.picture
    if shape and "input" in network.reads(layer.name):
        count = min(layer.size, _pictures_fitting(layer, shape, view))
        pictures = [_picture(layer, each, shape, top, view) for each in range(count)]
        title = Line([Words(layer.name, "", "strong"), Words(f" · {words}", "")])
        items: list[Item] = [title, Sections(pictures)]
        if left := layer.size - count:
            items.append(seen(f"⋮ {left} more neurons, --all shows all", "quiet"))
        items.append(Legend(HeatMap(layer.weights, top), "weights"))
        if not view.shortens:
            items.append(_matrix(layer, layer.weights, sources))
        return items
    rows = layer.weights[: None if view.holds(layer.size) else ROWS]
    whole = [_columns(layer, sources, view, each) == layer.fan_in for each in (HEAT, 0)]
    # the heat map goes where all the numbers fit without it, and nearly none with it
    mapped = whole[0] or (not whole[1] and (view.width or NARROW) >= NARROW)
    shown = rows[:, : _columns(layer, sources, view, HEAT if mapped else 0)]
    content: list[Item] = [_matrix(layer, shown, sources)]
    if mapped:
        heat = HeatMap(shown, top, line_by_line=True)
        content = [Side([*content, Stack([Blank(), heat])])]
    section = Section(layer.name, words, [], content, _left_out(layer, shown))
    return [section, *([Legend(HeatMap(shown, top), "weights")] if mapped else [])]


def _source_labels(network: Network, layer: Layer) -> Sequence[str] | None:
    (reads,) = network.reads(layer.name)
    return labels_of(network, reads)


def _columns(layer: Layer, sources: Sequence[str] | None, view: View, heat: int) -> int:
    """Return how many columns of a layer's weights fit: numbers, and `heat` of a map for each.

    With `--all` lines run over the edge of the terminal instead.
    """
    if not view.shortens or view.width is None:
        return layer.fan_in
    widths = [columns_of(label, view) for label in layer.labels or ()]
    biases = [len(number(value, view)) for value in layer.bias[:ROWS].tolist()]
    room = view.width - max([1, *widths]) - max(biases) - 8 + (not heat)  # frame and gaps
    for column in range(layer.fan_in):
        title = columns_of(sources[column], view) if sources else 0
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


def _matrix(layer: Layer, weights: Array, sources: Sequence[str] | None) -> Table:
    """Show the numbers, a row a neuron, with its bias behind them."""
    titles = [*(label(sources, each) for each in range(weights.shape[1])), "bias"]
    rows = []
    for index, values in enumerate(weights.tolist()):
        name = Words(label(layer.labels, index), emphasis="strong")
        rows.append(Row([name, *map(Number, values), Number(float(layer.bias[index]))]))
    return Table([Column(), *(Column(title, True) for title in titles)], rows, unbroken=True)


def _picture(layer: Layer, index: int, shape: tuple[int, int], top: float, view: View) -> Section:
    """Show what a neuron of a layer that reads a picture looks for."""
    bias = f"bias {number(float(layer.bias[index]), view)}"
    weights = HeatMap(layer.weights[index].reshape(shape), top)
    return Section(label(layer.labels, index), "", [], [weights], bias)


def _pictures_fitting(layer: Layer, shape: tuple[int, int], view: View) -> int:
    if view.width is None or not view.shortens:
        return layer.size
    from nntrace.write.render.picture import picture_size

    width, height = picture_size(shape, view)
    across = (view.width + 1) // (width + FRAME + 1)
    return max(PICTURES, across * (view.height // (height + 2)))


# ---- the same, as it is heard ----


def _layers_said(network: Network, view: View, weights: bool) -> list[Item]:
    items: list[Item] = []
    for layer in network.layers:
        items += [Blank(), *map(heard, _layer_said(layer, view))]
        if weights:
            items += map(heard, _weights_said(network, layer, view))
    memory = _memory_said(sum(map(_bytes, network.layers)))
    items += [Blank(), heard(f"Parameters of all layers: {network.parameters}")]
    return [*items, heard(f"Memory of all layers: {memory}")]


def _layer_said(layer: Layer, view: View) -> list[str]:
    summary = summarised(layer.weights)
    return [
        f"{layer_said(layer)}",
        f"Each neuron reads {plural(layer.fan_in, 'number')}",
        f"Parameters: {layer.weights.size + layer.bias.size}",
        f"Memory: {_memory_said(_bytes(layer))}",
        f"Smallest weight: {said(summary.min, view)}",
        f"Mean of the weights: {said(summary.mean, view)}",
        f"Largest weight: {said(summary.max, view)}",
        f"Standard deviation of the weights: {said(summary.std, view, signed=False)}",
    ]


def _memory_said(count: int) -> str:
    value, unit = _in_units(count)
    return f"{value} {UNITS[unit]}"


def _weights_said(network: Network, layer: Layer, view: View) -> list[str]:
    """Say the weights, a line each, and the bias of every neuron."""
    (reads,) = network.reads(layer.name)
    names, sources = source_names(network, layer.name), source_names(network, reads)
    count = min(layer.size, ROWS) if view.shortens else layer.size
    lines = []
    for neuron in range(count):
        row = layer.weights[neuron]
        shown = largest_chosen(row, view)
        lines.append(f"Neuron {names[neuron]}, {plural(layer.fan_in, 'weight')}")
        lines += [f"From {sources[index]}: {said(float(row[index]), view)}" for index in shown]
        lines += left_out(row, shown, "weight")
        lines.append(f"Bias of {names[neuron]}: {said(float(layer.bias[neuron]), view)}")
    if left := layer.size - count:
        lines.append(f"{plural(left, 'more neuron')}; --all lists them")
    return lines


def _in_units(count: int) -> tuple[str, str]:
    """Return a number of bytes in a unit that suits it: `1.5` and `KiB`."""
    if count < 1024:
        return str(count), "B"
    value, unit = count / 1024, "KiB"
    for larger in ("MiB", "GiB"):
        if value < 1024:
            break
        value, unit = value / 1024, larger
    return f"{value:.1f}", unit
