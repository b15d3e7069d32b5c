"""Statistics that add up: held against the whole data at once, in fractions where it matters."""

from __future__ import annotations

import math
import pickle
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from nntrace.analysis.activity import active, breakpoints, nearest_breakpoint
from nntrace.analysis.classes import Classes
from nntrace.analysis.histogram import BINS, grid, histogram, regrouped
from nntrace.analysis.moments import moments, no_moments
from nntrace.analysis.nonfinite import NotFinite
from nntrace.analysis.statistics import Statistics, no_statistics, statistics
from nntrace.analysis.top_activations import excitation
from nntrace.core.activation import Activation
from nntrace.core.activations import ACTIVATIONS, find
from nntrace.core.forward import LayerTrace, Trace, forward
from nntrace.core.layer import Layer
from nntrace.core.names import Neuron
from nntrace.core.network import Input, Network
from nntrace.core.ops.dense import Dense
from nntrace.errors import UsageError


def layer(name, weights, activation="identity", bias=0.0, dtype="float64", **parameters):
    weights = np.array(weights, dtype)
    bias = np.full(len(weights), bias, dtype)
    return Layer(name, Dense(weights, bias), Activation(find(activation), parameters))


def one_layer(activation, size=1, dtype="float64", **parameters):
    """A net whose z is its input."""
    part = layer("output", np.eye(size), activation, dtype=dtype, **parameters)
    return Network("n", Input(size), (part,), dtype)


NET = Network(
    "net",
    Input(3),
    (
        layer("hidden", [[1, -1, 0.5], [0.25, 1, 2], [-1, -1, -1], [0, 0, 0]], "relu"),
        layer("middle", [[1, 2, -1, 0], [-1, 0.5, 1, 0]], "tanh", 0.25),
        layer("output", [[1, -1], [-1, 1], [0.5, 0.5]], "softmax"),
    ),
)


def rows_of(count, seed=0, dtype="float64"):
    return np.random.default_rng(seed).normal(size=(count, 3)).astype(dtype)


def counts_of(part: Statistics):
    """Everything that must be the same to the last bit."""
    return [
        part.rows,
        part.first_not_finite,
        part.classes.tolist(),
        *(
            each.tolist()
            for one in part.layers
            for each in (
                one.active, one.saturated, one.nearest, one.counts, one.dead,
                *(one.z.rows, one.z.low, one.z.high), *(one.a.rows, one.a.low, one.a.high),
            )
        ),
    ]  # fmt: skip


def assert_same(one: Statistics, other: Statistics) -> None:
    assert counts_of(one) == counts_of(other)
    for mine, others in zip(one.layers, other.layers, strict=True):
        for a, b in ((mine.z, others.z), (mine.a, others.a)):
            np.testing.assert_allclose(a.deviation, b.deviation, rtol=1e-12, atol=0)
            # where numbers cancel, a mean is as exact as they are
            size = np.maximum(np.abs(a.low), np.abs(a.high)).clip(0, 1e308)
            assert (np.isnan(a.mean) == np.isnan(b.mean)).all()
            assert (np.abs(np.nan_to_num(a.mean - b.mean)) <= 1e-12 * size).all()


# ---- against the whole data at once ----


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("count", [1, 2, 1024, 1025, 5000])
def test_it_is_what_numpy_says_of_the_whole(count, dtype):
    net = Network(
        "n",
        Input(3),
        tuple(
            Layer(p.name, Dense(p.weights.astype(dtype), p.bias.astype(dtype)), p.activation)
            for p in NET.layers
        ),
        dtype,
    )
    trace = forward(net, rows_of(count, 1, dtype))
    found = statistics(trace)
    assert found.rows == count
    assert found.first_not_finite is None
    for part, whole in zip(found.layers, trace.layers, strict=True):
        for measured, values in ((part.z, whole.z), (part.a, whole.a)):
            wide = values.astype(np.float64)
            assert measured.rows.tolist() == [count] * values.shape[1]
            assert measured.low.tolist() == wide.min(axis=0).tolist()
            assert measured.high.tolist() == wide.max(axis=0).tolist()
            np.testing.assert_allclose(measured.mean, wide.mean(axis=0), rtol=1e-12, atol=1e-15)
            np.testing.assert_allclose(measured.deviation, wide.std(axis=0), rtol=1e-12, atol=1e-15)
        assert part.counts.sum(axis=1).tolist() == [count] * len(part.active)
    hidden, middle, output = trace.layers
    assert found.layers[0].active.tolist() == (hidden.a > 0).sum(axis=0).tolist()
    assert found.layers[0].nearest.tolist() == np.abs(hidden.z).min(axis=0).tolist()
    assert found.layers[0].dead.tolist() == (hidden.a.max(axis=0) == 0).tolist()
    assert found.layers[1].saturated.tolist() == (np.abs(middle.a) >= 0.98).sum(axis=0).tolist()
    winners = np.bincount(output.a.argmax(axis=1), minlength=3).tolist()
    assert found.layers[2].active.tolist() == winners == found.classes.tolist()
    assert found.undecided == 0


