"""Which command to try next, written so that it can be typed as it stands."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from nntrace.cli.tracing import Asked
    from nntrace.core.forward import Trace
    from nntrace.write.view import View


def to_explain(net: str, trace: Trace, asked: Asked, row: int | None) -> str | None:
    """Return the command that explains what a net said of one row: its class, or largest output.

    `asked` and `row` say which one it is. None where the net or the row came from standard input,
    and could not be read again.
    """
    import numpy as np

    from nntrace.analysis.prediction import predict
    from nntrace.core.names import Neuron, name_of

    if net == "-" or "-" in asked.inputs:
        return None
    network = trace.network
    decided = predict(trace)[0]
    largest = int(np.nan_to_num(np.abs(trace.output[0])).argmax())
    index = decided.index if decided and network.output.size > 1 else largest
    neuron = name_of(network, Neuron(network.output.name, index))
    words = ["nntrace", "explain", net, neuron]
    for option, value in _options(asked, row):
        # a value that looks like an option is tied to its own
        words += [f"{option}={value}"] if value.startswith("-") else [option, value]
    return shlex.join(words)


def _options(asked: Asked, row: int | None) -> list[tuple[str, str]]:
    several = {
        "--input": asked.inputs,
        "--example": asked.examples,
        "--set": asked.settings,
        "--keep": asked.keep,
        "--drop": asked.drop,
    }
    one = {
        "--input-format": asked.input_format,
        "--header": asked.header,
        "--delimiter": asked.delimiter,
        "--row": None if row is None else str(row),
    }
    given = [(option, value) for option, values in several.items() for value in values]
    return given + [(option, value) for option, value in one.items() if value is not None]


def hint(command: str | None, view: View, accessible: bool) -> str:
    """Write a hint for somebody at a terminal, where it fits on a line; nothing elsewhere."""
    if command is None or view.width is None or view.plain(command) != command:
        return ""
    if accessible:
        from nntrace.write.lines.text import written

        return written([f"Next: {command}"], view)
    from nntrace.write.render.look import QUIET, render

    line = view.text(f"next: {command}", QUIET)
    return render([line], view) if line.cell_len <= view.width else ""
