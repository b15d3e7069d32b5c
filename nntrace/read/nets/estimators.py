"""Nets made of fitted estimators of scikit-learn, each checked against the estimator itself.

scikit-learn is not imported: whoever has an estimator has it. An estimator is known by the name of
its class, or of one that it derives from; its output layer is the first of a few that gives what
the estimator gives.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from nntrace.analysis.agreement import TOLERANCES, Parting, parting, random_rows
from nntrace.core.arrays import Array
from nntrace.core.forward import forward
from nntrace.core.input import Input
from nntrace.core.layer import Layer
from nntrace.core.network import Network
from nntrace.errors import NetworkError, UsageError, listed
from nntrace.read.nets.heads import MODELS, Answers
from nntrace.read.nets.scalers import SCALERS, Scaling, scaling_of


def from_sklearn(estimator: Any) -> Network:
    """Make a net of a fitted estimator of scikit-learn.

    It takes MLPClassifier and MLPRegressor, linear models (LogisticRegression, LinearRegression,
    Ridge, Lasso, SGDClassifier, LinearSVC, LinearDiscriminantAnalysis and more) and Pipelines of
    StandardScaler, MinMaxScaler, MaxAbsScaler, RobustScaler and `passthrough` before one of them.

    The input has the size and the names of the features. A scaler that subtracts and divides, where
    it is the first, is the input's mean and std; others are layers, named after their step.
    Weights are `coefs_` transposed, size × fan-in, in float32 where all of them are.

    The output is by the estimator's own rule: softmax, one sigmoid neuron for the class
    `classes_[1]`, a sigmoid neuron a label; where an estimator only decides, hardmax of its
    decision function, which is the layer's z. Labels are those of `classes_`. What of the estimator
    does not show in the net, its description says.

    Before it is returned, the net's numbers are compared with those of `predict`, and of
    `predict_proba` and `decision_function` where the estimator has them, on random rows: they agree
    within 1e-9 of the largest (1e-4 in float32).

    Raises UsageError for what is not fitted, or no such estimator, and NetworkError where the two
    part.
    """
    steps = [*_steps(estimator)]
    if _named(steps[-1][1], MODELS) is None:
        raise UsageError(_refused(steps[-1][1]))
    for _, step in steps[:-1]:
        if _named(step, SCALERS) is None:
            takes = f"takes {listed([*SCALERS])} before the estimator"
            raise UsageError(f"{_class(step)} is no step that a net can be made of, {takes}")
    for _, step in steps:
        _check_fitted(step)
    names = [_class(step) for _, step in steps]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of features without names
        return _checked(estimator, steps, names)


def _checked(estimator: Any, steps: Sequence[tuple[str, Any]], names: Sequence[str]) -> Network:
    """Return the net of the first head that agrees with the estimator."""
    final = steps[-1][1]
    called = _class_in(final, MODELS)
    model = MODELS[called](final, called)
    size, taken = model.features, model.names
    dtype = "float32" if all(each.dtype == np.float32 for each in model.arrays) else "float64"
    scalings = [
        (_unlike(name, taken), scaling_of(step, _class_in(step, SCALERS)))
        for name, step in steps[:-1]
    ]
    labels = _feature_names([estimator, *(step for _, step in steps)])
    spec, scaled = _scaled(scalings, size, labels, dtype)
    rows = random_rows(size, *_around(scalings), dtype)
    apart: Parting | None = None
    for head in model.heads:
        layers = _held((*scaled, *model.body, *head.layers), dtype)
        network = Network(names[-1], spec, layers, dtype)
        given = head.answers(forward(network, rows))
        found = parting(given, _expected(estimator, given, rows), TOLERANCES[dtype])
        if found is None:
            told = _described(estimator, names, network, given)
            return replace(network, description=told)
        apart = apart or found
    raise NetworkError(f"{listed(names)}: this estimator is no such net: {apart}")


def _unlike(name: str, taken: set[str]) -> str:
    """Return the name of a step as that of a layer, which no other one has; it is taken then."""
    found, count = name, 1
    while found in taken:
        count += 1
        found = f"{name}_{count}"
    taken.add(found)
    return found


def _described(estimator: Any, names: Sequence[str], network: Network, given: Answers) -> str:
    """Say what a net was made of, and what of that does not show in it."""
    told = f"scikit-learn's {listed(names)}"
    if network.one_decides:
        low, high = estimator.classes_
        told += f"; class 0 is {low}, class 1 {high}"
    if hasattr(estimator, "predict_proba") and "predict_proba" not in given:
        told += "; its predict_proba is not in the net"
    return told


def _expected(estimator: Any, given: Answers, rows: Array) -> Answers:
    """Return what the estimator gives, of the methods that it has."""
    expected = {}
    for method in given:
        if hasattr(estimator, method):
            answer = np.asarray(getattr(estimator, method)(rows))
            if method == "predict" and hasattr(estimator, "classes_") and answer.ndim == 1:
                answer = np.searchsorted(estimator.classes_, answer)
            expected[method] = answer
    return expected


# ---- what an estimator is ----


def _steps(estimator: Any) -> list[tuple[str, Any]]:
    """Return the steps of a pipeline, of pipelines within it too, without those that do nothing."""
    if _named(estimator, {"Pipeline"}) is None:
        return [("", estimator)]
    *inner, (name, last) = estimator.steps
    if last is None or isinstance(last, str):
        raise UsageError("Pipeline: ends with 'passthrough', takes an estimator at its end")
    steps = []
    for each, step in (*inner, (name, last)):
        if step is not None and not isinstance(step, str):
            steps += [(own or each, it) for own, it in _steps(step)]
    return steps


def _named(value: Any, names: Any) -> str | None:
    """Return the name of the class of scikit-learn that a value is of, if it is one of these."""
    for each in type(value).__mro__:
        if each.__name__ in names and each.__module__.partition(".")[0] == "sklearn":
            return each.__name__
    return None


def _class_in(value: Any, names: Any) -> str:
    found = _named(value, names)
    assert found
    return found


def _class(value: Any) -> str:
    return type(value).__name__


def _check_fitted(step: Any) -> None:
    """Raise UsageError where an estimator has none of what fitting gives it."""
    fitted = [name for name in vars(step) if name.endswith("_") and not name.startswith("_")]
    if not fitted:
        raise UsageError(f"{_class(step)} is not fitted, takes one after its fit(X, y)")


def _refused(estimator: Any) -> str:
    """Say why no net can be made of it, and what could be done."""
    name = _class(estimator)
    if isinstance(estimator, type):
        return f"takes a fitted estimator of scikit-learn, not the class {estimator.__name__}"
    if not hasattr(estimator, "fit"):
        return f"takes a fitted estimator of scikit-learn, not {name}"
    classes = [each.__name__.removesuffix("Mixin") for each in type(estimator).__mro__]
    classes = [each for each in classes if each != "MultiOutput"]  # which only says what it gives
    for words, told in _REASONS.items():
        if any(word in each for each in classes for word in words):
            return f"{name} is {told}"
    takes = "takes a multilayer perceptron or a linear model"
    return f"{name} is no estimator that a net can be made of, {takes}"


_REASONS = {
    ("SearchCV",): "a search, takes what it found: its best_estimator_",
    ("Calibrated",): "a calibration, takes the estimator that it calibrates",
    ("TransformedTarget",): "a transformation of the target, takes its regressor_",
    ("Forest", "Tree", "Boost"): "made of trees, which are no layers of weights",
    (
        "OneClassSVM",
        "GaussianProcess",
        "KernelRidge",
    ): "a kernel method, whose numbers are no weighted sums of the features",
    ("Neighbor", "KMeans"): "told by distances, which are no weighted sums of the features",
    ("Voting", "Stacking", "Bagging", "MultiOutput", "OneVs", "OutputCode", "Chain"): (
        "made of several estimators, takes one of them"
    ),
    ("_GeneralizedLinearRegressor",): "linear in an exponent: exp is no activation here",
    ("Transformer", "BaseScaler"): "a transformer alone, takes an estimator behind it",
}


# ---- the input ----


def _scaled(
    scalings: Sequence[tuple[str, Scaling]],
    size: int,
    labels: tuple[str, ...] | None,
    dtype: str,
) -> tuple[Input, list[Layer]]:
    """Return the input of a net, and its layers that only scale."""
    inner, mean, std = list(scalings), None, None
    if inner and inner[0][1].of_input:
        [(_, first), *inner] = inner
        mean, std = _in(first.mean, dtype), _in(first.std, dtype)
    layers = [scaling.layer(name, size, labels) for name, scaling in inner]
    return Input(size, labels, None, mean, std), layers


def _feature_names(fitted: Sequence[Any]) -> tuple[str, ...] | None:
    """Return the names of the features, which the first that has any knows."""
    for each in fitted:
        names = getattr(each, "feature_names_in_", None)
        if names is not None:
            return tuple(map(str, names))
    return None


def _around(scalings: Sequence[tuple[str, Scaling]]) -> tuple[Any, Any]:
    """Return where the features lie, and how far they spread, as a first scaler has seen them."""
    if not scalings:
        return 0.0, 1.0
    scaling = scalings[0][1]
    if scaling.scale is not None and scaling.shift is not None:
        return (0.5 - scaling.shift) / scaling.scale, 1.0 / scaling.scale
    mean = 0.0 if scaling.mean is None else scaling.mean
    return mean, 1.0 if scaling.std is None else scaling.std


# ---- arrays ----


def _in(values: Array | None, dtype: str) -> Array | None:
    return None if values is None else np.asarray(values).astype(dtype)


def _held(layers: Sequence[Layer], dtype: str) -> tuple[Layer, ...]:
    """Return layers whose arrays are of a dtype."""
    held = []
    for layer in layers:
        keys = {key: value.astype(dtype) for key, value in layer.op.arrays.items()}
        held.append(replace(layer, op=replace(layer.op, **keys)))  # type: ignore[type-var]
    return tuple(held)
