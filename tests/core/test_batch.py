"""Batches of traced rows: cut and joined, what came along stays with its row."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from nntrace.core.activation import Activation
from nntrace.core.activations import find
from nntrace.core.batch import TracedBatch
from nntrace.core.forward import Trace, forward
from nntrace.core.layer import Layer
from nntrace.core.network import Input, Network
from nntrace.core.ops.dense import Dense
from nntrace.errors import Problem, UsageError


def layer(name, fan_in, size):
    weights = np.arange(1.0, 1 + fan_in * size).reshape(size, fan_in) / 8
    return Layer(name, Dense(weights, np.zeros(size)), Activation(find("relu")))


NET = Network(
    "net",
    Input(2, mean=np.array(1.0), std=np.array(2.0)),
    (layer("hidden", 2, 3), layer("output", 3, 1)),
)
ROWS = np.arange(10.0).reshape(5, 2)


def batch(some, start, **along):
    return TracedBatch(replace(forward(NET, ROWS[some]), start=start), **along)


def test_a_layer_reads_the_one_before_it_and_the_first_the_input():
    assert NET.reads("hidden") == ("input",)
    assert NET.reads("output") == ("hidden",)
    assert NET.reads("input") == ()


def test_what_a_layer_read_is_what_it_computed_with():
    trace = forward(NET, ROWS, {"hidden.1": 7.0})
    for part in trace.layers:
        (values,) = trace.read_by(part.name)
        np.testing.assert_allclose(part.z, values @ part.layer.weights.T + part.layer.bias)
    assert trace.read_by("hidden")[0] is trace.x  # normalised
    assert (trace.read_by("output")[0][:, 1] == 7.0).all()


@pytest.mark.parametrize("ask", [NET.reads, forward(NET, ROWS).read_by])
def test_a_layer_that_is_not_there_is_told_with_the_nearest(ask):
    with pytest.raises(UsageError, match="hidden"):
        ask("hiden")


@pytest.mark.parametrize("cuts", [[5], [2, 5], [1, 2, 3, 4, 5], [3, 3, 5]])
def test_traces_join_to_that_of_all_rows(cuts):
    whole = forward(NET, ROWS, {"input.0": 3.0}, deterministic=True)
    parts = [whole.rows(slice(a, b)) for a, b in zip([0, *cuts], cuts, strict=False)]
    joined = Trace.concat(parts)
    assert (joined.start, joined.overrides, len(joined)) == (0, whole.overrides, 5)
    pairs = [(joined.input, whole.input), (joined.x, whole.x)]
    for mine, other in zip(joined.layers, whole.layers, strict=True):
        pairs += [(mine.z, other.z), (mine.a, other.a)]
    for mine, other in pairs:
        np.testing.assert_array_equal(mine, other)


def place(index):
    return lambda message: Problem(message, (index,))


def test_what_came_along_stays_with_its_row():
    rows = batch(slice(3), 4, keep=[{"id": 4}, {"id": 5}, {"id": 6}], truths=[0, 1, 0])
    rows = rows._replace(places=[place(4), place(5), place(6)], settings={"hidden.0": 1.0})
    more = batch(slice(3, 5), 7, keep=[{"id": 7}, {"id": 8}], truths=[1, 1])
    more = more._replace(places=[place(7), place(8)], settings={"hidden.0": 1.0})
    joined = TracedBatch.concat([rows, more])
    assert joined is not None
    assert (joined.start, len(joined.trace)) == (4, 5)
    assert joined.keep == [{"id": each} for each in range(4, 9)]
    assert [each("odd").path for each in joined.places] == [(each,) for each in range(4, 9)]
    assert joined.truths == [0, 1, 0, 1, 1]
    assert joined.settings == {"hidden.0": 1.0}
    first = joined.first(4)
    assert (len(first.trace), len(first.keep), len(first.places), first.truths) == (
        4,
        4,
        4,
        [0, 1, 0, 1],
    )


def test_rows_that_are_no_examples_have_no_name():
    joined = TracedBatch.concat([batch(slice(2), 0), batch(slice(2, 3), 2, examples=["a four"])])
    assert joined is not None
    assert joined.examples == ["", "", "a four"]
    assert joined.keep is None


def test_nothing_joins_to_nothing():
    assert TracedBatch.concat([]) is None
