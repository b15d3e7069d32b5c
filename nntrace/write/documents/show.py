"""A net at length."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from nntrace.analysis.summary import summarised
from nntrace.write.documents.fields import ANYTHING, Field, Record, by_name, version
from nntrace.write.documents.trace import DTYPE

if TYPE_CHECKING:
    from nntrace.core.network import Input, Layer

STATISTICS = Record(
    "Statistics",
    "A summary of some numbers.",
    Field("min", float),
    Field("max", float),
    Field("mean", float),
    Field("std", float, "of the population"),
    Field("zeros", int, "how many are exactly 0"),
)


def _parameters(layer: Layer, _: bool) -> dict[str, Any]:
    return {name: np.asarray(value).tolist() for name, value in layer.activation.parameters.items()}


def _bytes(layer: Layer, *_: Any) -> int:
    return layer.weights.nbytes + layer.bias.nbytes


# Of a layer, and whether its numbers are shown, too.
SHOWN_LAYER = Record(
    "ShownLayer",
    "A layer and its weights.",
    Field("name", str),
    Field("size", int),
    Field("fan_in", int),
    Field("activation", str, get="activation.name"),
    Field("activation_parameters", by_name((float, [float])), "such as alpha", _parameters),
    Field("labels", ([str], None), get=lambda layer, _: _listed(layer.labels)),
    Field(
        "parameters",
        int,
        "numbers in weights and bias",
        lambda layer, _: layer.weights.size + layer.bias.size,
    ),
    Field("bytes", int, get=_bytes),
    Field(
        "weights_summary",
        STATISTICS,
        get=lambda layer, _: STATISTICS.of(summarised(layer.weights)),
    ),
    Field("bias_summary", STATISTICS, get=lambda layer, _: STATISTICS.of(summarised(layer.bias))),
    Field(
        "weights",
        [[float]],
        "size rows of fan-in numbers",
        lambda layer, shown: layer.weights.tolist() if shown else None,
        optional=True,
    ),
    Field(
        "bias",
        [float],
        get=lambda layer, shown: layer.bias.tolist() if shown else None,
        optional=True,
    ),
)


def _input(spec: Input) -> dict[str, Any]:
    return {
        "size": spec.size,
        "labels": _listed(spec.labels),
        "shape": _listed(spec.shape),
        "mean": spec.mean.tolist() if spec.mean is not None else None,
        "std": spec.std.tolist() if spec.std is not None else None,
    }


def _listed(values: tuple[Any, ...] | None) -> list[Any] | None:
    return list(values) if values else None


# Of a net, and whether its numbers are shown, too.
SHOW = Record(
    "ShowDocument",
    "What `show -f json` prints.",
    version("nntrace.show/1"),
    Field("name", str),
    Field("description", str),
    DTYPE,
    Field("input", by_name(ANYTHING), get=lambda net, _: _input(net.input)),
    Field("layers", [SHOWN_LAYER], get=lambda net, shown: SHOWN_LAYER.each(net.layers, shown)),
    Field("parameters", int),
    Field("bytes", int, get=lambda net, _: sum(map(_bytes, net.layers))),
    Field("examples", [str], get=lambda net, _: [example.name for example in net.examples]),
)
