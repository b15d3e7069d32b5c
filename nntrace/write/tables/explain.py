"""One neuron's arithmetic, term by term."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
from rich.console import RenderableType
from rich.text import Text

from nntrace.analysis.explain import Explanation, exact_sum
from nntrace.core.network import Network
from nntrace.errors import plural
from nntrace.write.phrases import in_formula
from nntrace.write.shown import adds_up, elided, logits_shown, parameter_values, share, terms_shown
from nntrace.write.tables.bars import SHARES, Axis, Bar
from nntrace.write.tables.boxes import Box, Column, Row, bars_drawn, table
from nntrace.write.tables.look import QUIET, STRONG, View, frame, joined, number, render
from nntrace.write.tables.trace import activation_name, headline, neuron_name, panel_title

WIDEST = 120
WRITTEN_OUT = 6  # up to this many terms stand in the numeric line, where they fit


def explain_table(network: Network, explanation: Explanation, subject: str, view: View) -> str:
    """Draw how a neuron got its value: symbols first, then the numbers, then every term."""
    view = view.at_most(WIDEST)
    parts: list[RenderableType] = [headline(network, view)]
    if subject:
        parts.append(view.text(subject))
    return render(parts, view) + worked_text(network, explanation, view)


def worked_text(_: Network, explanation: Explanation, view: View) -> str:
    """Draw the same without what it is about, where that has been said."""
    view = view.at_most(WIDEST)
    words = f"{activation_name(explanation.layer)} · neuron {explanation.neuron.index}"
    title = panel_title(explanation.name, words, view)
    content: list[RenderableType] = [
        *_sum_lines(explanation, view),
        Text(""),
        *_terms(explanation, view),
        Text(""),
        *_activation_lines(explanation, view),
    ]
    return render([frame(title, content, view)], view)


def _sum_lines(explanation: Explanation, view: View) -> list[Text]:
    source = in_formula(explanation.reads, explanation.normalised)
    symbols = [view.text(f"z = Σ weight × {source} + bias", QUIET)]
    if explanation.normalised:
        symbols.append(view.text(f"{source} = (input - mean) / std", QUIET))
    bias, z = number(explanation.bias, view), number(explanation.z, view)
    total = exact_sum(explanation.products.astype(np.float64).tolist())
    count = plural(len(explanation.products), "term")
    numbers = [f"z = {number(total, view)} ({count})", f"{bias} (bias)", f"= {z}"]
    if len(explanation.products) <= WRITTEN_OUT:
        terms = [
            f"{number(weight, view)} × {_in_brackets(number(value, view, signed=False))}"
            for weight, value in zip(
                explanation.weights.tolist(), explanation.values.tolist(), strict=True
            )
        ]
        written = f"z = {'  '.join([*terms, bias])}"
        if len(written) + len(z) + 3 <= (view.width or WIDEST) - 4:
            numbers = [written, f"= {z}"]
    return [
        joined(symbols, ", ", view),
        joined([view.text(words) for words in numbers], " ", view),
    ]


def _terms(explanation: Explanation, view: View) -> list[RenderableType]:
    """Draw the terms, largest first, the bias, and the sum, and say that they make it."""
    products = explanation.products.astype(np.float64)
    shown, rest = terms_shown(explanation, view)
    others = exact_sum(products[rest].tolist())
    axis = Axis.of([products[shown], np.array([explanation.bias, others])])
    rows = []
    for index in shown:
        product = float(products[index])
        factors = (explanation.weights[index], explanation.values[index])
        weight, value = (number(float(factor), view) for factor in factors)
        source = view.text(explanation.sources[index])
        cells: list[Text | str] = [source, weight, view.text("×"), value, "="]
        rows.append(_line(cells, product, axis, view, QUIET if product == 0 else ""))
    if rest:
        rows.append(
            _line([view.text(plural(len(rest), "other")), "", "", "", ""], others, axis, view)
        )
    rows.append(_line(["bias", "", "", "", ""], explanation.bias, axis, view))
    rows.append(Row(["z", "", "", "", "", number(explanation.z, view)], style=STRONG))
    columns = [Column("from")]
    columns += [Column("weight", True), Column(spare=1), Column("value", True), Column(spare=1)]
    columns.append(Column("product", True))
    words = ["the largest first"] * (len(products) > 1) + ["--all shows all"] * bool(rest)
    if bars_drawn([Box(Text(), columns, rows)], view):
        words.insert(0, f"bars: {axis.words(view)}")
    below = joined([view.text(each, QUIET) for each in words], " · ", view)
    sum_check = adds_up(explanation, shown, rest, view)
    mark = {True: "✓ ", False: "✗ ", None: ""}[sum_check.good]
    return [table(columns, rows, view.inside), below, view.text(mark + sum_check.words, QUIET)]


def _line(
    cells: Sequence[Text | str], product: float, axis: Axis, view: View, style: str = ""
) -> Row:
    return Row([*cells, number(product, view)], Bar(product, axis), style)


def _activation_lines(explanation: Explanation, view: View) -> list[RenderableType]:
    kind = explanation.layer.activation.kind
    lines: list[RenderableType] = [view.text(f"a = {kind.formula}", QUIET)]
    softmax = explanation.softmax
    if softmax is not None:
        lines += _softmax_lines(explanation, view)
    elif kind.rowwise:
        largest = number(float(explanation.logits.max()), view)
        lines.append(view.text(f"the largest z of the layer is {largest}"))
    else:
        numeric = _with_numbers(kind.formula, explanation, view)
        lines.append(view.text(f"a = {numeric} = {number(explanation.computed, view)}"))
    if explanation.was_set:
        lines.append(view.text(f"set by hand: a = {number(explanation.a, view)}", STRONG))
    elif softmax is None and kind.rowwise:
        lines.append(view.text(f"a = {number(explanation.a, view)}", STRONG))
    return lines


def _with_numbers(formula: str, explanation: Explanation, view: View) -> str:
    """Put the numbers into a formula."""
    values = {"z": number(explanation.z, view, signed=False), **parameter_values(explanation)}

    # `min` and `max` are functions unless they are the parameters of that name
    def put(match: re.Match[str]) -> str:
        word = match[0]
        if word not in values:
            return word
        before, after = formula[: match.start()].rstrip(), formula[match.end() :]
        alone = before[-1:] in ("(", ",", "|", "") and after[:1] in (")", ",", "|", "")
        return values[word] if alone else _in_brackets(values[word])

    return re.sub(r"[^\W\d_]\w*(?!\()\b", put, formula)


def _softmax_lines(explanation: Explanation, view: View) -> list[RenderableType]:
    """Draw the exponentials, their sum, and the share of this neuron.

    They are taken of z minus the layer's largest z: the shares are the same, and none overflows.
    """
    softmax = explanation.softmax
    assert softmax is not None
    index = explanation.neuron.index
    shown = logits_shown(explanation, view)

    def line(each: int) -> Row:
        value = float(softmax.exponentials[each])
        cells: list[Text | str] = [
            neuron_name(explanation.layer.labels, each, view),
            number(float(explanation.logits[each]), view),
            number(value, view, signed=False),
        ]
        return Row(cells, Bar(value, SHARES), STRONG if each == index else "")

    rows = [line(each) for each in shown]
    if left := len(explanation.logits) - len(shown):
        rest = softmax.total - exact_sum(softmax.exponentials[shown].tolist())
        others = view.text(plural(left, "other"))
        rows.append(Row([others, "", number(rest, view, signed=False)], style=QUIET))
    rows.append(Row(["sum", "", number(softmax.total, view, signed=False)]))
    columns = [Column(explanation.layer.name), Column("z", True)]
    columns.append(Column("e^(z − largest z)", True))
    drawn = table(columns, rows, view.inside)
    for words in elided(shown, len(explanation.logits)):
        drawn.append("\n").append(words, QUIET)
    own, total, result, logarithmic = share(explanation, view)
    written = f"a = {own} - ln({total})" if logarithmic else f"a = {own} / {total}"
    return [drawn, Text(""), view.text(f"{written} = {result}", STRONG)]


def _in_brackets(written: str) -> str:
    return f"({written})" if written.startswith("-") else written
