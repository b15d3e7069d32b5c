"""Which class a trace decides for."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from nntrace.core.forward import Trace


class Prediction(NamedTuple):
    """A class by its index, its label where it has one, and its probability."""

    index: int  # type: ignore[assignment]  # not tuple's method of that name
    label: str | None
    probability: float


def predict(trace: Trace) -> list[Prediction | None]:
    """Return the predicted class of each row.

    It is the largest output of softmax, log_softmax and hardmax (the first of equals), and for one
    sigmoid neuron class 1 where it is over 0.5. None where the output gives no class or is not
    finite. Probabilities are the output's own, exp(a) for log_softmax, 1 for hardmax.
    """
    labels = trace.network.classes
    if labels is None:
        return [None] * len(trace)
    output = trace.output
    kind = trace.network.output.activation.name
    if kind == "sigmoid":
        indices = (output[:, 0] > 0.5).astype(int)
        probabilities = np.where(indices == 1, output[:, 0], 1 - output[:, 0])
    else:
        indices = output.argmax(axis=1)
        probabilities = np.take_along_axis(output, indices[:, np.newaxis], axis=1)[:, 0]
        if kind == "log_softmax":
            with np.errstate(all="ignore"):  # set by hand, it may be the logarithm of anything
                probabilities = np.exp(probabilities).clip(max=np.finfo(output.dtype).max)
    finite = np.logical_and.reduce(np.isfinite(output), axis=1)
    return [
        Prediction(index, labels[index], probability) if held else None
        for index, probability, held in zip(
            indices.tolist(),
            probabilities.tolist(),
            finite.tolist(),
            strict=True,
        )
    ]


def class_probabilities(trace: Trace, row: int) -> list[float]:
    """Return the probability of each class of the net for one row; the net must give classes."""
    output = trace.output[row]
    kind = trace.network.output.activation.name
    if kind == "sigmoid":
        return [float(1 - output[0]), float(output[0])]
    with np.errstate(all="ignore"):
        values: list[float] = (np.exp(output) if kind == "log_softmax" else output).tolist()
    return values
