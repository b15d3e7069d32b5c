"""Norms: worked by hand, taken apart, and refused where they do not fit."""

from __future__ import annotations

import numpy as np
import pytest

from nntrace.core.ops import find_kind
from tests.ops.nets import all_explained, net, op, refused


def batch(count=2, **keys):
    given = {"mean": [0.0] * count, "variance": [1.0] * count}
    return op("batch_norm", **{**given, **each(count), **keys})


def each(count):
    return {"scale": [1.0] * count, "shift": [0.0] * count}


def told(terms):
    return [(step.name, step.formula, step.value) for step in terms.steps]


def run(op, x):
    x = np.array(x, float)[None]
    z = np.empty((1, *op.shape(x.shape[1:])))
    op.run([x], z, exact=False)
    return z[0].tolist()


def test_a_batch_norm_worked_by_hand():
    norm = op("batch_norm", mean=[1, 2], variance=[3, 8], scale=[4, 6], shift=[10, -1], epsilon=1.0)
    assert run(norm, [2, 5]) == [12.0, 5.0]  # 1 · 4 / √4 + 10; 3 · 6 / √9 - 1
    assert run(norm, [[2, 1], [5, 2]]) == [[12.0, 10.0], [5.0, -1.0]]
    terms = norm.terms([np.array([[2.0, 1.0], [5.0, 2.0]])], 2)
    assert told(terms) == [
        ("mean", "the mean of channel 1", 2.0),
        ("variance", "the variance of channel 1", 8.0),
        ("scale", "a weight of the layer", 6.0),
        ("shift", "a weight of the layer", -1.0),
        ("weight", "scale / √(variance + 1)", 2.0),
        ("z", "(x − mean) · weight + shift", 5.0),
    ]
    assert (terms.weights.tolist(), terms.values.tolist()) == ([2.0], [5.0])
    assert (terms.places.tolist(), terms.bias, terms.how) == ([2], -5.0, "sum")


def test_a_layer_norm_worked_by_hand():
    norm = op("layer_norm", scale=[1, 2, 1, 3], shift=[0, 0.5, 0, 1], epsilon=4.0)
    tokens = [[1.0, 9.0, 1.0, 9.0], [7.0, 7.0, 7.0, 7.0]]  # mean 5, variance 16; and 7, 0
    root = 20**0.5
    expected = [[-4 / root, 4 / root * 2 + 0.5, -4 / root, 4 / root * 3 + 1], [0.0, 0.5, 0.0, 1.0]]
    assert run(norm, tokens) == expected
    terms = norm.terms([np.array(tokens)], 1)
    assert told(terms) == [
        ("mean", "mean of x over the last axis", 5.0),
        ("variance", "mean of (x − mean)² over the last axis", 16.0),
        ("normalised", "(x − mean) / √(variance + 4)", 4 / root),
        ("scale", "a weight of the layer", 2.0),
        ("shift", "a weight of the layer", 0.5),
        ("z", "normalised · scale + shift", expected[0][1]),
    ]
    assert terms.values.tolist() == [9.0]
    assert terms.weights.tolist() == [2 / root]
    assert terms.bias == 0.5 - 2 / root * 5


def test_an_rms_norm_worked_by_hand():
    norm = op("rms_norm", scale=[2, 10], epsilon=0.5)
    assert run(norm, [[2.0, 3.0], [0.0, 0.0]]) == [[4 / 7**0.5, 3 / 7**0.5 * 10], [0.0, 0.0]]
    terms = norm.terms([np.array([[0.0, 0.0], [2.0, 3.0]])], 2)
    assert told(terms) == [
        ("square", "mean of x² over the last axis", 6.5),
        ("normalised", "x / √(square + 0.5)", 2 / 7**0.5),
        ("scale", "a weight of the layer", 2.0),
        ("z", "normalised · scale", 4 / 7**0.5),
    ]
    assert (terms.weights.tolist(), terms.values.tolist()) == ([2 / 7**0.5], [2.0])
    assert (terms.places.tolist(), terms.bias) == ([2], 0.0)


@pytest.mark.parametrize(
    ("norm", "over"),
    [
        (op("group_norm", groups=2, **each(4)), "channels 2 to 3"),
        (op("group_norm", groups=1, **each(4)), "channels 0 to 3"),
        (op("group_norm", groups=4, **each(4)), "channel 2"),
        (op("instance_norm", **each(4)), "channel 2"),
    ],
)
def test_the_steps_name_the_channels_whose_mean_they_take(norm, over):
    x = np.arange(12.0).reshape(4, 3) ** 2
    mean, variance, *_ = norm.terms([x], 7).steps
    places = over.removeprefix("channels ").removeprefix("channel ").split(" to ")
    taken = x[int(places[0]) : int(places[-1]) + 1]
    assert (mean.formula, variance.formula) == (
        f"mean of x over {over}",
        f"mean of (x − mean)² over {over}",
    )
    assert mean.value == pytest.approx(taken.mean(), rel=1e-15)
    assert variance.value == pytest.approx(taken.var(), rel=1e-15)


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("value", [0.1, -1 / 3, 1e30, 7.0])
@pytest.mark.parametrize("kind", ["layer_norm", "group_norm", "instance_norm"])
def test_numbers_that_are_all_the_same_give_the_shift(kind, value, dtype):
    arrays = {"scale": np.full(3, 5.0, dtype), "shift": np.array([1, -2, 0.5], dtype)}
    norm = find_kind(kind)(**arrays, **({"groups": 3} if kind == "group_norm" else {}))
    x = np.full((2, 3, 3), value, dtype)
    z = np.empty_like(x)
    norm.run([x], z, exact=False)
    shift = arrays["shift"] if kind == "layer_norm" else arrays["shift"][:, None]
    np.testing.assert_array_equal(z, np.broadcast_to(shift, z.shape))


