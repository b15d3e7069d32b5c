"""Explanations: hand-worked ones, and that their terms add up."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nntrace.analysis.explain import explain
from nntrace.core.activation import Activation
from nntrace.core.activations import find
from nntrace.core.forward import forward
from nntrace.core.layer import Layer
from nntrace.core.names import Neuron
from nntrace.core.network import Input, Network
from nntrace.core.ops.dense import Dense
from nntrace.errors import UsageError


def layer(name, weights, bias, activation="identity", labels=None, dtype="float64"):
    held = np.array(weights, dtype), np.array(bias, dtype)
    return Layer(name, Dense(*held), Activation(find(activation)), labels)


NET = Network(
    "net",
    Input(2, ("warm", "wet"), mean=np.array([1.0, 2.0]), std=np.array([2.0, 0.5])),
    (
        layer("hidden1", [[0.5, -1], [3, 2], [0, 1]], [1, 0, -0.5], "relu"),
        layer("output", [[2, 1, -4], [0.5, 0, 1]], [0.25, -1], "softmax", ("rain", "sun")),
    ),
)
# Row 0, (3, 2), is given as (1, 0): hidden1 z = 1.5, 3, −0.5; output z = 3 + 3 + 0.25, 0.75 − 1.
# Row 1, (1, 3), is given as (0, 2): hidden1 z = −1, 4, 1.5; output z = 4 − 6 + 0.25, 1.5 − 1.
ROWS = [[3, 2], [1, 3]]

INPUTS, HIDDEN = ["input.warm", "input.wet"], ["hidden1.0", "hidden1.1", "hidden1.2"]
WORKED = [
    # row, neuron, name, label, sources, weights, values, products, bias, z, a
    (0, ("hidden1", 0), "hidden1.0", None, INPUTS, [0.5, -1], [1, 0], [0.5, 0], 1, 1.5, 1.5),
    (0, ("hidden1", 2), "hidden1.2", None, INPUTS, [0, 1], [1, 0], [0, 0], -0.5, -0.5, 0),
    (1, ("hidden1", 0), "hidden1.0", None, INPUTS, [0.5, -1], [0, 2], [0, -2], 1, -1, 0),
    (
        0, ("output", 0), "output.rain", "rain", HIDDEN,
        [2, 1, -4], [1.5, 3, 0], [3, 3, 0], 0.25, 6.25, 1 / (1 + math.exp(-6.5)),
    ),
    (
        1, ("output", 1), "output.sun", "sun", HIDDEN,
        [0.5, 0, 1], [0, 4, 1.5], [0, 0, 1.5], -1, 0.5, 1 / (1 + math.exp(-2.25)),
    ),
]  # fmt: skip


@pytest.mark.parametrize(
    (
        "row",
        "neuron",
        "name",
        "label",
        "sources",
        "weights",
        "values",
        "products",
        "bias",
        "z",
        "a",
    ),
    WORKED,
)
def test_worked(row, neuron, name, label, sources, weights, values, products, bias, z, a):
    told = explain(forward(NET, ROWS), Neuron(*neuron), row)
    assert (told.row, told.neuron, told.name, told.label) == (row, Neuron(*neuron), name, label)
    assert told.layer is NET.layer(neuron[0])
    assert told.sources == sources
    assert told.weights.tolist() == weights
    assert told.values.tolist() == values
    assert told.products.tolist() == products
    assert (told.bias, told.z) == (bias, z)
    assert told.a == pytest.approx(a, rel=1e-14)
    assert told.computed == told.a
    assert not told.was_set


def test_softmax():
    told = explain(forward(NET, ROWS), Neuron("output", 1), 1)
    assert told.logits.tolist() == [-1.75, 0.5]
    assert told.softmax.largest == 0.5
    assert told.softmax.exponentials.tolist() == pytest.approx([math.exp(-2.25), 1], rel=1e-15)
    assert told.softmax.total == pytest.approx(1 + math.exp(-2.25), rel=1e-15)
    assert explain(forward(NET, ROWS), Neuron("hidden1", 1)).softmax is None


def test_log_softmax_has_shares_too_and_sigmoid_has_none():
    for activation, has in (("log_softmax", True), ("sigmoid", False), ("hardmax", False)):
        network = Network("n", Input(1), (layer("output", [[1], [0]], [0, 0], activation),))
        told = explain(forward(network, [0]), Neuron("output", 0))
        assert (told.softmax is not None) is has
        assert not has or told.softmax.total == 2


def test_a_value_set_by_hand():
    settings = {Neuron("hidden1", 0): 7, Neuron("input", 1): 4}  # the input is given as 4
    trace = forward(NET, [3, 2], settings)
    told = explain(trace, Neuron("hidden1", 0))
    assert told.values.tolist() == [1, 4]
    assert (told.z, told.computed, told.a, told.was_set) == (-2.5, 0, 7, True)
    after = explain(trace, Neuron("output", 0))
    assert after.values.tolist() == [7, 11, 3.5]
    assert (after.z, after.was_set) == (11.25, False)


@pytest.mark.parametrize(("index", "name"), [(0, "input.warm"), (1, "input.wet")])
def test_an_input_is_not_computed(index, name):
    with pytest.raises(UsageError) as error:
        explain(forward(NET, [3, 2]), Neuron("input", index))
    assert str(error.value) == f"{name} is an input, which is given, not computed; name a neuron"


def test_overflow_is_silent():
    parts = (
        layer("hidden1", [[3e38], [-3e38]], [0, 0], dtype="float32"),
        layer("output", [[1, 1], [1, 0]], [0, 0], "softmax", dtype="float32"),
    )
    trace = forward(Network("n", Input(1), parts, "float32"), [2])
    told = explain(trace, Neuron("hidden1", 0))
    assert (told.products.tolist(), told.z) == ([math.inf], math.inf)
    told = explain(trace, Neuron("output", 0))
    assert told.products.tolist() == [math.inf, -math.inf]
    assert math.isnan(told.z)
    assert math.isnan(told.softmax.total)


numbers = st.floats(-1e6, 1e6)


@given(st.data())
def test_the_terms_and_the_bias_add_up_to_z(data):
    fan_in = data.draw(st.integers(1, 30))
    row = data.draw(st.lists(numbers, min_size=fan_in, max_size=fan_in))
    weights = data.draw(st.lists(numbers, min_size=fan_in, max_size=fan_in))
    bias = data.draw(numbers)
    network = Network("n", Input(fan_in), (layer("output", [weights], [bias]),))
    told = explain(forward(network, row), Neuron("output", 0))
    exact = [Fraction(w) * Fraction(x) for w, x in zip(weights, row, strict=True)]
    scale = sum(map(abs, exact)) + abs(Fraction(bias))
    assert told.products.tolist() == [w * x for w, x in zip(weights, row, strict=True)]
    assert abs(Fraction(told.z) - sum(exact) - Fraction(bias)) <= scale * Fraction(1e-14)
    added = math.fsum([*told.products.tolist(), told.bias])
    assert abs(Fraction(added) - Fraction(told.z)) <= scale * Fraction(1e-14)


@pytest.mark.parametrize(
    ("neuron", "row", "error", "message"),
    [
        (Neuron("hidden1", 3), 0, UsageError, "hidden1.3: hidden1 has 3, from 0"),
        (Neuron("hidden1", -1), 0, UsageError, "hidden1.-1: hidden1 has 3, from 0"),
        (Neuron("input", 2), 0, UsageError, "input.2: input has 2, from 0"),
        (Neuron("hiden1", 0), 0, UsageError, "unknown layer 'hiden1'"),
        ("hidden1.0", -1, IndexError, "there is no row -1, the trace has 2, from 0"),
        ("hidden1.0", 2, IndexError, "there is no row 2, the trace has 2, from 0"),
    ],
)
def test_what_is_not_there_is_refused(neuron, row, error, message):
    with pytest.raises(error, match=f"^{message}"):
        explain(forward(NET, ROWS), neuron, row)
