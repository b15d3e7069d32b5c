"""The ladder: its probe, its numbers and its splits, against hand-worked ones and scikit-learn."""

from __future__ import annotations

import csv
import warnings
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import nntrace
from nntrace.core.activations import Activation, find
from nntrace.core.classes import Classes, classes_of
from nntrace.core.excitation import excitation, neurons_named
from nntrace.core.forward import LayerTrace, Trace, forward
from nntrace.core.ladder import (
    PENALTIES,
    SURE,
    ladder,
    probe,
    separation,
    split,
    wilson,
)
from nntrace.core.network import Input, Layer, Network
from nntrace.core.neurons import Neuron
from nntrace.errors import InputError, UsageError

CONFIGS = Path(nntrace.__file__).parent.parent / "configs"


def layer(name, weights, bias=None, activation="identity", labels=None, dtype="float64"):
    held = np.array(weights, dtype)
    bias = np.zeros(len(held)) if bias is None else bias
    return Layer(name, held, np.array(bias, dtype), Activation(find(activation)), labels)


def net(*layers, dtype="float64"):
    return Network("net", Input(layers[0].fan_in), layers, dtype)


def labelled(name, column):
    """Return the rows and the labels of a file that comes along."""
    with open(CONFIGS / f"{name}-labelled.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    labels = [row.pop(column) for row in rows]
    return np.array([list(row.values()) for row in rows], float), labels


def noise(seed, *shape):
    """Return numbers of [-1, 1) that are the same everywhere."""
    raw = np.random.PCG64(seed).random_raw(int(np.prod(shape)))
    return ((raw >> np.uint64(11)) * 2.0**-52 - 1).reshape(shape)


# ---- the interval ----

NEWCOMBE = [
    # correct, tested, low, high: R. Newcombe, Statistics in Medicine 17, 1998, table I, method 3
    (81, 263, 0.2553, 0.3662),
    (15, 148, 0.0624, 0.1605),
    (0, 20, 0.0000, 0.1611),
    (1, 29, 0.0061, 0.1718),
    (20, 20, 1 - 0.1611, 1.0),
    # by hand: 1.96² = 3.8415; (1 + 1.9207 ± 1.96 sqrt(0.5 + 0.9604)) / 5.8415
    (1, 2, 0.0945, 0.9055),
]


@pytest.mark.parametrize(("correct", "tested", "low", "high"), NEWCOMBE)
def test_the_interval_is_the_published_one(correct, tested, low, high):
    assert wilson(correct, tested) == pytest.approx((low, high), abs=5e-5)


@given(st.integers(1, 10**6).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_the_ends_are_as_far_from_the_share_as_chance_allows(counts):
    correct, tested = counts
    low, high = wilson(correct, tested)
    share = correct / tested
    assert 0 <= low <= share <= high <= 1
    assert (low == 0) == (correct == 0)
    assert (high == 1) == (correct == tested)
    for end in (low, high):  # whichever share the truth is, the count is SURE deviations away
        if 0 < end < 1:
            away = (share - end) ** 2 * tested / (end * (1 - end))
            assert away == pytest.approx(SURE**2, rel=1e-6)


# ---- the separation ----


def test_the_separation_worked_by_hand():
    # 0 2 | 4 6: squares around 3 are 20, those of the means 1 and 5 are 16; the second neuron has
    # equal means; the third never changes, and tells nothing
    values = np.array([[0, 0, 7], [2, 1, 7], [4, 0, 7], [6, 1, 7]], float)
    classes = np.array([0, 0, 1, 1])
    assert separation(values[:, :1], classes) == pytest.approx(0.8)
    assert separation(values[:, 1:2], classes) == 0
    assert separation(values, classes) == pytest.approx(0.4)
    assert separation(values[:, 2:], classes) == 0
    assert separation(values[[0, 0, 2, 2], :1], classes) == 1


MATRICES = st.tuples(st.integers(2, 12), st.integers(1, 6)).flatmap(
    lambda shape: st.tuples(
        st.lists(
            st.lists(
                st.one_of(st.floats(-1e3, 1e3), st.floats(-1e300, 1e300)),
                min_size=shape[1],
                max_size=shape[1],
            ),
            min_size=shape[0],
            max_size=shape[0],
        ),
        st.lists(st.integers(0, 2), min_size=shape[0], max_size=shape[0]),
    )
)


@given(MATRICES)
def test_a_separation_is_a_share_and_knows_no_units(drawn):
    values, classes = np.array(drawn[0]), np.array(drawn[1])
    found = separation(values, classes)
    assert 0 <= found <= 1
    assert separation(values[:, ::-1], classes) == pytest.approx(found, abs=1e-9)
    scales = 2.0 ** np.arange(values.shape[1])  # exact
    assert separation(values * scales, classes) == pytest.approx(found, abs=1e-9)


# ---- the probe ----


def test_a_probe_worked_by_hand():
    # one neuron, two classes on either side of 0: the sign tells, and 0 goes to the first
    known, classes = np.array([[-1.0], [-3], [1], [3]]), np.array([0, 0, 1, 1])
    _, told = probe(known, classes, np.array([[-0.5], [0.25], [0], [100], [-1e300]]), 2)
    assert told.tolist() == [0, 1, 0, 1, 0]


SHAPES = [(20, 3, 2), (31, 8, 4), (12, 40, 3), (9, 9, 3), (60, 1, 5), (4, 200, 2)]


@pytest.mark.parametrize(("rows", "size", "count"), SHAPES)
@pytest.mark.parametrize("seed", range(4))
def test_the_probe_is_scikit_learns_ridge_with_the_penalty_of_leaving_one_out(
    rows, size, count, seed
):
    from sklearn.linear_model import Ridge

    classes = np.arange(rows) % count
    means = 3 * noise(seed, count, size)
    known = means[classes] + 2 * noise(seed + 100, rows, size)
    asked = means[np.arange(50) % count] + 2 * noise(seed + 200, 50, size)
    penalty, told = probe(known, classes, asked, count)

    centre, spread = known.mean(axis=0), known.std(axis=0)
    z, targets = (known - centre) / spread, np.eye(count)[classes]
    errors = []
    for candidate in PENALTIES:
        error = 0.0
        for row in range(rows):  # each row is left out in turn, the honest and slow way
            rest = np.arange(rows) != row
            fitted = Ridge(alpha=candidate * rows, solver="svd").fit(z[rest], targets[rest])
            error += np.sum((fitted.predict(z[row : row + 1])[0] - targets[row]) ** 2)
        errors.append(error)
    assert errors[PENALTIES.index(penalty)] == pytest.approx(min(errors), rel=1e-6)
    model = Ridge(alpha=penalty * rows, solver="svd").fit(z, targets)
    scores = model.predict((asked - centre) / spread)
    assert told.tolist() == scores.argmax(axis=1).tolist()


def test_the_probe_solves_the_augmented_system():
    known, classes = noise(1, 15, 4), np.arange(15) % 3
    asked = noise(2, 30, 4)
    penalty, told = probe(known, classes, asked, 3)
    z = (known - known.mean(axis=0)) / known.std(axis=0)
    targets = np.eye(3)[classes] - np.bincount(classes) / 15
    upper = np.vstack([z, np.sqrt(penalty * 15) * np.eye(4)])
    weights = np.linalg.lstsq(upper, np.vstack([targets, np.zeros((4, 3))]), rcond=None)[0]
    scores = (asked - known.mean(axis=0)) / known.std(axis=0) @ weights + np.bincount(classes) / 15
    assert told.tolist() == scores.argmax(axis=1).tolist()


@given(st.integers(0, 50), st.permutations(range(5)), st.lists(st.integers(-60, 60), min_size=5))
def test_neither_the_order_nor_the_units_of_neurons_matter(seed, order, powers):
    classes = np.arange(18) % 3
    known = noise(seed, 18, 5) + classes[:, np.newaxis]
    asked = noise(seed + 1, 18, 5) + classes[:, np.newaxis]
    plain = probe(known, classes, asked, 3)
    scales = 2.0 ** np.array(powers[:5])
    changed = probe((known * scales)[:, order], classes, (asked * scales)[:, order], 3)
    assert changed[0] == plain[0]
    assert changed[1].tolist() == plain[1].tolist()


@given(MATRICES, MATRICES)
def test_whatever_the_numbers_a_probe_tells_a_class_and_warns_of_nothing(drawn, other):
    known, classes = np.array(drawn[0]), np.array(drawn[1])
    asked = np.resize(np.array(other[0]).ravel(), (5, known.shape[1]))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        _, told = probe(known, classes, asked, 3)
    assert set(told.tolist()) <= {0, 1, 2}


def test_dead_neurons_change_nothing():
    classes = np.arange(20) % 2
    known, asked = noise(1, 20, 3), noise(2, 20, 3)
    plain = probe(known, classes, asked, 2)
    for dead in (0.0, 7.3, 1e-310, -1e300):
        column = np.full((20, 1), dead)
        with_dead = probe(np.hstack([column, known]), classes, np.hstack([-column, asked]), 2)
        assert with_dead[0] == plain[0]
        assert with_dead[1].tolist() == plain[1].tolist()
    dead_alone = probe(np.zeros((20, 3)), classes, asked, 2)
    assert dead_alone[1].tolist() == [0] * 20


def test_what_is_constant_but_for_rounding_in_float32_is_no_signal():
    classes = np.array([0, 0, 1, 1])
    values = np.float32(0.1) + np.float32(7e-9) * np.arange(4, dtype=np.float32)[:, np.newaxis]
    assert len(set(values.ravel().tolist())) > 1
    assert separation(values.astype(np.float32), classes) == 0


# ---- the split and the whole ----


@given(st.lists(st.integers(2, 9), min_size=2, max_size=5), st.integers(0, 2**70))
def test_a_split_has_half_of_each_class_on_either_side(counts, seed):
    rows = np.repeat(np.arange(len(counts)), counts)
    classes = Classes(tuple("abcde"[: len(counts)]), rows)
    train, test = split(classes, seed)
    assert sorted([*train, *test]) == list(range(len(rows)))
    assert train.tolist() == sorted(train)
    assert test.tolist() == sorted(test)
    held = np.bincount(rows[test], minlength=len(counts)).tolist()
    assert held == [max(1, count // 2) for count in counts]


@pytest.mark.parametrize(("seed", "test"), [(0, [1, 2, 3, 8]), (1, [2, 4, 7, 9])])
def test_the_same_seed_splits_alike_on_every_machine(seed, test):
    # for seed 0 PCG64 gives, in units of 10^18, 11.7 5.0 0.8 0.3 15.0 16.8 11.2 13.5 10.0 17.2:
    # least for rows 1 and 8 of class a (rows 0 1 4 7 8), and for rows 3 and 2 of class b
    assert split(classes_of("aabbabbaab"), seed)[1].tolist() == test


# Two bits, of which neither tells whether they differ: a linear probe reads that off no input, but
# off the hidden layer, whose first neuron is both, and second their sum.
XOR = net(
    layer("hidden", [[1, 1], [1, 1]], [-1, 0], "relu"),
    layer("output", [[-2, 1]]),
)
BITS = np.array([[0, 0], [0, 1], [1, 0], [1, 1]] * 6, float)
DIFFER = ["same", "differ", "differ", "same"] * 6


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_a_layer_that_solves_it_is_seen_to(dtype):
    layers = [layer(p.name, p.weights, p.bias, p.activation.name, dtype=dtype) for p in XOR.layers]
    found = ladder(forward(net(*layers, dtype=dtype), BITS), DIFFER, seed=3)
    first, hidden, output = found.rungs
    assert [rung.layer for rung in found.rungs] == ["input", "hidden", "output"]
    assert [rung.size for rung in found.rungs] == [2, 2, 1]
    assert first.accuracy < 0.8
    assert hidden.accuracy == output.accuracy == 1
    assert (hidden.low, hidden.high) == wilson(12, 12)
    # first input: equal means; hidden: both 1 0 0 2 (means of differ and same 0, 0.5), …
    assert first.separation == 0
    assert output.separation == 1
    assert found.chance == 0.5
    assert (len(found.train), len(found.test)) == (12, 12)
    assert found.classes.names == ("differ", "same")


def test_the_same_seed_measures_the_same():
    rows, labels = labelled("iris", "species")
    trace = forward(nntrace.load("iris"), rows)
    one, two, other = (ladder(trace, labels, seed) for seed in (5, 5, 6))
    assert one.rungs == two.rungs
    assert one.test.tolist() == two.test.tolist() != other.test.tolist()


@pytest.mark.parametrize("seed", range(10))
def test_on_the_digits_the_ladder_rises(seed):
    rows, labels = labelled("digits", "digit")
    found = ladder(forward(nntrace.load("digits"), rows), labels, seed)
    accuracies = [rung.accuracy for rung in found.rungs]
    separations = [rung.separation for rung in found.rungs]
    assert accuracies == sorted(set(accuracies))
    assert separations == sorted(set(separations))
    assert accuracies[0] > 0.85
    assert accuracies[-1] > 0.98
    assert found.chance == pytest.approx(0.1, abs=0.01)


def test_fewer_rows_than_neurons():
    wide = net(layer("wide", noise(1, 300, 2), activation="tanh"))
    rows = np.array([[1.0, 1], [1, 1.1], [-1, -1], [-1, -1.1]])
    found = ladder(forward(wide, rows), ["up", "up", "down", "down"])
    assert [rung.correct for rung in found.rungs] == [2, 2]


def test_a_layer_that_is_dead_knows_what_chance_does():
    dead = net(layer("dead", [[-1, -1]], [-100], "relu"))
    found = ladder(forward(dead, BITS), DIFFER)
    assert found.rungs[1].accuracy == found.chance
    assert found.rungs[1].separation == 0


# ---- what is refused ----

PLAIN = net(layer("output", [[1, 1]], labels=("sum",)))


def of(values):
    """Return a trace whose only layer gives these numbers."""
    values = np.array(values, float)[:, np.newaxis]
    given = np.zeros((len(values), 2))
    return Trace(PLAIN, given, given, (LayerTrace(PLAIN.layers[0], values, values),))


FINITE = "a probe takes finite numbers"
REFUSED = [
    (of([]), [], InputError, "there are no rows, a ladder takes two classes or more"),
    (of([1, 2]), "aa", InputError, "all rows are of the class 'a', a ladder takes two classes"),
    (of([1, 2, 3]), "aab", InputError, "the class 'b' has a single row, a class takes one row to"),
    (of([1, 2, 3]), "abc", InputError, "3 of 3 classes have a single row, such as 'a'; a class"),
    (of([1, 2, 3]), "aa", UsageError, "there are 3 rows and 2 classes of rows; each row takes one"),
    (of([1, 2, np.nan, 3]), "aabb", InputError, f"row 2: output.sum is not a number, {FINITE}"),
    (of([1, np.inf, 2, 3]), "aabb", InputError, f"row 1: output.sum is infinite, {FINITE}"),
    (of([-np.inf, 1, 2, 3]), "aabb", InputError, f"row 0: output.sum is minus infinite, {FINITE}"),
]


@pytest.mark.parametrize(("trace", "labels", "kind", "told"), REFUSED)
def test_what_cannot_be_measured_is_refused(trace, labels, kind, told):
    with pytest.raises(kind) as error:
        ladder(trace, list(labels))
    assert str(error.value).startswith(told)


# ---- what excites a neuron ----

SOME = net(
    layer("hidden", [[1, 0], [0, 1], [-1, -1]], [0, 0, -9], "relu"),
    layer("output", [[1, 0, 0], [0, 1, 0]], activation="softmax", labels=("first", "second")),
)
ROWS = [[3, 1], [0, 5], [7, 1], [3, 2], [1, 1], [2, 0], [5, 0]]
KINDS = classes_of("abababb")


def test_what_excites_a_neuron_worked_by_hand():
    found = excitation(forward(SOME, ROWS), "hidden.0", KINDS)
    assert [tuple(row) for row in found.rows] == [
        (2, 0, 7), (6, 1, 5), (0, 0, 3), (3, 1, 3), (5, 1, 2),
    ]  # fmt: skip
    # a: 3, 7, 1; b: 0, 3, 2, 5
    assert [tuple(mean) for mean in found.means] == [(0, 3, 11 / 3), (1, 4, 2.5)]
    assert (found.active, found.rule, found.constant, found.dead) == (6, "a > 0", None, False)
    assert (found.name, found.label, found.neuron) == ("hidden.0", None, Neuron("hidden", 0))


def test_a_row_that_leaves_a_relu_at_0_does_not_excite_it():
    found = excitation(
        forward(SOME, [[0, 1], [0, 0], [2, 2], [0, 3]]), "hidden.0", classes_of("aabb")
    )
    assert [row.row for row in found.rows] == [2]


def test_a_dead_neuron_is_said_to_be():
    found = excitation(forward(SOME, ROWS), "hidden.2", KINDS)
    assert found.dead
    assert (found.constant, found.rows, found.active) == (0, (), 0)
    assert [mean.mean for mean in found.means] == [0, 0]


def test_a_neuron_that_never_changes_is_not_dead():
    stuck = net(layer("output", [[0, 0]], [2.5]))
    found = excitation(forward(stuck, ROWS), "output.0", KINDS)
    assert (found.constant, found.dead, found.rows) == (2.5, False, ())


def test_a_class_neuron_is_active_where_it_is_the_largest():
    found = excitation(forward(SOME, ROWS), Neuron("output", 1), KINDS)
    assert (found.active, found.rule) == (1, "largest of its layer")
    assert found.rows[0].row == 1
    assert (found.name, found.label) == ("output.second", "second")


def test_a_sigmoid_is_active_over_one_half_and_keeps_its_small_values():
    gate = net(layer("gate", [[1, -1]], activation="sigmoid"))
    found = excitation(forward(gate, ROWS), "gate.0", KINDS)
    assert (found.active, found.rule) == (5, "a > 0.5")
    assert [row.row for row in found.rows] == [2, 6, 0, 5, 3]


NAMED = [
    ("hidden", [("hidden", 0), ("hidden", 1), ("hidden", 2)]),
    ("hidden.2", [("hidden", 2)]),
    ("output.second", [("output", 1)]),
]


@pytest.mark.parametrize(("word", "found"), NAMED)
def test_neurons_by_layer_or_name(word, found):
    assert neurons_named(SOME, word) == [Neuron(*each) for each in found]


def test_the_name_of_a_layer_goes_before_that_of_a_neuron():
    odd = net(layer("h", [[1], [1]]), layer("h.1", [[1, 1]]))
    assert neurons_named(odd, "h.1") == [Neuron("h.1", 0)]
    assert neurons_named(odd, "h.0") == [Neuron("h", 0)]


UNNAMED = [
    ("hiden", "unknown layer 'hiden', did you mean 'hidden'?"),
    ("hidden.3", "'hidden.3': hidden has 3 neurons, 0 to 2"),
    ("output.secnd", "unknown label in output 'secnd', did you mean 'second'?"),
    ("input", "the input is given, nothing excites it; name a layer or a neuron"),
    ("input.1", "the input is given, nothing excites it; name a layer or a neuron"),
]


@pytest.mark.parametrize(("word", "told"), UNNAMED)
def test_what_names_no_neuron(word, told):
    with pytest.raises(UsageError) as error:
        neurons_named(SOME, word)
    assert str(error.value) == told


def test_an_input_is_not_excited():
    with pytest.raises(UsageError, match=r"input\.1 is an input, which is given"):
        excitation(forward(SOME, ROWS), "input.1", KINDS)


def test_a_column_of_numbers_that_are_no_classes_is_refused():
    net = Network("n", Input(1), (Layer("l", np.eye(1), np.zeros(1), Activation(find("relu"))),))
    rows = [[float(row)] for row in range(2002)]
    with pytest.raises(InputError, match="there are 1001 classes, a ladder takes up to 1000"):
        ladder(forward(net, rows), [row // 2 for row in range(2002)])
