"""The terms of a number: the rule, the rule with its numbers, each term, and the steps."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from nntrace.analysis.explain import Explanation, exact_sum
from nntrace.core.activation import bracketed
from nntrace.core.network import Network
from nntrace.core.op import times
from nntrace.errors import listed, plural
from nntrace.write import report as tell
from nntrace.write.choice import AddsUp, adds_up, biased, steps_end, terms_shown
from nntrace.write.reports.net import NORMALISED, in_formula
from nntrace.write.reports.places import named
from nntrace.write.view import View, number, said

WRITTEN_OUT = 6  # up to this many terms stand in the numeric line, where they fit

# Which terms come first, and what is said of those that are left out.
_ORDER = {"min": "the smallest first", "product": "as they are read"}


def rule(network: Network, explanation: Explanation) -> list[tell.Item]:
    """Tell how numbers of the layer come about: of a dense one in words, else by its formula."""
    source = in_formula(explanation.reads, explanation.normalised)
    scaled = tell.Words(
        f"{source} = (input - mean) / std",
        f"{NORMALISED} is input minus mean, divided by std",
        "quiet",
    )
    layer = explanation.layer
    if layer.dense is not None and len(layer.reads) == 1:
        over = explanation.reads if explanation.reads == "input" else f"layer {explanation.reads}"
        over = NORMALISED if explanation.normalised else over
        words = tell.Words(
            f"z = Σ weight × {source} + bias",
            f"z is weight times value, added up over {over}, plus the bias",
            "quiet",
        )
        return [tell.Line([words, scaled][: 1 + explanation.normalised], gap=", ")]
    reads = listed([f"{name} ({times(network.shape(name))})" for name in layer.reads])
    return [
        tell.Line([tell.Words(layer.op.FORMULA, f"Rule: {layer.op.DOC}", "quiet")]),
        tell.Line([tell.Words(f"reads {reads}", f"Reads {reads}", "quiet")]),
        *[tell.Line([scaled])] * explanation.normalised,
    ]


def plain(explanation: Explanation) -> bool:
    """Whether the terms are what is read as it is, in a layer without weights of its own."""
    return explanation.layer.dense is None and bool((explanation.weights == 1).all())


def in_numbers(explanation: Explanation, view: View, widest: int) -> tell.Line:
    """Write the rule with its numbers: of a few terms all of them, where they fit a line."""
    how, alone = explanation.how, plain(explanation)
    bias, z = number(explanation.bias, view), number(explanation.z, view)
    total = exact_sum(explanation.products.astype(np.float64).tolist())
    count = plural(len(explanation.products), "term")
    ends = [f"{bias} (bias)"] * biased(explanation) + [f"= {z}"]
    first = f"{number(total, view)} ({count})" if how == "sum" else f"{how} of {count}"
    numbers = [f"z = {first}", *ends]
    if len(explanation.products) <= WRITTEN_OUT:
        terms = [
            number(value, view, signed=how == "sum")
            if alone
            else f"{number(weight, view)} × {bracketed(number(value, view, signed=False))}"
            for weight, value in zip(
                explanation.weights.tolist(), explanation.values.tolist(), strict=True
            )
        ]
        if how == "sum" or not terms:
            told = "  ".join([*terms, *[bias] * biased(explanation)])
        elif how == "product":
            told = " × ".join(map(bracketed, terms))
        else:
            told = f"{how}({', '.join(terms)})"
        if len(told) + len(z) + 7 <= (view.width or widest):
            numbers = [f"z = {told}", f"= {z}"]
    return tell.Line([tell.Words(words, "") for words in numbers], gap=" ")


def terms_told(network: Network, explanation: Explanation, view: View) -> list[tell.Item]:
    """Tell the terms, largest first, the bias, and what they make, and say that they make it."""
    products = explanation.products.astype(np.float64)
    how, alone = explanation.how, plain(explanation)
    shown, rest = terms_shown(explanation, view)
    total, others = exact_sum(products.tolist()), exact_sum(products[rest].tolist())
    additive = how in ("sum", "mean")
    with_bias = biased(explanation)
    axis = tell.Axis.of([products[shown], np.array([explanation.bias, others * additive])])
    neurons = explanation.neurons if network.input.text else []

    def across(name: str, value: float | None) -> list[tell.Cell]:
        cell: tell.Cell = "" if value is None else tell.Number(value)
        return [name, *[""] * (0 if alone else 4), cell]

    rows = []
    for rank, index in enumerate(shown):
        product = float(products[index])
        name = explanation.sources[index]
        if neurons:
            name = named(network, neurons[index], name, explanation.tokens)
        cells: list[tell.Cell] = [name, tell.Number(product)]
        if not alone:
            weight, value = float(explanation.weights[index]), float(explanation.values[index])
            cells = [name, tell.Number(weight), "×", tell.Number(value), "=", tell.Number(product)]
        quiet = product == 0 if additive else rank > 0 and how != "product"
        rows.append(tell.Row(cells, tell.Bar(product, axis), "quiet" if quiet else ""))
    if rest:
        left = plural(len(rest), "other")
        spoken = (
            f"{plural(len(rest), 'other term')}, none {'smaller' if how == 'min' else 'larger'}"
        )
        row = tell.Row(across(left, None), None, "quiet")
        if additive:
            spoken += f": together {said(others, view)}"
            row = tell.Row(across(left, others), tell.Bar(others, axis))
        rows.append(row._replace(heard=f"{spoken}; --all lists them"))
    summed = f"Sum of {plural(len(products), 'term')}: {said(total, view)}"
    bias = f"Bias: {said(explanation.bias, view)}"
    if with_bias:
        rows.append(
            tell.Row(
                across("bias", explanation.bias), tell.Bar(explanation.bias, axis), heard=summed
            )
        )
    if how == "mean":
        mean = f"sum / {len(products)}"
        rows.insert(len(rows) - with_bias, tell.Row(across(mean, total / max(1, len(products)))))
    rows.append(
        tell.Row(across("z", explanation.z), None, "strong", heard=bias if with_bias else "")
    )
    check = adds_up(explanation, shown, rest, view)
    below = [tell.Words(f"bars: {axis.words(view)}", "", "quiet", only_with=tell.BARS)]
    below += [tell.Words(_ORDER.get(how, "the largest first"), "", "quiet")] * (len(products) > 1)
    below += [tell.Words("--all shows all", "", "quiet")] * bool(rest)
    return [
        tell.Table(_columns(explanation, alone), rows, joint=" "),
        tell.Line(below, gap=" · "),
        *[tell.heard(summed)] * (additive and not with_bias and len(products) > 1),
        tell.heard(f"z: {said(explanation.z, view)}"),
        _checked(check),
    ]


def _columns(explanation: Explanation, alone: bool) -> list[tell.Column]:
    if alone:
        return [tell.Column("from"), tell.Column("value", True, heard="{}")]
    weight = explanation.layer.op.WEIGHT
    return [
        tell.Column("from"),
        tell.Column(weight, True, heard=f"{weight} {{}}"),
        tell.Column(spare=1, heard=""),
        tell.Column("value", True, heard="times value {}"),
        tell.Column(spare=1, heard=""),
        tell.Column("product", True, heard="is {}"),
    ]


def _checked(check: AddsUp) -> tell.Line:
    mark = {True: "✓ ", False: "✗ ", None: ""}[check.good]
    sentence = f"{'Check failed' if check.good is False else 'Check'}: {check.words}"
    return tell.line(mark + check.words, sentence, "quiet")


def steps_told(explanation: Explanation, view: View) -> list[tell.Item]:
    """Tell the steps in which the number is made, in order, and say that the last is z."""
    rows = [
        tell.Row(
            [
                tell.Words(step.name, emphasis=_last(place, explanation.steps)),
                tell.Number(step.value),
                tell.Words(step.formula, emphasis="quiet"),
            ]
        )
        for place, step in enumerate(explanation.steps)
    ]
    columns = [
        tell.Column("step"),
        tell.Column("value", True),
        tell.Column("how", short="breaks"),
    ]
    return [tell.Table(columns, rows), _checked(steps_end(explanation))]


def _last(place: int, steps: Sequence[object]) -> tell.Emphasis:
    return "strong" if place == len(steps) - 1 else ""
