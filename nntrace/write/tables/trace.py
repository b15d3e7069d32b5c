"""The face of the program: traced rows as tables."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import numpy as np
from rich.cells import cell_len
from rich.console import RenderableType
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from nntrace.core.forward import LayerTrace, Trace
from nntrace.core.network import Array, Layer, Network
from nntrace.core.prediction import Prediction, class_probabilities, predict
from nntrace.errors import plural
from nntrace.write.columns import rows_shown
from nntrace.write.phrases import class_name, count_positive, parameters_given, subject
from nntrace.write.records import Chunk
from nntrace.write.shown import WIDE, by_size, classes_shown, set_in, with_gaps
from nntrace.write.tables.look import (
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
from nntrace.write.tables.picture import picture
from nntrace.write.tables.rows import rows_table
from nntrace.write.verdicts import Along, verdict_blocks

HEAD, TAIL, LARGEST = 6, 3, 6  # what a terminal shows of wide layers
BETWEEN_0_AND_1 = ("sigmoid", "hard_sigmoid", "step", "hardmax")


def one_row(chunk: Chunk, row: int, layers: Sequence[str], view: View, headed: bool = True) -> str:
    """Draw one row of a chunk in full: the input, each layer (those named, or all), the verdict.

    `row` counts from 0 within the chunk; `headed` says whether the net is told about above it.
    """
    trace = chunk.trace.row(row)
    network = trace.network
    view = view.between(60, 100_000)._replace(name_width=_name_width(network, view))
    panels = [_input_panel(trace, view)]
    panels += [
        _layer_panel(trace, index, view)
        for index, part in enumerate(trace.layers)
        if not layers or part.name in layers
    ]
    parts: list[RenderableType] = [headline(network, view)] if headed else []
    if words := subject(chunk, row):
        parts.append(view.text(words))
    parts += side_by_side(panels, view)
    if verdict := _verdict(network, predict(trace)[0], view):
        parts.append(verdict)
    return render(parts, view)


def many_rows(
    network: Network,
    chunks: Iterable[Chunk],
    along: Along,
    settings: Sequence[str],
    view: View,
    followed: bool = False,
) -> Iterator[str]:
    """Draw the verdicts on all rows as one table, or the outputs where there are no classes.

    `settings` says what was set by hand; `followed` that each row follows in full. Gives pieces of
    the text as the rows come.
    """
    view = view.between(60, 100_000)
    beside, left_out = _beside(network, along, view)
    shown = rows_shown(verdict_blocks(chunks, along, beside), view)
    given = [view.text(" · ".join(settings))] if settings else []
    yield render([headline(network, view), *given, Text("")], view)
    yield from rows_table(shown, view)
    if followed:
        return
    hint = "--row N shows one row in full"
    if shown.left_out or left_out:
        hint += ", --all all of them"
    if left_out:
        hint = f"{plural(left_out, 'more output')}; {hint}"
    yield render([Text(""), view.text(hint, QUIET)], view)


def _beside(network: Network, along: Along, view: View) -> tuple[list[tuple[int, str]], int]:
    """Choose what stands beside the row numbers: a few inputs, or outputs that are no classes.

    Returns the index and the name of each, and how many outputs find no room.
    """
    verdicts = network.classes is not None
    layer = network.input if verdicts else network.output
    if verdicts and layer.size > 4:
        return [], 0  # the inputs are not what this table is about
    columns = list(enumerate(layer.labels or map(str, range(layer.size))))
    if view.width is None:
        return columns, 0
    room = view.width - (34 if along.kept or along.examples else 14) - (38 if verdicts else 0)
    fitting: list[tuple[int, str]] = []
    for index, title in columns:
        room -= max(cell_len(view.plain(title)), view.number_width) + 2
        if room < 0:
            return ([], 0) if verdicts else (fitting, len(columns) - len(fitting))
        fitting.append((index, title))
    return fitting, 0


def headline(network: Network, view: View) -> Text:
    """Write what stands above everything: the net's name, its sizes, its dtype."""
    sizes = " → ".join(
        str(size) for size in (network.input.size, *(p.size for p in network.layers))
    )
    line = Text()
    line.append(view.plain(network.name), STRONG)
    line.append(view.plain(f" · {sizes} · {network.dtype}"), QUIET)
    if network.description:
        line.append("\n" + view.plain(" ".join(network.description.split())), QUIET)
    return line


