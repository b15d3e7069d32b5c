"""A pass of a model that is watched as it goes: each layer once its tensor is computed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from nntrace.core.graph.passes import feeds_of, shown
from nntrace.core.watched import INPUT, Change, Walked, given

if TYPE_CHECKING:
    from nntrace.core.arrays import Array
    from nntrace.core.graph.graph import Tensor
    from nntrace.core.graph.model import Model
    from nntrace.core.graph.run import Change as TensorChange
    from nntrace.core.layer import Layer
    from nntrace.core.network import Network


def walk_model(
    network: Network, model: Model, rows: Array, changes: Mapping[str, Change]
) -> Iterator[Walked]:
    """Yield what each layer of a model does, in the order in which its graph computes them.

    One row is run at a time; of several, all are run before the first layer is given.
    """
    if len(rows) == 1:
        yield from _Row(network, model, rows, changes).walk()
        return
    every = [
        {step.layer.name: step for step in _Row(network, model, row[None], changes).walk()}
        for row in rows
    ]
    for name, step in every[0].items() if every else ():
        parts = [each[name] for each in every]
        reads = [np.concatenate(several) for several in zip(*(p.reads for p in parts), strict=True)]
        z, a = (np.concatenate([getattr(part, key) for part in parts]) for key in ("z", "a"))
        yield Walked(step.layer, tuple(reads), z, a)


class _Row:
    """The pass of one row: what layers to come still read, and the z of those not yet told."""

    def __init__(
        self, network: Network, model: Model, row: Array, changes: Mapping[str, Change]
    ) -> None:
        self.network, self.model, self.changes = network, model, changes
        change = changes.get(INPUT, Change())
        self.x = given(network, row, change).reshape(1, -1)
        self.held: dict[str, Array] = {INPUT: self.x.reshape(1, *network.input.row)}
        self.waiting: dict[str, Array] = {}  # z, by layer
        self.last: dict[str, int] = {}
        for at, layer in enumerate(network.layers):
            self.last.update(dict.fromkeys(layer.reads, at))

    def walk(self) -> Iterator[Walked]:
        """Run the graph, and yield each layer as its tensor comes."""
        feeds = feeds_of(self.network, self.x)
        if len(feeds) > 1:  # layers read each by its name; a single one is INPUT, whatever its name
            self.held.update({name: shown(value)[None] for name, value in feeds.items()})
        layers = {layer.name: layer for layer in self.network.layers}
        of_z: dict[str, list[str]] = {}
        for name, z in self.model.seen.z.items():
            of_z.setdefault(z, []).append(name)
        waiting = self.waiting
        for name, value, _ in self.model.tensors(feeds, self._tensor_changes()):
            for layer in of_z.get(name, ()):
                waiting[layer] = _of_layer(layers[layer], value)
            if name in layers:
                layer_here = layers[name]
                a = _of_layer(layer_here, value)
                reads = self._reads(layer_here)
                self.held[name] = a
                at = self.network.places[name]
                for read in {*layer_here.reads, name}:
                    if self.last.get(read, -1) <= at and read != INPUT:
                        self.held.pop(read, None)
                yield Walked(layer_here, reads, waiting.pop(name, a), a)

    def _reads(self, layer: Layer) -> tuple[Array, ...]:
        """Return what a layer reads, as far as that is known."""
        return tuple(self.held[name] for name in layer.reads if name in self.held)

    def _tensor_changes(self) -> dict[str, TensorChange]:
        """Return the changes of layers as changes of the graph's tensors."""
        found: dict[str, TensorChange] = {}
        for name, change in self.changes.items():
            if name == INPUT:
                continue
            layer, z = self.network.layer(name), self.model.seen.z.get(name)
            if z is not None and change.z is not None:
                found[z] = self._change_of_z(layer, change)
            if change.a is not None or (z is None and change.z is not None):
                found[name] = self._change_of_a(layer, change, apart=z is not None)
        return found

    def _change_of_z(self, layer: Layer, change: Change) -> TensorChange:
        def changed(value: Tensor) -> Tensor:
            assert change.z is not None
            return _like(change.z(self._reads(layer), _of_layer(layer, value)), value)

        return changed

    def _change_of_a(self, layer: Layer, change: Change, apart: bool) -> TensorChange:
        def changed(value: Tensor) -> Tensor:
            made = _of_layer(layer, value)
            if change.z is not None and not apart:
                made = change.z(self._reads(layer), made)
            if change.a is not None:
                z = self.waiting.get(layer.name, made) if apart else made
                made = change.a(z, made)
            return _like(made, value)

        return changed


def _of_layer(layer: Layer, value: Tensor) -> Array:
    """Return a tensor as one row of a layer's shape."""
    return shown(value).reshape(1, *layer.shape)


def _like(made: Sequence[float] | Array, value: Tensor) -> Tensor:
    """Return numbers in the shape and dtype of a tensor, another shape where they are more."""
    array = np.asarray(made)
    shaped = array.reshape(value.shape) if array.size == value.size else array
    return shaped.astype(value.dtype)
