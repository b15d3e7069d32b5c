"""Nets, traces and explanations where somebody types: a REPL's text, a notebook's HTML.

What there is to say of a value is told once, and drawn as either.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from html import escape
from typing import Any, NamedTuple

import numpy as np

from nntrace.analysis.explain import Explanation, exact_sum
from nntrace.analysis.prediction import predict
from nntrace.core.arrays import Array
from nntrace.core.forward import LayerTrace, Trace
from nntrace.core.layer import Layer
from nntrace.core.names import labels_of
from nntrace.core.network import Network
from nntrace.errors import plural, printable
from nntrace.words import class_name
from nntrace.write.choice import by_size
from nntrace.write.view import View, number, percent

MOST = 10  # neurons of a layer, terms of a sum


class Column(NamedTuple):
    """What stands below a heading: a text a line."""

    heading: str
    cells: Sequence[str]


class Table(NamedTuple):
    """Numbers of things that have names; `lying`: as text, a column is a line of its own."""

    caption: str
    names: Sequence[str]
    columns: Sequence[Column]
    left_out: int = 0
    lying: bool = False


class Told(NamedTuple):
    """What there is to say of a value."""

    title: str
    tables: Sequence[Table] = ()
    result: str = ""
    note: str = ""


def text(value: object) -> str:
    """Return some lines."""
    told = _TOLD[type(value)](value)
    lines = [printable(told.title)]
    for table in told.tables:
        lines += _lying(table) if table.lying else _standing(table)
    lines += [f"  → {printable(told.result)}"] * bool(told.result)
    lines += [f"  ({told.note})"] * bool(told.note)
    return "\n".join(lines)


def html(value: object) -> str:
    """Return tables side by side, in the colours of the page; nothing is fetched or run."""
    told = _TOLD[type(value)](value)
    blocks = [f"<p><b>{escape(printable(told.title))}</b></p>"]
    if told.tables:
        flex = "display:flex;flex-wrap:wrap;gap:1.5em;align-items:flex-start"
        blocks.append(f'<div style="{flex}">{"".join(map(_html_table, told.tables))}</div>')
    if told.result:
        blocks.append(f"<p>→ <b>{escape(printable(told.result))}</b></p>")
    if told.note:
        blocks.append(f"<p>{escape(told.note)}</p>")
    return f"<div>{''.join(blocks)}</div>"


# ---- what is told ----


def _of_trace(trace: Trace) -> Told:
    network = trace.network
    title = f"Trace of {network.name}: {plural(len(trace), 'row')}, {_sizes(network)}"
    if not len(trace):
        return Told(title)
    first = [("value", trace.input[0])]
    first += [("x", trace.x[0])] * network.input.normalised
    tables = [_numbers("input", labels_of(network, "input"), first)]
    tables += [_of_layer(traced) for traced in trace.layers]
    return Told(title, tables, _prediction(trace), _which_row(trace.start, len(trace), "trace.row"))


def _of_layer_trace(traced: LayerTrace) -> Told:
    layer = traced.layer
    rows = len(traced.z)
    title = f"Trace of layer {layer.name}: {plural(rows, 'row')}, {layer.fan_in} → {layer.size}"
    if not rows:
        return Told(title)
    return Told(title, [_of_layer(traced)], note=f"row 0 of {rows}" if rows > 1 else "")


def _of_network(network: Network) -> Told:
    title = f"Network {network.name}: {_sizes(network)}, {plural(network.parameters, 'parameter')}"
    layers = network.layers
    columns = [
        Column("reads", [str(layer.fan_in) for layer in layers]),
        Column("neurons", [str(layer.size) for layer in layers]),
        Column("activation", [layer.activation.name for layer in layers]),
        Column("parameters", [f"{_parameters(layer):,}" for layer in layers]),
    ]
    return Told(title, [Table("layers", [layer.name for layer in layers], columns)])


def _of_explanation(explanation: Explanation) -> Told:
    activation = explanation.layer.activation
    products = explanation.products.astype(np.float64)
    order = by_size(products)
    first, rest = order[:MOST], order[MOST:]
    names = [explanation.sources[index] for index in first]
    sums = [float(product) for product in products[first]]
    if rest:
        names.append(plural(len(rest), "other"))
        sums.append(exact_sum(products[rest].tolist()))
    names += ["bias", "z"]
    sums += [explanation.bias, explanation.z]
    blanks = [""] * (len(names) - len(first))
    columns = [
        Column("weight", [*map(_said, explanation.weights[first]), *blanks]),
        Column("value", [*map(_said, explanation.values[first]), *blanks]),
        Column("product", [*map(_said, sums)]),
    ]
    set_here = ", set by hand" if explanation.was_set else ""
    return Told(
        f"Explanation of {explanation.name} in row {explanation.row}",
        [Table("weight × value, the largest first", names, columns)],
        f"a = {_said(explanation.a)}{set_here}",
        f"a = {activation.kind.formula}",
    )


_TOLD: dict[type, Callable[[Any], Told]] = {
    Trace: _of_trace,
    LayerTrace: _of_layer_trace,
    Network: _of_network,
    Explanation: _of_explanation,
}


def _of_layer(traced: LayerTrace) -> Table:
    caption = f"{traced.name} · {traced.layer.activation.name}"
    return _numbers(caption, traced.layer.labels, [("z", traced.z[0]), ("a", traced.a[0])])


def _numbers(
    caption: str, labels: Sequence[str] | None, columns: Sequence[tuple[str, Array]]
) -> Table:
    size = len(columns[0][1])
    count = min(size, MOST)
    names = list(labels[:count]) if labels else [*map(str, range(count))]
    written = [_written(heading, values[:count]) for heading, values in columns]
    return Table(caption, names, written, size - count, lying=True)


def _written(heading: str, values: Sequence[float] | Array) -> Column:
    return Column(heading, [_said(value) for value in values])


def _said(value: float) -> str:
    return number(float(value), View())


def _sizes(network: Network) -> str:
    sizes = [network.input.size, *(layer.size for layer in network.layers)]
    return f"{' → '.join(map(str, sizes))}, {network.dtype}"


def _parameters(layer: Layer) -> int:
    return layer.weights.size + layer.bias.size


def _which_row(start: int, count: int, method: str) -> str:
    if count == 1:
        return f"row {start}"
    return f"row {start}, the first of {count}; {method}(1) shows the next"


def _prediction(trace: Trace) -> str:
    prediction = predict(trace.row(0))[0]
    if prediction is None:
        return ""
    share = percent(prediction.probability, View())
    return f"{class_name(prediction.index, prediction.label)}  {share}"


# ---- as text ----


def _lying(table: Table) -> list[str]:
    more = f" … {table.left_out} more" if table.left_out else ""
    lines = [f"  {printable(table.caption)}"]
    return lines + [
        f"    {each.heading:6} [{' '.join(each.cells)}]{more}" for each in table.columns
    ]


def _standing(table: Table) -> list[str]:
    names = [printable(name) for name in table.names]
    columns = [["", *names], *([each.heading, *each.cells] for each in table.columns)]
    widths = [max(map(len, column)) for column in columns]
    rows = zip(*columns, strict=True)
    lines = [f"  {printable(table.caption)}"]
    for name, *cells in rows:
        padded = [cell.rjust(width) for cell, width in zip(cells, widths[1:], strict=True)]
        lines.append(f"    {name.ljust(widths[0])}  {'  '.join(padded)}".rstrip())
    return lines


# ---- as HTML ----


def _html_table(table: Table) -> str:
    head = "".join(f"<th>{escape(each.heading)}</th>" for each in table.columns)
    style = "text-align:right;font-family:monospace"
    rows = []
    for index, name in enumerate(table.names):
        cells = "".join(
            f'<td style="{style}">{escape(each.cells[index])}</td>' for each in table.columns
        )
        rows.append(f'<tr><th style="text-align:left">{escape(printable(name))}</th>{cells}</tr>')
    if table.left_out:
        rows.append(f'<tr><td colspan="{len(table.columns) + 1}">… {table.left_out} more</td></tr>')
    caption = escape(printable(table.caption))
    return f"<table><caption>{caption}</caption><tr><th></th>{head}</tr>{''.join(rows)}</table>"