def test_worked_by_hand():
    net = one_layer("relu", 2)
    found = statistics(forward(net, [[-1, -2], [0.5, -2], [3, -0.25], [-0.125, -4]]))
    (part,) = found.layers
    assert part.active.tolist() == [2, 0]
    assert part.dead.tolist() == [False, True]
    assert part.nearest.tolist() == [0.125, 0.25]
    assert part.z.low.tolist() == [-1, -4]
    assert part.a.high.tolist() == [3, 0]
    assert part.a.mean.tolist() == [0.875, 0]
    assert part.a.deviation[0] == pytest.approx(math.sqrt((9.25 - 4 * 0.875**2) / 4), rel=1e-15)
    assert part.a.deviation[1] == 0
    assert found.classes.tolist() == []
    assert found.undecided == 4


def exact(values):
    """Mean and deviation in fractions."""
    numbers = [Fraction(value) for value in values]
    mean = sum(numbers) / len(numbers)
    variance = sum((number - mean) ** 2 for number in numbers) / len(numbers)
    # a square root of many digits, whatever the size
    scale = 1 << 1200
    root = Fraction(math.isqrt(int(variance * scale * scale)), scale)
    return float(mean), float(root)


@settings(max_examples=100)
@given(
    st.lists(st.floats(-1, 1), min_size=1, max_size=40),
    st.sampled_from([0.0, 1.0, -1e6, 1e6, 1e9]),
    st.integers(1, 7),
    st.booleans(),
)
def test_moments_of_any_parts_are_exact_to_1e_12(numbers, offset, size, backwards):
    values = np.array(numbers) + offset
    parts = [moments(values[i : i + size, np.newaxis]) for i in range(0, len(values), size)]
    total = no_moments(1)
    for part in reversed(parts) if backwards else parts:
        total = total.merge(part)
    mean, deviation = exact(values)
    assert total.mean[0] == pytest.approx(mean, rel=1e-12, abs=1e-12 * np.abs(values).max())
    assert total.deviation[0] == pytest.approx(deviation, rel=1e-12, abs=0)


def test_thousands_of_parts_of_one_row_lose_nothing():
    values = 1e6 + np.random.default_rng(3).uniform(-1, 1, (4_000, 1))
    total = no_moments(1)
    for value in values[:, np.newaxis]:
        total = total.merge(moments(value))
    mean, deviation = exact(values[:, 0])
    assert total.mean[0] == pytest.approx(mean, rel=1e-15)
    assert total.deviation[0] == pytest.approx(deviation, rel=1e-13)


@pytest.mark.parametrize("scale", [2.0**1022, 2.0**-1060, 2.0**-500, 1.0])
def test_no_square_over_or_underflows(scale):
    values = np.array([[-0.75], [0.5], [0.25], [1.0]]) * scale
    found = moments(values[:2]).merge(moments(values[2:]))
    assert found.mean[0] == 0.25 * scale
    root = math.sqrt((1**2 + 0.25**2 + 0 + 0.75**2) / 4)
    assert found.deviation[0] / scale == pytest.approx(root, rel=1e-3 if scale < 1e-300 else 1e-15)


def test_the_extremes_of_float64():
    largest = np.finfo(np.float64).max
    found = moments(np.array([[largest], [-largest]]))
    assert found.mean[0] == 0
    assert found.deviation[0] == largest
    found = moments(np.array([[largest]])).merge(moments(np.array([[largest]])))
    assert (found.mean[0], found.deviation[0]) == (largest, 0)


