"""Words that all lines share: numbers as they are read aloud, lists, and what is left out."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from nntrace.errors import listed, plural
from nntrace.write.choice import left_out as left_out
from nntrace.write.phrases import parameters_given
from nntrace.write.view import View
from nntrace.write.view import percent_said as percent_said
from nntrace.write.view import said as said

if TYPE_CHECKING:
    from nntrace.core.network import Layer, Network


def written(lines: Iterable[str], view: View) -> str:
    """Return lines as text, in the characters that the terminal has; none of them controls it."""
    return "".join(f"{view.plain(line)}\n" for line in lines)


def about(network: Network) -> list[str]:
    """Say what net it is: its name, description, sizes and type of numbers."""
    sizes = [layer.size for layer in network.layers]
    layers = f"layers of {listed(sizes)}" if len(sizes) > 1 else f"one layer of {sizes[0]}"
    lines = [f"Net: {network.name}"]
    if network.description:
        lines.append(f"Description: {' '.join(network.description.split())}")
    lines.append(f"Sizes: {plural(network.input.size, 'input')}, {layers}")
    lines.append(f"Type of numbers: {network.dtype}")
    return lines


def activation_said(layer: Layer) -> str:
    """Name an activation, with its parameters where they are not the default."""
    given = [
        f"one {name} per neuron" if value is None else f"{name} {value}"
        for name, value in parameters_given(layer)
    ]
    return f"{layer.activation.name} with {listed(given)}" if given else layer.activation.name


def layer_said(layer: Layer) -> str:
    """Name a layer, its activation and its size."""
    return f"Layer {layer.name}, {activation_said(layer)}, {plural(layer.size, 'neuron')}"


def picture_said(shape: tuple[int, int]) -> str:
    """Say how large a picture is."""
    return f"a picture of {shape[0]} by {shape[1]} pixels"
