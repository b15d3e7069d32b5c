"""A pass of a model: its graph run for each row, or for all of them, and seen as a trace."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from nntrace.errors import InputError, Problem
from nntrace.words import cropped

if TYPE_CHECKING:
    from nntrace.core.arrays import Array
    from nntrace.core.graph.graph import Tensor
    from nntrace.core.graph.model import Model
    from nntrace.core.graph.run import Change
    from nntrace.core.layer import Layer
    from nntrace.core.names import Neuron
    from nntrace.core.network import Network

Tensors = dict[str, "Tensor"]
SAME_ROW = 1e-4  # of the largest: products of several rows are summed in another order


class Pass(NamedTuple):
    """What a model did with some rows: z and a of its layers, each rows × size, and its tensors.

    `tensors` holds the graph's own, those inside layers that were put together left out: of one
    row, and of rows that were run at once, with the shapes that the graph gives them; of rows that
    were run one by one, stacked along a new first axis.
    """

    layers: tuple[tuple[Layer, Array, Array], ...]
    tensors: Tensors


def run_rows(network: Network, model: Model, x: Array, held: Mapping[Neuron, float]) -> Pass:
    """Run rows × size of a model, all at once where that gives each what it gives alone.

    `held` are numbers of layers that are set by hand.
    """
    _check(network, x)
    changes = {layer.name: _set(layer, held) for layer in network.layers if _touched(layer, held)}
    singles = [_run(network, model, x[at : at + 1], changes) for at in range(min(1, len(x)))]
    tensors = _all_at_once(network, model, x, changes, singles)
    if tensors is None:
        singles += [_run(network, model, x[at : at + 1], changes) for at in range(1, len(x))]
        tensors = _stacked(singles)
    layers = tuple((layer, *_z_and_a(model, layer, tensors, len(x))) for layer in network.layers)
    shown = {name: value for name, value in tensors.items() if name not in model.seen.hidden}
    return Pass(layers, shown)


def _check(network: Network, x: Array) -> None:
    """Raise InputError at the first number, by row and place, that its input's dtype has not."""
    strange = network.input.strange(x)
    if strange.any():
        row, place = np.argwhere(strange)[0].tolist()
        part = network.input.part_at(place)
        raise InputError(Problem(part.told(float(x[row, place])) if part else "", (row, place)))


def joined(network: Network, passes: Sequence[tuple[Mapping[str, Tensor], int]]) -> Tensors:
    """Return the tensors of several passes as those of one, in their order; each with its rows.

    Where any were run one by one they are stacked along a first axis; else their first axis is the
    rows', but of what does not depend on them.
    """
    part = network.input.parts[0]
    stacked = [tensors[part.name].ndim > len(part.shape) for tensors, _ in passes]
    found: Tensors = {}
    for name, first in passes[0][0].items():
        every = [tensors[name] for tensors, _ in passes]
        if any(stacked):
            each = zip(every, stacked, strict=True)
            found[name] = np.concatenate([v if by_row else v[np.newaxis] for v, by_row in each])
        else:
            sizes = {tensors[name].size / rows for tensors, rows in passes}
            alike = len(sizes) == 1 and first.ndim
            found[name] = np.concatenate(every) if alike else first
    return found


def feeds_of(network: Network, row: Array, count: int = 1) -> Tensors:
    """Return rows, `count` × size, as the inputs of a graph."""
    feeds, start = {}, 0
    for part in network.input.parts:
        size = int(np.prod(part.shape))
        shape = part.shape if count == 1 else (count, *part.shape[1:])
        feeds[part.name] = row[:, start : start + size].astype(part.dtype).reshape(shape)
        start += size
    return feeds


def _run(
    network: Network, model: Model, rows: Array, changes: Mapping[str, Change], count: int = 1
) -> Tensors:
    feeds = feeds_of(network, rows, count)
    return {**feeds, **{name: value for name, value, _ in model.tensors(feeds, changes)}}


