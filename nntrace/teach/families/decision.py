"""Questions about what a net decides: the class that it predicts, and how far ahead that one is."""

from __future__ import annotations

from collections.abc import Sequence
from math import isfinite

from nntrace.analysis.prediction import predict
from nntrace.errors import listed
from nntrace.teach.families.candidate import Answer, Candidate, number_question, word_question
from nntrace.teach.families.case import Case, Fact, NeuronRow
from nntrace.teach.families.numbers import MANY, Unfit, code, digits_for, inside, say, words
from nntrace.teach.families.shares import shares
from nntrace.teach.grading import to_three
from nntrace.teach.question import Option


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
    last = " for the last token" if layer.positional else ""
    if len(z) == 2:
        return _margin(case, neurons[order[0]], neurons[order[1]], f"{output}{last}")
    seen: Sequence[int] = range(len(z))
    among = f"the z of {output}{last} are"
    if len(z) > MANY:
        seen = sorted(order[:4])
        among = f"the four largest of the {len(z)} z of {output}{last} are"
    names = {i: neurons[i].name for i in seen}
    told = listed([f"{names[i]} `{say(z[i])}`" for i in seen])
    furthest, smallest = max(seen, key=lambda i: abs(z[i])), min(seen, key=lambda i: z[i])

    def wrong(i: int) -> Option:
        why = f"Its z is `{say(z[i])}`, and `{say(z[order[0]])}` is larger."
        if i == furthest:
            why = f"That z is furthest from 0, but the sign counts. {why}"
        elif i == smallest:
            why = f"That one has the smallest z. {why}"
        elif i == order[1]:
            why = f"That one comes second. {why}"
        return Option(names[i], why)

    telling = [furthest, smallest, order[1], *case.draw.shuffled(seen)]
    return word_question(
        case,
        f"For {case.called}, {among}\n{told}.\n"
        f"Its activation is {act}. Which class does the net predict?",
        Option(
            names[order[0]],
            f"It has the largest z, `{say(z[order[0]])}`, and so the largest output.",
        ),
        [wrong(i) for i in telling if i != order[0]],
        "The net predicts the class whose output is largest.",
        f"{act} keeps the order: a larger z means a larger output, whatever the others are.",
        "Which is the largest of " + listed([f"`{say(z[i])}`" for i in seen]) + "?",
        Fact("class", layer.name, row=case.row),
        shows=[neurons[i].fact("z") for i in seen],
    )


def _margin(case: Case, first: NeuronRow, second: NeuronRow, output: str) -> Candidate:
    """Ask how far the one of two classes that is not predicted is behind the other."""
    ahead, behind, act = first.z, second.z, first.layer.activation.name
    right = ahead - behind
    digits = digits_for(right, lambda r: r(ahead) - r(behind))
    filled = f"{say(ahead, digits)} - {inside(behind, digits)}"
    told = sorted([first, second], key=lambda each: each.index)
    wrong = [
        Answer(ahead, "That is the z to reach. The other one does not start from 0."),
        Answer(-behind, "That takes it to 0. What it has to reach is the other z."),
        Answer(ahead + behind, "Here the two are added. What lies between them is asked for."),
        Answer(right / 2, "Half of it would do if the other z fell by as much. It stays."),
    ]
    if shares(first.layer):
        told_apart = "That is how far the shares are apart. Softmax makes them of the z."
        wrong.append(Answer(first.a - second.a, told_apart))
    return number_question(
        case,
        f"For {case.called}, the z of {output} are\n"
        + listed([f"{each.name} `{say(each.z, digits)}`" for each in told])
        + f".\nIts activation is {act}, so the net predicts {first.name}.\n"
        f"By how much would the z of {second.name} have to rise to draw level",
        Answer(
            right, f"It has to come from the one z to the other: `{filled} = {to_three(right)}`."
        ),
        wrong,
        "The net predicts the class with the larger output, and a larger z means a larger output.",
        "`rise = z of the one that is ahead - z of the one behind`",
        f"`rise = {filled}`",
        Fact("class", first.layer.name, row=case.row),
        shows=[each.fact("z") for each in told],
    )


def _yes_or_no(case: Case, neuron: NeuronRow, predicted: int) -> Candidate:
    """Ask for the output, roughly, and the class that one sigmoid neuron stands for."""
    layer, z = neuron.layer, neuron.z
    if abs(z) < 0.05 or predicted != (z > 0):
        raise Unfit
    label = f", {words(layer.labels[0])}" if layer.labels else ""
    only = "the only output" + " of the last token" * layer.positional
    upper, lower = "class 1, output between 0.5 and 1", "class 0, output between 0 and 0.5"
    known = f"z is `{say(z)}`. Sigmoid gives 0.5 for 0, more for what is larger."
    if predicted:
        wrong = [
            Option(lower, f"That is for a z below 0. Here {known}"),
            Option("class 1, output exactly 1", "A step would give that. Sigmoid comes near 1."),
        ]
        if z > 1:
            why = "That takes z for the output. Sigmoid squeezes it to between 0 and 1."
            wrong.append(Option("class 1, output over 1", why))
    else:
        wrong = [
            Option(upper, f"That is for a z above 0. Here {known}"),
            Option("class 0, output exactly 0", "Relu would give that. Sigmoid comes near 0."),
            Option(
                "class 0, output below 0",
                "That takes z for the output. Sigmoid squeezes it to between 0 and 1.",
            ),
        ]
    return word_question(
        case,
        f"For {case.called}, the z of {neuron.name} is `{say(z)}`.\n"
        f"It is {only}, and its activation is sigmoid: over 0.5 means class 1{label}.\n"
        "Which class does the net predict, and where does its output lie?",
        Option(upper if predicted else lower, f"The sign of z says so: {known}"),
        wrong,
        "One sigmoid neuron gives a number: near 0 for one class, near 1 for the other.",
        "`sigmoid(0) = 0.5`, and sigmoid rises with z",
        f"Is `{say(z)}` over 0?",
        Fact("class", layer.name, row=case.row),
        shows=[neuron.fact("z")],
    )
