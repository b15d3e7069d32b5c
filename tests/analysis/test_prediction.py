"""Predicted classes, worked by hand."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from nntrace.analysis.prediction import class_shares, predict
from nntrace.core.activation import Activation
from nntrace.core.activations import find
from nntrace.core.forward import forward
from nntrace.core.layer import Layer
from nntrace.core.names import Neuron
from nntrace.core.network import Input, Network
from nntrace.core.ops.dense import Dense


def straight(activation, size, labels=None, dtype="float64"):
    """A net whose z are its inputs."""
    held = np.eye(size, dtype=dtype), np.zeros(size, dtype)
    layer = Layer("output", Dense(*held), Activation(find(activation)), labels)
    return Network("net", Input(size), (layer,), dtype)


def sigmoid(z):
    return 1 / (1 + math.exp(-z))


ABC = ("a", "b", "c")
LN = math.log
WORKED = [
    # activation, labels, z, class, label, probability
    ("softmax", ABC, [0, LN(2), 0], 1, "b", 0.5),
    ("softmax", ABC, [0, 0, LN(6)], 2, "c", 0.75),
    ("softmax", None, [LN(8), 0, 0], 0, None, 0.8),
    ("softmax", ABC, [5, 5, -800], 0, "a", 0.5),  # of equals the first
    ("softmax", None, [7], 0, None, 1),
    ("log_softmax", ABC, [0, LN(2), 0], 1, "b", 0.5),
    ("log_softmax", ABC, [0, 0, 0], 0, "a", 1 / 3),
    ("hardmax", ABC, [-3, -1, -2], 1, "b", 1),
    ("hardmax", ABC, [2, 1, 2], 0, "a", 1),
    ("sigmoid", ("yes",), [2], 1, "yes", sigmoid(2)),
    ("sigmoid", ("yes",), [-2], 0, None, sigmoid(2)),
    ("sigmoid", ("yes",), [0], 0, None, 0.5),  # not over 0.5
    ("sigmoid", None, [1e-9], 1, None, sigmoid(1e-9)),
    ("sigmoid", None, [-800], 0, None, 1),
]


@pytest.mark.parametrize(("activation", "labels", "z", "index", "label", "probability"), WORKED)
def test_worked(activation, labels, z, index, label, probability):
    trace = forward(straight(activation, len(z), labels), [z, z])
    for prediction in predict(trace):
        assert tuple(prediction) == (index, label, pytest.approx(probability, rel=1e-14))
        assert [type(part) for part in tuple(prediction)] == [int, type(label), float]
    probabilities = class_shares(trace)[1].tolist()
    assert probabilities[index] == pytest.approx(probability, rel=1e-14)
    assert sum(probabilities) == pytest.approx(1, rel=1e-14)
    assert len(probabilities) == max(2, len(z)) if activation == "sigmoid" else len(z)


@pytest.mark.parametrize(
    ("activation", "size"), [("identity", 3), ("relu", 1), ("sigmoid", 2), ("tanh", 1), ("step", 1)]
)
def test_no_classes(activation, size):
    network = straight(activation, size)
    assert network.classes is None
    assert predict(forward(network, np.ones((4, size)))) == [None] * 4


CLASSES = [
    ("softmax", 3, ABC, ABC),
    ("hardmax", 2, None, (None, None)),
    ("log_softmax", 1, None, (None,)),
    ("sigmoid", 1, ("yes",), (None, "yes")),
    ("sigmoid", 1, None, (None, None)),
    ("sigmoid", 3, ABC, None),
    ("identity", 3, ABC, None),
]


@pytest.mark.parametrize(("activation", "size", "labels", "classes"), CLASSES)
def test_classes(activation, size, labels, classes):
    assert straight(activation, size, labels).classes == classes


def test_rows_are_decided_one_by_one():
    trace = forward(straight("softmax", 3, ABC), [[1, 0, 0], [0, 0, 1], [0, 1, 0]])
    assert [prediction.label for prediction in predict(trace)] == ["a", "c", "b"]
    assert predict(forward(straight("softmax", 3), np.zeros((0, 3)))) == []


def test_not_finite_is_no_class():
    zero = np.zeros(2, "float32")
    first = Layer(
        "first", Dense(np.array([[3e38], [-3e38]], "float32"), zero), Activation(find("relu"))
    )
    rest = [replace(each, reads=()) for each in straight("softmax", 2, None, "float32").layers]
    kept = Layer(
        "kept", Dense(np.array([[1, 0], [0, 1]], "float32"), zero), Activation(find("relu"))
    )
    network = Network("net", Input(1), (first, kept, *rest), "float32")
    first, second = predict(forward(network, [[2], [0]]))
    assert first is None  # 0 times infinity
    assert second.index == 0


def test_what_was_set_decides():
    trace = forward(straight("softmax", 3, ABC), [9, 0, 0], {Neuron("output", 2): 1.5})
    assert predict(trace)[0].label == "c"
    assert predict(trace)[0].probability == 1.5
    trace = forward(straight("sigmoid", 1), [9], {Neuron("output", 0): 0.25})
    assert tuple(predict(trace)[0]) == (0, None, 0.75)


def test_a_logarithm_set_by_hand_overflows_silently():
    for dtype in ("float64", "float32"):
        trace = forward(straight("log_softmax", 2, None, dtype), [0, 0], {Neuron("output", 1): 1e3})
        assert predict(trace)[0].index == 1
        assert math.isfinite(predict(trace)[0].probability)


def test_float32():
    (prediction,) = predict(forward(straight("sigmoid", 1, None, "float32"), [-2]))
    assert prediction.probability == float(np.float32(prediction.probability))
    assert prediction.probability == pytest.approx(sigmoid(2), rel=1e-6)