# ---- parts add up ----

PARTS = [(0, 1), (1, 2), (2, 700), (700, 700), (700, 1730), (1730, 2000)]


def test_any_order_and_grouping_gives_the_same():
    trace = forward(NET, rows_of(2000))
    whole = statistics(trace)
    parts = [
        no_statistics(NET).update(forward(NET, trace.input[start:end]), start)
        for start, end in PARTS
    ]
    one, two, three, four, five, six = parts
    assert_same(one.merge(two).merge(three).merge(four).merge(five).merge(six), whole)
    assert_same(one.merge(two.merge(three.merge(four.merge(five.merge(six))))), whole)
    assert_same(six.merge(three).merge(one.merge(five)).merge(four.merge(two)), whole)


FLOATS = st.floats(-1e3, 1e3) | st.sampled_from([0.0, -0.0, 1e6, 1e-300, -1e-9, 6.0, 0.5])
MATRICES = arrays.arrays(
    np.float64, st.tuples(st.integers(0, 30), st.just(3)), elements=FLOATS, fill=st.nothing()
)


def given_as(values):
    """Make the trace of a layer whose z are these numbers."""
    net = one_layer("relu6", 3)
    part = net.layers[0]
    layers = (LayerTrace(part, values, part.activation(values)),)
    return Trace(net, values, values, layers)


@settings(max_examples=100)
@given(MATRICES, MATRICES, MATRICES, st.sampled_from([0.0, 1e6, -1e6]))
def test_merging_is_associative_and_commutative(one, two, three, offset):
    a, b, c = (statistics(given_as(values + offset)) for values in (one, two, three))
    whole = statistics(given_as(np.concatenate([one, two, three]) + offset))
    assert_same(a.merge(b).merge(c), whole)
    assert_same(a.merge(b.merge(c)), whole)
    assert_same(c.merge(b).merge(a), whole)
    assert_same(b.merge(c).merge(a), whole)


def test_merging_with_nothing_changes_no_bit():
    part = statistics(forward(NET, rows_of(50) + 1e6))
    for same in (part.merge(no_statistics(NET)), no_statistics(NET).merge(part)):
        for mine, others in zip(same.layers, part.layers, strict=True):
            assert mine.a.centre.tolist() == others.a.centre.tolist()
            assert mine.a.spread.tolist() == others.a.spread.tolist()


def test_no_rows():
    nothing = statistics(forward(NET, np.zeros((0, 3))))
    assert nothing.rows == nothing.undecided == 0
    for part in nothing.layers:
        assert not part.dead.any()
        assert not part.mostly_saturated.any()
        assert np.isnan(part.a.mean).all()
        assert np.isnan(part.z.deviation).all()
        assert (part.nearest == np.inf).all()
    assert_same(nothing.merge(nothing), nothing)


def test_update_makes_a_new_value():
    start = no_statistics(NET)
    first = start.update(forward(NET, rows_of(5)))
    assert (start.rows, first.rows) == (0, 5)
    assert start.layers[0].z.rows.tolist() == [0] * 4
    assert not start.layers[0].counts.any()


def test_it_is_small_and_can_be_pickled():
    part = statistics(forward(NET, rows_of(2000)))
    data = pickle.dumps(part)
    assert len(data) < 16_000
    assert_same(pickle.loads(data), part)
    longer = part.update(forward(NET, rows_of(20_000, 4)))
    assert abs(len(pickle.dumps(longer)) - len(data)) < 200


def test_parts_that_are_counted_from_0_can_follow_one_another():
    rows = np.ones((30, 2))
    rows[17] = rows[25] = [1e30, 1]
    whole = statistics(forward(OVERFLOWING, rows))
    assert whole.first_not_finite is not None
    assert whole.first_not_finite.row == 17
    a, b, c = (statistics(forward(OVERFLOWING, part)) for part in np.split(rows, [12, 20]))
    assert b.first_not_finite is not None
    assert b.first_not_finite.row == 5
    for total in (a.then(b).then(c), a.then(b.then(c))):
        assert total.first_not_finite == whole.first_not_finite
        assert_same(total, whole)


def test_statistics_of_different_nets_do_not_add_up():
    with pytest.raises(UsageError, match="statistics of different nets"):
        no_statistics(NET).merge(no_statistics(one_layer("relu")))


