"""What a lesson draws of nets: each live block as the items of a report."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import log10
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from nntrace.analysis.prediction import predict
from nntrace.core.activation import Activation
from nntrace.errors import listed
from nntrace.teach.live import named, short, written
from nntrace.teach.shown import channel, passed
from nntrace.words import capital
from nntrace.write.report import (
    Axis,
    Bar,
    Blank,
    Cell,
    Column,
    Curve,
    Emphasis,
    Equation,
    HeatMap,
    Indented,
    Item,
    Legend,
    Line,
    Picture,
    Row,
    Section,
    Sections,
    Seen,
    Side,
    Stack,
    Table,
    Term,
    Tiles,
    Words,
    heard,
    line,
    seen,
)
from nntrace.write.view import percent, percent_said

if TYPE_CHECKING:
    from nntrace.core.activation import ActivationKind
    from nntrace.core.arrays import Array
    from nntrace.core.forward import Trace
    from nntrace.core.network import Network
    from nntrace.teach.shown import Looked, Merged, Shares, Written
    from nntrace.write.view import View

LEAST_WITH_BARS = 70  # columns for which the sizes of nets are drawn
MOST_PICTURES = 8  # side by side
POINTS = (-4.0, -2.0, -1.0, 0.0, 1.0, 2.0, 4.0)  # of a curve, that are heard
MOST_NAMED = 4  # pixels of a picture that are named, of either sign


class Model(NamedTuple):
    """How large a net is; `source` says where that is written, empty where it was counted."""

    name: str
    parameters: int
    source: str = ""


def forward_pass(trace: Trace, view: View) -> list[Item]:
    """Tell each layer's formula beside its numbers."""

    def row(symbol: str, cell: Cell, spoken: str, values: Array, emphasis: Emphasis) -> Row:
        shown = Words(short(values), emphasis="accent")
        return Row([symbol, cell, shown], None, emphasis, heard=f"{spoken}: {_numbers(values)}")

    given = Words("the input", emphasis="quiet")
    rows = [row("x", given, "x, the input", trace.x[0], "strong")]
    for each in passed(trace):
        spoken = f"{each.symbol}, which is {each.formula}"
        emphasis: Emphasis = "" if each.pre else "strong"
        rows.append(row(each.symbol, f"= {each.formula}", spoken, each.values, emphasis))
    items: list[Item] = [Table([Column(), Column(), Column(spare=1, below=True)], rows)]
    note = ""
    if (decided := predict(trace)[0]) is not None:
        label = named(decided)
        note = f"→ {label}  {percent(decided.probability, view)}"
        items.append(heard(f"Prediction: {label}, {percent_said(decided.probability, view)}"))
    name = trace.network.name
    return [Section(name, "", [f"Net: {name}"], items, note)]


def matrices(trace: Trace, name: str) -> list[Item]:
    """Tell a layer with every number of it: `W @ x + b = z`."""
    layer, z = trace[name].layer, trace[name].z[0]
    (reads,) = trace.read_by(name)
    x = reads[0]
    items: list[Item] = [
        Equation([("W", layer.weights), "@", ("x", x), "+", ("b", layer.bias), "=", ("z", z)]),
        heard(f"x: {_numbers(x)}"),
    ]
    for index, row in enumerate(layer.weights):
        bias, total = written(float(layer.bias[index])), written(float(z[index]))
        items.append(heard(f"Neuron {index}: weights {_numbers(row)}, bias {bias}, z {total}"))
    spoken = f"Layer {name}: W is {layer.size} by {layer.fan_in}"
    return [Section(f"{name} · W is {layer.size} × {layer.fan_in}", "", [spoken], items)]


def melted(merged: Merged) -> list[Item]:
    """Tell that two layers without activation are one."""
    first, second = merged.first.name, merged.second.name
    steps, values = "W2 @ (W1 @ x + b1) + b2", merged.stepwise
    given: list[Term] = [("W", merged.weights), "@", ("x", merged.x), "+", ("b", merged.bias), "="]
    items: list[Item] = [
        heard(f"x: {_numbers(merged.x)}"),
        seen("Two layers, one after the other, without their activation:"),
        Line([Words(steps, "", "accent"), Words(f"= {short(values)}", "", "accent")], gap=" "),
        heard(f"Two layers, {steps}: {_numbers(values)}"),
        Blank(heard=False),
        line(
            "One layer, with W = W2 @ W1 and b = W2 @ b1 + b2:",
            "One layer: W is W2 @ W1, b is W2 @ b1 + b2",
        ),
        Equation([*given, ("", merged.at_once)]),
    ]
    for index, row in enumerate(merged.weights):
        bias = written(float(merged.bias[index]))
        name = f"Neuron {index} of the one layer"
        items.append(heard(f"{name}: weights {_numbers(row)}, bias {bias}"))
    mark = "✓" if merged.same else "✗"
    items += [
        heard(f"One layer, W @ x + b: {_numbers(merged.at_once)}"),
        Blank(heard=False),
        line(f"{mark} {merged.verdict}", f"Compared: {merged.verdict}", "strong"),
    ]
    spoken = f"{first} and {second} as one layer, without their activation"
    return [Section(f"{first} and {second}, melted together", "", [spoken], items)]


