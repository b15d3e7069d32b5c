"""LSTM and GRU: what is refused, a step worked by hand, and the steps of a number."""

from __future__ import annotations

from math import exp, tanh

import numpy as np
import pytest

from nntrace.analysis.explain import explain
from nntrace.core.forward import forward
from nntrace.core.layer import Layer
from nntrace.core.names import Neuron
from nntrace.core.network import Input, Network
from nntrace.core.ops.recurrent import Gru, Lstm
from nntrace.errors import NetworkError
from nntrace.read.nets.load import load
from tests.ops import oracle
from tests.ops.nets import net_around, rows_of


def arrays(gates, size, inner, *lead):
    """Return arrays of 1, 2, 3, … tenths."""
    rows = (*lead, gates * size)
    shapes = [(*rows, inner), (*rows, size), rows, rows]
    return [(np.arange(np.prod(shape)) % 7 + 1.0).reshape(shape) / 10 for shape in shapes]


@pytest.mark.parametrize(
    ("change", "path", "message"),
    [
        ({"weights": (8,)}, "weights", "is 8, takes 4·size × in"),
        ({"recurrent": (2, 8, 2)}, "recurrent", "is 2 × 8 × 2, takes 4·size × size"),
        (
            {"weights": (6, 3)},
            "weights",
            "is 6 × 3, takes 8 × 3: 8: 4 gates of size 2",
        ),
        ({"bias": (6,)}, "bias", "has 6 numbers, takes 8: 4 gates of size 2"),
        ({"recurrent_bias": (2, 8)}, "recurrent_bias", "is 2 × 8, takes 8: 4 gates of size 2"),
    ],
)
def test_arrays_that_do_not_fit_are_refused(change, path, message):
    given = dict(
        zip(("weights", "recurrent", "bias", "recurrent_bias"), arrays(4, 2, 3), strict=True)
    )
    with pytest.raises(NetworkError) as caught:
        Lstm(**given | {key: np.ones(shape) for key, shape in change.items()})
    (problem,) = caught.value.problems
    assert (problem.path, problem.message) == ((path,), message)


@pytest.mark.parametrize("way", ["forward", "both"])
def test_the_leading_axis_is_that_of_both_directions(way):
    with pytest.raises(NetworkError) as caught:
        Gru(*arrays(3, 2, 3, *([2] if way == "forward" else [])), direction=way)
    takes = {"forward": "3·size × in", "both": "2 × 3·size × in"}[way]
    assert caught.value.problems[0].message.endswith(f"takes {takes}")


@pytest.mark.parametrize(
    ("shape", "path", "message"),
    [((5,), (), "reads 5, takes tokens × width"), ((5, 4), ("weights",), "has rows of 3, takes 4")],
)
def test_what_is_read_must_fit(shape, path, message):
    with pytest.raises(NetworkError) as caught:
        Lstm(*arrays(4, 2, 3)).shape(shape)
    (problem,) = caught.value.problems
    assert (problem.path, problem.message) == (path, message)


@pytest.mark.parametrize(
    ("keys", "lengths"),
    [
        ({}, {"directions": 2, "in": 3}),
        ({"size": 5}, {"directions": 2, "in": 3}),
        ({"direction": "both"}, {"directions": 2, "in": 3}),
    ],
)
def test_the_reader_is_told_how_long_axes_are(keys, lengths):
    assert Gru.lengths([(4, 3)], keys) == lengths


def sigmoid(z):
    return 1 / (1 + exp(-z))


def one(op, x):
    """Return what a net of one layer does with steps of one number."""
    net = Network("net", Input(len(x), shape=(len(x), 1)), (Layer("out", op),))
    return forward(net, x)


ONE = [np.array([[0.1], [0.2], [0.3], [0.4]]), np.array([[0.5], [0.6], [0.7], [0.8]])]
ONE += [np.array([0.01, 0.02, 0.03, 0.04]), np.array([0.05, 0.06, 0.07, 0.08])]


def test_two_steps_of_an_lstm_by_hand():
    h = c = 0.0
    states = []
    for x in (2.0, -1.0):
        i, f, g, o = ((k + 1) * 0.1 * x + (k + 5) * 0.1 * h + 0.06 + 0.02 * k for k in range(4))
        c = sigmoid(f) * c + sigmoid(i) * tanh(g)
        h = sigmoid(o) * tanh(c)
        states.append(h)
    trace = one(Lstm(*ONE), [2.0, -1.0])
    np.testing.assert_allclose(trace.output, [states], rtol=1e-14)
    told = explain(trace, "out.1.0")
    assert told.sources == []
    assert [step.name for step in told.steps] == [
        "input gate's sum",
        "input gate",
        "forget gate's sum",
        "forget gate",
        "cell gate's sum",
        "cell gate",
        "output gate's sum",
        "output gate",
        "cell before",
        "cell",
        "z",
    ]
    assert told.steps[0].formula == (
        "Σ weights · x[1] + bias + Σ recurrent · z[0] + recurrent_bias"
    )
    np.testing.assert_allclose([step.value for step in told.steps][::2][:4], [i, f, g, o])
    np.testing.assert_allclose([told.steps[-2].value, told.steps[-1].value], [c, h])
    assert told.steps[-3].formula == "the cell at step 0"
    assert explain(trace, "out.0.0").steps[0].formula == (
        "Σ weights · x[0] + bias + recurrent_bias"
    )


