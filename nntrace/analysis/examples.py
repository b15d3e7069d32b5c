"""Whether a net gives what its examples say."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from math import copysign, inf, isfinite, nextafter
from typing import TYPE_CHECKING, Literal, NamedTuple

import numpy as np

from nntrace.analysis.prediction import Prediction, predict
from nntrace.core.arrays import Array
from nntrace.core.examples import Example
from nntrace.core.forward import Trace, forward
from nntrace.core.names import Neuron
from nntrace.core.network import TOLERANCES, Network
from nntrace.errors import Problem

if TYPE_CHECKING:
    from nntrace.analysis.causes.cause import Cause


class WrongClass(NamedTuple):
    """Another class was predicted than expected; `got` is None where the output is not finite."""

    expected: int
    got: Prediction | None


class WrongValue(NamedTuple):
    """A value lies further from what was expected than tolerance + relative × |expected|."""

    neuron: Neuron
    quantity: Literal["z", "a"]
    expected: float
    got: float
    tolerance: float
    relative: float = 0.0

    @property
    def allowed(self) -> float:
        """How far off the value may be."""
        return _rounded(_allowed(self.expected, self.tolerance, self.relative))

    @property
    def difference(self) -> float:
        """How far off the value is; always more than is allowed, however that rounds."""
        if not isfinite(self.got):
            return self.got - self.expected
        off = _rounded(_exact(self.got) - _exact(self.expected))
        return off if abs(off) > self.allowed else copysign(nextafter(self.allowed, inf), off)


class Verdict(NamedTuple):
    """What came of one example: `failures` is empty where all is as expected."""

    example: Example
    trace: Trace
    prediction: Prediction | None
    failures: tuple[WrongClass | WrongValue, ...]

    @property
    def ok(self) -> bool:
        """Whether nothing else came than was expected."""
        return not self.failures

    @property
    def expects(self) -> bool:
        """Whether the example says what to expect."""
        return self.example.expect is not None


class Checked(NamedTuple):
    """What came of a net file: the problems that keep it from being one, or of each example.

    `causes` are the changes each of which would make all as expected.
    """

    file: str
    problems: Sequence[Problem] = ()
    verdicts: Sequence[Verdict] = ()
    causes: Sequence[Cause] = ()

    @property
    def ok(self) -> bool:
        """Whether it is a net, and gives what its examples expect."""
        return not self.problems and all(verdict.ok for verdict in self.verdicts)


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
    tolerance, relative = TOLERANCES[network.dtype], 0.0
    if expect:
        tolerance = tolerance if expect.tolerance is None else expect.tolerance
        relative = expect.relative or 0.0
    for expected in expect.values if expect else ():
        traced = trace[expected.layer]
        values = (traced.z if expected.quantity == "z" else traced.a)[0]
        for index in _wrong(values, expected.values, tolerance, relative):
            neuron = Neuron(expected.layer, index)
            numbers = float(expected.values[index]), float(values[index])
            failures.append(WrongValue(neuron, expected.quantity, *numbers, tolerance, relative))
    return Verdict(example, trace, prediction, tuple(failures))


def _wrong(got: Array, expected: Array, tolerance: float, relative: float) -> list[int]:
    """Return which numbers are further off than is allowed.

    Binary fractions would refuse 0.4 where 0.3 ± 0.1 is expected. What lies at the limit is
    therefore compared as it is written, in the fewest digits that mean it: a float32 number in
    those of a float32, or in those of the float64 that nntrace writes.
    """
    with np.errstate(all="ignore"):
        wide = got.astype(np.float64)
        distance = np.abs(wide - expected)
        allowed = tolerance + relative * np.abs(expected)
        slack = 8 * np.finfo(got.dtype).eps * (np.abs(wide) + np.abs(expected) + allowed)
        clear = distance + slack <= allowed
        near = np.isfinite(wide) & ~clear & ~(distance - slack > allowed)
    wrong = ~clear | ~np.isfinite(wide)
    for index in np.flatnonzero(near).tolist():
        right = float(expected[index])
        limit = _allowed(right, tolerance, relative)
        written = {str(got[index]), repr(float(wide[index]))}
        wrong[index] = all(abs(Fraction(each) - _exact(right)) > limit for each in written)
    return np.flatnonzero(wrong).tolist()


def _allowed(expected: float, tolerance: float, relative: float) -> Fraction:
    return _exact(tolerance) + _exact(relative) * abs(_exact(expected))


def _exact(value: float) -> Fraction:
    """Return the decimal number that a float64 is written as."""
    return Fraction(repr(value))


def _rounded(value: Fraction) -> float:
    try:
        return float(value)
    except OverflowError:
        return copysign(inf, value)
