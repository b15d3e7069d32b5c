"""How a Trace shows itself where somebody types: a REPL's text, a notebook's HTML."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

import numpy as np

from nntrace.core.neurons import labels_of
from nntrace.core.prediction import predict
from nntrace.errors import plural, printable

if TYPE_CHECKING:
    from nntrace.core.forward import Trace
    from nntrace.core.network import Array

SHOWN = 10  # neurons of a layer, rows of a trace


def as_text(trace: Trace) -> str:
    """Return some lines: the net, then each layer's z and a for the first row, then the verdict."""
    lines = [_title(trace)]
    if len(trace):
        lines.append(f"  input    {_some(trace.input[0])}")
        for part in trace.layers:
            lines.append(
                f"  {printable(part.name)}  {part.layer.activation.name}, {part.layer.size}"
            )
            lines.append(f"    z      {_some(part.z[0])}")
            lines.append(f"    a      {_some(part.a[0])}")
        if verdict := _verdict(trace):
            lines.append(f"  → {verdict}")
    if len(trace) > 1:
        lines.append(f"  (row 0 of {len(trace)}; trace.row(1) shows the next)")
    return "\n".join(lines)


def as_html(trace: Trace) -> str:
    """Return a table a layer, for the first row; nothing is fetched and nothing runs."""
    if not len(trace):
        return f"<p>{escape(_title(trace))}</p>"
    tables = [_html_table(trace, "input", [("value", trace.input[0])])]
    for part in trace.layers:
        columns = [("z", part.z[0]), ("a", part.a[0])]
        tables.append(_html_table(trace, part.name, columns, part.layer.activation.name))
    verdict = _verdict(trace)
    return (
        f"<div><p><b>{escape(_title(trace))}</b></p>"
        '<div style="display:flex;flex-wrap:wrap;gap:1.5em;align-items:flex-start">'
        + "".join(tables)
        + "</div>"
        + (f"<p>→ <b>{escape(verdict)}</b></p>" if verdict else "")
        + "</div>"
    )


def _html_table(
    trace: Trace, name: str, columns: list[tuple[str, Array]], activation: str = ""
) -> str:
    labels = labels_of(trace.network, name)
    size = len(columns[0][1])
    caption = escape(f"{name} · {activation}" if activation else name)
    head = "".join(f"<th>{title}</th>" for title, _ in columns)
    rows = []
    for index in range(min(size, SHOWN)):
        label = labels[index] if labels else str(index)
        cells = "".join(
            f'<td style="text-align:right;font-family:monospace">{values[index]:+.4f}</td>'
            for _, values in columns
        )
        rows.append(f'<tr><th style="text-align:left">{escape(label)}</th>{cells}</tr>')
    if size > SHOWN:
        rows.append(f'<tr><td colspan="{len(columns) + 1}">… {size - SHOWN} more</td></tr>')
    return f"<table><caption>{caption}</caption><tr><th></th>{head}</tr>{''.join(rows)}</table>"


def _title(trace: Trace) -> str:
    network = trace.network
    sizes = " → ".join(
        str(size) for size in (network.input.size, *(p.size for p in network.layers))
    )
    rows = plural(len(trace), "row")
    return f"Trace of {printable(network.name)}: {rows}, {sizes}, {network.dtype}"


def _verdict(trace: Trace) -> str:
    prediction = predict(trace.row(0))[0]
    if prediction is None:
        return ""
    label = prediction.label if prediction.label is not None else f"class {prediction.index}"
    return f"{printable(label)}, {prediction.probability:.2%}"


def _some(values: Array) -> str:
    shown = np.array2string(
        values[:SHOWN],
        precision=4,
        suppress_small=True,
        max_line_width=10_000,
        sign="+",
        floatmode="fixed",
    )
    more = len(values) - SHOWN
    return f"{shown} … {more} more" if more > 0 else shown
