"""The terms of a number: the rule, the rule with its numbers, each term, and the steps."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from nntrace.analysis.explain import Explanation, exact_sum, put_together
from nntrace.core.activation import bracketed
from nntrace.core.network import Network
from nntrace.core.op import times
from nntrace.errors import listed, plural
from nntrace.write import report as tell
from nntrace.write.choice import AddsUp, adds_up, biased, steps_end, terms_shown
from nntrace.write.reports.net import NORMALISED, formula_seen, in_formula
from nntrace.write.reports.places import named
from nntrace.write.view import View, number, said

LONGEST_NAME = 32  # columns that what a term reads may take beside its numbers
WRITTEN_OUT = 6  # up to this many terms stand in the numeric line, where they fit

_LARGEST = "the largest first"
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
        tell.Line([tell.Words(formula_seen(network, layer), f"Rule: {layer.op.DOC}", "quiet")]),
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
    ends = [f"{bias} ({explanation.layer.op.BIAS})"] * biased(explanation) + [f"= {z}"]
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
        if told == z:
            numbers = [f"z = {z}"]
        elif len(told) + len(z) + 7 <= (view.width or widest):
            numbers = [f"z = {told}", f"= {z}"]
    return tell.Line([tell.Words(words, "") for words in numbers], gap=" ")


def terms_told(network: Network, explanation: Explanation, view: View) -> list[tell.Item]:
    """Tell the terms, those first that count most, and what they make, and that they make it."""
    shown, rest = terms_shown(explanation, view)
    products = explanation.products.astype(np.float64)
    others = exact_sum(products[rest].tolist()) if _additive(explanation) else 0.0
    axis = tell.Axis.of([products[shown], np.array([explanation.bias, others])])
    rows = _term_rows(network, explanation, shown, axis)
    columns = _columns(explanation)
    if explanation.layer.dense is None:  # whose names have a layer, a place and a token
        names = [view.text(str(row.cells[0])).cell_len for row in rows]
        columns[0] = columns[0]._replace(least=min(LONGEST_NAME, max(names, default=0)))
    if rest:
        rows.append(_rest_row(explanation, len(rest), others, axis, view))
    summed = f"Sum of {plural(len(products), 'term')}: {_total(explanation, view)}"
    told_alone = _additive(explanation) and not biased(explanation) and len(products) > 1
    return [
        tell.Table(columns, [*rows, *_end_rows(explanation, summed, axis, view)], joint=" "),
        tell.Line(_below(explanation, bool(rest), axis, view), gap=" · "),
        *[tell.heard(summed)] * told_alone,
        tell.heard(f"z: {said(explanation.z, view)}"),
        _checked(adds_up(explanation, shown, rest, view)),
    ]


def _additive(explanation: Explanation) -> bool:
    """Whether the terms are added up."""
    return explanation.how in ("sum", "mean")


def _total(explanation: Explanation, view: View) -> str:
    return said(exact_sum(explanation.products.astype(np.float64).tolist()), view)


def _term_rows(
    network: Network, explanation: Explanation, shown: Sequence[int], axis: tell.Axis
) -> list[tell.Row]:
    """Make a row of each term, in quiet where it makes no difference."""
    alone = plain(explanation)
    neurons = explanation.neurons if network.input.text else []
    rows = []
    for rank, index in enumerate(shown):
        product, name = float(explanation.products[index]), explanation.sources[index]
        if neurons:
            name = named(network, neurons[index], name, explanation.tokens)
        cells: list[tell.Cell] = [name, tell.Number(product)]
        if not alone:
            weight, value = float(explanation.weights[index]), float(explanation.values[index])
            cells = [name, tell.Number(weight), "×", tell.Number(value), "=", tell.Number(product)]
        lost = rank > 0 and explanation.how in ("max", "min")
        quiet = lost or (product == 0 and _additive(explanation))
        rows.append(tell.Row(cells, tell.Bar(product, axis), "quiet" if quiet else ""))
    return rows


def _rest_row(
    explanation: Explanation, count: int, others: float, axis: tell.Axis, view: View
) -> tell.Row:
    """Say how many terms are left out, and what they come to where they are added up."""
    spoken = f"{plural(count, 'other term')}, none "
    spoken += "smaller" if explanation.how == "min" else "larger"
    if not _additive(explanation):
        row = tell.Row([plural(count, "other")], None, "quiet")
        return row._replace(heard=f"{spoken}; --all lists them")
    row = tell.Row(_across(explanation, plural(count, "other"), others), tell.Bar(others, axis))
    return row._replace(heard=f"{spoken}: together {said(others, view)}; --all lists them")


def _end_rows(
    explanation: Explanation, summed: str, axis: tell.Axis, view: View
) -> Iterator[tell.Row]:
    """Make the rows of what the terms make: their mean, the bias and z."""
    count = len(explanation.products)
    if explanation.how == "mean" and count:
        mean = put_together(explanation.products.astype(np.float64).tolist(), "mean")
        yield tell.Row(_across(explanation, f"sum / {count}", mean))
    spoken = ""
    if biased(explanation):
        bias, called = explanation.bias, explanation.layer.op.BIAS
        yield tell.Row(_across(explanation, called, bias), tell.Bar(bias, axis), heard=summed)
        spoken = f"{called.capitalize()}: {said(bias, view)}"
    yield tell.Row(_across(explanation, "z", explanation.z), None, "strong", heard=spoken)


def _across(explanation: Explanation, name: str, value: float) -> list[tell.Cell]:
    """Make the cells of a row that has a product alone."""
    return [name, *[""] * (0 if plain(explanation) else 4), tell.Number(value)]


def _below(
    explanation: Explanation, shortened: bool, axis: tell.Axis, view: View
) -> list[tell.Words]:
    count = len(explanation.products)
    words = [tell.Words(f"bars: {axis.words(view)}", "", "quiet", only_with=tell.BARS)]
    words += [tell.Words(_ORDER.get(explanation.how, _LARGEST), "", "quiet")] * (count > 1)
    words += [tell.Words("--all shows all", "", "quiet")] * shortened
    padded = explanation.layer.op.WINDOWED and not count
    return words + [tell.Words("all that it would read is padding", emphasis="quiet")] * padded


def _columns(explanation: Explanation) -> list[tell.Column]:
    if plain(explanation):
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
