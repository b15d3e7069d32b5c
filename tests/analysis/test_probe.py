"""The probe against scikit-learn's logistic regression, and what it does with odd numbers."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ladders import MATRICES, labelled, noise

import nntrace
from nntrace.analysis.probe import FOLDS, PENALTIES, minimise, probe, scale_of
from nntrace.core.forward import forward


def wine():
    from sklearn.datasets import load_wine

    bunch = load_wine()
    return bunch.data, bunch.target


def wide():
    """More numbers than rows, and classes that overlap."""
    classes = np.arange(60) % 4
    return 3 * noise(1, 4, 80)[classes] + 6 * noise(2, 60, 80), classes


def layer(name, column, which):
    rows, labels = labelled(name, column)
    trace = forward(nntrace.load(name), rows)
    names = sorted(set(labels))
    return trace[which].a if which else trace.x, np.array([names.index(each) for each in labels])


def digits(which):
    """Only some of the digits, as scikit-learn's steps cost the cube of classes × numbers."""
    values, classes = layer("digits", "digit", which)
    return values[classes < 4], classes[classes < 4]


DATA = {
    "wine": wine,
    "two wines": lambda: (wine()[0][:130], wine()[1][:130]),
    "wide": wide,
    "iris": lambda: layer("iris", "species", None),
    "iris hidden": lambda: layer("iris", "species", "hidden"),
    "digits": lambda: digits(None),
    "digits hidden2": lambda: digits("hidden2"),
}


def standardised(known, values):
    """Do what scikit-learn's StandardScaler does, in float64."""
    from sklearn.preprocessing import StandardScaler

    scaler = StandardScaler().fit(np.asarray(known, float))
    return scaler.transform(np.asarray(values, float))


def regression(z, classes, penalty):
    from sklearn.linear_model import LogisticRegression

    # of two classes, scikit-learn's weights are the difference of ours, and lie half as heavily
    two = len(set(classes.tolist())) == 2
    strength = 1 / (penalty * len(z) / (2 if two else 1))
    model = LogisticRegression(C=strength, solver="newton-cholesky", tol=1e-10, max_iter=10_000)
    return model.fit(z, classes)


