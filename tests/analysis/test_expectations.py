"""Verdicts on examples, worked by hand."""

from __future__ import annotations

import math
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nntrace.analysis.examples import WrongClass, WrongValue, judge
from nntrace.analysis.prediction import Prediction
from nntrace.core.activation import Activation
from nntrace.core.activations import find
from nntrace.core.examples import Example, Expectation, ExpectedValues
from nntrace.core.layer import Layer
from nntrace.core.names import Neuron
from nntrace.core.network import Input, Network
from nntrace.core.ops.dense import Dense


def net(examples, dtype="float64", last="softmax"):
    """Double two inputs, then swap them: z of the output is (2·x1, 2·x0)."""

    def layer(name, weights, activation, labels=None):
        held = np.array(weights, dtype), np.zeros(2, dtype)
        return Layer(name, Dense(*held), Activation(find(activation)), labels)

    layers = (
        layer("hidden1", [[2, 0], [0, 2]], "identity"),
        layer("output", [[0, 1], [1, 0]], last, ("left", "right")),
    )
    return Network("net", Input(2), layers, dtype, examples=tuple(examples))


def example(expect=None, row=(1, 3), name="e"):
    return Example(name, np.array(row, float), expect)


def values(layer, quantity, *numbers):
    return ExpectedValues(layer, quantity, np.array(numbers, float))


LEFT = Prediction(0, "left", pytest.approx(1 / (1 + math.exp(-4)), rel=1e-14))


def wrong(layer, index, quantity, expected, got, tolerance=1e-6):
    return WrongValue(Neuron(layer, index), quantity, expected, got, tolerance)


WORKED = [
    # what is expected of (1, 3), what fails
    (None, []),
    (Expectation(0), []),
    (Expectation(1), [WrongClass(1, LEFT)]),
    (Expectation(None, (values("hidden1", "a", 2, 6),)), []),
    (Expectation(None, (values("hidden1", "z", 2, 6), values("output", "z", 6, 2))), []),
    (
        Expectation(None, (values("output", "z", 6.25, 2),)),
        [wrong("output", 0, "z", 6.25, 6)],
    ),
    # the tolerance is absolute, and as far as it reaches is still right
    (Expectation(None, (values("output", "z", 6.25, 1.75),), 0.25), []),
    (
        Expectation(None, (values("output", "z", 6.25, 1.5), values("hidden1", "a", 9, 6)), 0.25),
        [
            wrong("output", 1, "z", 1.5, 2, 0.25),
            wrong("hidden1", 0, "a", 9, 2, 0.25),
        ],
    ),
    (Expectation(None, (values("hidden1", "a", 2 + 9e-7, 6 - 9e-7),)), []),
    (
        Expectation(None, (values("hidden1", "a", 2 + 2e-6, 6),)),
        [wrong("hidden1", 0, "a", 2 + 2e-6, 2)],
    ),
    (Expectation(1, (values("hidden1", "a", 2, 6),)), [WrongClass(1, LEFT)]),
]


@pytest.mark.parametrize(("expect", "failures"), WORKED)
def test_worked(expect, failures):
    (verdict,) = judge(net([example(expect)]))
    assert verdict.example.name == "e"
    assert list(verdict.failures) == failures
    assert verdict.prediction == LEFT
    assert verdict.trace["output"].z.tolist() == [[6, 2]]


def test_difference():
    (verdict,) = judge(net([example(Expectation(None, (values("output", "z", 6.25, 1),)))]))
    assert [failure.difference for failure in verdict.failures] == [-0.25, 1]


@pytest.mark.parametrize(("dtype", "off", "right"), [
    ("float64", 9e-7, True), ("float64", 2e-6, False),
    ("float32", 9e-5, True), ("float32", 2e-4, False),
])  # fmt: skip
def test_the_tolerance_where_none_is_given(dtype, off, right):
    expect = Expectation(None, (values("hidden1", "z", 2 + off, 6),))
    (verdict,) = judge(net([example(expect)], dtype))
    assert (not verdict.failures) is right


