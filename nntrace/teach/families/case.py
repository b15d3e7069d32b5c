"""What a question from a net is drawn from: a row of a trace, its layers and its neurons."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import isfinite
from typing import NamedTuple

import numpy as np

from nntrace.core.activation import Activation
from nntrace.core.arrays import Array
from nntrace.core.forward import LayerTrace, Trace
from nntrace.core.layer import Layer
from nntrace.core.names import Neuron, name_of
from nntrace.core.op import Terms
from nntrace.core.ops.dense import Dense
from nntrace.errors import NetworkError, listed
from nntrace.teach.draw import Draw
from nntrace.teach.families.numbers import Number, Rounding, Unfit, code, inside, say

# A function of a formula that nobody works out on paper, with what it is of, three brackets deep.
_IN_BRACKETS = r"(?:[^()]|\((?:[^()]|\((?:[^()]|\([^()]*\))*\))*\))*"
_FUNCTION = re.compile(rf"(?:(?:e\^|tanh|ln|√|Φ)\({_IN_BRACKETS}\)|e\^[\d.]+)")


class Fact(NamedTuple):
    """Something that can be asked about a net: a quantity of a layer, a neuron, a source of it.

    `layer` is "" for the whole net; -1 stands for no neuron, no source or no row.
    """

    quantity: str
    layer: str = ""
    index: int = -1  # type: ignore[assignment]  # not tuple's method of that name
    source: int = -1
    row: int = -1

    def further(self, rows: int) -> Fact:
        """Return it where so many rows come before those that it counts."""
        return self._replace(row=self.row + rows) if self.row >= 0 else self


@dataclass(frozen=True, eq=False)
class LayerRow:
    """One layer in one row of a trace: what it reads, its z, and its a."""

    trace: Trace
    row: int
    traced: LayerTrace

    @property
    def layer(self) -> Layer:
        """The layer itself."""
        return self.traced.layer

    @cached_property
    def arrays(self) -> list[Array]:
        """What it reads, each of its own shape."""
        shapes = [self.trace.network.shape(name) for name in self.layer.reads]
        read = self.trace.read_by(self.layer.name)
        return [values[self.row].reshape(shape) for values, shape in zip(read, shapes, strict=True)]

    @cached_property
    def neurons(self) -> list[NeuronRow]:
        """The neurons of the layer in that row."""
        return [self.neuron(index) for index in range(self.layer.size)]

    def neuron(self, index: int) -> NeuronRow:
        """Return one of them, by its place in C order."""
        z, a = self.traced.z[self.row, index], self.traced.a[self.row, index]
        return NeuronRow(self, index, float(z), float(a))

    @property
    def set_by_hand(self) -> bool:
        """Whether the output of any of its neurons was."""
        return any(neuron.layer == self.layer.name for neuron in self.trace.overrides)

    @property
    def finite(self) -> bool:
        """Whether every number of it is."""
        arrays = (*self.arrays, self.traced.z[self.row], self.traced.a[self.row])
        return all(np.isfinite(values).all() for values in arrays)

    def together(self, z: Sequence[float]) -> list[float]:
        """Return what its activation makes of the z of a line of it, as the net computes it."""
        given = np.array([z], self.trace.network.dtype)
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
    def terms(self) -> Terms:
        """The terms that its z is made of."""
        with np.errstate(all="ignore"):
            return self.layer.op.terms(self.of.arrays, self.index)

    @cached_property
    def weights(self) -> list[float]:
        """The weight of each term."""
        held: list[float] = self.terms.weights.tolist()
        return held

    @cached_property
    def reads(self) -> list[float]:
        """What each of them multiplies."""
        held: list[float] = self.terms.values.tolist()
        return held

    @property
    def bias(self) -> float:
        """Its bias."""
        return self.terms.bias

    @property
    def products(self) -> list[float]:
        """Each weight times what it multiplies."""
        return [w * x for w, x in zip(self.weights, self.reads, strict=True)]

    def origin(self, term: int) -> Neuron:
        """Return which neuron, or input, a term reads."""
        return Neuron(self.layer.reads[self.terms.read[term]], int(self.terms.places[term]))

    def source(self, term: int) -> str:
        """Return the name of that as it is."""
        return name_of(self.of.trace.network, self.origin(term))

    def given(self, terms: Iterable[int], which: str = "which") -> str:
        """Say of which inputs among these the net is given something else: it normalises them."""
        if not self.of.trace.network.input.normalised or "input" not in self.layer.reads:
            return ""
        of_input = {self.origin(term).layer == "input" for term in terms}
        if of_input == {True}:
            return f", {which} is `(input - mean) / std`"
        return ", inputs as `(input - mean) / std`" if True in of_input else ""

    def shown(self, terms: Iterable[int]) -> list[Fact]:
        """Return the outputs of other layers that a question shows; none of the input."""
        origins = map(self.origin, terms)
        return [Fact("a", *each, row=self.of.row) for each in origins if each.layer != "input"]

    def without(self, term: int) -> float:
        """Return its z where what a term reads is 0, as the net computes it."""
        given = [values[np.newaxis].copy() for values in self.of.arrays]
        given[self.terms.read[term]].flat[self.terms.places[term]] = 0
        z = np.empty((1, *self.layer.shape), self.of.trace.network.dtype)
        with np.errstate(all="ignore"):
            self.layer.op.run(given, z, exact=False)
        return float(z.flat[self.index])

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

    @property
    def line(self) -> list[NeuronRow]:
        """The neurons along the last axis at its place, itself too: of neurons in a row, all."""
        width = self.layer.shape[-1]
        start = self.index - self.index % width
        return [self.of.neuron(index) for index in range(start, start + width)]

    def beside(self) -> list[NeuronRow]:
        """Return the neurons before and behind it along the last axis."""
        place, width = self.index % self.layer.shape[-1], self.layer.shape[-1]
        return [self.of.neuron(self.index + d) for d in (-1, 1) if 0 <= place + d < width]

    def fact(self, quantity: str, source: int = -1) -> Fact:
        """Return something that can be asked about it."""
        return Fact(quantity, self.layer.name, self.index, source, self.of.row)

    def parameters(self) -> dict[str, float]:
        """Return the parameters of its activation."""
        own = self.layer.applied.parameters.items()
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
        pairs = zip(self.weights, self.reads, strict=True)
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

    def calculator(self, z: float, digits: int) -> str:
        """Say what of its activation's formula takes a calculator at a z; "" for nothing."""
        values = {"z": say(z, digits)} | self._written(digits)
        kind = self.layer.activation.kind
        if z > 0 and "if z > 0" in kind.formula:
            return ""
        written = kind.with_numbers(values).replace("−(-", "(").replace("−(", "-(")
        found = [re.sub(r"^e\^\(([\d.]+)\)$", r"e^\1", each) for each in _FUNCTION.findall(written)]
        return listed([f"`{each}`" for each in dict.fromkeys(found)]) if found else ""

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
        return LayerRow(self.trace, self.row, self.trace.layers[place])

    def seen(self, index: int) -> list[float]:
        """Return what an input is in the rows and in the net's examples, each value once."""
        rows = [self.trace.input[:, index]]
        examples = self.trace.network.examples
        rows += [each.input.reshape(-1)[index : index + 1] for each in examples]
        values: list[float] = np.unique(np.concatenate(rows)).tolist()
        return [value for value in values if isfinite(value)]

    def draw_layer(self, fits: Callable[[Layer], bool], *, finite: bool = True) -> LayerRow:
        """Return one of the layers that fit, drawn; Unfit without one, or where it overflowed.

        Without `finite` some of it may be infinite, on purpose or not.
        """
        places = [i for i, traced in enumerate(self.trace.layers) if fits(traced.layer)]
        if not places:
            raise Unfit
        layer_row = self.layer_row(self.draw.pick(places))
        if finite and not layer_row.finite:
            raise Unfit
        return layer_row

    def draw_neuron(self, fits: Callable[[Layer], bool]) -> NeuronRow:
        """Return a neuron of one of the layers that fit, drawn; Unfit as `draw_layer` says."""
        layer_row = self.draw_layer(fits)
        return layer_row.neuron(self.draw.below(layer_row.layer.size))


def plain(layer: Layer) -> bool:
    """Whether each of its neurons has a weight for everything that it reads, and a bias.

    It reads everything, or what there is at its own position.
    """
    return isinstance(layer.op, Dense) and len(set(layer.reads)) == len(layer.reads)


def neurons_of(layer: Layer) -> int:
    """Return how many neurons a plain layer has, at each position if there are several."""
    return len(layer.weights)


def activates(layer: Layer) -> bool:
    """Whether a neuron's a is something else than its z, and needs no other z."""
    kind = layer.activation.kind
    return not kind.rowwise and not kind.identity
