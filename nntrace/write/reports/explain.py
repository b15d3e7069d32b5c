"""One neuron's arithmetic: symbols first, then the numbers, every term, and the activation."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import isfinite

import numpy as np

from nntrace.analysis.explain import Explanation, exact_sum
from nntrace.analysis.paths import Tree
from nntrace.core.batch import TracedBatch
from nntrace.core.names import Neuron, source_names
from nntrace.core.network import Network
from nntrace.errors import plural
from nntrace.write import report as tell
from nntrace.write.choice import elided, logits_shown, parameter_values, share
from nntrace.write.reports.gates import gates_told
from nntrace.write.reports.net import about_row, activation_seen, label, layer_said
from nntrace.write.reports.paths import tree_told
from nntrace.write.reports.places import TOKEN, axis_words, named, place_words
from nntrace.write.reports.terms import in_numbers, rule, steps_told, terms_told
from nntrace.write.reports.windows import window_told
from nntrace.write.view import View, number, said

WIDEST = 120


def explained_reports(
    explanations: Sequence[tuple[Explanation, TracedBatch]],
    view: View,
    trees: Sequence[Tree] = (),
) -> Iterator[tell.Report]:
    """Tell how a neuron got its values in rows, each of a batch; and, where there are trees, where
    it comes from."""
    for place, (explanation, batch) in enumerate(explanations):
        network = batch.trace.network
        items = [tell.Blank(seen=False)] * (place > 0) + about_row(batch, explanation.row)
        items += worked_report(network, explanation, view).items
        for tree in trees[place : place + 1]:
            items.append(tree_told(network, explanation, tree, view.at_most(WIDEST)))
        yield tell.Report(items, view.at_most(WIDEST))


def worked_report(network: Network, explanation: Explanation, view: View) -> tell.Report:
    """Tell the same without what it is about, where that has been said."""
    view = view.at_most(WIDEST)
    layer, index = explanation.layer, explanation.neuron.index
    about, told = f"{activation_seen(layer)} · neuron {index}", [f"Index: {index}"]
    if layer.dense is None or layer.positional:
        place = place_words(layer, explanation.position, explanation.tokens)
        about = " · ".join([layer.op.called, activation_seen(layer), ", ".join(place)])
        told += [f"Place: {', '.join(place)}", f"Kind: {layer.op.called}"]
    section = tell.Section(
        explanation.name,
        about,
        [f"Neuron: {explanation.name}", *told, layer_said(layer)],
        [
            tell.Blank(seen=False),
            *rule(network, explanation),
            *_arithmetic(network, explanation, view),
            tell.Blank(),
            *_activation(network, explanation, view),
        ],
    )
    return tell.Report([section], view)


def _arithmetic(network: Network, explanation: Explanation, view: View) -> list[tell.Item]:
    """Tell the terms, or the steps, or both: a number made of one term by its steps first."""
    blank = tell.Blank(heard=False)
    steps = [blank, *steps_told(explanation, view)] if explanation.steps else []
    count = len(explanation.products)
    if steps and not count:
        return [*steps, *gates_told(network, explanation, view)]
    terms = [
        in_numbers(explanation, view.inside, WIDEST - 4),
        *window_told(network, explanation, view.inside),
        blank,
        *terms_told(network, explanation, view),
    ]
    return [*terms, *steps] if count > 1 or not steps else [*steps, blank, *terms]


# ---- the activation ----


def _activation(network: Network, explanation: Explanation, view: View) -> list[tell.Item]:
    kind, whole = explanation.layer.activation.kind, _row_word(explanation)
    items: list[tell.Item] = [tell.line(f"a = {kind.formula}", f"a is {kind.said()}", "quiet")]
    computed, spoken = number(explanation.computed, view), said(explanation.computed, view)
    a = number(explanation.a, view)
    if explanation.softmax is not None:
        items += _softmax(network, explanation, view)
    elif kind.rowwise:
        largest = float(explanation.logits.max())
        items.append(
            tell.line(
                f"the largest z of the {whole} is {number(largest, view)}",
                f"Largest z of the {whole}: {said(largest, view)}",
            )
        )
        items.append(tell.line("" if explanation.was_set else f"a = {a}", f"a: {spoken}", "strong"))
    else:
        parameters = parameter_values(explanation)
        z, minus_z = (said(sign * explanation.z, view, signed=False) for sign in (1, -1))
        with_numbers = kind.said(z=z, minus_z=minus_z, **parameters)
        written = {"z": number(explanation.z, view, signed=False), **parameters}
        numeric = kind.with_numbers(written)
        if numeric == number(explanation.computed, view, signed=False):  # z as it is
            items.append(tell.line(f"a = {computed}", ""))
        else:
            told = f"With numbers: a is {with_numbers}"
            items.append(tell.line(f"a = {numeric} = {computed}", told))
        items.append(tell.heard(f"a: {spoken}"))
    if explanation.was_set:
        by_hand = f"Set by hand: a is {said(explanation.a, view)}"
        items.append(tell.line(f"set by hand: a = {a}", by_hand, "strong"))
    return items


def _softmax(network: Network, explanation: Explanation, view: View) -> list[tell.Item]:
    """Tell the exponentials, their sum, and the share of this neuron.

    They are taken of z minus the layer's largest z: the shares are the same, and none overflows.
    """
    softmax = explanation.softmax
    assert softmax is not None
    layer, index = explanation.layer, explanation.place
    first = explanation.neuron.index - index
    neurons = [Neuron(layer.name, first + at) for at in range(layer.shape[-1])]
    names = source_names(network, layer.name, [neuron.index for neuron in neurons])
    names = [
        named(network, neuron, name, explanation.tokens)
        for neuron, name in zip(neurons, names, strict=True)
    ]
    shown = logits_shown(explanation, view)
    masked = np.isneginf(explanation.logits) & layer.op.masked
    rows = []
    for each in shown:
        value = float(softmax.exponentials[each])
        emphasis: tell.Emphasis = "strong" if each == index else ""
        name = tell.Words(_short(explanation, each), names[each])
        logit = tell.Number(float(explanation.logits[each]))
        rows.append(
            tell.Row(
                [name, logit, tell.Number(value, signed=False)],
                tell.Bar(value, tell.SHARES),
                emphasis,
                mark=" (masked)" * bool(masked[each]),
                heard_too="masked" * bool(masked[each]),
            )
        )
    if left := len(names) - len(shown):
        rest = softmax.total - exact_sum(softmax.exponentials[shown].tolist())
        others = plural(left, "other")
        spoken = f"{others}: together {said(rest, view, signed=False)}; --all lists them"
        rows.append(
            tell.Row([others, "", tell.Number(rest, False)], emphasis="quiet", heard=spoken)
        )
    total = f"Sum of these: {said(softmax.total, view, signed=False)}"
    rows.append(tell.Row(["sum", "", tell.Number(softmax.total, signed=False)], heard=total))
    title = ".".join([layer.name, *map(str, explanation.position[:-1])])
    columns = [
        tell.Column(title),
        tell.Column("z", True, heard="z {}"),
        tell.Column("e^(z − largest z)", True, heard="e to the power of d is {}"),
    ]
    own, total, result, logarithmic = share(explanation, view)
    written = f"a = {own} - ln({total})" if logarithmic else f"a = {own} / {total}"
    step = "minus the natural logarithm of" if logarithmic else "divided by"
    spoken = f"a: {own} {step} {total} is {result}"
    if not isfinite(softmax.total):
        spoken = f"a: {said(explanation.computed, view)}"
    return [
        tell.heard(f"Largest z of the {_row_word(explanation)}: {said(softmax.largest, view)}"),
        tell.heard("d is z minus the largest z; the shares are the same with d"),
        tell.Table(columns, rows),
        *(tell.seen(words, "quiet") for words in elided(shown, len(names))),
        tell.Blank(heard=False),
        tell.line(f"{written} = {result}", spoken, "strong"),
    ]


def _row_word(explanation: Explanation) -> str:
    """Say along what softmax and the like work."""
    return "row" if explanation.layer.positional else "layer"


def _short(explanation: Explanation, place: int) -> str:
    """Name a number of the row that a softmax shares out: by its label, or its token."""
    layer, tokens = explanation.layer, explanation.tokens
    if layer.labels is None and axis_words(layer)[-1].endswith(TOKEN) and place < len(tokens):
        return f"{place} '{tokens[place]}'"
    return label(layer.labels, place)
