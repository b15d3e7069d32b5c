"""A net without an input: what it reads, its layers, and its weights if asked for."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil

from nntrace.analysis.summary import summarised
from nntrace.core.arrays import Array
from nntrace.core.graph.op import OnnxOp
from nntrace.core.layer import Layer
from nntrace.core.names import labels_of, source_names
from nntrace.core.network import Network
from nntrace.core.op import times
from nntrace.errors import listed, plural
from nntrace.write import report as tell
from nntrace.write.choice import largest_chosen, left_out
from nntrace.write.layers import keys_of, told_aloud
from nntrace.write.reports.arrays import array_said, arrays_said, arrays_seen
from nntrace.write.reports.net import (
    NORMALISED,
    about,
    activation_seen,
    is_chain,
    label,
    layer_said,
    picture_said,
    shape_seen,
)
from nntrace.write.reports.summary import summary_cells, summary_columns
from nntrace.write.view import ANY_WIDTH, FRAME, View, columns_of, number, said

NARROW = 60  # columns: below, a heat map is the first to go
HEAT = 2  # columns of a heat map for each number
ROWS = 16  # of a matrix, on a terminal; and as many columns as fit
PICTURES = 16  # neurons drawn as pictures, on a terminal, or as many as fit on its screen
UNITS = {"B": "bytes", "KiB": "kibibytes", "MiB": "mebibytes", "GiB": "gibibytes"}

FEW_INSIDE = 8  # tensors inside an operator, of which a terminal is told


def shown_report(network: Network, view: View, weights: bool) -> tell.Report:
    """Tell the net: what it reads, a line a layer, its weights if asked for, and its size."""
    # with --all lines run over the edge of a terminal, rather than lose numbers
    view = view._replace(width=None) if view.show_all else view
    items = [*about(network), tell.Blank(heard=False), _facts(network), tell.Blank(heard=False)]
    if view.accessible:
        items += _layers_said(network, view, weights)
        return tell.Report(items, view)
    items += [_layers(network, view), tell.LeftOut("; --all shows them")]
    if not _holds_arrays(network, view):
        items.append(tell.seen("of arrays the weights alone, --all sums up all", "quiet"))
    shown = [layer for layer in network.layers if weights and layer.op.arrays]
    for index, layer in enumerate(shown):
        items += [tell.Blank()] * (not index)
        items += (_weights if layer.dense else arrays_seen)(network, layer, view)
    return tell.Report(items, view)


def _facts(network: Network) -> tell.Table:
    spec = network.input
    reads, reads_said = plural(spec.size, "number"), plural(spec.size, "number")
    if spec.picture:
        reads_said = picture_said(spec.picture)
    elif spec.labels:
        reads, reads_said = " · ".join(spec.labels), listed(spec.labels)
    if spec.shape and (spec.picture or not spec.labels):
        reads = times(spec.shape)
        reads_said = reads_said if spec.picture else " by ".join(map(str, spec.shape))
    if spec.text:
        most = spec.text.context or spec.text.length
        reads = f"text of up to {most} characters, of {len(spec.text.alphabet)} known ones"
        reads_said = reads
    facts = [("input", tell.Words(reads, f"Input: {reads_said}"))]
    if spec.normalised:
        given = f"given to the first layer as {NORMALISED} = (value - mean) / std"
        spoken = "The first layer is given x, which is value minus mean, divided by std"
        facts.append(("", tell.Words(given, spoken, "quiet")))
    if labels := network.output.labels:
        facts.append(("output", tell.Words(" · ".join(labels), f"Output: {listed(labels)}")))
    if network.examples:
        names = [example.name for example in network.examples]
        facts.append(("examples", tell.Words(" · ".join(names), f"Examples: {listed(names)}")))
    columns = [tell.Column(), tell.Column(short="breaks")]
    return tell.Table(columns, [tell.Row(fact, heard=fact[1].spoken) for fact in facts])


# ---- the layers, as they are seen ----


_COLUMNS = [
    tell.Column("layer"),
    tell.Column("shape", True, heard="Each neuron reads {}"),
    tell.Column("activation", heard=""),
    tell.Column("params", True, heard="Parameters: {}"),
    tell.Column("memory", True, spare=4, heard="Memory: {}"),
    *summary_columns("w", of_all=" of the weights", of_one=" weight"),
]


def _layer(layer: Layer) -> tell.Row:
    parameters = layer.op.parameters
    cells: list[tell.Cell] = [
        tell.Words(layer.name, layer_said(layer), "strong"),
        tell.Words(f"{layer.size} × {layer.fan_in}", plural(layer.fan_in, "number")),
        activation_seen(layer),
        tell.Words(f"{parameters:,}", str(parameters)),
        _memory(layer.op.nbytes),
        *summary_cells(summarised(layer.weights)),
    ]
    return tell.Row(cells)


def _layers(network: Network, view: View) -> tell.Table:
    if is_chain(network):
        rows, columns = [*map(_layer, network.layers)], _COLUMNS
    else:
        rows, columns = _of_any_kind(network, view), _COLUMNS_OF_ANY
    blanks = [""] * (len(columns) - len(_COLUMNS) + 2)
    count = f"{network.parameters:,}"
    total = tell.Row(["total", *blanks, count, _memory(_bytes(network))], emphasis="strong")
    return tell.Table(columns, [*rows, total], brief=ANY_WIDTH)


# ---- layers of any kind: what each gives, and its arrays below it ----

_COLUMNS_OF_ANY = [
    tell.Column("layer"),
    tell.Column("kind", heard=""),
    tell.Column("gives", True, heard=""),
    tell.Column("activation", heard=""),
    *_COLUMNS[3:],
]


def _of_any_kind(network: Network, view: View) -> list[tell.Row]:
    """Tell each layer, and in a line of its own what it reads, where that is another than the one
    before, and its keys; then its arrays, unless they are its weights alone."""
    rows = []
    for layer in network.layers:
        rows.append(_any_layer(network, layer))
        about = _about(network, layer)
        rows += [tell.Row([tell.Words(f"  {' · '.join(about)}", "", "quiet")])] * bool(about)
        if _holds_arrays(network, view):
            rows += [_array(key, values) for key, values in _below(layer)]
        rows += _inside(layer, view)
    return rows


def _inside(layer: Layer, view: View) -> list[tell.Row]:
    """Tell the tensors inside an operator that holds graphs, some of them where room is short."""
    names = layer.op.inside if isinstance(layer.op, OnnxOp) else ()
    shown = names[:FEW_INSIDE] if view.shortens else names
    rows = [tell.Row([f"  {name}", f"onnx {op}"], emphasis="quiet") for name, op in shown]
    if len(shown) < len(names):
        rows.append(tell.Row([f"  ⋮ {len(names) - len(shown)} more inside"], emphasis="quiet"))
    return rows


def _holds_arrays(network: Network, view: View) -> bool:
    """Whether a line for each array finds room; a chain of dense layers has none."""
    lines = sum(2 + len(layer.op.arrays) for layer in network.layers)
    return view.holds(lines) or is_chain(network)


_TOLD_BY_SHAPE = ("channels", "size", "width", "shape", "dimensions")


def _any_layer(network: Network, layer: Layer) -> tell.Row:
    shape = network.open_shape(layer.name)
    numbers = summary_cells(summarised(layer.weights)) if "weights" in layer.op.arrays else []
    parameters = layer.op.parameters
    cells: list[tell.Cell] = [
        tell.Words(layer.name, told_aloud(network, layer), "strong"),
        layer.op.called,
        shape_seen(shape),
        layer.activation.name,
        tell.Words(f"{parameters:,}", str(parameters)),
        _memory(layer.op.nbytes),
    ]
    return tell.Row(cells + numbers)


def _about(network: Network, layer: Layer, aloud: bool = False) -> list[str]:
    reads = network.reads_elsewhere(layer.name)
    keys = keys_of(layer, aloud)
    if not aloud:  # beside the shape that it gives
        keys = [key for key in keys if key.partition(" ")[0] not in _TOLD_BY_SHAPE]
        activation = activation_seen(layer)  # with its parameters, for which no column has room
        keys += [activation] * (activation != layer.activation.name)
    return [*([f"reads {listed(reads)}"] if reads else []), *keys]


def _below(layer: Layer) -> list[tuple[str, Array]]:
    """Return the arrays of a layer that its own line does not sum up."""
    return [(key, values) for key, values in layer.op.arrays.items() if key != "weights"]


def _array(key: str, values: Array) -> tell.Row:
    counted = f"{values.size:,}"
    cells: list[tell.Cell] = [
        f"  {key}",
        "",
        shape_seen(values.shape),
        "",
        counted,
        _memory(values.nbytes),
        *summary_cells(summarised(values)),
    ]
    return tell.Row(cells, emphasis="quiet")


def _memory(count: int) -> tell.Words:
    """Tell a number of bytes in a unit that suits it: `1.5` and `KiB`."""
    value, unit = f"{count}", "B"
    for place, larger in enumerate(("KiB", "MiB", "GiB"), start=1):
        if count >= 1024**place:
            value, unit = f"{count / 1024**place:.1f}", larger
    return tell.Words(f"{value} {unit}", f"{value} {UNITS[unit]}")


def _bytes(network: Network) -> int:
    return sum(layer.op.nbytes for layer in network.layers)


def _weights(network: Network, layer: Layer, view: View) -> list[tell.Item]:
    """Show a layer's weights, all on one scale, which a legend tells below."""
    words = f"weights {layer.size} × {layer.fan_in}, and bias"
    top = float(abs(layer.weights).max())
    sources = _source_labels(network, layer)
    shape = network.input.picture
    if shape and network.reads(layer.name) == ("input",):
        count = min(layer.size, _pictures_fitting(layer, shape, view))
        pictures = [_picture(layer, each, shape, top, view) for each in range(count)]
        title = tell.Line([tell.Words(layer.name, "", "strong"), tell.Words(f" · {words}", "")])
        items: list[tell.Item] = [title, tell.Sections(pictures)]
        if left := layer.size - count:
            items.append(tell.seen(f"⋮ {left} more neurons, --all shows all", "quiet"))
        items.append(tell.Legend(tell.HeatMap(layer.weights, top), "weights"))
        if not view.shortens:
            items.append(_matrix(layer, layer.weights, sources))
        return items
    rows = layer.weights[: None if view.holds(layer.size) else ROWS]
    whole = [_columns(layer, sources, view, each) == layer.fan_in for each in (HEAT, 0)]
    # the heat map goes where all the numbers fit without it, and nearly none with it
    mapped = whole[0] or (not whole[1] and (view.width or NARROW) >= NARROW)
    shown = rows[:, : _columns(layer, sources, view, HEAT if mapped else 0)]
    content: list[tell.Item] = [_matrix(layer, shown, sources)]
    if mapped:
        heat = tell.HeatMap(shown, top, line_by_line=True)
        content = [tell.Side([*content, tell.Stack([tell.Blank(), heat])])]
    section = tell.Section(layer.name, words, [], content, _left_out(layer, shown))
    return [section, *([tell.Legend(tell.HeatMap(shown, top), "weights")] if mapped else [])]


