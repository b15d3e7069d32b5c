"""Whether a net gives what its examples say."""

from __future__ import annotations

from typing import Literal, NamedTuple

import numpy as np

from nntrace.core.forward import Trace, forward
from nntrace.core.network import TOLERANCES, Example, Network
from nntrace.core.neurons import Neuron
from nntrace.core.prediction import Prediction, predict


class WrongClass(NamedTuple):
    """Another class was predicted than expected; `got` is None where the output is not finite."""

    expected: int
    got: Prediction | None


class WrongValue(NamedTuple):
    """A value lies further from what was expected than the tolerance allows."""

    neuron: Neuron
    quantity: Literal["z", "a"]
    expected: float
    got: float
    tolerance: float

    @property
    def difference(self) -> float:
        """How far off the value is."""
        return self.got - self.expected


class Verdict(NamedTuple):
    """What came of one example: `failures` is empty where all is as expected."""

    example: Example
    trace: Trace
    prediction: Prediction | None
    failures: tuple[WrongClass | WrongValue, ...]


def judge(network: Network) -> list[Verdict]:
    """Run every example of a net and compare it with what it should give."""
    return [_judge_one(network, example) for example in network.examples]


def _judge_one(network: Network, example: Example) -> Verdict:
    trace = forward(network, example.input)
    prediction = predict(trace)[0]
    expect = example.expect
    failures: list[WrongClass | WrongValue] = []
    if expect and expect.class_index is not None:
        got = prediction.index if prediction else None
        if got != expect.class_index:
            failures.append(WrongClass(expect.class_index, prediction))
    tolerance = TOLERANCES[network.dtype]
    if expect and expect.tolerance is not None:
        tolerance = expect.tolerance
    for expected in expect.values if expect else ():
        part = trace[expected.layer]
        values = (part.z if expected.quantity == "z" else part.a)[0]
        with np.errstate(all="ignore"):
            # in float64, so that a float32 net is not judged by the rounding of the comparison
            distance = np.abs(values.astype(np.float64) - expected.values)
        for index in np.flatnonzero(~(distance <= tolerance)).tolist():
            failures.append(
                WrongValue(
                    Neuron(expected.layer, index),
                    expected.quantity,
                    float(expected.values[index]),
                    float(values[index]),
                    tolerance,
                )
            )
    return Verdict(example, trace, prediction, tuple(failures))
