"""The formulas of the activations in words that can be read aloud.

They say what the formulas in `core.activations` say. `{z}`, `{minus_z}` and the names of parameters
stand for words or numbers. Brackets are not heard, so that parts get names instead: p, q, r.
"""

from __future__ import annotations

from collections.abc import Mapping

_NO_LESS_THAN_0 = "but no less than 0 and no more than"
_E_TO_Z_LESS_1 = "q is e to the power of {z}, minus 1"

FORMULAS: Mapping[str, str] = {
    "identity": "{z}",
    "relu": "the larger of 0 and {z}",
    "relu6": "{z}, " + _NO_LESS_THAN_0 + " 6",
    "leaky_relu": "{z} if {z} is greater than 0, else {alpha} times {z}",
    "prelu": "{z} if {z} is greater than 0, else {alpha} times {z}",
    "elu": "{z} if {z} is greater than 0, else {alpha} times q, where " + _E_TO_Z_LESS_1,
    "celu": "{z} if {z} is greater than 0, else {alpha} times q, where q is e to the power of r, "
    "minus 1, and r is {z} divided by {alpha}",
    "selu": "1.0507009873554805 times p, where p is {z} if {z} is greater than 0, else "
    "1.6732632423543772 times q, where " + _E_TO_Z_LESS_1,
    "gelu": "{z} times the share of a standard normal distribution that lies below {z}",
    "gelu_tanh": "half of {z} times p, where p is 1 plus the hyperbolic tangent of q, q is r times "
    "the square root of s, r is {z} plus 0.044715 times the cube of {z}, and s is 2 divided by pi",
    "silu": "{z} divided by the sum of 1 and e to the power of {minus_z}",
    "mish": "{z} times the hyperbolic tangent of q, where q is the natural logarithm of the sum of "
    "1 and e to the power of {z}",
    "hard_swish": "{z} times q, where q is one sixth of the sum of {z} and 3, "
    + _NO_LESS_THAN_0
    + " 1",
    "hard_sigmoid": "{alpha} times {z}, plus {beta}, " + _NO_LESS_THAN_0 + " 1",
    "hard_tanh": "{z}, but no less than {min} and no more than {max}",
    "sigmoid": "1 divided by the sum of 1 and e to the power of {minus_z}",
    "log_sigmoid": "the natural logarithm, with its sign changed, of the sum of 1 and e to the "
    "power of {minus_z}",
    "tanh": "the hyperbolic tangent of {z}",
    "softplus": "the natural logarithm of the sum of 1 and e to the power of {z}",
    "softsign": "{z} divided by the sum of 1 and {z} without its sign",
    "thresholded_relu": "{z} if {z} is greater than {alpha}, else 0",
    "step": "1 if {z} is greater than 0, else 0",
    "softmax": "e to the power of {z}, divided by the sum of e to the power of z over every "
    "neuron of the layer",
    "log_softmax": "{z} minus the natural logarithm of the sum of e to the power of z over every "
    "neuron of the layer",
    "hardmax": "1 if {z} is the first of the largest of its layer, else 0",
}


def in_words(activation: str, parameters: Mapping[str, object]) -> str:
    """Return a formula in which z and the parameters stand by their names."""
    return FORMULAS[activation].format(z="z", minus_z="minus z", **{n: n for n in parameters})


def with_numbers(activation: str, z: str, minus_z: str, parameters: Mapping[str, str]) -> str:
    """Return a formula with the numbers in their places."""
    return FORMULAS[activation].format(z=z, minus_z=minus_z, **parameters)