def _source_labels(network: Network, layer: Layer) -> Sequence[str] | None:
    reads = network.reads(layer.name)
    if len(reads) == 1 and network.shape(reads[0]) == (layer.fan_in,):
        return labels_of(network, reads[0])
    if reads == ("input",):  # whose labels are those of all its numbers, whatever its shape
        return network.input.labels
    named = [each for name in reads for each in source_names(network, name)]
    return [each.partition(".")[2] for each in named] if len(reads) == 1 else named


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


def _matrix(layer: Layer, weights: Array, sources: Sequence[str] | None) -> tell.Table:
    """Show the numbers, a row a neuron, with its bias behind them."""
    titles = [*(label(sources, each) for each in range(weights.shape[1])), "bias"]
    rows = []
    for index, values in enumerate(weights.tolist()):
        name = tell.Words(label(layer.labels, index), emphasis="strong")
        rows.append(
            tell.Row([name, *map(tell.Number, values), tell.Number(float(layer.bias[index]))])
        )
    return tell.Table(
        [tell.Column(), *(tell.Column(title, True) for title in titles)], rows, unbroken=True
    )


def _picture(
    layer: Layer, index: int, shape: tuple[int, int], top: float, view: View
) -> tell.Section:
    """Show what a neuron of a layer that reads a picture looks for."""
    bias = f"bias {number(float(layer.bias[index]), view)}"
    weights = tell.HeatMap(layer.weights[index].reshape(shape), top)
    return tell.Section(label(layer.labels, index), "", [], [weights], bias)


