"""The map around a row, the kinks, and the smallest change that flips: by running the net."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import nntrace
from nntrace.analysis.margin import margin
from nntrace.analysis.pieces import Pieces
from nntrace.analysis.prediction import decide
from nntrace.core.activation import Activation
from nntrace.core.activations import ACTIVATIONS
from nntrace.core.forward import forward
from nntrace.core.layer import Layer
from nntrace.core.network import Input, Network
from nntrace.core.ops import find_kind
from nntrace.errors import UsageError

STRAIGHT = [kind.name for kind in ACTIVATIONS.values() if kind.straight]


def activation(name, size, draw):
    per_neuron = {"alpha": draw.uniform(-0.5, 1.0, size)} if name == "prelu" else {}
    return Activation(ACTIVATIONS[name], per_neuron)


def dense(name, inputs, size, kind, draw, reads=()):
    op = find_kind("dense")(draw.normal(size=(size, inputs)), draw.normal(size=size))
    return Layer(name, op, activation(kind, size, draw), reads=reads)


@st.composite
def chains(draw_from):
    """Draw a net of two hidden layers and classes, with a row; and one whose output has two
    branches that are subtracted."""
    draw = np.random.default_rng(draw_from(st.integers(0, 10**6)))
    kinds = draw_from(st.lists(st.sampled_from(STRAIGHT), min_size=2, max_size=2))
    inputs, out = draw_from(st.integers(1, 4)), draw_from(st.sampled_from([1, 2, 4]))
    last = "sigmoid" if out == 1 else draw_from(st.sampled_from(["softmax", "log_softmax"]))
    layers = [
        dense("one", inputs, 6, kinds[0], draw),
        dense("two", 6, 5, kinds[1], draw),
        dense("side", inputs, 5, "relu", draw, ("input",)),
        Layer("joined", find_kind("subtract")(), reads=("two", "side")),
        dense("out", 5, out, last, draw),
    ]
    normal = {"mean": draw.normal(size=inputs), "std": draw.uniform(0.5, 2.0, inputs)}
    network = Network("net", Input(inputs, **normal), tuple(layers))
    return network, draw.normal(size=inputs)


def pictures(seed):
    """Make a net with convolutions, both pools, a norm and a concatenation, and a row."""
    draw = np.random.default_rng(seed)

    def array(*shape):
        return draw.normal(size=shape)

    layers = (
        Layer("conv", find_kind("conv")(weights=array(3, 1, 3, 3), bias=array(3), padding=1),
              activation("leaky_relu", 3, draw)),
        Layer("norm", find_kind("batch_norm")(array(3), array(3) ** 2, array(3), array(3))),
        Layer("pool", find_kind("max_pool")(2), activation("hard_tanh", 3, draw), reads=("norm",)),
        Layer("mean", find_kind("average_pool")(2), reads=("norm",)),
        Layer("both", find_kind("concat")(), reads=("pool", "mean")),
        Layer("most", find_kind("reduce")(how="min", axis=1), reads=("both",)),
        dense("out", 6 * 2, 3, "softmax", draw),
    )  # fmt: skip
    network = Network("net", Input(16, shape=(4, 4)), layers)
    return network, draw.normal(size=16)


def predictions(network, rows):
    return decide(forward(network, rows)).indices


def found(network, x):
    return margin(forward(network, x[np.newaxis]), 0)


def holds(network, x):
    """Hold all that is said of a row to what the net gives."""
    told = found(network, x)
    trace = forward(network, x[np.newaxis])
    affine = told.affine
    values = trace.output if affine.quantity == "a" else trace[network.output.name].z
    np.testing.assert_allclose(
        affine.coefficients @ x + affine.constants, values[0], rtol=1e-9, atol=1e-9
    )
    changes = np.concatenate([kinks.changes for kinks in told.kinks])
    nearest = np.nanmin(np.abs(changes), initial=0.1)
    if nearest > 1e-6:  # a step along one input that comes to no kink, pools apart
        for place in range(len(x)):
            row = x.copy()
            row[place] += 1e-7
            moved = forward(network, row[np.newaxis])
            got = moved.output if affine.quantity == "a" else moved[network.output.name].z
            want = affine.coefficients @ row + affine.constants
            np.testing.assert_allclose(got[0], want, rtol=1e-9, atol=1e-9)
    at_the_kink(network, x, told)
    no_smaller_flips(network, x, told)


def at_the_kink(network, x, told):
    """The kink that comes first of all, along the input that is named, is where it is said."""
    for kinks in told.kinks:
        place = np.argmin(np.where(np.isnan(kinks.changes), np.inf, np.abs(kinks.changes)))
        change = kinks.changes[place]
        first = min(np.nanmin(np.abs(each.changes), initial=np.inf) for each in told.kinks)
        if np.isfinite(change) and abs(change) == first and network.layers[-2].name == "joined":
            row = x.copy()
            row[kinks.inputs[place]] += change
            z = forward(network, row[np.newaxis])[kinks.layer.name].z[0, place]
            assert z == pytest.approx(kinks.kinks[place], abs=1e-8)


def no_smaller_flips(network, x, told):
    before = predictions(network, x[np.newaxis])[0]
    assert before == told.prediction.index
    reach = 40.0
    if told.flip is not None:
        flip = told.flip
        assert flip.prediction is not None
        row = x.copy()
        row[flip.input] = flip.value
        assert predictions(network, row[np.newaxis])[0] == flip.prediction.index != before
        assert flip.value - x[flip.input] == pytest.approx(flip.change, rel=0.02, abs=1e-9)
        reach = abs(flip.change) * (1 - 1e-6) - 1e-9
    if reach <= 0:
        return
    steps = np.linspace(-reach, reach, 801)
    for place in range(len(x)):
        rows = np.repeat(x[np.newaxis], len(steps), 0)
        rows[:, place] += steps
        assert (predictions(network, rows) == before).all(), place


@settings(deadline=None, max_examples=150)
@given(chains())
def test_what_is_said_of_a_row_holds(drawn):
    network, x = drawn
    trace = forward(network, x[np.newaxis])
    z = trace["out"].z[0]
    lead = np.abs(z).min() if len(z) == 1 else np.ptp(np.sort(z)[-2:])
    assume(lead > 1e-6)
    holds(network, x)


@pytest.mark.parametrize("seed", range(12))
def test_what_is_said_of_a_picture_holds(seed):
    holds(*pictures(seed))


def test_a_margin_worked_by_hand():
    # y = relu(2·a − b) against 1: at (1, 0) it is 2 − 1 = 1 ahead
    one = find_kind("dense")(np.array([[2.0, -1.0]]), np.zeros(1))
    two = find_kind("dense")(np.array([[1.0], [0.0]]), np.array([0.0, 1.0]))
    relu, softmax = (Activation(ACTIVATIONS[name]) for name in ("relu", "softmax"))
    network = Network("net", Input(2), (Layer("h", one, relu), Layer("o", two, softmax)))
    told = found(network, np.array([1.0, 0.0]))
    assert told.affine.coefficients.tolist() == [[2.0, -1.0], [0.0, 0.0]]
    assert told.affine.constants.tolist() == [0.0, 1.0]
    (kinks,) = told.kinks
    assert (kinks.distances.tolist(), kinks.inputs.tolist()) == ([-2.0], [0])
    assert kinks.changes.tolist() == [-1.0]
    assert (told.flip.input, told.flip.change) == (0, -0.5)


def test_a_flip_beyond_a_kink_is_found():
    # the output falls at first, and from a = 1 on it rises: it wins from a = 3 on
    hidden = find_kind("dense")(np.array([[1.0], [1.0]]), np.array([0.0, -1.0]))
    out = find_kind("dense")(np.array([[-1.0, 3.0], [0.0, 0.0]]), np.array([0.0, 3.0]))
    relu, softmax = (Activation(ACTIVATIONS[name]) for name in ("relu", "softmax"))
    network = Network("net", Input(1), (Layer("h", hidden, relu), Layer("o", out, softmax)))
    told = found(network, np.array([0.5]))
    assert told.prediction.index == 1
    assert told.flip.change == pytest.approx(2.5)
    assert told.flip.prediction.index == 0


def test_where_no_input_alone_leads_to_another_class_there_is_no_flip():
    op = find_kind("dense")(np.zeros((2, 2)), np.array([1.0, 0.0]))
    network = Network("net", Input(2), (Layer("o", op, Activation(ACTIVATIONS["softmax"])),))
    assert found(network, np.zeros(2)).flip is None


def test_without_classes_there_is_a_map_alone():
    draw = np.random.default_rng(1)
    network = Network("net", Input(2), (dense("h", 2, 3, "relu", draw),
                                        dense("o", 3, 2, "identity", draw)))  # fmt: skip
    told = found(network, np.ones(2))
    assert (told.prediction, told.flip, told.affine.quantity) == (None, None, "a")


def test_a_layer_that_the_output_does_not_read_may_be_anything():
    draw = np.random.default_rng(1)
    aside = dense("aside", 2, 3, "tanh", draw)
    last = dense("o", 2, 2, "softmax", draw, ("input",))
    network = Network("net", Input(2), (aside, last))
    assert found(network, np.ones(2)).kinks == ()


@pytest.mark.parametrize("kind", [kind for kind in ACTIVATIONS if not ACTIVATIONS[kind].straight])
def test_an_activation_that_is_no_line_is_refused_by_its_layer(kind):
    draw = np.random.default_rng(1)
    hidden = dense("hidden", 2, 3, kind, draw)
    network = Network("net", Input(2), (hidden, dense("o", 3, 2, "softmax", draw)))
    with pytest.raises(UsageError, match=f"hidden has the activation {kind}, which is no"):
        found(network, np.ones(2))


def test_a_kind_that_is_no_sum_is_refused_by_its_layer():
    draw = np.random.default_rng(1)
    layers = (
        dense("h", 2, 3, "relu", draw),
        Layer("norm", find_kind("layer_norm")(np.ones(3), np.zeros(3))),
        Layer("twice", find_kind("multiply")(), reads=("norm", "h")),
    )
    network = Network("net", Input(2), layers)
    with pytest.raises(UsageError) as refusal:
        found(network, np.ones(2))
    told = [problem.message for problem in refusal.value.problems]
    assert [each.split(",")[0] for each in told] == [
        "norm is a layer of kind layer_norm",
        "twice is a layer of kind multiply",
    ]


def test_a_row_with_values_set_by_hand_is_refused():
    draw = np.random.default_rng(1)
    network = Network("net", Input(2), (dense("o", 2, 2, "softmax", draw),))
    with pytest.raises(UsageError, match="leave --set out"):
        margin(forward(network, np.ones((1, 2)), {"input.0": 2.0}), 0)


def test_text_is_refused():
    trace = forward(nntrace.load("letters"), "abc")
    with pytest.raises(UsageError, match="letters reads text"):
        margin(trace, 0)


def test_a_net_of_too_many_numbers_is_refused_before_anything_is_computed():
    weights = np.broadcast_to(np.float64(0.0), (20_000, 20_000))
    op = find_kind("dense")(weights, np.zeros(20_000))
    network = Network("net", Input(20_000), (Layer("o", op),))
    with pytest.raises(UsageError, match="net has 20,000 inputs and 20,000 numbers"):
        Pieces.of(network)
