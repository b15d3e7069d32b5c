"""Layers that read step by step, and carry a state along: what LSTM and GRU share."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple

import numpy as np

from nntrace.core.arrays import Array
from nntrace.core.numerics.products import exact_product, product
from nntrace.core.op import (
    Channels,
    Field,
    Gate,
    Length,
    Op,
    Shape,
    Step,
    Terms,
    sized,
    times,
    unfit,
)
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


def recurrent_fields(gates: str, count: int) -> tuple[Field, ...]:
    """Return the keys of a kind with so many gates."""
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

    SUMS: ClassVar[tuple[str, ...]]  # the step of each gate that is a sum
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
        way, step, before, number = self._at(index)
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

    def _at(self, index: int) -> tuple[Direction, int, int, int]:
        """Return which way a number goes, at which step, the step before, and its place there."""
        step, number = divmod(index, self.size * (2 if self.direction == "both" else 1))
        place, number = divmod(number, self.size)
        way = next(way for way in self.directions() if way.place == place)
        return way, step, step + 1 if way.backward else step - 1, number

    def gates(self, reads: Sequence[Array], z: Array, index: int) -> tuple[Gate, ...]:
        way, step, before, number = self._at(index)
        x, first = reads[0][step], way.place * self.size
        size = self.size if 0 <= before < len(z) else 0  # at the start there is no state
        state = z[before, first : first + size] if size else x[:0]
        values = np.concatenate([x, state])
        at_state = np.arange(size) + before * z.shape[1] + first
        places = np.concatenate([np.arange(len(x)) + step * len(x), at_state])
        read = np.repeat([0, 1], [len(x), size])
        gates: list[Gate] = []
        for gate, name in enumerate(self.SUMS):
            row = gate * self.size + number
            through = self.through(gate, gates)
            weights = np.concatenate([way.weights[row], through * way.recurrent[row, :size]])
            bias = float(way.bias[row] + through * way.recurrent_bias[row])
            gates.append(Gate(name, Terms(weights, values, places, read, bias)))
        return tuple(gates)

    def through(self, gate: int, before: Sequence[Gate]) -> Any:
        """Return what a gate's sum over the state is multiplied by, told by the gates before."""
        return self.recurrent.dtype.type(1)
