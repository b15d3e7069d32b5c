"""How layers of any kind are told, wherever they are met: their kinds and shapes."""

from __future__ import annotations

from nntrace.core.activations import IDENTITY
from nntrace.core.layer import Layer
from nntrace.core.network import Network
from nntrace.errors import plural
from nntrace.write.reports.net import activation_said, activation_seen, layer_said, shape_said


def made_seen(layer: Layer) -> str:
    """Name what makes the numbers of a layer: its kind, unless it is dense, and its activation."""
    return _made(layer, activation_seen(layer), " · ")


def made_said(layer: Layer) -> str:
    """Name the same aloud."""
    return _made(layer, activation_said(layer), ", ").replace("_", " ")


def _made(layer: Layer, activation: str, joint: str) -> str:
    if layer.dense:
        return activation
    plain = layer.activation.kind is IDENTITY.kind
    return layer.kind if plain else f"{layer.kind}{joint}{activation}"


def told_aloud(network: Network, layer: Layer) -> str:
    """Name a layer aloud, what makes its numbers, and how many it gives, or their shape."""
    if layer.dense:
        return layer_said(layer)
    shape = network.open_shape(layer.name)
    size = plural(layer.size, "number") if len(shape) == 1 and shape[0] else shape_said(shape)
    return f"Layer {layer.name}, {made_said(layer)}, {size}"