def _all_at_once(
    network: Network,
    model: Model,
    x: Array,
    changes: Mapping[str, Change],
    singles: Sequence[Tensors],
) -> Tensors | None:
    """Run all rows at once, where every input has a free first axis; None where the first row then
    gives other numbers than it gives alone, or does not run."""
    declared = model.graph.inputs
    if len(x) < 2 or not all(
        each.shape and not isinstance(each.shape[0], int) for each in declared
    ):
        return None
    if any(model.shapes[each.name][0] != 1 for each in declared):
        return None
    try:
        together = _run(network, model, x, changes, len(x))
    except InputError:
        return None
    (first,) = singles
    fits = together.keys() == first.keys() and all(
        _same_row(together[name], first[name], len(x)) for name in first
    )
    return together if fits else None


def _same_row(together: Tensor, first: Tensor, rows: int) -> bool:
    """Whether a tensor of many rows is, for the first, what it is of that alone."""
    if together.shape == first.shape:  # it does not depend on the rows, but perhaps on their count
        return first.dtype.kind not in "fc" or _close(together, first)
    if together.ndim != first.ndim or not first.ndim or together.size != rows * first.size:
        return first.dtype.kind not in "fc"
    return together.shape[0] == rows * first.shape[0] and _close(together[: first.shape[0]], first)


def _close(a: Tensor, b: Tensor) -> bool:
    if b.dtype.kind not in "fc":
        return bool(np.array_equal(a, b))
    finite = np.isfinite(b)
    size = float(np.abs(b[finite]).max(initial=0.0))
    return bool(
        np.allclose(a.astype(np.float64), b.astype(np.float64), 0, SAME_ROW * size, equal_nan=True)
    )


def _stacked(singles: Sequence[Tensors]) -> Tensors:
    """Return tensors of rows that were run one by one: of one row as they are."""
    if len(singles) == 1:
        return dict(singles[0])
    stacked: Tensors = {}
    for name in singles[0] if singles else ():
        values = [each[name] for each in singles if name in each]
        if len({value.shape for value in values}) > 1 or len(values) < len(singles):
            raise InputError(f"rows give tensors of different shapes for {name}: run one at a time")
        stacked[name] = np.stack(values)
    return stacked


def _z_and_a(model: Model, layer: Layer, tensors: Tensors, rows: int) -> tuple[Array, Array]:
    def flat(name: str) -> Array:
        if not rows:
            return np.zeros((0, layer.size))
        value = shown(tensors[name])
        if value.size == rows * layer.size:
            return value.reshape(rows, layer.size)
        if value.size != layer.size:
            told = f"gives {value.size} numbers for these, and {layer.size} where it was looked at"
            raise InputError(
                f"{cropped(layer.name)} {told}: its shape depends on the numbers given"
            )
        return np.broadcast_to(value.reshape(1, -1), (rows, layer.size))

    a, z = flat(layer.name), model.seen.z.get(layer.name)
    return (a if z is None else flat(z)), a


def shown(value: Tensor) -> Array:
    """Return numbers of a dtype that can be shown: narrow floats as float32, truths as 0 and 1."""
    if value.dtype.kind == "b":
        return value.astype(np.int64)
    if value.dtype.kind == "V" or value.dtype == np.float16:
        return value.astype(np.float32)
    return value


def _touched(layer: Layer, held: Mapping[Neuron, float]) -> bool:
    return any(neuron.layer == layer.name for neuron in held)


def _set(layer: Layer, held: Mapping[Neuron, float]) -> Change:
    """Return what sets some numbers of a layer by hand."""

    def change(value: Tensor) -> Tensor:
        changed = value.copy()
        rows = changed.reshape(-1, layer.size)
        for neuron, number in held.items():
            if neuron.layer == layer.name:
                rows[:, neuron.index] = number
        return changed

    return change
