"""What other frameworks call their activations, and what that is here.

A name that is near one of ours may be another function (`lrelu` is not relu): what is known to be
another function is told so, and never taken for a typo. Names are in small letters, without
underscores.
"""

from __future__ import annotations

from collections.abc import Mapping

from nntrace.core.activations import ACTIVATIONS, ALIASES
from nntrace.errors import unknown

_LEAKY = "leaky_relu, with alpha: 0.01 in PyTorch and ONNX, 0.2 or 0.3 in TensorFlow and Keras"
_TANH = "gelu_tanh, the approximation by tanh"
_HARD = "hard_sigmoid, with alpha: 1/6 in PyTorch, JAX and Keras 3, 0.2 in ONNX and Keras 2"
_HERE: Mapping[str, tuple[str, ...]] = {
    _LEAKY: ("lrelu", "leakyrelu", "leakyrectify", "leaky"),
    _TANH: ("gelunew", "gelufast", "gelupytorchtanh", "geluapproximate", "gelupythontanh"),
    _HARD: ("hardsigmoid", "hsigmoid"),
    "gelu, the exact one by erf": ("geluerf", "geluexact", "gelupython", "gelunone"),
    "hard_swish": ("hswish", "hardsilu"),
    "silu": ("swish1", "silu1"),
    "sigmoid": ("expit",),
    "identity": ("none", "null", "noop", "id", "passthrough"),
    "relu": ("rectify", "rectifier", "ramp"),
    "step": ("heaviside", "binarystep", "unitstep"),
    "softmax": ("softargmax",),
    "hard_tanh": ("htanh",),
    "softplus": ("smoothrelu",),
}
_NOT_HERE = frozenset(
    [
        "rrelu",
        "crelu",
        "srelu",
        "drelu",
        "frelu",
        "brelu",
        "dyrelu",
        "starrelu",
        "relu1",
        "relu2",
        "relun",
        "squaredrelu",
        "relusquared",
        "pelu",
        "telu",
        "delu",
        "swish2",
        "quickgelu",
        "geluquick",
        "glu",
        "geglu",
        "swiglu",
        "reglu",
        "tan",
        "sinh",
        "cosh",
        "atan",
        "arctan",
        "stanh",
        "tanhshrink",
        "lecuntanh",
        "hardshrink",
        "softshrink",
        "threshold",
        "maxout",
        "softmin",
        "sparsemax",
        "sparseplus",
        "squareplus",
        "squaredtanh",
        "gaussian",
        "sin",
        "cos",
        "exp",
        "exponential",
        "erf",
        "sign",
        "signum",
        "abs",
        "square",
        "snake",
        "serf",
        "smelu",
        "logit",
        "softmax2d",
        "gumbelsoftmax",
        "logsoftplus",
        "inverse",
        "sparsesigmoid",
        "softclip",
        "bentidentity",
    ]
)
_MEANT = {name: told for told, names in _HERE.items() for name in names}


def unknown_activation(name: str) -> str:
    """Say that there is no such activation, and what its name may mean."""
    if told := _told_elsewhere(name):
        return f"unknown activation '{name}': {told}"
    return unknown("activation", name, [*ACTIVATIONS, *ALIASES])


def _told_elsewhere(name: str) -> str | None:
    """Return what a name of another framework is here, None where it is no such name."""
    if len(name) > 40:
        return None
    bare = "".join(char for char in name.casefold() if char not in "_- .")
    if bare in _MEANT:
        return f"here that is {_MEANT[bare]}"
    return "a function that nntrace does not have" if bare in _NOT_HERE else None
