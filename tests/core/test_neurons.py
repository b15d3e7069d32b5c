"""How neurons are called."""

from __future__ import annotations

import numpy as np
import pytest

from nntrace.analysis.explain import explain
from nntrace.core.activation import Activation
from nntrace.core.activations import find
from nntrace.core.forward import forward
from nntrace.core.layer import Layer
from nntrace.core.names import Neuron, find_neuron, is_index, labels_of, name_of, size_of
from nntrace.core.names import source_names as names_of
from nntrace.core.network import Input, Network
from nntrace.core.ops.conv import Conv
from nntrace.core.ops.dense import Dense
from nntrace.errors import UsageError


def layer(name, size, fan_in, labels=None):
    return Layer(
        name, Dense(np.ones((size, fan_in)), np.zeros(size)), Activation(find("relu")), labels
    )


NET = Network(
    "net",
    Input(3, ("whiskers", "7", "ear.left")),
    (
        layer("a", 3, 3, ("b.c", "b.1", "x")),
        layer("a.b", 2, 3, ("c", "d")),
        layer("a.b.c", 1, 2),
        layer("ünï cøde", 2, 1, ("", "ja, so")),
        layer("output", 2, 2),
    ),
)

FOUND = [
    ("input.0", "input", 0),
    ("input.whiskers", "input", 0),
    ("input.ear.left", "input", 2),
    ("input.1", "input", 1),
    ("input.001", "input", 1),
    ("a.2", "a", 2),
    ("a.x", "a", 2),
    ("a.b.c", "a.b", 0),  # the longest layer name wins over the label b.c of a
    ("a.b.1", "a.b", 1),
    ("a.b.d", "a.b", 1),
    ("a.b.c.0", "a.b.c", 0),
    ("ünï cøde.", "ünï cøde", 0),
    ("ünï cøde.ja, so", "ünï cøde", 1),
    ("output.1", "output", 1),
]


@pytest.mark.parametrize(("name", "layer_name", "index"), FOUND)
def test_find(name, layer_name, index):
    assert find_neuron(NET, name) == Neuron(layer_name, index)


NOT_FOUND = [
    ("", "'' names no neuron, which is LAYER.INDEX or LAYER.LABEL, as output.0"),
    ("output", "'output' names no neuron, which is LAYER.INDEX or LAYER.LABEL, as output.0"),
    ("ouput.1", "unknown layer 'ouput', did you mean 'output'?"),
    ("zzz.1", "unknown layer 'zzz', known: input, a, a.b, a.b.c, ünï cøde, output"),
    (".1", "unknown layer '', known: input, a, a.b, a.b.c, ünï cøde, output"),
    ("input.3", "'input.3': input has 3 inputs, 0 to 2"),
    ("input.7", "'input.7': input has 3 inputs, 0 to 2"),  # always an index
    ("input.007", "'input.007': input has 3 inputs, 0 to 2"),
    ("output.2", "'output.2': output has 2 neurons, 0 to 1"),
    (f"output.{'9' * 5000}", f"'output.{'9' * 32}…': output has 2 neurons, 0 to 1"),
    ("a.b.c.1", "'a.b.c.1': a.b.c has one neuron, 0"),
    ("output.-1", "'output.-1': output has no labels, but 2 neurons, 0 to 1"),
    ("output.cat", "'output.cat': output has no labels, but 2 neurons, 0 to 1"),
    ("output.¹", "'output.¹': output has no labels, but 2 neurons, 0 to 1"),
    ("a.b.c.x", "'a.b.c.x': a.b.c has no labels, but one neuron, 0"),
    ("input.Whiskers", "unknown label in input 'Whiskers', did you mean 'whiskers'?"),
    ("a.b.e", "unknown label in a.b 'e', known: c, d"),
]


@pytest.mark.parametrize(("name", "message"), NOT_FOUND)
def test_not_found(name, message):
    with pytest.raises(UsageError) as error:
        find_neuron(NET, name)
    assert str(error.value) == message


NAMES = {
    "input": ["input.whiskers", "input.1", "input.ear.left"],  # 7 would be taken for an index
    "a": ["a.0", "a.1", "a.x"],  # a.b.c and a.b.1 are other neurons
    "a.b": ["a.b.c", "a.b.d"],
    "a.b.c": ["a.b.c.0"],
    "ünï cøde": ["ünï cøde.", "ünï cøde.ja, so"],
    "output": ["output.0", "output.1"],
}


@pytest.mark.parametrize("layer_name", NAMES)
def test_names(layer_name):
    assert names_of(NET, layer_name) == NAMES[layer_name]
    assert size_of(NET, layer_name) == len(NAMES[layer_name])
    for index, name in enumerate(NAMES[layer_name]):
        assert name_of(NET, Neuron(layer_name, index)) == name
        assert find_neuron(NET, name) == Neuron(layer_name, index)  # there and back


def test_labels():
    assert labels_of(NET, "input") == ("whiskers", "7", "ear.left")
    assert labels_of(NET, "a.b") == ("c", "d")
    assert labels_of(NET, "output") is None
    with pytest.raises(UsageError, match=r"^unknown layer 'b', known: a, a\.b, a\.b\.c"):
        labels_of(NET, "b")


@pytest.mark.parametrize(
    ("text", "is_one"),
    [("0", True), ("007", True), ("", False), ("-1", False), ("1.0", False), ("²", False),
     ("٣", False), ("1e3", False), (" 1", False)],
)  # fmt: skip
def test_is_index(text, is_one):
    assert is_index(text) is is_one


def test_a_labelled_input_of_a_shape_is_called_by_its_label():
    labels = tuple(f"r{row}c{column}" for row in range(2) for column in range(3))
    conv = Layer("conv", Conv(np.ones((1, 1, 2, 2)), np.zeros(1), dimensions=2))
    net = Network("net", Input(6, labels, (2, 3)), (conv,))
    bare = Network("net", Input(6, None, (2, 3)), (conv,))
    assert explain(forward(net, np.ones(6)), "conv.0.0.1").sources == [
        "input.r0c1", "input.r0c2", "input.r1c1", "input.r1c2",
    ]  # fmt: skip
    assert explain(forward(bare, np.ones(6)), "conv.0.0.1").sources[0] == "input.0.1"
    for name in ("input.r1c2", "input.1.2", "input.5"):
        assert find_neuron(net, name) == Neuron("input", 5)
    assert find_neuron(bare, "input.1.2") == Neuron("input", 5)
    with pytest.raises(UsageError, match=r"'2' is no index; input is 2 × 3: LAYER\.I\.J, from 0"):
        find_neuron(bare, "input.2.1")
    with pytest.raises(UsageError, match="input has no labels, but 6 inputs, 0 to 5"):
        find_neuron(bare, "input.corner")
