"""LSTM and GRU: what happens at a step."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from nntrace.core.arrays import Array
from nntrace.core.numerics.functions import sigmoid, tanh
from nntrace.core.op import Gate
from nntrace.core.ops.states import Moment, Recurrent, Told, recurrent_fields


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
    SUMS: ClassVar = tuple(f"{gate} gate's sum" for gate in ("input", "forget", "cell", "output"))
    FIELDS: ClassVar = recurrent_fields("input, forget, cell and output gate", 4)
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
    SUMS: ClassVar = ("reset gate's sum", "update gate's sum", "new's sum")
    FIELDS: ClassVar = recurrent_fields("reset, update and new gate", 3)
    GATES: ClassVar = 3

    def through(self, gate: int, before: Sequence[Gate]) -> Any:
        if gate != 2:
            return super().through(gate, before)
        reset = before[0].terms
        return _made(sigmoid, np.atleast_1d(reset.weights @ reset.values + reset.bias))[0]

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
