"""Marks in a lesson's prose, against numbers worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest

from nntrace.core.activation import Activation
from nntrace.core.activations import find
from nntrace.core.forward import forward
from nntrace.core.layer import Layer
from nntrace.core.network import Input, Network
from nntrace.core.ops.dense import Dense
from nntrace.errors import UsageError
from nntrace.teach import live, shown

RELU, SOFTMAX, IDENTITY = (Activation(find(name)) for name in ("relu", "softmax", "identity"))


def net(*layers: Layer) -> Network:
    return Network("small", Input(2, labels=("ears", "barks")), layers)


FIRST = Layer("first", Dense(np.array([[1.0, -2.0], [0.5, 4.0]]), np.array([0.25, -1.0])), RELU)
SECOND = Layer(
    "out", Dense(np.array([[1.0, 1.0], [2.0, 0.0]]), np.array([0.0, 0.0])), SOFTMAX, ("cat", "dog")
)
# z of first: 1·0.5 - 2·1 + 0.25 = -1.25;  0.5·0.5 + 4·1 - 1 = 3.25;  out.z: 3.25 and 0
TRACE = forward(net(FIRST, SECOND), [0.5, 1.0])

MARKS = {
    "input": "[0.5, 1]",
    "input.ears": "0.5",
    "input.1": "1",
    "input.sum": "1.5",
    "input.size": "2",
    "input.shape": "2",
    "first.z": "[-1.25, 3.25]",
    "first.a": "[0, 3.25]",
    "first.a:2": "[0.00, 3.25]",
    "first.weights": "[[1, -2], [0.5, 4]]",
    "first.bias": "[0.25, -1]",
    "first.shape": "2 × 2",
    "first.size": "2",
    "first.activation": "relu",
    "first.parameters": "6",
    "first.connections": "4",
    "first.0.z": "-1.25",
    "first.0.z:0": "-1",
    "first.0.a": "0",
    "first.0.sum": "-1.5",
    "first.0.products": "[0.5, -2]",
    "first.0.products.barks": "-2",
    "first.1.weights.ears": "0.5",
    "out.dog.weights.0": "2",
    "out.cat.z": "3.25",
    "out.cat.a": "0.9627",  # 1 / (1 + e^-3.25)
    " first.0.z ": "-1.25",
    "prediction": "cat",
    "probability": "96.3 %",
    "parameters": "12",
    "layers": "2",
    "neurons": "4",
    "name": "small",
}


@pytest.mark.parametrize("mark", MARKS)
def test_a_mark_is_what_one_works_out_by_hand(mark: str) -> None:
    assert live.value_of(mark, TRACE) == MARKS[mark]


WRONG = {
    "frist.0.z": "unknown value 'frist.0.z', known:",
    "first": "say which of its values: first.z, first.a",
    "first.0": "say which of its values: first.0.z, first.0.a",
    "first.0.y": "unknown value of first.0 'y', known: z, a, bias, weights, products, sum",
    "first.9.z": "'first.9': first has 2 neurons, 0 to 1",
    "out.cow.z": "unknown label in out 'cow', known: cat, dog",
    "first.0.weights.nose": "unknown label in input 'nose', known: ears, barks",
    "first.0.z:18": "takes up to 17 decimals",
    "": "unknown value ''",
}


@pytest.mark.parametrize("mark", WRONG)
def test_a_mark_that_means_nothing_says_so(mark: str) -> None:
    with pytest.raises(UsageError) as caught:
        live.value_of(mark, TRACE)
    assert str(caught.value).startswith(f"{{{{{mark}}}}}: {WRONG[mark]}")


def test_without_a_net_a_mark_says_what_is_missing() -> None:
    with pytest.raises(UsageError, match="no net is set here"):
        live.value_of("first.0.z", None)


def test_a_text_that_has_been_filled_stays_as_it_is() -> None:
    assert live.fill("{{first.0.z}}", None) == "{{first.0.z}}"


def test_text_around_marks_stays_as_it_is() -> None:
    filled = live.fill("from {{input.ears}} and {{input.barks:1}} to `{{first.0.z}}`, {x}", TRACE)
    assert filled == "from 0.5 and 1.0 to `-1.25`, {x}"


@pytest.mark.parametrize(
    ("value", "shown"),
    [(0.0, "0"), (-0.0, "0"), (1.2999999999999998, "1.3"), (12345.678, "12,346"), (2e-5, "2e-05"),
     (-0.00012, "-0.00012"), (1e20, "1e+20")],
)  # fmt: skip
def test_numbers_are_written_short(value: float, shown: str) -> None:
    assert live.written(value) == shown


def test_two_layers_melt_into_one() -> None:
    merged = shown.merge(TRACE)
    # W2 @ W1 = [[1.5, 2], [2, -4]];  W2 @ b1 + b2 = [-0.75, 0.5];  z of first was [-1.25, 3.25]
    assert merged.weights.tolist() == [[1.5, 2.0], [2.0, -4.0]]
    assert merged.bias.tolist() == [-0.75, 0.5]
    assert merged.stepwise.tolist() == merged.at_once.tolist() == [2.0, -2.5]
    assert merged.same


def test_one_layer_alone_cannot_be_melted() -> None:
    alone = Layer("out", Dense(np.array([[1.0, 1.0]]), np.array([0.0])), IDENTITY)
    with pytest.raises(UsageError, match="has one layer"):
        shown.merge(forward(net(alone), [0.0, 0.0]))


def test_merged_layers_that_differ_would_be_told() -> None:
    merged = shown.merge(TRACE)._replace(at_once=np.array([2.0, -2.4]))
    assert not merged.same
    assert "differ" in merged.verdict


def test_a_pass_names_every_step() -> None:
    lines = shown.passed(TRACE)
    assert [(each.symbol, each.formula) for each in lines] == [
        ("z1", "W1 @ x + b1"),
        ("h1", "relu(z1)"),
        ("z2", "W2 @ h1 + b2"),
        ("output", "softmax(z2)"),
    ]
    assert lines[2].values.tolist() == [3.25, 0.0]


def test_a_long_vector_is_cut_and_says_how_long_it_is() -> None:
    assert live.short(np.arange(9.0)) == "[0, 1, 2, 3, 4, 5, 6, 7, … 9 numbers]"
