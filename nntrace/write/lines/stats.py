"""Statistics as lines: a summary, then each layer and its neurons."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from nntrace.analysis.activity import breakpoints, ends
from nntrace.core.names import source_names
from nntrace.errors import listed, plural
from nntrace.write.choice import classes_shown
from nntrace.write.lines.text import about, layer_said, percent_said, said, written
from nntrace.write.phrases_stats import (
    active_said,
    first_words,
    groups_shown,
    layer_notes,
    left_out,
    remark,
)

if TYPE_CHECKING:
    from nntrace.analysis.statistics import LayerStatistics, Statistics
    from nntrace.core.network import Layer, Network
    from nntrace.write.view import View


def stats_lines(
    network: Network,
    statistics: Statistics,
    layers: Sequence[str],
    settings: Mapping[str, float],
    view: View,
) -> str:
    """Write a summary, then each layer (those named, or all)."""
    lines = [*about(network), f"Rows: {statistics.rows}"]
    lines += [f"{name} set to {value!r}" for name, value in settings.items()]
    if statistics.first_not_finite:
        lines.append(f"Not finite: {first_words(network, statistics.first_not_finite)}")
    if statistics.rows:
        if network.classes is not None:
            lines += ["", *_classes(network, statistics, view)]
        for layer, part in zip(network.layers, statistics.layers, strict=True):
            if not layers or layer.name in layers:
                lines += ["", *_layer(network, layer, part, statistics.rows, view)]
    return written(lines, view)


def _classes(network: Network, statistics: Statistics, view: View) -> list[str]:
    labels = network.classes or ()
    shares = (statistics.classes / statistics.rows).tolist()
    chosen = classes_shown(shares, view)
    lines = []
    for index in chosen:
        name = index if labels[index] is None else labels[index]
        count = plural(int(statistics.classes[index]), "row")
        lines.append(f"Class {name}: {count}, {percent_said(shares[index], view)}")
    if left := len(shares) - len(chosen):
        lines.append(f"{left} more classes; --all lists them")
    if statistics.undecided:
        lines.append(f"Without a class: {plural(statistics.undecided, 'row')}")
    return lines


def _layer(
    network: Network, layer: Layer, part: LayerStatistics, rows: int, view: View
) -> list[str]:
    lines = [layer_said(layer)]
    if notes := layer_notes(layer, part, rows):
        lines.append(f"Of the layer: {listed(notes)}")
    names = source_names(network, layer.name)
    groups = groups_shown(layer, part, rows, view)
    for group in groups:
        lines += [f"Neurons {group.title}:"] * bool(group.title)
        lines += [_neuron(names[index], layer, part, index, rows, view) for index in group.neurons]
    if left := left_out(groups, layer):
        lines.append(f"{plural(left, 'more neuron')}; --all lists them")
    return lines


def _neuron(
    name: str, layer: Layer, part: LayerStatistics, index: int, rows: int, view: View
) -> str:
    a = part.a
    facts = [text] if (text := remark(part, index, rows)) else []
    share = percent_said(float(part.active[index]) / rows, view)
    facts.append(f"{active_said(layer)} in {share} of the rows")
    if a.rows[index]:
        facts += [
            f"mean {said(float(a.mean[index]), view)}",
            f"standard deviation {said(float(a.deviation[index]), view, signed=False)}",
            f"smallest {said(float(a.low[index]), view)}",
            f"largest {said(float(a.high[index]), view)}",
        ]
    if breakpoints(layer) and part.nearest[index] < float("inf"):
        nearest = said(float(part.nearest[index]), view, signed=False)
        facts.append(f"z came as near as {nearest} to where the activation bends")
    if ends(layer) is not None:
        share = percent_said(float(part.saturated[index]) / rows, view)
        facts.append(f"saturated in {share} of the rows")
    return f"Neuron {name}: {', '.join(facts)}"
