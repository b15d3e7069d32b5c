"""Traced rows as lines."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np

from nntrace.analysis.prediction import class_probabilities, predict
from nntrace.core.names import source_names
from nntrace.errors import plural
from nntrace.write.choice import classes_shown, largest_chosen, left_out, set_in
from nntrace.write.columns import Block, length, rows_shown
from nntrace.write.lines.rows import rows_lines
from nntrace.write.lines.text import (
    about,
    layer_said,
    percent_said,
    picture_said,
    said,
    written,
)
from nntrace.write.phrases import (
    class_name,
    count_positive,
    fires,
    subject_parts,
)
from nntrace.write.verdicts import Along, verdict_blocks

if TYPE_CHECKING:
    from nntrace.analysis.prediction import Prediction
    from nntrace.core.batch import TracedBatch
    from nntrace.core.forward import LayerTrace, Trace
    from nntrace.core.network import Network
    from nntrace.write.view import View

MOST_BESIDE = 4  # inputs beside a verdict; of more outputs than a screen has lines, so many


def one_row(
    chunk: TracedBatch, row: int, layers: Sequence[str], view: View, headed: bool = True
) -> str:
    """Write one row of a chunk in full: the input, each layer (those named, or all), the verdict.

    `row` counts from 0 within the chunk; `headed` says whether the net is told about above it.
    """
    trace = chunk.trace.row(row)
    network = trace.network
    lines = [*(about(network) if headed else ()), *_given(subject_parts(chunk, row))]
    lines += ["", *_input(trace, view)]
    for index, part in enumerate(trace.layers):
        if not layers or part.name in layers:
            lines += ["", *_layer(trace, index, view)]
    if network.classes is not None:
        lines += ["", f"Verdict: {_verdict(predict(trace)[0], view)}"]
    return written(lines, view)


def many_rows(
    network: Network,
    chunks: Iterable[TracedBatch],
    along: Along,
    settings: Sequence[str],
    view: View,
    followed: bool = False,
) -> Iterator[str]:
    """Write the verdicts on all rows, a line a row, or the outputs where there are no classes.

    `settings` says what was set by hand; `followed` that each row follows in full. Gives pieces of
    the text as the rows come; how many there are stands at the end where they are more than are
    looked at first.
    """
    beside, left_out = _beside(network, view)
    total = 0

    def counted() -> Iterator[Block]:
        nonlocal total
        for block in verdict_blocks(chunks, along, beside):
            total += length(block)
            yield block

    shown = rows_shown(counted(), view)
    count = [] if shown.total is None else [f"Rows: {shown.total}"]
    yield written([*about(network), *count, *_given(settings), ""], view)
    yield from rows_lines(shown, view)
    end = [f"Rows: {total}"] if shown.total is None else []
    if not followed:
        more = f", --all all of them, with {plural(left_out, 'more neuron')}" if left_out else ""
        end.append(f"Hint: --row N tells one row in full{more}")
    yield written(["", *end] if end else [], view)


def _given(parts: Sequence[str]) -> list[str]:
    return [f"Given: {words}" for words in parts]


def _beside(network: Network, view: View) -> tuple[list[tuple[int, str]], int]:
    """Choose what stands beside the row numbers: a few inputs, or outputs that are no classes.

    Returns the index and the name of each, and how many outputs are left out.
    """
    if network.classes is not None:
        names = list(enumerate(_input_names(network)))
        return (names if len(names) <= MOST_BESIDE else []), 0  # lines are not about the inputs
    names = list(enumerate(source_names(network, network.output.name)))
    shown = names if view.holds(len(names)) else names[:MOST_BESIDE]
    return shown, len(names) - len(shown)


def _verdict(prediction: Prediction | None, view: View) -> str:
    if prediction is None:
        return "none, the output is not finite"
    name = class_name(prediction.index, prediction.label)
    return f"{name}, {percent_said(prediction.probability, view)}"


def _input(trace: Trace, view: View) -> list[str]:
    network = trace.network
    spec = network.input
    values = trace.input[0]
    title = f"Input, {plural(spec.size, 'number')}"
    if spec.picture:
        lines = [f"{title}, {picture_said(spec.picture)}"]
        if view.shortens:
            return [*lines, "--all lists the pixels"]
        for index, pixels in enumerate(values.reshape(spec.picture).tolist()):
            shades = ", ".join(said(value, view, signed=False) for value in pixels)
            lines.append(f"Row {index} of the picture: {shades}")
        return lines
    lines = [title]
    if spec.normalised:
        lines.append("x is value minus mean, divided by std")
    set_here = set_in(trace, "input")
    shown = largest_chosen(trace.x[0], view)
    names = _input_names(network)
    for index in shown:
        facts = [said(float(values[index]), view)]
        if spec.normalised:
            facts.append(f"x {said(float(trace.x[0, index]), view)}")
        facts += ["set by hand"] * (index in set_here)
        lines.append(f"{names[index]}: {', '.join(facts)}")
    return lines + left_out(trace.x[0], shown, "input")


def _input_names(network: Network) -> Sequence[str]:
    return network.input.labels or source_names(network, "input")


def _layer(trace: Trace, index: int, view: View) -> list[str]:
    part = trace.layers[index]
    rowwise = part.layer.activation.kind.rowwise
    if rowwise and index == len(trace.layers) - 1:
        return [layer_said(part.layer), *_classes(trace, part, view)]
    title = layer_said(part.layer)
    if not rowwise:
        count, word = count_positive(part)
        title += f", {count} {word}"
    shown = largest_chosen(part.a[0], view)
    lines = [title]
    for name, neuron in _named(trace, part, shown):
        facts = [_z_and_a(part, neuron, view, signed=True)]
        if fires(part.layer):
            facts.append("active" if part.a[0, neuron] > 0 else "not active")
        lines.append(_fact(trace, part, name, neuron, facts))
    return lines + left_out(part.a[0], shown, "neuron")


def _classes(trace: Trace, part: LayerTrace, view: View) -> list[str]:
    """Write the classes, in the order of their neurons."""
    shares = class_probabilities(trace, 0)
    logarithms = not np.array_equal(part.a[0], shares, equal_nan=True)
    shown = classes_shown(shares, view)
    lines = []
    for name, neuron in _named(trace, part, shown):
        facts = [_z_and_a(part, neuron, view, signed=logarithms)]
        if logarithms:
            facts.append(f"share {said(shares[neuron], view, signed=False)}")
        lines.append(_fact(trace, part, name, neuron, facts))
    if count := len(shares) - len(shown):
        lines.append(f"{plural(count, 'more neuron')}, none with a larger share; --all lists them")
    return lines


def _named(trace: Trace, part: LayerTrace, shown: Sequence[int]) -> list[tuple[str, int]]:
    names = source_names(trace.network, part.name)
    return [(names[neuron], neuron) for neuron in shown]


def _z_and_a(part: LayerTrace, neuron: int, view: View, signed: bool) -> str:
    z, a = float(part.z[0, neuron]), float(part.a[0, neuron])
    return f"z {said(z, view)}, a {said(a, view, signed)}"


def _fact(trace: Trace, part: LayerTrace, name: str, neuron: int, facts: list[str]) -> str:
    if neuron in set_in(trace, part.name):
        facts.append("set by hand")
    return f"{name}: {', '.join(facts)}"
