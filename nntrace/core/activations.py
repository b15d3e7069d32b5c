"""The table of activations: whatever is known of one stands in its row.

A new activation is a function in `functions` and a row here.
"""

from __future__ import annotations

import copyreg
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

import numpy as np

from nntrace.core.activation import (
    Across,
    Activation,
    ActivationKind,
    Ends,
    Largest,
    Over,
    Parameter,
)
from nntrace.core.numerics import functions

_ALPHA_SLOPE = "the slope for z below 0"
_ALPHA_DEPTH = "how far below 0 it goes: the limit for large negative z is −alpha"


def at(*breakpoints: float) -> Callable[[], tuple[float, ...]]:
    """Return breakpoints that depend on no parameter."""
    return lambda: breakpoints


def _prelu_breakpoints(alpha: Any) -> tuple[Any, ...]:
    """Give each neuron its own: NaN where its slope is 1, since it does not bend there."""
    return (np.where(alpha != 1.0, 0.0, np.nan),) if np.any(alpha != 1.0) else ()


_KINDS = (
    ActivationKind(
        "identity",
        formula="z",
        spoken="{z}",
        function=functions.identity,
        straight=True,
        source="ONNX Identity",
        doc="z as it is, so that the layer is a plain weighted sum.",
        aliases=("linear",),
    ),
    ActivationKind(
        "relu",
        formula="max(0, z)",
        spoken="the larger of 0 and {z}",
        function=functions.relu,
        straight=True,
        source="ONNX Relu",
        doc="Lets through what is positive; −0.0 becomes 0.",
        breakpoints=at(0.0),
        silence="nothing",
    ),
    ActivationKind(
        "relu6",
        formula="min(6, max(0, z))",
        spoken="{z}, but no less than 0 and no more than 6",
        function=functions.relu6,
        straight=True,
        source="PyTorch ReLU6",
        doc="relu that stops at 6; ONNX writes it as Clip from 0 to 6.",
        breakpoints=at(0.0, 6.0),
        ends=lambda: Ends(None, 6.0),
        silence="nothing",
    ),
    ActivationKind(
        "leaky_relu",
        formula="z if z > 0 else alpha·z",
        spoken="{z} if {z} is greater than 0, else {alpha} times {z}",
        function=functions.leaky_relu,
        straight=True,
        source="ONNX LeakyRelu",
        doc=(
            "relu that keeps a slope below 0. ONNX, PyTorch and JAX take 0.01 where none is "
            "given, Keras 0.2 for the function leaky_relu and 0.3 for the layer LeakyReLU."
        ),
        parameters=(Parameter("alpha", 0.01, _ALPHA_SLOPE),),
        breakpoints=lambda alpha: (0.0,) if alpha != 1.0 else (),
        active=Over("z", 0.0),  # a too, unless alpha is negative
        silence="a little",
    ),
    ActivationKind(
        "prelu",
        formula="z if z > 0 else alpha·z",
        spoken="{z} if {z} is greater than 0, else {alpha} times {z}",
        function=functions.leaky_relu,
        straight=True,
        source="ONNX PRelu",
        doc=(
            "leaky_relu with slopes that were learned, one per neuron or one for all. They have "
            "no default, as in ONNX: 0.25 and 0 are what PyTorch and Keras start learning from."
        ),
        parameters=(
            Parameter("alpha", 0.25, _ALPHA_SLOPE + ", one per neuron or one for all", True, True),
        ),
        breakpoints=_prelu_breakpoints,
        active=Over("z", 0.0),
        silence="a little",
    ),
    ActivationKind(
        "elu",
        formula="z if z > 0 else alpha·(e^z − 1)",
        spoken=(
            "{z} if {z} is greater than 0, else {alpha} times q, where q is e to the power of "
            "{z}, minus 1"
        ),
        function=functions.elu,
        source="ONNX Elu",
        doc="Like relu, but runs smoothly into −alpha below 0.",
        parameters=(Parameter("alpha", 1.0, _ALPHA_DEPTH),),
        breakpoints=lambda alpha: (0.0,) if alpha != 1.0 else (),
        ends=lambda alpha: Ends.below(alpha),
    ),
    ActivationKind(
        "celu",
        formula="z if z > 0 else alpha·(e^(z/alpha) − 1)",
        spoken=(
            "{z} if {z} is greater than 0, else {alpha} times q, where q is e to the power of r, "
            "minus 1, and r is {z} divided by {alpha}"
        ),
        function=functions.celu,
        source="ONNX Celu",
        doc=(
            "elu whose slope is 1 on both sides of 0, whatever alpha is; with alpha = 1 it is elu."
        ),
        parameters=(Parameter("alpha", 1.0, _ALPHA_DEPTH + "; it may not be 0", nonzero=True),),
        ends=lambda alpha: Ends.below(alpha),
    ),
    ActivationKind(
        "selu",
        formula="1.0507009873554805·(z if z > 0 else 1.6732632423543772·(e^z − 1))",
        spoken=(
            "1.0507009873554805 times p, where p is {z} if {z} is greater than 0, else "
            "1.6732632423543772 times q, where q is e to the power of {z}, minus 1"
        ),
        function=functions.selu,
        source="ONNX Selu",
        doc=(
            "elu scaled so that mean 0 and variance 1 carry over from layer to layer. The "
            "constants are PyTorch's; ONNX's defaults are these rounded to float32, 1.0507010 "
            "and 1.6732632."
        ),
        breakpoints=at(0.0),
        ends=lambda: Ends.below(functions.SELU_DEPTH),
    ),
    ActivationKind(
        "gelu",
        formula="z·Φ(z)",
        spoken="{z} times the share of a standard normal distribution that lies below {z}",
        function=functions.gelu,
        source="ONNX Gelu",
        doc=(
            "z times the share of a normal distribution below z, Φ(z) = ½·(1 + erf(z/√2)). ONNX, "
            "PyTorch and keras.activations mean this one where nothing is said; JAX and "
            "keras.ops mean gelu_tanh."
        ),
    ),
    ActivationKind(
        "gelu_tanh",
        formula="0.5·z·(1 + tanh(√(2/π)·(z + 0.044715·z^3)))",
        spoken=(
            "half of {z} times p, where p is 1 plus the hyperbolic tangent of q, q is r times "
            "the square root of s, r is {z} plus 0.044715 times the cube of {z}, and s is 2 "
            "divided by pi"
        ),
        function=functions.gelu_tanh,
        source='ONNX Gelu, approximate="tanh"',
        doc=(
            "gelu by a formula without erf, off by up to 0.0005. In PyTorch it is "
            'approximate="tanh"; in JAX and Keras approximate=True.'
        ),
    ),
    ActivationKind(
        "silu",
        formula="z / (1 + e^(−z))",
        spoken="{z} divided by the sum of 1 and e to the power of {minus_z}",
        function=functions.silu,
        source="ONNX Swish",
        doc=(
            "z times its sigmoid. PyTorch calls it SiLU; ONNX has it from opset 24, as Swish "
            "with alpha = 1; JAX and Keras know both names."
        ),
        aliases=("swish",),
    ),
    ActivationKind(
        "mish",
        formula="z·tanh(ln(1 + e^z))",
        spoken=(
            "{z} times the hyperbolic tangent of q, where q is the natural logarithm of the sum "
            "of 1 and e to the power of {z}"
        ),
        function=functions.mish,
        source="ONNX Mish",
        doc="z times the tanh of its softplus; the same in ONNX, PyTorch, JAX and Keras.",
    ),
    ActivationKind(
        "hard_swish",
        formula="z·min(1, max(0, (z + 3) / 6))",
        spoken=(
            "{z} times q, where q is one sixth of the sum of {z} and 3, but no less than 0 and "
            "no more than 1"
        ),
        function=functions.hard_swish,
        source="ONNX HardSwish",
        doc=(
            "silu with straight lines for the sigmoid; its sixth is exact here, in ONNX a float32."
        ),
        breakpoints=at(-3.0, 3.0),
    ),
    ActivationKind(
        "hard_sigmoid",
        formula="min(1, max(0, alpha·z + beta))",
        spoken="{alpha} times {z}, plus {beta}, but no less than 0 and no more than 1",
        function=functions.hard_sigmoid,
        straight=True,
        source="ONNX HardSigmoid",
        doc=(
            "The sigmoid by three straight lines. The default is min(1, max(0, (z + 3) / 6)) "
            "with an exact sixth, as in PyTorch, JAX and Keras 3; ONNX's default and Keras 2 "
            "have alpha = 0.2."
        ),
        parameters=(
            Parameter("alpha", functions.SIXTH, "the slope"),
            Parameter("beta", 0.5, "the value at z = 0"),
        ),
        breakpoints=lambda alpha, beta: (-beta / alpha, (1.0 - beta) / alpha) if alpha else (),
        ends=lambda alpha, beta: Ends(0.0, 1.0) if alpha else None,
        active=Over("a", 0.5),
    ),
    ActivationKind(
        "hard_tanh",
        formula="min if z < min else max if z > max else z",
        spoken="{z}, but no less than {min} and no more than {max}",
        function=functions.hard_tanh,
        straight=True,
        source="PyTorch Hardtanh",
        doc=(
            "z held between two limits; ONNX writes it as Clip, JAX has the limits −1 and 1 only."
        ),
        parameters=(
            Parameter("min", -1.0, "the lowest value", less_than="max"),
            Parameter("max", 1.0, "the highest value"),
        ),
        breakpoints=lambda min, max: (min, max),
        ends=lambda min, max: Ends(min, max),
    ),
    ActivationKind(
        "sigmoid",
        formula="1 / (1 + e^(−z))",
        spoken="1 divided by the sum of 1 and e to the power of {minus_z}",
        function=functions.sigmoid,
        source="ONNX Sigmoid",
        doc="Any number to one between 0 and 1, read as a probability.",
        aliases=("logistic",),
        ends=lambda: Ends.near(0.0, 1.0),
        active=Over("a", 0.5),
        two_classes=True,
    ),
    ActivationKind(
        "log_sigmoid",
        formula="−ln(1 + e^(−z))",
        spoken=(
            "the natural logarithm, with its sign changed, of the sum of 1 and e to the power of "
            "{minus_z}"
        ),
        function=functions.log_sigmoid,
        source="PyTorch LogSigmoid",
        doc="The logarithm of the sigmoid, exact where the sigmoid itself is nearly 0 or 1.",
    ),
    ActivationKind(
        "tanh",
        formula="tanh(z)",
        spoken="the hyperbolic tangent of {z}",
        function=functions.tanh,
        source="ONNX Tanh",
        doc="Any number to one between −1 and 1.",
        ends=lambda: Ends.near(-1.0, 1.0),
    ),
    ActivationKind(
        "softplus",
        formula="ln(1 + e^z)",
        spoken="the natural logarithm of the sum of 1 and e to the power of {z}",
        function=functions.softplus,
        source="ONNX Softplus",
        doc=(
            "A smooth relu. PyTorch returns z itself above a threshold, 20 where none is given, "
            "which is off by up to 2e-9."
        ),
    ),
    ActivationKind(
        "softsign",
        formula="z / (1 + |z|)",
        spoken="{z} divided by the sum of 1 and {z} without its sign",
        function=functions.softsign,
        source="ONNX Softsign",
        doc="Like tanh, but nears −1 and 1 slowly.",
        ends=lambda: Ends.near(-1.0, 1.0),
    ),
    ActivationKind(
        "thresholded_relu",
        formula="z if z > alpha else 0",
        spoken="{z} if {z} is greater than {alpha}, else 0",
        function=functions.thresholded_relu,
        straight=True,
        source="ONNX ThresholdedRelu",
        doc="Lets through what is greater than alpha. In PyTorch it is Threshold(alpha, 0).",
        parameters=(Parameter("alpha", 1.0, "the threshold"),),
        breakpoints=lambda alpha: (alpha,),
        active=Over("z", "alpha"),  # lets through what is over alpha; below 0 where alpha is
        silence="nothing",
    ),
    ActivationKind(
        "step",
        formula="1 if z > 0 else 0",
        spoken="1 if {z} is greater than 0, else 0",
        function=functions.step,
        straight=True,
        source="PyTorch heaviside, values=0",
        doc=(
            "The perceptron's: the neuron fires or does not. Here it is 0 at z = 0; elsewhere "
            "the value there differs (0, ½ or 1)."
        ),
        breakpoints=at(0.0),
        silence="nothing",
    ),
    ActivationKind(
        "softmax",
        formula="e^z / Σ e^(zⱼ)",
        spoken=(
            "e to the power of {z}, divided by the sum of e to the power of z over every neuron "
            "of the layer"
        ),
        function=functions.softmax,
        source="ONNX Softmax",
        doc=(
            "A row of scores to probabilities that sum to 1, over all neurons j of the layer. "
            "ONNX below opset 13 made one row of all axes from the second on, which is the same "
            "for rows × features."
        ),
        active=Largest(),
        across=Across.SHARES,
    ),
    ActivationKind(
        "log_softmax",
        formula="z − ln(Σ e^(zⱼ))",
        spoken=(
            "{z} minus the natural logarithm of the sum of e to the power of z over every neuron "
            "of the layer"
        ),
        function=functions.log_softmax,
        source="ONNX LogSoftmax",
        doc=(
            "The logarithm of softmax, over all neurons j of the layer; a sure class has a small "
            "negative number, not 0."
        ),
        active=Largest(),
        across=Across.LOG_SHARES,
    ),
    ActivationKind(
        "hardmax",
        formula="1 if z is the first maximum of its row, else 0",
        spoken="1 if {z} is the first of the largest of its layer, else 0",
        function=functions.hardmax,
        source="ONNX Hardmax",
        doc="1 for the winner and 0 for the rest; of equal ones the first wins.",
        active=Largest(),
        across=Across.WINNER,
    ),
)

ACTIVATIONS: Mapping[str, ActivationKind] = MappingProxyType({kind.name: kind for kind in _KINDS})
ALIASES = {alias: kind.name for kind in _KINDS for alias in kind.aliases}


def find(name: str) -> ActivationKind:
    """Return the activation of that name or alias. Raises KeyError where there is none."""
    return ACTIVATIONS[ALIASES.get(name, name)]


IDENTITY = Activation(ACTIVATIONS["identity"])

# There is one of each: copies, and what is unpickled, are the same.
copyreg.pickle(ActivationKind, lambda kind: (find, (kind.name,)))
