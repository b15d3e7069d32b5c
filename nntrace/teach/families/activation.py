"""Questions about activations: what one makes of a z, and how many neurons it lets through."""

from __future__ import annotations

from collections.abc import Iterator
from math import exp, tanh

from nntrace.core.activation import Over
from nntrace.core.network import Layer
from nntrace.teach.families.candidate import Answer, Candidate, Fact, number_question
from nntrace.teach.families.case import (
    MANY,
    Case,
    LayerRow,
    digits_for,
    digits_for_count,
    formula,
    inside,
    say,
    vector,
    with_numbers,
)
from nntrace.teach.grading import to_three


def a(case: Case) -> Candidate | None:
    """Ask for what a neuron's activation makes of its z, which is given."""
    traced = case.draw_layer(_has_own_activation)
    if traced is None:
        return None
    layer = traced.layer
    index = case.draw.below(layer.size)
    z, right = traced.z[index], traced.a[index]
    digits = digits_for(right, lambda r: traced.activated(index, r(z), r))
    if digits is None or case.set_by_hand(layer.name, index):
        return None
    name, kind = case.name(layer.name, index), layer.activation.kind
    filled = f"a = {with_numbers(traced, index, z, digits)}"
    return number_question(
        case.draw,
        f"For {case.called}, the z of {name} is `{say(z, digits)}`.\n"
        f"Its activation is {kind.name}: {formula(traced, index, digits)}.\n"
        f"What is its output a",
        Answer(right, f"{kind.name} of `{say(z, digits)}`: `{filled} = {to_three(right)}`."),
        _mistakes_in_a(case, traced, index, digits),
        (
            f"An activation makes the neuron's output of its z. Here it is {kind.name}.",
            formula(traced, index, digits),
            f"`{filled}`",
        ),
        Fact("a", layer.name, index, row=case.row),
        shows=[Fact("z", layer.name, index, row=case.row)],
        may_show=True,  # many an activation lets a z through as it is
        neuron=case.plain_name(layer.name, index),
    )


def _has_own_activation(layer: Layer) -> bool:
    """Whether a neuron's a is something else than its z, and needs no other z."""
    kind = layer.activation.kind
    return not kind.rowwise and not kind.identity


def _mistakes_in_a(case: Case, traced: LayerRow, index: int, digits: int) -> Iterator[Answer]:
    z, act = traced.z[index], traced.layer.activation.name
    yield Answer(z, f"That is z itself, as if {act} had been left out.")
    yield Answer(
        traced.activated(index, -z),
        f"That is what {act} makes of `{say(-z, digits)}`. The sign of z got lost.",
    )
    if z < 0:
        yield Answer(-z, f"That is z without its sign, which is something else than {act}.")
    if act != "relu":
        yield Answer(max(0.0, z), f"That is what relu would give. Here it is {act}.")
    if act != "sigmoid" and abs(z) < 500:
        yield Answer(1 / (1 + exp(-z)), f"That is what sigmoid would give. Here it is {act}.")
    if act != "tanh":
        yield Answer(tanh(z), f"That is what tanh would give. Here it is {act}.")
    if act != "step":
        yield Answer(float(z > 0), f"A step would give that: 1 above 0, else 0. Here it is {act}.")
    for beside in (index - 1, index + 1):
        name = traced.layer.name
        if 0 <= beside < traced.layer.size and not case.set_by_hand(name, beside):
            told = f"That is the output of the neuron beside it, {case.name(name, beside)}."
            yield Answer(traced.a[beside], told)


def active(case: Case) -> Candidate | None:
    """Ask how many neurons of a layer that falls silent are active; of a wide one, of a stretch."""
    traced = case.draw_layer(_falls_silent)
    if traced is None:
        return None
    layer, act = traced.layer, traced.layer.activation.name
    start, count = 0, layer.size
    if count > MANY:
        start, count = case.draw.below(layer.size - 7), 8
    stretch = range(start, start + count)
    if any(case.set_by_hand(layer.name, i) for i in stretch):
        return None
    z = [traced.z[i] for i in stretch]
    rule = layer.activation.kind.active
    assert isinstance(rule, Over)  # what falls silent takes each z by itself
    limit = rule.value(layer.activation.parameters)
    right = sum(traced.a[i] > 0 for i in stretch)
    digits = digits_for_count(right, lambda r: sum(r(each) > r(limit) for each in z))
    if digits is None:
        return None
    first, last = (case.name(layer.name, i) for i in (start, start + count - 1))
    which = f"the {count} neurons of {case.layer(layer.name)}"
    if count < layer.size:
        which = f"{first} to {last}, {count} neurons,"
    over = f"`{say(limit, digits)}`"
    biases = [traced.bias(i) for i in stretch]
    wrong = [
        Answer(count - right, f"That counts the others: those whose z is {over} or less."),
        Answer(count, f"That is how many there are. Those whose z is over {over} are active."),
        Answer(0, f"Some z is over {over}, and that makes its neuron active."),
        Answer(
            sum(bias > 0 for bias in biases),
            "That counts the positive biases. It is z that decides, after the whole sum.",
        ),
        Answer(max(0, right - 1), "One is missing. Go through the list once more, z by z."),
        Answer(min(count, right + 1), "That is one too many. Go through the list once more."),
    ]
    if count == layer.size:
        came = sum(value > 0 for value in traced.reads)
        wrong.append(Answer(came, "That counts the positive numbers that come in."))
    if limit:
        wrong.insert(0, Answer(sum(each > 0 for each in z), "That counts from 0, not from alpha."))
    return number_question(
        case.draw,
        f"For {case.called}, {which} have the z\n"
        f"{vector(z, digits)}.\nTheir activation is {act}: `a = {layer.activation.kind.formula}`"
        + (f" with `alpha = {say(limit, digits)}`" if isinstance(rule.limit, str) else "")
        + ".\nA neuron is active where its a is over 0. How many are",
        Answer(right, f"Of the {count} z, {right} {'is' if right == 1 else 'are'} over {over}."),
        wrong,
        (
            f"{act} lets a z through that is over {over}.",
            f"Active means `z > {say(limit, digits)}`, so count those.",
            "Is it over? " + ", ".join(f"`{say(each, digits)} > {inside(limit)}`" for each in z),
        ),
        Fact("active", layer.name, start, row=case.row),
        shows=[Fact("z", layer.name, i, row=case.row) for i in stretch],
        whole=True,
    )


def _falls_silent(layer: Layer) -> bool:
    """Whether its neurons are active just where z is over a limit."""
    if layer.size < 2 or layer.activation.kind.silence is None:
        return False
    alpha = layer.activation.parameters.get("alpha", 0.0)
    return isinstance(alpha, float) and alpha >= 0
