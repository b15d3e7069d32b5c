"""Nets of fitted estimators: each number is the estimator's own; what is no net is refused."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.compose import TransformedTargetRegressor
from sklearn.datasets import load_diabetes, load_iris
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.ensemble import GradientBoostingClassifier, RandomForestClassifier
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import (
    BayesianRidge,
    Lasso,
    LinearRegression,
    LogisticRegression,
    MultiTaskLasso,
    Perceptron,
    PoissonRegressor,
    Ridge,
    RidgeClassifier,
    SGDClassifier,
    SGDRegressor,
)
from sklearn.model_selection import GridSearchCV
from sklearn.neighbors import KNeighborsClassifier
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import (
    MaxAbsScaler,
    MinMaxScaler,
    PolynomialFeatures,
    RobustScaler,
    StandardScaler,
)
from sklearn.svm import SVC, SVR, LinearSVC, LinearSVR
from sklearn.tree import DecisionTreeRegressor

import nntrace

IRIS, KIND = load_iris(return_X_y=True)
NAMES = np.array(["setosa", "versicolor", "virginica"])[KIND]
FIRST = np.where(KIND == 0, "setosa", "other")
SEVERAL = np.column_stack([KIND == 0, KIND > 0, IRIS[:, 0] > 6]).astype(int)
SICK, HOW = load_diabetes(return_X_y=True)
BOTH = np.column_stack([HOW, 50 * SICK[:, 2] - HOW])
MLP = {"hidden_layer_sizes": (7, 5), "max_iter": 40, "random_state": 0}


def fitted(estimator: Any, x: Any, y: Any) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        return estimator.fit(x, y)


def rows(x: Any) -> Any:
    """Return rows of the data, and some that are far from them."""
    return np.concatenate([x, x[:20] * 3 - 1, -x[:20]]).astype(x.dtype)


def shares(trace: nntrace.Trace) -> Any:
    """Return the share of each class."""
    return (
        np.hstack([1 - trace.output, trace.output]) if trace.output.shape[1] == 1 else trace.output
    )


CLASSIFIERS = [
    (MLPClassifier(**MLP), NAMES),
    (MLPClassifier(**MLP, activation="tanh"), KIND),
    (MLPClassifier(**MLP, activation="logistic"), FIRST),
    (MLPClassifier(**MLP, activation="identity"), KIND > 0),
    (MLPClassifier(hidden_layer_sizes=(), max_iter=40, random_state=0), KIND * 2.0),
    (LogisticRegression(max_iter=500), NAMES),
    (LogisticRegression(max_iter=500), FIRST),
    (LogisticRegression(solver="liblinear"), KIND > 0),
    (SGDClassifier(loss="log_loss", random_state=0), FIRST),
    (LinearDiscriminantAnalysis(), NAMES),
    (LinearDiscriminantAnalysis(), FIRST),
    (make_pipeline(StandardScaler(), MLPClassifier(**MLP)), NAMES),
    (make_pipeline(StandardScaler(with_mean=False), MLPClassifier(**MLP)), NAMES),
    (make_pipeline(StandardScaler(with_std=False), LogisticRegression()), NAMES),
    (make_pipeline(MinMaxScaler(), MLPClassifier(**MLP)), NAMES),
    (make_pipeline(MinMaxScaler((-2, 3), clip=True), MLPClassifier(**MLP)), FIRST),
    (make_pipeline(MaxAbsScaler(), LogisticRegression()), NAMES),
    (make_pipeline(RobustScaler(), LogisticRegression()), NAMES),
    (make_pipeline(RobustScaler(with_centering=False), LogisticRegression()), NAMES),
    (make_pipeline("passthrough", StandardScaler(), "passthrough", LogisticRegression()), NAMES),
    (
        make_pipeline(StandardScaler(), MinMaxScaler(), StandardScaler(), MLPClassifier(**MLP)),
        NAMES,
    ),
    (
        Pipeline([("input", MinMaxScaler()), ("output", make_pipeline(MinMaxScaler(), Ridge()))]),
        None,
    ),
]


@pytest.mark.parametrize(("estimator", "y"), CLASSIFIERS[:-1], ids=lambda it: type(it).__name__)
def test_shares_and_classes_are_the_estimators(estimator, y):
    estimator = fitted(estimator, IRIS, y)
    net = nntrace.from_sklearn(estimator)
    trace = nntrace.forward(net, rows(IRIS))
    np.testing.assert_allclose(
        shares(trace), estimator.predict_proba(rows(IRIS)), rtol=1e-7, atol=1e-11
    )
    classes = [estimator.classes_[each.index] for each in nntrace.predict(trace)]
    assert classes == estimator.predict(rows(IRIS)).tolist()
    told = [str(each) for each in estimator.classes_.tolist()]
    assert list(net.classes) in (told, [None, told[1]])
    if net.output.size == 1:
        assert f"class 0 is {told[0]}, class 1 {told[1]}" in net.description


DECIDING = [
    (LinearSVC(random_state=0), NAMES),
    (LinearSVC(random_state=0), FIRST),
    (SVC(kernel="linear"), FIRST),
    (RidgeClassifier(), NAMES),
    (RidgeClassifier(), FIRST),
    (SGDClassifier(random_state=0), NAMES),
    (Perceptron(random_state=0), KIND),
    (make_pipeline(MinMaxScaler(), LinearSVC(random_state=0)), FIRST),
    (SGDClassifier(loss="modified_huber", random_state=0), FIRST),
]


@pytest.mark.parametrize(("estimator", "y"), DECIDING, ids=lambda it: type(it).__name__)
def test_those_that_only_decide(estimator, y):
    estimator = fitted(estimator, IRIS, y)
    net = nntrace.from_sklearn(estimator)
    trace = nntrace.forward(net, rows(IRIS))
    assert net.output.activation.name == "hardmax"
    assert list(net.classes) == [str(each) for each in estimator.classes_.tolist()]
    classes = [estimator.classes_[each.index] for each in nntrace.predict(trace)]
    assert classes == estimator.predict(rows(IRIS)).tolist()
    decision = estimator.decision_function(rows(IRIS))
    z = trace["output"].z if decision.ndim == 2 else trace["output"].z[:, 1]
    np.testing.assert_allclose(z, decision, rtol=1e-9, atol=1e-9)
    assert ("predict_proba" in net.description) == hasattr(estimator, "predict_proba")


def test_one_against_the_rest():
    estimator = fitted(SGDClassifier(loss="log_loss", random_state=0), IRIS / 100, NAMES)
    trace = nntrace.forward(nntrace.from_sklearn(estimator), IRIS / 100)
    shares = estimator.predict_proba(IRIS / 100)
    np.testing.assert_allclose(trace.output, shares, rtol=1e-9)
    assert (shares.max(axis=1) < 0.999).any()  # it is no matter of one class
    assert trace["decision"].layer.activation.name == "log_sigmoid"


@pytest.mark.parametrize("estimator", [MLPClassifier(**MLP), RidgeClassifier()])
def test_several_labels(estimator):
    estimator = fitted(estimator, IRIS, SEVERAL)
    net = nntrace.from_sklearn(estimator)
    assert net.classes is None
    assert net.output.labels == ("0", "1", "2")
    output = nntrace.forward(net, rows(IRIS)).output
    assert ((output > 0.5) == estimator.predict(rows(IRIS))).all()


REGRESSORS = [
    (MLPRegressor(**MLP), HOW),
    (MLPRegressor(**MLP, activation="tanh"), BOTH),
    (LinearRegression(), HOW),
    (LinearRegression(), HOW[:, None]),
    (LinearRegression(fit_intercept=False), BOTH),
    (Ridge(), BOTH),
    (Lasso(), HOW),
    (MultiTaskLasso(), BOTH),
    (BayesianRidge(), HOW),
    (SGDRegressor(random_state=0), HOW),
    (LinearSVR(random_state=0), HOW),
    (SVR(kernel="linear"), HOW),
    (make_pipeline(StandardScaler(), MLPRegressor(**MLP)), BOTH),
    (CLASSIFIERS[-1][0], HOW),
]


@pytest.mark.parametrize(("estimator", "y"), REGRESSORS, ids=lambda it: type(it).__name__)
def test_what_a_regression_gives(estimator, y):
    estimator = fitted(estimator, SICK, y)
    net = nntrace.from_sklearn(estimator)
    expected = estimator.predict(rows(SICK))
    output = nntrace.forward(net, rows(SICK)).output
    np.testing.assert_allclose(output.reshape(expected.shape), expected, rtol=1e-9)
    assert net.classes is None


def test_names_of_features_and_the_scaling_of_the_input():
    frame = pd.DataFrame(IRIS, columns=["a", "b", "c", "d"])
    estimator = fitted(make_pipeline(StandardScaler(), LogisticRegression()), frame, NAMES)
    net = nntrace.from_sklearn(estimator)
    assert net.input.labels == ("a", "b", "c", "d")
    assert (net.input.mean == estimator[0].mean_).all()
    assert (net.input.std == estimator[0].scale_).all()
    # a frame's columns are matched by name
    turned = nntrace.forward(net, frame[["d", "c", "b", "a"]]).output
    np.testing.assert_allclose(turned, estimator.predict_proba(frame), rtol=1e-9)
    scaled = fitted(make_pipeline(MinMaxScaler(), LogisticRegression()), frame, NAMES)
    trace = nntrace.forward(nntrace.from_sklearn(scaled), frame)
    assert trace["minmaxscaler"].layer.labels == ("a", "b", "c", "d")
    assert (trace["minmaxscaler"].a == scaled[0].transform(frame)).all()  # to the bit


def test_float32_stays_float32():
    estimator = fitted(MLPClassifier(**MLP), IRIS.astype("f4"), NAMES)
    net = nntrace.from_sklearn(estimator)
    assert net.dtype == "float32"
    assert (net.layers[0].weights == estimator.coefs_[0].T).all()


class Mine(MLPClassifier):
    """One that derives from an estimator, and gives something else."""

    def predict_proba(self, X):  # noqa: N803
        return super().predict_proba(X)[:, ::-1]


SPARSE = fitted(SGDClassifier(random_state=0), IRIS, NAMES).sparsify()
REFUSED = [
    (3, "takes a fitted estimator of scikit-learn, not int"),
    (None, "takes a fitted estimator of scikit-learn, not NoneType"),
    (IRIS, "takes a fitted estimator of scikit-learn, not ndarray"),
    (MLPClassifier, "takes a fitted estimator of scikit-learn, not the class MLPClassifier"),
    (MLPClassifier(), "MLPClassifier is not fitted, takes one after its fit(X, y)"),
    (make_pipeline(StandardScaler(), Ridge()), "StandardScaler is not fitted"),
    (RandomForestClassifier(), "RandomForestClassifier is made of trees"),
    (GradientBoostingClassifier(), "GradientBoostingClassifier is made of trees"),
    (DecisionTreeRegressor(), "DecisionTreeRegressor is made of trees"),
    (KNeighborsClassifier(), "KNeighborsClassifier is told by distances"),
    (fitted(SVC(), IRIS, KIND), "SVC has a kernel"),
    (fitted(SVC(kernel="linear"), IRIS, KIND), "SVC votes between pairs of classes"),
    (PoissonRegressor(), "PoissonRegressor is linear in an exponent"),
    (GridSearchCV(Ridge(), {}), "GridSearchCV is a search, takes what it found: its best_est"),
    (TransformedTargetRegressor(), "a transformation of the target, takes its regressor_"),
    (StandardScaler(), "StandardScaler is a transformer alone, takes an estimator behind it"),
    (make_pipeline(StandardScaler(), "passthrough"), "Pipeline: ends with 'passthrough'"),
    (make_pipeline(PolynomialFeatures(), Ridge()), "PolynomialFeatures is no step that a net can"),
    (SPARSE, "SGDClassifier: its coef_ is sparse, takes a dense one: estimator.densify()"),
    (
        fitted(MLPRegressor(**MLP, loss="poisson"), SICK, HOW)
        if "loss" in MLPRegressor().get_params()
        else None,
        "MLPRegressor: 'exp' is no activation here",
    ),
    (
        fitted(Mine(**MLP), IRIS, NAMES),
        "Mine: this estimator is no such net: predict_proba of row 0, number 0 is ",
    ),
]


@pytest.mark.parametrize(("estimator", "told"), REFUSED, ids=lambda it: str(it)[:30])
def test_what_is_refused_by_name(estimator, told):
    if estimator is None and "NoneType" not in told:
        pytest.skip("this version has no such loss")
    with pytest.raises(nntrace.NntraceError) as error:
        nntrace.from_sklearn(estimator)
    assert told in str(error.value)
    assert len(error.value.problems) == 1
