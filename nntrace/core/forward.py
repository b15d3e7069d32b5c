"""The forward pass: `forward(network, x) -> Trace`, every number of it kept."""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from nntrace.core import face
from nntrace.core.activations import IDENTITY
from nntrace.core.arrays import Array
from nntrace.core.frames import Named
from nntrace.core.layer import Layer
from nntrace.core.names import Neuron
from nntrace.core.network import Network
from nntrace.core.op import Shape
from nntrace.core.rows import fitted, held_overrides, normalise
from nntrace.errors import UsageError, plural
from nntrace.records import NamedTuple

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from nntrace.core.graph.graph import Tensor


class LayerTrace(NamedTuple):
    """What one layer did: pre-activations `z` and post-activations `a`, each rows × size.

    They are one array where the activation is the identity and none of them was set by hand.
    """

    layer: Layer
    z: Array
    a: Array

    @property
    def name(self) -> str:
        """The layer's name."""
        return self.layer.name

    def __repr__(self) -> str:
        return face.text(self)

    def _repr_html_(self) -> str:
        return face.html(self)


@dataclass(frozen=True, eq=False, repr=False)
class Trace:
    """Every number of a forward pass, as arrays of rows × size in the net's dtype.

    `input` is the raw input, `x` what the first layer was given; the same array where the net does
    not normalise. It is read-only, since it may be the very array that was given to `forward`.
    `overrides` holds the values that were set by hand, which `input` and the `a` of their layers
    show. `start` says which row of the pass the first one is. `tensors` are those of a model, by
    name, as its graph computed them: see `core.graph.passes`.
    """

    network: Network
    input: Array
    x: Array
    layers: tuple[LayerTrace, ...]
    overrides: Mapping[Neuron, float] = field(default_factory=dict)
    start: int = 0
    tensors: Mapping[str, Tensor] | None = None

    def __getitem__(self, name: str) -> LayerTrace:
        """Return a layer's part by its name; KeyError where there is none."""
        return self._by_name[name]

    @cached_property
    def _by_name(self) -> dict[str, LayerTrace]:
        return {traced.name: traced for traced in self.layers}

    def __len__(self) -> int:
        """How many rows were traced."""
        return len(self.input)

    def read_by(self, layer: str) -> tuple[Array, ...]:
        """Return what a layer read, rows × size of each that `Network.reads` names, in its order.

        UsageError, with the nearest name, where there is no such layer.
        """
        return tuple(map(self.values, self.network.reads(layer)))

    def values(self, name: str) -> Array:
        """Return what is read under a name, rows × size: a layer's a, the input, or a part of it;
        KeyError where there is none."""
        part = self.network.input.named.get(name)
        if part is not None:
            return self.x[:, part]
        return self.x if name == "input" else self[name].a

    @property
    def output(self) -> Array:
        """The post-activations of the net's output layer, rows × size."""
        return self[self.network.output.name].a

    @property
    def answers(self) -> Array:
        """What of the output is the net's answer, rows × `Network.answers`."""
        return self.output[:, -self.network.answers :]

    def row(self, index: int) -> Trace:
        """Return the trace of one row (from 0), as a trace of its own; IndexError without one."""
        self.check_row(index)
        return self.rows(slice(index, index + 1))

    def check_row(self, index: int) -> None:
        """Raise IndexError where there is no such row."""
        if not 0 <= index < len(self):
            raise IndexError(f"there is no row {index}, the trace has {len(self)}, from 0")

    def rows(self, some: slice) -> Trace:
        """Return the trace of some rows, as a trace of its own; its arrays are views."""
        layers = tuple(_some_of(traced, some) for traced in self.layers)
        start = self.start + some.indices(len(self))[0]
        return replace(self, input=self.input[some], x=self.x[some], layers=layers, start=start)

    @classmethod
    def concat(cls, traces: Sequence[Trace]) -> Trace:
        """Join one trace or more of the same net: the rows of each stand after those before it.

        UsageError where they are of several numbers of tokens.
        """
        first, *others = traces
        if not others:
            return first
        if len({trace.network.input.size for trace in traces}) > 1:
            raise UsageError("takes texts of one length: their numbers stand in one array")
        layers = tuple(
            _joined([trace.layers[place] for trace in traces]) for place in range(len(first.layers))
        )
        rows = np.concatenate([trace.input for trace in traces])
        x = np.concatenate([trace.x for trace in traces])
        tensors = None
        if first.tensors is not None:
            from nntrace.core.graph.passes import joined

            passes = [(trace.tensors or {}, len(trace)) for trace in traces]
            tensors = joined(first.network, passes)
        return cls(first.network, rows, x, layers, first.overrides, first.start, tensors)

    def __repr__(self) -> str:
        return face.text(self)

    def _repr_html_(self) -> str:
        return face.html(self)


