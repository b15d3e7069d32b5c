"""The functions of the activations, exact to a few units in the last place over the whole range.

Each takes pre-activations z, float32 or float64, rows × size, and fills `a`, an array of the same
shape and dtype, in C order and apart from z. Some are not written as their formula reads: e^z
overflows, and 1 − e^z and z_i − max lose digits just where a person looks closely.
σ(z) = 1/(1 + e^(−z)), and Φ is the normal distribution. Nothing here guards against floating-point
warnings: `Activation` does, once.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Mapping
from functools import wraps
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from nntrace.core.numerics.precise import normal_tail, product_error, row_sum, sum_error
from nntrace.core.numerics.singles import plain_softmax, times_normal_share

if TYPE_CHECKING:
    from numpy.typing import NDArray

Floats: TypeAlias = "NDArray[Any]"  # float32 or float64

_BLOCK = 1 << 13  # numbers
_LARGEST = sys.float_info.max
SIXTH = 1.0 / 6.0
_E_512 = math.exp(512.0)
SELU_SCALE, SELU_ALPHA = 1.0507009873554805, 1.6732632423543772
SELU_DEPTH = SELU_SCALE * SELU_ALPHA
# 2·√(2/π) and 0.044715 times that, each with what rounding cut off
_GELU_C, _GELU_C_ERROR = 1.5957691216057308, -9.96930880911092e-17
_GELU_K, _GELU_K_ERROR = 0.07135481627260025, -4.1218577217431825e-18


def _in_float64(function: Callable[..., Floats]) -> Callable[..., None]:
    """Compute in float64 and round once, so that float32 is as exact as float32 can be."""

    @wraps(function)
    def computed(z: Floats, a: Floats, **parameters: float) -> None:
        _in_blocks(function, z.reshape(-1), a.reshape(-1), parameters)

    return computed


def _rows_in_float64(function: Callable[..., Floats]) -> Callable[..., None]:
    """Do the same for a function of whole rows."""

    @wraps(function)
    def computed(z: Floats, a: Floats) -> None:
        rows = (-1, z.shape[-1])
        _in_blocks(function, z.reshape(rows), a.reshape(rows), {})

    return computed


def _in_blocks(
    function: Callable[..., Floats], z: Floats, a: Floats, parameters: Mapping[str, float]
) -> None:
    """Apply `function` to a few rows at a time: their intermediates stay in the nearest cache,
    which makes it several times faster."""
    step = max(1, _BLOCK * len(z) // z.size)
    for start in range(0, len(z), step):
        block = slice(start, start + step)
        a[block] = function(z[block].astype(np.float64, "C", copy=False), **parameters)


def identity(z: Floats, a: Floats) -> None:
    np.copyto(a, z)


def relu(z: Floats, a: Floats) -> None:
    np.maximum(z, 0.0, out=a)
    a += 0.0  # −0.0 + 0.0 is +0.0, whichever of two equal zeros the maximum returns


def relu6(z: Floats, a: Floats) -> None:
    relu(z, a)
    np.minimum(a, 6.0, out=a)


def leaky_relu(z: Floats, a: Floats, alpha: Any) -> None:
    alpha = np.asarray(alpha, dtype=z.dtype)
    np.multiply(alpha, z, out=a)
    if ((alpha > 0.0) & (alpha <= 1.0)).all():
        np.maximum(z, a, out=a)  # the usual case, and several times faster
        return
    if not alpha.all():
        # 0·(−∞) would be NaN; the minimum is 0, or NaN where z is
        np.copyto(a, np.minimum(np.abs(z), 0.0), where=alpha == 0.0)
    np.copyto(a, z, where=z > 0.0)


@_in_float64
def elu(z: Floats, alpha: float) -> Floats:
    return np.where(z >= 0.0, z, alpha * np.expm1(np.minimum(z, 0.0)))


@_in_float64
def celu(z: Floats, alpha: float) -> Floats:
    below = np.minimum(z, 0.0)
    x = below / alpha
    curve = alpha * np.expm1(x) if alpha > 0.0 else _growing(below, x, alpha)
    # near 0 the curve is z itself, and z/alpha may be too small for a full significand
    return np.where((z >= 0.0) | (np.abs(x) < 2.0**-54), z, curve)


def _growing(z: Floats, x: Floats, alpha: float) -> Floats:
    """Return alpha·(e^x − 1), x = z/alpha ≥ 0: e^x makes the rounding error of x x-fold."""
    product = x * alpha
    error = ((z - product) - product_error(x, alpha, product)) / alpha
    error = np.where(np.abs(error) < 1.0, error, 0.0)
    rise = np.expm1(np.minimum(x, 600.0))
    steep = alpha * np.exp(x - 512.0) * (1.0 + error) * _E_512  # e^x alone may overflow
    return np.where(x > 600.0, steep, alpha * (rise + (rise + 1.0) * error))


@_in_float64
def selu(z: Floats) -> Floats:
    return np.where(z >= 0.0, SELU_SCALE * z, SELU_DEPTH * np.expm1(np.minimum(z, 0.0)))


def gelu(z: Floats, a: Floats) -> None:
    (_gelu_of_singles if z.dtype == np.float32 else _gelu_of_doubles)(z, a)


@_in_float64
def _gelu_of_doubles(z: Floats) -> Floats:
    # z·Φ(z) = max(0, z) − |z|·Q(|z|), Q = 1 − Φ: no digits are lost on either side
    a = np.maximum(z, 0.0) - normal_tail(np.abs(z))
    return np.copysign(a, z)


_gelu_of_singles = _in_float64(times_normal_share)


@_in_float64
def gelu_tanh(z: Floats) -> Floats:
    # ½·(1 + tanh u) = σ(2u), and 2u = |z|·(c + k·z²) is needed to more than float64's digits
    t = np.minimum(np.abs(z), 30.0)  # σ is 0 or 1 from 22 on
    square = t * t
    square_error = product_error(t, t, square)
    cubic = _GELU_K * square
    factor = _GELU_C + cubic
    factor_error = sum_error(_GELU_C, cubic, factor) + product_error(_GELU_K, square, cubic)
    factor_error += _GELU_K * square_error + (_GELU_K_ERROR * square + _GELU_C_ERROR)
    twice_u = t * factor
    error = product_error(t, factor, twice_u) + t * factor_error
    e = np.exp(-twice_u)
    e -= e * error
    a = np.where(z < 0.0, -t * e, z) / (1.0 + e)
    return _with_far_tail(a, z, twice_u, error)


@_in_float64
def silu(z: Floats) -> Floats:
    return _with_far_tail(z * np.exp(np.minimum(z, 0.0)) / (1.0 + np.exp(-np.abs(z))), z, np.abs(z))


@_in_float64
def mish(z: Floats) -> Floats:
    # With x = e^z, tanh(ln(1 + x)) is 1 − 2/(x² + 2x + 2), for which e^z must neither overflow nor
    # cancel. Take x = e/w: where z ≥ 0, e = 1 and it is 1 − 2w²/(1 + 2w + 2w²); where z ≤ 0, w = 1
    # and it is e − e·(e + e²)/(e² + 2e + 2). Both are this:
    e = np.exp(np.minimum(z, 0.0))
    w = np.exp(-np.maximum(z, 0.0))
    share = (e + e * e) * (w * w) / (e * e + 2.0 * w * (e + w))
    return _with_far_tail(z * (e - e * share), z, np.abs(z))


def _with_far_tail(a: Floats, z: Floats, rate: Floats, error: Floats | None = None) -> Floats:
    """Put z·e^(−rate) into `a` where z < 0 and e^(−rate) is so small that it has lost digits."""
    far = (rate > 700.0) & (z < 0.0)
    if far.any():
        rate = np.minimum(rate[far], 1500.0)  # where it is 0 in any case, z may be −∞
        tail = np.maximum(z[far], -1500.0) * np.exp(512.0 - rate)
        if error is not None:
            tail *= 1.0 - error[far]
        a[far] = tail / _E_512
    return a


@_in_float64
def hard_swish(z: Floats) -> Floats:
    return np.where(z <= -3.0, 0.0, z * np.clip((z + 3.0) / 6.0, 0.0, 1.0))


@_in_float64
def hard_sigmoid(z: Floats, alpha: float, beta: float) -> Floats:
    if (alpha, beta) == (SIXTH, 0.5):  # what is meant is a sixth, which is no float64
        return np.clip((z + 3.0) / 6.0, 0.0, 1.0)
    far = 2.0 * (abs(beta) + 1.0) / abs(alpha) if alpha else math.inf  # it is 0 or 1 from there on
    z = np.clip(z, -min(far, _LARGEST), min(far, _LARGEST))
    # near −beta/alpha the sum is as small as the rounding errors of its terms
    product = alpha * z
    total = product + beta
    total += product_error(alpha, z, product) + sum_error(product, beta, total)
    return np.clip(total, 0.0, 1.0)


def hard_tanh(z: Floats, a: Floats, min: float, max: float) -> None:
    np.clip(z, z.dtype.type(min), z.dtype.type(max), out=a)


@_in_float64
def sigmoid(z: Floats) -> Floats:
    # 1/(1 + e^(−z)) for z ≥ 0 and e^z/(1 + e^z) for z ≤ 0: neither overflows
    return np.exp(np.minimum(z, 0.0)) / (1.0 + np.exp(-np.abs(z)))


@_in_float64
def log_sigmoid(z: Floats) -> Floats:
    return np.minimum(z, 0.0) - np.log1p(np.exp(-np.abs(z)))


@_in_float64
def tanh(z: Floats) -> Floats:
    return np.tanh(z)


@_in_float64
def softplus(z: Floats) -> Floats:
    return np.maximum(z, 0.0) + np.log1p(np.exp(-np.abs(z)))


@_in_float64
def softsign(z: Floats) -> Floats:
    z = np.clip(z, -1e300, 1e300)  # ±1 long before; ∞/∞ would be NaN
    return z / (1.0 + np.abs(z))


def thresholded_relu(z: Floats, a: Floats, alpha: float) -> None:
    np.copyto(a, z)
    np.copyto(a, 0.0, where=z <= z.dtype.type(alpha))


def step(z: Floats, a: Floats) -> None:
    np.heaviside(z, z.dtype.type(0.0), out=a)


def softmax(z: Floats, a: Floats) -> None:
    (_softmax_of_singles if z.dtype == np.float32 else _softmax_of_doubles)(z, a)


@_rows_in_float64
def _softmax_of_singles(z: Floats) -> Floats:
    p, good = plain_softmax(z)
    if not good.all():
        bad = np.logical_not(good[:, 0])
        p[bad] = _shares(z[bad])
    return p


def _shares(z: Floats) -> Floats:
    _top, _below, p = _below_top(z)
    p /= row_sum(p)
    return p


_softmax_of_doubles = _rows_in_float64(_shares)


@_rows_in_float64
def log_softmax(z: Floats) -> Floats:
    top, below, p = _below_top(z)
    # ln Σp = log1p(Σp − 1), and the 1 is the top's own: left out, a sure class keeps its digits
    np.put_along_axis(p, top, 0.0, axis=-1)
    return below - np.log1p(row_sum(p))


def _below_top(z: Floats) -> tuple[NDArray[np.intp], Floats, Floats]:
    """Return where each row's first maximum is, z − maximum, and e to that power.

    One infinity in a row gives what the row tends to, two of a kind NaN: it tends to nothing.
    """
    top = z.argmax(axis=-1, keepdims=True)
    maximum = np.take_along_axis(z, top, axis=-1)
    below = z - maximum
    error = sum_error(z, -maximum, below)
    np.put_along_axis(below, top, np.where(np.isnan(maximum), maximum, 0.0), axis=-1)
    p = np.exp(below)
    p += p * np.where(np.abs(error) < 1.0, error, 0.0)  # beyond 1, and where NaN, p is 0 or 1
    return top, below, p


def hardmax(z: Floats, a: Floats) -> None:
    top = z.argmax(axis=-1, keepdims=True)
    maximum = np.take_along_axis(z, top, axis=-1)
    np.copyto(a, np.where(np.isnan(maximum), maximum, 0.0))
    np.put_along_axis(a, top, np.where(np.isnan(maximum), maximum, 1.0), axis=-1)