# ---- histograms ----


@settings(max_examples=100)
@given(
    st.lists(
        st.floats(allow_nan=False, allow_infinity=False) | st.floats(-1, 1) | st.floats(1e6, 2e6),
        min_size=1,
        max_size=20,
    ),
    st.integers(0, 20),
)
def test_bins_hold_what_lies_in_them(numbers, cut):
    values = np.array(numbers)[:, np.newaxis] + 0.0
    low, high = values.min(axis=0), values.max(axis=0)
    bins = grid(low, high)
    counts = histogram(values, low, high)
    width = Fraction(2) ** int(bins.exponent[0])
    expected = [0] * BINS
    for value in values[:, 0].tolist():
        expected[math.floor(Fraction(value) / width) - int(bins.first[0])] += 1
    assert counts[0].tolist() == expected
    if low[0] < high[0]:  # as fine as can be: next finer bins would not do, or float64 ends
        used = np.flatnonzero(counts[0])[-1] + 1
        finest = math.frexp(np.abs(values).max())[1] - 52
        assert used > BINS // 4 or bins.exponent[0] <= max(-1000, finest)
    parts = [values[:cut], values[cut:]]
    total = np.zeros((1, BINS), np.int64)
    for part in parts:
        if len(part):
            ends = part.min(axis=0), part.max(axis=0)
            total += regrouped(histogram(part, *ends), grid(*ends), bins)
    assert total.tolist() == counts.tolist()


def test_large_numbers_close_together_are_told_apart():
    values = 1e6 + np.linspace(-1, 1, 65)[:, np.newaxis]
    found = moments(values)
    assert np.count_nonzero(histogram(values, found.low, found.high)) > 30


# ---- numbers that are not finite ----

OVERFLOWING = Network(
    "net",
    Input(2),
    (
        layer("hidden", [[1e30, 0], [0, 1]], "relu", dtype="float32"),
        layer("output", [[1, 1], [1, 0]], "softmax", dtype="float32"),
    ),
    "float32",
)


def test_numbers_that_are_not_finite_are_told_and_left_out():
    rows = [[1, 1], [1e30, 2], [1, 3], [-1e30, 4]]
    found = statistics(forward(OVERFLOWING, rows), 100)
    hidden, output = found.layers
    assert found.first_not_finite == NotFinite(101, Neuron("hidden", 0), "z", math.inf)
    assert hidden.z.rows.tolist() == [2, 4]
    assert hidden.a.rows.tolist() == [3, 4]  # relu(−∞) is 0
    assert hidden.z.mean.tolist() == [np.float32(1e30), 2.5]
    assert hidden.z.deviation.tolist() == [0, pytest.approx(math.sqrt(1.25))]
    assert hidden.active.tolist() == [3, 4]  # infinite is over 0, too
    assert hidden.counts.sum(axis=1).tolist() == [3, 4]
    assert output.a.rows.tolist() == [3, 3]
    assert found.classes.tolist() == [3, 0]  # beside 1e30, 1 is nothing: the first of equals
    assert found.undecided == 1


def test_the_first_one_is_kept_whatever_the_order():
    early = statistics(forward(OVERFLOWING, [[1, 1], [1e30, 1]]), 10)
    late = statistics(forward(OVERFLOWING, [[-1e30, 1]]), 20)
    fine = statistics(forward(OVERFLOWING, [[1, 1]]), 0)
    for total in (early.merge(late), late.merge(early), fine.merge(late).merge(early)):
        assert total.first_not_finite == NotFinite(11, Neuron("hidden", 0), "z", math.inf)

    # in one row the earlier layer, and there z before a
    def there(layer_name, quantity):
        where = NotFinite(5, Neuron(layer_name, 1), quantity, math.nan)
        return fine._replace(first_not_finite=where)

    for a, b in ((there("output", "z"), there("hidden", "a")),) * 2:
        assert a.merge(b).first_not_finite.neuron.layer == "hidden"
        assert b.merge(a).first_not_finite.neuron.layer == "hidden"
    z = there("hidden", "z").merge(there("hidden", "a")).first_not_finite
    assert z.quantity == "z"