def curves(kinds: Iterable[ActivationKind], trace: Trace | None) -> list[Item]:
    """Tell activation functions beside each other; heard, one after the other.

    One that is rowwise is told as the shares that it makes of the output's z, which takes a trace.
    """
    sections: list[Section] = []
    points: list[Item] = []
    for kind in kinds:
        labels, z = _given(kind, trace)
        a = Activation(kind)(z[np.newaxis])[0]
        drawn = _shares(labels, z, a) if labels else Curve(kind)
        sections.append(Section(kind.name, "", [], [seen(f"a = {kind.formula}"), drawn]))
        points.append(heard(f"Activation {kind.name}: a is {kind.said()}"))
        leads = [f"{label}: " for label in labels] or [""] * len(z)
        for lead, each, made in zip(leads, z, a, strict=True):
            points.append(heard(f"{lead}z {written(float(each))} gives {written(float(made))}"))
    return [Seen([Sections(sections, alike=False)]), *points]


def _given(kind: ActivationKind, trace: Trace | None) -> tuple[Sequence[str], Array]:
    """Return the z that an activation is shown with: some points, or a whole row with its names."""
    if not kind.rowwise:
        return [], np.array(POINTS)
    assert trace is not None  # the reader sees to it
    last = trace.layers[-1]
    return last.layer.labels or [*map(str, range(last.layer.size))], last.z[0]


def _shares(labels: Sequence[str], z: Array, a: Array) -> Table:
    """Make a table of what an activation makes of a whole row."""
    axis = Axis.of([a])
    rows = [
        Row([label, written(float(each)), written(float(made))], Bar(float(made), axis))
        for label, each, made in zip(labels, z, a, strict=True)
    ]
    return Table([Column("class"), Column("z", True), Column("a", True)], rows)


