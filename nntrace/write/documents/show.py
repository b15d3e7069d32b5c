"""A net at length."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import numpy as np

from nntrace.analysis.summary import summarised
from nntrace.core.graph.op import OnnxOp
from nntrace.write.documents.fields import ANYTHING, Field, Json, Record, by_name, version
from nntrace.write.documents.trace import DTYPE, KIND, OP, READS

if TYPE_CHECKING:
    from nntrace.core.arrays import Array
    from nntrace.core.layer import Layer
    from nntrace.core.network import Network

STATISTICS = Record(
    "Statistics",
    "A summary of some numbers.",
    Field("min", float),
    Field("max", float),
    Field("mean", float),
    Field("std", float, "of the population"),
    Field("zeros", int, "how many are exactly 0"),
)


def _parameters(layer: Layer) -> dict[str, Any]:
    return {name: np.asarray(value).tolist() for name, value in layer.activation.parameters.items()}


def _none(_: object) -> None:
    """What is left out, unless it is told."""


def _plain(get: Callable[[Layer], Any]) -> Callable[[Layer], Any]:
    """Make what gets something of a plain dense layer, and nothing of another."""
    return lambda layer: get(layer) if layer.dense else None


def _summary(values: Array) -> Json:
    return STATISTICS.of(summarised(values))


ARRAY = Record(
    "ShownArray",
    "An array of a layer.",
    Field("shape", [int]),
    Field("summary", STATISTICS),
    Field(
        "values", [ANYTHING], "numbers, in lists within lists as the shape has it", optional=True
    ),
)


def _inside(layer: Layer) -> list[str] | None:
    inside = layer.op.inside if isinstance(layer.op, OnnxOp) else ()
    return [name for name, _ in inside] or None


SHOWN_LAYER = Record(
    "ShownLayer",
    """A layer and its weights.

    What only a plain dense layer has is left out of others, and what it lacks of plain ones.
    """,
    Field("name", str),
    KIND,
    OP,
    READS,
    Field("shape", [(int, None)], "of a row, where it has several dimensions", _none, True),
    Field("keys", by_name(ANYTHING), "of a net file, which say how it computes", _none, True),
    Field("size", (int, None), "numbers of a row; null where they depend on the tokens"),
    Field("fan_in", int, get=_plain(lambda layer: layer.fan_in), optional=True),
    Field("activation", str, get="activation.name"),
    Field("activation_parameters", by_name((float, [float])), "such as alpha", _parameters),
    Field("labels", ([str], None)),
    Field("inside", [str], "tensors of graphs inside the operator, by name", _inside, True),
    Field("parameters", int, "numbers in weights and bias, or in all arrays", "op.parameters"),
    Field("bytes", int, get="op.nbytes"),
    Field(
        "weights_summary",
        STATISTICS,
        get=_plain(lambda layer: _summary(layer.weights)),
        optional=True,
    ),
    Field(
        "bias_summary", STATISTICS, get=_plain(lambda layer: _summary(layer.bias)), optional=True
    ),
    Field("weights", [[float]], "size rows of fan-in numbers", _none, True),
    Field("bias", [float], get=_none, optional=True),
    Field("arrays", by_name(ARRAY), "of any other layer, by its keys", _none, True),
)


def _input(network: Network) -> dict[str, Any]:
    spec, text = network.input, network.input.text
    told = {
        "size": network.open_size("input"),
        "labels": spec.labels,
        "shape": spec.shape or None,
        "mean": spec.mean.tolist() if spec.mean is not None else None,
        "std": spec.std.tolist() if spec.std is not None else None,
    }
    if text:
        told["text"] = {
            key: value for key, value in asdict(text).items() if value not in (None, False)
        }
    return told


SHOW = Record(
    "ShowDocument",
    "What `show -f json` prints.",
    version("nntrace.show/1"),
    Field("name", str),
    Field("description", str),
    DTYPE,
    Field("input", by_name(ANYTHING), get=_input),
    Field("layers", [SHOWN_LAYER]),
    Field("parameters", int),
    Field("bytes", int, get=lambda network: sum(layer.op.nbytes for layer in network.layers)),
    Field("examples", [str], get=lambda network: [each.name for each in network.examples]),
)


def shown(network: Network, weights: bool) -> Json:
    """Make the document of a net, with its weights and biases where they are asked for."""
    return SHOW.of(network, layers=[_layer(network, layer, weights) for layer in network.layers])


def _layer(network: Network, layer: Layer, weights: bool) -> Json:
    reads = network.reads_elsewhere(layer.name)
    told: dict[str, Any] = {"reads": reads, "size": network.open_size(layer.name)}
    if layer.dense:
        if weights:
            told |= {"weights": layer.weights.tolist(), "bias": layer.bias.tolist()}
        return SHOWN_LAYER.of(layer, **told)
    shape = network.open_shape(layer.name)
    return SHOWN_LAYER.of(
        layer,
        shape=shape if len(shape) > 1 else None,
        keys=layer.op.as_keys() or None,
        arrays={key: _array(values, weights) for key, values in layer.op.arrays.items()} or None,
        **told,
    )


def _array(values: Array, whole: bool) -> Json:
    return ARRAY.of(values, summary=summarised(values), values=values.tolist() if whole else None)
