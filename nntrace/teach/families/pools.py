"""Questions about pools: the largest of a window, or its mean."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import prod

import numpy as np

from nntrace.analysis.explain import exact_sum
from nntrace.core.arrays import Array
from nntrace.core.layer import Layer
from nntrace.core.ops.pool import MaxPool, Pool
from nntrace.errors import listed
from nntrace.teach.families.candidate import Answer, Candidate, number_question, word_question
from nntrace.teach.families.case import Case, NeuronRow
from nntrace.teach.families.numbers import SMALL, Unfit, code, digits_for, inside, nested, say
from nntrace.teach.grading import to_three
from nntrace.teach.question import Option


def pool(case: Case) -> Candidate:
    """Ask what a pool makes of a window, or which number of it a max pool takes."""
    neuron = case.draw_neuron(_pools)
    op = neuron.layer.op
    assert isinstance(op, Pool)
    terms = neuron.terms
    kernel = op.windows(len(neuron.layer.shape) - 1).kernel
    full = terms.values.size == prod(kernel)
    if not 1 < terms.values.size <= SMALL or np.ptp(terms.values) == 0:
        raise Unfit
    if isinstance(op, MaxPool):
        window = terms.values.reshape(kernel) if full else terms.values
        left_out = "" if full else ", padding left out"
        if terms.values.size > 2 and case.draw.below(2):
            return _which(case, neuron, terms.values.tolist())
        return _largest(case, neuron, window, left_out)
    if not full:
        raise Unfit  # whether padding counts is a question of its own
    return _mean(case, neuron, terms.values.reshape(kernel))


def _pools(layer: Layer) -> bool:
    return isinstance(layer.op, Pool)


def _largest(case: Case, neuron: NeuronRow, window: Array, left_out: str) -> Candidate:
    values: list[float] = window.ravel().tolist()
    right = neuron.z
    digits = digits_for(right, lambda r: max(map(r, values)))
    filled = f"max({', '.join(say(each, digits) for each in values)})"
    furthest = max(values, key=abs)
    wrong = [
        Answer(furthest, "That is furthest from 0, but the sign counts: it is the smallest."),
        Answer(abs(furthest), "That is furthest from 0, without its sign. Signs stay."),
        Answer(
            exact_sum(values) / len(values), "That is the mean, which an average pool would give."
        ),
        Answer(exact_sum(values), "That is the sum. A max pool takes one number as it is."),
        Answer(min(values), "That is the smallest. A max pool takes the largest."),
        *_around(neuron),
    ]
    return number_question(
        case,
        f"For {case.called}, the window of {neuron.name} holds{left_out}\n"
        f"{nested(window, digits)}.\n"
        f"{code(neuron.layer.name)} is a max pool. What is the z of {neuron.name}",
        Answer(right, f"The largest of the window: `{filled} = {to_three(right)}`."),
        wrong,
        "A max pool makes one number of each window, and computes nothing else.",
        "`z = max over the window`, where a negative number is smaller than 0",
        f"`z = {filled}`",
        neuron.fact("z"),
        shows=neuron.shown(range(len(values))),
    )


def _mean(case: Case, neuron: NeuronRow, window: Array) -> Candidate:
    values: list[float] = window.ravel().tolist()
    right, count = neuron.z, len(values)
    digits = digits_for(right, lambda r: sum(map(r, values)) / count)
    written = " + ".join(inside(each, digits) for each in values)
    filled = f"({written}) / {count}"
    kept = [each for each in values if each]
    wrong = [
        Answer(exact_sum(values), f"That is the sum, still to be divided by {count}."),
        Answer(max(values), "That is the largest, which a max pool would take."),
        Answer(
            exact_sum(map(abs, values)) / count,
            "Here every number counts as positive. A negative one takes away.",
        ),
        Answer(
            (min(values) + max(values)) / 2, "That is half-way from the smallest to the largest."
        ),
        Answer(float(np.median(values)), "That is the middle one. The mean takes all of them."),
        *_around(neuron),
    ]
    if 0 < len(kept) < count:
        told = "Here zeros were left out. They count like any other number."
        wrong.insert(0, Answer(exact_sum(kept) / len(kept), told))
    return number_question(
        case,
        f"For {case.called}, the window of {neuron.name} holds\n"
        f"{nested(window, digits)}.\n"
        f"{code(neuron.layer.name)} is an average pool. What is the z of {neuron.name}",
        Answer(right, f"The mean of the window: `{filled} = {to_three(right)}`."),
        wrong,
        "An average pool makes one number of each window: the mean of all that it holds.",
        "`z = sum over the window / how many numbers it holds`",
        f"`z = {filled}`",
        neuron.fact("z"),
        shows=neuron.shown(range(len(values))),
    )


def _around(neuron: NeuronRow) -> Iterator[Answer]:
    """Take the number of a window beside it, and its output, for the z asked for."""
    if not neuron.set_by_hand:
        act = neuron.layer.activation.name
        yield Answer(neuron.a, f"That is its output, after {act}. z comes before it.")
    for other in neuron.beside():
        yield Answer(other.z, f"That is what the window beside it gives, {other.name}.")


def _which(case: Case, neuron: NeuronRow, values: Sequence[float]) -> Candidate:
    """Ask which of up to four numbers of its window a max pool takes."""
    order = sorted(range(len(values)), key=lambda i: -values[i])
    others = sorted(case.draw.shuffled(order[1:])[:3])
    chosen = sorted([order[0], *others])
    top, second = values[order[0]], max(values[i] for i in others)
    if not 1e-3 <= abs(top) < 1e6 or top - second <= max(2e-3, 0.02 * abs(top)):
        raise Unfit
    names = {i: code(neuron.source(i)) for i in chosen}
    told = listed([f"{names[i]} `{say(values[i])}`" for i in chosen])

    def why(i: int) -> str:
        value = f"`{say(values[i])}`"
        if i == order[0]:
            return f"{value} is the largest, and passes as it is."
        larger = f"{value}, and `{say(top)}` is larger."
        if i == max(chosen, key=lambda k: abs(values[k])):
            return f"It is furthest from 0, but the sign counts: it has {larger}"
        if i == min(chosen, key=lambda k: values[k]):
            return f"It is the smallest of them: it has {larger}"
        return f"{names[i]} has {larger}"

    window = f"the window of {neuron.name} holds"
    if len(chosen) < len(values):
        window = (
            f"of the {len(values)} numbers in the window of {neuron.name}, these are some, the "
        )
        window += "largest too:"
    return word_question(
        case,
        f"For {case.called}, {window}\n{told}.\n"
        f"{code(neuron.layer.name)} is a max pool. Whose number does {neuron.name} take?",
        Option(names[order[0]], why(order[0])),
        [Option(names[i], why(i)) for i in others],
        "A max pool makes one number of each window: it takes the largest as it is.",
        "A positive number is larger than 0, and 0 is larger than a negative one.",
        "Which is the largest of " + listed([f"`{say(values[i])}`" for i in chosen]) + "?",
        neuron.fact("largest"),
        shows=neuron.shown(chosen),
    )
