"""One traced row in full: the input, a section a layer, the verdict."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from itertools import chain

import numpy as np

from nntrace.analysis.prediction import predict
from nntrace.core.batch import TracedBatch
from nntrace.core.forward import Trace
from nntrace.core.layer import Layer
from nntrace.errors import plural
from nntrace.words import class_name
from nntrace.write import report as tell
from nntrace.write import shares as attending
from nntrace.write.choice import left_out, neurons_shown, strongest
from nntrace.write.layers import MOST_LAYERS, WHOLE_NAMES, made_said, made_seen, names_in_brief
from nntrace.write.listed import gapped
from nntrace.write.reports.layer import classes_of, layer_sections
from nntrace.write.reports.net import (
    about,
    given,
    is_chain,
    shape_said,
    shape_seen,
    subject,
)
from nntrace.write.reports.read import input_section, told_as
from nntrace.write.view import View, columns_of, percent, percent_said

MOST_TOGETHER = 20_000  # numbers that are laid out together, where all are told
NUMBER_IN_BRIEF = 10  # columns of one there
GAP = 2


def row_report(
    batch: TracedBatch,
    row: int,
    layers: Collection[str],
    view: View,
    headed: bool = True,
    command: Sequence[str] | None = None,
) -> tell.Report:
    """Tell one row of a batch in full: the input, each layer named, the verdict.

    `row` counts from 0 within the batch. Where it is not `headed` by what the net is, other rows
    stand above it. `command` is what might be typed next.
    """
    trace = batch.trace.row(row)
    network, classes = trace.network, classes_of(trace)
    shown = [k for k, traced in enumerate(trace.layers) if traced.name in layers]
    in_brief = _told_in_brief(trace, shown, view)
    # one scale, whichever layers are shown; classes have their shares on another
    drawn = [
        each.a
        for k, each in enumerate(trace.layers)
        if each is not classes and k not in in_brief and _in_bars(each.layer, view)
    ]
    axis = tell.Axis.of([trace.x, *drawn] if told_as(trace, view) == "numbers" else drawn)
    shown = [k for k in shown if k not in in_brief]
    sections = (
        *[input_section(trace, axis, view, brief=bool(in_brief))],
        *_brief(trace, in_brief, view),
    )
    in_full = (section for k in shown for section in layer_sections(trace, k, axis, view))
    many = sum(trace.layers[k].layer.size for k in shown) > MOST_TOGETHER and not view.shortens
    told: tell.Item
    if many:
        told = tell.Flow(chain(sections, in_full))
    else:  # but for a chain, tables have columns of their own
        told = tell.Sections([*sections, *in_full], alike=is_chain(network))
    scales = [f"bars: {axis.words(view)}"] * bool(axis.reach and drawn)
    if any(trace.layers[place] is classes for place in shown):
        scales.append(f"shares in {network.output.name}: {tell.SHARES.words(view)}")
    return tell.Report(
        [
            *(about(network) if headed else [tell.Blank()]),
            *given(subject(batch, row)),
            told,
            tell.Line([tell.Words(words, "", "quiet", tell.BARS) for words in scales], gap=" · "),
            *_verdict(trace, view),
            *_next(command, view),
        ],
        view,
    )


def _verdict(trace: Trace, view: View) -> list[tell.Item]:
    if trace.network.classes is None:
        return []
    prediction = predict(trace)[0]
    if prediction is None:
        nothing = "the output is not finite"
        told = tell.line(f"→ no verdict: {nothing}", f"Verdict: none, {nothing}", "strong")
    else:
        share = prediction.probability
        told = tell.Line(
            [
                tell.Words("→ ", "Verdict: "),
                tell.Words(class_name(prediction.index, prediction.label), emphasis="strong"),
                tell.Words(f"  {percent(share, view)}", f", {percent_said(share, view)}"),
            ]
        )
    return [tell.Blank(seen=False), told]


def _next(command: Sequence[str] | None, view: View) -> list[tell.Item]:
    """Say at a terminal what to type next, where that can be typed as it stands.

    What is wider than the screen goes on below, as a shell has it.
    """
    if command is None or view.width is None or any(view.plain(each) != each for each in command):
        return []
    lines = ["next:"]
    for part in command:
        if columns_of(f"{lines[-1]} {part} \\", view) > view.width:
            lines[-1] += " \\"
            lines.append("     ")
        lines[-1] += f" {part}"
    if view.accessible:
        return [tell.heard(f"Next: {' '.join(command)}")]
    fits = all(columns_of(line, view) <= view.width for line in lines)
    return [tell.seen(line, "quiet") for line in lines] if fits else []


def _in_bars(layer: Layer, view: View) -> bool:
    """Whether each number of a layer is told, with a bar on the scale of all."""
    return not layer.positional or not view.shortens


def _told_in_brief(trace: Trace, shown: Sequence[int], view: View) -> list[int]:
    """Choose, of very many layers with shapes, those that a terminal is told of in brief: all but
    the net's output."""
    with_shapes = any(trace.layers[place].layer.positional for place in shown)
    if len(shown) <= MOST_LAYERS or not view.shortens or not with_shapes:
        return []
    return [k for k in shown if trace.layers[k].name != trace.network.output.name]


def _brief(trace: Trace, places: Sequence[int], view: View) -> list[tell.Section]:
    """Tell of layers in a line each: what makes their numbers, and what these come to; then what
    the last token attends to in all of them."""
    if not places:
        return []
    told = [trace.layers[place] for place in places]
    shapes = [shape_seen(traced.layer.shape) for traced in told]
    kinds = [made_seen(traced.layer) for traced in told]
    names = [traced.name for traced in told]
    beside = max(map(len, shapes)) + max(map(len, kinds)) + 2 * (NUMBER_IN_BRIEF + GAP) + 2 * GAP
    called = names_in_brief(names, beside, view)
    columns = [
        tell.Column("layer", least=max(columns_of(name, view) for name in called)),
        tell.Column("kind"),
        tell.Column("shape", True, spare=1),
        tell.Column("mean", True, spare=2, heard="mean {}"),
        tell.Column("strongest", True, heard="strongest {}"),
    ]

    def row(index: int) -> tell.Row:
        traced, layer = told[index], told[index].layer
        made = tell.Words(kinds[index], made_said(layer))
        shape = tell.Words(shapes[index], shape_said(layer.shape))
        mean = float(traced.a[0].mean(dtype=np.float64))
        numbers = [tell.Number(mean), tell.Number(strongest(traced.a[0]))]
        name = tell.Words(called[index], f"Layer {layer.name}")
        return tell.Row([name, made, shape, *numbers])

    count = plural(len(told), "layer")
    hint = "-l NAME tells one in full, --all all of them"
    peaks = np.array([strongest(traced.a[0]) for traced in told])
    shown = neurons_shown(peaks, view)
    items: list[tell.Item] = [tell.Table(columns, gapped(shown, len(told), row))]
    items += map(tell.heard, left_out(peaks, shown, "layer"))
    note = hint + WHOLE_NAMES * (called != names)
    about, heard = f"{len(told)}, in brief", f"{count} in brief; {hint}"
    section = tell.Section("layers", about, [heard], items, note)
    between = [traced for traced in told if attending.is_attention(traced.layer)]
    return [section, *attending.attention_in_brief(between, trace, view)]
