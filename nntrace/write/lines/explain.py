"""One neuron's arithmetic as lines, a line a term."""

from __future__ import annotations

from math import isfinite
from typing import TYPE_CHECKING

from nntrace.core.explain import exact_sum
from nntrace.core.neurons import source_names
from nntrace.errors import plural
from nntrace.write.lines.text import about, layer_said, said, written
from nntrace.write.phrases import NORMALISED
from nntrace.write.shown import adds_up, logits_shown, parameter_values, share, terms_shown

if TYPE_CHECKING:
    from nntrace.core.explain import Explanation
    from nntrace.core.network import Network
    from nntrace.write.view import View


def explain_lines(network: Network, explanation: Explanation, subject: str, view: View) -> str:
    """Write how a neuron got its value: the formula in words, every term, the sum, the activation.

    `subject` says which row it is, and may be empty. The terms are in the order of the table.
    """
    lines = [*about(network)]
    if subject:
        lines.append(f"Given: {subject}")
    return written([*lines, ""], view) + worked_text(network, explanation, view)


def worked_text(network: Network, explanation: Explanation, view: View) -> str:
    """Write the same without what it is about, where that has been said."""
    lines = [*_place(explanation), "", *_sum(explanation, view), ""]
    return written([*lines, *_activation(network, explanation, view)], view)


def _place(explanation: Explanation) -> list[str]:
    return [
        f"Neuron: {explanation.name}",
        f"Index: {explanation.neuron.index}",
        layer_said(explanation.layer),
    ]


def _sum(explanation: Explanation, view: View) -> list[str]:
    over = explanation.reads if explanation.reads == "input" else f"layer {explanation.reads}"
    over = NORMALISED if explanation.normalised else over
    lines = [f"z is weight times value, added up over {over}, plus the bias"]
    if explanation.normalised:
        lines.append(f"{NORMALISED} is input minus mean, divided by std")
    shown, rest = terms_shown(explanation, view)
    products = [float(product) for product in explanation.products]
    for index in shown:
        weight = said(float(explanation.weights[index]), view)
        value = said(float(explanation.values[index]), view)
        product = said(products[index], view)
        name = explanation.sources[index]
        lines.append(f"{name}: weight {weight} times value {value} is {product}")
    if rest:
        total = said(exact_sum(products[index] for index in rest), view)
        lines.append(
            f"{plural(len(rest), 'other term')}, none larger: together {total}; --all lists them"
        )
    check = adds_up(explanation, shown, rest, view)
    return [
        *lines,
        f"Sum of {plural(len(products), 'term')}: {said(exact_sum(products), view)}",
        f"Bias: {said(explanation.bias, view)}",
        f"z: {said(explanation.z, view)}",
        f"{'Check failed' if check.good is False else 'Check'}: {check.words}",
    ]


def _activation(network: Network, explanation: Explanation, view: View) -> list[str]:
    kind = explanation.layer.activation.kind
    parameters = parameter_values(explanation)
    lines = [f"a is {kind.said()}"]
    computed = said(explanation.computed, view)
    if explanation.softmax is not None:
        lines += _softmax(network, explanation, view)
    elif kind.rowwise:
        lines.append(f"Largest z of the layer: {said(float(explanation.logits.max()), view)}")
        lines.append(f"a: {computed}")
    else:
        z = said(explanation.z, view, signed=False)
        minus_z = said(-explanation.z, view, signed=False)
        lines.append(f"With numbers: a is {kind.said(z=z, minus_z=minus_z, **parameters)}")
        lines.append(f"a: {computed}")
    if explanation.was_set:
        lines.append(f"Set by hand: a is {said(explanation.a, view)}")
    return lines


def _softmax(network: Network, explanation: Explanation, view: View) -> list[str]:
    """Write the exponentials, their sum, and the share of this neuron.

    They are taken of z minus the layer's largest z, as in the table: none overflows.
    """
    softmax = explanation.softmax
    assert softmax is not None
    names = source_names(network, explanation.layer.name)
    shown = logits_shown(explanation, view)
    lines = [
        f"Largest z of the layer: {said(softmax.largest, view)}",
        "d is z minus the largest z; the shares are the same with d",
    ]
    for index in shown:
        logit = said(float(explanation.logits[index]), view)
        power = said(float(softmax.exponentials[index]), view, signed=False)
        lines.append(f"{names[index]}: z {logit}, e to the power of d is {power}")
    if left := len(names) - len(shown):
        others = softmax.total - exact_sum(softmax.exponentials[shown].tolist())
        together = said(others, view, signed=False)
        lines.append(f"{plural(left, 'other')}: together {together}; --all lists them")
    lines.append(f"Sum of these: {said(softmax.total, view, signed=False)}")
    if not isfinite(softmax.total):
        return [*lines, f"a: {said(explanation.computed, view)}"]
    own, total, result, logarithmic = share(explanation, view)
    step = "minus the natural logarithm of" if logarithmic else "divided by"
    return [*lines, f"a: {own} {step} {total} is {result}"]
