"""Statistics by channel and by feature, held against NumPy on the numbers of all rows."""

from __future__ import annotations

import numpy as np
import pytest
from shaped import PICTURES, TEXT, TEXTS, TOKENS, layer

from nntrace.analysis.statistics import no_statistics, statistics
from nntrace.core.forward import forward
from nntrace.core.network import Input, Network
from nntrace.core.ops import find as kind
from nntrace.core.units import Units, units
from nntrace.errors import UsageError

RANDOM = np.random.default_rng(8)


@pytest.mark.parametrize(
    ("network", "name", "expected"),
    [
        (PICTURES, "conv", Units("channel", 3, 9)),
        (PICTURES, "wide", Units("channel", 3, 1)),
        (PICTURES, "mean", Units("neuron", 3, 1)),
        (TOKENS, "letter", Units("feature", 4, 5)),
        (TOKENS, "scores", Units("channel", 2, 25)),
        (TOKENS.at(2), "scores", Units("channel", 2, 4)),
        (TOKENS, "largest", Units("layer", 1, 5)),
    ],
)
def test_what_is_told_together(network, name, expected):
    assert units(network, name) == expected


def test_an_unknown_layer():
    with pytest.raises(UsageError, match="unknown layer 'non'"):
        units(PICTURES, "non")


@pytest.mark.parametrize(
    ("of", "unit", "axes", "label", "position"),
    [
        (Units("channel", 3, 9), 2, 3, None, "2.*.*"),
        (Units("feature", 4, 5), 2, 2, None, "*.2"),
        (Units("feature", 4, 10), 2, 3, "cat", "*.*.cat"),
        (Units("layer", 1, 5), 0, 1, None, "*"),
    ],
)
def test_the_position_of_a_unit(of, unit, axes, label, position):
    assert of.position(unit, axes, label) == position


def assert_numpy_says(part, z, a):
    """`z` and `a` are lists of the numbers of each unit."""
    for measured, numbers in ((part.z, z), (part.a, a)):
        assert measured.rows.tolist() == [len(each) for each in numbers]
        np.testing.assert_allclose(measured.mean, [each.mean() for each in numbers], rtol=1e-12)
        np.testing.assert_allclose(measured.deviation, [each.std() for each in numbers], atol=1e-14)
        assert measured.low.tolist() == [each.min() for each in numbers]
        assert measured.high.tolist() == [each.max() for each in numbers]
    assert part.counts.sum(axis=1).tolist() == [len(each) for each in a]


def test_channels_are_told_over_all_of_their_places():
    trace = forward(PICTURES, RANDOM.normal(size=(1500, 32)))
    conv, wide, mean = statistics(trace).layers
    shaped = {p.name: (p.z.reshape(-1, 3, p.layer.size // 3), p.a) for p in trace.layers}
    z = shaped["conv"][0]
    a = shaped["conv"][1].reshape(z.shape)
    by_channel = [[each[:, k].ravel() for k in range(3)] for each in (z, a)]
    assert_numpy_says(conv, *by_channel)
    assert conv.active.tolist() == [(each > 0).sum() for each in by_channel[0]]
    assert conv.nearest.tolist() == [np.abs(each).min() for each in by_channel[0]]
    assert conv.measured.tolist() == [1500 * 9] * 3
    assert wide.active.tolist() == [1500] * 3  # each is the only one along the last axis
    assert mean.measured.tolist() == [1500] * 3


def pooled(name, quantity, shown=lambda z: np.ones(z.shape, bool)):
    """The numbers of each unit of a layer, over texts of any length."""
    found = []
    for text in TEXTS:
        part = forward(TOKENS, text)[name]
        values = getattr(part, quantity).reshape(part.layer.shape)
        z = part.z.reshape(part.layer.shape)
        if part.layer.channels == "last":
            found.append([values[..., k][shown(z)[..., k]] for k in range(values.shape[-1])])
        else:
            found.append([values[k][shown(z)[k]] for k in range(len(values))])
    return [np.concatenate(each) for each in zip(*found, strict=True)]


def test_texts_of_any_length_add_up_and_masked_scores_are_left_out():
    total = no_statistics(TOKENS)
    for text in TEXTS:
        total = total.update(forward(TOKENS, text))
    assert (total.rows, total.first_not_finite) == (5, None)
    by_name = {part.name: part for part in total.layers}
    tokens = sum(map(len, TEXTS))
    for name in ("letter", "mix"):
        assert_numpy_says(by_name[name], pooled(name, "z"), pooled(name, "a"))
        assert by_name[name].measured.tolist() == [tokens] * 4
    scores = by_name["scores"]
    assert_numpy_says(scores, *(pooled("scores", each, np.isfinite) for each in "za"))
    assert scores.masked.tolist() == [sum(len(t) * (len(t) - 1) // 2 for t in TEXTS)] * 2
    assert scores.not_finite == 0
    assert scores.active.tolist() == [tokens] * 2  # one token is the largest share of each
    (largest,) = [by_name["largest"]]
    assert largest.measured.tolist() == [tokens]
    assert largest.a.high[0] == max(by_name["mix"].a.high)


def test_where_a_text_first_is_not_finite_is_called_by_its_own_length():
    huge = np.full((3, 4), 1e200)
    layers = (
        layer("letter", kind("embedding")(huge)),
        layer("product", kind("multiply")(), reads=["letter", "letter"]),
        layer("turned", kind("transpose")((1, 0))),
    )
    network = Network("n", Input.of_text(TEXT), layers)
    found = no_statistics(network).update(forward(network, "ab")).first_not_finite
    assert found.called(network) == "product.0.0"
    forward_of = forward(network, "ab")
    turned = found._replace(neuron=found.neuron._replace(layer="turned", index=3))
    assert turned.called(network) == "turned.1.1"
    assert turned.called(forward_of.network) == "turned.1.1"
