"""Nets, traces and explanations where somebody types: a REPL's text, a notebook's HTML.

What there is to say of a value is a report, made once, and drawn as either.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from nntrace.analysis.explain import Explanation, exact_sum
from nntrace.analysis.prediction import predict
from nntrace.core.arrays import Array
from nntrace.core.forward import LayerTrace, Trace
from nntrace.core.layer import Layer
from nntrace.core.network import Network
from nntrace.errors import plural, printable
from nntrace.words import class_name
from nntrace.write import report as tell
from nntrace.write.choice import biased, strongest, terms_shown
from nntrace.write.layers import made_seen
from nntrace.write.render import html as page
from nntrace.write.reports.net import is_chain, label, shape_seen, sizes
from nntrace.write.shaped import unit_word
from nntrace.write.view import View, number, percent

MOST = 10  # neurons of a layer, terms of a sum
_VIEW = View()


def html(value: object) -> str:
    """Return tables side by side, in the colours of the page; nothing is fetched or run."""
    return page.draw(_TOLD[type(value)](value))


def text(value: object) -> str:
    """Return some lines."""
    draw = _lying if isinstance(value, Trace | LayerTrace) else _standing
    lines: list[str] = []
    for item in _TOLD[type(value)](value).items:
        match item:
            case tell.Line(words):
                told = "".join(printable(each.seen) for each in words)
                lines.append(
                    told if not lines else f"  {told}" if words[-1].emphasis else f"  ({told})"
                )
            case tell.Sections(sections):
                for section in sections:
                    lines += [f"  {printable(section.name)}", *draw(*section.items)]
    return "\n".join(lines)


# ---- what is told ----


def _report(
    title: str, tables: Sequence[tell.Section] = (), result: str = "", note: str = ""
) -> tell.Report:
    items: list[tell.Item] = [tell.line(title, emphasis="strong")]
    items += [tell.Sections(tables)] * bool(tables)
    items += [tell.Line([tell.Words("→ "), tell.Words(result, emphasis="strong")])] * bool(result)
    return tell.Report([*items, *[tell.line(note)] * bool(note)], _VIEW)


def _of_trace(trace: Trace) -> tell.Report:
    network = trace.network
    title = f"Trace of {network.name}: {plural(len(trace), 'row')}, {_sizes(network)}"
    if not len(trace):
        return _report(title)
    first = {"value": trace.input[0]} | ({"x": trace.x[0]} if network.input.normalised else {})
    tables = [_numbers("input", _input_names(trace), first)]
    tables += map(_of_layer, trace.layers)
    which = f"row {trace.start}"
    if len(trace) > 1:
        which += f", the first of {len(trace)}; trace.row(1) shows the next"
    prediction = predict(trace.row(0))[0]
    if prediction is None:
        return _report(title, tables, note=which)
    name = class_name(prediction.index, prediction.label)
    return _report(title, tables, f"{name}  {percent(prediction.probability, _VIEW)}", which)


def _of_layer_trace(traced: LayerTrace) -> tell.Report:
    layer, rows = traced.layer, len(traced.z)
    given = f"{layer.fan_in} → {layer.size}" if layer.dense else _made(layer)
    title = f"Trace of layer {layer.name}: {plural(rows, 'row')}, {given}"
    note = f"row 0 of {rows}" if rows > 1 else ""
    return _report(title, [_of_layer(traced)] if rows else [], note=note)


def _of_network(network: Network) -> tell.Report:
    title = f"Network {network.name}: {_sizes(network)}, {plural(network.parameters, 'parameter')}"
    if is_chain(network):
        titles = ["reads", "neurons", "activation"]
        cells = [[each.fan_in, each.size, each.activation.name] for each in network.layers]
    else:
        titles = ["kind", "activation", "reads", "shape"]
        cells = [
            [each.kind, each.activation.name, " ".join(each.reads), _shape(network, each)]
            for each in network.layers
        ]
    rows = [
        [each.name, *map(str, told), f"{each.op.parameters:,}"]
        for each, told in zip(network.layers, cells, strict=True)
    ]
    return _report(title, [_table("layers", [*titles, "parameters"], rows)])


def _shape(network: Network, layer: Layer) -> str:
    return shape_seen(network.open_shape(layer.name))


def _of_explanation(explanation: Explanation) -> tell.Report:
    tables = []
    if len(explanation.products) or not explanation.steps:
        tables.append(_terms(explanation))
    if explanation.steps:
        rows = [[f"{each.name} = {each.formula}", _said(each.value)] for each in explanation.steps]
        tables.append(_table("step by step", ["value"], rows))
    set_here = ", set by hand" if explanation.was_set else ""
    return _report(
        f"Explanation of {explanation.name} in row {explanation.row}",
        tables,
        f"a = {_said(explanation.a)}{set_here}",
        f"a = {explanation.layer.activation.kind.formula}",
    )


_CAPTIONS = {
    "sum": "weight × value, the largest first",
    "mean": "weight × value, of which z is the mean, the largest first",
    "max": "z is the largest of these",
    "min": "z is the smallest of these",
    "product": "z is the product of these",
}


def _terms(explanation: Explanation) -> tell.Section:
    """Tell the terms, those that count first, and what they make."""
    products = explanation.products.astype(np.float64)
    order, _ = terms_shown(explanation, _VIEW)
    rows = [
        [
            explanation.sources[k],
            *map(_said, (explanation.weights[k], explanation.values[k], products[k])),
        ]
        for k in order[:MOST]
    ]
    if rest := order[MOST:]:
        additive = explanation.how in ("sum", "mean")
        others = _said(exact_sum(products[rest].tolist())) if additive else ""
        rows.append([plural(len(rest), "other"), "", "", others])
    if biased(explanation):
        rows.append(["bias", "", "", _said(explanation.bias)])
    rows.append(["z", "", "", _said(explanation.z)])
    return _table(_CAPTIONS[explanation.how], ["weight", "value", "product"], rows)


_TOLD: dict[type, Callable[[Any], tell.Report]] = {
    Trace: _of_trace,
    LayerTrace: _of_layer_trace,
    Network: _of_network,
    Explanation: _of_explanation,
}


def _of_layer(traced: LayerTrace) -> tell.Section:
    layer = traced.layer
    if not layer.positional:
        caption = f"{traced.name} · {layer.activation.name if layer.dense else _made(layer)}"
        return _numbers(caption, layer.labels, {"z": traced.z[0], "a": traced.a[0]})
    units = traced.a[0].reshape(layer.shape).astype(np.float64)
    rows = [
        [str(k), _said(a.mean()), _said(strongest(a)), percent(float((a > 0).mean()), _VIEW)]
        for k, a in enumerate(units[:MOST])
    ]
    rows += [[f"… {len(units) - MOST} more"]] * (len(units) > MOST)
    titles = ["mean a", "strongest a", "a > 0"]
    return _table(f"{traced.name} · {_made(layer)}, by {unit_word(layer)}", titles, rows)


def _made(layer: Layer) -> str:
    """Say what makes the numbers of a layer, and their shape."""
    return f"{made_seen(layer)} · {shape_seen(layer.shape)}"


def _input_names(trace: Trace) -> Sequence[str] | None:
    """Return what inputs are called: tokens by their characters, too."""
    spec = trace.network.input
    if spec.text is None or not spec.varies:
        return spec.labels
    return [f"{place} {char}" for place, char in enumerate(spec.text.characters(trace.input[0]))]


def _numbers(caption: str, labels: Sequence[str] | None, columns: dict[str, Array]) -> tell.Section:
    size = len(next(iter(columns.values())))
    rows = [
        [label(labels, index), *(_said(values[index]) for values in columns.values())]
        for index in range(min(size, MOST))
    ]
    return _table(caption, [*columns], rows + [[f"… {size - MOST} more"]] * (size > MOST))


def _table(caption: str, titles: Sequence[str], rows: Sequence[Sequence[str]]) -> tell.Section:
    columns = [tell.Column(), *(tell.Column(title, right=True) for title in titles)]
    return tell.Section(caption, "", [], [tell.Table(columns, [tell.Row(row) for row in rows])])


def _said(value: float) -> str:
    return number(float(value), _VIEW)


def _sizes(network: Network) -> str:
    return f"{sizes(network)[0]}, {network.dtype}"


# ---- as text ----


def _written(item: tell.Item) -> Iterator[Sequence[str]]:
    """Give the cells of each column of a table, below its title, and none of what stands alone."""
    assert isinstance(item, tell.Table)
    rows = [row.cells for row in item.rows if len(row.cells) > 1]
    for column, *cells in zip(item.columns, *rows, strict=True):
        yield [column.title, *(printable(str(cell)) for cell in cells)]


def _lying(item: tell.Item) -> list[str]:
    """Write each column on a line, without the names."""
    assert isinstance(item, tell.Table)
    more = "".join(f" {row.cells[0]}" for row in item.rows if len(row.cells) == 1)
    _, *columns = _written(item)
    width = max([6, *(len(title) for title, *_ in columns)])
    return [f"    {title:{width}} [{' '.join(cells)}]{more}" for title, *cells in columns]


def _standing(item: tell.Item) -> list[str]:
    """Write each row on a line, its numbers below each other."""
    names, *columns = ((cells, max(map(len, cells))) for cells in _written(item))
    padded = [[name.ljust(names[1]) for name in names[0]]]
    padded += [[cell.rjust(width) for cell in cells] for cells, width in columns]
    return [f"    {'  '.join(line)}".rstrip() for line in zip(*padded, strict=True)]
