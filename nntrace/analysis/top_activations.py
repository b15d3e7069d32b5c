"""What excites a neuron: the rows, and the classes of rows, for which its `a` is largest."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from nntrace.analysis.activity import active
from nntrace.analysis.classes import Classes
from nntrace.core.activation import Largest, Over
from nntrace.core.forward import Trace
from nntrace.core.layer import Layer
from nntrace.core.names import Neuron, find_neuron, name_of
from nntrace.core.network import Network
from nntrace.errors import UsageError, unknown

MOST_ROWS = 5


class ExcitingRow(NamedTuple):
    """A row by its number from 0, its class by index, and what it makes the neuron give."""

    row: int
    class_index: int
    a: float


class ClassMean(NamedTuple):
    """The mean `a` of a neuron over the rows of a class."""

    class_index: int
    rows: int
    mean: float


class Excitation(NamedTuple):
    """What a neuron answers to.

    `rows` are those with the largest `a`, largest first; only rows that it is active for, where its
    activation is silent below 0. `means` has each class that there are rows of, largest first.
    `active` counts the rows that it is active for, `rule` says what that means. `constant` is what
    it gives for all rows, where that is always the same; a dead neuron is never active and gives 0.
    """

    neuron: Neuron
    name: str
    label: str | None
    rows: tuple[ExcitingRow, ...]
    means: tuple[ClassMean, ...]
    active: int
    rule: Over | Largest
    constant: float | None

    @property
    def dead(self) -> bool:
        """Whether it is never active and gives 0 whatever it reads, as far as the rows tell."""
        return self.constant == 0 and not self.active


def excitation(trace: Trace, neuron: Neuron | str, classes: Classes) -> Excitation:
    """Measure what excites one neuron of a trace, whose rows are of these classes.

    Of rows with the same `a`, the first is taken. Raises UsageError for a neuron that is not there,
    and for an input.
    """
    if isinstance(neuron, str):
        neuron = find_neuron(trace.network, neuron)
    name = name_of(trace.network, neuron)
    if neuron.layer == "input":
        raise UsageError(f"{name} is an input, which is given; name a neuron")
    traced = trace[neuron.layer]
    values = traced.a[:, neuron.index].astype(np.float64)
    order = np.argsort(-values, kind="stable")
    if traced.layer.activation.kind.silence:
        order = order[values[order] > 0]
    same = bool((values == values[0]).all())
    rows = [
        ExcitingRow(row, int(classes.of_rows[row]), float(values[row]))
        for row in ([] if same else order[:MOST_ROWS].tolist())
    ]
    means = [
        ClassMean(index, rows_in, float(values[classes.of_rows == index].mean()))
        for index, rows_in in enumerate(classes.counts)
        if rows_in
    ]
    return Excitation(
        neuron=neuron,
        name=name,
        label=_label(traced.layer, neuron.index),
        rows=tuple(rows),
        means=tuple(sorted(means, key=lambda each: -each.mean)),
        active=int(active(traced)[:, neuron.index].sum()),
        rule=traced.layer.activation.kind.active,
        constant=float(values[0]) if same else None,
    )


def _label(layer: Layer, index: int) -> str | None:
    """Return the label of a number; labels name the last axis."""
    return layer.labels[index % len(layer.labels)] if layer.labels else None


def neurons_named(network: Network, word: str) -> list[Neuron]:
    """Return the neurons that `LAYER`, `LAYER.INDEX` or `LAYER.LABEL` means.

    Raises UsageError, with the nearest known name, where there is none of the kind.
    """
    sizes = {layer.name: layer.size for layer in network.layers}
    if word in sizes:
        return [Neuron(word, index) for index in range(sizes[word])]
    if "." not in word and word != "input":
        raise UsageError(unknown("layer", word, sizes))
    neuron = Neuron("input", 0) if word == "input" else find_neuron(network, word)
    if neuron.layer == "input":
        raise UsageError("the input is given, nothing excites it; name a layer or a neuron")
    return [neuron]