def _verdict(network: Network, prediction: Prediction | None, view: View) -> Text | None:
    if network.classes is None:
        return None
    if prediction is None:
        return view.text("→ no verdict: the output is not finite", STRONG)
    line = view.text("→ ")
    line.append(view.plain(class_name(prediction.index, prediction.label)), STRONG)
    line.append(f"  {percent(prediction.probability, view)}")
    return line


# ---- the panels ----


def _input_panel(trace: Trace, view: View) -> Panel:
    spec = trace.network.input
    values = trace.input[0]
    title = panel_title("input", f"{spec.size} numbers" if spec.size > 1 else "1 number", view)
    set_here = set_in(trace, "input")
    if spec.picture:
        drawn: list[RenderableType] = [picture(values.reshape(spec.picture), view)]
        if not view.shortens:
            drawn.append(_number_grid(values.reshape(spec.picture), view))
        return frame(title, drawn, view)
    table = grid(view)
    table.add_column("input", overflow="fold", min_width=view.name_width)
    table.add_column("value", justify="right", no_wrap=True, min_width=view.number_width)
    if spec.normalised:
        table.add_column("x", justify="right", no_wrap=True, min_width=view.number_width)
    table.add_column("", no_wrap=True, min_width=view.bar_width)
    largest = _largest(trace.x[0])
    for before, index in with_gaps(_neurons_shown(trace.x[0], view)):
        if before:
            _skip(table, before, view)
        if index is None:
            continue
        cells: list[RenderableType] = [
            _neuron_name(spec.labels, index, view, index in set_here),
            number(float(values[index]), view),
        ]
        if spec.normalised:
            cells.append(number(float(trace.x[0, index]), view))
        cells.append(bar(float(trace.x[0, index]), largest, view.bar_width, view))
        table.add_row(*cells)
    note = "x = (value - mean) / std" if spec.normalised else ""
    return frame(title, [table], view, note)


def _layer_panel(trace: Trace, index: int, view: View) -> Panel:
    part = trace.layers[index]
    layer = part.layer
    before = (
        trace.layers[index - 1].name
        if index
        else ("x" if trace.network.input.normalised else "input")
    )
    title = panel_title(
        layer.name, f"{activation_name(layer)} · {layer.fan_in} → {layer.size}", view
    )
    formula = view.text(f"z = W @ {before} + b   a = {layer.activation.kind.formula}", QUIET)
    classes = index == len(trace.layers) - 1 and layer.activation.kind.rowwise
    table = _classes_table(trace, part, view) if classes else _neurons_table(trace, part, view)
    note = "" if layer.activation.kind.rowwise else _active(part)
    return frame(title, [formula, table], view, note)


def _neurons_table(trace: Trace, part: LayerTrace, view: View) -> RenderableType:
    z, a = part.z[0], part.a[0]
    set_here = set_in(trace, part.name)
    table = grid(view)
    table.add_column("neuron", overflow="fold", min_width=view.name_width)
    table.add_column("z", justify="right", no_wrap=True, min_width=view.number_width)
    table.add_column("a", justify="right", no_wrap=True, min_width=view.number_width)
    table.add_column("", no_wrap=True, min_width=view.bar_width)
    # what lies between 0 and 1 is shown on that scale, so that a small share has a small bar
    largest = 1.0 if part.layer.activation.name in BETWEEN_0_AND_1 else _largest(a)
    for before, index in with_gaps(_neurons_shown(a, view)):
        if before:
            _skip(table, before, view)
        if index is None:
            continue
        quiet = QUIET if a[index] == 0 else ""
        table.add_row(
            _neuron_name(part.layer.labels, index, view, index in set_here),
            number(float(z[index]), view),
            number(float(a[index]), view),
            bar(float(a[index]), largest, view.bar_width, view),
            style=quiet,
        )
    return table


