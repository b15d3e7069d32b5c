"""The activations: one table of names, functions, parameters, formulas and sources.

A new activation is one more line in the table at the end, and its function in `functions`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Literal, NamedTuple

import numpy as np

from nntrace.core import functions
from nntrace.core.functions import Floats
from nntrace.errors import NetworkError, Problem, UsageError, unknown


class Parameter(NamedTuple):
    """A number that shapes an activation, such as leaky_relu's slope."""

    name: str
    default: float
    doc: str
    per_neuron: bool = False  # may be an array: one number a neuron
    required: bool = False  # the default is an example only: it must be given
    nonzero: bool = False
    less_than: str | None = None  # must be less than the parameter of this name


class ActivationKind(NamedTuple):
    """An activation as the table has it.

    `formula` is for people: `z` and the names of parameters stand in it as whole words. `rowwise`
    says that a value depends on the whole row of z, as in softmax. `silence` says what a neuron
    gives that is not active, where the activation is for telling the two apart.
    """

    name: str
    formula: str
    function: Callable[..., None]
    source: str
    doc: str
    parameters: tuple[Parameter, ...] = ()
    aliases: tuple[str, ...] = ()
    rowwise: bool = False
    silence: Literal["nothing", "a little"] | None = None

    def __reduce__(self) -> tuple[Any, ...]:  # there is one of each: copies are the same
        return find, (self.name,)


@dataclass(frozen=True, eq=False, repr=False)
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

    def __repr__(self) -> str:
        given = [f"{name}={value}" for name, value in self.parameters.items()]
        return f"Activation({', '.join([self.name, *given])})"

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Activation):
            return NotImplemented
        mine, others = self.parameters, other.parameters  # arrays do not compare to one bool
        return self.kind is other.kind and all(np.array_equal(mine[n], others[n]) for n in mine)

    @property
    def name(self) -> str:
        """The canonical name."""
        return self.kind.name

    def __call__(self, z: Floats, out: Floats | None = None) -> Floats:
        """Apply it to z, rows × size, float32 or float64; an array of that shape and dtype.

        Integers become float64. Overflow gives infinity, silently. The array is `out` where one is
        given, which must be apart from z, and a new one otherwise. Raises UsageError for an `out`
        of another shape or dtype, or that is not in C order.
        """
        z = np.asarray(z)
        if z.dtype not in (np.float32, np.float64):
            z = z.astype(np.float64)
        a = np.empty(z.shape, z.dtype) if out is None else out
        if a.shape != z.shape or a.dtype != z.dtype or not a.flags.c_contiguous:
            raise UsageError(f"out: takes {z.dtype} in C order, of the shape {z.shape}")
        if z.size:
            with np.errstate(all="ignore"):
                self.kind.function(np.atleast_1d(z), np.atleast_1d(a), **self.parameters)
        return a


def find(name: str) -> ActivationKind:
    """Return the activation of that name or alias. Raises KeyError where there is none."""
    return ACTIVATIONS[ALIASES.get(name, name)]


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


_ALPHA_SLOPE = "the slope for z below 0"
_ALPHA_DEPTH = "how far below 0 it goes: the limit for large negative z is −alpha"

