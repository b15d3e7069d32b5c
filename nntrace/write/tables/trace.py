"""The face of the program: traced rows as tables."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TypeAlias

import numpy as np
from rich.cells import cell_len
from rich.console import RenderableType
from rich.text import Text

from nntrace.analysis.prediction import Prediction, class_probabilities, predict
from nntrace.core.arrays import Array
from nntrace.core.batch import TracedBatch
from nntrace.core.forward import LayerTrace, Trace
from nntrace.core.network import Layer, Network
from nntrace.errors import plural
from nntrace.write.choice import (
    by_share,
    classes_shown,
    elided,
    neurons_shown,
    set_in,
)
from nntrace.write.columns import rows_shown
from nntrace.write.phrases import (
    class_name,
    count_positive,
    in_formula,
    parameters_given,
    subject,
)
from nntrace.write.render.boxes import Box, Row, bars_drawn, framed, gapped, laid_out
from nntrace.write.render.look import (
    QUIET,
    STRONG,
    WITHOUT_END,
    View,
    joined,
    number,
    percent,
    render,
    side_by_side,
)
from nntrace.write.render.picture import picture, picture_legend
from nntrace.write.render.rows import rows_table
from nntrace.write.report import SHARES, Axis, Bar, Column
from nntrace.write.verdicts import Along, verdict_blocks


def one_row(
    chunk: TracedBatch, row: int, layers: Sequence[str], view: View, headed: bool = True
) -> str:
    """Draw one row of a chunk in full: the input, each layer (those named, or all), the verdict.

    `row` counts from 0 within the chunk; `headed` says whether the net is told about above it.
    """
    trace = chunk.trace.row(row)
    network = trace.network
    view = view.at_most(WITHOUT_END)
    # one scale, whichever layers are shown; classes have their shares on another
    drawn = [part.a for part in trace.layers if part is not _classes(trace)]
    axis = Axis.of([trace.x, *drawn] if network.input.picture is None else drawn)
    boxes = [_input_box(trace, axis, view)]
    boxes += [
        _layer_box(trace, index, axis, view)
        for index, part in enumerate(trace.layers)
        if not layers or part.name in layers
    ]
    parts: list[RenderableType] = [headline(network, view)] if headed else []
    if words := subject(chunk, row):
        parts.append(view.text(words))
    parts += side_by_side(framed(boxes, laid_out(boxes, view), view), view)
    parts += _scales(trace, boxes, axis, view)
    if verdict := _verdict(network, predict(trace)[0], view):
        parts.append(verdict)
    return render(parts, view)


def many_rows(
    network: Network,
    chunks: Iterable[TracedBatch],
    along: Along,
    settings: Sequence[str],
    view: View,
    followed: bool = False,
) -> Iterator[str]:
    """Draw the verdicts on all rows as one table, or the outputs where there are no classes.

    `settings` says what was set by hand; `followed` that each row follows in full. Gives pieces of
    the text as the rows come.
    """
    view = view.at_most(WITHOUT_END)
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


# ---- the boxes ----


def _input_box(trace: Trace, axis: Axis, view: View) -> Box:
    spec = trace.network.input
    values = trace.input[0]
    title = panel_title("input", f"{spec.size} numbers" if spec.size > 1 else "1 number", view)
    set_here = set_in(trace, "input")
    if spec.picture:
        pixels = values.reshape(spec.picture)
        drawn: list[RenderableType] = [picture(pixels, view), picture_legend(pixels, view)]
        if not view.shortens:
            drawn.append(_number_grid(pixels, view))
        return Box(title, below=drawn)
    columns = [Column("input"), Column("value", True, view.number_width)]
    if spec.normalised:
        columns.append(Column("x", True, view.number_width))

    def line(index: int) -> Row:
        cells = [neuron_name(spec.labels, index, view, index in set_here)]
        given = (values, trace.x[0]) if spec.normalised else (values,)
        cells += [Text(number(float(each[index]), view)) for each in given]
        return Row(cells, Bar(float(trace.x[0, index]), axis))

    shown = neurons_shown(trace.x[0], view)
    notes = ["x = (value - mean) / std"] * spec.normalised + elided(shown, spec.size)
    rows = gapped(shown, spec.size, line, view)
    return Box(title, columns, rows, note=" · ".join(notes))


def _layer_box(trace: Trace, place: int, axis: Axis, view: View) -> Box:
    part = trace.layers[place]
    layer = part.layer
    title = panel_title(
        layer.name, f"{activation_name(layer)} · {layer.fan_in} → {layer.size}", view
    )
    (before,) = trace.network.reads(layer.name)
    reads = in_formula(before, trace.network.input.normalised and before == "input")
    sums = view.text(f"z = W @ {reads} + b", QUIET)
    gives = view.text(f"a = {layer.activation.kind.formula}", QUIET)
    drawn = _class_rows if part is _classes(trace) else _neuron_rows
    columns, line, shown = drawn(trace, part, axis, view)
    notes = [] if layer.activation.kind.rowwise else [_active(part)]
    return Box(
        title,
        columns,
        gapped(shown, layer.size, line, view),
        [joined([sums, gives], "   ", view)],
        note=" · ".join(notes + elided(shown, layer.size)),
    )


Lines: TypeAlias = tuple[list[Column], Callable[[int], Row], list[int]]


def _neuron_rows(trace: Trace, part: LayerTrace, axis: Axis, view: View) -> Lines:
    z, a = part.z[0], part.a[0]
    set_here = set_in(trace, part.name)

    def line(index: int) -> Row:
        name = neuron_name(part.layer.labels, index, view, index in set_here)
        numbers = [number(float(values[index]), view) for values in (z, a)]
        bar = Bar(float(a[index]), axis)
        return Row([name, *numbers], bar, QUIET if a[index] == 0 else "")

    return [Column("neuron"), *_z_and_a(view)], line, neurons_shown(a, view)


def _class_rows(trace: Trace, part: LayerTrace, _: Axis, view: View) -> Lines:
    """Write the classes in the order of their neurons, the most probable one in bold."""
    z, a = part.z[0], part.a[0]
    set_here = set_in(trace, part.name)
    shares = class_probabilities(trace, 0)
    first = by_share(shares)[0]
    columns = [Column("class"), *_z_and_a(view)]
    apart = not np.array_equal(a, shares, equal_nan=True)  # the logarithms of shares
    if apart:
        columns.append(Column("share", True, view.number_width))

    def line(index: int) -> Row:
        cells = [neuron_name(part.layer.labels, index, view, index in set_here)]
        cells.append(Text(number(float(z[index]), view)))
        cells.append(Text(number(float(a[index]), view, signed=apart)))
        cells += [Text(number(shares[index], view, signed=False))] * apart
        return Row(cells, Bar(shares[index], SHARES), STRONG if index == first else "")

    return columns, line, classes_shown(shares, view)


def _z_and_a(view: View) -> list[Column]:
    return [Column(title, True, view.number_width) for title in "za"]


def _classes(trace: Trace) -> LayerTrace | None:
    """Return the last layer where its neurons are classes, whose shares are drawn."""
    return trace.layers[-1] if trace.network.output.activation.kind.rowwise else None


def _scales(trace: Trace, boxes: Sequence[Box], axis: Axis, view: View) -> list[Text]:
    """Say from where to where the bars go, where there are any."""
    if not bars_drawn(boxes, view):
        return []
    words = [f"bars: {axis.words(view)}"] if axis.reach else []
    bars = [row.bar for box in boxes for row in box.rows if isinstance(row.bar, Bar)]
    if any(bar.axis is SHARES for bar in bars):
        words.append(f"shares in {trace.network.output.name}: {SHARES.words(view)}")
    return [joined([view.text(each, QUIET) for each in words], " · ", view, 0)]


def _number_grid(pixels: Array, view: View) -> Text:
    rows = [[number(value, view, signed=False) for value in row] for row in pixels.tolist()]
    width = max(len(cell) for row in rows for cell in row)
    return Text("\n".join("  ".join(cell.rjust(width) for cell in row) for row in rows))


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


def neuron_name(labels: Sequence[str] | None, index: int, view: View, is_set: bool = False) -> Text:
    """Write a neuron's label, or its index where it has none."""
    name = view.text(labels[index] if labels else str(index))
    if is_set:
        name.append(" (set)", QUIET)
    return name