def pictures(network: Network, neurons: Sequence[int], view: View) -> list[Item]:
    """Tell the weights of first-layer neurons as pictures, as many in a row as fit."""
    layer, shape = network.layers[0], network.input.picture
    assert shape is not None  # the reader sees to it
    weights = layer.weights[[*neurons]]
    top = float(np.abs(weights).max())
    pixels = [f"row {i // shape[1]} column {i % shape[1]}" for i in range(network.input.size)]
    drawn = []
    for neuron, row in zip(neurons, weights, strict=True):
        name = f"{layer.name}.{neuron}"
        caption = line(name, f"{name}: {_pixels_said(row, pixels)}", "strong")
        drawn.append(Stack([caption, HeatMap(row.reshape(shape), top, line_by_line=True)]))
    across = 2 * shape[1] + 2
    fit = max(1, min((view.width or 80) // across, MOST_PICTURES))
    items: list[Item] = [heard("Rows and columns of the picture count from 0.")]
    for start in range(0, len(drawn), fit):
        items += [Side(drawn[start : start + fit]), Blank(heard=False)]
    meaning = "where a weight is over 0, ink speaks for it; below 0, against it"
    return [*items, Legend(HeatMap(weights, top), "weights"), seen(meaning, "quiet")]


def _pixels_said(weights: Array, names: list[str]) -> str:
    row = weights.astype(np.float64)
    order = np.argsort(-row, kind="stable").tolist()
    most = [names[index] for index in order[:MOST_NAMED] if row[index] > 0]
    least = [names[index] for index in order[::-1][:MOST_NAMED] if row[index] < 0]
    words = f"ink speaks for it most at {listed(most or ['no pixel'])}"
    return f"{words}, against it most at {listed(least or ['no pixel'])}"


def shares(made: Shares) -> list[Item]:
    """Tell how z become shares: `e^z` of each, and that divided by their sum."""
    axis = Axis.of([made.shares])
    rows = []
    for label, z, exp, share in zip(made.labels, made.z, made.exps, made.shares, strict=True):
        by, of = places(exp), places(made.total)
        cells: list[Cell] = [
            Words(label, emphasis="strong"),
            written(float(z)),
            by,
            f"{by} / {of}",
            Words(f"{share:.3f}", emphasis="accent"),
        ]
        spoken = f"{label}: z {written(float(z))}, e to the z {by}, divided by {of}: {share:.3f}"
        rows.append(Row(cells, Bar(float(share), axis), heard=spoken))
    rows.append(Row(["sum", "", places(made.total), "", "1"], heard=f"Sum: {places(made.total)}"))
    columns = [Column("class"), Column("z", True), Column("e^z", True)]
    return [Table([*columns, Column("divided by the sum", True), Column("share", True)], rows)]


def places(value: float) -> str:
    """Write a number as prose does, to two decimals where it is not tiny."""
    return f"{value:,.2f}" if abs(value) >= 0.1 else written(value)


def maps(trace: Trace, names: Sequence[str]) -> list[Item]:
    """Tell pictures, each a channel of a layer, or the input, side by side."""
    tiles = []
    for name in names:
        values = channel(trace, name)
        (height, width), most = values.shape, float(values.max())
        row, column = divmod(int(values.argmax()), width)
        spoken = f"{name}, {height} by {width}: most at row {row} column {column}, {written(most)}"
        shown = seen(f"most {written(most, 2)}", "quiet")
        tiles.append(Stack([line(name, spoken, "strong"), Picture(values, values), shown]))
    note = seen("each picture from blank, its least, to full, its most", "quiet")
    return [heard("Rows and columns count from 0."), Tiles(tiles), note]


def looks(trace: Trace, heads: Sequence[Looked]) -> list[Item]:
    """Tell how much the last token takes from each, in some heads."""
    text = trace.network.input.text
    letters = [text.alphabet[int(token)] if text else str(token) for token in trace.input[0]]
    axis = Axis(1.0)
    sections = []
    for head in heads:
        rows = []
        for place, (letter, share) in enumerate(zip(letters, head.shares, strict=True)):
            name = letter if letter.strip() else "_"
            spoken = f"letter {place}, {name}: {share:.2f}"
            rows.append(
                Row(
                    [f"{place}", Words(name, emphasis="strong"), f"{share:.2f}"],
                    Bar(float(share), axis),
                    heard=spoken,
                )
            )
        columns = [Column("place", True), Column("letter"), Column("share", True)]
        sections.append(Section(head.name, "", [f"Head {head.name}"], [Table(columns, rows)]))
    return [Sections(sections, alike=True)]


def written_on(made: Written) -> list[Item]:
    """Tell a text that a net wrote on, and the least sure of its letters."""
    least = int(np.argmin(made.shares))
    surest = sum(share > 0.9 for share in made.shares)
    letter = made.letters[least] if made.letters[least].strip() else "the blank"
    *_, before = "", *f"{made.given}{made.letters[:least]}".split()
    note = (
        f"{surest} of {len(made.shares)} letters with a share over 0.9; the least sure,"
        f" {letter} after '{before}', with {min(made.shares):.2f}"
    )
    told = Line([Words(made.given), Words(made.letters, emphasis="accent")])
    return [Indented([told], 3), seen(note, "quiet"), heard(capital(note))]


def scale(models: Sequence[Model], view: View) -> list[Item]:
    """Tell how large nets are; every second cell of a bar is ten times as much."""
    bars = view.width is None or view.width >= LEAST_WITH_BARS
    sizes = [log10(max(model.parameters, 1)) for model in models]
    axis = Axis(max(sizes) or 1.0)
    rows = []
    for model, size in zip(models, sizes, strict=True):
        source = model.source or "counted just now"
        cells: list[Cell] = [
            Words(model.name, emphasis="" if model.source else "strong"),
            f"{model.parameters:,}",
            *[Bar(size or 0.1, axis)] * bars,
            Words(source, emphasis="quiet"),
        ]
        spoken = f"{model.name}: {model.parameters:,} parameters, {source}"
        rows.append(Row(cells, heard=spoken))
    breaks = Column(short="breaks")
    drawn = Column(least=min(24, round(2 * axis.reach)))
    columns = [breaks._replace(title="net"), Column("parameters", True), *[drawn] * bars, breaks]
    note = seen("Two cells of a bar are ten times as many.", "quiet")
    return [Table(columns, rows), *[note] * bars]


def _numbers(values: Array) -> str:
    return ", ".join(written(float(value)) for value in values)
