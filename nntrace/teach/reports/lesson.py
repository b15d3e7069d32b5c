"""A lesson: its prose, and what is live in it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import log10
from typing import TYPE_CHECKING

import numpy as np

from nntrace.analysis.prediction import predict
from nntrace.core.activation import Activation
from nntrace.core.activations import find
from nntrace.errors import listed
from nntrace.teach.feedback import feedback
from nntrace.teach.live import fill, merge, passed, short, written
from nntrace.teach.question import LETTERS
from nntrace.teach.reports.outcomes import verdict
from nntrace.teach.reports.prose import paragraphs_of, said, words_of
from nntrace.teach.step import (
    Block,
    Command,
    Curves,
    Matrices,
    Merge,
    Pass,
    Pictures,
    Predict,
    Prose,
    Say,
    Scale,
    Verbatim,
)
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
    Meter,
    Report,
    Row,
    Section,
    Sections,
    Seen,
    Side,
    Stack,
    Table,
    Term,
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
    from nntrace.teach.grading import Graded
    from nntrace.teach.question import Question
    from nntrace.teach.step import Lesson
    from nntrace.write.view import View

NARROWEST, WIDEST = 20, 78  # columns of prose: longer lines are hard to read
LEAST_WITH_BARS = 70  # columns for which the sizes of nets are drawn
MOST_PICTURES = 8  # side by side
POINTS = (-4.0, -2.0, -1.0, 0.0, 1.0, 2.0, 4.0)  # of a curve, that are heard
MOST_NAMED = 4  # pixels of a picture that are named, of either sign


def _report(items: Iterable[Item], view: View) -> Report:
    """Tell in as few columns as there are: a lesson breaks its lines rather than lets them run."""
    return Report(items, view, narrowest=1)


def _prose(items: Iterable[Item], view: View) -> Report:
    width = max(NARROWEST, min(view.width or 80, WIDEST))
    return _report(items, view._replace(width=width))


# ---- where one is ----


def title(lesson: Lesson, view: View) -> Report:
    """Tell the title of the lesson."""
    return _report([line(lesson.title, emphasis="strong")], view)


def header(lesson: Lesson, index: int, view: View) -> Report:
    """Tell where one is: the number and title of a step, and a line that fills up."""
    count, name = len(lesson.steps), lesson.steps[index].title
    place = f"Step {index + 1} of {count}"
    words = line(f"{place} · {name}", f"{place}: {name}", "strong")
    return _report([words, Meter((index + 1) / count, WIDEST)], view)


def contents(lesson: Lesson, at: int | None, view: View) -> Report:
    """Tell the steps of a lesson, and where the reader stopped."""
    rows = []
    for index, step in enumerate(lesson.steps):
        here = index == at
        name = Words(step.title, emphasis="strong" if here else "")
        cells: list[Cell] = [f" {'▸' if here else ' '}", f"{index + 1}", name, " "]
        spoken = f"Step {index + 1}, {step.name}: {step.title}"
        spoken += ", where you stopped" if here else ""
        rows.append(Row([*cells, Words(step.name, emphasis="quiet")], heard=spoken))
    breaks = Column(short="breaks")
    return _prose([Table([Column(), Column(), breaks, Column(), breaks], rows, gap=1)], view)


def command(words: str, view: View) -> Report:
    """Tell a command as it is typed."""
    typed = f"nntrace {words}"
    told = [Words("$ ", ""), Words(typed, f"Command: {typed}", "strong")]
    return _report([Line(told, emphasis="quiet")], view)


def suggestion(words: str, view: View) -> Report:
    """Tell a command that the reader may run."""
    typed = line(words, f"Command: nntrace {words}", "accent")
    return _report([Indented([typed]), Blank(heard=False)], view)


def prose(text: str, trace: Trace | None, view: View, emphasis: Emphasis = "") -> Report:
    """Tell paragraphs that are parted by empty lines."""
    return _prose(paragraphs_of(text, trace, emphasis), view)


# ---- questions ----


def asked(question: Question, view: View) -> Report:
    """Tell a question and, unless a number is to be typed, its options."""
    lead = "Predict first"
    items: list[Item] = [Line([Words("", f"{lead}: "), *words_of(question.asks)])]
    if not question.typed:
        rows = [
            Row([Words(letter, f"Option {letter}", "strong"), Line(words_of(option.text))])
            for letter, option in zip(LETTERS, question.options, strict=False)
        ]
        items += [Blank(heard=False), Table([Column(), Column(short="breaks")], rows)]
    return _prose([Section(lead, "", [], items)], view)


def answer(question: Question, number: int, view: View) -> Report:
    """Tell the right answer of a question for those who read on; `number` is 0 for the only one."""
    right = question.answer
    letter = "" if question.typed else f"{question.letter}, "
    spoken = f"Answer {number}: {letter}" if number else f"Answer: {letter}"
    lead = Words((f"({number}) " if number else "") + letter, spoken, "strong")
    ends = right.text.endswith((".", "!", "?"))
    stop = Words("  " if ends else ".  ", ". ")
    return _prose([Line([lead, *words_of(right.text), stop, *words_of(right.why)])], view)


def hint(question: Question, given: int, view: View) -> Report:
    """Tell hint number `given`, from 0."""
    lead = Words(f"Hint {given + 1} of {len(question.hints)}: ")
    return _prose([Indented([Line([lead, *words_of(question.hints[given])])])], view)


def discussed(graded: Graded, view: View) -> Report:
    """Tell what is said about an answer: the reason for what was chosen, and the right one's."""
    told = feedback(graded)
    items: list[Item] = [verdict(graded.outcome, told.verdict, view)]
    if told.chosen:
        items.append(Indented([Line(words_of(told.chosen.why))]))
    if right := told.right:
        letter = f"{right.letter}, " if right.letter else ""
        lead = Words(f"→ {letter}", f"The right answer: {letter}")
        items += [Blank(heard=False), Line([lead, *words_of(right.text)], emphasis="strong")]
        items.append(Indented([Line(words_of(right.why))]))
    return _prose(items, view)


