"""LSTM, GRU and RNN: steps × rows × in, read one way or both, and a state that is carried along."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple, Self

import numpy as np

from nntrace.core.graph.graph import Node, Tensor
from nntrace.core.graph.operators.gates import Function, functions
from nntrace.core.graph.operators.widths import rounded_once
from nntrace.core.op import times

States = tuple[Tensor, ...]  # what is carried from step to step: rows × size each, h first
# (the sums over a step's x, the states before) -> the states after
Take = Callable[[Tensor, States], States]


@dataclass(frozen=True)
class _Reads:
    """What all three read, in the order of the standard."""

    x: Tensor
    weights: Tensor
    recurrent: Tensor
    bias: Tensor | None = None
    lengths: Tensor | None = None
    h: Tensor | None = None

    @property
    def size(self) -> int:
        """How many numbers the state has."""
        return int(self.recurrent.shape[-1])

    @property
    def starts(self) -> tuple[Tensor | None, ...]:
        """The states before the first step; None for zeros."""
        return (self.h,)

    def steps_first(self) -> Self:
        """Return the same, of which rows came first, with steps first."""
        first = {name: getattr(self, name, None) for name in ("x", "h", "cell")}
        return replace(
            self, **{name: x.swapaxes(0, 1) for name, x in first.items() if x is not None}
        )


@dataclass(frozen=True)
class _LstmReads(_Reads):
    cell: Tensor | None = None
    peepholes: Tensor | None = None

    @property
    def starts(self) -> tuple[Tensor | None, ...]:
        return self.h, self.cell


class _Way(NamedTuple):
    """One direction: how a step is taken, what its sums over x are made with, and its start."""

    take: Take
    weights: Tensor
    bias: Tensor | None  # of the sums over x, that of the sums over h included where it can be
    start: States


_USUAL = {1: ("Tanh",), 2: ("Sigmoid", "Tanh"), 3: ("Sigmoid", "Tanh", "Tanh")}


@rounded_once
def lstm(node: Node, *inputs: Any) -> tuple[Tensor, ...]:
    """Long short-term memory; gates in the order i, o, f, c. LSTM-22."""
    reads = _LstmReads(*inputs)
    size, bias, peepholes = reads.size, reads.bias, reads.peepholes
    told = _functions(node, 3, reads)

    def way(place: int, start: States) -> _Way:
        both = None if bias is None else bias[place, : 4 * size] + bias[place, 4 * size :]
        peep = None if peepholes is None else peepholes[place].reshape(3, size)
        coupled = bool(node.get("input_forget", 0))
        take = _lstm_step(reads.recurrent[place], told[3 * place : 3 * place + 3], peep, coupled)
        return _Way(take, reads.weights[place], both, start)

    return _through(node, reads, 4, way)


def _lstm_step(
    recurrent: Tensor, through: Sequence[Function], peep: Tensor | None, coupled: bool
) -> Take:
    turned, size = recurrent.T, recurrent.shape[1]
    f, g, h = through
    if peep is None and not coupled:

        def take(sums: Tensor, states: States) -> States:
            sums = sums + states[0] @ turned
            gates = f(sums[:, : 3 * size])
            cell = gates[:, 2 * size :] * states[1]
            cell += gates[:, :size] * g(sums[:, 3 * size :])
            return gates[:, size : 2 * size] * h(cell), cell

        return take

    ways = np.zeros((3, size), recurrent.dtype) if peep is None else peep

    def take_all(sums: Tensor, states: States) -> States:
        of_i, of_o, of_f, of_c = np.split(sums + states[0] @ turned, 4, axis=1)
        i = f(of_i + ways[0] * states[1])
        forget = 1 - i if coupled else f(of_f + ways[2] * states[1])
        cell = forget * states[1] + i * g(of_c)
        return f(of_o + ways[1] * cell) * h(cell), cell

    return take_all


@rounded_once
def gru(node: Node, *inputs: Any) -> tuple[Tensor, ...]:
    """Gated recurrent unit; gates in the order z, r, h. GRU-22."""
    reads = _Reads(*inputs)
    size, bias = reads.size, reads.bias
    told = _functions(node, 2, reads)
    before = bool(node.get("linear_before_reset", 0))

    def way(place: int, start: States) -> _Way:
        of_x, of_h = None, np.zeros(size, reads.x.dtype)
        if bias is not None:
            of_x = bias[place, : 3 * size].copy()
            of_x[: 2 * size] += bias[place, 3 * size : 5 * size]
            of_h = bias[place, 5 * size :]
            if not before:
                of_x[2 * size :] += of_h
        take = _gru_step(reads.recurrent[place], told[2 * place : 2 * place + 2], of_h, before)
        return _Way(take, reads.weights[place], of_x, start)

    return _through(node, reads, 3, way)


def _gru_step(recurrent: Tensor, through: Sequence[Function], bias: Tensor, before: bool) -> Take:
    turned, size = recurrent.T, recurrent.shape[1]
    of_gates, of_new = turned[:, : 2 * size], turned[:, 2 * size :]
    f, g = through

    def take(sums: Tensor, states: States) -> States:
        (h,) = states
        if before:
            made = h @ turned
            gates = f(sums[:, : 2 * size] + made[:, : 2 * size])
            new = gates[:, size:] * (made[:, 2 * size :] + bias)
        else:
            gates = f(sums[:, : 2 * size] + h @ of_gates)
            new = (gates[:, size:] * h) @ of_new
        new = g(sums[:, 2 * size :] + new)
        return (new + gates[:, :size] * (h - new),)

    return take


@rounded_once
def rnn(node: Node, *inputs: Any) -> tuple[Tensor, ...]:
    """A state made of the step and of the state before. RNN-22."""
    reads = _Reads(*inputs)
    size, bias = reads.size, reads.bias
    told = _functions(node, 1, reads)

    def way(place: int, start: States) -> _Way:
        turned, through = reads.recurrent[place].T, told[place]
        both = None if bias is None else bias[place, :size] + bias[place, size:]

        def take(sums: Tensor, states: States) -> States:
            return (through(sums + states[0] @ turned),)

        return _Way(take, reads.weights[place], both, start)

    return _through(node, reads, 1, way)


def _functions(node: Node, count: int, reads: _Reads) -> tuple[Function, ...]:
    """Return so many functions for each direction."""
    ways = len(reads.weights)
    told = functions(node, _USUAL[count] * ways, reads.x.dtype, min(count, 2))
    if len(told) != count * ways:
        takes = count * ways
        raise ValueError(f"has {len(told)} activations, takes {takes}, {count} a direction")
    return told


_BACKWARD = {"forward": (False,), "reverse": (True,), "bidirectional": (False, True)}


def _through(
    node: Node, reads: _Reads, gates: int, way: Callable[[int, States], _Way]
) -> tuple[Tensor, ...]:
    """Return what all steps give, steps × directions × rows × size, and the last states.

    With layout 1 the rows come first, of what is read too. Of a row that is shorter than the
    others (`lengths`), what is beyond its end is 0, and its last state is that at its end.
    """
    rows_first = bool(node.get("layout", 0))
    if rows_first:
        reads = reads.steps_first()
    backward = _BACKWARD.get(node.get("direction", "forward"))
    if backward is None:
        raise ValueError(f"has direction {node.get('direction')}, which is none")
    _check(node, reads, gates, len(backward))
    x, lengths, size = reads.x, reads.lengths, reads.size
    if lengths is not None and (lengths == len(x)).all():
        lengths = None
    steps, rows = x.shape[:2]
    given = np.zeros((steps, len(backward), rows, size), x.dtype)
    ends: list[States] = []
    for place, turned in enumerate(backward):
        none = np.zeros((rows, size), x.dtype)
        one = way(place, tuple(none if each is None else each[place] for each in reads.starts))
        ends.append(_go(one, x, given[:, place], lengths, turned))
    last = tuple(np.stack(states) for states in zip(*ends, strict=True))
    if rows_first:
        last = tuple(each.swapaxes(0, 1) for each in last)
        return given.transpose(2, 0, 1, 3), *last
    return given, *last


def _go(way: _Way, x: Tensor, given: Tensor, lengths: Tensor | None, backward: bool) -> States:
    """Take all steps, writing down what each gives; return the states at the end."""
    steps, rows, inner = x.shape
    sums = (x.reshape(-1, inner) @ way.weights.T).reshape(steps, rows, -1)
    if way.bias is not None:
        sums += way.bias
    states = way.start
    for step in reversed(range(steps)) if backward else range(steps):
        after = way.take(sums[step], states)
        if lengths is None:
            states, given[step] = after, after[0]
            continue
        inside = (step < lengths)[:, np.newaxis]  # read backward, a row begins at its own end
        given[step] = np.where(inside, after[0], 0)
        states = tuple(map(np.where, [inside] * len(after), after, states))
    return states


def _check(node: Node, reads: _Reads, gates: int, ways: int) -> None:
    """Raise ValueError where shapes do not fit each other."""
    x, size = reads.x, reads.size
    told = node.get("hidden_size", size)
    fits = [
        (reads.weights, (ways, gates * size, x.shape[-1] if x.ndim == 3 else -1)),
        (reads.recurrent, (ways, gates * size, told)),
        (reads.bias, (ways, 2 * gates * size)),
        *((each, (ways, x.shape[1], size)) for each in reads.starts if x.ndim == 3),
    ]
    for given, shape in fits:
        if given is not None and given.shape != shape:
            found = f"reads {times(x.shape)}, and has {times(given.shape)}"
            raise ValueError(f"{found} where {times(shape)} would fit")
