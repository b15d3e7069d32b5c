"""LSTM and GRU as graphs have them: what they read has an axis for rows, and the last state, or the
cell, may be all that they give. Net files say neither."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np

from nntrace.core.arrays import Array
from nntrace.core.op import Gate, Shape, Terms
from nntrace.core.ops.recurrent import Gru, Lstm
from nntrace.core.ops.states import Recurrent

Given = Literal["each", "last", "cell"]


class _OfGraph(Recurrent):
    """`gives` says what z is: the state at each step, the last one, or the last cell.

    What is read is steps × in, or steps × 1 × in. Of the last state, and of the last cell, the
    states at each step may be read besides, where the graph gives them too: its weights are those
    of the layer that gives them, and are not counted again.
    """

    gives: Given
    among: bool  # whether the states at each step are read besides

    @property
    def sayable(self) -> bool:
        return self.gives == "each"

    def shape(self, *reads: Shape) -> Shape:
        steps, width = super().shape(_without_rows(reads[0]))
        return (steps, width) if self.gives == "each" else (width,)

    def run(self, reads: Sequence[Array], z: Array, exact: bool) -> None:
        x = _steps(reads[0], 1)
        if self.gives == "each":
            super().run([x], z, exact)
            return
        for way in self.directions():
            part = z[..., way.place * self.size : (way.place + 1) * self.size]
            for _, moment in self.moments(x, way, exact):
                part[...] = moment.cell if self.gives == "cell" else moment.h

    def terms(self, reads: Sequence[Array], index: int) -> Terms:
        x = _steps(reads[0])
        terms = super().terms([x], self._among(len(x), index))
        if self.gives != "cell":
            return terms
        return terms._replace(steps=terms.steps[:-1])  # what becomes of the cell is not given

    def gates(self, reads: Sequence[Array], z: Array, index: int) -> tuple[Gate, ...]:
        x = _steps(reads[0])
        if self.gives == "each":
            return super().gates([x], z, index)
        at, states = self._among(len(x), index), np.empty((1, *super().shape(x.shape)), x.dtype)
        super().run([x[np.newaxis]], states, False)
        gates = super().gates([x], states[0], at)
        return gates if self.among else tuple(map(_without_states, gates))

    def _among(self, steps: int, index: int) -> int:
        """Return which number of the states at each step one is: of the last step in its way."""
        if self.gives == "each":
            return index
        width = self.size * (2 if self.direction == "both" else 1)
        way = next(way for way in self.directions() if way.place == index // self.size)
        return (0 if way.backward else steps - 1) * width + index

    @cached_property
    def arrays(self) -> Mapping[str, Array]:
        return {} if self.among else super().arrays


@dataclass(frozen=True, eq=False, repr=False)
class GraphLstm(_OfGraph, Lstm):
    """An LSTM of a graph."""

    gives: Given = "each"
    among: bool = False


@dataclass(frozen=True, eq=False, repr=False)
class GraphGru(_OfGraph, Gru):
    """A GRU of a graph."""

    gives: Given = "each"
    among: bool = False


def _without_rows(shape: Shape) -> Shape:
    return (shape[0], shape[2]) if len(shape) == 3 and shape[1] == 1 else shape


def _steps(x: Array, rows: int = 0) -> Array:
    """Return what is read as … × steps × in, behind so many axes."""
    return x.reshape(*x.shape[:rows], *_without_rows(x.shape[rows:]))


def _without_states(gate: Gate) -> Gate:
    """Return a gate whose terms are those of what is read alone: no layer gives the states before,
    whose part goes with the bias."""
    terms = gate.terms
    read, rest = terms.read == 0, terms.read != 0
    bias = terms.bias + float(terms.weights[rest] @ terms.values[rest])
    weights, values, places = (each[read] for each in (terms.weights, terms.values, terms.places))
    return Gate(gate.name, Terms(weights, values, places, terms.read[read], bias))
