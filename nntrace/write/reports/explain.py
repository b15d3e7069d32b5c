"""One neuron's arithmetic: symbols first, then the numbers, every term, and the activation."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import isfinite

import numpy as np

from nntrace.analysis.explain import Explanation, exact_sum
from nntrace.core.activation import bracketed
from nntrace.core.batch import TracedBatch
from nntrace.core.names import source_names
from nntrace.core.network import Network
from nntrace.errors import plural
from nntrace.write import report as tell
from nntrace.write.choice import adds_up, elided, logits_shown, parameter_values, share, terms_shown
from nntrace.write.reports.net import (
    NORMALISED,
    about,
    activation_seen,
    in_formula,
    label,
    layer_said,
    subject,
)
from nntrace.write.view import View, number, said

WIDEST = 120
WRITTEN_OUT = 6  # up to this many terms stand in the numeric line, where they fit


def explained_reports(
    explanations: Sequence[tuple[Explanation, TracedBatch]], view: View
) -> Iterator[tell.Report]:
    """Tell how a neuron got its values in rows, each of a batch."""
    for place, (explanation, batch) in enumerate(explanations):
        network = batch.trace.network
        items = [tell.Blank(seen=False)] * (place > 0) + about(network)
        if given := subject(batch, explanation.row):
            items.append(tell.line(" · ".join(given), f"Given: {', '.join(given)}"))
        items += worked_report(network, explanation, view).items
        yield tell.Report(items, view.at_most(WIDEST))


def worked_report(network: Network, explanation: Explanation, view: View) -> tell.Report:
    """Tell the same without what it is about, where that has been said."""
    view = view.at_most(WIDEST)
    layer, index = explanation.layer, explanation.neuron.index
    section = tell.Section(
        explanation.name,
        f"{activation_seen(layer)} · neuron {index}",
        [f"Neuron: {explanation.name}", f"Index: {index}", layer_said(layer)],
        [
            tell.Blank(seen=False),
            *_sum_in_symbols(explanation),
            _sum_in_numbers(explanation, view.inside),
            tell.Blank(heard=False),
            *_terms(explanation, view),
            tell.Blank(),
            *_activation(network, explanation, view),
        ],
    )
    return tell.Report([section], view)


# ---- the sum ----


def _sum_in_symbols(explanation: Explanation) -> list[tell.Item]:
    source = in_formula(explanation.reads, explanation.normalised)
    over = explanation.reads if explanation.reads == "input" else f"layer {explanation.reads}"
    over = NORMALISED if explanation.normalised else over
    words = [
        tell.Words(
            f"z = Σ weight × {source} + bias",
            f"z is weight times value, added up over {over}, plus the bias",
            "quiet",
        )
    ]
    if explanation.normalised:
        spoken = f"{NORMALISED} is input minus mean, divided by std"
        words.append(tell.Words(f"{source} = (input - mean) / std", spoken, "quiet"))
    return [tell.Line(words, gap=", ")]


def _sum_in_numbers(explanation: Explanation, view: View) -> tell.Line:
    """Write the sum with its numbers: of a few terms all of them, where they fit a line."""
    bias, z = number(explanation.bias, view), number(explanation.z, view)
    total = exact_sum(explanation.products.astype(np.float64).tolist())
    count = plural(len(explanation.products), "term")
    numbers = [f"z = {number(total, view)} ({count})", f"{bias} (bias)", f"= {z}"]
    if len(explanation.products) <= WRITTEN_OUT:
        terms = [
            f"{number(weight, view)} × {bracketed(number(value, view, signed=False))}"
            for weight, value in zip(
                explanation.weights.tolist(), explanation.values.tolist(), strict=True
            )
        ]
        written = f"z = {'  '.join([*terms, bias])}"
        if len(written) + len(z) + 3 <= (view.width or WIDEST - 4):
            numbers = [written, f"= {z}"]
    return tell.Line([tell.Words(words, "") for words in numbers], gap=" ")


def _terms(explanation: Explanation, view: View) -> list[tell.Item]:
    """Tell the terms, largest first, the bias, and the sum, and say that they make it."""
    products = explanation.products.astype(np.float64)
    shown, rest = terms_shown(explanation, view)
    total, others = exact_sum(products.tolist()), exact_sum(products[rest].tolist())
    axis = tell.Axis.of([products[shown], np.array([explanation.bias, others])])
    rows = []
    for index in shown:
        product = float(products[index])
        weight, value = float(explanation.weights[index]), float(explanation.values[index])
        name = explanation.sources[index]
        cells: list[tell.Cell] = [
            name,
            tell.Number(weight),
            "×",
            tell.Number(value),
            "=",
            tell.Number(product),
        ]
        rows.append(tell.Row(cells, tell.Bar(product, axis), "quiet" if product == 0 else ""))
    left = plural(len(rest), "other")
    if rest:
        spoken = f"{plural(len(rest), 'other term')}, none larger: together {said(others, view)}"
        row = tell.Row([left, "", "", "", "", tell.Number(others)], tell.Bar(others, axis))
        rows.append(row._replace(heard=f"{spoken}; --all lists them"))
    rows.append(
        tell.Row(
            ["bias", "", "", "", "", tell.Number(explanation.bias)],
            tell.Bar(explanation.bias, axis),
            heard=f"Sum of {plural(len(products), 'term')}: {said(total, view)}",
        )
    )
    bias = f"Bias: {said(explanation.bias, view)}"
    rows.append(
        tell.Row(["z", "", "", "", "", tell.Number(explanation.z)], None, "strong", heard=bias)
    )
    columns = [
        tell.Column("from"),
        tell.Column("weight", True, heard="weight {}"),
        tell.Column(spare=1, heard=""),
        tell.Column("value", True, heard="times value {}"),
        tell.Column(spare=1, heard=""),
        tell.Column("product", True, heard="is {}"),
    ]
    below = [tell.Words(f"bars: {axis.words(view)}", "", "quiet", only_with=tell.BARS)]
    below += [tell.Words("the largest first", "", "quiet")] * (len(products) > 1)
    below += [tell.Words("--all shows all", "", "quiet")] * bool(rest)
    check = adds_up(explanation, shown, rest, view)
    mark = {True: "✓ ", False: "✗ ", None: ""}[check.good]
    sentence = f"{'Check failed' if check.good is False else 'Check'}: {check.words}"
    return [
        tell.Table(columns, rows, joint=" "),
        tell.Line(below, gap=" · "),
        tell.heard(f"z: {said(explanation.z, view)}"),
        tell.line(mark + check.words, sentence, "quiet"),
    ]


# ---- the activation ----


def _activation(network: Network, explanation: Explanation, view: View) -> list[tell.Item]:
    kind = explanation.layer.activation.kind
    items: list[tell.Item] = [tell.line(f"a = {kind.formula}", f"a is {kind.said()}", "quiet")]
    computed, spoken = number(explanation.computed, view), said(explanation.computed, view)
    a = number(explanation.a, view)
    if explanation.softmax is not None:
        items += _softmax(network, explanation, view)
    elif kind.rowwise:
        largest = float(explanation.logits.max())
        items.append(
            tell.line(
                f"the largest z of the layer is {number(largest, view)}",
                f"Largest z of the layer: {said(largest, view)}",
            )
        )
        items.append(tell.line("" if explanation.was_set else f"a = {a}", f"a: {spoken}", "strong"))
    else:
        parameters = parameter_values(explanation)
        z, minus_z = (said(sign * explanation.z, view, signed=False) for sign in (1, -1))
        with_numbers = kind.said(z=z, minus_z=minus_z, **parameters)
        written = {"z": number(explanation.z, view, signed=False), **parameters}
        numeric = kind.with_numbers(written)
        items.append(tell.line(f"a = {numeric} = {computed}", f"With numbers: a is {with_numbers}"))
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
    layer, index = explanation.layer, explanation.neuron.index
    names = source_names(network, layer.name)
    shown = logits_shown(explanation, view)
    rows = []
    for each in shown:
        value = float(softmax.exponentials[each])
        emphasis: tell.Emphasis = "strong" if each == index else ""
        name = tell.Words(label(layer.labels, each), names[each])
        logit = tell.Number(float(explanation.logits[each]))
        rows.append(
            tell.Row(
                [name, logit, tell.Number(value, signed=False)],
                tell.Bar(value, tell.SHARES),
                emphasis,
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
    columns = [
        tell.Column(layer.name),
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
        tell.heard(f"Largest z of the layer: {said(softmax.largest, view)}"),
        tell.heard("d is z minus the largest z; the shares are the same with d"),
        tell.Table(columns, rows),
        *(tell.seen(words, "quiet") for words in elided(shown, len(names))),
        tell.Blank(heard=False),
        tell.line(f"{written} = {result}", spoken, "strong"),
    ]