def test_a_float32_net_is_compared_in_float64():
    # 0.2000001 in float32 is 1e-9 more; a comparison in float32 would not see that
    expect = Expectation(None, (values("hidden1", "z", 0.2 + 3e-9, 0),), 1e-9)
    (verdict,) = judge(net([example(expect, (0.1, 0))], "float32"))
    assert not verdict.failures  # as nntrace writes it, 0.20000000298
    expect = Expectation(None, (values("hidden1", "z", 0.2 + 9e-9, 0),), 1e-9)
    (verdict,) = judge(net([example(expect, (0.1, 0))], "float32"))
    (failure,) = verdict.failures
    assert failure.got == float(np.float32(0.2))
    assert failure.difference == pytest.approx(-6.02e-9, rel=1e-2)


def expected_of(got, expected, tolerance, relative=None, dtype="float64"):
    """Judge a net whose first z is a number; return what fails."""
    expect = Expectation(None, (values("hidden1", "z", expected, 0),), tolerance, relative)
    (verdict,) = judge(net([example(expect, (got / 2, 0))], dtype))
    return verdict.failures


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize(
    ("got", "expected", "tolerance", "relative", "right"),
    [
        (0.4, 0.3, 0.1, None, True),  # 0.10000000000000003 in float64
        (0.3, 0.4, 0.1, None, True),
        (-0.4, -0.3, 0.1, None, True),
        (1.1, 1.0, 0.1, None, True),
        (0.7, 0.8, 0.1, None, True),
        (0.41, 0.3, 0.1, None, False),
        (0.40001, 0.3, 0.1, None, False),
        (3.3, 3.0, 0.1, 0.1, True),  # 0.1 + 0.1 × 3
        (3.4, 3.0, 0.1, 0.1, True),
        (3.41, 3.0, 0.1, 0.1, False),
        (-3.4, -3.0, 0.1, 0.1, True),
        (1.1, 1.0, 1e-9, 0.1, True),
        (0.1, 0.0, 0.1, 0.5, True),  # no share of nothing
        (0.2, 0.0, 0.1, 0.5, False),
    ],
)
def test_as_far_off_as_the_tolerance_in_decimals(got, expected, tolerance, relative, right, dtype):
    assert (not expected_of(got, expected, tolerance, relative, dtype)) is right


decimals = st.decimals(-10, 10, places=3).map(float)


@given(decimals, decimals, st.decimals("0.001", 5, places=3), st.decimals(0, 1, places=2))
def test_three_decimals_are_compared_as_on_paper(got, expected, tolerance, relative):
    def on_paper(value):
        return Decimal(repr(value))

    off = abs(on_paper(got) - on_paper(expected))
    wrong = off > tolerance + relative * abs(on_paper(expected))
    failures = expected_of(got, expected, float(tolerance), float(relative) or None)
    assert bool(failures) is wrong
    for failure in failures:
        assert abs(failure.difference) > failure.allowed


def test_a_number_that_is_not_finite_is_never_right():
    expect = Expectation(0, (values("hidden1", "z", 1.0, 2),), 1e300)
    (verdict,) = judge(net([example(expect, (3e38, 1))], "float32"))
    assert verdict.prediction is None
    assert verdict.failures == (
        WrongClass(0, None),
        wrong("hidden1", 0, "z", 1.0, math.inf, 1e300),
    )


def test_every_example_is_judged():
    examples = [example(Expectation(index), name=str(index)) for index in (0, 1)]
    verdicts = judge(net(examples))
    assert [verdict.example.name for verdict in verdicts] == ["0", "1"]
    assert [len(verdict.failures) for verdict in verdicts] == [0, 1]


def test_a_net_without_examples():
    assert judge(net([])) == []


def test_no_number_at_all_is_never_right():
    expect = Expectation(None, (values("output", "z", 2, 2),), 1e300)
    (verdict,) = judge(net([example(expect, (3e38, 1))], "float32"))  # 0 times infinity, plus 2
    assert [failure.neuron.index for failure in verdict.failures] == [0, 1]
    assert math.isnan(verdict.failures[0].got)
