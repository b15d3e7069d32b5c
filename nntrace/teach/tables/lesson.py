"""A lesson on the screen: its prose, and what is live in it."""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import groupby
from math import log10
from typing import Any

from rich.cells import cell_len
from rich.console import RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from nntrace.analysis.prediction import predict
from nntrace.core.activation import Activation
from nntrace.core.activations import find
from nntrace.core.arrays import Array
from nntrace.core.forward import Trace
from nntrace.teach.feedback import feedback
from nntrace.teach.grading import Graded
from nntrace.teach.live import MARK, fill, merge, passed, short, value_of, written
from nntrace.teach.markdown import spans
from nntrace.teach.question import LETTERS, Question
from nntrace.teach.step import (
    Block,
    Curves,
    Lesson,
    Matrices,
    Merge,
    Pass,
    Pictures,
    Prose,
    Scale,
    Verbatim,
)
from nntrace.teach.tables.quiz import mark
from nntrace.write.render.bars import bar
from nntrace.write.render.boxes import Box, Row, framed, laid_out
from nntrace.write.render.look import (
    POSITIVE,
    QUIET,
    STRONG,
    View,
    frame,
    grid,
    joined,
    percent,
    render,
    side_by_side,
)
from nntrace.write.render.matrices import Part, equation
from nntrace.write.render.picture import heat_legend, heat_map, largest
from nntrace.write.render.plot import curve
from nntrace.write.report import Axis, Bar, Column

WIDEST = 78  # columns of prose: longer lines are hard to read
LEAST_WITH_BARS = 70  # columns for which the sizes of nets are drawn
BESIDE = 150  # from so many columns on, prose stands at the left and what is live at the right
LEFT = 66  # columns of prose there
GAP = 4

_GLUE = "\ue000"  # a blank inside code, where no line is broken
_ESCAPES = re.compile(r"\x1b\[[0-9;]*m")


def inline(text: str, trace: Trace | None, view: View, style: str = "") -> Text:
    """Make text of a little Markdown, with its marks filled.

    With colours code and bold words are drawn so; without, the signs around them stay.
    """
    drawn = Text(style=style)
    for bold, run in groupby(spans(re.sub(r"\s*\n\s*", " ", text)), lambda span: span.bold):
        star = "*" if bold and not view.colours else ""
        drawn.append(star)
        for span in run:
            if span.code:
                words = view.plain(" ".join(fill(span.text, trace).split())).replace(" ", _GLUE)
                drawn.append(words if view.colours else f"`{words}`", POSITIVE)
            else:
                _filled(drawn, span.text, trace, view, STRONG if bold and view.colours else "")
        drawn.append(star)
    return drawn


def _filled(drawn: Text, text: str, trace: Trace | None, view: View, style: str) -> None:
    end = 0
    for match in MARK.finditer(text) if trace else ():  # without a trace, it has been filled
        drawn.append(view.plain(text[end : match.start()]), style)
        found = view.plain(value_of(match[1], trace))
        drawn.append(found.replace(" ", _GLUE) if len(found) < 40 else found, POSITIVE)
        end = match.end()
    drawn.append(view.plain(text[end:]), style)


def _drawn(parts: list[RenderableType], view: View) -> str:
    return render(parts, view).replace(_GLUE, " ")


def narrow(view: View) -> View:
    """Return the view for prose."""
    return view._replace(width=max(20, min(view.width or 80, WIDEST)))


def prose_text(prose: Prose, view: View) -> str:
    """Draw a paragraph or an item of a list."""
    words = inline(prose.text, prose.trace, view)
    view = narrow(view)
    if not prose.bullet:
        return _drawn([words], view)
    table = Table.grid(padding=(0, 1, 0, 0))
    bullet = "-" if view.ascii_only and prose.bullet == "•" else prose.bullet
    table.add_row(Text(f" {bullet}", STRONG), words)
    return _drawn([table], view)


