"""Joins, shapes and reductions: taken apart, refused where they do not fit, whose channels are
whose."""

from __future__ import annotations

import numpy as np
import pytest

from tests.ops.nets import all_explained, net, op, refused


def terms_of(made, reads, index):
    terms = made.terms([np.array(each, float) for each in reads], index)
    named = zip(terms.read.tolist(), terms.places.tolist(), strict=True)
    return terms.how, list(zip(named, terms.weights.tolist(), terms.values.tolist(), strict=True))


A, B = [[1.0, 2.0], [3.0, 4.0]], [[5.0, 6.0], [7.0, 8.0]]


@pytest.mark.parametrize(
    ("made", "reads", "index", "how", "terms"),
    [
        (op("add"), [A, B, A], 2, "sum", [((0, 2), 1, 3), ((1, 2), 1, 7), ((2, 2), 1, 3)]),
        (op("subtract"), [A, B], 2, "sum", [((0, 2), 1, 3), ((1, 2), -1, 7)]),
        (op("multiply"), [A, B], 2, "product", [((0, 2), 1, 3), ((1, 2), 1, 7)]),
        (op("concat"), [A, B], 5, "sum", [((1, 1), 1, 6)]),
        (op("concat", axis=-1), [A, B], 5, "sum", [((0, 3), 1, 4)]),
        (op("concat", axis=1), [A, [[9.0], [8.0]]], 5, "sum", [((1, 1), 1, 8)]),
        (op("flatten"), [A], 2, "sum", [((0, 2), 1, 3)]),
        (op("reshape", shape=(-1, 1)), [A], 2, "sum", [((0, 2), 1, 3)]),
        (op("transpose", order=(1, 0)), [A], 2, "sum", [((0, 1), 1, 2)]),
        (op("reduce"), [A], 1, "mean", [((0, 1), 1, 2), ((0, 3), 1, 4)]),
        (op("reduce", how="max", axis=-1), [A], 1, "max", [((0, 2), 1, 3), ((0, 3), 1, 4)]),
        (op("reduce", how="min", axis=1), [A], 0, "min", [((0, 0), 1, 1), ((0, 1), 1, 2)]),
        (
            op("reduce", how="sum", axis=(1, 0)),
            [A],
            0,
            "sum",
            [((0, n), 1, n + 1) for n in range(4)],
        ),
    ],
)
def test_a_number_worked_by_hand(made, reads, index, how, terms):
    assert terms_of(made, reads, index) == (how, terms)


@pytest.mark.parametrize(
    ("make", "reads", "problem"),
    [
        (
            lambda: op("add"),
            [(2, 3), (3, 2)],
            ("reads 2 × 3 and 3 × 2, takes two or more of one shape", ("reads",)),
        ),
        (
            lambda: op("subtract"),
            [(2,), (3,)],
            ("reads 2 and 3, takes two of one shape", ("reads",)),
        ),
        (
            lambda: op("concat", axis=2),
            [(2, 3), (2, 3)],
            ("takes an axis from -2 to 1, not 2", ("axis",)),
        ),
        (
            lambda: op("concat", axis=-3),
            [(2, 3), (2, 3)],
            ("takes an axis from -2 to 1, not -3", ("axis",)),
        ),
        (lambda: op("concat", axis=(0, 1)), [(2, 3), (2, 3)], ("takes one axis", ("axis",))),
        (
            lambda: op("concat", axis=1),
            [(2, 3), (3, 3)],
            (
                "reads 2 × 3 and 3 × 3, takes shapes that differ in axis 1 alone; axis: 0 would "
                "fit",
                ("reads",),
            ),
        ),
        (
            lambda: op("concat"),
            [(2, 3), (2,)],
            ("reads 2 × 3 and 2, takes shapes that differ in axis 0 alone", ("reads",)),
        ),
        (
            lambda: op("reshape", shape=(3, 4)),
            [(2, 5)],
            ("makes 3 × 4 = 12, reads 2 × 5 = 10", ("shape",)),
        ),
        (
            lambda: op("reshape", shape=(3, -1)),
            [(2, 5)],
            ("3 beside the -1 does not divide what it reads: 2 × 5 = 10; 2 or 5 would", ("shape",)),
        ),
        (
            lambda: op("reshape", shape=(-1, -1)),
            [(2, 5)],
            ("takes one -1, this is another", ("shape", 1)),
        ),
        (
            lambda: op("reshape", shape=(0, 5)),
            [(2, 5)],
            ("takes a size from 1, or -1, not 0", ("shape", 0)),
        ),
        (lambda: op("reshape", shape=()), [(2, 5)], ("takes one size or more", ("shape",))),
        (
            lambda: op("transpose", order=(0, 2)),
            [(2, 5)],
            ("takes an axis from -2 to 1, not 2", ("order", 1)),
        ),
        (
            lambda: op("transpose", order=(1, -1)),
            [(2, 5)],
            ("axis -1 is named twice", ("order", 1)),
        ),
        (
            lambda: op("transpose", order=(1, 0)),
            [(2, 5, 6)],
            ("names 2 of 3 axes, takes each of them once", ("order",)),
        ),
        (lambda: op("reduce", axis=1), [(4,)], ("takes an axis from -1 to 0, not 1", ("axis",))),
        (lambda: op("reduce", axis=(0, -2)), [(4, 3)], ("axis -2 is named twice", ("axis", 1))),
        (lambda: op("reduce", axis=()), [(4, 3)], ("takes one axis or more", ("axis",))),
        (
            lambda: op("reduce", how="median"),
            [(4, 3)],
            ("is 'median', takes mean, max, min, sum", ("how",)),
        ),
    ],
)
def test_what_does_not_fit_is_refused_with_what_would(make, reads, problem):
    assert refused(lambda: make().shape(*reads)) == [problem]


