"""Where a number first stopped being finite."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from nntrace.core.forward import Trace
from nntrace.core.names import Neuron


class NotFinite(NamedTuple):
    """A value of a trace that is infinite or not a number; `quantity` is x, z or a."""

    row: int
    neuron: Neuron
    quantity: str
    value: float


def first_not_finite(trace: Trace) -> NotFinite | None:
    """Return where, in the first row that has one, a number that is not finite first arose.

    A z that is masked is −∞ on purpose, and none of these.
    """
    stages = [("input", "x", trace.x, False)]
    for part in trace.layers:
        stages.append((part.name, "z", part.z, part.layer.op.masked))
        stages.append((part.name, "a", part.a, False))
    found: NotFinite | None = None
    for name, quantity, values, masked in stages:
        rows = values if found is None else values[: found.row]
        finite = np.isfinite(rows)
        if masked:
            finite |= np.isneginf(rows)
        if not finite.all():
            row, index = np.argwhere(~finite)[0].tolist()
            found = NotFinite(row, Neuron(name, index), quantity, float(rows[row, index]))
    return found
