"""Where a number comes from: trees worked by hand, and what must hold of any."""

from __future__ import annotations

import numpy as np
import pytest

from nntrace.analysis.paths import MOST, paths
from nntrace.core.activation import Activation
from nntrace.core.activations import find as activation
from nntrace.core.forward import forward
from nntrace.core.layer import Layer
from nntrace.core.network import Input, Network
from nntrace.core.ops import KINDS, find_kind
from nntrace.errors import UsageError
from tests.ops.nets import net, net_around, op, rows_of
from tests.ops.oracle import load

RELU = Activation(activation("relu"))


def dense(name, weights, bias, *reads):
    made = find_kind("dense")(np.array(weights, float), np.array(bias, float))
    return Layer(name, made, RELU, reads=reads)


# At (1, 2): hidden = 3, 1 (and 0, which relu makes of -5); output = 9 - 1 + 0 + 2 = 10.
CHAIN = Network(
    "net",
    Input(2),
    (
        dense("hidden", [[1, 1], [2, -1], [-1, -2]], [0, 1, 0]),
        dense("output", [[3, -1, 7]], [2]),
    ),
)


def tree(network, x, neuron, **options):
    found = paths(forward(network, x), neuron, **options)
    told = {each.name: (pytest.approx(each.carries), each.end) for each, *_ in found.walk()}
    return found, told


def test_a_chain_down_to_the_input():
    found, _ = tree(CHAIN, [1.0, 2.0], "output.0")
    assert [(each.name, level) for each, level, _ in found.walk()] == [
        ("output.0", 0), ("hidden.0", 1), ("input.1", 2), ("input.0", 2),
        ("hidden.1", 1), ("input.0", 2), ("input.1", 2),
    ]  # fmt: skip
    carried = [each.carries for each, *_ in found.walk()]
    expected = [1, 9 / 12, 9 / 12 * 2 / 3, 9 / 12 / 3, 1 / 12, 0.4 / 12, 0.4 / 12]
    assert carried == pytest.approx(expected)
    assert found.reached == pytest.approx(9 / 12 + 0.8 / 12)
    assert found.biases == pytest.approx(2 / 12 + 0.2 / 12)
    assert found.root.rest is not None
    assert (found.root.rest.count, found.root.rest.carries) == (1, 0)


def test_a_depth_and_a_layer_end_it():
    for options in ({"depth": 1}, {"to": "hidden"}):
        _, told = tree(CHAIN, [1.0, 2.0], "output.0", **options)
        ends = {"hidden.0": (9 / 12, "reached"), "hidden.1": (1 / 12, "reached")}
        assert told == {"output.0": (1, ""), **ends}


def test_what_was_set_by_hand_ends_it():
    trace = forward(CHAIN, [1.0, 2.0], {"hidden.0": 4})
    ends = {each.name: each.end for each, *_ in paths(trace, "output.0").walk()}
    assert ends["hidden.0"] == "set"


def test_a_number_that_is_read_twice_is_gone_on_with_once():
    layers = (
        ("hidden", op("dense", weights=[[1, 1], [2, -1]], bias=[0, 1])),
        ("square", op("multiply"), "hidden", "hidden"),
    )
    found = paths(forward(net((2,), *layers), [1.0, 2.0]), "square.0")
    assert [(each.name, each.end) for each, *_ in found.walk()] == [
        ("square.0", ""), ("hidden.0", ""), ("input.1", "reached"), ("input.0", "reached"),
        ("hidden.0", "again"),
    ]  # fmt: skip
    assert found.reached == pytest.approx(1)


def test_what_is_not_finite_ends_it():
    layers = (("large", op("dense", weights=[[1e300]], bias=[0])),
              ("larger", op("dense", weights=[[1e300]], bias=[0])),
              ("largest", op("dense", weights=[[1]], bias=[0])))  # fmt: skip
    found = paths(forward(net((1,), *layers), [1.0]), "largest.0")
    assert found.root.end == "infinite"
    assert (found.reached, found.biases) == (0, 0)


def test_nothing_carries_where_all_terms_are_0():
    found, told = tree(CHAIN, [0.0, 0.0], "hidden.0")
    assert (found.reached, found.biases) == (0, 0)
    assert told["hidden.0"] == (1, "")


@pytest.mark.parametrize(
    ("neuron", "to", "message"),
    [
        ("input.0", "input", "input.0 is an input, which is given, not computed"),
        ("output.0", "hiden", "unknown layer 'hiden', did you mean 'hidden'?"),
        ("hidden.0", "output", "'output' does not stand above hidden"),
        ("hidden.0", "hidden", "'hidden' does not stand above hidden"),
    ],
)
def test_what_is_no_goal(neuron, to, message):
    with pytest.raises(UsageError, match=message.replace("?", r"\?")):
        paths(forward(CHAIN, [1.0, 2.0]), neuron, to=to)


@pytest.mark.parametrize("kind", KINDS)
def test_of_any_kind_the_parts_make_the_whole(kind):
    draw = np.random.default_rng(5)
    for case in load(kind):
        network = net_around(case)
        trace = forward(network, rows_of(case))
        found = paths(trace, f"it.{draw.integers(network.output.size)}")
        for branch, *_ in found.walk():
            parts = [each.carries for each in branch.branches] + [branch.bias_carries]
            parts += [branch.rest.carries] if branch.rest else []
            if not branch.end and any(parts):
                assert sum(parts) == pytest.approx(branch.carries)
            assert len(branch.branches) <= MOST
        assert 0 <= found.reached <= 1 + 1e-12