def forward(
    network: Network,
    x: ArrayLike | Named,
    overrides: Mapping[Neuron, float] | Mapping[str, float] | None = None,
    *,
    deterministic: bool = False,
    out: Trace | None = None,
) -> Trace:
    """Run a net on one row or on rows × features, and keep every number.

    For a net that reads text, x may also be a text, or a list of texts that are equally long. Of
    tokens there may be any number up to its context: `Trace.network` is the net for so many.

    Rows with names are matched to the labels of the inputs, in whatever order they come: the
    columns of a data frame (pandas, polars, Arrow), the keys of a mapping or of a list of them, the
    index of a pandas Series.

    `overrides` sets a post-activation, by its neuron or name (`hidden1.0`), or an input in raw
    units, before the next layer reads it; z stays as computed. `deterministic` gives a row the same
    bits alone, in any batch, and at any number of threads, and takes longer: see
    `exact_product`.
    `out` is an earlier trace of as many rows, whose z and a are written over: large ones take a
    system as long to find memory for as some layers take.

    An x that already is an array of rows × features in the net's dtype and C order is not copied:
    `Trace.input` is a view of it. Raises InputError where x does not fit the net: its shape, a name
    that is no label, a label that no name is, names for a net that has no labels, what is missing
    or no number, a number that is not finite or that overflows the net's dtype; UsageError where an
    override or `out` does not.
    """
    network, rows = fitted(network, x)
    held = held_overrides(network, overrides or {})
    if any(neuron.layer == "input" for neuron in held):
        rows = rows.copy()
        _override(rows, "input", held)
    rows.flags.writeable = False
    if network.model:
        from nntrace.core.graph.passes import run_rows

        x = normalise(network.input, rows)
        told, tensors = run_rows(network, network.model, x, held)
        layers = tuple(LayerTrace(*each) for each in told)
        return Trace(network, rows, x, layers, held, tensors=tensors)
    apart = {neuron.layer for neuron in held}
    layers = (
        _room(network, len(rows), apart) if out is None else _room_of(out, network, rows, apart)
    )
    trace = Trace(network, rows, normalise(network.input, rows), layers, held)
    values = {"input": shaped(trace.x, network.input.row)}
    with np.errstate(all="ignore"):  # an overflow gives inf, which the trace shows
        for layer, z, a in layers:
            reads = [values[name] for name in layer.reads]
            shaped_z = shaped_a = values[layer.name] = shaped(z, layer.shape)
            if a is not z:
                shaped_a = values[layer.name] = shaped(a, layer.shape)
            activate = _nothing if a is z else layer.activate
            layer.op.fill(reads, shaped_z, shaped_a, activate, deterministic)
            if layer.name in apart:
                _override(a, layer.name, held)
    return trace


def shaped(values: Array, shape: Shape) -> Array:
    """Return rows × size as a view of rows × shape."""
    return values.reshape(len(values), *shape) if len(shape) > 1 else values


def _nothing(z: Array, a: Array) -> None:
    """Leave a as it is: it is z."""


def _some_of(traced: LayerTrace, some: slice) -> LayerTrace:
    z = traced.z[some]
    return LayerTrace(traced.layer, z, z if traced.a is traced.z else traced.a[some])


def _joined(parts: Sequence[LayerTrace]) -> LayerTrace:
    z = np.concatenate([part.z for part in parts])
    same = all(part.a is part.z for part in parts)
    a = z if same else np.concatenate([part.a for part in parts])
    return LayerTrace(parts[0].layer, z, a)


def _override(values: Array, layer: str, held: Mapping[Neuron, float]) -> None:
    """Set what some neurons of a layer, or inputs, give; `values` is rows × size."""
    for neuron, value in held.items():
        if neuron.layer == layer:
            values[:, neuron.index] = value


def _room(network: Network, rows: int, apart: Container[str]) -> tuple[LayerTrace, ...]:
    """Return new arrays for what the layers will do, of which some must have z and a apart."""
    dtype = np.dtype(network.dtype)
    _come_and_go(2 * dtype.itemsize * rows * sum(layer.size for layer in network.layers))
    return tuple(
        _one_or_two(layer, np.empty((rows, layer.size), dtype), None, apart)
        for layer in network.layers
    )


def _one_or_two(layer: Layer, z: Array, a: Array | None, apart: Container[str]) -> LayerTrace:
    """Return the arrays of a layer: z alone where a is the same, else a too, new without one."""
    if layer.activation.kind is IDENTITY.kind and layer.name not in apart:
        return LayerTrace(layer, z, z if a is None else a)
    return LayerTrace(layer, z, np.empty_like(z) if a is None else a)


def _come_and_go(size: int) -> None:
    """Show the allocator that so many bytes come and go, untouched.

    Otherwise the one of glibc hands what is freed behind its heap, from 128 kiB on, back to the
    system, so that each pass would get its memory page by page, which takes as long as many layers
    do. A block above a limit of its own, freed, lifts both: up to 32 MiB, see mallopt(3),
    M_MMAP_THRESHOLD.
    """
    if 1 << 17 <= size <= 1 << 25:
        np.empty(size, np.uint8)


def _room_of(
    out: Trace, network: Network, rows: Array, apart: Container[str]
) -> tuple[LayerTrace, ...]:
    """Return the arrays of a trace, to be written over; UsageError where they do not fit."""
    if not isinstance(out, Trace):
        raise UsageError(f"out: takes a trace, not {type(out).__name__}")
    room = tuple(
        _one_or_two(layer, z, None if np.may_share_memory(z, a) else a, apart)
        for layer, (_, z, a) in zip(network.layers, out.layers, strict=False)
    )
    arrays = [(array, layer.size) for layer, z, a in room for array in (z, a)]
    if len(network.layers) != len(out.layers) or not all(
        array.shape == (len(rows), size)
        and array.dtype == network.dtype
        and array.flags.c_contiguous
        and array.flags.writeable
        for array, size in arrays
    ):
        message = f"takes a trace of {plural(len(rows), 'row')} of layers of the same sizes"
        raise UsageError(f"out: {message} and dtype, in arrays that may be written to")
    if any(np.may_share_memory(rows, array) for array, _ in arrays):
        raise UsageError("out: x lies in it, and would be written over")
    return room
