"""Questions about norms: what becomes of a number that is brought to mean 0 and variance 1."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import sqrt
from typing import NamedTuple

from nntrace.analysis.explain import exact_sum
from nntrace.core.layer import Layer
from nntrace.core.op import Terms
from nntrace.core.ops.batch_norm import BatchNorm
from nntrace.core.ops.group_norm import GroupNorm, InstanceNorm
from nntrace.core.ops.layer_norm import LayerNorm, RmsNorm
from nntrace.teach.families.candidate import Answer, Candidate, number_question
from nntrace.teach.families.case import Case, NeuronRow
from nntrace.teach.families.numbers import (
    FEW,
    Number,
    Rounding,
    code,
    digits_for,
    inside,
    say,
    signed,
    vector,
)
from nntrace.teach.grading import to_three

NORMS = (BatchNorm, GroupNorm, InstanceNorm, LayerNorm, RmsNorm)
Norm = BatchNorm | GroupNorm | InstanceNorm | LayerNorm | RmsNorm


class _Given(NamedTuple):
    """What a number is made of: (x − mean) / √(variance + epsilon) × scale + shift."""

    x: float
    mean: float
    variance: float
    epsilon: float
    scale: float
    shift: float

    @classmethod
    def of(cls, terms: Terms, epsilon: float) -> _Given:
        """Take them from the steps of a number; a mean square is a variance around 0."""
        steps = {step.name: step.value for step in terms.steps}
        variance = steps["variance"] if "variance" in steps else steps["square"]
        mean, shift = steps.get("mean", 0.0), steps.get("shift", 0.0)
        return cls(float(terms.values[0]), mean, variance, epsilon, steps["scale"], shift)

    def z(self, rounding: Rounding = float) -> Number:
        """Return the number itself, of what is told of it."""
        x, mean, variance, epsilon, scale, shift = map(rounding, self)
        root = sqrt(variance + epsilon)
        return float(x - mean) / root * float(scale) + float(shift) if root else float("nan")

    def at(self, **changed: float) -> float:
        """Return what comes of a mistake."""
        return float(self._replace(**changed).z())

    def root(self, digits: int) -> str:
        """Write what the root is of."""
        return f"({inside(self.variance, digits)} + {inside(self.epsilon, digits)})"

    def written(self, digits: int, centred: bool) -> str:
        """Write the formula with the numbers filled in."""
        x, mean, variance, epsilon, scale, shift = (inside(each, digits) for each in self)
        above = f"({x} - {mean})" if centred else x
        added = f" + {shift}" if centred else ""
        return f"{above} / √({variance} + {epsilon}) × {scale}{added}"


def norm(case: Case) -> Candidate:
    """Ask what a norm makes of a number, from a short row, or from its mean and variance."""
    neuron = case.draw_neuron(_normalises)
    layer, op = neuron.layer, neuron.layer.op
    assert isinstance(op, Norm)
    terms = neuron.terms
    given, centred = _Given.of(terms, op.epsilon), not isinstance(op, RmsNorm)
    right, name = neuron.z, neuron.name
    place, width = neuron.index % layer.shape[-1], layer.shape[-1]
    start = neuron.index - place
    line: list[float] = neuron.of.arrays[0].reshape(-1)[start : start + width].tolist()
    short = isinstance(op, LayerNorm | RmsNorm) and 2 <= width <= FEW
    wrong = [*_mistakes(given, centred)]
    if short:
        digits = digits_for(
            right,
            lambda r: _of_row(given, list(map(r, line)), place, r, centred),
            (right, given.z),
        )
        read = f"\n{vector(line, digits)}{neuron.given([0])},\n"
        read += f"of which number {place}, from 0, becomes {name}.\n"
        wrong = [*_mistakes_in_row(given, line, centred), *wrong]
    else:
        digits = digits_for(right, given.z)
        read = f" `{say(given.x, digits)}`{neuron.given([0])}.\n"
        read += _told(neuron, terms, digits)
    told = f"The epsilon is `{say(given.epsilon, digits)}`, the scale `{say(given.scale, digits)}`"
    if centred:
        told += f", the shift `{say(given.shift, digits)}`"
    filled = given.written(digits, centred)
    formula = "(x - mean) / √(variance + epsilon) × scale + shift"
    if not centred:
        formula = "x / √(mean of the squares + epsilon) × scale"
    where = f"{code(layer.name)} ({op.KIND.replace('_', ' ')})"
    who = where if short and not layer.positional else f"{name} of {where}"
    if short and layer.positional:
        who = f"the line of {name} in {where}"
    beside = [
        Answer(other.z, f"That is the number beside it, {other.name}.") for other in neuron.beside()
    ]
    return number_question(
        case,
        f"For {case.called}, {who} reads{read}{told}.\nWhat is the z of {name}",
        Answer(
            right, f"Step by step: {_steps(given, digits, centred)}`{filled} = {to_three(right)}`."
        ),
        [*wrong, *beside],
        "A norm brings numbers to one size, and then gives them a scale and a shift of its own."
        if centred
        else "This norm divides by the size of the row, and then gives it a scale of its own.",
        f"`z = {formula}`",
        f"`z = {filled}`",
        neuron.fact("z"),
        shows=neuron.shown([0]),
        calculator="the squares and the root" if short else f"`√{given.root(digits)}`",
    )


def _normalises(layer: Layer) -> bool:
    return isinstance(layer.op, Norm)


def _told(neuron: NeuronRow, terms: Terms, digits: int) -> str:
    """Say the mean and the variance, and of what they are."""
    steps = {step.name: step for step in terms.steps}
    if "square" in steps:
        told = say(steps["square"].value, digits)
        return f"The mean of the squares of its row is `{told}`.\n"
    mean, variance = (say(steps[each].value, digits) for each in ("mean", "variance"))
    whence = f" over {steps['mean'].formula.partition(' over ')[2]}"
    if isinstance(neuron.layer.op, BatchNorm):
        whence = ", as training has left them for its channel"
    return f"The mean is `{mean}` and the variance `{variance}`{whence}.\n"


def _steps(given: _Given, digits: int, centred: bool) -> str:
    variance = say(given.variance, digits)
    if not centred:
        return f"the mean of the squares is `{variance}`, so "
    return f"the mean is `{say(given.mean, digits)}`, the variance `{variance}`, so "


def _of_row(
    given: _Given, row: Sequence[Number], place: int, rounding: Rounding, centred: bool
) -> Number:
    """Return what becomes of a number of a row, from the row itself."""
    mean = sum(row) / len(row) if centred else 0
    variance = sum((x - mean) * (x - mean) for x in row) / len(row)
    epsilon, scale, shift = map(rounding, (given.epsilon, given.scale, given.shift))
    root = sqrt(variance + epsilon)
    above = float(row[place] - mean)
    return above / root * float(scale) + float(shift) if root else float("nan")


def _mistakes(given: _Given, centred: bool) -> Iterator[Answer]:
    normalised = given.at(scale=1.0, shift=0.0)
    root = sqrt(given.variance + given.epsilon) or 1.0
    if centred:
        yield Answer(
            given.at(shift=0.0),
            f"That is before the shift of `{signed(given.shift)}` is added.",
        )
    yield Answer(given.at(scale=1.0), "Here the scale was left out.")
    if centred:
        yield Answer(normalised, "That is the normalised number. Scale and shift come after it.")
        yield Answer(
            (normalised + given.shift) * given.scale, "Here the shift came first. The scale does."
        )
        yield Answer(given.at(mean=0.0), "Here the mean was still in it. It is taken off first.")
    yield Answer(
        (given.x - given.mean) / (root * root) * given.scale + given.shift,
        "That divides by the variance. Its root is missing."
        if centred
        else "That divides by the mean of the squares. Its root is missing.",
    )
    yield Answer(
        (given.x - given.mean) * given.scale + given.shift,
        "That divides by nothing. The root comes under the number.",
    )
    yield Answer(
        (given.x - given.mean) * root * given.scale + given.shift,
        "Here it was multiplied by the root. It is divided by it.",
    )


def _mistakes_in_row(given: _Given, row: Sequence[float], centred: bool) -> Iterator[Answer]:
    count, mean = len(row), exact_sum(row) / len(row)
    if centred:
        yield Answer(
            given.at(variance=given.variance * count / (count - 1)),
            f"That divides the squares by {count - 1}, as for a sample. A norm takes all {count}.",
        )
    else:
        around = exact_sum((x - mean) ** 2 for x in row) / count
        yield Answer(
            given.at(mean=mean, variance=around),
            "That takes the mean off first, as layer norm does. This norm leaves it in.",
        )
    yield Answer(
        given.at(variance=given.variance * count),
        f"That takes the sum of the squares. It is divided by {count}.",
    )