# ---- blocks that need nobody's answer and no command ----


def block(told: Block, view: View) -> Report:
    """Tell a block that needs nobody's answer and no command."""
    match told:
        case Prose():
            return _prose([_paragraph(told)], view)
        case Verbatim():
            return _report([Indented(_verbatim(told), 3)], view)
        case Pass():
            return _report([_pass(told.trace, view)], view)
        case Matrices():
            return _report([_matrices(told)], view)
        case Merge():
            return _report([_merge(told.trace)], view)
        case Curves():
            return _report(_curves(told), view)
        case Pictures():
            return _report(_pictures(told, view), view)
        case Scale():
            return _report(_scale(told, view), view)
        case Command() | Predict() | Say():
            raise TypeError(f"{type(told).__name__} waits for somebody")


def _paragraph(told: Prose) -> Item:
    """Tell a paragraph or an item of a list."""
    words = words_of(told.text, told.trace)
    if not told.bullet:
        return Line(words)
    spoken = "Item: " if told.bullet == "•" else f"Item {told.bullet} "
    cells: list[Cell] = [Words(f" {told.bullet}", emphasis="strong"), Line(words)]
    row = Row(cells, heard=spoken + said(words))
    return Table([Column(), Column(short="breaks")], [row], gap=1)


def _verbatim(told: Verbatim) -> list[Item]:
    """Tell lines as they are."""
    lines = fill(told.text, told.trace).split("\n")
    return [line(each, each.strip(), "accent") if each else Blank(heard=False) for each in lines]


def _pass(trace: Trace, view: View) -> Section:
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
        label = decided.index if decided.label is None else decided.label
        note = f"→ {label}  {percent(decided.probability, view)}"
        items.append(heard(f"Prediction: {label}, {percent_said(decided.probability, view)}"))
    name = trace.network.name
    return Section(name, "", [f"Net: {name}"], items, note)


def _matrices(told: Matrices) -> Section:
    """Tell a layer with every number of it."""
    trace, name = told.trace, told.layer
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
    return Section(f"{name} · W is {layer.size} × {layer.fan_in}", "", [spoken], items)


def _merge(trace: Trace) -> Section:
    """Tell that two layers without activation are one."""
    merged = merge(trace)
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
    return Section(f"{first} and {second}, melted together", "", [spoken], items)


def _curves(told: Curves) -> list[Item]:
    """Tell activation functions beside each other; heard, one after the other."""
    sections: list[Section] = []
    points: list[Item] = []
    for name in told.names:
        kind = find(name)
        labels, z = _given(kind, told.trace)
        a = Activation(kind)(z[np.newaxis])[0]
        drawn = _shares(labels, z, a) if labels else Curve(kind)
        sections.append(Section(name, "", [], [seen(f"a = {kind.formula}"), drawn]))
        points.append(heard(f"Activation {name}: a is {kind.said()}"))
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


def _pictures(told: Pictures, view: View) -> list[Item]:
    """Tell the weights of first-layer neurons as pictures, as many in a row as fit."""
    network = told.trace.network
    layer, shape = network.layers[0], network.input.picture
    assert shape is not None  # the reader sees to it
    weights = layer.weights[[*told.neurons]]
    top = float(np.abs(weights).max())
    pixels = [f"row {i // shape[1]} column {i % shape[1]}" for i in range(network.input.size)]
    pictures = []
    for neuron, row in zip(told.neurons, weights, strict=True):
        name = f"{layer.name}.{neuron}"
        caption = line(name, f"{name}: {_pixels_said(row, pixels)}", "strong")
        pictures.append(Stack([caption, HeatMap(row.reshape(shape), top, line_by_line=True)]))
    across = 2 * shape[1] + 2
    fit = max(1, min((view.width or 80) // across, MOST_PICTURES))
    items: list[Item] = [heard("Rows and columns of the picture count from 0.")]
    for start in range(0, len(pictures), fit):
        items += [Side(pictures[start : start + fit]), Blank(heard=False)]
    meaning = "where a weight is over 0, ink speaks for it; below 0, against it"
    return [*items, Legend(HeatMap(weights, top), "weights"), seen(meaning, "quiet")]


def _pixels_said(weights: Array, names: list[str]) -> str:
    row = weights.astype(np.float64)
    order = np.argsort(-row, kind="stable").tolist()
    most = [names[index] for index in order[:MOST_NAMED] if row[index] > 0]
    least = [names[index] for index in order[::-1][:MOST_NAMED] if row[index] < 0]
    words = f"ink speaks for it most at {listed(most or ['no pixel'])}"
    return f"{words}, against it most at {listed(least or ['no pixel'])}"


def _scale(told: Scale, view: View) -> list[Item]:
    """Tell how large nets are; every second cell of a bar is ten times as much."""
    bars = view.width is None or view.width >= LEAST_WITH_BARS
    sizes = [log10(max(model.parameters, 1)) for model in told.models]
    axis = Axis(max(sizes) or 1.0)
    rows = []
    for model, size in zip(told.models, sizes, strict=True):
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
