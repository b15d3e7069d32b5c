"""Where two sides part: how numbers agree, what belongs together, and in which order it is told."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from planted import MADE, Planted, recorded, renamed, rows_of, trace_of

import nntrace
from nntrace.analysis.diff.compare import Tally, Tolerances
from nntrace.analysis.diff.difference import differ
from nntrace.analysis.diff.matching import by_name, matched
from nntrace.analysis.diff.sides import NetSide, RecordedSide, Rows, rows_recorded
from nntrace.analysis.diff.types import in_type
from nntrace.core.forward import forward
from nntrace.core.recorded import Place, Recorded, RecordedArray
from nntrace.core.walk import walk
from nntrace.core.watched import Change

NUMBERS = st.floats(allow_nan=True, allow_infinity=True, width=32)
PAIRS = st.integers(1, 4).flatmap(
    lambda rows: st.tuples(*[arrays(np.float64, (rows, 3), elements=NUMBERS)] * 2)
)


def tallied(a, b, atol=1e-5, rtol=1e-3):
    tally = Tally(Tolerances(atol, rtol))
    tally.add(a, b, range(len(a)))
    return tally


@given(PAIRS)
def test_numbers_agree_as_numpy_has_it(pair):
    a, b = pair
    tally = tallied(a, b)
    with np.errstate(all="ignore"):
        close = np.isclose(a, b, 1e-3, 1e-5, equal_nan=True)
        off = np.abs(a - b)
    assert tally.agree == close.all()
    if not tally.agree:
        spot = tally.worst
        assert not close[spot.row, spot.index]
        assert np.array_equal([spot.a, spot.b], [a[spot.row, spot.index], b[spot.row, spot.index]],
                              equal_nan=True)  # fmt: skip
        finite = off[~close & np.isfinite(off)]
        assert spot.apart >= (finite.max() if finite.size else 0)
    elif np.isfinite(off).all():
        assert tally.max_abs == off.max()


@given(PAIRS)
def test_rows_may_come_in_any_batches(pair):
    a, b = pair
    whole, parts = tallied(a, b), Tally(Tolerances())
    for row in range(len(a)):
        parts.add(a[row : row + 1], b[row : row + 1], [row])
    assert (whole.agree, whole.max_abs, whole.max_rel) == (
        parts.agree, parts.max_abs, parts.max_rel,
    )  # fmt: skip
    assert whole.worst.apart == parts.worst.apart


@pytest.mark.parametrize(
    ("a", "b", "max_rel"),
    [
        ([[1.0, 2.0]], [[1.0, 1.0]], 1.0),
        ([[1.0, 2.0]], [[0.0, 0.0]], None),
        ([[0.0, 0.0]], [[0.0, 0.0]], None),
        ([[1.0, 3.0]], [[0.0, 2.0]], 0.5),
        ([[np.inf, 1.0]], [[np.inf, 1.0]], 0.0),
        ([[np.nan, 1.0]], [[np.nan, 2.0]], 0.5),
        ([[np.inf, 1.0]], [[1.0, 1.0]], np.inf),
    ],
)
def test_the_relative_difference_is_of_b_and_none_where_that_is_0(a, b, max_rel):
    assert tallied(np.array(a), np.array(b)).max_rel == max_rel


def test_the_cosine_is_of_all_rows_and_of_what_is_finite():
    a, b = np.array([[1.0, 0.0], [0.0, np.inf]]), np.array([[1.0, 1.0], [0.0, np.inf]])
    assert tallied(a, b).cosine == pytest.approx(0.5**0.5)
    assert tallied(a, np.zeros_like(a)).cosine is None


@pytest.mark.parametrize(
    ("types", "expected"),
    [
        (("float64", "float64"), (1e-9, 1e-6)),
        (("float64", "float32"), (1e-5, 1e-3)),
        (("float32", "float32"), (1e-5, 1e-3)),
        (("float32", "float16"), (1e-5, 1e-3)),
    ],
)
def test_tolerances_follow_from_the_types(types, expected):
    assert Tolerances.of(*types) == expected
    assert Tolerances.of(*types, 0.5) == (0.5, expected[1])


# ---- the walk ----


@pytest.mark.parametrize("seed", range(8))
def test_a_walk_gives_what_a_pass_gives_and_lets_go_of_it(seed):
    rng = np.random.default_rng(seed)
    net = MADE[seed % len(MADE)](rng)
    rows = rows_of(rng, net)
    trace = forward(net, rows)
    for step in walk(net, rows):
        part = trace[step.layer.name]
        np.testing.assert_array_equal(step.z.reshape(len(rows), -1), part.z)
        np.testing.assert_array_equal(step.a.reshape(len(rows), -1), part.a)
        for read, values in zip(step.reads, trace.read_by(step.layer.name), strict=True):
            np.testing.assert_array_equal(read.reshape(len(rows), -1), values)


def test_no_more_is_held_than_layers_to_come_read():
    import weakref

    net = nntrace.load("digits")
    rows = np.zeros((2, 64), np.float32)
    seen = []
    for step in walk(net, rows):
        alive = [name for name, held in seen if held() is not None]
        assert alive == [name for name, _ in seen[-1:]]
        seen.append((step.layer.name, weakref.ref(step.a)))
        del step


def test_a_change_is_seen_by_all_that_follows_and_by_nothing_before():
    net = nntrace.load("cat-or-dog")
    rows = np.array([[0.9, 0.8, 0.1]])
    changed = {"hidden2": Change(z=lambda reads, z: z + 1)}
    plain = {step.layer.name: step for step in walk(net, rows)}
    other = {step.layer.name: step for step in walk(net, rows, changed)}
    np.testing.assert_array_equal(other["hidden1"].a, plain["hidden1"].a)
    np.testing.assert_array_equal(other["hidden2"].z, plain["hidden2"].z + 1)
    np.testing.assert_array_equal(other["hidden2"].a, np.maximum(plain["hidden2"].z + 1, 0))
    held = forward(net, rows, {f"hidden2.{n}": v for n, v in enumerate(other["hidden2"].a[0])})
    np.testing.assert_allclose(other["output"].a, held.output)


# ---- what belongs together ----


@pytest.mark.parametrize("seed", range(8))
def test_layers_of_other_names_are_found_by_their_values(seed):
    rng = np.random.default_rng(seed)
    net = MADE[seed % len(MADE)](rng)
    rows = rows_of(rng, net)
    found = differ(
        NetSide(net), NetSide(renamed(net)), [Rows(range(len(rows)), rows)], Tolerances()
    )
    assert found.agree
    assert not found.alone_a
    assert not found.alone_b
    for each in found.compared:
        at = net.places[each.pair.a.layer]
        assert each.pair.b == Place(f"node_{at}", each.pair.a.quantity)


def test_what_parts_by_other_names_is_paired_in_order():
    net = nntrace.load("iris")
    other = renamed(net)
    layers = list(other.layers)
    op = layers[0].op
    layers[0] = replace(layers[0], op=replace(op, weights=np.array(op.weights[::-1])))
    other = replace(other, layers=tuple(layers))
    rows = Rows(range(3), np.eye(4)[:3] + 1)
    a, b = NetSide(net), NetSide(other)
    pairs = matched(a, b, by_name(a, b), rows, Tolerances())
    assert [pair.a.layer for pair in pairs] == [n.name for n in net.layers for _ in "za"]
    assert [pair.b.layer for pair in pairs] == [n.name for n in other.layers for _ in "za"]
    assert {pair.matched for pair in pairs} == {"order"}


def test_an_output_without_a_partner_is_a_disagreement():
    net = nntrace.load("cat-or-dog")
    rows = np.array([[0.9, 0.8, 0.1]])
    trace = trace_of(Planted(net, "", ()), rows)
    without = {place: values for place, values in trace.items() if place.layer != "output"}
    found = differ(NetSide(net), recorded(without, rows), [Rows([0], rows)], Tolerances())
    assert (found.first, found.agree) == (None, False)
    assert found.lost_output == Place("output", "a")
    inner = {place: values for place, values in trace.items() if place.layer != "hidden1"}
    found = differ(NetSide(net), recorded(inner, rows), [Rows([0], rows)], Tolerances())
    assert found.agree
    assert found.alone_a == [Place("hidden1", "z"), Place("hidden1", "a")]


def test_flips_are_told_with_their_rows():
    net = nntrace.load("cat-or-dog")
    [*layers, last] = net.layers
    op = replace(last.op, weights=np.array(last.weights[::-1]), bias=np.array(last.bias[::-1]))
    other = replace(net, layers=(*layers, replace(last, op=op)), examples=())
    rows = np.array([example.input for example in net.examples])
    found = differ(NetSide(net), NetSide(other), [Rows(range(3), rows)], Tolerances())
    assert found.predictions.rows == 3
    assert [(flip.row, flip.a.label, flip.b.label) for flip in found.predictions.flips] == [
        (0, "cat", "dog"), (1, "dog", "cat"), (2, "cat", "dog"),
    ]  # fmt: skip


# ---- other types ----


def test_the_first_number_that_overflows_in_float16_is_named():
    net = nntrace.load("cat-or-dog")
    rows = np.array([[0.9, 0.8, 0.1], [60000.0, 60000.0, 0.0]])
    b = in_type(net, "float16")
    found = differ(NetSide(net), b, [Rows(range(2), rows)], Tolerances())
    first = found.infinite
    assert first.pair.a == Place("hidden1", "z")
    exact = forward(net, rows)["hidden1"].z
    spot = first.tally.infinite
    beyond = np.argwhere(np.abs(exact) > np.finfo(np.float16).max).tolist()
    assert [spot.row, spot.index] == beyond[0]
    assert spot.a == exact[spot.row, spot.index]


def test_a_weight_that_overflows_in_float16_is_infinite_there():
    net = nntrace.load("xor")
    first, *rest = net.layers
    weights = np.array(first.weights)
    weights[0, 0] = 1e5
    op = replace(first.op, weights=weights)
    other = replace(net, layers=(replace(first, op=op), *rest), examples=())
    side = in_type(other, "float16")
    rows = Rows([0], np.array([[1.0, 1.0]]))
    values = dict(side.values(rows, list(side.places)))
    assert values[Place(first.name, "z")][0, 0] == np.inf


@pytest.mark.parametrize("name", ["iris", "digits", "digits-conv"])
def test_float16_gives_numbers_of_float16(name):
    net = nntrace.load(name)
    rows = np.array([example.input for example in net.examples])
    side = in_type(net, "float16")
    for _, values in side.values(Rows(range(len(rows)), rows), list(side.places)):
        np.testing.assert_array_equal(values, values.astype(np.float16).astype(values.dtype))


# ---- recorded traces ----


@pytest.mark.parametrize(
    ("shapes", "rows"),
    [
        ({"hidden1": (5, 4), "output": (5, 2)}, 5),
        ({"hidden1": (4,), "output": (2,)}, 1),
        ({"hidden1": (1, 4), "output": (1, 2)}, 1),
        ({"elsewhere": (3, 7), "other": (3, 2, 2)}, 3),
        ({"elsewhere": (3, 7), "other": (4, 7)}, 1),
    ],
)
def test_how_many_rows_a_trace_was_recorded_of(shapes, rows):
    arrays = {
        Place(name, "a"): RecordedArray(shape, "float64", lambda: None)
        for name, shape in shapes.items()
    }
    assert rows_recorded(Recorded("t", arrays), nntrace.load("cat-or-dog")) == rows


def test_what_is_vague_of_a_trace_agrees_with_whatever_is_not_finite():
    array = RecordedArray((1, 3), "float64", lambda: np.array([[np.nan, np.nan, 1.0]]))
    vague = RecordedSide(Recorded("t", {Place("h", "a"): array}, vague=True), 1)
    sure = RecordedSide(
        Recorded(
            "s",
            {Place("h", "a"): array._replace(load=lambda: np.array([[np.inf, -np.inf, 1.0]]))},
        ),
        1,
    )
    assert differ(vague, sure, [Rows([0], None)], Tolerances()).agree
    assert differ(sure, vague, [Rows([0], None)], Tolerances()).agree
