"""The ladder: its probe, its numbers and its splits, against hand-worked ones and scikit-learn."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from ladders import MATRICES, labelled, noise

import nntrace
from nntrace.analysis.classes import Classes, classes_of
from nntrace.analysis.intervals import wilson
from nntrace.analysis.ladder import MOST_ROWS, SPLITS, ladder, separation, splits_of
from nntrace.analysis.top_activations import excitation, neurons_named
from nntrace.core.activation import Activation
from nntrace.core.activations import find
from nntrace.core.forward import LayerTrace, Trace, forward
from nntrace.core.layer import Layer
from nntrace.core.names import Neuron
from nntrace.core.network import Input, Network
from nntrace.core.ops.dense import Dense
from nntrace.errors import InputError, UsageError


def layer(name, weights, bias=None, activation="identity", labels=None, dtype="float64"):
    held = np.array(weights, dtype)
    bias = np.zeros(len(held)) if bias is None else bias
    return Layer(name, Dense(held, np.array(bias, dtype)), Activation(find(activation)), labels)


def net(*layers, dtype="float64"):
    return Network("net", Input(layers[0].fan_in), layers, dtype)


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


@given(MATRICES)
def test_a_separation_is_a_share_and_knows_no_units(drawn):
    values, classes = np.array(drawn[0]), np.array(drawn[1])
    found = separation(values, classes)
    assert 0 <= found <= 1
    assert separation(values[:, ::-1], classes) == pytest.approx(found, abs=1e-9)
    scales = 2.0 ** np.arange(values.shape[1])  # exact
    assert separation(values * scales, classes) == pytest.approx(found, abs=1e-9)


def test_what_is_constant_but_for_rounding_in_float32_is_no_signal():
    classes = np.array([0, 0, 1, 1])
    values = np.float32(0.1) + np.float32(7e-9) * np.arange(4, dtype=np.float32)[:, np.newaxis]
    assert separation(values.astype(np.float32), classes) == 0


# ---- the split and the whole ----


@given(st.lists(st.integers(2, 9), min_size=2, max_size=5), st.integers(0, 2**70))
def test_a_split_has_a_third_of_each_class_to_test_on(counts, seed):
    rows = np.repeat(np.arange(len(counts)), counts)
    splits = splits_of(Classes(tuple("abcde"[: len(counts)]), rows), seed)
    assert len(splits) == SPLITS
    for train, test in splits:
        assert sorted([*train, *test]) == list(range(len(rows)))
        assert train.tolist() == sorted(train)
        assert test.tolist() == sorted(test)
        held = np.bincount(rows[test], minlength=len(counts)).tolist()
        assert held == [max(1, count // 3) for count in counts]


def test_splits_differ():
    splits = splits_of(classes_of("ab" * 20), 0)
    assert len({tuple(test.tolist()) for _, test in splits}) == SPLITS


@pytest.mark.parametrize(("seed", "test"), [(0, [1, 3]), (1, [4, 9])])
def test_the_same_seed_splits_alike_on_every_machine(seed, test):
    # for seed 0 PCG64 gives, in units of 10^18, 11.7 5.0 0.8 0.3 15.0 16.8 11.2 13.5 10.0 17.2:
    # least for row 1 of class a (rows 0 1 4 7 8), and for row 3 of class b
    assert splits_of(classes_of("aabbabbaab"), seed)[0][1].tolist() == test


def test_of_many_rows_each_split_draws_its_own():
    counts = [2, 3, 5000, 5000]
    rows = np.repeat(np.arange(4), counts)
    splits = splits_of(Classes(tuple("abcd"), rows), 1)
    for train, test in splits:
        assert not set(train) & set(test)
        assert abs(len(train) + len(test) - MOST_ROWS) < 10
        assert len(test) == pytest.approx(len(train) / 2, rel=0.01)
        for part in (train, test):
            assert (np.bincount(rows[part], minlength=4) > 0).all()
    assert len(set(np.concatenate([test for _, test in splits]).tolist())) > 8 * len(splits[0][1])


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
    assert (hidden.low, hidden.high) == wilson(24, 24)
    # first input: equal means; hidden: both 1 0 0 2 (means of differ and same 0, 0.5), …
    assert first.separation == 0
    assert output.separation == 1
    assert found.chance == 0.5
    assert (found.trained, found.tested) == (16, 8)
    assert [(each.rung, each.lower) for each in found.comparisons] == [
        ("hidden", "input"),
        ("output", "input"),
        ("output", "hidden"),
    ]
    assert [each.sure for each in found.comparisons] == [True, True, False]
    assert found.classes.names == ("differ", "same")


def climbed(name, column, seed):
    rows, labels = labelled(name, column)
    return ladder(forward(nntrace.load(name), rows), labels, seed)


@pytest.fixture
def on_iris(fitted_once):
    """The ladders of iris, by their seeds."""
    return {seed: climbed("iris", "species", seed) for seed in (0, 1)}


def test_the_same_seed_measures_the_same():
    trace = forward(XOR, BITS + noise(1, *BITS.shape) / 2)
    one, two, other = (ladder(trace, DIFFER, seed) for seed in (0, 0, 1))
    assert one.rungs == two.rungs
    assert one.comparisons == two.comparisons
    assert one.rungs != other.rungs


@pytest.mark.parametrize("seed", [0, 1])
def test_on_iris_nothing_climbs(on_iris, seed):
    found = on_iris[seed]
    assert found.rungs[0].accuracy >= 0.92
    assert not any(each.sure for each in found.comparisons)


@pytest.mark.usefixtures("fitted_once")
def test_on_the_digits_the_ladder_rises():
    found = climbed("digits", "digit", 0)
    accuracies = [rung.accuracy for rung in found.rungs]
    separations = [rung.separation for rung in found.rungs]
    assert accuracies == sorted(set(accuracies))
    assert separations == sorted(set(separations))
    assert 0.9 < accuracies[0] < 0.95
    assert accuracies[-1] > 0.98
    assert found.chance == pytest.approx(0.1, abs=0.01)
    sure = {(each.rung, each.lower) for each in found.comparisons if each.sure}
    assert sure >= {("hidden2", "input"), ("output", "input")}


def test_with_rows_for_practice_all_others_are_tested_once():
    values = np.concatenate([BITS, BITS])
    trace, practice = forward(XOR, BITS), forward(XOR, values)
    found = ladder(trace, DIFFER, practice=(practice, [*DIFFER, *DIFFER]))
    assert (found.splits, found.trained, found.tested, found.practice) == (1, 48, 24, True)
    assert [rung.accuracy for rung in found.rungs[1:]] == [1, 1]
    assert found.rungs[1].low == wilson(24, 24)[0]
    assert found.classes.counts == [12, 12]
    # by index, too, whatever the names' places are
    own = Classes(("same", "differ"), np.array([0, 1, 1, 0] * 12))
    assert ladder(trace, DIFFER, practice=(practice, own)).rungs == found.rungs


def test_probes_are_counted_while_they_are_fitted():
    told = []
    ladder(forward(XOR, BITS), DIFFER, progress=lambda *each: told.append(each))
    assert told == [(done, 3 * SPLITS) for done in range(1, 3 * SPLITS + 1)]


def test_fewer_rows_than_neurons():
    wide = net(layer("wide", noise(1, 300, 2), activation="tanh"))
    rows = np.array([[1.0, 1], [1, 1.1], [-1, -1], [-1, -1.1]])
    found = ladder(forward(wide, rows), ["up", "up", "down", "down"])
    assert [rung.accuracy for rung in found.rungs] == [1, 1]
    assert not found.comparisons[0].sure


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


UNPRACTISED = [
    (of([1, 2]), "aa", InputError, "all rows are of the class 'a', a ladder takes two classes"),
    (of([1, 2]), "ac", InputError, "the class 'b' has no row for practice, takes one at least"),
    (of([1, 2]), "abb", UsageError, "there are 2 rows and 3 classes of rows; each row takes one"),
    (of([1, np.nan]), "ab", InputError, "row 1 for practice: output.sum is not a number"),
]


@pytest.mark.parametrize(("practice", "labels", "kind", "told"), UNPRACTISED)
def test_what_cannot_be_practised_on_is_refused(practice, labels, kind, told):
    with pytest.raises(kind) as error:
        ladder(of([1, 2, 3, 4]), "abba", practice=(practice, list(labels)))
    assert str(error.value).startswith(told)


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
    assert (found.active, str(found.rule), found.constant, found.dead) == (6, "a > 0", None, False)
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
    assert (found.active, str(found.rule)) == (1, "largest of its layer")
    assert found.rows[0].row == 1
    assert (found.name, found.label) == ("output.second", "second")


def test_a_sigmoid_is_active_over_one_half_and_keeps_its_small_values():
    gate = net(layer("gate", [[1, -1]], activation="sigmoid"))
    found = excitation(forward(gate, ROWS), "gate.0", KINDS)
    assert (found.active, str(found.rule)) == (5, "a > 0.5")
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
    net = Network(
        "n", Input(1), (Layer("l", Dense(np.eye(1), np.zeros(1)), Activation(find("relu"))),)
    )
    rows = [[float(row)] for row in range(2002)]
    with pytest.raises(InputError, match="there are 1001 classes, a ladder takes up to 1000"):
        ladder(forward(net, rows), [row // 2 for row in range(2002)])