def test_two_steps_of_a_gru_backward_by_hand():
    h = 0.0
    states = []
    for x in (-1.0, 2.0):
        of_x = [(k + 1) * 0.1 * x + 0.01 * (k + 1) for k in range(3)]
        of_h = [(k + 5) * 0.1 * h + 0.01 * (k + 5) for k in range(3)]
        r, u = (sigmoid(of_x[k] + of_h[k]) for k in range(2))
        new = tanh(of_x[2] + r * of_h[2])
        h = (1 - u) * new + u * h
        states.insert(0, h)
    trace = one(Gru(*(each[:3] for each in ONE), direction="backward"), [2.0, -1.0])
    np.testing.assert_allclose(trace.output, [states], rtol=1e-14)
    steps = {step.name: step for step in explain(trace, "out.0.0").steps}
    assert steps["state before"].formula == "the state at step 1"
    assert steps["state before"].value == pytest.approx(states[1])
    assert steps["new of state"].formula == "Σ recurrent · z[1] + recurrent_bias"
    assert steps["new's sum"].value == pytest.approx(of_x[2] + r * of_h[2])
    assert steps["z"].value == pytest.approx(h)
    first = {step.name: step for step in explain(trace, "out.1.0").steps}
    assert first["state before"] == ("state before", "the state at the start: 0", 0.0)


def test_both_directions_stand_side_by_side():
    both = [np.stack([each[:3], each[:3] * 2]) for each in ONE]
    trace = one(Gru(*both, direction="both"), [2.0, -1.0, 0.5])
    there = one(Gru(*(each[0] for each in both)), [2.0, -1.0, 0.5])
    back = one(Gru(*(each[1] for each in both), direction="backward"), [2.0, -1.0, 0.5])
    np.testing.assert_allclose(trace.output[0].reshape(3, 2)[:, 0], there.output[0], rtol=1e-14)
    np.testing.assert_allclose(trace.output[0].reshape(3, 2)[:, 1], back.output[0], rtol=1e-14)


@pytest.mark.parametrize(
    ("direction", "names"),
    [
        ("forward", [("weight_ih_l0",)]),
        ("backward", [("weight_ih_l0_reverse",), ("weight_ih_l0",)]),
        ("both", [("weight_ih_l0", "weight_ih_l0_reverse")]),
    ],
)
def test_weights_are_found_by_the_names_that_pytorch_gives(direction, names):
    field = next(field for field in Lstm.FIELDS if field.name == "weights")
    assert Lstm.tensors(field, {"direction": direction}) == names


@pytest.mark.parametrize("direction", ["forward", "backward", "both"])
def test_a_net_file_takes_the_weights_of_pytorch(tmp_path, direction):
    suffixes = {"forward": [""], "backward": ["_reverse"], "both": ["", "_reverse"]}[direction]
    names = ("weight_ih_l0", "weight_hh_l0", "bias_ih_l0", "bias_hh_l0")
    held = {
        f"state.{name}{suffix}": each * (1 + place)
        for place, suffix in enumerate(suffixes)
        for name, each in zip(names, arrays(3, 2, 4), strict=True)
    }
    np.savez(tmp_path / "w.npz", **held)
    (tmp_path / "net.yaml").write_text(
        "input: {shape: [3, 4]}\nweights: w.npz\n"
        f"layers: [{{name: state, kind: gru, direction: {direction}}}]\n"
    )
    op = load(tmp_path / "net.yaml").layers[0].op
    found = [held[f"state.{name}{suffixes[-1]}"] for name in names]
    for key, each in zip(("weights", "recurrent", "bias", "recurrent_bias"), found, strict=True):
        np.testing.assert_array_equal(
            op.arrays[key] if direction != "both" else op.arrays[key][1], each
        )


@pytest.mark.parametrize("kind", ["lstm", "gru"])
def test_gates_add_up_to_their_steps(kind):
    for case in oracle.load(kind):
        network = net_around(case)
        trace = forward(network, rows_of(case))
        for index in range(network.output.size):
            told = explain(trace, Neuron("it", index), 0)
            steps = {step.name: step.value for step in told.steps}
            assert len(told.gates) == network.output.op.GATES
            for name, terms in told.gates:
                made = float(terms.weights @ terms.values) + terms.bias
                assert made == pytest.approx(steps[name], rel=1e-12, abs=1e-12)
                for place, value, read in zip(terms.places, terms.values, terms.read, strict=True):
                    source = trace.x if read == 0 else trace["it"].z
                    assert source[0, place] == value