def paragraphs(text: str, trace: Trace | None, view: View, style: str = "") -> str:
    """Draw paragraphs that are parted by empty lines."""
    parts: list[RenderableType] = []
    for paragraph in re.split(r"\n\s*\n", text.strip()):
        parts += [Text("")] if parts else []
        parts.append(inline(paragraph, trace, view, style))
    return _drawn(parts, narrow(view))


def verbatim_text(block: Verbatim, view: View) -> str:
    """Draw lines as they are, a little indented."""
    lines = [view.text(line, POSITIVE) for line in fill(block.text, block.trace).split("\n")]
    return _drawn([Padding(Text("\n").join(lines), (0, 0, 0, 3))], view)


def title_text(lesson: Lesson, view: View) -> str:
    """Draw the title of the lesson."""
    return _drawn([view.text(lesson.title, STRONG)], view)


def header_text(lesson: Lesson, index: int, view: View) -> str:
    """Draw where one is: the number and title of a step, and a line that fills up."""
    count = len(lesson.steps)
    words = f"Step {index + 1} of {count} · {lesson.steps[index].title}"
    width = min(view.width or 80, WIDEST)
    full, empty = ("=", "-") if view.ascii_only else ("━", "─")
    done = round(width * (index + 1) / count)
    line = Text.assemble((full * done, POSITIVE), (empty * (width - done), QUIET))
    return _drawn([view.text(words, STRONG), line], view)


def command_text(words: str, view: View) -> str:
    """Draw a command as it is typed."""
    line = view.text("$ ", QUIET)
    line.append(view.plain(f"nntrace {words}"), STRONG)
    return _drawn([line], view)


def suggestion_text(words: str, view: View) -> str:
    """Draw a command that the reader may run."""
    return _drawn([Padding(view.text(words, POSITIVE), (0, 0, 0, 2)), Text("")], view)


def question_text(question: Question, view: View) -> str:
    """Draw a question and, unless a number is to be typed, its options."""
    view = narrow(view)
    content: list[RenderableType] = [inline(question.asks, None, view)]
    if not question.typed:
        content.append(Text(""))
        table = Table.grid(padding=(0, 2, 0, 0))
        for letter, option in zip(LETTERS, question.options, strict=False):
            table.add_row(Text(letter, STRONG), inline(option.text, None, view))
        content.append(table)
    title = view.text("Predict first", f"{STRONG} not dim")
    return _drawn([frame(title, content, view)], view)


def answer_text(question: Question, number: int, view: View) -> str:
    """Draw the right answer of a question for those who read on paper."""
    answer = question.answer
    lead = f"({number}) " if number else ""
    letter = "" if question.typed else f"{question.letter}, "
    words = inline(answer.text, None, view)
    line = Text.assemble((f"{lead}{letter}", STRONG), words, ".  " if _ends(words) else "  ")
    line.append_text(inline(answer.why, None, view))
    return _drawn([line], narrow(view))


def _ends(words: Text) -> bool:
    return not words.plain.endswith((".", "!", "?"))


def hint_text(question: Question, given: int, view: View) -> str:
    """Draw hint number `given`, from 0."""
    words = f"Hint {given + 1} of {len(question.hints)}: {question.hints[given]}"
    return _drawn([Padding(inline(words, None, view), (0, 0, 0, 2))], narrow(view))


def feedback_text(graded: Graded, view: View) -> str:
    """Draw what is said about an answer: the reason for what was chosen, and the right one's."""
    said = feedback(graded)
    view = narrow(view)
    parts: list[RenderableType] = [view.text(f"{mark(graded, view)}{said.verdict}", STRONG)]
    if said.chosen:
        parts.append(Padding(inline(said.chosen.why, None, view), (0, 0, 0, 2)))
    if said.right:
        letter = f"{said.right.letter}, " if said.right.letter else ""
        lead = view.text(f"→ {letter}", STRONG)
        parts += [Text(""), lead.append_text(inline(said.right.text, None, view, STRONG))]
        parts.append(Padding(inline(said.right.why, None, view), (0, 0, 0, 2)))
    return _drawn(parts, view)


