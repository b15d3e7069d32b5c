"""A net in another type of numbers: its weights as that type holds them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields, replace
from typing import Any, cast

import numpy as np

from nntrace.core.arrays import Array, read_only
from nntrace.core.graph.model import Model
from nntrace.core.graph.nets import network_of
from nntrace.core.layer import Layer
from nntrace.core.network import Network
from nntrace.core.op import Op

Each = Callable[[Array], Array]


def recast(network: Network, dtype: str) -> Network:
    """Return the same net in float64 or float32, a model in float16 too; it has no examples.

    Raises NetworkError where a weight overflows there; of a model, it is infinite then.
    """
    if network.model is not None:
        return _of_graph(network, network.model, dtype)
    with np.errstate(over="ignore"):
        return with_arrays(network, lambda values: values.astype(dtype), dtype)


def _of_graph(network: Network, model: Model, dtype: str) -> Network:
    """Return a net over a model's graph, every float of which is of another type."""
    graph = model.graph.as_dtype(dtype)
    again = Model.of(graph, model.view, model.shapes, model.engine)
    return network_of(network.name, again, "float64" if dtype == "float64" else "float32")


def with_arrays(network: Network, each: Each, dtype: str | None = None) -> Network:
    """Return the same net without examples, each array of its ops and its input made anew."""
    scaled: dict[str, Any] = {
        name: each(values)
        for name in ("mean", "std")
        if (values := getattr(network.input, name)) is not None
    }
    layers = tuple(replace(layer, op=op_with(layer.op, each)) for layer in network.layers)
    return replace(
        network,
        input=replace(network.input, **scaled),
        layers=layers,
        dtype=dtype or network.dtype,
        examples=(),
    )


def op_with(op: Op, each: Each) -> Op:
    """Return an op whose arrays are each made anew."""
    made = {
        field.name: each(value)
        for field in fields(cast(Any, op))
        if isinstance(value := getattr(op, field.name), np.ndarray)
    }
    return cast(Op, replace(cast(Any, op), **made)) if made else op


def half(network: Network) -> Network:
    """Return the net as float16 holds its numbers, in float32, which holds all of float16's.

    A weight that overflows is infinite, as it would be there.
    """

    def rounded(values: Array) -> Array:
        with np.errstate(over="ignore"):
            return values.astype(np.float16).astype(np.float32)

    # an op refuses infinite weights: it is made of what can be, and then given what is
    finite = np.finfo(np.float16)
    held = with_arrays(
        network,
        lambda values: np.clip(rounded(values), finite.min, finite.max).astype(np.float32),
        "float32",
    )
    for layer, was in zip(held.layers, network.layers, strict=True):
        _put_infinite(layer, was, rounded)
    return held


def _put_infinite(layer: Layer, was: Layer, rounded: Each) -> None:
    for field in fields(cast(Any, layer.op)):
        value = getattr(was.op, field.name)
        if isinstance(value, np.ndarray) and not np.isfinite(held := rounded(value)).all():
            object.__setattr__(layer.op, field.name, read_only(held))
            layer.op.__dict__.pop("arrays", None)
