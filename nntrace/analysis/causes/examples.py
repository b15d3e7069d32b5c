"""Why examples fail: what they expect is a trace that was recorded, of a few places."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from nntrace.analysis.causes.cause import Cause
from nntrace.analysis.causes.classes import CALLED, causes_of_classes
from nntrace.analysis.causes.search import causes
from nntrace.analysis.diff.compare import Tolerances
from nntrace.analysis.diff.difference import differ
from nntrace.analysis.diff.sides import NetSide, RecordedSide, Rows
from nntrace.analysis.examples import Verdict, WrongValue
from nntrace.core.arrays import Array
from nntrace.core.network import TOLERANCES, Network
from nntrace.core.recorded import Place, Recorded, RecordedArray

Expected = dict[Place, Array]


def causes_of_failure(network: Network, verdicts: Sequence[Verdict]) -> list[Cause]:
    """Return what explains that values are not as expected: one change of the net with which all
    of them are, in each example that expects values of the same places as the first that fails.

    Where classes alone are expected, see `causes_of_classes`.
    """
    failing = next(
        (v for v in verdicts if any(isinstance(f, WrongValue) for f in v.failures)), None
    )
    if failing is None:
        return causes_of_classes(network, verdicts)
    wanted = _expected(failing)
    alike = [
        (verdict, values)
        for verdict in verdicts
        if (values := _expected(verdict)).keys() == wanted.keys()
        and verdict.example.input.shape == failing.example.input.shape
    ]
    arrays = {place: _held(np.array([values[place] for _, values in alike])) for place in wanted}
    side = RecordedSide(Recorded("what is expected", arrays), len(alike))
    rows = Rows(range(len(alike)), np.array([v.example.input for v, _ in alike]))
    found = differ(
        NetSide(network), side, [rows], _tolerances(network, [v for v, _ in alike]), named=True
    )
    return causes(found, *CALLED)


def _expected(verdict: Verdict) -> Expected:
    expect = verdict.example.expect
    return {
        Place(each.layer, each.quantity): each.values for each in (expect.values if expect else ())
    }


def _held(values: Array) -> RecordedArray:
    return RecordedArray(values.shape, "float64", lambda: values)


def _tolerances(network: Network, verdicts: Sequence[Verdict]) -> Tolerances:
    """Return the widest tolerances that some examples allow."""
    given = [verdict.example.expect for verdict in verdicts]
    usual = TOLERANCES[network.dtype]
    atol = max(
        usual if each is None or each.tolerance is None else each.tolerance for each in given
    )
    rtol = max((each and each.relative) or 0.0 for each in given)
    return Tolerances(atol, rtol)
