"""One neuron's arithmetic, term by term."""

from __future__ import annotations

import re

import numpy as np
from rich.console import RenderableType
from rich.text import Text

from nntrace.core.explain import Explanation, exact_sum
from nntrace.core.network import Network
from nntrace.errors import plural
from nntrace.write.shown import adds_up, logits_shown, parameter_values, share, terms_shown
from nntrace.write.tables.look import QUIET, STRONG, View, bar, frame, grid, number, render
from nntrace.write.tables.trace import activation_name, headline, panel_title

NARROWEST, WIDEST = 72, 120
WRITTEN_OUT = 6  # up to this many terms stand in the numeric line, where they fit


def explain_table(network: Network, explanation: Explanation, subject: str, view: View) -> str:
    """Draw how a neuron got its value: symbols first, then the numbers, then every term."""
    parts: list[RenderableType] = [headline(network, view)]
    if subject:
        parts.append(view.text(subject))
    return render(parts, view.between(NARROWEST, WIDEST)) + worked_text(network, explanation, view)


def worked_text(_: Network, explanation: Explanation, view: View) -> str:
    """Draw the same without what it is about, where that has been said."""
    view = view.between(NARROWEST, WIDEST)
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
    source = explanation.reads
    count = len(explanation.products)
    note = ", x = (input - mean) / std" if source == "x" else ""
    symbols = view.text(f"z = Σ weight × {source} + bias{note}", QUIET)
    bias, z = number(explanation.bias, view), number(explanation.z, view)
    products = explanation.products.astype(np.float64).tolist()
    total = exact_sum(products)
    numbers = f"z = {number(total, view)} ({plural(count, 'term')})  {bias} (bias) = {z}"
    if count <= WRITTEN_OUT:
        terms = [
            f"{number(weight, view)} × {_in_brackets(number(value, view, signed=False))}"
            for weight, value in zip(
                explanation.weights.tolist(), explanation.values.tolist(), strict=True
            )
        ]
        written = f"z = {'  '.join([*terms, bias])} = {z}"
        if len(written) <= (view.width or 120) - 4:
            numbers = written
    return [symbols, view.text(numbers)]


def _terms(explanation: Explanation, view: View) -> list[RenderableType]:
    """Draw the terms, largest first, the bias, and the sum, and say that they make it."""
    products = explanation.products.astype(np.float64)
    shown, rest = terms_shown(explanation, view)
    finite = np.abs(products[np.isfinite(products)])
    largest = max([abs(explanation.bias), *finite.tolist()])
    table = grid(view)
    for title, justify in (("from", "left"), ("weight", "right"), ("", "center")):
        table.add_column(title, justify=justify, overflow="fold")  # type: ignore[arg-type]
    for title, justify in (("value", "right"), ("", "center"), ("product", "right")):
        table.add_column(title, justify=justify, no_wrap=True)  # type: ignore[arg-type]
    table.add_column("", no_wrap=True, min_width=view.bar_width)
    for index in shown:
        product = float(products[index])
        table.add_row(
            view.text(explanation.sources[index]),
            number(float(explanation.weights[index]), view),
            view.text("×"),
            number(float(explanation.values[index]), view),
            "=",
            number(product, view),
            bar(product, largest, view.bar_width, view),
            style=QUIET if product == 0 else "",
        )
    if rest:
        total = exact_sum(products[rest].tolist())
        words = view.text(plural(len(rest), "other"))
        table.add_row(words, "", "", "", "", number(total, view), bar(total, largest, 20, view))
    bias_bar = bar(explanation.bias, largest, view.bar_width, view)
    table.add_row("bias", "", "", "", "", number(explanation.bias, view), bias_bar)
    table.add_section()
    table.add_row("z", "", "", "", "", number(explanation.z, view), "", style=STRONG)
    sum_check = adds_up(explanation, shown, rest, view)
    mark = {True: "✓ ", False: "✗ ", None: ""}[sum_check.good]
    return [table, view.text(mark + sum_check.words, QUIET)]


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
    labels = explanation.layer.labels
    order = logits_shown(explanation, view)
    table = grid(view)
    table.add_column(view.text(explanation.layer.name), overflow="fold")
    table.add_column("z", justify="right", no_wrap=True)
    table.add_column(view.text("e^(z − largest z)"), justify="right", no_wrap=True)
    table.add_column("", no_wrap=True, min_width=view.bar_width)
    for each in order:
        value = float(softmax.exponentials[each])
        table.add_row(
            view.text(labels[each] if labels else str(each)),
            number(float(explanation.logits[each]), view),
            number(value, view, signed=False),
            bar(value, 1, view.bar_width, view),
            style=STRONG if each == index else "",
        )
    left = len(explanation.logits) - len(order)
    if left:
        shown = exact_sum(softmax.exponentials[order].tolist())
        others = number(softmax.total - shown, view, signed=False)
        table.add_row(view.text(plural(left, "other")), "", others, "")
    table.add_section()
    table.add_row("sum", "", number(softmax.total, view, signed=False), "")
    own, total, result, logarithmic = share(explanation, view)
    line = f"a = {own} - ln({total})" if logarithmic else f"a = {own} / {total}"
    return [table, Text(""), view.text(f"{line} = {result}", STRONG)]


def _in_brackets(written: str) -> str:
    return f"({written})" if written.startswith("-") else written