def _pictures_fitting(layer: Layer, shape: tuple[int, int], view: View) -> int:
    if view.width is None or not view.shortens:
        return layer.size
    height, width = shape
    scale = view.picture_scale(height, width)
    width, height = (width * scale, ceil(height * scale / 2)) if scale else (2 * width, height)
    across = (view.width + 1) // (width + FRAME + 1)
    return max(PICTURES, across * (view.height // (height + 2)))


# ---- the same, as it is heard ----


def _layers_said(network: Network, view: View, weights: bool) -> list[tell.Item]:
    items: list[tell.Item] = []
    chain = is_chain(network)
    for layer in network.layers:
        row = _layer(layer) if chain else _any_layer(network, layer)
        columns = _COLUMNS if chain else _COLUMNS_OF_ANY
        items += [tell.Blank(), tell.Table(columns, [row], joint="\n")]
        if not chain:
            about = [f"{each[0].upper()}{each[1:]}" for each in _about(network, layer, True)]
            about += [array_said(key, values, view) for key, values in _below(layer)]
            items += map(tell.heard, about)
        if weights:
            said_of = _weights_said if layer.dense else arrays_said
            items += map(tell.heard, said_of(network, layer, view))
    memory = _memory(_bytes(network)).spoken
    items += [tell.Blank(), tell.heard(f"Parameters of all layers: {network.parameters}")]
    return [*items, tell.heard(f"Memory of all layers: {memory}")]


def _weights_said(network: Network, layer: Layer, view: View) -> list[str]:
    """Say the weights, a line each, and the bias of every neuron."""
    names = source_names(network, layer.name)
    sources = [each for name in network.reads(layer.name) for each in source_names(network, name)]
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
