"""Questions about the last step of a net that tells classes apart: softmax, and what it decides."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import exp, fsum, isfinite

from nntrace.analysis.explain import exact_sum
from nntrace.analysis.prediction import predict
from nntrace.core.activation import Across
from nntrace.core.layer import Layer
from nntrace.errors import listed
from nntrace.teach.families.candidate import Answer, Candidate, number_question, word_question
from nntrace.teach.families.case import Case, Fact, NeuronRow
from nntrace.teach.families.numbers import MANY, Unfit, code, digits_for, inside, say, words
from nntrace.teach.grading import to_three
from nntrace.teach.question import Option

STEEP = 300.0  # e to that power is far beyond what can be asked for, and no overflow
_SHIFTS = (1, 2, 3, 5, 10)


def softmax(case: Case) -> Candidate:
    """Ask for the share that softmax gives a neuron, from all z of its layer."""
    neuron = case.draw_neuron(lambda layer: shares(layer) and layer.shape[-1] <= MANY)
    line, right, z = neuron.line, neuron.a, [each.z for each in neuron.line]
    place = neuron.index - line[0].index
    digits = digits_for(right, lambda r: softmax_of([float(r(each)) for each in z])[place])
    if neuron.of.set_by_hand:
        raise Unfit
    told = listed([f"{each.name} `{say(each.z, digits)}`" for each in line])
    powers = " + ".join(f"e^{inside(each, digits)}" for each in z)
    filled = f"e^{inside(neuron.z, digits)} / ({powers})"
    return number_question(
        case,
        f"For {case.called}, the z of {_all_of(neuron)} are\n{told}.\n"
        f"Softmax turns them into shares that add up to 1. What is the share of {neuron.name}",
        Answer(right, f"Its e^z, divided by the sum of all: `{filled} = {to_three(right)}`."),
        mistakes_in_share(neuron, line),
        "Softmax makes every z positive with e^z, then divides each by the sum of all.",
        "`share = e^z / (sum of e^z over the layer)`",
        f"`share = {filled}`",
        neuron.fact("a"),
        shows=[each.fact("z") for each in line],
    )


def shares(layer: Layer) -> bool:
    """Whether its activation shares 1 out among several."""
    return layer.activation.kind.across is Across.SHARES and layer.shape[-1] > 1


def _all_of(neuron: NeuronRow) -> str:
    """Name all that softmax takes together with a neuron: its layer, or its line of that."""
    line = neuron.line
    whole = len(line) == neuron.layer.size
    return code(neuron.layer.name) if whole else f"{line[0].name} to {line[-1].name}"


def softmax_of(z: Sequence[float]) -> list[float]:
    """Return the shares of some z."""
    largest = max(z)
    powers = [exp(max(each - largest, -STEEP)) for each in z]
    total = fsum(powers)
    return [power / total for power in powers]


def mistakes_in_share(neuron: NeuronRow, line: Sequence[NeuronRow]) -> Iterator[Answer]:
    """Make the mistakes of somebody who knows the z of all that softmax takes together."""
    own, z = neuron.z, [each.z for each in line]
    total, top = exact_sum(z), max(z)
    if abs(total) > 1e-6:
        yield Answer(own / total, "That is z divided by the sum of all z. Softmax takes e^z first.")
    if abs(own) < STEEP:
        yield Answer(exp(own), "That is e^z alone. It is still divided by the sum of all e^z.")
        yield Answer(1 / (1 + exp(-own)), "That is sigmoid of its z, which leaves the others out.")
    yield Answer(own, "That is z itself, before softmax.")
    if own < top:
        power = exp(max(own - top, -STEEP))
        yield Answer(
            power, "That is a share of the largest e^z. Softmax divides by the sum of all."
        )
    yield Answer(1 - neuron.a, "That is what is left for the others.")
    yield Answer(1 / len(z), "That gives all the same share. A larger z has a larger one.")
    for other in line:
        if abs(other.index - neuron.index) == 1:
            yield Answer(other.a, f"That is the share of its neighbour {other.name}.")


def shift(case: Case) -> Candidate:
    """Ask what becomes of a share when the same is added to every z of the layer."""
    neuron = case.draw_neuron(shares)
    line, name, more = neuron.line, neuron.name, case.draw.pick(_SHIFTS)
    share, z, index = neuron.a, [each.z for each in line], neuron.index - line[0].index
    right = neuron.of.together([each + more for each in z])[index]
    digits = digits_for(right, lambda rounding: rounding(share))
    if neuron.of.set_by_hand:
        raise Unfit
    alone = softmax_of([each + more * (i == index) for i, each in enumerate(z)])[index]
    less = softmax_of([each + more * (i != index) for i, each in enumerate(z)])[index]
    wrong = [
        Answer(alone, f"That is its share if its z alone rises by {more}. Here all z do."),
        Answer(less, f"That is its share if every z but its own rises by {more}. Here all z do."),
        Answer(right * exp(more), f"Its e^z grows by `e^{more}`, but so does the sum of all e^z."),
        Answer(right + more, f"The {more} is added to z, before softmax, not to the share."),
        Answer(1 / len(line), "The differences between the z stay, so the shares stay unequal."),
    ]
    return number_question(
        case,
        f"For {case.called}, softmax gives {name} a share of `{say(share, digits)}`.\n"
        f"Suppose that every z of {_all_of(neuron)} were larger by {more}.\n"
        f"What would the share of {name} be",
        Answer(
            right,
            f"Every e^z grows by the same factor, `e^{more}`, and so does their sum: "
            f"the share stays `{to_three(right)}`.",
        ),
        wrong,
        "Softmax sees the differences between the z. Which of them have changed?",
        f"`e^(z + {more}) = e^z × e^{more}`, in every term of the fraction",
        f"`(e^z × e^{more}) / (sum of e^z × e^{more})`, where one factor cancels the other",
        neuron.fact("shift", more),
        shows=[neuron.fact("a")],
        only_options=True,
        may_show=True,  # it stays as it is
    )


def decision(case: Case) -> Candidate:
    """Ask for the class that the net predicts, from the z of its last layer."""
    network = case.trace.network
    layer = network.output
    if network.classes is None or len(network.classes) < 2:
        raise Unfit
    layer_row = case.layer_row(len(network.layers) - 1)
    if layer_row.set_by_hand:
        raise Unfit
    predicted = predict(case.trace.row(case.row))[0]
    # of tokens, the last one's are the answer
    neurons = [layer_row.neuron(i) for i in range(layer.size - network.answers, layer.size)]
    z = [neuron.z for neuron in neurons]
    if predicted is None or not all(map(isfinite, z)):
        raise Unfit
    act, output = layer.activation.name, code(layer.name)
    if layer.activation.kind.two_classes:
        return _yes_or_no(case, neurons[0], predicted.index)
    order = sorted(range(len(z)), key=lambda i: -z[i])
    if order[0] != predicted.index or z[order[0]] - z[order[1]] <= 0.02 * max(1, abs(z[order[0]])):
        raise Unfit
    seen: Sequence[int] = range(len(z))
    last = " for the last token" if layer.positional else ""
    among = f"the z of {output}{last} are"
    if len(z) > MANY:
        seen = sorted(order[:4])
        among = f"the four largest of the {len(z)} z of {output}{last} are"
    names = {i: neurons[i].name for i in seen}
    told = listed([f"{names[i]} `{say(z[i])}`" for i in seen])

    def wrong(i: int, why: str) -> Option:
        return Option(
            names[i], f"{why} Its z is `{say(z[i])}`, and `{say(z[order[0]])}` is larger."
        )

    by_size = max(seen, key=lambda i: abs(z[i]))
    options = [
        wrong(by_size, "That z is furthest from 0, but the sign counts."),
        wrong(min(seen, key=lambda i: z[i]), "That one has the smallest z."),
        wrong(order[1], "That one comes second."),
        wrong(min(seen), "That one comes first in the list, which counts for nothing."),
        wrong(max(seen), "That one comes last in the list, which counts for nothing."),
    ]
    options = [option for option in options if option.text != names[order[0]]]
    if len({option.text for option in options}) < 3:
        options.insert(
            1,
            Option(
                "It depends",
                f"It is settled: {act} keeps the order, so the largest z has the largest output.",
            ),
        )
    return word_question(
        case,
        f"For {case.called}, {among}\n{told}.\n"
        f"Its activation is {act}. Which class does the net predict?",
        Option(
            names[order[0]],
            f"It has the largest z, `{say(z[order[0]])}`, and so the largest output.",
        ),
        options,
        "The net predicts the class whose output is largest.",
        f"{act} keeps the order: a larger z means a larger output, whatever the others are.",
        "Which is the largest of " + listed([f"`{say(z[i])}`" for i in seen]) + "?",
        Fact("class", layer.name, row=case.row),
        shows=[neurons[i].fact("z") for i in seen],
    )


def _yes_or_no(case: Case, neuron: NeuronRow, predicted: int) -> Candidate:
    """Ask for the class that one sigmoid neuron stands for."""
    layer, z = neuron.layer, neuron.z
    if abs(z) < 0.05 or predicted != (z > 0):
        raise Unfit
    label = f", {words(layer.labels[0])}" if layer.labels else ""
    only = "the only output" + " of the last token" * layer.positional
    above, below = "over 0.5", "0.5 or less"
    sides = {
        1: f"sigmoid gives {above} where z is positive, and that means class 1.",
        0: f"sigmoid gives {below} where z is 0 or negative, and that means class 0.",
    }
    other, nearest = 1 - predicted, round(abs(z))
    return word_question(
        case,
        f"For {case.called}, the z of {neuron.name} is `{say(z)}`.\n"
        f"It is {only}, and its activation is sigmoid: over 0.5 means class 1{label}.\n"
        "Which class does the net predict?",
        Option(f"class {predicted}", f"z is `{say(z)}`: {sides[predicted]}"),
        [
            Option(f"class {other}", f"z is `{say(z)}`, but {sides[other]}"),
            Option("class 2", "One sigmoid neuron tells two classes apart, 0 and 1."),
            *[Option(f"class {nearest}", "That takes the size of z for the number of a class.")]
            * (3 <= nearest < 10),
        ],
        "One sigmoid neuron gives a number: near 0 for one class, near 1 for the other.",
        "`sigmoid(0) = 0.5`, and sigmoid rises with z",
        f"Is `{say(z)}` over 0?",
        Fact("class", layer.name, row=case.row),
        shows=[neuron.fact("z")],
    )
