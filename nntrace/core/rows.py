"""What may be given to a net: rows of numbers, and values that are set by hand."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from nntrace.core.arrays import Array, all_finite
from nntrace.core.frames import Named, matched, named_texts
from nntrace.core.input import Input
from nntrace.core.names import Neuron, check_neuron, find_neuron
from nntrace.core.network import Network
from nntrace.core.op import times
from nntrace.core.text import no_token, texts_in
from nntrace.errors import InputError, Problem, UsageError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike


def fitted(network: Network, x: ArrayLike | Named) -> tuple[Network, Array]:
    """Return x as rows, as `as_rows` does, and the net that takes them: of tokens, for so many."""
    rows = as_rows(network, x)
    return (network.at(rows.shape[1]) if network.input.varies else network), rows


def as_rows(network: Network, x: ArrayLike | Named) -> Array:
    """Return x as rows × features in the net's dtype; InputError where it is not.

    Where the input has a shape, x may be rows × that shape, or one row of that shape.
    The result is in C order, and a view of x where nothing needs to be changed. What has names is
    matched to the labels of the inputs: see `matched`. For a net that reads text, x may be a text,
    or texts of one length, or have them under the name `text`; of tokens there may be any number up
    to the context.
    """
    if network.input.text:
        texts = texts_in(x)
        texts = named_texts(network, x) if texts is None else texts
        x = x if texts is None else network.input.text.rows(texts)
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
    spec = network.input.shape
    if rows.ndim == 1 or (spec and rows.shape == spec):
        rows = rows.reshape(1, -1)
    elif spec and rows.shape[1:] == spec:
        rows = rows.reshape(len(rows), -1)
    fits = rows.ndim == 2 and (network.input.varies or rows.shape[1] == size)
    if not fits:
        shape = times(given) or "()"
        takes = f"rows × {size}" + (f", or rows × {times(spec)}" if spec else "")
        raise InputError(f"has the shape {shape}, {network.name} takes {takes}")
    with np.errstate(over="ignore"):
        held: Array = np.require(rows, network.rows_dtype, ["C", "ALIGNED"]).view()
    if not all_finite(held):
        row, column = np.argwhere(~np.isfinite(held))[0].tolist()
        called = column if by_name is None else by_name.names[column]
        raise InputError(Problem(not_held(rows[row, column], network.rows_dtype), (row, called)))
    return held


def not_held(value: float, dtype: str) -> str:
    """Say why a number cannot be an input or a weight of a net of this dtype."""
    if np.isfinite(value):
        return f"{value} overflows {dtype}, whose largest number is {np.finfo(dtype).max}"
    return f"takes finite numbers, not {value}"


def no_input(network: Network, neuron: Neuron, value: float) -> str | None:
    """Say why a number cannot be set as an input, as which the net's dtype holds it; None where it
    can, or is none."""
    if neuron.layer != "input":
        return None
    part = network.input.part_at(neuron.index)
    if part is not None:
        return part.told(value) if part.strange(np.array([value])).any() else None
    if not network.input.varies:
        return None
    assert network.input.text
    return no_token(value, len(network.input.text.alphabet))


def normalise(spec: Input, rows: Array) -> Array:
    """Return (rows - mean) / std in the rows' dtype, or the rows themselves."""
    with np.errstate(all="ignore"):
        if spec.mean is not None:
            rows = rows - spec.mean
        if spec.std is not None:
            rows = rows / spec.std
    return rows


def held_overrides(
    network: Network, overrides: Mapping[Neuron, float] | Mapping[str, float]
) -> dict[Neuron, float]:
    """Return overrides as the net's dtype holds them; UsageError for one that it cannot."""
    held = {}
    for key, value in overrides.items():
        neuron = find_neuron(network, key) if isinstance(key, str) else key
        check_neuron(network, neuron)
        with np.errstate(over="ignore"):
            held[neuron] = float(np.dtype(network.rows_dtype).type(value))
        if not np.isfinite(held[neuron]):
            message = f"{neuron.layer}.{neuron.index}: {not_held(value, network.rows_dtype)}"
            raise UsageError(message)
        if told := no_input(network, neuron, held[neuron]):
            raise UsageError(f"{neuron.layer}.{neuron.index}: {told}")
    return held
