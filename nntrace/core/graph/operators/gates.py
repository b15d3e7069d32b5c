"""The functions that gates of LSTM, GRU and RNN go through, by their names in the ONNX standard."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np

from nntrace.core.graph.graph import Node, Tensor

Function = Callable[[Tensor], Tensor]


def sigmoid(x: Tensor) -> Tensor:
    """1/(1 + e^(−x)), by the tangent, which does not overflow."""
    z: Tensor = np.tanh(x * x.dtype.type(0.5))
    z *= x.dtype.type(0.5)
    z += x.dtype.type(0.5)
    return z


def _relu(x: Tensor) -> Tensor:
    z: Tensor = np.maximum(x, x.dtype.type(0))
    return z


def _softsign(x: Tensor) -> Tensor:
    z: Tensor = x / (1 + np.abs(x))
    return z


def _softplus(x: Tensor) -> Tensor:
    z: Tensor = np.maximum(x, 0) + np.log1p(np.exp(-np.abs(x)))
    return z


def _leaky(x: Tensor, alpha: Any) -> Tensor:
    return np.where(x < 0, alpha * x, x)


def _thresholded(x: Tensor, alpha: Any) -> Tensor:
    return np.where(x > alpha, x, 0 * alpha)


def _elu(x: Tensor, alpha: Any) -> Tensor:
    return np.where(x < 0, alpha * np.expm1(np.minimum(x, 0)), x)


def _affine(x: Tensor, alpha: Any, beta: Any) -> Tensor:
    z: Tensor = alpha * x + beta
    return z


def _scaled_tanh(x: Tensor, alpha: Any, beta: Any) -> Tensor:
    z: Tensor = alpha * np.tanh(beta * x)
    return z


def _hard_sigmoid(x: Tensor, alpha: Any, beta: Any) -> Tensor:
    z: Tensor = np.clip(alpha * x + beta, 0, 1)
    return z


class _Named(NamedTuple):
    """A function, with each parameter that it has and what that is where nothing is given: as in
    ONNX's operator of that name, of which ScaledTanh has no defaults."""

    function: Callable[..., Tensor]
    defaults: Mapping[str, float | None] = {}


_NAMED = {
    "relu": _Named(_relu),
    "tanh": _Named(np.tanh),
    "sigmoid": _Named(sigmoid),
    "softsign": _Named(_softsign),
    "softplus": _Named(_softplus),
    "leakyrelu": _Named(_leaky, {"alpha": 0.01}),
    "thresholdedrelu": _Named(_thresholded, {"alpha": 1.0}),
    "elu": _Named(_elu, {"alpha": 1.0}),
    "affine": _Named(_affine, {"alpha": 1.0, "beta": 0.0}),
    "scaledtanh": _Named(_scaled_tanh, {"alpha": None, "beta": None}),
    "hardsigmoid": _Named(_hard_sigmoid, {"alpha": 0.2, "beta": 0.5}),
}


@lru_cache(1024)
def functions(
    node: Node, usual: tuple[str, ...], dtype: np.dtype[Any], clipped: int
) -> tuple[Function, ...]:
    """Return the functions of a node, direction by direction, as activations, activation_alpha
    and activation_beta tell them: each takes the next of these if it has such a parameter.

    `clip` bounds what goes into the first `clipped` of each direction's: what is made of the cell
    of an LSTM is not bounded, as onnxruntime has it.
    """
    given = {name: iter(node.get(f"activation_{name}", ())) for name in ("alpha", "beta")}
    a_way = len(usual) if node.get("direction") != "bidirectional" else len(usual) // 2
    clip = node.get("clip")
    return tuple(
        _function(name, given, clip if at % a_way < clipped else None, dtype)
        for at, name in enumerate(node.get("activations") or usual)
    )


def _function(
    name: str,
    given: Mapping[str, Iterator[float]],
    clip: float | None,
    dtype: np.dtype[Any],
) -> Function:
    named = _NAMED.get(name.lower())
    if named is None:
        raise ValueError(f"has an activation {name}, which is none of the standard's")
    function, parameters = named.function, []
    for parameter, default in named.defaults.items():
        value = next(given[parameter], default)
        if value is None:
            raise ValueError(f"has no activation_{parameter} for {name}")
        parameters.append(dtype.type(value))
    if not parameters and not clip:
        return function
    if not clip:
        return lambda x: function(x, *parameters)
    most = dtype.type(clip)
    return lambda x: function(np.clip(x, -most, most), *parameters)