@pytest.mark.parametrize("penalty", [1.0, 1e-2, 1e-4])
@pytest.mark.parametrize("name", DATA)
def test_the_probe_is_scikit_learns_logistic_regression(name, penalty):
    values, classes = DATA[name]()
    train = np.random.default_rng(1).permutation(len(values))
    train, test = np.sort(train[: 2 * len(train) // 3]), np.sort(train[2 * len(train) // 3 :])
    found = probe(values[train], classes[train], int(classes.max()) + 1, penalty)
    z = standardised(values[train], values[train])
    model = regression(z, classes[train], penalty)

    weights, bias = found.weights.T, found.bias
    if len(weights) == 2:
        weights, bias = weights[1:] - weights[:1], bias[1:] - bias[:1]
    else:
        bias = bias - bias.mean()  # the same for all changes no share
    largest = np.abs(model.coef_).max()
    assert weights == pytest.approx(model.coef_, abs=3e-3 * largest)
    own = model.intercept_ - (model.intercept_.mean() if len(weights) > 1 else 0)
    assert bias == pytest.approx(own, abs=3e-3 * max(1, np.abs(own).max()))
    asked = standardised(values[train], values[test])
    assert found.told(values[test]).tolist() == model.predict(asked).tolist()


@pytest.mark.parametrize("name", ["wine", "two wines", "wide", "iris", "iris hidden"])
def test_the_penalty_is_the_best_on_parts_left_out(name):
    from sklearn.metrics import log_loss

    values, classes = DATA[name]()
    count = int(classes.max()) + 1
    found = probe(values, classes, count)
    z = standardised(values, values)
    parts = np.empty(len(classes), int)
    for place, row in enumerate(sorted(range(len(classes)), key=lambda row: classes[row])):
        parts[row] = place % FOLDS
    losses = []
    for penalty in PENALTIES[: PENALTIES.index(found.penalty) + 2]:
        shares = np.zeros((len(z), count))
        for part in range(FOLDS):
            model = regression(z[parts != part], classes[parts != part], penalty)
            shares[parts == part] = model.predict_proba(z[parts == part])
        losses.append(log_loss(classes, shares))
    chosen = losses[PENALTIES.index(found.penalty)]
    assert chosen <= min(losses) * 1.01


def test_what_is_minimised_is_minimised():
    # by hand: (x - 1)² + 10 (y + 2)² + xy / 2, whose slopes vanish where
    # 2 x + y / 2 = 2 and 20 y + x / 2 = -40
    def function(place):
        x, y = place
        value = (x - 1) ** 2 + 10 * (y + 2) ** 2 + x * y / 2
        return float(value), np.array([2 * (x - 1) + y / 2, 20 * (y + 2) + x / 2])

    right = np.linalg.solve([[2, 0.5], [0.5, 20]], [2, -40])
    found = minimise(function, np.array([50.0, 50.0]), np.array([2.0, 20.0]), 1e-14)
    assert found == pytest.approx(right, abs=1e-6)


def test_a_probe_worked_by_hand():
    # one neuron, two classes on either side of 0: the sign tells, and 0 goes to the first
    known, classes = np.array([[-1.0], [-3], [1], [3]]), np.array([0, 0, 1, 1])
    found = probe(known, classes, 2)
    assert found.told(np.array([[-0.5], [0.25], [0], [100], [-1e300]])).tolist() == [0, 1, 0, 1, 0]
    assert found.bias == pytest.approx([0, 0], abs=1e-4)


def test_classes_that_nothing_parts_are_parted():
    # perfectly separable, for which the weights would grow for ever without a penalty
    known, classes = np.repeat([[0.0], [1.0]], 20, axis=0), np.repeat([0, 1], 20)
    found = probe(known, classes, 2)
    assert np.isfinite(found.weights).all()
    assert found.told(known).tolist() == classes.tolist()


def test_a_middle_class_is_told():
    # on a line, where a regression of one-hot targets never says the middle one
    known = np.linspace(0, 3, 90)[:, np.newaxis]
    classes = np.floor(np.linspace(0, 2.999, 90)).astype(int)
    found = probe(known, classes, 3)
    assert (found.told(known) == classes).mean() > 0.95


@settings(max_examples=30)
@given(st.integers(0, 50), st.permutations(range(5)), st.lists(st.integers(-60, 60), min_size=5))
def test_neither_the_order_nor_the_units_of_neurons_matter(seed, order, powers):
    classes = np.arange(18) % 3
    known = noise(seed, 18, 5) + classes[:, np.newaxis]
    plain = probe(known, classes, 3, 0.1)
    scales = 2.0 ** np.array(powers[:5])
    changed = probe((known * scales)[:, order], classes, 3, 0.1)
    assert changed.weights == pytest.approx(plain.weights[order], abs=1e-4)
    assert changed.bias == pytest.approx(plain.bias, abs=1e-4)


@settings(max_examples=50)
@given(MATRICES, MATRICES)
def test_whatever_the_numbers_a_probe_tells_a_class_and_warns_of_nothing(drawn, other):
    known, classes = np.array(drawn[0]), np.array(drawn[1])
    asked = np.resize(np.array(other[0]).ravel(), (5, known.shape[1]))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        told = probe(known, classes, 3).told(asked)
    assert set(told.tolist()) <= {0, 1, 2}


def test_dead_neurons_change_nothing():
    classes = np.arange(20) % 2
    known, asked = noise(1, 20, 3), noise(2, 20, 3)
    plain = probe(known, classes, 2)
    for dead in (0.0, 7.3, 1e-310, -1e300):
        column = np.full((20, 1), dead)
        with_dead = probe(np.hstack([column, known]), classes, 2)
        assert with_dead.penalty == plain.penalty
        asked_too = np.hstack([-column, asked])
        assert with_dead.told(asked_too).tolist() == plain.told(asked).tolist()
    dead_alone = probe(np.zeros((20, 3)), classes, 2)
    assert dead_alone.told(asked).tolist() == [0] * 20


@pytest.mark.parametrize("classes", [[0, 1], [0, 1, 2], [0, 0, 1], [0, 1, 2, 3, 4, 5, 6, 7]])
def test_a_row_a_class_is_enough(classes):
    classes = np.array(classes)
    known = 10.0 * np.eye(8)[classes]
    assert probe(known, classes, 8).told(known).tolist() == classes.tolist()


def test_what_is_constant_but_for_rounding_in_float32_is_no_signal():
    values = np.float32(0.1) + np.float32(7e-9) * np.arange(4, dtype=np.float32)[:, np.newaxis]
    assert len(set(values.ravel().tolist())) > 1
    assert scale_of(values.astype(np.float32)).spread.tolist() == [0]


@pytest.mark.parametrize("penalty", [1e-2, 1e-6])
def test_the_slopes_of_the_loss_vanish_where_numbers_outnumber_rows(penalty):
    values, classes = wide()
    found = probe(values, classes, 4, penalty)
    z = standardised(values, values)
    scores = z @ found.weights + found.bias
    shares = np.exp(scores - scores.max(axis=1, keepdims=True))
    wrong = shares / shares.sum(axis=1, keepdims=True) - np.eye(4)[classes]
    slopes = z.T @ wrong / len(z) + penalty * found.weights
    assert np.abs(slopes).max() < 1e-3 * penalty * np.abs(found.weights).max()
