"""A layer in one row: its numbers one by one, by channel or by token, or its classes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import prod
from textwrap import wrap
from typing import TypeAlias

import numpy as np

from nntrace.analysis.prediction import shares_of
from nntrace.core.activations import IDENTITY
from nntrace.core.forward import LayerTrace, Trace
from nntrace.core.layer import Layer
from nntrace.core.names import labels_of, source_names
from nntrace.errors import listed, plural
from nntrace.words import class_name
from nntrace.write import choice, shaped
from nntrace.write import report as tell
from nntrace.write import shares as attending
from nntrace.write.layers import made_seen, told_aloud
from nntrace.write.listed import Bulk, Values, chosen
from nntrace.write.reports.net import fires, formula_seen, in_formula, label
from nntrace.write.view import FRAME, View

LONGEST_FORMULA = 72  # columns of a line of one, where there is no wider screen
GAP = 3  # columns between the formulas of z and of a


def layer_sections(trace: Trace, place: int, axis: tell.Axis, view: View) -> list[tell.Section]:
    """Tell a layer; of one whose last token is the net's answer, that token too."""
    traced = trace.layers[place]
    layer, kind = traced.layer, traced.layer.activation.kind
    notes, told = [], told_aloud(trace.network, layer)
    if not kind.rowwise:
        count, word = int((traced.a[0] > 0).sum()), "active" if fires(layer) else "positive"
        notes.append(f"{count} of {layer.size} {word}")
        told += f", {count} {word}"
    above: list[tell.Item] = []
    below: list[tell.Item] = []
    answers = traced is trace.layers[-1] and trace.network.answers < layer.size
    if layer.positional and view.shortens:
        part = _shaped(trace, traced, answers, view)
        above, table, below = [*part.above], part.table, [*part.below]
        notes += part.notes
    else:
        if traced is classes_of(trace):
            shown, table, rest = _class_rows(trace, traced, view)
        else:
            shown, table, rest = _neuron_rows(trace, traced, axis, view)
        below += map(tell.heard, rest)
        notes += choice.elided(shown, layer.size)
        below += attending.whole(traced, trace, view) if layer.positional else []
    elsewhere = trace.network.reads_elsewhere(layer.name)
    reads = [f"reads {listed(elsewhere)}"] if elsewhere else []
    title = " · ".join([made_seen(layer), shaped.shapes_seen(trace.network, layer), *reads])
    sections = [
        tell.Section(
            layer.name,
            title,
            [told, *map(str.capitalize, reads)],
            [*_formulae(trace, layer, view), *above, table, *below],
            " · ".join(notes),
        )
    ]
    if answers and traced is classes_of(trace) and view.shortens:
        sections.append(_last_token(trace, traced, view))
    return sections


def _formulae(trace: Trace, layer: Layer, view: View) -> list[tell.Item]:
    """Write how z and a come about."""
    kind = layer.activation.kind
    last = f"a = {kind.formula}"
    if layer.dense:
        (before,) = layer.reads
        reads = in_formula(before, trace.network.input.normalised and before == "input")
        *lines, end = [f"z = W @ {reads} + b"]
    else:
        *lines, end = wrap(
            formula_seen(trace.network, layer),
            max(LONGEST_FORMULA, (view.width or 0) - len(last) - FRAME - GAP),
        )
        last = last if kind is not IDENTITY.kind else ""
    words = [tell.Words(each, "", "quiet") for each in (end, last) if each]
    return [*(tell.seen(each, "quiet") for each in lines), tell.Line(words, " " * GAP)]


def _shaped(trace: Trace, traced: LayerTrace, answers: bool, view: View) -> shaped.Told:
    """Tell numbers that have a shape, as far as a terminal holds them."""
    layer = traced.layer
    values = traced.a[0].reshape(layer.shape)
    width = layer.shape[-1]
    names = [label(layer.labels, index) for index in range(width)]
    if attending.is_attention(layer):
        return attending.attention(traced, trace, view)
    units = shaped.axis_of(trace, shaped.unit_word(layer), layer.shape[0])
    if layer.activation.kind.rowwise and len(layer.shape) == 2:
        classes = traced is trace.layers[-1] and trace.network.classes is not None
        of = [
            tell.Words(class_name(k, None) if classes and not layer.labels else name)
            for k, name in enumerate(names)
        ]
        titles = ("next", "then") if answers else ("most", "then")
        shares = shares_of(layer, values)
        table = attending.largest_shares(shares, units, of, titles, view)
        return shaped.Told(table, (), shaped.elided_numbers(True))
    return shaped.by_unit(
        shaped.Numbers(values, units, names, layer, choice.set_in(trace, layer.name)), view
    )


