"""The activations: one table of names, functions, parameters, formulas and sources.

Every function takes pre-activations z, float32 or float64, rows × size, and returns a new array
of the same shape and dtype. They are exact to a few units in the last place over the whole range,
which is why some are not written as their formula reads: e^z overflows, and 1 − e^z and
z_i − max lose digits just where a person looks closely.

A new activation is one more line in the table at the end.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import wraps
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nntrace.core.precise import normal_tail, product_error, row_sum, sum_error
from nntrace.errors import NetworkError, Problem, unknown

Floats = NDArray[Any]  # float32 or float64


@dataclass(frozen=True)
class Parameter:
    """A number that shapes an activation, such as leaky_relu's slope."""

    name: str
    default: float
    doc: str
    per_neuron: bool = False  # may be an array: one number a neuron
    required: bool = False  # the default is ignored: it must be given
    nonzero: bool = False
    less_than: str | None = None  # must be less than the parameter of this name


@dataclass(frozen=True)
class ActivationKind:
    """An activation as the table has it.

    `formula` is for people: `z` and the names of parameters stand in it as whole words. `rowwise`
    says that a value depends on the whole row of z, as in softmax.
    """

    name: str
    formula: str
    function: Callable[..., Floats]
    source: str
    doc: str
    parameters: tuple[Parameter, ...] = ()
    aliases: tuple[str, ...] = ()
    rowwise: bool = False

    def __reduce__(self) -> tuple[Any, ...]:  # there is one of each: copies are the same
        return find, (self.name,)


@dataclass(frozen=True, eq=False)
class Activation:
    """A kind of activation with its parameters: what a layer has.

    `parameters` may be given in part; afterwards it is complete and read-only. Its values are
    floats, or a read-only float64 array of one number a neuron where the kind allows it.

    Raises NetworkError with every problem of the parameters, each with the path
    (name of the activation, name of the parameter), and the neuron where there is one.
    """

    kind: ActivationKind
    parameters: Mapping[str, float | Floats] = field(default_factory=dict)

    def __post_init__(self) -> None:
        object.__setattr__(self, "parameters", _checked(self.kind, self.parameters))

    def __reduce__(self) -> tuple[Any, ...]:  # a MappingProxyType cannot be pickled
        return Activation, (self.kind, dict(self.parameters))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Activation):
            return NotImplemented
        mine, others = self.parameters, other.parameters  # arrays do not compare to one bool
        return self.kind is other.kind and all(np.array_equal(mine[n], others[n]) for n in mine)

    @property
    def name(self) -> str:
        """The canonical name."""
        return self.kind.name

    def __call__(self, z: Floats) -> Floats:
        """Apply it to z, rows × size, float32 or float64; a new array of that shape and dtype.

        Integers become float64. Overflow gives infinity, silently.
        """
        z = np.asarray(z)
        if z.dtype not in (np.float32, np.float64):
            z = z.astype(np.float64)
        if not z.size:
            return z.copy()
        with np.errstate(all="ignore"):
            a = self.kind.function(np.atleast_1d(z), **self.parameters)
        return a.reshape(z.shape)


def find(name: str) -> ActivationKind:
    """Return the activation of that name or alias. Raises KeyError where there is none."""
    return ACTIVATIONS[_ALIASES.get(name, name)]


def _checked(
    kind: ActivationKind, given: Mapping[str, float | Floats]
) -> Mapping[str, float | Floats]:
    known = {parameter.name: parameter for parameter in kind.parameters}
    values: dict[str, float | Floats] = {}
    problems: list[Problem] = []
    for name in given:
        if name not in known:
            text = unknown("parameter", name, known)
            text += "" if known else f", {kind.name} takes none"
            problems.append(Problem(text, (kind.name, name)))
    for name, parameter in known.items():
        path = (kind.name, name)
        if name in given:
            values[name], wrong = _number(parameter, given[name], path)
            problems += wrong
        elif parameter.required:
            problems.append(Problem(f"is missing; it is {parameter.doc}", path))
        else:
            values[name] = parameter.default
    for parameter in kind.parameters:
        limit = parameter.less_than
        if not problems and limit and not values[parameter.name] < values[limit]:
            # told at the later of the two, as a reader of the file meets it
            later = [name for name in given if name in (parameter.name, limit)][-1]
            text = f"{parameter.name} must be less than {limit}"
            text += f", but {values[parameter.name]} is not less than {values[limit]}"
            problems.append(Problem(text, (kind.name, later)))
    if problems:
        raise NetworkError(problems)
    return MappingProxyType(values)


