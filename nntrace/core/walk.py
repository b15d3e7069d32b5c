"""A pass that is watched as it goes: each layer once it is computed, and then let go of.

`forward` keeps every number. What is walked holds what some layer will still read, and no more, so
that two nets can be walked in step whatever their size. What a layer makes may be changed on the
way, to see what follows from that.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from nntrace.core.arrays import Array
from nntrace.core.watched import INPUT, NO_CHANGE, Change, Walked, given

if TYPE_CHECKING:
    from nntrace.core.layer import Layer
    from nntrace.core.network import Network
    from nntrace.core.op import Shape


class Start(NamedTuple):
    """Where a pass is taken up: the place of the first layer to run, and what layers from there on
    read of those before."""

    layer: int
    values: Mapping[str, Array]


def walk(
    network: Network,
    rows: Array,
    changes: Mapping[str, Change] | None = None,
    order: Sequence[Layer] | None = None,
    start: Start | None = None,
) -> Iterator[Walked]:
    """Yield what each layer does, in the order of the pass; `rows` are as `as_rows` gives them.

    Arrays are new ones, which whoever is given them may keep. `changes` are by the names of layers,
    or `input`; `order` is another one in which the layers can run. With a `start`, what is before
    is not run again. A model's graph has an order of its own, and is always run from its start.
    Floating-point warnings are off while a layer is computed.
    """
    changes = changes or {}
    if network.model is not None:
        from nntrace.core.graph.walk import walk_model

        yield from walk_model(network, network.model, rows, changes)
        return
    layers = network.layers if order is None else order
    last = {name: at for at, layer in enumerate(layers) for name in layer.reads}
    first, values = start or (0, {})
    values = dict(values)
    if start is None:
        with np.errstate(all="ignore"):
            values[INPUT] = given(network, rows, changes.get(INPUT, NO_CHANGE))
    for at, layer in enumerate(layers[first:], first):
        reads = tuple(values[name] for name in layer.reads)
        z, a = computed(layer, reads, changes.get(layer.name))
        values[layer.name] = a
        for name in {*layer.reads, layer.name}:
            if last.get(name, -1) <= at:
                del values[name]
        yield Walked(layer, reads, z, a)


def computed(
    layer: Layer, reads: Sequence[Array], change: Change | None = None
) -> tuple[Array, Array]:
    """Return z and a of a layer, rows × shape, of what it reads, and with a change of them.

    Its shape is that of what it is given, which a change before it may have made another one:
    NetworkError where that cannot be.
    """
    shape = layer.op.shape(*(values.shape[1:] for values in reads))
    layer = _of_shape(layer, shape)
    z = np.empty((len(reads[0]), *shape), reads[0].dtype)
    with np.errstate(all="ignore"):
        if change is None and layer.activation.kind.identity:  # a is z
            layer.op.fill(reads, z, z, _nothing, False)
            return z, z
        a = np.empty_like(z)
        if change is None:
            layer.op.fill(reads, z, a, layer.activate, False)
            return z, a
        layer.op.run(reads, z, False)
        if change.z is not None:
            z = change.z(reads, z)
        if a.shape != z.shape:
            layer, a = _of_shape(layer, z.shape[1:]), np.empty_like(z)
        layer.activate(z, a)
        if change.a is not None:
            a = change.a(z, a)
    return z, a


def _nothing(z: Array, a: Array) -> None:
    """Leave a as it is: it is z."""


def _of_shape(layer: Layer, shape: Shape) -> Layer:
    return layer if layer.shape == shape else replace(layer, shape=shape, labels=None)