def _last_token(trace: Trace, traced: LayerTrace, view: View) -> tell.Section:
    """Tell of the last token what a layer of classes tells of a row."""
    layer, answers = traced.layer, trace.network.answers
    last = shaped.axis_of(trace, "token", layer.shape[0]).names[-1]
    shown, table, rest = _class_rows(trace, traced, view, layer.size - answers)
    about = f"the last token, {last.seen}"
    heard = [f"Layer {layer.name}, of the last token, {attending.within(last.spoken)}"]
    notes = " · ".join(choice.elided(shown, answers))
    return tell.Section(layer.name, about, heard, [table, *map(tell.heard, rest)], notes)


def _neuron_rows(
    trace: Trace, traced: LayerTrace, axis: tell.Axis, view: View
) -> tuple[list[int], tell.Table, list[str]]:
    """Return which neurons are shown, what is told of each, and of those that are left out."""
    z, a = traced.z[0], traced.a[0]
    rows = Bulk(
        *names_in_rows(trace, traced.name),
        [Values(z), Values(a)],
        a,
        axis,
        active=a > 0 if fires(traced.layer) else None,
        quiet=a == 0,
        by_hand=choice.set_in(trace, traced.name),
    )
    shown = choice.neurons_shown(a, view)
    table = tell.Table(_columns("neuron", view), chosen(rows, shown))
    return shown, table, choice.left_out(a, shown, "neuron")


def _class_rows(
    trace: Trace, traced: LayerTrace, view: View, before: int = 0
) -> tuple[list[int], tell.Table, list[str]]:
    """Return the same of classes, in the order of their neurons, the most probable one in bold.

    Of tokens, there are so many numbers `before` those of the last one, which are told.
    """
    z, a = traced.z[0][before:], traced.a[0][before:]
    shares = shares_of(traced.layer, traced.a[0])[before:]
    columns = _columns("class", view)
    apart = not np.array_equal(a, shares, equal_nan=True)  # the logarithms of shares
    if apart:
        columns.append(tell.Column("share", True, view.number_width, heard="share {}"))
    by_hand = choice.set_in(trace, traced.name)
    rows = Bulk(
        *names_in_rows(trace, traced.name, before),
        [Values(z), Values(a, signed=apart), *[Values(shares, signed=False)] * apart],
        shares,
        tell.SHARES,
        strong=choice.by_share(shares.tolist())[0],
        by_hand=[index - before for index in by_hand if index >= before],
    )
    shown = choice.classes_shown(shares.tolist(), view)
    rest = []
    if count := len(shares) - len(shown):
        left = plural(count, "more neuron")
        rest.append(f"{left}, none with a larger share; --all lists them")
    return shown, tell.Table(columns, chosen(rows, shown)), rest


def _columns(names: str, view: View) -> list[tell.Column]:
    numbers = [tell.Column(each, True, view.number_width, heard=f"{each} {{}}") for each in "za"]
    return [tell.Column(names), *numbers]


def classes_of(trace: Trace) -> LayerTrace | None:
    """Return the last layer where its neurons are classes, whose shares are drawn."""
    return trace.layers[-1] if trace.network.output.activation.kind.rowwise else None


Names: TypeAlias = "tuple[Sequence[str], Sequence[str]]"


def names_in_rows(
    trace: Trace, layer: str, before: int = 0
) -> tuple[Callable[[range], Names], Sequence[str]]:
    """Return what gives names of neurons, or inputs, as seen and as heard, and the widest ones.

    Of the first ones, so many stand `before` those that are told of.
    """
    network = trace.network
    labels, shape = labels_of(network, layer), network.shape(layer)
    position = len(f"{layer}.") if layer != "input" and len(shape) > 1 and not before else 0
    in_parts = layer == "input" and bool(network.input.named)

    def names(places: range) -> Names:
        among = range(places.start + before, places.stop + before, places.step)
        aloud = source_names(network, layer, among)
        if position:
            return [name[position:] for name in aloud], aloud
        seen = aloud if in_parts else [label(labels, place) for place in places]
        return seen, seen if layer == "input" and labels else aloud

    if in_parts:
        parts = network.input.named
        ends = [(part.stop, network.shape(name)[-1]) for name, part in parts.items()]
    else:
        ends = [(prod(shape) - before, shape[-1])]
    # of an axis, the last place has most digits; labels name places of the last
    widest = [name for stop, last in ends for name in names(range(stop - last, stop))[0]]
    return names, widest
