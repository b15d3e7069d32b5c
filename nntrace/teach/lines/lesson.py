"""A lesson as labelled lines, for a screen reader: nothing drawn, a paragraph a line."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import numpy as np

from nntrace.analysis.prediction import predict
from nntrace.core.activation import Activation
from nntrace.core.activations import find
from nntrace.core.arrays import Array
from nntrace.core.forward import Trace
from nntrace.errors import listed
from nntrace.teach.feedback import feedback
from nntrace.teach.grading import Graded
from nntrace.teach.live import fill, merge, passed, written
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
from nntrace.write.render.spoken import written as as_lines
from nntrace.write.view import View, percent_said

_POINTS = (-4.0, -2.0, -1.0, 0.0, 1.0, 2.0, 4.0)
_MOST_NAMED = 4  # pixels of a picture that are named, of either sign


def _plain(text: str, trace: Trace | None = None) -> str:
    """Return a little Markdown as words alone, its marks filled."""
    words = "".join(span.text for span in spans(text))
    return " ".join(fill(words, trace).split())


def title_text(lesson: Lesson, view: View) -> str:
    """Say the title of the lesson."""
    return as_lines([lesson.title], view)


def header_text(lesson: Lesson, index: int, view: View) -> str:
    """Say where one is."""
    words = f"Step {index + 1} of {len(lesson.steps)}: {lesson.steps[index].title}"
    return as_lines([words], view)


def contents_text(lesson: Lesson, at: int | None, view: View) -> str:
    """Say the steps of a lesson, and where the reader stopped."""
    return as_lines(
        [
            f"Step {index + 1}, {step.name}: {step.title}"
            + (", where you stopped" if index == at else "")
            for index, step in enumerate(lesson.steps)
        ],
        view,
    )


def command_text(words: str, view: View) -> str:
    """Say a command."""
    return as_lines([f"Command: nntrace {words}"], view)


def suggestion_text(words: str, view: View) -> str:
    """Say a command that the reader may run."""
    return command_text(words, view)


def paragraphs(text: str, trace: Trace | None, view: View, style: str = "") -> str:
    """Say paragraphs that are parted by empty lines."""
    del style
    return as_lines([_plain(each, trace) for each in re.split(r"\n\s*\n", text.strip())], view)


def question_text(question: Question, view: View) -> str:
    """Say a question and, unless a number is to be typed, its options."""
    lines = [f"Predict first: {_plain(question.asks)}"]
    if not question.typed:
        for letter, option in zip(LETTERS, question.options, strict=False):
            lines.append(f"Option {letter}: {_plain(option.text)}")
    return as_lines(lines, view)


def hint_text(question: Question, given: int, view: View) -> str:
    """Say hint number `given`, from 0."""
    words = f"Hint {given + 1} of {len(question.hints)}: {_plain(question.hints[given])}"
    return as_lines([words], view)


def answer_text(question: Question, number: int, view: View) -> str:
    """Say the right answer of a question for those who read on."""
    which = f" {number}" if number else ""
    letter = "" if question.typed else f"{question.letter}, "
    answer = question.answer
    return as_lines([f"Answer{which}: {letter}{_plain(answer.text)}. {_plain(answer.why)}"], view)


def feedback_text(graded: Graded, view: View) -> str:
    """Say what there is to an answer: the reason for what was chosen, and the right one's."""
    said = feedback(graded)
    lines = [said.verdict]
    if said.chosen:
        lines.append(_plain(said.chosen.why))
    if said.right:
        letter = f"{said.right.letter}, " if said.right.letter else ""
        lines.append(f"The right answer: {letter}{_plain(said.right.text)}")
        lines.append(_plain(said.right.why))
    return as_lines(lines, view)


def _prose(block: Prose, view: View) -> str:
    bullet = {"": "", "•": "Item: "}.get(block.bullet, f"Item {block.bullet} ")
    return as_lines([bullet + _plain(block.text, block.trace)], view)


def _verbatim(block: Verbatim, view: View) -> str:
    lines = fill(block.text, block.trace).split("\n")
    return as_lines([line.strip() for line in lines if line.strip()], view)


