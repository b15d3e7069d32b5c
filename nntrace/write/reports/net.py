"""What is told of a net, its layers and neurons wherever they are met."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

import numpy as np

from nntrace.core.batch import TracedBatch
from nntrace.core.layer import Layer
from nntrace.core.network import Network
from nntrace.errors import listed, plural
from nntrace.write import report as tell

NORMALISED = "x"  # what the first layer is given, where the input is normalised
TOKENS = "tokens"  # stands for an axis that is as long as there are tokens
_IN_SUMS = ("bias", "weight", "mean", "std", "terms", "sum", "if", "else")


def about(network: Network) -> list[tell.Item]:
    """Tell what net it is: its name, description, sizes and type of numbers."""
    shown, aloud = sizes(network)
    name = tell.Words(network.name, f"Net: {network.name}", "strong")
    items: list[tell.Item] = [
        tell.Line([name, tell.Words(f" · {shown} · {network.dtype}", "", "quiet")])
    ]
    if network.description:
        words = " ".join(network.description.split())
        items.append(tell.Line([tell.Words(words, f"Description: {words}", "quiet")]))
    items.append(tell.heard(f"Sizes: {aloud}"))
    items.append(tell.heard(f"Type of numbers: {network.dtype}"))
    return items


def shape_words(shape: Sequence[int | None]) -> list[str]:
    """Write each axis of a shape; None is as long as there are tokens."""
    return [TOKENS if length is None else str(length) for length in shape]


def shape_seen(shape: Sequence[int | None]) -> str:
    """Write a shape: `8 × 26 × 26`, `tokens × 64`."""
    return " × ".join(shape_words(shape))


def shape_said(shape: Sequence[int | None]) -> str:
    """Say a shape: `8 by 26 by 26`."""
    return " by ".join(shape_words(shape))


def sizes(network: Network) -> tuple[str, str]:
    """Write, and say, how many numbers there are; of a net that is no chain of neurons, shapes."""
    if is_chain(network):
        each = [layer.size for layer in network.layers]
        layers = f"layers of {listed(each)}" if len(each) > 1 else f"one layer of {each[0]}"
        chain = " → ".join(map(str, [network.input.size, *each]))
        return chain, f"{plural(network.input.size, 'input')}, {layers}"
    layers = plural(len(network.layers), "layer")
    text, output = network.input.text, network.open_shape(network.output.name)
    read, read_said = shape_seen(network.input.row), f"an input of {shape_said(network.input.row)}"
    if text is not None:
        count = plural(text.context or text.length or 0, "character")
        read = read_said = f"text of up to {count}" if text.by_token else f"text of {count}"
    return (
        f"{read} → {layers} → {shape_seen(output)}",
        f"{read_said}, {layers}, an output of {shape_said(output)}",
    )


def is_chain(network: Network) -> bool:
    """Whether each layer is one of neurons that read all of the one before it."""
    return all(layer.dense and not network.reads_elsewhere(layer.name) for layer in network.layers)


def subject(batch: TracedBatch, row: int) -> list[str]:
    """Say which row of a batch is told, and what was set by hand; `row` counts within it."""
    words = []
    if batch.examples and batch.examples[row]:
        words.append(f"example: {batch.examples[row]}")
    elif batch.start + row or len(batch.trace) > 1:
        words.append(f"row {batch.start + row}")
    if batch.texts:
        words.append(f"text: {batch.texts[row]}")
    return words + set_by_hand(batch.settings)


def about_row(batch: TracedBatch, row: int) -> list[tell.Item]:
    """Tell what net a row was given to, and which row of the batch it is."""
    items = about(batch.trace.network)
    if given := subject(batch, row):
        items.append(tell.line(" · ".join(given), f"Given: {', '.join(given)}"))
    return items


def set_by_hand(settings: Mapping[str, float] | None) -> list[str]:
    """Say what was set by hand."""
    return [f"{name} set to {value!r}" for name, value in (settings or {}).items()]


def given(parts: Sequence[str]) -> list[tell.Item]:
    """Tell which row it is about, or what was set by hand."""
    return (
        [tell.seen(" · ".join(parts)), *(tell.heard(f"Given: {each}") for each in parts)]
        if parts
        else []
    )


def formula_seen(network: Network, layer: Layer) -> str:
    """Write the formula of a layer with its own numbers."""
    return layer.op.formula(*(network.shape(name) for name in layer.reads))


def in_formula(reads: str, normalised: bool = False) -> str:
    """Write in a formula what a layer reads: another layer, by its name, or the input.

    A name that might be taken for a part of the formula stands in quotes.
    """
    if normalised:
        return NORMALISED
    plain = re.fullmatch(r"[^\W\d][\w.]+", reads) and reads not in _IN_SUMS
    return reads if plain else f'"{reads}"'


def activation_seen(layer: Layer) -> str:
    """Write an activation with its parameters where they are not the default."""
    name = layer.activation.name
    given = [
        f"{parameter} per {_unit_of_parameters(layer)}" if value is None else f"{parameter}={value}"
        for parameter, value in _parameters_given(layer)
    ]
    return f"{name}({', '.join(given)})" if given else name


def activation_said(layer: Layer) -> str:
    """Name an activation aloud, with its parameters where they are not the default."""
    given = [
        f"one {name} per {_unit_of_parameters(layer)}" if value is None else f"{name} {value}"
        for name, value in _parameters_given(layer)
    ]
    return f"{layer.activation.name} with {listed(given)}" if given else layer.activation.name


def _unit_of_parameters(layer: Layer) -> str:
    """Say what a parameter of an activation is one of, where there are several."""
    if not layer.positional:
        return "neuron"
    return "channel" if layer.channels == "first" else "place of the last axis"


def layer_said(layer: Layer) -> str:
    """Name a layer aloud, its activation and its size."""
    return f"Layer {layer.name}, {activation_said(layer)}, {plural(layer.size, 'neuron')}"


def picture_said(shape: tuple[int, int]) -> str:
    """Say how large a picture is."""
    return f"a picture of {shape[0]} by {shape[1]} pixels"


def label(labels: Sequence[str] | None, index: int) -> str:
    """Return a neuron's label, or its index where it has none."""
    return labels[index] if labels else str(index)


def fires(layer: Layer) -> bool:
    """Whether a neuron of the layer is active or not, as with relu."""
    return layer.activation.kind.silence is not None


def active_words(layer: Layer) -> tuple[str, str]:
    """Return what a neuron of the layer is called that is active, as it is seen and as heard."""
    if fires(layer):
        return "active", "active"
    kind = layer.activation.kind
    if kind.rowwise and len(layer.shape) > 1:
        return kind.active.word, f"{kind.active.word} along the last axis"
    return kind.active.word, kind.active.spoken


def _parameters_given(layer: Layer) -> list[tuple[str, str | None]]:
    """Return the activation's parameters that are not the default; None is one a neuron."""
    given: list[tuple[str, str | None]] = []
    for parameter in layer.activation.kind.parameters:
        value = layer.activation.parameters[parameter.name]
        if np.ndim(value):
            given.append((parameter.name, None))
        elif value != parameter.default:
            given.append((parameter.name, f"{float(value):g}"))
    return given