@pytest.mark.parametrize(
    ("make", "shape", "problems"),
    [
        (
            lambda: batch(),
            (3, 5),
            [
                ("has 2 numbers, takes 3, one a channel", (k,))
                for k in ("mean", "variance", "scale", "shift")
            ],
        ),
        (
            lambda: batch(mean=[1.0, 2.0, 3.0]),
            (2,),
            [("has 3 numbers, takes 2, one a channel", ("mean",))],
        ),
        (
            lambda: batch(scale=[[1.0, 2.0]]),
            (2,),
            [("is 1 × 2, takes 2, one a channel", ("scale",))],
        ),
        (
            lambda: batch(variance=[1.0, -2.0]),
            (2,),
            [("takes numbers from 0, not -2", ("variance", 1))],
        ),
        (
            lambda: batch(variance=[1.0, 0.0], epsilon=0.0),
            (2,),
            [("is 0, which takes an epsilon above 0", ("variance", 1))],
        ),
        (lambda: batch(epsilon=-1e-5), (2,), [("takes a number from 0, not -1e-05", ("epsilon",))]),
        (
            lambda: batch(1, dimensions=2),
            (4, 5, 6, 7),
            [("reads 4 × 5 × 6 × 7, takes channels × 2 dimensions", ())],
        ),
        (
            lambda: batch(),
            (2, 1, 1, 1, 1),
            [("reads 2 × 1 × 1 × 1 × 1, takes channels × 1, 2 or 3 dimensions", ())],
        ),
        (
            lambda: op("layer_norm", **each(4)),
            (4, 5),
            [
                ("has 4 numbers, takes 5, one for each place of the last axis", (k,))
                for k in ("scale", "shift")
            ],
        ),
        (
            lambda: op("layer_norm", **each(4), epsilon=float("nan")),
            (4,),
            [("takes a number from 0, not nan", ("epsilon",))],
        ),
        (
            lambda: op("rms_norm", scale=[1.0]),
            (4, 5),
            [("has 1 number, takes 5, one for each place of the last axis", ("scale",))],
        ),
        (
            lambda: op("rms_norm", scale=[1.0, float("inf")]),
            (2,),
            [("takes finite numbers, not inf", ("scale", 1))],
        ),
        (
            lambda: op("group_norm", groups=4, **each(6)),
            (6, 2),
            [
                (
                    "4 does not divide 6 channels (what it reads); 3 or 6 would",
                    ("groups",),
                )
            ],
        ),
        (
            lambda: op("group_norm", groups=0, **each(6)),
            (6, 2),
            [("takes a whole number from 1, not 0", ("groups",))],
        ),
        (
            lambda: op("instance_norm", **each(6)),
            (6,),
            [
                (
                    "reads 6, takes channels × 1, 2 or 3 dimensions; a shape of the input or a "
                    "reshape gives them",
                    (),
                )
            ],
        ),
    ],
)
def test_what_does_not_fit_is_refused_with_what_would(make, shape, problems):
    assert refused(lambda: make().shape(shape)) == problems


def test_every_number_of_a_net_of_norms_is_explained():
    draw = np.random.default_rng(3).standard_normal
    pair = {"scale": draw(4).tolist(), "shift": draw(4).tolist()}
    network = net(
        (4, 3, 2),
        ("batch", batch(4, mean=draw(4).tolist(), variance=[0.0, 0.5, 1, 2], **pair)),
        ("group", op("group_norm", groups=2, **pair)),
        ("instance", op("instance_norm", **pair)),
        ("layer", op("layer_norm", scale=[2.0, -1.0], shift=[0.0, 3.0])),
        ("rms", op("rms_norm", scale=[2.0, -1.0])),
    )
    all_explained(network)
    assert {layer.channels for layer in network.layers} == {"first"}


@pytest.mark.parametrize("kind", ["batch_norm", "layer_norm", "rms_norm", "group_norm"])
def test_a_norm_of_a_plain_layer_normalises_its_neurons(kind):
    keys = {"groups": 2} if kind == "group_norm" else {}
    if kind == "batch_norm":
        keys = {"mean": [1.0] * 4, "variance": [2.0] * 4}
    arrays = {"scale": [2.0] * 4} if kind == "rms_norm" else each(4)
    dense = op("dense", weights=np.eye(4, 3).tolist(), bias=[0.5] * 4)
    trace = all_explained(net((3,), ("hidden", dense), ("norm", op(kind, **arrays, **keys))))
    assert trace["norm"].layer.shape == (4,)


@pytest.mark.parametrize("kind", ["batch_norm", "group_norm", "instance_norm"])
def test_dimensions_make_an_input_one_channel(kind):
    one = {**each(1), "dimensions": 2}
    norm = {
        "batch_norm": lambda: batch(1, dimensions=2),
        "group_norm": lambda: op(kind, groups=1, **one),
        "instance_norm": lambda: op(kind, **one),
    }[kind]()
    assert norm.shape((3, 2)) == (1, 3, 2)
    assert norm.lengths([(3, 2)], {"dimensions": 2}) == {"channels": 1}
    assert norm.lengths([(3, 2)], {"dimensions": 1}) == {"channels": 3}
    all_explained(net((3, 2), ("norm", norm)))