def _pass(block: Pass, view: View) -> str:
    trace = block.trace
    lines = [f"Net: {trace.network.name}", f"x, the input: {_numbers(trace.x[0])}"]
    for each in passed(trace):
        lines.append(f"{each.symbol}, which is {each.formula}: {_numbers(each.values)}")
    if (decided := predict(trace)[0]) is not None:
        label = decided.index if decided.label is None else decided.label
        lines.append(f"Prediction: {label}, {percent_said(decided.probability, view)}")
    return as_lines(lines, view)


def _matrices(block: Matrices, view: View) -> str:
    part = block.trace[block.layer]
    (reads,) = block.trace.read_by(block.layer)
    lines = [
        f"Layer {block.layer}: W is {part.layer.size} by {part.layer.fan_in}",
        f"x: {_numbers(reads[0])}",
    ]
    for index, row in enumerate(part.layer.weights):
        bias, z = written(float(part.layer.bias[index])), written(float(part.z[0, index]))
        lines.append(f"Neuron {index}: weights {_numbers(row)}, bias {bias}, z {z}")
    return as_lines(lines, view)


def _merge(block: Merge, view: View) -> str:
    merged = merge(block.trace)
    lines = [
        f"{merged.first.name} and {merged.second.name} as one layer, without their activation",
        f"x: {_numbers(merged.x)}",
        f"Two layers, W2 @ (W1 @ x + b1) + b2: {_numbers(merged.stepwise)}",
        "One layer: W is W2 @ W1, b is W2 @ b1 + b2",
    ]
    for index, row in enumerate(merged.weights):
        bias = written(float(merged.bias[index]))
        lines.append(f"Neuron {index} of the one layer: weights {_numbers(row)}, bias {bias}")
    lines += [f"One layer, W @ x + b: {_numbers(merged.at_once)}", f"Compared: {merged.verdict}"]
    return as_lines(lines, view)


def _curves(block: Curves, view: View) -> str:
    lines = []
    for name in block.names:
        kind = find(name)
        lines.append(f"Activation {name}: a is {kind.said()}")
        if not kind.rowwise:
            values = Activation(kind)(np.array([_POINTS]))[0].tolist()
            points = zip(_POINTS, values, strict=True)
            lines += [f"z {written(z)} gives {written(float(a))}" for z, a in points]
            continue
        assert block.trace is not None  # the reader sees to it
        last = block.trace.layers[-1]
        labels = last.layer.labels or tuple(map(str, range(last.layer.size)))
        shares = Activation(kind)(last.z)[0].tolist()
        for label, z, a in zip(labels, last.z[0].tolist(), shares, strict=True):
            lines.append(f"{label}: z {written(float(z))} gives {written(float(a))}")
    return as_lines(lines, view)


def _pictures(block: Pictures, view: View) -> str:
    network = block.trace.network
    layer = network.layers[0]
    width = (network.input.picture or (1, 1))[1]
    names = [f"row {i // width} column {i % width}" for i in range(network.input.size)]
    lines = ["Rows and columns of the picture count from 0."]
    for neuron in block.neurons:
        row = layer.weights[neuron].astype(np.float64)
        order = np.argsort(-row, kind="stable").tolist()
        most = [names[index] for index in order[:_MOST_NAMED] if row[index] > 0]
        least = [names[index] for index in order[::-1][:_MOST_NAMED] if row[index] < 0]
        words = f"{layer.name}.{neuron}: ink speaks for it most at {listed(most or ['no pixel'])}"
        lines.append(f"{words}, against it most at {listed(least or ['no pixel'])}")
    return as_lines(lines, view)


def _scale(block: Scale, view: View) -> str:
    return as_lines(
        [
            f"{model.name}: {model.parameters:,} parameters, {model.source or 'counted just now'}"
            for model in block.models
        ],
        view,
    )


def _numbers(values: Array) -> str:
    return ", ".join(written(float(value)) for value in values)


_FORMS: dict[type, Callable[[Any, View], str]] = {
    Prose: _prose,
    Verbatim: _verbatim,
    Pass: _pass,
    Matrices: _matrices,
    Merge: _merge,
    Curves: _curves,
    Pictures: _pictures,
    Scale: _scale,
}


def block_text(block: Block, view: View) -> str:
    """Say a block that needs nobody's answer and no command."""
    return _FORMS[type(block)](block, view)
