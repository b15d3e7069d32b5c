"""The functions that gates of LSTM, GRU and RNN go through, by their names in the ONNX standard."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np

from nntrace.core.graph.graph import Node, Tensor
from nntrace.core.graph.operators.widths import refusal

Function = Callable[[Tensor], Tensor]


def sigmoid(x: Tensor) -> Tensor:
    """1/(1 + e^(−x)), by the tangent, which does not overflow."""
    z: Tensor = np.tanh(x * x.dtype.type(0.5))
    z *= x.dtype.type(0.5)
    z += x.dtype.type(0.5)
    return z


def _relu(x: Tensor) -> Tensor:
    return np.maximum(x, x.dtype.type(0))


def _softsign(x: Tensor) -> Tensor:
    return x / (1 + np.abs(x))


def _softplus(x: Tensor) -> Tensor:
    return np.maximum(x, 0) + np.log1p(np.exp(-np.abs(x)))


def _leaky(x: Tensor, alpha: Any) -> Tensor:
    return np.where(x < 0, alpha * x, x)


def _thresholded(x: Tensor, alpha: Any) -> Tensor:
    return np.where(x > alpha, x, 0 * alpha)


def _elu(x: Tensor, alpha: Any) -> Tensor:
    return np.where(x < 0, alpha * np.expm1(np.minimum(x, 0)), x)


def _affine(x: Tensor, alpha: Any, beta: Any) -> Tensor:
    return alpha * x + beta


def _scaled_tanh(x: Tensor, alpha: Any, beta: Any) -> Tensor:
    return alpha * np.tanh(beta * x)


def _hard_sigmoid(x: Tensor, alpha: Any, beta: Any) -> Tensor:
    return np.clip(alpha * x + beta, 0, 1)


class _Named(NamedTuple):
    """A function, and its parameters where nothing is given, None where they must be."""

    function: Callable[..., Tensor]
    alpha: float | None = None
    beta: float | None = None


_NAMED = {
    "relu": _Named(_relu),
    "tanh": _Named(np.tanh),
    "sigmoid": _Named(sigmoid),
    "softsign": _Named(_softsign),
    "softplus": _Named(_softplus),
    "leakyrelu": _Named(_leaky, 0.01),
    "thresholdedrelu": _Named(_thresholded, 1.0),
    "elu": _Named(_elu, 1.0),
    "affine": _Named(_affine, 1.0, 0.0),
    "scaledtanh": _Named(_scaled_tanh, 1.0, 1.0),
    "hardsigmoid": _Named(_hard_sigmoid, 0.2, 0.5),
}


@lru_cache(1024)
def functions(node: Node, usual: tuple[str, ...], dtype: np.dtype[Any]) -> tuple[Function, ...]:
    """Return the functions of a node, direction by direction, as activations, activation_alpha
    and activation_beta tell them: each takes the next of these if it has such a parameter."""
    alphas, betas = iter(node.get("activation_alpha", ())), iter(node.get("activation_beta", ()))
    clip = node.get("clip")
    return tuple(
        _function(node, name, alphas, betas, clip, dtype)
        for name in node.get("activations") or usual
    )


def _function(
    node: Node,
    name: str,
    alphas: Iterator[float],
    betas: Iterator[float],
    clip: float | None,
    dtype: np.dtype[Any],
) -> Function:
    named = _NAMED.get(name.lower())
    if named is None:
        raise refusal(node, f"has an activation {name}, which is none of the standard's")
    function = named.function
    parameters = [
        dtype.type(next(given, default))
        for given, default in ((alphas, named.alpha), (betas, named.beta))
        if default is not None
    ]
    if not parameters and clip is None:
        return function
    if clip is None:
        return lambda x: function(x, *parameters)
    most = dtype.type(clip)
    return lambda x: function(np.clip(x, -most, most), *parameters)
