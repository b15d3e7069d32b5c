"""Questions about activations: what one makes of a z, and how many neurons it lets through."""

from __future__ import annotations

from collections.abc import Iterator
from math import exp, tanh

from nntrace.core.activation import Over
from nntrace.core.network import Layer
from nntrace.lesson.families.draft import Answer, Draft, Fact, number_question
from nntrace.lesson.families.subject import (
    MANY,
    Part,
    Subject,
    digits_for,
    digits_for_count,
    formula,
    inside,
    say,
    vector,
    with_numbers,
)
from nntrace.lesson.grading import to_three


def a(subject: Subject) -> Draft | None:
    """Ask for what a neuron's activation makes of its z, which is given."""
    part = subject.some(_has_own_activation)
    if part is None:
        return None
    layer = part.layer
    index = subject.draw.below(layer.size)
    z, right = part.z[index], part.a[index]
    digits = digits_for(right, lambda r: part.activated(index, r(z), r))
    if digits is None or subject.set_by_hand(layer.name, index):
        return None
    name, kind = subject.name(layer.name, index), layer.activation.kind
    filled = f"a = {with_numbers(part, index, z, digits)}"
    return number_question(
        subject.draw,
        f"For {subject.called}, the z of {name} is `{say(z, digits)}`.\n"
        f"Its activation is {kind.name}: {formula(part, index, digits)}.\n"
        f"What is its output a",
        Answer(right, f"{kind.name} of `{say(z, digits)}`: `{filled} = {to_three(right)}`."),
        _mistakes_in_a(subject, part, index, digits),
        (
            f"An activation makes the neuron's output of its z. Here it is {kind.name}.",
            formula(part, index, digits),
            f"`{filled}`",
        ),
        Fact("a", layer.name, index, row=subject.row),
        shows=[Fact("z", layer.name, index, row=subject.row)],
        may_show=True,  # many an activation lets a z through as it is
        neuron=subject.plain_name(layer.name, index),
    )


def _has_own_activation(layer: Layer) -> bool:
    """Whether a neuron's a is something else than its z, and needs no other z."""
    kind = layer.activation.kind
    return not kind.rowwise and not kind.identity


def _mistakes_in_a(subject: Subject, part: Part, index: int, digits: int) -> Iterator[Answer]:
    z, act = part.z[index], part.layer.activation.name
    yield Answer(z, f"That is z itself, as if {act} had been left out.")
    yield Answer(
        part.activated(index, -z),
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
        name = part.layer.name
        if 0 <= beside < part.layer.size and not subject.set_by_hand(name, beside):
            told = f"That is the output of the neuron beside it, {subject.name(name, beside)}."
            yield Answer(part.a[beside], told)


def active(subject: Subject) -> Draft | None:
    """Ask how many neurons of a layer that falls silent are active; of a wide one, of a stretch."""
    part = subject.some(_falls_silent)
    if part is None:
        return None
    layer, act = part.layer, part.layer.activation.name
    start, count = 0, layer.size
    if count > MANY:
        start, count = subject.draw.below(layer.size - 7), 8
    stretch = range(start, start + count)
    if any(subject.set_by_hand(layer.name, i) for i in stretch):
        return None
    z = [part.z[i] for i in stretch]
    rule = layer.activation.kind.active
    assert isinstance(rule, Over)  # what falls silent takes each z by itself
    limit = rule.value(layer.activation.parameters)
    right = sum(part.a[i] > 0 for i in stretch)
    digits = digits_for_count(right, lambda r: sum(r(each) > r(limit) for each in z))
    if digits is None:
        return None
    first, last = (subject.name(layer.name, i) for i in (start, start + count - 1))
    which = f"the {count} neurons of {subject.layer(layer.name)}"
    if count < layer.size:
        which = f"{first} to {last}, {count} neurons,"
    over = f"`{say(limit, digits)}`"
    biases = [part.bias(i) for i in stretch]
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
        came = sum(value > 0 for value in part.reads)
        wrong.append(Answer(came, "That counts the positive numbers that come in."))
    if limit:
        wrong.insert(0, Answer(sum(each > 0 for each in z), "That counts from 0, not from alpha."))
    return number_question(
        subject.draw,
        f"For {subject.called}, {which} have the z\n"
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
        Fact("active", layer.name, start, row=subject.row),
        shows=[Fact("z", layer.name, i, row=subject.row) for i in stretch],
        whole=True,
    )


def _falls_silent(layer: Layer) -> bool:
    """Whether its neurons are active just where z is over a limit."""
    if layer.size < 2 or layer.activation.kind.silence is None:
        return False
    alpha = layer.activation.parameters.get("alpha", 0.0)
    return isinstance(alpha, float) and alpha >= 0
