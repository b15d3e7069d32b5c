"""Questions about shares: what softmax makes of some z, and what moves them all alike."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from math import exp, fsum, nan

from nntrace.analysis.explain import exact_sum
from nntrace.core.activation import Across
from nntrace.core.layer import Layer
from nntrace.errors import listed
from nntrace.teach.families.candidate import Answer, Candidate, number_question
from nntrace.teach.families.case import Case, NeuronRow
from nntrace.teach.families.numbers import (
    LARGEST,
    Unfit,
    code,
    digits_for,
    inside,
    say,
)
from nntrace.teach.grading import to_three

FEW_POWERS = 4  # so many powers of e are worked out for one share
SHOWN = 50.0  # e to more than that, or to less than its opposite, is nothing to write down
STEEP = 300.0  # e to that power is far beyond what can be asked for, and no overflow
_SHIFTS = (1, 2, 3, 5, 10)


def softmax(case: Case) -> Candidate:
    """Ask for the share that softmax gives a neuron: from all z, or with the sum of all e^z."""
    neuron = case.draw_neuron(shares)
    line, z = neuron.line, [each.z for each in neuron.line]
    if neuron.of.set_by_hand:
        raise Unfit
    if len(line) > FEW_POWERS:
        return share_of_sum(
            case,
            neuron,
            z,
            f"For {case.called}, the z of {neuron.name} is `{{own}}`.\n"
            f"The e^z of all {len(z)} neurons of {_all_of(neuron)} add up to `{{total}}`.\n"
            f"Softmax turns every z into a share, so that all shares add up to 1.\n"
            f"What is the share of {neuron.name}",
        )
    check_powers(z)
    right, place = neuron.a, neuron.index - line[0].index
    digits = digits_for(right, lambda r: softmax_of([float(r(each)) for each in z])[place])
    told = listed([f"{each.name} `{say(each.z, digits)}`" for each in line])
    return number_question(
        case,
        f"For {case.called}, the z of {_all_of(neuron)} are\n{told}.\n"
        f"Softmax turns them into shares that add up to 1. What is the share of {neuron.name}",
        *share_texts(neuron, z, digits, mistakes_in_share(neuron, line)),
        neuron.fact("a"),
        shows=[each.fact("z") for each in line],
        calculator=powers_of(z, digits),
    )


def check_powers(z: Sequence[float]) -> None:
    """Raise Unfit where a calculator would not show some e^z."""
    if max(map(abs, z)) > SHOWN:
        raise Unfit


def powers_of(z: Iterable[float], digits: int) -> str:
    """Say which powers a calculator is asked for."""
    return listed([f"`e^{inside(each, digits)}`" for each in dict.fromkeys(z)])


def share_texts(
    neuron: NeuronRow, z: Sequence[float], digits: int, wrong: Iterable[Answer]
) -> tuple[Answer, Iterable[Answer], str, str, str]:
    """Return what is right, what is wrong, and the hints, of a share from all z."""
    powers = " + ".join(f"e^{inside(each, digits)}" for each in z)
    filled = f"e^{inside(neuron.z, digits)} / ({powers})"
    return (
        Answer(neuron.a, f"Its e^z over the sum of all: `{filled} = {to_three(neuron.a)}`."),
        wrong,
        "Softmax makes every z positive with e^z, then divides each by the sum of all.",
        "`share = e^z / (sum of all e^z)`",
        f"`share = {filled}`",
    )


def share_of_sum(case: Case, neuron: NeuronRow, z: Sequence[float], stem: str) -> Candidate:
    """Ask for a share of many: one e^z is to be found, what all of them add up to is given.

    `stem` takes the numbers `own` and `total`.
    """
    check_powers(z)
    own, right, total = neuron.z, neuron.a, fsum(map(exp, z))
    if not 1e-3 <= total < LARGEST:
        raise Unfit
    digits = digits_for(right, lambda r: exp(float(r(own))) / float(r(total)))
    power = exp(own)
    filled = f"e^{inside(own, digits)} / {say(total, digits)}"
    wrong = [
        Answer(own / total, "That divides z itself. Softmax takes e^z first."),
        Answer(power, "That is e^z alone. It is still divided by the sum of all e^z."),
        Answer(
            power / (total - power) if total > power else nan,
            "That divides by the e^z of the others. Its own belongs to the sum.",
        ),
        Answer(power / (total + power), "That counts its own e^z twice: it is in the sum already."),
        Answer(1 - right, "That is what is left for the others."),
        Answer(1 / len(z), "That gives all the same share. A larger z has a larger one."),
        Answer(own, "That is z itself, before softmax."),
    ]
    return number_question(
        case,
        stem.format(own=say(own, digits), total=say(total, digits)),
        Answer(right, f"Its e^z over the sum of all: `{filled} = {to_three(right)}`."),
        wrong,
        "Softmax makes every z positive with e^z, then divides each by the sum of all.",
        "`share = e^z / (sum of all e^z)`",
        f"`share = {filled}`",
        neuron.fact("a"),
        shows=[neuron.fact("z")],
        calculator=powers_of([own], digits),
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
    if share < 1e-3:  # a number that is nearly 0, and not to be told from it as an answer
        raise Unfit
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
