"""Small nets whose layers have several dimensions: pictures, and texts of any length."""

from __future__ import annotations

import numpy as np

from nntrace.core.activation import Activation
from nntrace.core.activations import find
from nntrace.core.layer import Layer
from nntrace.core.network import Input, Network
from nntrace.core.ops import find as kind
from nntrace.core.text import Text

RANDOM = np.random.default_rng(7)


def layer(name, made, activation="identity", reads=(), **parameters):
    return Layer(name, made, Activation(find(activation), parameters), reads=tuple(reads))


PICTURES = Network(
    "pictures",
    Input(32, shape=(2, 4, 4)),
    (
        layer(
            "conv",
            kind("conv")(RANDOM.normal(size=(3, 2, 2, 2)), np.zeros(3)),
            "prelu",
            alpha=np.array([0.1, 0.2, 0.3]),
        ),
        layer("wide", kind("max_pool")(2), "softmax"),
        layer("mean", kind("global_average_pool")()),
    ),
)
TEXT = Text(alphabet="abc", context=5)
TOKENS = Network(
    "tokens",
    Input.of_text(TEXT),
    (
        layer("letter", kind("embedding")(RANDOM.normal(size=(3, 4)))),
        layer("scores", kind("scores")(2, True), "softmax", ["letter", "letter"]),
        layer("mix", kind("mix")(2), "relu", ["scores", "letter"]),
        layer("turned", kind("transpose")((1, 0))),
        layer("largest", kind("reduce")("max", -1), reads=["mix"]),
    ),
)
TEXTS = ["ab", "abcab", "c", "bc", "caaab"]
