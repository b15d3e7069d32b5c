"""How one neuron got its value: every term of its sum."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import fsum, prod
from typing import NamedTuple

import numpy as np

from nntrace.core import face
from nntrace.core.activation import Across
from nntrace.core.arrays import Array
from nntrace.core.forward import Trace
from nntrace.core.graph.dtypes import epsilon
from nntrace.core.layer import Layer
from nntrace.core.names import Neuron, check_neuron, find_neuron, name_of, source_names
from nntrace.core.op import Gate, How, Step, Terms, unravelled
from nntrace.errors import UsageError
from nntrace.words import cropped


class Softmax(NamedTuple):
    """How a softmax turned the layer's z into shares: `exponentials[i]` is e^(z[i] - largest)."""

    largest: float
    exponentials: Array
    total: float


class Explanation(NamedTuple):
    """One number's arithmetic for one row: z = sum of products + bias, a = activation(z).

    `values`, `weights` and `products` hold one number a term, in the order in which they are read,
    in the net's dtype; `sources` are the names of what they were read from, layers or `input`;
    `normalised` says that inputs among them are normalised. `how` says what is done with the
    products where they are not summed, `steps` in which steps z is made, where it is no sum alone:
    the value of the last one is z. `computed` is what the activation made of z, which `a` is unless
    it was set by hand. `logits` is the z of the whole layer, or of its last axis at that place.
    `places` are where the terms stand in what is read, in C order, and `read` in which of it.
    `gates` are the sums on the way of one that is made by gates. `tokens` are the characters of a
    net that reads texts as tokens. `epsilon` is how coarse the float is that z was computed in.
    """

    row: int
    name: str
    neuron: Neuron
    layer: Layer
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
    epsilon: float
    how: How = "sum"
    steps: tuple[Step, ...] = ()
    places: Sequence[int] = ()
    read: Sequence[int] = ()
    gates: tuple[Gate, ...] = ()
    tokens: Sequence[str] = ()

    @property
    def position(self) -> tuple[int, ...]:
        """Where it stands in its layer's shape."""
        return unravelled(self.layer.shape, self.neuron.index)

    @property
    def place(self) -> int:
        """Where it stands on the layer's last axis, along which `logits` go."""
        return self.neuron.index % self.layer.shape[-1]

    @property
    def neurons(self) -> list[Neuron]:
        """Which number of a layer, or of the input, each term reads."""
        reads = self.layer.reads
        return [Neuron(reads[r], at) for r, at in zip(self.read, self.places, strict=True)]

    @property
    def gate_sources(self) -> list[Neuron]:
        """Which number each term of its gates reads; the layer's own are those before it."""
        if not self.gates:
            return []
        reads, terms = (*self.layer.reads, self.layer.name), self.gates[0].terms
        numbered = zip(terms.read.tolist(), terms.places.tolist(), strict=True)
        return [Neuron(reads[read], place) for read, place in numbered]

    @property
    def together(self) -> float | None:
        """What the terms and the bias give; None where there are none, but steps alone."""
        if self.steps and not len(self.products):
            return None
        return put_together(self.products.astype(np.float64).tolist(), self.how, self.bias)

    @property
    def rounding(self) -> float:
        """How far from z its terms may be put together: n of them make n rounding errors."""
        products = self.products.astype(np.float64).tolist()
        size = exact_sum(map(abs, [*products, self.bias, self.z]))
        return (len(products) + 4) * self.epsilon * size

    @property
    def reads(self) -> str:
        """What the layer reads, by name: layers, or `input`."""
        return " and ".join(self.layer.reads)

    @property
    def label(self) -> str | None:
        """The neuron's label, where it has one."""
        labels = self.layer.labels
        return labels[self.place] if labels else None

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

    `row` counts from 0; IndexError where there is no such row. Raises UsageError for a neuron that
    is not there, and for an input, which is given and not computed.
    """
    trace.check_row(row)
    if isinstance(neuron, str):
        neuron = find_neuron(trace.network, neuron)
    check_neuron(trace.network, neuron)
    if neuron.layer == "input":
        name = name_of(trace.network, neuron)
        raise UsageError(f"{name} is an input, which is given, not computed; name a neuron")
    traced, network = trace[neuron.layer], trace.network
    layer, index, one = traced.layer, neuron.index, slice(row, row + 1)
    terms = terms_of(trace, neuron, row)
    with np.errstate(all="ignore"):
        products = terms.weights * terms.values
        a = np.empty_like(traced.z[one])
        layer.activate(traced.z[one], a)
    across = index - index % layer.shape[-1]
    return Explanation(
        row=row,
        name=name_of(network, neuron),
        neuron=neuron,
        layer=layer,
        normalised=network.input.normalised and "input" in layer.reads,
        sources=_sources(trace, layer, terms),
        weights=terms.weights,
        values=terms.values,
        products=products,
        bias=terms.bias,
        z=float(traced.z[row, index]),
        a=float(traced.a[row, index]),
        computed=float(a[0, index]),
        logits=traced.z[row, across : across + layer.shape[-1]],
        was_set=neuron in trace.overrides,
        how=terms.how,
        steps=terms.steps,
        places=terms.places.tolist(),
        read=terms.read.tolist(),
        gates=gates_of(trace, neuron, row),
        tokens=tokens_of(trace, row),
        epsilon=_epsilon(trace, layer, terms),
    )


def _epsilon(trace: Trace, layer: Layer, terms: Terms) -> float:
    """Return how coarse the float is that a layer's z was computed in: a model's may be half."""
    model, found = trace.network.model, epsilon(terms.weights.dtype)
    if model is None or trace.tensors is None:
        return found
    tensor = trace.tensors.get(model.seen.z.get(layer.name, layer.name))
    return found if tensor is None else max(found, epsilon(tensor.dtype))


def terms_of(trace: Trace, neuron: Neuron, row: int) -> Terms:
    """Return the terms of a layer's number in one row."""
    layer = trace[neuron.layer].layer
    try:
        with np.errstate(all="ignore"):
            return layer.op.terms(_read(trace, layer, row), neuron.index)
    except UsageError as error:  # of a kind whose numbers are not taken apart
        raise UsageError(f"{cropped(name_of(trace.network, neuron))}: {error}") from None


