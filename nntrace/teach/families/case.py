"""What a question from a net is drawn from: a row of a trace, its layers and its neurons."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import isfinite
from typing import NamedTuple

import numpy as np

from nntrace.core.activation import Activation
from nntrace.core.forward import Trace
from nntrace.core.layer import Layer
from nntrace.core.names import Neuron, name_of, source_names
from nntrace.errors import NetworkError, listed
from nntrace.teach.draw import Draw
from nntrace.teach.families.numbers import Number, Rounding, Unfit, code, inside, say


class Fact(NamedTuple):
    """Something that can be asked about a net: a quantity of a layer, a neuron, a source of it.

    `layer` is "" for the whole net; -1 stands for no neuron, no source or no row.
    """

    quantity: str
    layer: str = ""
    index: int = -1  # type: ignore[assignment]  # not tuple's method of that name
    source: int = -1
    row: int = -1


@dataclass(frozen=True, eq=False)
class LayerRow:
    """One layer in one row of a trace: what it reads, its z, and its a, as Python floats."""

    trace: Trace
    row: int
    layer: Layer
    before: str
    reads: list[float]
    z: list[float]
    a: list[float]

    @cached_property
    def neurons(self) -> list[NeuronRow]:
        """The neurons of the layer in that row."""
        return [
            NeuronRow(self, i, z, a) for i, (z, a) in enumerate(zip(self.z, self.a, strict=True))
        ]

    @property
    def reads_layer(self) -> bool:
        """Whether it reads what a layer gives, and not the input."""
        return self.before != "input"

    @property
    def sources(self) -> list[str]:
        """The names of what it reads, as code."""
        return [code(name) for name in source_names(self.trace.network, self.before)]

    def source(self, index: int) -> str:
        """Return the name of one of these as it is."""
        return name_of(self.trace.network, Neuron(self.before, index))

    @property
    def given(self) -> str:
        """What the first layer of a net that normalises is given: not the input itself."""
        if self.reads_layer or not self.trace.network.input.normalised:
            return ""
        return ", which is `(input - mean) / std`"

    @property
    def set_by_hand(self) -> bool:
        """Whether the output of any of its neurons was."""
        return any(neuron.set_by_hand for neuron in self.neurons)

    @property
    def finite(self) -> bool:
        """Whether every number of it is."""
        return all(map(isfinite, [*self.reads, *self.z, *self.a]))

    def read(self, sources: Iterable[int]) -> list[Fact]:
        """Return the outputs of the layer before that a question shows; none of the input."""
        if not self.reads_layer:
            return []
        return [Fact("a", self.before, source, row=self.row) for source in sources]

    def reading(self, reads: Sequence[float]) -> list[float]:
        """Return the z of the layer where it reads other numbers, as the net computes them."""
        given = np.array([reads], self.layer.weights.dtype)
        z = np.empty((1, self.layer.size), given.dtype)
        with np.errstate(all="ignore"):
            self.layer.op.run([given], z, exact=False)
        held: list[float] = z[0].tolist()
        return held

    def together(self, z: Sequence[float]) -> list[float]:
        """Return what its activation makes of the z of the whole layer, as the net computes it."""
        given = np.array([z], self.layer.weights.dtype)
        row: list[float] = self.layer.activation(given)[0].tolist()
        return row


@dataclass(frozen=True, eq=False)
class NeuronRow:
    """One neuron in one row of a trace, with the numbers that its z and its a are made of."""

    of: LayerRow
    index: int
    z: float
    a: float

    @property
    def layer(self) -> Layer:
        """The layer that it is of."""
        return self.of.layer

    @cached_property
    def weights(self) -> list[float]:
        """Its weights, one for each number that it reads."""
        row: list[float] = self.layer.weights[self.index].tolist()
        return row

    @property
    def bias(self) -> float:
        """Its bias."""
        return float(self.layer.bias[self.index])

    @property
    def products(self) -> list[float]:
        """Each weight times what it multiplies."""
        return [w * x for w, x in zip(self.weights, self.of.reads, strict=True)]

    @property
    def name(self) -> str:
        """Its name, as code."""
        return code(self.plain_name)

    @property
    def plain_name(self) -> str:
        """Its name as it is."""
        return name_of(self.of.trace.network, Neuron(self.layer.name, self.index))

    @property
    def set_by_hand(self) -> bool:
        """Whether its output was."""
        return Neuron(self.layer.name, self.index) in self.of.trace.overrides

    def beside(self) -> list[NeuronRow]:
        """Return the neurons before and behind it in the layer."""
        return [each for each in self.of.neurons if abs(each.index - self.index) == 1]

    def fact(self, quantity: str, source: int = -1) -> Fact:
        """Return something that can be asked about it."""
        return Fact(quantity, self.layer.name, self.index, source, self.of.row)

    def parameters(self) -> dict[str, float]:
        """Return the parameters of its activation."""
        own = self.layer.activation.parameters.items()
        size = self.layer.size
        return {name: float(np.broadcast_to(value, size)[self.index]) for name, value in own}

    def activated(self, z: Number, rounding: Rounding = float) -> float:
        """Return what its activation makes of a z, in float64; it must not be rowwise.

        `rounding` gives a parameter as it is told; NaN where these make no activation.
        """
        told = {
            name: value if value == 1 / 6 else float(rounding(value))
            for name, value in self.parameters().items()
        }
        try:
            activation = Activation(self.layer.activation.kind, told)
        except NetworkError:  # an alpha that is 0 to so many digits, and may not be
            return float("nan")
        return float(activation(np.full((1, 1), float(z)))[0, 0])

    def written_sum(self, digits: int) -> str:
        """Write its sum with the numbers filled in."""
        pairs = zip(self.weights, self.of.reads, strict=True)
        terms = [f"{inside(weight, digits)} × {inside(value, digits)}" for weight, value in pairs]
        return " + ".join([*terms, inside(self.bias, digits)])

    def formula(self, digits: int) -> str:
        """Write how its activation makes a of z, with what its parameters are."""
        formula = self.layer.activation.kind.formula
        own = [f"`{name} = {value}`" for name, value in self._written(digits).items()]
        text = f"`a = {formula}`" + (f" with {listed(own)}" if own else "")
        phi = ", where Φ(z) is the share of a normal distribution below z"
        return text + (phi if "Φ" in formula else "")

    def with_numbers(self, digits: int) -> str:
        """Write the formula of its activation with z and its parameters filled in."""
        values = {"z": say(self.z, digits)} | self._written(digits)
        return self.layer.activation.kind.with_numbers(values)

    def _written(self, digits: int) -> dict[str, str]:
        """Return the parameters of its activation as people write them."""
        own = self.parameters().items()
        return {name: "1/6" if value == 1 / 6 else say(value, digits) for name, value in own}


class Case(NamedTuple):
    """A row of a trace, what it is called, and the dice that choose what is asked about it."""

    trace: Trace
    row: int
    called: str
    draw: Draw

    def layer_row(self, place: int) -> LayerRow:
        """Return a layer by its place, from 0."""
        traced = self.trace.layers[place]
        (before,) = self.trace.network.reads(traced.name)
        (reads,) = self.trace.read_by(traced.name)
        numbers = (values[self.row].tolist() for values in (reads, traced.z, traced.a))
        return LayerRow(self.trace, self.row, traced.layer, before, *numbers)

    def draw_layer(self, fits: Callable[[Layer], bool]) -> LayerRow:
        """Return one of the layers that fit, drawn; Unfit without one, or where it overflowed."""
        places = [i for i, traced in enumerate(self.trace.layers) if fits(traced.layer)]
        if not places:
            raise Unfit
        layer_row = self.layer_row(self.draw.pick(places))
        if not layer_row.finite:
            raise Unfit
        return layer_row

    def draw_neuron(self, fits: Callable[[Layer], bool] = lambda _: True) -> NeuronRow:
        """Return a neuron of one of the layers that fit, drawn; Unfit as `draw_layer` says."""
        return self.draw.pick(self.draw_layer(fits).neurons)


def activates(layer: Layer) -> bool:
    """Whether a neuron's a is something else than its z, and needs no other z."""
    kind = layer.activation.kind
    return not kind.rowwise and not kind.identity
