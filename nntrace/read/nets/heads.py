"""Layers of scikit-learn's perceptrons and linear models, and what each gives.

A model has layers that are sure, and one or several heads that it may end with: which of them it
has hangs on its class, its parameters and the version of scikit-learn. Whoever has the estimator
tries them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple, TypeAlias

import numpy as np

from nntrace.core.activation import Across, Activation
from nntrace.core.activations import ACTIVATIONS
from nntrace.core.arrays import Array, Numbers
from nntrace.core.forward import Trace
from nntrace.core.layer import Layer
from nntrace.core.network import DTYPES
from nntrace.core.ops.dense import Dense
from nntrace.core.ops.reshape import Flatten
from nntrace.errors import UsageError

Answers: TypeAlias = "Mapping[str, Numbers]"  # what each method of an estimator gives


class Head(NamedTuple):
    """The last layers of a net, and what the methods of the estimator should give for a trace."""

    layers: tuple[Layer, ...]
    answers: Callable[[Trace], Answers]


class Model(NamedTuple):
    """Layers that are sure, and the heads that there may be, the first that fits counts."""

    body: tuple[Layer, ...]
    heads: tuple[Head, ...]

    @property
    def arrays(self) -> list[Array]:
        """All weights and biases."""
        layers = (*self.body, *self.heads[0].layers)
        return [array for layer in layers for array in layer.op.arrays.values()]

    @property
    def names(self) -> set[str]:
        """What no other layer may be called."""
        layers = [*self.body, *(layer for head in self.heads for layer in head.layers)]
        return {"input", *(layer.name for layer in layers)}

    @property
    def features(self) -> int:
        """How many numbers it reads."""
        return (*self.body, *self.heads[0].layers)[0].fan_in


def _numbers(estimator: Any, name: str) -> Array:
    """Return an attribute as an array; UsageError where it is sparse."""
    values = getattr(estimator, name)
    if hasattr(values, "toarray"):
        told = f"{type(estimator).__name__}: its {name} is sparse"
        way = ": estimator.densify()" if hasattr(estimator, "densify") else ""
        raise UsageError(f"{told}, takes a dense one{way}")
    array = np.asarray(values)
    return array if array.dtype.name in DTYPES else array.astype(np.float64)


# ---- multilayer perceptrons ----

_PERCEPTRONS = ("MLPClassifier", "MLPRegressor")
_ACTIVATIONS = {
    "identity": "identity",
    "logistic": "sigmoid",
    "tanh": "tanh",
    "relu": "relu",
    "softmax": "softmax",
}


def _activation(estimator: Any, name: str) -> Activation:
    if name not in _ACTIVATIONS:
        raise UsageError(f"{type(estimator).__name__}: '{name}' is no activation here")
    return Activation(ACTIVATIONS[_ACTIVATIONS[name]])


def _of_mlp(estimator: Any, called: str) -> Model:
    matrices = [np.asarray(each).T for each in estimator.coefs_]
    biases = [np.asarray(each) for each in estimator.intercepts_]
    hidden = _activation(estimator, estimator.activation)
    *inner, last = (Dense(w, b) for w, b in zip(matrices, biases, strict=True))
    body = tuple(Layer(f"hidden{at}", op, hidden) for at, op in enumerate(inner, 1))
    activation = _activation(estimator, estimator.out_activation_)
    if called == "MLPRegressor":
        layer = Layer("output", last, activation)
        return Model(body, (Head((layer,), _given),))
    classes = _labels(estimator)
    if activation.kind.two_classes and last.size == 1:
        return Model(body, (_one_sigmoid(last, classes, decides=False),))
    layer = Layer("output", last, activation, classes)
    return Model(body, (Head((layer,), _shares if activation.kind.rowwise else _each_label),))


def _labels(estimator: Any) -> tuple[str, ...]:
    """Return the classes as labels; UsageError where two are written alike."""
    classes = getattr(estimator, "classes_", None)
    if isinstance(classes, list):
        told = f"{type(estimator).__name__}: has classes of several targets"
        raise UsageError(f"{told}, takes one target")
    labels = tuple(str(each) for each in np.asarray(classes).tolist())
    if len({*labels}) < len(labels):
        raise UsageError(f"{type(estimator).__name__}: two of its classes are written alike")
    return labels


# ---- linear models ----

_REGRESSORS = (
    "LinearRegression", "Ridge", "RidgeCV", "Lasso", "LassoCV", "ElasticNet", "ElasticNetCV",
    "MultiTaskLasso", "MultiTaskLassoCV", "MultiTaskElasticNet", "MultiTaskElasticNetCV", "Lars",
    "LarsCV", "LassoLars", "LassoLarsCV", "LassoLarsIC", "OrthogonalMatchingPursuit",
    "OrthogonalMatchingPursuitCV", "BayesianRidge", "ARDRegression", "HuberRegressor",
    "TheilSenRegressor", "QuantileRegressor", "SGDRegressor", "PassiveAggressiveRegressor",
    "LinearSVR", "SVR", "NuSVR",
)  # fmt: skip
_CLASSIFIERS = (
    "LogisticRegression", "LogisticRegressionCV", "RidgeClassifier", "RidgeClassifierCV",
    "SGDClassifier", "Perceptron", "PassiveAggressiveClassifier", "LinearSVC",
    "LinearDiscriminantAnalysis", "SVC", "NuSVC",
)  # fmt: skip

_OF_PAIRS = ("SVC", "NuSVC")  # which tell more than two classes by a decision for each pair


def _of_linear(estimator: Any, called: str) -> Model:
    if getattr(estimator, "kernel", "linear") != "linear":
        told = f"{called} has a kernel, whose numbers are no weighted sums of the features"
        raise UsageError(f"{told}, takes kernel='linear'")
    weights = np.atleast_2d(_numbers(estimator, "coef_"))
    bias = _numbers(estimator, "intercept_").astype(weights.dtype).reshape(-1)
    op = Dense(weights, np.resize(bias, len(weights)).astype(weights.dtype))
    if called in _REGRESSORS:
        return Model((), (Head((Layer("output", op),), _given),))
    proba = hasattr(estimator, "predict_proba")
    classes = _labels(estimator)
    return Model((), tuple(_classifying(op, classes, proba, called, called in _OF_PAIRS)))


def _classifying(
    op: Dense, classes: tuple[str, ...], proba: bool, called: str, pairs: bool
) -> Iterator[Head]:
    """Give the heads that a linear classifier may have, those with shares first."""
    if op.size == 1 and len(classes) == 2:
        if proba:
            yield _one_sigmoid(op, classes, decides=True)
            yield _two(op, classes, -op.weights, -op.bias, "softmax")
        yield _two(op, classes, 0.0 * op.weights, 0.0 * op.bias, "hardmax")
        return
    if op.size != len(classes) or pairs:
        told = "votes between pairs of classes, which no layer does, takes two classes"
        raise UsageError(f"{called} {told}, or LinearSVC")
    if proba:
        yield Head(
            (Layer("output", op, Activation(ACTIVATIONS["softmax"]), classes),),
            lambda trace: {**_shares(trace), "decision_function": trace["output"].z},
        )
        yield Head(
            (
                Layer("decision", op, Activation(ACTIVATIONS["log_sigmoid"]), classes),
                Layer("output", Flatten(), Activation(ACTIVATIONS["softmax"]), classes),
            ),
            _one_against_the_rest,
        )
    hardmax = Layer("output", op, Activation(ACTIVATIONS["hardmax"]), classes)
    yield Head((hardmax,), _decided)
    step = Layer("output", op, Activation(ACTIVATIONS["step"]), classes)
    yield Head((step,), lambda trace: {**_decided(trace), **_given(trace)})


def _one_sigmoid(op: Dense, classes: tuple[str, ...], decides: bool) -> Head:
    layer = Layer("output", op, Activation(ACTIVATIONS["sigmoid"]), classes[1:])

    def answers(trace: Trace) -> Answers:
        share = trace.output[:, 0]
        told = {"predict": share > 0.5, "predict_proba": np.column_stack([1 - share, share])}
        return {**told, "decision_function": trace["output"].z[:, 0]} if decides else told

    return Head((layer,), answers)


def _two(op: Dense, classes: tuple[str, ...], weights: Array, bias: Array, name: str) -> Head:
    """Return two neurons, the second of which is the decision for class 1."""
    both = Dense(np.vstack([weights, op.weights]), np.concatenate([bias, op.bias]))
    layer = Layer("output", both, Activation(ACTIVATIONS[name]), classes)

    def answers(trace: Trace) -> Answers:
        shares = layer.activation.kind.across is Across.SHARES
        told = _shares(trace) if shares else _decided(trace)
        return {**told, "decision_function": trace["output"].z[:, 1]}

    return Head((layer,), answers)


def _given(trace: Trace) -> Answers:
    return {"predict": trace.output}


def _shares(trace: Trace) -> Answers:
    return {"predict_proba": trace.output, "predict": trace.output.argmax(axis=1)}


def _one_against_the_rest(trace: Trace) -> Answers:
    z = trace["decision"].z  # it decides, where shares round to the same number
    return {**_shares(trace), "predict": z.argmax(axis=1), "decision_function": z}


def _decided(trace: Trace) -> Answers:
    return {"predict": trace.output.argmax(axis=1), "decision_function": trace["output"].z}


def _each_label(trace: Trace) -> Answers:
    return {"predict_proba": trace.output, "predict": trace.output > 0.5}


# By the classes of scikit-learn, those derived from them too.
MODELS: Mapping[str, Callable[[Any, str], Model]] = {
    **dict.fromkeys(_PERCEPTRONS, _of_mlp),
    **dict.fromkeys((*_REGRESSORS, *_CLASSIFIERS), _of_linear),
}
