"""Why two sides part: faults planted by hand, of every kind, and changes that are none."""

from __future__ import annotations

import numpy as np
import pytest
from planted import INNOCENT, MADE, PLANTS, Planted, net_of, recorded, renamed, rows_of, trace_of

import nntrace
from nntrace.analysis.causes.search import causes
from nntrace.analysis.causes.table import KINDS
from nntrace.analysis.diff.compare import Tolerances
from nntrace.analysis.diff.difference import differ
from nntrace.analysis.diff.sides import NetSide, Rows
from nntrace.core.activation import Activation
from nntrace.core.activations import ACTIVATIONS
from nntrace.core.layer import Layer
from nntrace.core.network import Input, Network
from nntrace.core.ops import find_kind

WAYS = ("net", "renamed", "trace", "values alone")


def compared(a, b, rows):
    tolerances = Tolerances.of(a.dtype, b.dtype)
    return differ(NetSide(a), b, [Rows(range(len(rows)), rows)], tolerances)


def planting(kind, seed):
    """Return a net, its fault of a kind, and rows on which it shows."""
    rng = np.random.default_rng(seed)
    for _ in range(400):
        net = MADE[int(rng.integers(len(MADE)))](rng)
        planted = PLANTS[kind](rng, net)
        if planted is None:
            continue
        rows = rows_of(rng, net)
        side = recorded(trace_of(planted, rows), rows)
        if not compared(net, side, rows).agree:
            return net, planted, rows
    raise AssertionError(f"no net for {kind}")


def side_of(way, planted, rows):
    if planted.outputs or way.startswith(("trace", "values")):
        return recorded(trace_of(planted, rows), rows, only_a=way == "values alone")
    return NetSide(renamed(planted.net) if way == "renamed" else planted.net)


def test_every_kind_of_the_contract_is_planted():
    assert {*PLANTS} == {*KINDS}


@pytest.mark.parametrize("way", WAYS[:3])
@pytest.mark.parametrize("kind", KINDS)
def test_a_planted_fault_is_named(kind, way):
    for seed in (1, 2, 3):
        net, planted, rows = planting(kind, seed)
        found = compared(net, side_of(way, planted, rows), rows)
        explained = causes(found)
        assert explained, (seed, found.first)
        told = explained[0]
        assert (told.kind, seed) == (kind, seed)
        assert told.layer in planted.layers
        assert told.detail
        worst = max(each.tally.max_abs for each in found.compared)
        assert 0 <= told.leaves < worst


@pytest.mark.parametrize("kind", sorted({*KINDS} - {"bias_differs"}))  # behind an activation
def test_a_fault_is_named_where_the_values_of_each_layer_alone_are_known(kind):
    """As of a model elsewhere, of which nobody wrote down what is before the activation."""
    net, planted, rows = planting(kind, 5)
    explained = causes(compared(net, side_of("values alone", planted, rows), rows))
    assert kind in [each.kind for each in explained]


@pytest.mark.parametrize("kind", INNOCENT)
def test_an_innocent_change_is_no_difference(kind):
    done = 0
    for seed in range(200):
        rng = np.random.default_rng(seed)
        net = net_of(rng)
        made = INNOCENT[kind](rng, net)
        if made is None:
            continue
        rows = rows_of(rng, net)
        found = compared(net, NetSide(made), rows)
        assert found.agree, (seed, net.name, found.first)
        assert causes(found) == []
        done += 1
        if done == 4:
            return
    assert done


def dense(name, weights, bias=None, activation="identity", **parameters):
    weights = np.array(weights, float)
    bias = np.zeros(len(weights)) if bias is None else np.array(bias, float)
    op = find_kind("dense")(weights=weights, bias=bias)
    return Layer(name, op, Activation(ACTIVATIONS[activation], parameters))


ROWS = np.array([[0.5, -1.5, 2.0], [1.0, 0.25, -0.75], [-2.0, 1.0, 0.125], [3.0, 2.0, 1.0]])
SQUARE = [[1.0, 2.0, -1.0], [0.5, -3.0, 1.5], [2.0, 0.25, 1.0]]


def chain(*layers):
    return Network("chain", Input(3), tuple(layers))


def explained(a, b, rows=ROWS):
    return causes(compared(a, NetSide(b), rows))


def test_two_that_explain_as_much_are_both_told():
    """Where no z is over 6, relu and relu6 are one."""
    a = chain(dense("h", SQUARE, activation="tanh"), dense("out", SQUARE))
    b = chain(dense("h", SQUARE, activation="relu"), dense("out", SQUARE))
    rows = ROWS / 10
    told = explained(a, b, rows)
    assert {each.detail.split()[0] for each in told} >= {"relu", "relu6"}


def test_an_output_is_not_explained_by_what_another_layer_gives():
    """Without its softmax, a would give what b's first layer does; b's output is another."""
    again = find_kind("reshape")(shape=(3,))
    softmax = Activation(ACTIVATIONS["softmax"], {})
    a = chain(dense("output", SQUARE, activation="softmax"))
    b = chain(
        dense("scores", SQUARE), Layer("once", again, softmax), Layer("output", again, softmax)
    )
    assert [each.kind for each in explained(a, b)] == ["softmax_twice"]