def _classes_table(trace: Trace, part: LayerTrace, view: View) -> RenderableType:
    """Draw the classes, most probable first."""
    z, a = part.z[0], part.a[0]
    set_here = set_in(trace, part.name)
    shares = class_probabilities(trace, 0)
    logarithms = part.layer.activation.name == "log_softmax"
    shown = classes_shown(shares, view)
    table = grid(view)
    table.add_column("class", overflow="fold", min_width=view.name_width)
    table.add_column("z", justify="right", no_wrap=True, min_width=view.number_width)
    table.add_column("a", justify="right", no_wrap=True, min_width=view.number_width)
    if logarithms:
        table.add_column("share", justify="right", no_wrap=True, min_width=view.number_width)
    table.add_column("", no_wrap=True, min_width=view.bar_width)
    for place, index in enumerate(shown):
        cells: list[RenderableType] = [
            _neuron_name(part.layer.labels, index, view, index in set_here),
            number(float(z[index]), view),
            number(float(a[index]), view, signed=logarithms),
        ]
        if logarithms:
            cells.append(number(shares[index], view, signed=False))
        cells.append(bar(shares[index], 1, view.bar_width, view))
        table.add_row(*cells, style=STRONG if place == 0 else "")
    if len(shown) < len(shares):
        _skip(table, len(shares) - len(shown), view)
    return table


def _number_grid(values: Array, view: View) -> RenderableType:
    table = grid(view)
    table.show_header = False
    for _ in range(values.shape[1]):
        table.add_column(justify="right", no_wrap=True)
    for row in values.tolist():
        table.add_row(*(number(value, view, signed=False) for value in row))
    return table


def panel_title(name: str, words: str, view: View) -> Text:
    """Write the title of a panel: a name, and something about it."""
    title = view.text(name, "bold not dim")
    title.append(view.plain(f" · {words}"), "not bold not dim")
    return title


def activation_name(layer: Layer) -> str:
    """Write an activation with its parameters where they are not the default."""
    name = layer.activation.name
    given = [
        f"{parameter} per neuron" if value is None else f"{parameter}={value}"
        for parameter, value in parameters_given(layer)
    ]
    return f"{name}({', '.join(given)})" if given else name


def _active(part: LayerTrace) -> str:
    count, word = count_positive(part)
    return f"{count} of {part.layer.size} {word}"


# ---- which neurons, and how they are called ----


def _neurons_shown(values: Array, view: View) -> list[int | None]:
    """Choose the neurons of a row: all, or of a wide layer head, tail and largest.

    None at the end stands for the end of the layer.
    """
    size = len(values)
    if not view.shortens or size <= WIDE:
        return [*range(size), None]
    chosen = {*range(HEAD), *range(size - TAIL, size), *by_size(values)[:LARGEST]}
    # where only one would be left out, it takes no more room than saying so
    chosen |= {index + 1 for index in chosen if index + 2 in chosen}
    return [*sorted(chosen), None]


def _skip(table: Table, count: int, view: View) -> None:
    """Say how many lines are left out."""
    table.add_row(view.text(f"⋮ {count} more", QUIET))


def _neuron_name(labels: Sequence[str] | None, index: int, view: View, is_set: bool) -> Text:
    name = view.text(labels[index] if labels else str(index))
    if is_set:
        name.append(" (set)", QUIET)
    return name


def _name_width(network: Network, view: View) -> int:
    """Give all panels name columns of one width, so that their numbers stand below each other."""
    labels = [label for layer in network.layers for label in layer.labels or ()]
    if not network.input.picture:
        labels += network.input.labels or ()
    widths = [Text(view.plain(label)).cell_len for label in labels]
    return max(9, min(24, max(widths, default=0)))


def _largest(values: Array) -> float:
    finite = np.abs(values[np.isfinite(values)])
    return float(finite.max()) if len(finite) else 0.0
