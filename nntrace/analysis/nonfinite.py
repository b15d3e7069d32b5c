"""Where a number first stopped being finite."""

from __future__ import annotations

import numpy as np

from nntrace.core.arrays import Array
from nntrace.core.forward import Trace
from nntrace.core.layer import Layer
from nntrace.core.names import Neuron, name_of
from nntrace.core.network import Network
from nntrace.records import NamedTuple


class NotFinite(NamedTuple):
    """A value of a trace that is infinite or not a number; `quantity` is x, z or a.

    `tokens` is how many the row has, where that differs from row to row.
    """

    row: int
    neuron: Neuron
    quantity: str
    value: float
    tokens: int | None = None

    def called(self, network: Network) -> str:
        """Return the name of its neuron."""
        return name_of(network.at(self.tokens) if self.tokens else network, self.neuron)


def first_not_finite(trace: Trace) -> NotFinite | None:
    """Return where, in the first row that has one, a number that is not finite first arose.

    A z that is masked is −∞ on purpose, and none of these.
    """
    stages: list[tuple[str, str, Array, Layer | None]] = [("input", "x", trace.x, None)]
    for part in trace.layers:
        masking = part.layer if part.layer.op.masked else None
        stages += [(part.name, "z", part.z, masking), (part.name, "a", part.a, None)]
    found: NotFinite | None = None
    for name, quantity, values, masking in stages:
        rows = values if found is None else values[: found.row]
        finite = np.isfinite(rows)
        if masking:
            finite |= np.isneginf(rows) & masking.op.mask(masking.shape).ravel()
        if not finite.all():
            row, index = np.argwhere(~finite)[0].tolist()
            tokens = trace.network.input.size if trace.network.input.varies else None
            value = float(rows[row, index])
            found = NotFinite(row, Neuron(name, index), quantity, value, tokens)
    return found
