"""What is told of a net, its layers and neurons wherever they are met."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from nntrace.errors import listed, plural
from nntrace.write.phrases import parameters_given
from nntrace.write.report import Item, Line, Words, heard

if TYPE_CHECKING:
    from nntrace.core.network import Layer, Network


def about(network: Network) -> list[Item]:
    """Tell what net it is: its name, description, sizes and type of numbers."""
    sizes = [layer.size for layer in network.layers]
    shown = " → ".join(map(str, [network.input.size, *sizes]))
    layers = f"layers of {listed(sizes)}" if len(sizes) > 1 else f"one layer of {sizes[0]}"
    name = Words(network.name, f"Net: {network.name}", "strong")
    items: list[Item] = [Line([name, Words(f" · {shown} · {network.dtype}", "", "quiet")])]
    if network.description:
        words = " ".join(network.description.split())
        items.append(Line([Words(words, f"Description: {words}", "quiet")]))
    items.append(heard(f"Sizes: {plural(network.input.size, 'input')}, {layers}"))
    items.append(heard(f"Type of numbers: {network.dtype}"))
    return items


def activation_seen(layer: Layer) -> str:
    """Write an activation with its parameters where they are not the default."""
    name = layer.activation.name
    given = [
        f"{parameter} per neuron" if value is None else f"{parameter}={value}"
        for parameter, value in parameters_given(layer)
    ]
    return f"{name}({', '.join(given)})" if given else name


def activation_said(layer: Layer) -> str:
    """Name an activation aloud, with its parameters where they are not the default."""
    given = [
        f"one {name} per neuron" if value is None else f"{name} {value}"
        for name, value in parameters_given(layer)
    ]
    return f"{layer.activation.name} with {listed(given)}" if given else layer.activation.name


def layer_said(layer: Layer) -> str:
    """Name a layer aloud, its activation and its size."""
    return f"Layer {layer.name}, {activation_said(layer)}, {plural(layer.size, 'neuron')}"


def picture_said(shape: tuple[int, int]) -> str:
    """Say how large a picture is."""
    return f"a picture of {shape[0]} by {shape[1]} pixels"


def label(labels: Sequence[str] | None, index: int) -> str:
    """Return a neuron's label, or its index where it has none."""
    return labels[index] if labels else str(index)
