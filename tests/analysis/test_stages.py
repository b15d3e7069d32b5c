"""What a probe is given: all numbers, the last token's, or a random projection of many."""

from __future__ import annotations

import numpy as np
import pytest
from shaped import PICTURES, TEXTS, TOKENS

from nntrace.analysis.ladder import separation
from nntrace.analysis.stages import PROJECTED, called, left_out, projected, stages
from nntrace.core.forward import forward

TRACES = [forward(TOKENS, text) for text in TEXTS]


def test_of_a_net_of_one_size_all_numbers_are_read():
    trace = forward(PICTURES, np.random.default_rng(0).normal(size=(5, 32)))
    found = [*stages([trace])]
    assert [each.name for each in found] == ["input", "conv", "wide", "mean"]
    assert found[0].values is trace.x
    assert all(each.values is trace[each.name].a for each in found[1:])
    assert not any(each.last for each in found)
    assert called([trace], found[1], 3, 13) == "conv.1.1.1"


def test_of_tokens_the_last_one_is_read():
    found = {each.name: each for each in stages(TRACES)}
    assert [*found] == ["input", "letter", "mix", "turned", "largest"]
    assert left_out(TOKENS) == ("scores",)
    last = np.array(["abc".index(text[-1]) for text in TEXTS])
    assert found["input"].values.tolist() == np.eye(3)[last].tolist()
    for name, size in (("letter", 4), ("mix", 4), ("turned", 4), ("largest", 1)):
        assert (found[name].size, found[name].last) == (size, True)
    mixed = [trace["mix"].a.reshape(-1, 4)[-1].tolist() for trace in TRACES]
    assert found["mix"].values.tolist() == found["turned"].values.tolist() == mixed
    assert called(TRACES, found["mix"], 1, 2) == "mix.4.2"
    assert called(TRACES, found["turned"], 3, 2) == "turned.2.1"
    assert called(TRACES, found["input"], 1, 2) == "input.4"


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_a_projection_keeps_distances(dtype):
    values = np.random.default_rng(1).normal(size=(30, 5000)).astype(dtype)
    found = projected(values, 3)
    assert found.shape == (30, PROJECTED)
    assert np.array_equal(projected(values, 3), found)
    assert not np.array_equal(projected(values, 4), found)
    assert np.array_equal(projected(values[7:9], 3), found[7:9])  # whatever rows are beside it

    def distances(rows):
        return np.linalg.norm(rows[:, np.newaxis] - rows, axis=2)[np.triu_indices(30, 1)]

    ratio = distances(found) / distances(values.astype(np.float64))
    np.testing.assert_allclose(ratio / ratio.mean(), 1, atol=0.15)


def test_a_projection_of_the_largest_numbers_does_not_overflow():
    found = projected(np.full((2, 3000), np.finfo(np.float64).max), 0)
    assert np.isfinite(found).all()


def test_separation_is_that_of_each_number_however_many_there_are():
    random = np.random.default_rng(2)
    classes = np.arange(40) % 4
    values = random.normal(size=(40, 4500)) + classes[:, np.newaxis] * random.normal(size=4500)
    parts = [separation(values[:, at : at + 1500], classes) for at in (0, 1500, 3000)]
    assert separation(values, classes) == pytest.approx(np.mean(parts), rel=1e-12)
