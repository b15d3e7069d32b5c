"""Causes that are everywhere: b is computed, or its weights are held, in another type."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

import numpy as np

from nntrace.analysis.causes.cause import by_op
from nntrace.analysis.diff.sides import NetSide
from nntrace.analysis.diff.types import in_type
from nntrace.core.arrays import Array
from nntrace.core.graph.graph import Tensor
from nntrace.core.network import Network
from nntrace.core.recast import op_with
from nntrace.core.rows import normalise
from nntrace.core.watched import INPUT, Change
from nntrace.errors import NntraceError

TYPES = ("float16", "float32")


def in_types(side: NetSide) -> Iterator[tuple[str, NetSide]]:
    """Yield a net as it runs in smaller types of numbers."""
    for dtype in TYPES:
        if np.dtype(dtype).itemsize < np.dtype(side.network.dtype).itemsize:
            try:
                made = in_type(side.network, dtype)
            except NntraceError:
                continue
            yield dtype, NetSide(made.network, side.name, made.changes, dtype, side.order)


def rounded_model(side: NetSide, dtype: str) -> NetSide | None:
    """Return a model whose constants are held in a smaller type, and computed as ever; None of a
    net that is none."""
    network, model = side.network, side.network.model
    if model is None:
        return None

    def rounded(values: Tensor) -> Tensor:
        if values.dtype.kind != "f" or values.size < 2:  # one number says how, and is no weight
            return values
        with np.errstate(over="ignore"):
            return values.astype(dtype).astype(values.dtype)

    constants = {name: rounded(values) for name, values in model.graph.constants.items()}
    graph = replace(model.graph, constants=constants)
    held = replace(network, model=replace(model, graph=graph))
    return NetSide(held, side.name, side.changes, side.dtype, side.order)


def rounded_weights(network: Network, dtype: str) -> Iterator[Mapping[str, Change]]:
    """Yield the changes by which all weights are held in a smaller type, and computed as ever; then
    with mean and std of the input, too."""

    def rounded(values: Array) -> Array:
        with np.errstate(over="ignore"):
            return values.astype(dtype).astype(values.dtype)

    layers = {
        layer.name: by_op(op_with(layer.op, rounded))
        for layer in network.layers
        if layer.op.parameters
    }
    yield layers
    spec = network.input
    if spec.normalised:
        given = replace(
            spec,
            mean=None if spec.mean is None else rounded(spec.mean),
            std=None if spec.std is None else rounded(spec.std),
        )
        yield {**layers, INPUT: Change(a=lambda rows, _: normalise(given, rows))}
