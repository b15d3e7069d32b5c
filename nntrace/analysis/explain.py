"""How one neuron got its value: every term of its sum."""

from __future__ import annotations

from collections.abc import Iterable
from math import fsum
from typing import NamedTuple

import numpy as np

from nntrace.core import face
from nntrace.core.activation import Across
from nntrace.core.arrays import Array
from nntrace.core.forward import Trace
from nntrace.core.names import Neuron, find_neuron, name_of, source_names
from nntrace.core.network import Layer
from nntrace.errors import UsageError


class Softmax(NamedTuple):
    """How a softmax turned the layer's z into shares: `exponentials[i]` is e^(z[i] - largest)."""

    largest: float
    exponentials: Array
    total: float


class Explanation(NamedTuple):
    """One neuron's arithmetic for one row: z = sum of products + bias, a = activation(z).

    `values`, `weights` and `products` hold one number an input of the layer, in their order, in the
    net's dtype; `sources` are their names, `reads` that of the layer they belong to (or `input`);
    `normalised` says that they are the input normalised. `computed` is what the activation made of
    z, which `a` is unless it was set by hand. `logits` is the z of the whole layer.
    """

    row: int
    name: str
    neuron: Neuron
    layer: Layer
    reads: str
    normalised: bool
    sources: list[str]
    weights: Array
    values: Array
    products: Array
    bias: float
    z: float
    a: float
    computed: float
    logits: Array
    was_set: bool

    @property
    def label(self) -> str | None:
        """The neuron's label, where it has one."""
        return self.layer.labels[self.neuron.index] if self.layer.labels else None

    @property
    def softmax(self) -> Softmax | None:
        """The exponentials and their sum, for a neuron of a softmax layer."""
        if self.layer.activation.kind.across not in (Across.SHARES, Across.LOG_SHARES):
            return None
        with np.errstate(all="ignore"):
            largest = self.logits.max()
            exponentials = np.exp(self.logits - largest)
        return Softmax(float(largest), exponentials, float(exponentials.sum()))

    def __repr__(self) -> str:
        return face.text(self)

    def _repr_html_(self) -> str:
        return face.html(self)


def explain(trace: Trace, neuron: Neuron | str, row: int = 0) -> Explanation:
    """Take apart how a neuron, such as `output.cat`, got its value in one row of a trace.

    `row` counts from 0. Raises UsageError for a neuron that is not there, and for an input, which
    is given and not computed.
    """
    if isinstance(neuron, str):
        neuron = find_neuron(trace.network, neuron)
    if neuron.layer == "input":
        name = name_of(trace.network, neuron)
        raise UsageError(f"{name} is an input, which is given, not computed; name a neuron")
    traced = trace[neuron.layer]
    (reads,) = trace.network.reads(neuron.layer)
    (values,) = trace.read_by(neuron.layer)
    index = neuron.index
    weights = traced.layer.weights[index]
    with np.errstate(all="ignore"):
        products = weights * values[row]
    return Explanation(
        row=row,
        name=name_of(trace.network, neuron),
        neuron=neuron,
        layer=traced.layer,
        reads=reads,
        normalised=trace.network.input.normalised and reads == "input",
        sources=source_names(trace.network, reads),
        weights=weights,
        values=values[row],
        products=products,
        bias=float(traced.layer.bias[index]),
        z=float(traced.z[row, index]),
        a=float(traced.a[row, index]),
        computed=float(traced.layer.activation(traced.z[row : row + 1])[0, index]),
        logits=traced.z[row],
        was_set=neuron in trace.overrides,
    )


def exact_sum(values: Iterable[float]) -> float:
    """Return the correctly rounded sum, infinite where it overflows, NaN where a value is."""
    values = list(values)
    try:
        return fsum(values)
    except (OverflowError, ValueError):  # on the way, or infinities of both signs
        with np.errstate(all="ignore"):
            halves = np.asarray(values) * 0.5  # exact: nothing this large is subnormal
            return 2 * float(halves.sum())