def test_what_is_less_exact_is_not_told_beside_what_is_exact():
    a = chain(dense("h", SQUARE, [1, 2, 3], "tanh"), dense("out", SQUARE))
    b = chain(dense("h", np.transpose(SQUARE), [1, 2, 3], "tanh"), dense("out", SQUARE))
    assert [each.kind for each in explained(a, b)] == ["transposed_weights"]


def test_two_faults_at_once_are_explained_by_no_one_change():
    a = chain(dense("h", SQUARE, [1, 2, 3], "tanh"), dense("out", SQUARE, [1, 1, 1]))
    b = chain(dense("h", np.transpose(SQUARE), [1, 2, 3], "tanh"), dense("out", SQUARE))
    assert explained(a, b) == []


def test_an_activation_everywhere_is_one_change():
    a = chain(dense("h", SQUARE, activation="relu"), dense("g", SQUARE, activation="relu"))
    b = chain(dense("h", SQUARE, activation="elu"), dense("g", SQUARE, activation="elu"))
    told = explained(a, b)[0]
    assert (told.kind, told.layer) == ("activation", None)


def test_a_slope_that_nobody_would_guess_is_found():
    a = chain(dense("h", SQUARE, activation="leaky_relu"), dense("out", SQUARE))
    b = chain(dense("h", SQUARE, activation="leaky_relu", alpha=0.0731), dense("out", SQUARE))
    told = explained(a, b)[0]
    assert (told.kind, told.layer) == ("activation_parameter", "h")
    assert "0.0731) in b" in told.detail


def test_neurons_that_change_places_with_what_reads_them():
    order = [2, 0, 1]
    weights, bias = np.array(SQUARE), np.array([1.0, 2.0, 3.0])
    a = chain(dense("h", weights, bias, "tanh"), dense("out", SQUARE))
    b = chain(
        dense("h", weights[order], bias[order], "tanh"), dense("out", np.array(SQUARE)[:, order])
    )
    told = explained(a, b)[0]
    assert (told.kind, told.layer, told.leaves) == ("swapped_neurons", "h", 0.0)
    assert told.detail.endswith("as what reads them expects")


def test_the_net_that_can_be_changed_is():
    """A trace cannot be run again: what explains it is tried in the net beside it."""
    net = nntrace.load("iris")
    rows = np.array([example.input for example in net.examples])
    layers = list(net.layers)
    layers[0] = Layer(layers[0].name, layers[0].op, Activation(ACTIVATIONS["elu"]))
    other = Network(net.name, net.input, tuple(layers), net.dtype)
    trace = recorded(trace_of(Planted(net, "", ()), rows), rows)
    found = differ(trace, NetSide(other), [Rows(range(len(rows)), rows)], Tolerances())
    told = causes(found)[0]
    assert (told.kind, told.layer) == ("activation", layers[0].name)
    assert "in a" in told.detail
    assert told.detail.startswith(net.layers[0].activation.name)


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        (lambda w, b: (w.transpose(0, 1, 3, 2), b), "transposed_weights"),
        (lambda w, b: (w / 2, b + 1), "weights_differ"),
        (lambda w, b: (w * 4, b - 2 * w.sum((1, 2, 3))), "input_scale"),
    ],
)
@pytest.mark.parametrize("given", ["x", "input"])
def test_a_fault_in_the_layer_of_a_model_that_reads_pictures_is_named(tmp_path, fault, kind, given):
    onnx = pytest.importorskip("onnx")
    make, draw = onnx.helper, np.random.default_rng(1)
    weights, bias = draw.normal(size=(4, 3, 3, 3)), draw.normal(size=4)
    nets = []
    for name, arrays in (("a", (weights, bias)), ("b", fault(weights, bias))):
        nodes = [
            make.make_node("Conv", [given, "w", "b"], ["c"]),
            make.make_node("Relu", ["c"], "y"),
        ]
        shapes = {given: ("N", 3, 6, 6), "y": ("N", 4, 4, 4)}
        [x, y] = [make.make_tensor_value_info(each, 1, shape) for each, shape in shapes.items()]
        constants = [
            onnx.numpy_helper.from_array(np.ascontiguousarray(each, np.float32), key)
            for key, each in zip("wb", arrays, strict=True)
        ]
        graph = make.make_graph(nodes, "g", [x], [y], constants)
        model = make.make_model(graph, opset_imports=[make.make_opsetid("", 17)], ir_version=8)
        onnx.save(model, tmp_path / f"{name}.onnx")
        nets.append(nntrace.load(tmp_path / f"{name}.onnx"))
    found = compared(nets[0], NetSide(nets[1]), draw.normal(size=(3, 108)))
    assert kind in [each.kind for each in causes(found)]