def gates_of(trace: Trace, neuron: Neuron, row: int) -> tuple[Gate, ...]:
    """Return the gates by which a layer's number is made in one row, if it is."""
    traced = trace[neuron.layer]
    given = _read(trace, traced.layer, row)
    with np.errstate(all="ignore"):
        return traced.layer.op.gates(given, traced.z[row].reshape(traced.layer.shape), neuron.index)


def _read(trace: Trace, layer: Layer, row: int) -> list[Array]:
    """Return what a layer reads in one row, each in its shape."""
    return [
        values[row].reshape(trace.network.shape(name))
        for name, values in zip(layer.reads, trace.read_by(layer.name), strict=True)
    ]


def tokens_of(trace: Trace, row: int) -> list[str]:
    """Return the character of each token in one row, where the net reads texts as tokens."""
    spec = trace.network.input
    return spec.text.characters(trace.input[row]) if spec.text and spec.varies else []


def put_together(products: Sequence[float], how: How, bias: float = 0.0) -> float:
    """Return what products give that are summed, or whatever else is done, and the bias.

    Of none, the bias. NaN where the largest is asked for, and one is NaN.
    """
    if how == "sum" or not products:
        return exact_sum([*products, bias])
    if how == "mean":
        return exact_sum(products) / len(products) + bias
    if how == "product":
        return prod(products) + bias
    with np.errstate(all="ignore"):
        return float(np.max(products) if how == "max" else np.min(products)) + bias


def _sources(trace: Trace, layer: Layer, terms: Terms) -> list[str]:
    """Return the name of each term, after the number that is read."""
    network, places = trace.network, terms.places.tolist()
    if len(layer.reads) == 1:
        return source_names(network, layer.reads[0], places)
    named = zip(terms.read.tolist(), places, strict=True)
    return [name_of(network, Neuron(layer.reads[read], place)) for read, place in named]


def exact_sum(values: Iterable[float]) -> float:
    """Return the correctly rounded sum, infinite where it overflows, NaN where a value is."""
    values = list(values)
    try:
        return fsum(values)
    except (OverflowError, ValueError):  # on the way, or infinities of both signs
        with np.errstate(all="ignore"):
            halves = np.asarray(values) * 0.5  # exact: nothing this large is subnormal
            return 2 * float(halves.sum())
