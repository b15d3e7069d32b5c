"""Operators that are activations: which, and with which parameters."""

from __future__ import annotations

from collections.abc import Callable
from math import prod
from typing import Any

import numpy as np

from nntrace.core.activation import Activation
from nntrace.core.activations import find
from nntrace.core.graph.graph import Node
from nntrace.core.op import Shape
from nntrace.errors import NetworkError
from nntrace.read.nets.onnx.survey import Survey, row_shape

ALONG_ALL_BELOW = 13  # the opset from which softmax and its like work along one axis


def _plain(name: str, **parameters: tuple[str, float]) -> Callable[[Survey, Node], Any]:
    """An activation by its name; `parameters` says which attribute is which, and its default."""

    def make(survey: Survey, node: Node) -> tuple[str, dict[str, Any]]:
        given = {key: float(node.get(attribute, at)) for key, (attribute, at) in parameters.items()}
        return name, given

    return make


def _clip(survey: Survey, node: Node) -> tuple[str, dict[str, Any]] | None:
    if node.version >= 11:
        bounds = [survey.constant(name) for name in (*node.inputs[1:], "", "")[:2]]
        if any(bound is None for bound in bounds):
            return None
        low, high = (float(np.asarray(bound)) for bound in bounds)
    else:
        low, high = float(node.get("min", -np.inf)), float(node.get("max", np.inf))
    if (low, high) == (0.0, 6.0):
        return "relu6", {}
    return ("hard_tanh", {"min": low, "max": high}) if low < high else None


def _prelu(survey: Survey, node: Node) -> tuple[str, dict[str, Any]] | None:
    slope = survey.constant(node.inputs[1])
    if slope is None:
        return None
    shape = survey.shape(node.inputs[0])
    if slope.size == 1:
        return "prelu", {"alpha": float(slope.ravel()[0])}
    each = slope.reshape(slope.shape[1:] if slope.ndim == len(shape) + 1 else slope.shape)
    a_channel = each.size == shape[0] and len(each) == shape[0]  # of neurons in a row, each one
    return ("prelu", {"alpha": each.ravel()}) if a_channel else None


def _gelu(survey: Survey, node: Node) -> tuple[str, dict[str, Any]]:
    return ("gelu_tanh" if node.get("approximate", "none") == "tanh" else "gelu"), {}


def along(survey: Survey, node: Node) -> Shape:
    """Return the lengths of the axes along which a softmax or its like works together."""
    shape, flattens = survey.values[node.inputs[0]].shape, node.version < ALONG_ALL_BELOW
    axis = node.get("axis", 1 if flattens else -1) % max(len(shape), 1)
    return shape[axis:] if flattens else shape[axis : axis + 1]


def _softmax(name: str) -> Callable[[Survey, Node], tuple[str, dict[str, Any]] | None]:
    def make(survey: Survey, node: Node) -> tuple[str, dict[str, Any]] | None:
        shape, together = survey.values[node.inputs[0]].shape, along(survey, node)
        alone = prod(together) == prod(shape)  # all that there is stands along them
        last = together == row_shape(survey.values[node.inputs[0]])[-1:]
        return (name, {}) if alone or last else None

    return make


_MAKERS: dict[str, Callable[[Survey, Node], tuple[str, dict[str, Any]] | None]] = {
    "Relu": _plain("relu"),
    "LeakyRelu": _plain("leaky_relu", alpha=("alpha", 0.01)),
    "PRelu": _prelu,
    "Elu": _plain("elu", alpha=("alpha", 1.0)),
    "Celu": _plain("celu", alpha=("alpha", 1.0)),
    "ThresholdedRelu": _plain("thresholded_relu", alpha=("alpha", 1.0)),
    "Sigmoid": _plain("sigmoid"),
    "HardSigmoid": _plain("hard_sigmoid", alpha=("alpha", 0.2), beta=("beta", 0.5)),
    "HardSwish": _plain("hard_swish"),
    "Tanh": _plain("tanh"),
    "Softplus": _plain("softplus"),
    "Softsign": _plain("softsign"),
    "Mish": _plain("mish"),
    "Gelu": _gelu,
    "Clip": _clip,
    "Softmax": _softmax("softmax"),
    "LogSoftmax": _softmax("log_softmax"),
    "Hardmax": _softmax("hardmax"),
}


def activation_of(survey: Survey, node: Node) -> Activation | None:
    """Return the activation that a node is of its first input; None where it is none."""
    make = _MAKERS.get(node.op)
    lives = survey.lives(node)
    if make is None or node.domain not in ("", "ai.onnx") or lives != [node.inputs[0]]:
        return None
    try:
        found = make(survey, node)
        return Activation(find(found[0]), found[1]) if found else None
    except NetworkError:  # parameters that no activation of nntrace has
        return None
