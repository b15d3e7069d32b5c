"""Where a number first stopped being finite, worked by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest

from nntrace.analysis.nonfinite import NotFinite, first_not_finite
from nntrace.core.activation import Activation
from nntrace.core.activations import find
from nntrace.core.forward import LayerTrace, Trace, forward
from nntrace.core.layer import Layer
from nntrace.core.names import Neuron
from nntrace.core.network import Input, Network
from nntrace.core.ops.dense import Dense


def layer(name, weights, activation="identity", **parameters):
    held = np.array(weights, "float32"), np.zeros(len(weights), "float32")
    return Layer(name, Dense(*held), Activation(find(activation), parameters))


NET = Network(
    "net",
    Input(2, std=np.array([1, 0.5], "float32")),
    (
        layer("hidden1", [[1, 0], [2, -2], [0, 1]], "leaky_relu", alpha=1e38),
        layer("output", [[1, 0, 0], [1, 1, 0]]),
    ),
    "float32",
)
# hidden1 overflows in a at z = −4, in z at 2e38; output where both of its summands are large.
FINE, IN_X, IN_Z, IN_A, LATER = [1, 1], [1, 3e38], [2e38, 0], [-4, 0], [1.6e38, 0.1]

WORKED = [
    ([FINE], None),
    ([IN_X], (0, "input", 1, "x", math.inf)),
    ([IN_Z], (0, "hidden1", 1, "z", math.inf)),
    ([IN_A], (0, "hidden1", 0, "a", -math.inf)),
    ([LATER], (0, "output", 1, "z", math.inf)),
    # the first row that has one, wherever in the net it is
    ([FINE, LATER, IN_X, IN_Z], (1, "output", 1, "z", math.inf)),
    ([FINE, FINE, IN_A, IN_Z], (2, "hidden1", 0, "a", -math.inf)),
    ([IN_Z, IN_X], (0, "hidden1", 1, "z", math.inf)),
]


@pytest.mark.parametrize(("rows", "found"), WORKED)
def test_worked(rows, found):
    wanted = found and NotFinite(found[0], Neuron(found[1], found[2]), found[3], found[4])
    assert first_not_finite(forward(NET, rows)) == wanted


def test_not_a_number():
    part = layer("output", [[1, 1]])
    network = Network("n", Input(2), (part,), "float32")
    fine = np.zeros((2, 2), "float32")
    z = np.array([[1], [math.nan]], "float32")
    found = first_not_finite(Trace(network, fine, fine, (LayerTrace(part, z, z),)))
    assert (found.row, found.neuron, found.quantity) == (1, Neuron("output", 0), "z")
    assert math.isnan(found.value)


def test_no_rows():
    assert first_not_finite(forward(NET, np.zeros((0, 2)))) is None
