"""Operators that compute each number of a tensor by itself."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from nntrace.core.arrays import along
from nntrace.core.graph.graph import Node, Tensor
from nntrace.core.graph.operators.widths import computed_in
from nntrace.core.numerics import functions
from nntrace.core.numerics.precise import error_function
from nntrace.core.numerics.singles import nearly_error_function

Single = Callable[[Node, Tensor], Tensor]


def _plain(function: Callable[[Any], Any]) -> Single:
    """Make an operator of a function of NumPy, which keeps the dtype."""

    def operator(node: Node, x: Tensor) -> Tensor:
        result: Tensor = function(x)
        return result

    return operator


def _activated(function: Callable[..., None], x: Tensor, **parameters: float) -> Tensor:
    """Compute one of nntrace's own activations, narrow floats in float32."""
    if not x.size:
        return x
    z = np.ascontiguousarray(x, dtype=computed_in(x.dtype))
    a = np.empty_like(z)
    function(z, a, **parameters)
    return a.reshape(x.shape).astype(x.dtype, copy=False)


def _activation(function: Callable[..., None], **defaults: float) -> Single:
    """Make an operator of an activation, whose parameters are attributes by the same names."""

    def operator(node: Node, x: Tensor) -> Tensor:
        given = {name: node.get(name, default) for name, default in defaults.items()}
        return _activated(function, x, **given)

    return operator


absolute = _plain(np.abs)
negative = _plain(np.negative)
sign = _plain(np.sign)
floor = _plain(np.floor)
ceil = _plain(np.ceil)
nearest = _plain(np.rint)  # halves to the even number
square_root = _plain(np.sqrt)
exponential = _plain(np.exp)
logarithm = _plain(np.log)
sine = _plain(np.sin)
cosine = _plain(np.cos)
tangent = _plain(np.tan)
arc_sine = _plain(np.arcsin)
arc_cosine = _plain(np.arccos)
arc_tangent = _plain(np.arctan)
hyperbolic_sine = _plain(np.sinh)
hyperbolic_cosine = _plain(np.cosh)
area_sine = _plain(np.arcsinh)
area_cosine = _plain(np.arccosh)
area_tangent = _plain(np.arctanh)
hyperbolic_tangent = _plain(np.tanh)
is_nan = _plain(np.isnan)
logical_not = _plain(np.logical_not)
bitwise_not = _plain(np.invert)

elu = _activation(functions.elu, alpha=1.0)
celu = _activation(functions.celu, alpha=1.0)
leaky_relu = _activation(functions.leaky_relu, alpha=0.01)
thresholded_relu = _activation(functions.thresholded_relu, alpha=1.0)
hard_sigmoid = _activation(functions.hard_sigmoid, alpha=0.2, beta=0.5)
hard_swish = _activation(functions.hard_swish)
sigmoid = _activation(functions.sigmoid)
softplus = _activation(functions.softplus)
softsign = _activation(functions.softsign)
mish = _activation(functions.mish)


def reciprocal(node: Node, x: Tensor) -> Tensor:
    """1/x. Reciprocal-13."""
    result: Tensor = np.divide(x.dtype.type(1), x)
    return result


def relu(node: Node, x: Tensor) -> Tensor:
    """max(x, 0); NaN stays NaN. Relu-14."""
    result: Tensor = np.maximum(x, x.dtype.type(0))
    return result


def prelu(node: Node, x: Tensor, slope: Tensor) -> Tensor:
    """x, or slope·x where x is negative. Before opset 7, a slope for each channel. PRelu-16."""
    if node.version < 7 and slope.size > 1 and slope.ndim == 1 < x.ndim:
        slope = along(slope, 1, x.ndim)
    return np.where(x < 0, slope * x, x)


def selu(node: Node, x: Tensor) -> Tensor:
    """gamma·x, or gamma·alpha·(e^x − 1) where x is negative. Selu-6."""
    curve = _activated(functions.elu, x, alpha=node.get("alpha", 1.67326319217681884765625))
    result: Tensor = np.multiply(
        curve, curve.dtype.type(node.get("gamma", 1.05070102214813232421875))
    )
    return result


def swish(node: Node, x: Tensor) -> Tensor:
    """x·σ(alpha·x). Swish-24."""
    alpha = node.get("alpha", 1.0)
    if alpha == 1.0:
        return _activated(functions.silu, x)
    wide = x.astype(computed_in(x.dtype), copy=False)
    share = _activated(functions.sigmoid, np.multiply(wide, wide.dtype.type(alpha)))
    result: Tensor = np.multiply(wide, share).astype(x.dtype, copy=False)
    return result


def swiglu(node: Node, gate: Tensor, x: Tensor) -> Tensor:
    """The swish of a gate, times x. SwiGLU-28."""
    wide = swish(node, gate.astype(computed_in(gate.dtype), copy=False))
    return np.multiply(wide, x).astype(x.dtype, copy=False)


def gelu(node: Node, x: Tensor) -> Tensor:
    """x·Φ(x), or its approximation by tanh. Gelu-20."""
    approximate = node.get("approximate", "none") == "tanh"
    return _activated(functions.gelu_tanh if approximate else functions.gelu, x)


def erf(node: Node, x: Tensor) -> Tensor:
    """The error function. Erf-13."""
    if x.dtype == np.float64:
        return error_function(x)
    return nearly_error_function(x.astype(np.float64)).astype(x.dtype)


def clip(node: Node, x: Tensor, low: Tensor | None = None, high: Tensor | None = None) -> Tensor:
    """x, but no less than one number and no more than another: the latter where they cross.
    Attributes before opset 11. Clip-13."""
    if node.version < 11:
        low, high = (
            None if limit is None else x.dtype.type(limit)
            for limit in (node.get("min"), node.get("max"))
        )
    if low is not None:
        x = np.maximum(x, low)
    if high is not None:
        x = np.minimum(x, high)
    return x


def shrink(node: Node, x: Tensor) -> Tensor:
    """x moved towards 0 by `bias` where it lies beyond ±`lambd`, 0 between. Shrink-9."""
    limit = x.dtype.type(node.get("lambd", 0.5))
    bias = x.dtype.type(node.get("bias", 0.0))
    zero = x.dtype.type(0)
    result: Tensor = np.where(x < -limit, x + bias, np.where(x > limit, x - bias, zero))
    return result


def is_infinite(node: Node, x: Tensor) -> Tensor:
    """Where x is infinite, of the signs that are looked for. IsInf-20."""
    found: Tensor = np.isinf(x)
    if not node.get("detect_negative", 1):
        found = found & (x > 0)
    if not node.get("detect_positive", 1):
        found = found & (x < 0)
    return found