def _number(
    parameter: Parameter, given: Any, path: tuple[str, ...]
) -> tuple[float | Floats, list[Problem]]:
    """Return the value and what is wrong with it; the value is of no use where something is."""
    what = "a finite number other than 0" if parameter.nonzero else "a finite number"
    try:
        values = np.array(given)
        if values.dtype.kind not in "iuf":  # no booleans, no text that looks like a number
            raise TypeError
        values = values.astype(np.float64)
    except (TypeError, ValueError):
        return 0.0, [Problem(f"takes {what}, not {given!r}", path)]
    if values.ndim > (1 if parameter.per_neuron else 0) or not values.size:
        one = "one number or one per neuron" if parameter.per_neuron else "one number"
        shape = " × ".join(map(str, values.shape))
        return 0.0, [Problem(f"takes {one}, not {shape}", path)]
    good = np.isfinite(values) & ((values != 0.0) | (not parameter.nonzero))
    wrong = [
        Problem(f"takes {what}, not {values[index]}", (*path, *map(int, index)))
        for index in np.ndindex(values.shape)
        if not good[index]
    ]
    values.flags.writeable = False
    return values if values.ndim else float(values), wrong


# ---- the functions; σ(z) = 1/(1 + e^(−z)), Φ the normal distribution ----


def _in_float64(function: Callable[..., Floats]) -> Callable[..., Floats]:
    """Compute in float64 and round once, so that float32 is as exact as float32 can be."""

    @wraps(function)
    def computed(z: Floats, **parameters: float) -> Floats:
        return _in_blocks(function, z.reshape(-1), parameters).reshape(z.shape)

    return computed


def _rows_in_float64(function: Callable[..., Floats]) -> Callable[..., Floats]:
    """Do the same for a function of whole rows."""

    @wraps(function)
    def computed(z: Floats) -> Floats:
        return _in_blocks(function, z.reshape(-1, z.shape[-1]), {}).reshape(z.shape)

    return computed


