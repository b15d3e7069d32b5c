"""What a question from a net is drawn from, and how its numbers and names are written."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from fractions import Fraction
from math import isfinite
from typing import NamedTuple

import numpy as np

from nntrace.analysis.explain import exact_sum
from nntrace.core.activation import Activation
from nntrace.core.forward import Trace, forward
from nntrace.core.names import Neuron, name_of, source_names
from nntrace.core.network import Input, Layer, Network
from nntrace.errors import NetworkError, listed
from nntrace.teach.draw import Draw
from nntrace.teach.grading import accepted, rounded, to_three

FEW = 6  # so many numbers that a neuron reads stand in the question
SMALL = 16  # so many weights of a layer do
MANY = 12  # so many z of a layer do
LARGE = 1000  # from here on, three decimals are more than float32 holds
LARGEST = 1e6  # nobody types such an answer
DIGITS = (4, 6, 9, 12)
_QUOTED = "\uffff"  # stands for a backquote in a name until the question is put together

Number = float | Fraction
Shown = Callable[[float], Number]  # gives a number as it is shown, with so many digits
Told = Callable[[Shown], Number]  # what is computed from numbers as they are shown


class Part(NamedTuple):
    """One layer in one row: what it reads, its z, and its a, as Python floats."""

    layer: Layer
    before: str
    reads: list[float]
    z: list[float]
    a: list[float]

    @property
    def reads_layer(self) -> bool:
        """Whether it reads what a layer gives, and not the input."""
        return self.before != "input"

    @property
    def rowwise(self) -> bool:
        """Whether its activation needs the z of the whole layer."""
        return self.layer.activation.kind.rowwise

    def weights(self, index: int) -> list[float]:
        """Return the weights of a neuron."""
        row: list[float] = self.layer.weights[index].tolist()
        return row

    def bias(self, index: int) -> float:
        """Return the bias of a neuron."""
        return float(self.layer.bias[index])

    def parameters(self, index: int) -> dict[str, float]:
        """Return the parameters of a neuron's activation."""
        own = self.layer.activation.parameters.items()
        return {name: float(np.broadcast_to(value, self.layer.size)[index]) for name, value in own}

    def activated(self, index: int, z: Number, shown: Shown = float) -> float:
        """Return what a neuron's activation makes of a z, in float64; it must not be rowwise.

        `shown` gives a parameter as it is told; NaN where these make no activation.
        """
        kind = self.layer.activation.kind
        own = self.parameters(index)
        told = {
            name: value if value == 1 / 6 else float(shown(value)) for name, value in own.items()
        }
        try:
            activation = Activation(kind, told)
        except NetworkError:  # an alpha that is 0 to so many digits, and may not be
            return float("nan")
        return float(activation(np.full((1, 1), float(z)))[0, 0])

    def reading(self, reads: Sequence[float]) -> list[float]:
        """Return the z of the layer where it reads other numbers, as the net computes them."""
        alone = Network(
            "alone", Input(self.layer.fan_in), (self.layer,), self.layer.weights.dtype.name
        )
        z: list[float] = forward(alone, reads).layers[0].z[0].tolist()
        return z

    def together(self, z: Sequence[float]) -> list[float]:
        """Return what its activation makes of the z of the whole layer, as the net computes it."""
        row: list[float] = self.layer.activation(np.array([z], self.layer.weights.dtype))[
            0
        ].tolist()
        return row

    @property
    def finite(self) -> bool:
        """Whether every number of it is."""
        return all(map(isfinite, [*self.reads, *self.z, *self.a]))


class Subject(NamedTuple):
    """A row of a trace, what it is called, and the dice that choose what is asked about it."""

    trace: Trace
    row: int
    called: str
    draw: Draw

    def part(self, place: int) -> Part:
        """Return a layer by its place, from 0."""
        traced = self.trace.layers[place]
        (before,) = self.trace.network.reads(traced.name)
        (reads,) = self.trace.read_by(traced.name)
        numbers = (values[self.row].tolist() for values in (reads, traced.z, traced.a))
        return Part(traced.layer, before, *numbers)

    def some(self, fits: Callable[[Layer], bool]) -> Part | None:
        """Return one of the layers that fit, drawn; None without one, or where it overflowed."""
        places = [i for i, part in enumerate(self.trace.layers) if fits(part.layer)]
        if not places:
            return None
        part = self.part(self.draw.pick(places))
        return part if part.finite else None

    def name(self, layer: str, index: int) -> str:
        """Return the name of a neuron or input, as code."""
        return code(self.plain_name(layer, index))

    def layer(self, name: str) -> str:
        """Return the name of a layer, as code."""
        return code(name)

    def plain_name(self, layer: str, index: int) -> str:
        """Return the name of a neuron or input as it is."""
        return name_of(self.trace.network, Neuron(layer, index))

    def sources(self, part: Part) -> list[str]:
        """Return the names of what a layer reads, as code."""
        return [code(name) for name in source_names(self.trace.network, part.before)]

    def given(self, part: Part) -> str:
        """Say what the first layer of a net that normalises is given: not the input itself."""
        if part.reads_layer or not self.trace.network.input.normalised:
            return ""
        return ", which is `(input - mean) / std`"

    def set_by_hand(self, layer: str, index: int) -> bool:
        """Whether the output of a neuron was."""
        return Neuron(layer, index) in self.trace.overrides


def code(name: str) -> str:
    """Mark a name from a net as code."""
    return f"`{words(name)}`"


def words(name: str) -> str:
    """Put a name from a net into a text, where a backquote would begin code."""
    return name.replace("`", _QUOTED)