def test_nothing_but_nan():
    nothing = np.full((3, 3), math.nan)
    found = statistics(given_as(nothing))
    (part,) = found.layers
    assert part.z.rows.tolist() == [0, 0, 0]
    assert not part.dead.any()
    assert not part.active.any()
    assert np.isnan(part.z.mean).all()
    assert (part.nearest == np.inf).all()
    whole = statistics(given_as(np.ones((2, 3)))).merge(found)
    assert whole.layers[0].z.mean.tolist() == [1, 1, 1]


# ---- what activations are like ----


def slope(activation, z, side):
    """Return the slopes just beside each z, on one side, of an activation of one z."""
    step = 1e-6 * side
    return (activation(z + 2 * step) - activation(z + step)) / step


WITHOUT = {"softmax", "log_softmax", "hardmax"}
PARAMETERS = [{}, {"alpha": 0.5}, {"alpha": 2.0}, {"alpha": 1.0}, {"min": -2.0, "max": 0.25}]
CASES = [
    (name, given_parameters)
    for name, kind in ACTIVATIONS.items()
    for given_parameters in PARAMETERS
    if name not in WITHOUT
    and {p.name for p in kind.parameters if p.required}
    <= set(given_parameters)
    <= {p.name for p in kind.parameters}
]


@pytest.mark.parametrize(("name", "parameters"), CASES)
def test_kinks_are_just_where_slope_or_value_jumps(name, parameters):
    part = layer("output", [[1]], name, **parameters)
    found = sorted(float(kink) for kink in breakpoints(part))
    # between multiples of 1/64 and beside the kinks themselves
    z = np.array(sorted({*np.arange(-8, 8.01, 1 / 64).tolist(), *found}))
    own = part.activation
    bends = np.abs(slope(own, z, 1) - slope(own, z, -1)) > 1e-3
    jumps = np.abs(own(z + 1e-9) - own(z - 1e-9)) > 1e-3
    assert z[bends | jumps].tolist() == found


def test_the_distance_to_the_nearest_breakpoint():
    net = one_layer("relu6", 2)
    trace = forward(net, [[5.5, 20], [1, 3], [-2, 4]])
    assert nearest_breakpoint(trace.layers[0]).tolist() == [0.5, 2]
    smooth = forward(one_layer("tanh"), [[0.0]])
    assert nearest_breakpoint(smooth.layers[0]).tolist() == [math.inf]
    single = forward(one_layer("thresholded_relu", dtype="float32", alpha=0.1), [[0.3]])
    expected = float(np.float32(0.3)) - 0.1
    assert nearest_breakpoint(single.layers[0])[0] == pytest.approx(expected, rel=1e-12)


SATURATED = [
    # activation, parameters, z, whether it is saturated
    ("sigmoid", {}, [-4.7, -4.5, 0, 4.5, 4.7], [1, 0, 0, 0, 1]),  # ln 99 = 4.595
    ("tanh", {}, [-2.4, -2.2, 0, 2.2, 2.4], [1, 0, 0, 0, 1]),  # ½ ln 99 = 2.298
    ("softsign", {}, [-50, -48, 48, 50], [1, 0, 0, 1]),
    ("hard_tanh", {}, [-1, -0.99, 0.99, 1, 7], [1, 0, 0, 1, 1]),
    ("hard_tanh", {"min": -2.0, "max": 0.1}, [-2, -1, 0.0, 0.1], [1, 0, 0, 1]),
    ("hard_sigmoid", {}, [-3, -2.9, 2.9, 3], [1, 0, 0, 1]),
    ("relu6", {}, [-1, 0, 5.9, 6, 7], [0, 0, 0, 1, 1]),
    ("elu", {}, [-4.7, -4.5, 9], [1, 0, 0]),  # ln 100 = 4.605
    ("elu", {"alpha": -1.0}, [-9], [0]),
    ("selu", {}, [-4.7, -4.5, 9], [1, 0, 0]),
    ("celu", {"alpha": 2.0}, [-9.3, -9.1], [1, 0]),
    ("relu", {}, [-1e9, 1e9], [0, 0]),
    ("identity", {}, [1e9], [0]),
    ("hard_sigmoid", {"alpha": 0.0, "beta": 1.0}, [0.0], [0]),
]  # fmt: skip


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize(("name", "parameters", "z", "expected"), SATURATED)
def test_what_is_saturated(name, parameters, z, expected, dtype):
    net = one_layer(name, dtype=dtype, **parameters)
    for value, wanted in zip(z, expected, strict=True):
        found = statistics(forward(net, [[value]]))
        assert found.layers[0].saturated.tolist() == [wanted], value