def _in_blocks(
    function: Callable[..., Floats], z: Floats, parameters: Mapping[str, float]
) -> Floats:
    """Apply `function` to a few rows at a time: their intermediates stay in the nearest cache,
    which makes it several times faster."""
    a = np.empty_like(z)
    step = max(1, _BLOCK * len(z) // z.size)
    for start in range(0, len(z), step):
        block = slice(start, start + step)
        a[block] = function(z[block].astype(np.float64, copy=False), **parameters)
    return a


def _identity(z: Floats) -> Floats:
    return z.copy()


def _relu(z: Floats) -> Floats:
    a: Floats = np.maximum(z, 0.0)
    a += 0.0  # −0.0 + 0.0 is +0.0, whichever of two equal zeros the processor's maximum returns
    return a


def _relu6(z: Floats) -> Floats:
    a = _relu(z)
    return np.minimum(a, 6.0, out=a)


def _leaky_relu(z: Floats, alpha: Any) -> Floats:
    alpha = np.asarray(alpha, dtype=z.dtype)
    below: Floats = alpha * z
    if ((alpha > 0.0) & (alpha <= 1.0)).all():
        return np.maximum(z, below, out=below)  # the usual case, and several times faster
    if not alpha.all():
        # 0·(−∞) would be NaN; the minimum is 0, or NaN where z is
        below = np.where(alpha == 0.0, np.minimum(np.abs(z), 0.0), below)
    return np.where(z > 0.0, z, below)


@_in_float64
def _elu(z: Floats, alpha: float) -> Floats:
    return np.where(z >= 0.0, z, alpha * np.expm1(np.minimum(z, 0.0)))


@_in_float64
def _celu(z: Floats, alpha: float) -> Floats:
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
def _selu(z: Floats) -> Floats:
    return np.where(z >= 0.0, _SELU_SCALE * z, _SELU_SCALE_ALPHA * np.expm1(np.minimum(z, 0.0)))


@_in_float64
def _gelu(z: Floats) -> Floats:
    # z·Φ(z) = max(0, z) − |z|·Q(|z|), Q = 1 − Φ: no digits are lost on either side
    a = np.maximum(z, 0.0) - normal_tail(np.abs(z))
    return np.copysign(a, z)


@_in_float64
def _gelu_tanh(z: Floats) -> Floats:
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
def _silu(z: Floats) -> Floats:
    return _with_far_tail(z * np.exp(np.minimum(z, 0.0)) / (1.0 + np.exp(-np.abs(z))), z, np.abs(z))


@_in_float64
def _mish(z: Floats) -> Floats:
    # With x = e^z, tanh(ln(1 + x)) is 1 − 2/(x² + 2x + 2), for which e^z must neither overflow nor
    # cancel. Take x = e/w: where z ≥ 0, e = 1 and it is 1 − 2w²/(1 + 2w + 2w²); where z ≤ 0, w = 1
    # and it is e − e·(e + e²)/(e² + 2e + 2). Both are this:
    e = np.exp(np.minimum(z, 0.0))
    w = np.exp(-np.maximum(z, 0.0))
    part = (e + e * e) * (w * w) / (e * e + 2.0 * w * (e + w))
    return _with_far_tail(z * (e - e * part), z, np.abs(z))


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
def _hard_swish(z: Floats) -> Floats:
    return np.where(z <= -3.0, 0.0, z * np.clip((z + 3.0) / 6.0, 0.0, 1.0))


@_in_float64
def _hard_sigmoid(z: Floats, alpha: float, beta: float) -> Floats:
    if (alpha, beta) == (_SIXTH, 0.5):  # what is meant is a sixth, which is no float64
        return np.clip((z + 3.0) / 6.0, 0.0, 1.0)
    far = 2.0 * (abs(beta) + 1.0) / abs(alpha) if alpha else math.inf  # it is 0 or 1 from there on
    z = np.clip(z, -min(far, _LARGEST), min(far, _LARGEST))
    # near −beta/alpha the sum is as small as the rounding errors of its terms
    product = alpha * z
    total = product + beta
    total += product_error(alpha, z, product) + sum_error(product, beta, total)
    return np.clip(total, 0.0, 1.0)


def _hard_tanh(z: Floats, min: float, max: float) -> Floats:
    return np.clip(z, z.dtype.type(min), z.dtype.type(max))


@_in_float64
def _sigmoid(z: Floats) -> Floats:
    # 1/(1 + e^(−z)) for z ≥ 0 and e^z/(1 + e^z) for z ≤ 0: neither overflows
    return np.exp(np.minimum(z, 0.0)) / (1.0 + np.exp(-np.abs(z)))


@_in_float64
def _log_sigmoid(z: Floats) -> Floats:
    return np.minimum(z, 0.0) - np.log1p(np.exp(-np.abs(z)))


@_in_float64
def _tanh(z: Floats) -> Floats:
    return np.tanh(z)


@_in_float64
def _softplus(z: Floats) -> Floats:
    return np.maximum(z, 0.0) + np.log1p(np.exp(-np.abs(z)))


@_in_float64
def _softsign(z: Floats) -> Floats:
    z = np.clip(z, -1e300, 1e300)  # ±1 long before; ∞/∞ would be NaN
    return z / (1.0 + np.abs(z))


def _thresholded_relu(z: Floats, alpha: float) -> Floats:
    return np.where(z <= z.dtype.type(alpha), z.dtype.type(0.0), z)


def _step(z: Floats) -> Floats:
    a: Floats = np.heaviside(z, z.dtype.type(0.0))
    return a


@_rows_in_float64
def _softmax(z: Floats) -> Floats:
    _top, _below, p = _below_top(z)
    p /= row_sum(p)
    return p


@_rows_in_float64
def _log_softmax(z: Floats) -> Floats:
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


def _hardmax(z: Floats) -> Floats:
    top = z.argmax(axis=-1, keepdims=True)
    maximum = np.take_along_axis(z, top, axis=-1)
    a = np.where(np.isnan(maximum), maximum, np.zeros_like(z))
    np.put_along_axis(a, top, np.where(np.isnan(maximum), maximum, 1.0), axis=-1)
    return a


_BLOCK = 1 << 13  # numbers
_LARGEST = sys.float_info.max
_SIXTH = 1.0 / 6.0
_E_512 = math.exp(512.0)
_SELU_SCALE = 1.0507009873554805
_SELU_SCALE_ALPHA = 1.7580993408473766  # 1.0507009873554805 · 1.6732632423543772
# 2·√(2/π) and 0.044715 times that, each with what rounding cut off
_GELU_C, _GELU_C_ERROR = 1.5957691216057308, -9.96930880911092e-17
_GELU_K, _GELU_K_ERROR = 0.07135481627260025, -4.1218577217431825e-18


# ---- the table ----

_ALPHA_SLOPE = "the slope for z below 0"
_ALPHA_DEPTH = "how far below 0 it goes: the limit for large negative z is −alpha"

_KINDS = (
    ActivationKind(
        "identity",
        "z",
        _identity,
        "ONNX Identity",
        "z as it is, so that the layer is a plain weighted sum.",
        aliases=("linear",),
    ),
    ActivationKind(
        "relu",
        "max(0, z)",
        _relu,
        "ONNX Relu",
        "Lets through what is positive; −0.0 becomes 0.",
    ),
    ActivationKind(
        "relu6",
        "min(6, max(0, z))",
        _relu6,
        "PyTorch ReLU6",
        "relu that stops at 6; ONNX writes it as Clip from 0 to 6.",
    ),
    ActivationKind(
        "leaky_relu",
        "z if z > 0 else alpha·z",
        _leaky_relu,
        "ONNX LeakyRelu",
        "relu that keeps a slope below 0. ONNX, PyTorch and JAX take 0.01 where none is given, "
        "Keras 0.2 for the function leaky_relu and 0.3 for the layer LeakyReLU.",
        (Parameter("alpha", 0.01, _ALPHA_SLOPE),),
    ),
    ActivationKind(
        "prelu",
        "z if z > 0 else alpha·z",
        _leaky_relu,
        "ONNX PRelu",
        "leaky_relu with slopes that were learned, one per neuron or one for all. The default is "
        "what PyTorch starts learning from; Keras starts from 0, and ONNX always gives the slopes.",
        (Parameter("alpha", 0.25, _ALPHA_SLOPE + ", one per neuron or one for all", True),),
    ),
    ActivationKind(
        "elu",
        "z if z > 0 else alpha·(e^z − 1)",
        _elu,
        "ONNX Elu",
        "Like relu, but runs smoothly into −alpha below 0.",
        (Parameter("alpha", 1.0, _ALPHA_DEPTH),),
    ),
    ActivationKind(
        "celu",
        "z if z > 0 else alpha·(e^(z/alpha) − 1)",
        _celu,
        "ONNX Celu",
        "elu whose slope is 1 on both sides of 0, whatever alpha is; with alpha = 1 it is elu.",
        (Parameter("alpha", 1.0, _ALPHA_DEPTH + "; it may not be 0", nonzero=True),),
    ),
    ActivationKind(
        "selu",
        "1.0507009873554805·(z if z > 0 else 1.6732632423543772·(e^z − 1))",
        _selu,
        "ONNX Selu",
        "elu scaled so that mean 0 and variance 1 carry over from layer to layer. The constants "
        "are PyTorch's; ONNX's defaults are these rounded to float32, 1.0507010 and 1.6732632.",
    ),
    ActivationKind(
        "gelu",
        "z·Φ(z)",
        _gelu,
        "ONNX Gelu",
        "z times the share of a normal distribution below z, Φ(z) = ½·(1 + erf(z/√2)). ONNX, "
        "PyTorch and keras.activations mean this one where nothing is said; JAX and keras.ops mean "
        "gelu_tanh.",
    ),
    ActivationKind(
        "gelu_tanh",
        "0.5·z·(1 + tanh(√(2/π)·(z + 0.044715·z^3)))",
        _gelu_tanh,
        'ONNX Gelu, approximate="tanh"',
        "gelu by a formula without erf, off by up to 0.0005. In PyTorch it is "
        'approximate="tanh"; in JAX and Keras approximate=True.',
    ),
    ActivationKind(
        "silu",
        "z / (1 + e^(−z))",
        _silu,
        "ONNX Swish",
        "z times its sigmoid. PyTorch calls it SiLU; ONNX has it from opset 24, as Swish with "
        "alpha = 1; JAX and Keras know both names.",
        aliases=("swish",),
    ),
    ActivationKind(
        "mish",
        "z·tanh(ln(1 + e^z))",
        _mish,
        "ONNX Mish",
        "z times the tanh of its softplus; the same in ONNX, PyTorch, JAX and Keras.",
    ),
    ActivationKind(
        "hard_swish",
        "z·min(1, max(0, (z + 3) / 6))",
        _hard_swish,
        "ONNX HardSwish",
        "silu with straight lines for the sigmoid; its sixth is exact here, in ONNX a float32.",
    ),
    ActivationKind(
        "hard_sigmoid",
        "min(1, max(0, alpha·z + beta))",
        _hard_sigmoid,
        "ONNX HardSigmoid",
        "The sigmoid by three straight lines. The default is min(1, max(0, (z + 3) / 6)) with an "
        "exact sixth, as in PyTorch, JAX and Keras 3; ONNX's default and Keras 2 have alpha = 0.2.",
        (
            Parameter("alpha", _SIXTH, "the slope"),
            Parameter("beta", 0.5, "the value at z = 0"),
        ),
    ),
    ActivationKind(
        "hard_tanh",
        "min if z < min else max if z > max else z",
        _hard_tanh,
        "PyTorch Hardtanh",
        "z held between two limits; ONNX writes it as Clip, JAX has the limits −1 and 1 only.",
        (
            Parameter("min", -1.0, "the lowest value", less_than="max"),
            Parameter("max", 1.0, "the highest value"),
        ),
    ),
    ActivationKind(
        "sigmoid",
        "1 / (1 + e^(−z))",
        _sigmoid,
        "ONNX Sigmoid",
        "Any number to one between 0 and 1, read as a probability.",
        aliases=("logistic",),
    ),
    ActivationKind(
        "log_sigmoid",
        "−ln(1 + e^(−z))",
        _log_sigmoid,
        "PyTorch LogSigmoid",
        "The logarithm of the sigmoid, exact where the sigmoid itself is nearly 0 or 1.",
    ),
    ActivationKind(
        "tanh",
        "tanh(z)",
        _tanh,
        "ONNX Tanh",
        "Any number to one between −1 and 1.",
    ),
    ActivationKind(
        "softplus",
        "ln(1 + e^z)",
        _softplus,
        "ONNX Softplus",
        "A smooth relu. PyTorch returns z itself above a threshold, 20 where none is given, "
        "which is off by up to 2e-9.",
    ),
    ActivationKind(
        "softsign",
        "z / (1 + |z|)",
        _softsign,
        "ONNX Softsign",
        "Like tanh, but nears −1 and 1 slowly.",
    ),
    ActivationKind(
        "thresholded_relu",
        "z if z > alpha else 0",
        _thresholded_relu,
        "ONNX ThresholdedRelu",
        "Lets through what is greater than alpha. In PyTorch it is Threshold(alpha, 0).",
        (Parameter("alpha", 1.0, "the threshold"),),
    ),
    ActivationKind(
        "step",
        "1 if z > 0 else 0",
        _step,
        "PyTorch heaviside, values=0",
        "The perceptron's: the neuron fires or does not. Here it is 0 at z = 0; elsewhere the "
        "value there differs (0, ½ or 1).",
    ),
    ActivationKind(
        "softmax",
        "e^z / Σ e^(zⱼ)",
        _softmax,
        "ONNX Softmax",
        "A row of scores to probabilities that sum to 1, over all neurons j of the layer. ONNX "
        "below opset 13 made one row of all axes from the second on, which is the same for "
        "rows × features.",
        rowwise=True,
    ),
    ActivationKind(
        "log_softmax",
        "z − ln(Σ e^(zⱼ))",
        _log_softmax,
        "ONNX LogSoftmax",
        "The logarithm of softmax, over all neurons j of the layer; a sure class has a small "
        "negative number, not 0.",
        rowwise=True,
    ),
    ActivationKind(
        "hardmax",
        "1 if z is the first maximum of its row, else 0",
        _hardmax,
        "ONNX Hardmax",
        "1 for the winner and 0 for the rest; of equal ones the first wins.",
        rowwise=True,
    ),
)

ACTIVATIONS: Mapping[str, ActivationKind] = MappingProxyType({kind.name: kind for kind in _KINDS})
_ALIASES = {alias: kind.name for kind in _KINDS for alias in kind.aliases}
