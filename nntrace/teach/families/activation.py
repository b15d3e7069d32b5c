"""Questions about activations: what one makes of a z, and how many neurons it lets through."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from math import exp, tanh

from nntrace.core.activation import Over
from nntrace.core.layer import Layer
from nntrace.teach.families.candidate import Answer, Candidate, number_question
from nntrace.teach.families.case import Case, Fact, NeuronRow, activates, plain
from nntrace.teach.families.numbers import (
    MANY,
    Unfit,
    code,
    digits_for,
    digits_where,
    inside,
    say,
    vector,
)
from nntrace.teach.grading import to_three

# What learners take an activation for: its name, what it would give, and what is said of that.
_TAKEN_FOR: tuple[tuple[str, Callable[[float], float | None], str], ...] = (
    ("relu", lambda z: max(0.0, z), "That is what relu would give."),
    (
        "sigmoid",
        lambda z: 1 / (1 + exp(-z)) if abs(z) < 500 else None,
        "That is what sigmoid would give.",
    ),
    ("tanh", tanh, "That is what tanh would give."),
    ("step", lambda z: float(z > 0), "A step would give that: 1 above 0, else 0."),
)


def a(case: Case) -> Candidate:
    """Ask for what a neuron's activation makes of its z, which is given."""
    neuron = case.draw_neuron(activates)
    z, right = neuron.z, neuron.a
    digits = digits_for(right, lambda r: neuron.activated(r(z), r))
    if neuron.set_by_hand:
        raise Unfit
    name = neuron.layer.activation.name
    filled, how = f"a = {neuron.with_numbers(digits)}", neuron.formula(digits)
    return number_question(
        case,
        f"For {case.called}, the z of {neuron.name} is `{say(z, digits)}`.\n"
        f"Its activation is {name}: {how}.\n"
        f"What is its output a",
        Answer(right, f"{name} of `{say(z, digits)}`: `{filled} = {to_three(right)}`."),
        _mistakes_in_a(neuron, digits),
        f"An activation makes the neuron's output of its z. Here it is {name}.",
        how,
        f"`{filled}`",
        neuron.fact("a"),
        shows=[neuron.fact("z")],
        may_show=True,  # many an activation lets a z through as it is
        calculator=neuron.calculator(z, digits),
    )


def _mistakes_in_a(neuron: NeuronRow, digits: int) -> Iterator[Answer]:
    z, act = neuron.z, neuron.layer.activation.name
    yield Answer(z, f"That is z itself, as if {act} had been left out.")
    yield Answer(
        neuron.activated(-z),
        f"That is what {act} makes of `{say(-z, digits)}`. The sign of z got lost.",
    )
    if z < 0:
        yield Answer(-z, f"That is z without its sign, which is something else than {act}.")
    for known, compute, told in _TAKEN_FOR:
        if known != act and (value := compute(z)) is not None:
            yield Answer(value, f"{told} Here it is {act}.")
    for other in neuron.beside():
        if not other.set_by_hand:
            told = f"That is the output of the neuron beside it, {other.name}."
            yield Answer(other.a, told)


def active(case: Case) -> Candidate:
    """Ask how many neurons of a layer that falls silent are active; of a wide one, of a stretch."""
    layer_row = case.draw_layer(_falls_silent)
    layer, act = layer_row.layer, layer_row.layer.activation.name
    start, count = 0, layer.shape[-1]
    if layer.positional:
        start = count * case.draw.below(layer.size // count)
    if count > MANY:
        start, count = start + case.draw.below(count - 7), 8
    stretch = [layer_row.neuron(index) for index in range(start, start + count)]
    if any(neuron.set_by_hand for neuron in stretch):
        raise Unfit
    z = [neuron.z for neuron in stretch]
    rule = layer.activation.kind.active
    assert isinstance(rule, Over)  # what falls silent takes each z by itself
    limit = rule.value(layer.activation.parameters)
    right = sum(neuron.a > 0 for neuron in stretch)
    digits = digits_where(lambda r: sum(r(each) > r(limit) for each in z) == right)
    which = f"the {count} neurons of {code(layer.name)}"
    if count < layer.size:
        which = f"{stretch[0].name} to {stretch[-1].name}, {count} neurons,"
    over = f"`{say(limit, digits)}`"
    wrong = [
        Answer(count - right, f"That counts the others: those whose z is {over} or less."),
        Answer(count, f"That is how many there are. Those whose z is over {over} are active."),
    ]
    if plain(layer):
        biases = sum(neuron.bias > 0 for neuron in stretch)
        told = "That counts the positive biases. It is z that decides, after the whole sum."
        wrong.append(Answer(biases, told))
    if layer.dense and count == layer.size:
        came = sum(value > 0 for value in stretch[0].reads)
        wrong.append(Answer(came, "That counts the positive numbers that come in."))
    if limit:
        wrong.insert(0, Answer(sum(each > 0 for each in z), "That counts from 0, not from alpha."))
    return number_question(
        case,
        f"For {case.called}, {which} have the z\n"
        f"{vector(z, digits)}.\nTheir activation is {act}: `a = {layer.activation.kind.formula}`"
        + (f" with `alpha = {say(limit, digits)}`" if isinstance(rule.limit, str) else "")
        + ".\nA neuron is active where its a is over 0. How many are",
        Answer(right, f"Of the {count} z, {right} {'is' if right == 1 else 'are'} over {over}."),
        wrong,
        f"{act} lets a z through that is over {over}.",
        f"Active means `z > {say(limit, digits)}`, so count those.",
        "Is it over? " + ", ".join(f"`{say(each, digits)} > {inside(limit)}`" for each in z),
        Fact("active", layer.name, source=start, row=case.row),
        shows=[neuron.fact("z") for neuron in stretch],
        whole=True,
    )


def _falls_silent(layer: Layer) -> bool:
    """Whether its neurons are active just where z is over a limit."""
    if layer.shape[-1] < 2 or layer.activation.kind.silence is None:
        return False
    alpha = layer.activation.parameters.get("alpha", 0.0)
    return isinstance(alpha, float) and alpha >= 0
