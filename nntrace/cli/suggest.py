"""Which command to try next, written so that it can be typed as it stands."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from nntrace.cli.command import given_options

if TYPE_CHECKING:
    from nntrace.cli.options import Rows
    from nntrace.core.forward import Trace


def to_explain(net: str, trace: Trace, rows: Rows, row: int | None) -> list[str] | None:
    """Return the command that explains what a net said of one row: its class, or largest output.

    It comes in parts, between which a line may break. `rows` and `row` say which row it is. None
    where the net or the row came from standard input, and could not be read again.
    """
    import numpy as np

    from nntrace.analysis.prediction import predict
    from nntrace.core.names import Neuron, name_of

    if net == "-" or "-" in rows.inputs:
        return None
    network = trace.network
    decided = predict(trace)[0]
    largest = int(np.nan_to_num(np.abs(trace.answers[0])).argmax())
    index = decided.index if decided and network.answers > 1 else largest
    before = network.output.size - network.answers  # numbers of the tokens before the last one
    neuron = name_of(network, Neuron(network.output.name, before + index))
    parts = [shlex.join(["nntrace", "explain", net, neuron])]
    options = [(option, value) for option, value in given_options(rows) if value is not True]
    for option, value in options + ([] if row is None else [("--row", str(row))]):
        # a value that looks like an option is tied to its own
        tied = [f"{option}={value}"] if value.startswith("-") else [option, value]
        parts.append(shlex.join(tied))
    return parts
