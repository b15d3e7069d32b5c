"""Which class a trace decides for."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from nntrace.core.activation import Across
from nntrace.core.arrays import Array, Flags, Places
from nntrace.core.forward import Trace
from nntrace.records import NamedTuple

if TYPE_CHECKING:
    from nntrace.core.layer import Layer
    from nntrace.core.network import Network


class Prediction(NamedTuple):
    """A class by its index, its label where it has one, and its probability."""

    index: int  # type: ignore[assignment]  # not tuple's method of that name
    label: str | None
    probability: float


class Decisions(NamedTuple):
    """The predicted class of each row, by its index, and its probability.

    `finite` says of which rows the output is finite; there is no prediction for the others.
    """

    indices: Places
    probabilities: Array
    finite: Flags


def decide(trace: Trace) -> Decisions | None:
    """Return the predicted class of each row; None where the output gives no class.

    It is the largest output of softmax, log_softmax and hardmax (the first of equals), and for one
    sigmoid neuron class 1 where it is over 0.5; of tokens, that of the last one. Probabilities are
    the output's own, exp(a) for log_softmax, 1 for hardmax.
    """
    return decide_of(trace.network, trace.output)


def decide_of(network: Network, output: Array) -> Decisions | None:
    """Return the same of the post-activations of a net's last layer, rows × size."""
    if network.classes is None:
        return None
    output = output[:, -network.answers :]
    kind = network.output.activation.kind
    if network.one_decides:
        indices = (output[:, 0] > 0.5).astype(int)
        probabilities = np.where(indices == 1, output[:, 0], 1 - output[:, 0])
    else:
        indices = output.argmax(axis=1)
        probabilities = np.take_along_axis(output, indices[:, np.newaxis], axis=1)[:, 0]
        if kind.across is Across.LOG_SHARES:
            with np.errstate(all="ignore"):  # set by hand, it may be the logarithm of anything
                probabilities = np.exp(probabilities).clip(max=np.finfo(output.dtype).max)
    return Decisions(indices, probabilities, np.logical_and.reduce(np.isfinite(output), axis=1))


def predict(trace: Trace) -> list[Prediction | None]:
    """Return the predicted class of each row, as `decide` does.

    None where the output gives no class or is not finite.
    """
    return predict_of(trace.network, trace.output)


def predict_of(network: Network, output: Array) -> list[Prediction | None]:
    """Return the same of the post-activations of a net's last layer, rows × size."""
    labels = network.classes
    decisions = decide_of(network, output)
    if labels is None or decisions is None:
        return [None] * len(output)
    return [
        Prediction(index, labels[index], probability) if held else None
        for index, probability, held in zip(
            *(column.tolist() for column in decisions),
            strict=True,
        )
    ]


def class_shares(trace: Trace) -> Array:
    """Return the probability of each class of the net, rows × classes; it must give classes."""
    output, layer = trace.answers, trace.network.output
    if trace.network.one_decides:
        return np.hstack([1 - output, output])
    return shares_of(layer, output)


def shares_of(layer: Layer, a: Array) -> Array:
    """Return the shares that post-activations of softmax, log_softmax or hardmax stand for."""
    if layer.activation.kind.across is not Across.LOG_SHARES:
        return a
    with np.errstate(all="ignore"):  # set by hand, it may be the logarithm of anything
        return np.exp(a)
