"""A net at length."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from nntrace.analysis.summary import summarised
from nntrace.write.documents.fields import ANYTHING, Field, Json, Record, by_name, version
from nntrace.write.documents.trace import DTYPE

if TYPE_CHECKING:
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


def _bytes(layer: Layer) -> int:
    return layer.weights.nbytes + layer.bias.nbytes


SHOWN_LAYER = Record(
    "ShownLayer",
    "A layer and its weights.",
    Field("name", str),
    Field("size", int),
    Field("fan_in", int),
    Field("activation", str, get="activation.name"),
    Field("activation_parameters", by_name((float, [float])), "such as alpha", _parameters),
    Field("labels", ([str], None)),
    Field(
        "parameters",
        int,
        "numbers in weights and bias",
        lambda layer: layer.weights.size + layer.bias.size,
    ),
    Field("bytes", int, get=_bytes),
    Field("weights_summary", STATISTICS),
    Field("bias_summary", STATISTICS),
    Field("weights", [[float]], "size rows of fan-in numbers", optional=True),
    Field("bias", [float], optional=True),
)


def _input(network: Network) -> dict[str, Any]:
    spec = network.input
    return {
        "size": network.open_size("input"),
        "labels": spec.labels,
        "shape": spec.shape or None,
        "mean": spec.mean.tolist() if spec.mean is not None else None,
        "std": spec.std.tolist() if spec.std is not None else None,
    }


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
    Field("bytes", int, get=lambda network: sum(map(_bytes, network.layers))),
    Field("examples", [str], get=lambda network: [each.name for each in network.examples]),
)


def shown(network: Network, weights: bool) -> Json:
    """Make the document of a net, with its weights and biases where they are asked for."""
    layers = [
        SHOWN_LAYER.of(
            layer,
            weights_summary=summarised(layer.weights),
            bias_summary=summarised(layer.bias),
            weights=layer.weights.tolist() if weights else None,
            bias=layer.bias.tolist() if weights else None,
        )
        for layer in network.layers
    ]
    return SHOW.of(network, layers=layers)
