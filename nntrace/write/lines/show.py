"""A net without an input as lines: its layers, and its weights if asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nntrace.core.names import source_names
from nntrace.errors import listed, plural
from nntrace.write.lines.text import (
    about,
    largest_shown,
    layer_said,
    left_out,
    picture_said,
    said,
    written,
)
from nntrace.write.phrases import in_units
from nntrace.write.records import statistics

if TYPE_CHECKING:
    from nntrace.core.network import Input, Layer, Network
    from nntrace.write.view import View

NEURONS = 16  # whose weights a terminal is told
UNITS = {"B": "bytes", "KiB": "kibibytes", "MiB": "mebibytes", "GiB": "gibibytes"}


def show_lines(network: Network, view: View, weights: bool) -> str:
    """Write the net: what it reads, its layers, and what it sums up to."""
    lines = [*about(network), f"Input: {_reads(network.input)}"]
    if network.input.normalised:
        lines.append("The first layer is given x, which is value minus mean, divided by std")
    if network.output.labels:
        lines.append(f"Output: {listed(network.output.labels)}")
    if network.examples:
        lines.append(f"Examples: {listed([example.name for example in network.examples])}")
    memory = 0
    for layer in network.layers:
        lines += ["", *_layer(layer, view)]
        if weights:
            lines += _weights(network, layer, view)
        memory += _bytes(layer)
    lines += ["", f"Parameters of all layers: {network.parameters}"]
    lines.append(f"Memory of all layers: {_memory(memory)}")
    return written(lines, view)


def _reads(spec: Input) -> str:
    if spec.picture:
        return picture_said(spec.picture)
    if spec.labels:
        return listed(spec.labels)
    return " by ".join(map(str, spec.shape)) if spec.shape else plural(spec.size, "number")


def _bytes(layer: Layer) -> int:
    return int(layer.weights.nbytes + layer.bias.nbytes)


def _memory(count: int) -> str:
    value, unit = in_units(count)
    return f"{value} {UNITS[unit]}"


def _layer(layer: Layer, view: View) -> list[str]:
    summary = statistics(layer.weights)
    return [
        f"{layer_said(layer)}",
        f"Each neuron reads {plural(layer.fan_in, 'number')}",
        f"Parameters: {layer.weights.size + layer.bias.size}",
        f"Memory: {_memory(_bytes(layer))}",
        f"Smallest weight: {said(summary['min'], view)}",
        f"Mean of the weights: {said(summary['mean'], view)}",
        f"Largest weight: {said(summary['max'], view)}",
        f"Standard deviation of the weights: {said(summary['std'], view, signed=False)}",
    ]


def _weights(network: Network, layer: Layer, view: View) -> list[str]:
    """Write the weights, a line each, and the bias of every neuron."""
    (reads,) = network.reads(layer.name)
    names, sources = source_names(network, layer.name), source_names(network, reads)
    count = min(layer.size, NEURONS) if view.shortens else layer.size
    lines = []
    for neuron in range(count):
        row = layer.weights[neuron]
        shown = largest_shown(row, view)
        lines.append(f"Neuron {names[neuron]}, {plural(layer.fan_in, 'weight')}")
        lines += [f"From {sources[index]}: {said(float(row[index]), view)}" for index in shown]
        lines += left_out(row, shown, "weight")
        lines.append(f"Bias of {names[neuron]}: {said(float(layer.bias[neuron]), view)}")
    if left := layer.size - count:
        lines.append(f"{plural(left, 'more neuron')}; --all lists them")
    return lines