@pytest.mark.parametrize(
    ("kind", "keys", "count", "message"),
    [
        ("add", {}, 1, "joined reads 1 layer, add takes 2 or more"),
        ("multiply", {}, 1, "joined reads 1 layer, multiply takes 2 or more"),
        ("concat", {}, 1, "joined reads 1 layer, concat takes 2 or more"),
        ("subtract", {}, 3, "joined reads 3 layers, subtract takes 2"),
        ("flatten", {}, 2, "joined reads 2 layers, flatten takes 1"),
        ("reduce", {}, 2, "joined reads 2 layers, reduce takes 1"),
    ],
)
def test_a_layer_that_reads_too_few_or_too_many_is_refused(kind, keys, count, message):
    made = op(kind, **keys)
    told = refused(lambda: net((4, 2), ("joined", made, *["input"] * count)))
    assert told == [(message, ("layers", 0, "reads"))]


FIRST, LAST, NEURONS = ((2, 3, 4), "first"), ((5, 3), "last"), ((12,), None)


@pytest.mark.parametrize(
    ("made", "reads", "channels"),
    [
        (op("add"), [FIRST, FIRST], "first"),
        (op("add"), [LAST, LAST], "last"),
        (op("add"), [((5, 3), None), LAST], "last"),
        (op("concat"), [FIRST, FIRST], "first"),
        (op("concat", axis=-1), [LAST, LAST], "last"),
        (op("flatten"), [FIRST], None),
        (op("reshape", shape=(2, -1)), [FIRST], "first"),
        (op("reshape", shape=(5, 1, 3)), [LAST], "last"),
        (op("reshape", shape=(3, 2, 2)), [NEURONS], "first"),
        (op("reshape", shape=(-1,)), [FIRST], None),
        (op("transpose", order=(1, 2, 0)), [FIRST], "last"),
        (op("transpose", order=(0, 2, 1)), [FIRST], "first"),
        (op("transpose", order=(1, 0, 2)), [FIRST], None),
        (op("transpose", order=(1, 0)), [LAST], "first"),
        (op("reduce", axis=(1,)), [FIRST], "first"),
        (op("reduce", axis=(1, 2)), [FIRST], None),
        (op("reduce", axis=0), [FIRST], None),
        (op("reduce", axis=0), [LAST], None),
        (op("reduce", axis=1), [((5, 4, 3), "last")], "last"),
        (op("reduce", axis=(0, 1)), [LAST], None),
    ],
)
def test_the_axis_that_counts_channels_follows(made, reads, channels):
    assert made.carried(reads, made.shape(*(shape for shape, _ in reads))) == channels


def test_every_number_of_a_net_of_joins_is_explained():
    network = net(
        (2, 3, 4),
        ("turned", op("transpose", order=(0, 2, 1)), "input"),
        ("shaped", op("reshape", shape=(2, 4, -1)), "input"),
        ("sum", op("add"), "turned", "shaped", "turned"),
        ("less", op("subtract"), "sum", "shaped"),
        ("gated", op("multiply"), "less", "turned", "sum"),
        ("beside", op("concat", axis=-1), "gated", "turned"),
        ("most", op("reduce", how="max", axis=(0, -1))),
        ("flat", op("flatten"), "beside"),
        ("mean", op("reduce")),
    )
    trace = all_explained(network)
    assert [layer.shape for layer in network.layers[-4:]] == [(2, 4, 6), (4,), (48,), (1,)]
    assert trace["mean"].z[:, 0] == pytest.approx(trace["flat"].a.mean(axis=1), rel=1e-14)
    assert refused(lambda: network.layer("sum").op.shape((2,), (3,)))


def test_a_layer_may_be_read_twice():
    trace = all_explained(net((3,), ("square", op("multiply"), "input", "input")))
    np.testing.assert_array_equal(trace["square"].z, trace.input**2)


def test_what_says_its_keys_says_those_that_are_not_as_by_default():
    assert op("reshape", shape=(2, -1)).as_keys() == {"shape": (2, -1)}
    assert op("reduce", axis=(0, 1)).as_keys() == {"axis": (0, 1)}
    assert op("concat").as_keys() == {}
