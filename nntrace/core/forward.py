"""The forward pass: `forward(network, x) -> Trace`, every number of it kept."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from nntrace.core import face
from nntrace.core.frames import Named, matched
from nntrace.core.names import Neuron, find_neuron, size_of
from nntrace.core.network import Array, Input, Layer, Network, all_finite
from nntrace.errors import InputError, Problem, UsageError, plural

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

PIECE = 1 << 17  # numbers, which the nearest caches hold


class LayerTrace(NamedTuple):
    """What one layer did: pre-activations `z` and post-activations `a`, each rows × size."""

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
    show. `start` says which row of the pass the first one is.
    """

    network: Network
    input: Array
    x: Array
    layers: tuple[LayerTrace, ...]
    overrides: Mapping[Neuron, float] = field(default_factory=dict)
    start: int = 0

    def __getitem__(self, name: str) -> LayerTrace:
        """Return a layer's part by its name; KeyError where there is none."""
        return self._by_name[name]

    @cached_property
    def _by_name(self) -> dict[str, LayerTrace]:
        return {part.name: part for part in self.layers}

    def __len__(self) -> int:
        """How many rows were traced."""
        return len(self.input)

    @property
    def output(self) -> Array:
        """The post-activations of the last layer, rows × size."""
        return self.layers[-1].a

    def row(self, index: int) -> Trace:
        """Return the trace of one row (from 0), as a trace of its own; IndexError without one."""
        if not 0 <= index < len(self):
            raise IndexError(f"there is no row {index}, the trace has {len(self)}, from 0")
        return self.rows(slice(index, index + 1))

    def rows(self, some: slice) -> Trace:
        """Return the trace of some rows, as a trace of its own; its arrays are views."""
        layers = tuple(LayerTrace(part.layer, part.z[some], part.a[some]) for part in self.layers)
        start = self.start + some.indices(len(self))[0]
        return Trace(self.network, self.input[some], self.x[some], layers, self.overrides, start)

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

    Rows with names are matched to the labels of the inputs, in whatever order they come: the
    columns of a data frame (pandas, polars, Arrow), the keys of a mapping or of a list of them, the
    index of a pandas Series.

    `overrides` sets a post-activation, by its neuron or name (`hidden1.0`), or an input in raw
    units, before the next layer reads it; z stays as computed. `deterministic` gives a row the same
    bits alone, in any batch, and at any number of threads, and takes longer: see `row_by_row`.
    `out` is an earlier trace of as many rows, whose z and a are written over: large ones take a
    system as long to find memory for as some layers take.

    An x that already is an array of rows × features in the net's dtype and C order is not copied:
    `Trace.input` is a view of it. Raises InputError where x does not fit the net: its shape, a name
    that is no label, a label that no name is, names for a net that has no labels, what is missing
    or no number, a number that is not finite or that overflows the net's dtype; UsageError where an
    override or `out` does not.
    """
    held = _checked(network, overrides or {})
    by_hand: dict[str, list[tuple[int, float]]] = {}  # of each layer
    for neuron, value in held.items():
        by_hand.setdefault(neuron.layer, []).append((neuron.index, value))
    rows = as_rows(network, x)
    if "input" in by_hand:
        rows = override(rows.copy(), by_hand["input"])
    rows.flags.writeable = False
    values = given = normalise(network.input, rows)
    layers = _room(network, len(rows)) if out is None else _room_of(out, network, rows)
    run = row_by_row if deterministic else at_once
    with np.errstate(all="ignore"):  # an overflow gives inf, which the trace shows
        for layer, z, a in layers:
            run(layer, values, z, a)
            values = override(a, by_hand.get(layer.name, ()))
    return Trace(network, rows, given, layers, held)


def _room(network: Network, rows: int) -> tuple[LayerTrace, ...]:
    """Return new arrays for what the layers will do."""
    shapes = [(rows, layer.size) for layer in network.layers]
    return tuple(
        LayerTrace(layer, np.empty(shape, network.dtype), np.empty(shape, network.dtype))
        for layer, shape in zip(network.layers, shapes, strict=True)
    )


def _room_of(out: Trace, network: Network, rows: Array) -> tuple[LayerTrace, ...]:
    """Return the arrays of a trace, to be written over; UsageError where they do not fit."""
    if not isinstance(out, Trace):
        raise UsageError(f"out: takes a trace, not {type(out).__name__}")
    room = tuple(
        LayerTrace(layer, part.z, part.a)
        for layer, part in zip(network.layers, out.layers, strict=False)
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


def at_once(layer: Layer, values: Array, z: Array, a: Array) -> None:
    """Fill z and a of a layer that reads `values`, rows × fan-in; both are rows × size.

    BLAS multiplies matrices in an order of its own, which depends on how many rows and threads
    there are; so do the last bits of z.
    """
    product(values, layer.weights, z)
    step = max(1, PIECE // layer.size)
    for start in range(0, len(z), step):  # what follows finds its numbers in the cache
        block = z[start : start + step]
        block += layer.bias
        layer.activation(block, out=a[start : start + step])


def row_by_row(layer: Layer, values: Array, z: Array, a: Array) -> None:
    """Do as `at_once` does, but give a row the same bits whichever rows come with it.

    Each row is computed by itself, and `einsum` sums its products in a loop of NumPy's own, on one
    thread and without BLAS: whatever the batch, it is the same calculation. `make bench` measures
    what it costs; one row takes hardly longer.
    """
    weights = layer.weights
    if not weights.flags.aligned:  # einsum would sum them in another order
        weights = weights.copy("K")
    for row, row_z, row_a in zip(values, z, a, strict=True):
        np.einsum("jk,k->j", weights, row, out=row_z)
        row_z += layer.bias
        layer.activation(row_z[np.newaxis], out=row_a[np.newaxis])


def product(values: Array, weights: Array, z: Array) -> None:
    """Fill z with values @ weights.T.

    Where weights are mapped from a file, they may begin at any byte, which BLAS does not take.
    NumPy would copy them whole; a piece at a time stays in the cache.
    """
    if weights.flags.aligned:
        np.matmul(values, weights.T, out=z)
        return
    step = max(1, PIECE // weights.shape[1])
    room = np.empty_like(weights[:step])
    for start in range(0, len(weights), step):
        piece = weights[start : start + step]
        aligned = room[: len(piece)]
        aligned[:] = piece
        np.matmul(values, aligned.T, out=z[:, start : start + step])


def as_rows(network: Network, x: ArrayLike | Named) -> Array:
    """Return x as rows × features in the net's dtype; InputError where it is not.

    The result is in C order, and a view of x where nothing needs to be changed. What has names is
    matched to the labels of the inputs: see `matched`.
    """
    by_name = matched(network, x)
    try:
        rows = np.asarray(x if by_name is None else by_name.rows)
        if rows.dtype == object:  # integers of any size, fractions and the like
            rows = rows.astype(np.float64)
    except OverflowError:
        raise InputError("holds an integer that overflows float64") from None
    except (TypeError, ValueError):
        raise InputError("takes rows of numbers, all of the same length") from None
    if rows.dtype.kind not in "iuf":
        raise InputError(f"takes numbers, not {rows.dtype}")
    size, given = network.input.size, rows.shape
    if rows.ndim == 1:
        rows = rows[np.newaxis]
    if rows.ndim != 2 or rows.shape[1] != size:
        shape = " × ".join(map(str, given)) or "()"
        raise InputError(f"has the shape {shape}, {network.name} takes rows × {size}")
    with np.errstate(over="ignore"):
        held: Array = np.require(rows, network.dtype, ["C", "ALIGNED"]).view()
    if not all_finite(held):
        row, column = np.argwhere(~np.isfinite(held))[0].tolist()
        called = column if by_name is None else by_name.names[column]
        raise InputError(Problem(not_held(rows[row, column], network.dtype), (row, called)))
    return held


def not_held(value: float, dtype: str) -> str:
    """Say why a number cannot be an input or a weight of a net of this dtype."""
    if np.isfinite(value):
        return f"{value} overflows {dtype}, whose largest number is {np.finfo(dtype).max}"
    return f"takes finite numbers, not {value}"


def _checked(
    network: Network, overrides: Mapping[Neuron, float] | Mapping[str, float]
) -> dict[Neuron, float]:
    """Return overrides as the net's dtype holds them; UsageError for one that it cannot."""
    held = {}
    for key, value in overrides.items():
        neuron = find_neuron(network, key) if isinstance(key, str) else key
        size = size_of(network, neuron.layer)
        if not 0 <= neuron.index < size:
            raise UsageError(f"{neuron.layer}.{neuron.index}: {neuron.layer} has {size}, from 0")
        with np.errstate(over="ignore"):
            held[neuron] = float(np.dtype(network.dtype).type(value))
        if not np.isfinite(held[neuron]):
            message = f"{neuron.layer}.{neuron.index}: {not_held(value, network.dtype)}"
            raise UsageError(message)
    return held


def normalise(spec: Input, rows: Array) -> Array:
    """Return (rows - mean) / std in the rows' dtype, or the rows themselves."""
    with np.errstate(all="ignore"):
        if spec.mean is not None:
            rows = rows - spec.mean
        if spec.std is not None:
            rows = rows / spec.std
    return rows


def override(values: Array, by_hand: Iterable[tuple[int, float]]) -> Array:
    """Set by hand, in place, what some neurons give; `values` is rows × size."""
    for index, value in by_hand:
        values[:, index] = value
    return values
