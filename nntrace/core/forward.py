"""The forward pass: `forward(network, x) -> Trace`, every number of it kept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from nntrace.core.network import Array, Input, Layer, Network
from nntrace.core.neurons import Neuron, find_neuron, size_of
from nntrace.errors import InputError, Problem, UsageError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike


class LayerTrace(NamedTuple):
    """What one layer did: pre-activations `z` and post-activations `a`, each rows × size."""

    layer: Layer
    z: Array
    a: Array

    @property
    def name(self) -> str:
        """The layer's name."""
        return self.layer.name


@dataclass(frozen=True, eq=False, repr=False)
class Trace:
    """Every number of a forward pass, as arrays of rows × size in the net's dtype.

    `input` is the raw input, `x` what the first layer was given; the same array where the net does
    not normalise. `overrides` holds the values that were set by hand, which `input` and the `a` of
    their layers show.
    """

    network: Network
    input: Array
    x: Array
    layers: tuple[LayerTrace, ...]
    overrides: Mapping[Neuron, float] = field(default_factory=dict)

    def __getitem__(self, name: str) -> LayerTrace:
        """Return a layer's part by its name; KeyError where there is none."""
        for layer in self.layers:
            if layer.name == name:
                return layer
        raise KeyError(name)

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
        one = slice(index, index + 1)
        layers = tuple(LayerTrace(part.layer, part.z[one], part.a[one]) for part in self.layers)
        return Trace(self.network, self.input[one], self.x[one], layers, self.overrides)

    def __repr__(self) -> str:
        from nntrace.core.display import as_text

        return as_text(self)

    def _repr_html_(self) -> str:
        from nntrace.core.display import as_html

        return as_html(self)


def forward(
    network: Network,
    x: ArrayLike,
    overrides: Mapping[Neuron, float] | Mapping[str, float] | None = None,
) -> Trace:
    """Run a net on one row or on rows × features, and keep every number.

    `overrides` sets a post-activation, by its neuron or name (`hidden1.0`), or an input in raw
    units, before the next layer reads it; z stays as computed. Raises InputError where x does not
    fit the net: its shape, a number that is not finite or that overflows the net's dtype;
    UsageError where an override does not.
    """
    held = _checked(network, overrides or {})
    rows = override(as_rows(network, x), "input", held)
    values = given = normalise(network.input, rows)
    layers = []
    with np.errstate(all="ignore"):  # an overflow gives inf, which the trace shows
        for layer in network.layers:
            z = np.matmul(values, layer.weights.T)
            z += layer.bias
            a = values = override(layer.activation(z), layer.name, held)
            layers.append(LayerTrace(layer, z, a))
    return Trace(network, rows, given, tuple(layers), held)


def as_rows(network: Network, x: ArrayLike) -> Array:
    """Return x as a new array of rows × features in the net's dtype; InputError where it is not."""
    try:
        rows = np.array(x)
        if rows.dtype == object:  # integers of any size, fractions and the like
            rows = rows.astype(np.float64)
    except OverflowError:
        raise InputError("holds an integer that overflows float64") from None
    except (TypeError, ValueError):
        raise InputError("takes rows of numbers, all of the same length") from None
    if rows.dtype.kind not in "iuf":
        raise InputError(f"takes numbers, not {rows.dtype}")
    size = network.input.size
    if rows.ndim == 1:
        rows = rows[np.newaxis]
    if rows.ndim != 2 or rows.shape[1] != size:
        shape = " × ".join(map(str, np.shape(x))) or "()"
        raise InputError(f"has the shape {shape}, {network.name} takes rows × {size}")
    with np.errstate(over="ignore"):
        held = rows.astype(network.dtype, order="C", copy=False)
    if not np.isfinite(held).all():
        row, column = np.argwhere(~np.isfinite(held))[0].tolist()
        raise InputError(Problem(not_held(rows[row, column], network.dtype), (row, column)))
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


def override(values: Array, layer: str, overrides: Mapping[Neuron, float]) -> Array:
    """Set by hand, in place, what a layer gives; `values` is rows × size."""
    for neuron, value in overrides.items():
        if neuron.layer == layer:
            values[:, neuron.index] = value
    return values