def pass_text(block: Pass, view: View) -> str:
    """Draw each layer's formula beside its numbers."""
    trace = block.trace
    lines = [(Text("x", STRONG), Text("the input", QUIET), _vector(trace.x[0], view))]
    for each in passed(trace):
        symbol = Text(each.symbol, "" if each.pre else STRONG)
        lines.append((symbol, view.text(f"= {each.formula}"), _vector(each.values, view)))
    widths = [max(line[k].cell_len for line in lines) + 2 for k in range(3)]
    room = view.inside.width
    below = room is not None and sum(widths) - 2 > room  # the numbers on lines of their own
    drawn = []
    for symbol, formula, values in lines:
        symbol.append(" " * (widths[0] - symbol.cell_len)).append_text(formula)
        gap = "\n  " if below else " " * (widths[0] + widths[1] - symbol.cell_len)
        drawn.append(symbol.append(gap).append_text(values))
    note = ""
    if (decided := predict(trace)[0]) is not None:
        label = decided.index if decided.label is None else decided.label
        note = f"→ {label}  {percent(decided.probability, view)}"
    title = view.text(trace.network.name, f"{STRONG} not dim")
    return _drawn([frame(title, drawn, view, note)], view)


def _vector(values: Array, view: View) -> Text:
    return view.text(short(values), POSITIVE)


def matrices_text(block: Matrices, view: View) -> str:
    """Draw a layer with every number of it."""
    part = block.trace[block.layer]
    (reads,) = block.trace.read_by(block.layer)
    layer = part.layer
    parts: list[Part] = [
        ("W", layer.weights),
        "@",
        ("x", reads[0]),
        "+",
        ("b", layer.bias),
        "=",
        ("z", part.z[0]),
    ]
    drawn = equation(parts, view.inside)
    title = view.text(f"{block.layer} · W is {layer.size} × {layer.fan_in}", f"{STRONG} not dim")
    return _drawn([frame(title, [drawn], view)], view)


def merge_text(block: Merge, view: View) -> str:
    """Draw that two layers without activation are one."""
    merged = merge(block.trace)
    one: list[Part] = [
        ("W", merged.weights), "@", ("x", merged.x), "+", ("b", merged.bias), "=",
        ("", merged.at_once),
    ]  # fmt: skip
    stepwise = ["W2 @ (W1 @ x + b1) + b2", f"= {short(merged.stepwise)}"]
    content: list[RenderableType] = [
        view.text("Two layers, one after the other, without their activation:"),
        joined([view.text(each, POSITIVE) for each in stepwise], " ", view),
        Text(""),
        view.text("One layer, with W = W2 @ W1 and b = W2 @ b1 + b2:"),
        equation(one, view.inside),
        Text(""),
        view.text(("✓ " if merged.same else "✗ ") + merged.verdict, STRONG),
    ]
    words = f"{merged.first.name} and {merged.second.name}, melted together"
    return _drawn([frame(view.text(words, f"{STRONG} not dim"), content, view)], view)


def curves_text(block: Curves, view: View) -> str:
    """Draw activation functions beside each other; those of a whole row as its shares."""
    panels = []
    for name in block.names:
        kind = find(name)
        title = view.text(name, f"{STRONG} not dim")
        if not kind.rowwise:
            content: list[RenderableType] = [view.text(f"a = {kind.formula}"), curve(kind, view)]
            panels.append(frame(title, content, view))
            continue
        assert block.trace is not None  # the reader sees to it
        last = block.trace.layers[-1]
        values = Activation(find(name))(last.z)[0]
        labels = last.layer.labels or tuple(map(str, range(last.layer.size)))
        axis = Axis.of([values])
        rows = [
            Row([view.text(label), written(float(z)), written(float(a))], Bar(a, axis))
            for label, z, a in zip(labels, last.z[0].tolist(), values.tolist(), strict=True)
        ]
        columns = [Column("class"), Column("z", True), Column("a", True)]
        box = Box(title, columns, rows, [view.text(f"a = {kind.formula}")])
        panels += framed([box], laid_out([box], view), view)
    return _drawn(list(side_by_side(panels, view)), view)


