"""Activations as nodes of a graph: the operator that each is, or what it is made of."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from nntrace.core.arrays import along
from nntrace.core.layer import Layer
from nntrace.core.numerics.functions import SELU_ALPHA, SELU_SCALE
from nntrace.write.nets.builder import Builder

# writes the nodes that make `a` of `z`; the parameters are those of the activation
Writer = Callable[[Builder, Layer, str, str, Mapping[str, Any]], None]


def _operator(op: str, **attributes: Any) -> Writer:
    """An operator whose attributes are called as the parameters are, or are told here."""

    def write(to: Builder, layer: Layer, z: str, a: str, given: Mapping[str, Any]) -> None:
        told = {name: float(value) for name, value in given.items()}
        to.node(op, [z], a, **told, **attributes)

    return write


def _prelu(to: Builder, layer: Layer, z: str, a: str, given: Mapping[str, Any]) -> None:
    alpha = np.asarray(given["alpha"], to.dtype)
    if alpha.ndim and layer.channels == "first":
        alpha = along(alpha, 0, len(layer.shape))
    to.node("PRelu", [z, to.constant(f"{a}.alpha", alpha)], a)


def _clip(low: str | float, high: str | float) -> Writer:
    def write(to: Builder, layer: Layer, z: str, a: str, given: Mapping[str, Any]) -> None:
        bounds = [
            to.constant(f"{a}.{name}", np.asarray(given.get(str(bound), bound), to.dtype))
            for name, bound in (("min", low), ("max", high))
        ]
        to.node("Clip", [z, *bounds], a)

    return write


def _silu(to: Builder, layer: Layer, z: str, a: str, given: Mapping[str, Any]) -> None:
    to.node("Mul", [z, to.node("Sigmoid", [z], f"{a}.sigmoid")], a)


def _log_sigmoid(to: Builder, layer: Layer, z: str, a: str, given: Mapping[str, Any]) -> None:
    softplus = to.node("Softplus", [to.node("Neg", [z], f"{a}.minus")], f"{a}.softplus")
    to.node("Neg", [softplus], a)


def _step(to: Builder, layer: Layer, z: str, a: str, given: Mapping[str, Any]) -> None:
    over = to.node("Greater", [z, to.constant(f"{a}.zero", np.zeros((), to.dtype))], f"{a}.over")
    to.node("Cast", [over], a, to=to.code)


WRITERS: dict[str, Writer] = {
    "relu": _operator("Relu"),
    "relu6": _clip(0.0, 6.0),
    "leaky_relu": _operator("LeakyRelu"),
    "prelu": _prelu,
    "elu": _operator("Elu"),
    "celu": _operator("Celu"),
    "selu": _operator("Selu", alpha=SELU_ALPHA, gamma=SELU_SCALE),
    "gelu": _operator("Gelu"),
    "gelu_tanh": _operator("Gelu", approximate="tanh"),
    "silu": _silu,
    "mish": _operator("Mish"),
    "hard_swish": _operator("HardSwish"),
    "hard_sigmoid": _operator("HardSigmoid"),
    "hard_tanh": _clip("min", "max"),
    "sigmoid": _operator("Sigmoid"),
    "log_sigmoid": _log_sigmoid,
    "tanh": _operator("Tanh"),
    "softplus": _operator("Softplus"),
    "softsign": _operator("Softsign"),
    "thresholded_relu": _operator("ThresholdedRelu"),
    "step": _step,
    "softmax": _operator("Softmax", axis=-1),
    "log_softmax": _operator("LogSoftmax", axis=-1),
    "hardmax": _operator("Hardmax", axis=-1),
}