def finished(text: str, marked: bool) -> str:
    """Give names their own backquotes back; without `marked`, nothing else has any."""
    return (text if marked else text.replace("`", "")).replace(_QUOTED, "`")


def has_backquote(texts: Sequence[str]) -> bool:
    """Whether a name in these texts holds a backquote."""
    return any(_QUOTED in text for text in texts)


def say(value: float, digits: int = 4) -> str:
    """Write a number with up to so many decimals: `0.5`, `-1.2346`, `1.25e-05`."""
    if value == 0 or not isfinite(value):
        return "0" if value == 0 else str(value)
    if 1e-3 <= abs(value) < 1e7:
        return f"{value:.{digits}f}".rstrip("0").rstrip(".")
    mantissa, _, exponent = f"{value:.{digits}e}".partition("e")
    return f"{mantissa.rstrip('0').rstrip('.')}e{exponent}"


def inside(value: float, digits: int = 4) -> str:
    """Write a number for the middle of a formula: `(-0.5)`."""
    return f"({say(value, digits)})" if value < 0 else say(value, digits)


def signed(value: float, digits: int = 4) -> str:
    """Write a number with its sign, be it plus: `+0.5`."""
    return say(value, digits) if value < 0 else f"+{say(value, digits)}"


def vector(values: Sequence[float], digits: int = 4) -> str:
    """Write some numbers as code: `[0.9, 0.8, 0.1]`."""
    return f"`[{', '.join(say(value, digits) for value in values)}]`"


def digits_for(right: float, compute: Told, *more: tuple[float, Told]) -> int | None:
    """Return how many digits to show so that what is computed from them is what is right.

    `compute` takes a function that gives a number as shown. `more` are other numbers that are told
    on the way, each with how it is computed. None where no digits are enough, or where a number is
    not finite.
    """
    wanted = [(right, compute), *more]
    if not all(isfinite(each) and abs(each) < LARGEST for each, _ in wanted):
        return None
    closes = [_equal]
    if all(abs(each) >= LARGE for each, _ in wanted):
        closes.append(_nearly)
    for close in closes:
        for digits in DIGITS:
            shown = shown_with(digits)
            if all(_leads(found(shown), each, close) for each, found in wanted):
                return digits
    return None


def digits_for_count(right: int, compute: Told) -> int | None:
    """Return how many digits to show so that who counts with them counts right; None for none."""
    return next((each for each in DIGITS if compute(shown_with(each)) == right), None)


def shown_with(digits: int) -> Callable[[float], Fraction]:
    """Return what gives a number as it is shown with so many digits."""
    return lambda value: Fraction(say(value, digits))


def _leads(found: Number, right: float, close: Callable[[Number, set[str], float], bool]) -> bool:
    """Whether somebody who finds a number is right, and finds it in the worked answer.

    It may be rounded to three decimals as people do, half-way up or to the even digit. `close` says
    whether the answer that is told is the one that was found.
    """
    if not isfinite(found):
        return False
    texts = rounded(found)
    if not close(found, texts, right):
        return False
    answers = accepted(right)
    return all(answers.takes(each) for each in (Fraction(found), *map(Fraction, texts)))


def _equal(found: Number, texts: set[str], right: float) -> bool:
    """Whether a number that is written so is what is told of another, three decimals."""
    return to_three(right) in texts


def _nearly(found: Number, texts: set[str], right: float) -> bool:
    """Whether a large number differs by no more than float32 rounds off."""
    return abs(found - right) <= 2e-7 * abs(right)


def written_sum(weights: Sequence[float], reads: Sequence[float], bias: float, digits: int) -> str:
    """Write the sum of a neuron with its numbers filled in."""
    pairs = zip(weights, reads, strict=True)
    terms = [f"{inside(weight, digits)} × {inside(value, digits)}" for weight, value in pairs]
    return " + ".join([*terms, inside(bias, digits)])


def weighted(weights: Sequence[float], reads: Sequence[float]) -> float:
    """Return the sum of the products; infinite or NaN where they are."""
    return exact_sum(weight * value for weight, value in zip(weights, reads, strict=True))


def with_numbers(part: Part, index: int, z: float, digits: int) -> str:
    """Write the formula of a layer's activation with z and its parameters filled in."""
    values = {"z": say(z, digits)} | parameters(part, index, digits)
    formula = part.layer.activation.kind.formula

    # `min` and `max` are functions unless they are the parameters of that name
    def put(found: re.Match[str]) -> str:
        if found[0] not in values:
            return found[0]
        before, after = formula[: found.start()].rstrip(), formula[found.end() :]
        alone = before[-1:] in ("(", ",", "|", "") and after[:1] in (")", ",", "|", "")
        return values[found[0]] if alone else _bracketed(values[found[0]])

    return re.sub(r"[^\W\d_]\w*(?!\()\b", put, formula)


def formula(part: Part, index: int, digits: int) -> str:
    """Write how the activation of a neuron makes a of z, with what its parameters are."""
    kind = part.layer.activation.kind
    own = [f"`{name} = {value}`" for name, value in parameters(part, index, digits).items()]
    text = f"`a = {kind.formula}`" + (f" with {listed(own)}" if own else "")
    phi = ", where Φ(z) is the share of a normal distribution below z"
    return text + (phi if "Φ" in kind.formula else "")


def parameters(part: Part, index: int, digits: int) -> dict[str, str]:
    """Return the parameters of a neuron's activation as people write them."""
    own = part.parameters(index)
    return {name: _parameter(value, digits) for name, value in own.items()}


def _parameter(value: float, digits: int) -> str:
    return "1/6" if value == 1 / 6 else say(value, digits)


def _bracketed(text: str) -> str:
    return f"({text})" if text.startswith("-") or "/" in text else text