_KINDS = (
    ActivationKind(
        "identity",
        "z",
        functions.identity,
        "ONNX Identity",
        "z as it is, so that the layer is a plain weighted sum.",
        aliases=("linear",),
    ),
    ActivationKind(
        "relu",
        "max(0, z)",
        functions.relu,
        "ONNX Relu",
        "Lets through what is positive; −0.0 becomes 0.",
        silence="nothing",
    ),
    ActivationKind(
        "relu6",
        "min(6, max(0, z))",
        functions.relu6,
        "PyTorch ReLU6",
        "relu that stops at 6; ONNX writes it as Clip from 0 to 6.",
        silence="nothing",
    ),
    ActivationKind(
        "leaky_relu",
        "z if z > 0 else alpha·z",
        functions.leaky_relu,
        "ONNX LeakyRelu",
        "relu that keeps a slope below 0. ONNX, PyTorch and JAX take 0.01 where none is given, "
        "Keras 0.2 for the function leaky_relu and 0.3 for the layer LeakyReLU.",
        (Parameter("alpha", 0.01, _ALPHA_SLOPE),),
        silence="a little",
    ),
    ActivationKind(
        "prelu",
        "z if z > 0 else alpha·z",
        functions.leaky_relu,
        "ONNX PRelu",
        "leaky_relu with slopes that were learned, one per neuron or one for all. They have no "
        "default, as in ONNX: 0.25 and 0 are what PyTorch and Keras start learning from.",
        (Parameter("alpha", 0.25, _ALPHA_SLOPE + ", one per neuron or one for all", True, True),),
        silence="a little",
    ),
    ActivationKind(
        "elu",
        "z if z > 0 else alpha·(e^z − 1)",
        functions.elu,
        "ONNX Elu",
        "Like relu, but runs smoothly into −alpha below 0.",
        (Parameter("alpha", 1.0, _ALPHA_DEPTH),),
    ),
    ActivationKind(
        "celu",
        "z if z > 0 else alpha·(e^(z/alpha) − 1)",
        functions.celu,
        "ONNX Celu",
        "elu whose slope is 1 on both sides of 0, whatever alpha is; with alpha = 1 it is elu.",
        (Parameter("alpha", 1.0, _ALPHA_DEPTH + "; it may not be 0", nonzero=True),),
    ),
    ActivationKind(
        "selu",
        "1.0507009873554805·(z if z > 0 else 1.6732632423543772·(e^z − 1))",
        functions.selu,
        "ONNX Selu",
        "elu scaled so that mean 0 and variance 1 carry over from layer to layer. The constants "
        "are PyTorch's; ONNX's defaults are these rounded to float32, 1.0507010 and 1.6732632.",
    ),
    ActivationKind(
        "gelu",
        "z·Φ(z)",
        functions.gelu,
        "ONNX Gelu",
        "z times the share of a normal distribution below z, Φ(z) = ½·(1 + erf(z/√2)). ONNX, "
        "PyTorch and keras.activations mean this one where nothing is said; JAX and keras.ops mean "
        "gelu_tanh.",
    ),
    ActivationKind(
        "gelu_tanh",
        "0.5·z·(1 + tanh(√(2/π)·(z + 0.044715·z^3)))",
        functions.gelu_tanh,
        'ONNX Gelu, approximate="tanh"',
        "gelu by a formula without erf, off by up to 0.0005. In PyTorch it is "
        'approximate="tanh"; in JAX and Keras approximate=True.',
    ),
    ActivationKind(
        "silu",
        "z / (1 + e^(−z))",
        functions.silu,
        "ONNX Swish",
        "z times its sigmoid. PyTorch calls it SiLU; ONNX has it from opset 24, as Swish with "
        "alpha = 1; JAX and Keras know both names.",
        aliases=("swish",),
    ),
    ActivationKind(
        "mish",
        "z·tanh(ln(1 + e^z))",
        functions.mish,
        "ONNX Mish",
        "z times the tanh of its softplus; the same in ONNX, PyTorch, JAX and Keras.",
    ),
    ActivationKind(
        "hard_swish",
        "z·min(1, max(0, (z + 3) / 6))",
        functions.hard_swish,
        "ONNX HardSwish",
        "silu with straight lines for the sigmoid; its sixth is exact here, in ONNX a float32.",
    ),
    ActivationKind(
        "hard_sigmoid",
        "min(1, max(0, alpha·z + beta))",
        functions.hard_sigmoid,
        "ONNX HardSigmoid",
        "The sigmoid by three straight lines. The default is min(1, max(0, (z + 3) / 6)) with an "
        "exact sixth, as in PyTorch, JAX and Keras 3; ONNX's default and Keras 2 have alpha = 0.2.",
        (
            Parameter("alpha", functions.SIXTH, "the slope"),
            Parameter("beta", 0.5, "the value at z = 0"),
        ),
    ),
    ActivationKind(
        "hard_tanh",
        "min if z < min else max if z > max else z",
        functions.hard_tanh,
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
        functions.sigmoid,
        "ONNX Sigmoid",
        "Any number to one between 0 and 1, read as a probability.",
        aliases=("logistic",),
    ),
    ActivationKind(
        "log_sigmoid",
        "−ln(1 + e^(−z))",
        functions.log_sigmoid,
        "PyTorch LogSigmoid",
        "The logarithm of the sigmoid, exact where the sigmoid itself is nearly 0 or 1.",
    ),
    ActivationKind(
        "tanh",
        "tanh(z)",
        functions.tanh,
        "ONNX Tanh",
        "Any number to one between −1 and 1.",
    ),
    ActivationKind(
        "softplus",
        "ln(1 + e^z)",
        functions.softplus,
        "ONNX Softplus",
        "A smooth relu. PyTorch returns z itself above a threshold, 20 where none is given, "
        "which is off by up to 2e-9.",
    ),
    ActivationKind(
        "softsign",
        "z / (1 + |z|)",
        functions.softsign,
        "ONNX Softsign",
        "Like tanh, but nears −1 and 1 slowly.",
    ),
    ActivationKind(
        "thresholded_relu",
        "z if z > alpha else 0",
        functions.thresholded_relu,
        "ONNX ThresholdedRelu",
        "Lets through what is greater than alpha. In PyTorch it is Threshold(alpha, 0).",
        (Parameter("alpha", 1.0, "the threshold"),),
        silence="nothing",
    ),
    ActivationKind(
        "step",
        "1 if z > 0 else 0",
        functions.step,
        "PyTorch heaviside, values=0",
        "The perceptron's: the neuron fires or does not. Here it is 0 at z = 0; elsewhere the "
        "value there differs (0, ½ or 1).",
        silence="nothing",
    ),
    ActivationKind(
        "softmax",
        "e^z / Σ e^(zⱼ)",
        functions.softmax,
        "ONNX Softmax",
        "A row of scores to probabilities that sum to 1, over all neurons j of the layer. ONNX "
        "below opset 13 made one row of all axes from the second on, which is the same for "
        "rows × features.",
        rowwise=True,
    ),
    ActivationKind(
        "log_softmax",
        "z − ln(Σ e^(zⱼ))",
        functions.log_softmax,
        "ONNX LogSoftmax",
        "The logarithm of softmax, over all neurons j of the layer; a sure class has a small "
        "negative number, not 0.",
        rowwise=True,
    ),
    ActivationKind(
        "hardmax",
        "1 if z is the first maximum of its row, else 0",
        functions.hardmax,
        "ONNX Hardmax",
        "1 for the winner and 0 for the rest; of equal ones the first wins.",
        rowwise=True,
    ),
)

ACTIVATIONS: Mapping[str, ActivationKind] = MappingProxyType({kind.name: kind for kind in _KINDS})
ALIASES = {alias: kind.name for kind in _KINDS for alias in kind.aliases}