def test_a_neuron_whose_slope_is_the_same_everywhere_has_no_kink():
    net = one_layer("prelu", 3, alpha=np.array([1.0, 0.25, 0.0]))
    trace = forward(net, [[0.5, -0.5, 3], [1, -1, 2]])
    assert nearest_breakpoint(trace.layers[0]).tolist() == [math.inf, 0.5, 2]


def test_mostly_saturated_is_95_percent():
    net = one_layer("sigmoid")
    for far, wanted in ((18, False), (19, True)):
        values = [[9.0]] * far + [[0.0]] * (20 - far)
        assert statistics(forward(net, values)).layers[0].mostly_saturated.tolist() == [wanted]


RULES = [
    ("relu", {}, [-1, 0, 0.5], 1, "a > 0"),
    ("leaky_relu", {"alpha": -0.5}, [-1, 0, 0.5], 1, "z > 0"),
    ("prelu", {"alpha": 0.25}, [-1, 0, 0.5], 1, "z > 0"),
    ("sigmoid", {}, [-1, 0, 0.5], 1, "a > 0.5"),
    ("tanh", {}, [-1, 0, 0.5], 1, "a > 0"),
    ("thresholded_relu", {}, [0.5, 1, 2], 1, "z > alpha"),
    ("thresholded_relu", {"alpha": -2}, [-3, -2, -1, 0, 1], 3, "z > alpha"),
]


@pytest.mark.parametrize(("name", "parameters", "z", "active", "said"), RULES)
def test_what_is_active(name, parameters, z, active, said):
    net = one_layer(name, **parameters)
    found = statistics(forward(net, np.array(z)[:, np.newaxis]))
    assert found.layers[0].active.tolist() == [active]
    assert str(net.layers[0].activation.kind.active) == said


@pytest.mark.parametrize(
    ("name", "dead"),
    [
        ("relu", True),
        ("leaky_relu", False),  # it passes a little on
        ("step", True),
        ("hard_sigmoid", True),  # always 0
        ("hard_swish", True),
        ("tanh", False),
        ("sigmoid", False),
        ("identity", False),
    ],
)
def test_dead(name, dead):
    found = statistics(forward(one_layer(name), [[-3.5], [-5]]))
    assert found.layers[0].dead.tolist() == [dead]


ZS = st.sampled_from([-1e300, -40.0, -3.0, -1.0, -0.0, 0.0, 1e-320, 0.5, 6.0, 1e300])


@pytest.mark.parametrize("name", ACTIVATIONS)
@given(z=st.lists(st.lists(ZS, min_size=2, max_size=2), min_size=1, max_size=5), alpha=ZS)
@settings(max_examples=25)
def test_a_dead_neuron_is_never_active_and_always_0(name, z, alpha):
    known = [parameter.name for parameter in ACTIVATIONS[name].parameters]
    trace = forward(one_layer(name, 2, **{"alpha": alpha or 1.0} if known == ["alpha"] else {}), z)
    dead = statistics(trace).layers[0].dead.tolist()
    on, a = active(trace.layers[0]), trace.layers[0].a
    for index in (0, 1):
        finite = a[np.isfinite(a[:, index]), index]
        expected = bool(finite.size) and not finite.any() and not on[:, index].any()
        assert dead[index] == expected, a
        if np.isfinite(a).all():
            one_class = Classes(("a",), np.zeros(len(z), np.int64))
            assert excitation(trace, f"output.{index}", one_class).dead == expected


def test_the_first_of_equal_ones_is_the_largest():
    found = statistics(forward(one_layer("softmax", 3), [[1, 1, 0], [0, 2, 2]]))
    assert found.layers[0].active.tolist() == [1, 1, 0]


@pytest.mark.parametrize("dtype", ["int64", "int32", "uint8", "bool"])
def test_whole_numbers_have_moments(dtype):
    values = np.array([[0, 1], [1, 1], [1, 0]], dtype)
    found, expected = moments(values), moments(values.astype(np.float64))
    for one, other in zip(found, expected, strict=True):
        np.testing.assert_array_equal(one, other)
