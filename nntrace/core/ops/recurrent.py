"""Layers that read step by step, and carry a state along: LSTM and GRU."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple

import numpy as np

from nntrace.core.arrays import Array
from nntrace.core.numerics.functions import sigmoid, tanh
from nntrace.core.numerics.products import exact_product, product
from nntrace.core.op import Channels, Field, Length, Op, Shape, Step, Terms, sized, times, unfit
from nntrace.core.ops.embedding import tokens_width
from nntrace.errors import Problem


class Direction(NamedTuple):
    """One way through the steps, and the weights for it; `place` is its part of z, from 0."""

    place: int
    backward: bool
    weights: Array
    recurrent: Array
    bias: Array
    recurrent_bias: Array


class Told(NamedTuple):
    """What is computed at a step, rows × size. The formula's {x} and {h} stand for the sums over
    what is read and over the state before, {before} for that state."""

    name: str
    formula: str
    values: Array


class Moment(NamedTuple):
    """What happens at a step, in its order; the state `h` is the last of it. `cell` is carried on
    besides, where there is one."""

    told: tuple[Told, ...]
    cell: Array

    @property
    def h(self) -> Array:
        """The state after it, rows × size."""
        return self.told[-1].values


def _fields(gates: str, count: int) -> tuple[Field, ...]:
    rows = (f"{count}·size",)

    def array(
        name: str, doc: str, axes: tuple[str, ...], tensor: str, fill: float | None = None
    ) -> Field:
        return Field(name, "array", doc, axes=axes, tensor=tensor, fill=fill, stacked=True)

    return (
        Field("size", "count", "how many numbers the state has; weights may tell it instead"),
        Field(
            "direction",
            "choice",
            "which way the steps are read; both gives the states of both, side by side, and takes "
            "two of every array: a leading axis of 2",
            default="forward",
            choices=("forward", "backward", "both"),
        ),
        array(
            "weights",
            f"what the gates make of a step's numbers: size rows for each of {gates}",
            (*rows, "in"),
            "weight_ih_l0",
        ),
        array(
            "recurrent",
            "what they make of the state before: as many rows of size numbers",
            (*rows, "size"),
            "weight_hh_l0",
        ),
        array("bias", "one number a row", rows, "bias_ih_l0", 0.0),
        array("recurrent_bias", "the same", rows, "bias_hh_l0", 0.0),
    )


@dataclass(frozen=True, eq=False, repr=False)
class Recurrent(Op):
    """Steps × in → steps × size; a state goes from step to step, and is what each gives.

    `weights` are gates·size × in, `recurrent` gates·size × size, the biases gates·size numbers;
    with direction `both` all have a leading axis of 2, forward first, and z is 2·size wide.
    """

    weights: Array
    recurrent: Array
    bias: Array
    recurrent_bias: Array
    direction: str = "forward"

    GATES: ClassVar[int]

    @property
    def channels(self) -> Channels:
        return "last"

    @property
    def size(self) -> int:
        """How many numbers the state has."""
        return int(self.recurrent.shape[-1])

    def problems(self) -> Iterator[Problem]:
        lead = (2,) if self.direction == "both" else ()
        told = "2 × " if lead else ""
        for key, last in (("weights", "in"), ("recurrent", "size")):
            shape = getattr(self, key).shape
            if len(shape) != len(lead) + 2 or 0 in shape or shape[: len(lead)] != lead:
                message = f"is {times(shape)}, takes {told}{self.GATES}·size × {last}"
                yield Problem(message, (key,))
                return
        rows = (*lead, self.GATES * self.size)
        gates = f"{told}{rows[-1]}: {self.GATES} gates of size {self.size}"
        inner = self.weights.shape[-1]
        for key, shape in (("weights", (*rows, inner)), ("recurrent", (*rows, self.size))):
            yield from sized(getattr(self, key), shape, key, f"{times(shape)}: {gates}")
        for key in ("bias", "recurrent_bias"):
            yield from sized(getattr(self, key), rows, key, gates)

    @classmethod
    def lengths(cls, reads: Sequence[Shape], keys: Mapping[str, Any]) -> dict[str, Length]:
        inner = {"in": tokens_width(reads[0])[1]} if reads else {}
        return {"directions": 2, **inner}

    @classmethod
    def axes(cls, field: Field, keys: Mapping[str, Any]) -> tuple[str, ...]:
        return ("directions", *field.axes) if keys.get("direction") == "both" else field.axes

    @classmethod
    def tensors(cls, field: Field, keys: Mapping[str, Any]) -> list[tuple[str, ...]]:
        forward, backward = field.tensor, f"{field.tensor}_reverse"
        if keys.get("direction") == "both":
            return [(forward, backward)]
        return [(backward,), (forward,)] if keys.get("direction") == "backward" else [(forward,)]

    def shape(self, *reads: Shape) -> Shape:
        steps, inner = tokens_width(reads[0])
        if inner != self.weights.shape[-1]:
            found = f"has rows of {self.weights.shape[-1]}, takes {inner}"
            raise unfit(found, "weights")
        return steps, self.size * (2 if self.direction == "both" else 1)

    def directions(self) -> Iterator[Direction]:
        """Tell which ways it goes."""
        arrays = (self.weights, self.recurrent, self.bias, self.recurrent_bias)
        if self.direction == "both":
            for place in (0, 1):
                yield Direction(place, place == 1, *(values[place] for values in arrays))
        else:
            yield Direction(0, self.direction == "backward", *arrays)

    def run(self, reads: Sequence[Array], z: Array, exact: bool) -> None:
        for way in self.directions():
            part = z[..., way.place * self.size : (way.place + 1) * self.size]
            for step, moment in self.moments(reads[0], way, exact):
                part[:, step] = moment.h

    def moments(
        self, x: Array, way: Direction, exact: bool = False
    ) -> Iterator[tuple[int, Moment]]:
        """Go through the steps of rows × steps × in, in the order in which they are read."""
        multiply = exact_product if exact else product
        rows, steps, inner = x.shape
        of_x = np.empty((rows * steps, len(way.weights)), x.dtype)
        multiply(x.reshape(-1, inner), way.weights, of_x)
        of_x += way.bias
        of_x = of_x.reshape(rows, steps, -1)
        h = cell = np.zeros((rows, self.size), x.dtype)
        for step in reversed(range(steps)) if way.backward else range(steps):
            of_h = np.empty((rows, len(way.weights)), x.dtype)
            multiply(h, way.recurrent, of_h)
            of_h += way.recurrent_bias
            gates = range(0, of_h.shape[1], self.size)
            by_gate = [of_x[:, step, at : at + self.size] for at in gates]
            moment = self.moment(by_gate, [of_h[:, at : at + self.size] for at in gates], h, cell)
            h, cell = moment.h, moment.cell
            yield step, moment

    @abstractmethod
    def moment(self, of_x: Sequence[Array], of_h: Sequence[Array], h: Array, cell: Array) -> Moment:
        """Take a step: a gate each, what it makes of x and of h, both with their biases."""

    def terms(self, reads: Sequence[Array], index: int) -> Terms:
        step, number = divmod(index, self.size * (2 if self.direction == "both" else 1))
        place, number = divmod(number, self.size)
        way = next(way for way in self.directions() if way.place == place)
        before = step + 1 if way.backward else step - 1
        words = {
            "x": f"Σ weights · x[{step}] + bias",
            "h": f"Σ recurrent · z[{before}] + recurrent_bias",
            "before": f"step {before}",
        }
        if not 0 <= before < len(reads[0]):
            words |= {"h": "recurrent_bias", "before": "the start: 0"}
        moments = self.moments(reads[0][np.newaxis], way)
        moment = next(moment for at, moment in moments if at == step)
        told = tuple(
            Step(name, formula.format_map(words), float(values[0, number]))
            for name, formula, values in moment.told
        )
        return Terms.of(reads[0], [], steps=told)


@dataclass(frozen=True, eq=False, repr=False)
class Lstm(Recurrent):
    """Long short-term memory: what a cell keeps, takes up and lets out is told by three gates."""

    KIND: ClassVar = "lstm"
    GIVES: ClassVar = "steps × in → steps × size; with direction: both, steps × (2 · size)"
    DOC: ClassVar = "long short-term memory: reads step by step, and gives its state at each"
    FORMULA: ClassVar = (
        "c[t] = σ(f) · c[t−1] + σ(i) · tanh(g), z[t] = σ(o) · tanh(c[t]); each of i, f, g, o = "
        "Σ weights · x[t] + bias + Σ recurrent · z[t−1] + recurrent_bias, its own rows of them"
    )
    TORCH: ClassVar = "LSTM of one layer, batch_first; gates in the order i, f, g, o"
    ONNX: ClassVar = "LSTM; gates in the order i, o, f, c there"
    SOURCE: ClassVar = "https://docs.pytorch.org/docs/stable/generated/torch.nn.LSTM.html"
    FIELDS: ClassVar = _fields("input, forget, cell and output gate", 4)
    GATES: ClassVar = 4

    def moment(self, of_x: Sequence[Array], of_h: Sequence[Array], h: Array, cell: Array) -> Moment:
        sums = [x + h for x, h in zip(of_x, of_h, strict=True)]
        i, f, o = (_made(sigmoid, sums[at]) for at in (0, 1, 3))
        g = _made(tanh, sums[2])
        after = f * cell + i * g
        told = (
            Told("input gate's sum", "{x} + {h}", sums[0]),
            Told("input gate", "sigmoid(input gate's sum)", i),
            Told("forget gate's sum", "{x} + {h}", sums[1]),
            Told("forget gate", "sigmoid(forget gate's sum)", f),
            Told("cell gate's sum", "{x} + {h}", sums[2]),
            Told("cell gate", "tanh(cell gate's sum)", g),
            Told("output gate's sum", "{x} + {h}", sums[3]),
            Told("output gate", "sigmoid(output gate's sum)", o),
            Told("cell before", "the cell at {before}", cell),
            Told("cell", "forget gate · cell before + input gate · cell gate", after),
            Told("z", "output gate · tanh(cell)", o * _made(tanh, after)),
        )
        return Moment(told, after)


@dataclass(frozen=True, eq=False, repr=False)
class Gru(Recurrent):
    """Gated recurrent unit: how much of the state stays is told by one gate, and what comes in
    its place sees as much of it as another lets through."""

    KIND: ClassVar = "gru"
    GIVES: ClassVar = "steps × in → steps × size; with direction: both, steps × (2 · size)"
    DOC: ClassVar = "gated recurrent unit: reads step by step, and gives its state at each"
    FORMULA: ClassVar = (
        "z[t] = (1 − σ(u)) · n + σ(u) · z[t−1], n = tanh(n_x + σ(r) · n_z); r and u = r_x + r_z, "
        "u_x + u_z; each _x = Σ weights · x[t] + bias, each _z = Σ recurrent · z[t−1] + "
        "recurrent_bias, its own rows of them"
    )
    TORCH: ClassVar = "GRU of one layer, batch_first; gates in the order r, z (here u), n"
    ONNX: ClassVar = "GRU with linear_before_reset = 1; gates in the order z, r, h there"
    SOURCE: ClassVar = "https://docs.pytorch.org/docs/stable/generated/torch.nn.GRU.html"
    FIELDS: ClassVar = _fields("reset, update and new gate", 3)
    GATES: ClassVar = 3

    def moment(self, of_x: Sequence[Array], of_h: Sequence[Array], h: Array, cell: Array) -> Moment:
        sums = [of_x[at] + of_h[at] for at in (0, 1)]
        reset, update = (_made(sigmoid, each) for each in sums)
        total = of_x[2] + reset * of_h[2]
        new = _made(tanh, total)
        after = (1.0 - update) * new + update * h
        told = (
            Told("reset gate's sum", "{x} + {h}", sums[0]),
            Told("reset gate", "sigmoid(reset gate's sum)", reset),
            Told("update gate's sum", "{x} + {h}", sums[1]),
            Told("update gate", "sigmoid(update gate's sum)", update),
            Told("new of x", "{x}", of_x[2]),
            Told("new of state", "{h}", of_h[2]),
            Told("new's sum", "new of x + reset gate · new of state", total),
            Told("new", "tanh(new's sum)", new),
            Told("state before", "the state at {before}", h),
            Told("z", "(1 − update gate) · new + update gate · state before", after),
        )
        return Moment(told, cell)


def _made(function: Callable[..., None], values: Array) -> Array:
    """Return what a function that fills another array makes of the values."""
    made = np.empty(values.shape, values.dtype)
    function(values, made)
    return made