def pictures_text(block: Pictures, view: View) -> str:
    """Draw the weights of first-layer neurons as pictures, as many in a row as fit."""
    layer = block.trace.network.layers[0]
    shape = block.trace.network.input.picture
    assert shape is not None  # the reader sees to it
    each = 2 * shape[1] + 2
    fit = max(1, min((view.width or 80) // each, 8))
    top = largest(layer.weights[[*block.neurons]])
    parts: list[RenderableType] = []
    for start in range(0, len(block.neurons), fit):
        row = block.neurons[start : start + fit]
        table = Table.grid(padding=(0, 2, 0, 0))
        table.add_row(*(view.text(f"{layer.name}.{neuron}", STRONG) for neuron in row))
        drawn = [heat_map(layer.weights[neuron].reshape(shape), view, top, True) for neuron in row]
        table.add_row(*drawn)
        parts += [table, Text("")]
    words = view.text("where a weight is over 0, ink speaks for it; below 0, against it", QUIET)
    return _drawn([*parts, heat_legend("weights", top, view), words], view)


def scale_text(block: Scale, view: View) -> str:
    """Draw how large nets are; every second cell of a bar is ten times as much."""
    table = grid(view)
    table.add_column("net", overflow="fold")
    table.add_column("parameters", justify="right", no_wrap=True)
    bars = view.width is None or view.width >= LEAST_WITH_BARS
    if bars:
        table.add_column("", no_wrap=True)
    table.add_column("", overflow="fold")
    most = max(log10(max(model.parameters, 1)) for model in block.models) or 1.0
    cells = min(24, round(2 * most))
    for model in block.models:
        drawn = bar(log10(max(model.parameters, 1)) or 0.1, most, cells, view)
        table.add_row(
            view.text(model.name, "" if model.source else STRONG),
            f"{model.parameters:,}",
            *[drawn] * bars,
            view.text(model.source or "counted just now", QUIET),
        )
    note = view.text("Two cells of a bar are ten times as many.", QUIET)
    return _drawn([table, *[note] * bars], view)


def beside(left: str, right: str) -> str:
    """Put two drawn texts beside each other, the left one in its columns.

    A longer text leads up to what is drawn, which stands beside its end.
    """
    lefts, rights = left.rstrip("\n").split("\n"), right.rstrip("\n").split("\n")
    height = max(len(lefts), len(rights))
    lefts += [""] * (height - len(lefts))
    rights = [""] * (height - len(rights)) + rights
    lines = []
    for one, other in zip(lefts, rights, strict=True):
        blanks = " " * max(1, LEFT + GAP - cell_len(_ESCAPES.sub("", one)))
        lines.append(f"{one}{blanks}{other}".rstrip())
    return "\n".join(lines) + "\n"


_FORMS: dict[type, Callable[[Any, View], str]] = {
    Prose: prose_text,
    Verbatim: verbatim_text,
    Pass: pass_text,
    Matrices: matrices_text,
    Merge: merge_text,
    Curves: curves_text,
    Pictures: pictures_text,
    Scale: scale_text,
}


def block_text(block: Block, view: View) -> str:
    """Draw a block that needs nobody's answer and no command."""
    return _FORMS[type(block)](block, view)


def contents_text(lesson: Lesson, at: int | None, view: View) -> str:
    """Draw the steps of a lesson, with a mark at the one where the reader stopped."""
    table = Table.grid(padding=(0, 1, 0, 0))
    mark = ">" if view.ascii_only else "▸"
    for index, step in enumerate(lesson.steps):
        here = index == at
        title = view.text(step.title, STRONG if here else "")
        name = view.text(step.name, QUIET)
        table.add_row(f" {mark if here else ' '}", f"{index + 1}", title, " ", name)
    return _drawn([table], narrow(view))
