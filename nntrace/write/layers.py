"""How layers of any kind are told, wherever they are met: their kinds, shapes and units."""

from __future__ import annotations

from collections.abc import Sequence

from nntrace.core.activations import IDENTITY
from nntrace.core.layer import Layer
from nntrace.core.network import Network
from nntrace.core.ops.windows import uneven
from nntrace.core.units import Units
from nntrace.errors import plural
from nntrace.write.reports.net import (
    activation_said,
    activation_seen,
    layer_said,
    shape_said,
    shape_seen,
)
from nntrace.write.view import ANY_WIDTH, FRAME, View, cropped_before

MOST_LAYERS = 16  # layers with shapes that a terminal is told of in full
SHORT_NAME, LONG_NAME = 24, 60  # columns that a layer's name may take, told in brief
WHOLE_NAMES = ", `show` has whole names"  # said where some are cut


def names_in_brief(names: Sequence[str], beside: int, view: View) -> list[str]:
    """Write names of layers beside so many columns of a table; of long ones, the end."""
    room = (view.width or ANY_WIDTH) - FRAME - beside
    room = min(LONG_NAME, max(SHORT_NAME, room))
    return [cropped_before(name, room, view) for name in names]


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
    return layer.op.called if plain else f"{layer.op.called}{joint}{activation}"


def keys_of(layer: Layer, aloud: bool = False) -> list[str]:
    """Write what a net file says of how a layer computes: `kernel 3 × 3`, `padding same`.

    What is as by default along every axis is left out, as models from elsewhere say all of it.
    """
    defaults = {field.name: field.default for field in layer.op.FIELDS}
    return [
        key if value is True else f"{key.replace('_', ' ')} {_value(value, aloud)}"
        for key, value in layer.op.as_keys().items()
        if not isinstance(value, tuple) or any(each != defaults[key] for each in value)
    ]


def _value(value: object, aloud: bool) -> str:
    if ends := uneven(value):  # 0 + 1 × 0 + 1
        both = [
            f"{before} and {after}" if aloud else f"{before} + {after}" for before, after in ends
        ]
        return (" by " if aloud else " × ").join(both)
    if isinstance(value, tuple):
        return (" by " if aloud else " × ").join(map(str, value))
    if value is False:
        return "off"
    return f"{value:g}" if isinstance(value, float) else str(value)


def told_aloud(network: Network, layer: Layer) -> str:
    """Name a layer aloud, what makes its numbers, and how many it gives, or their shape."""
    if layer.dense:
        return layer_said(layer)
    shape = network.open_shape(layer.name)
    size = plural(layer.size, "number") if len(shape) == 1 and shape[0] else shape_said(shape)
    return f"Layer {layer.name}, {made_said(layer)}, {size}"


def units_seen(network: Network, layer: Layer, units: Units) -> str:
    """Write how many units a layer has, and at how many places: `8 channels × 676 places`."""
    counted = plural(units.size, units.word)
    if units.word == "layer":
        return "all numbers together"
    if not units.pooled:
        return counted
    rest = _covered(network, layer, units)
    return f"{counted} × {shape_seen(rest) if rest else plural(units.places, 'place')}"


def units_said(network: Network, layer: Layer, units: Units) -> str:
    """Say the same."""
    if units.word == "layer":
        return "all numbers together"
    rest = _covered(network, layer, units)
    places = f"{shape_said(rest)} places" if rest else plural(units.places, "place")
    return f"{plural(units.size, units.word)}, each at {places}"


def _covered(network: Network, layer: Layer, units: Units) -> Sequence[int | None]:
    """Return the axes that a unit is told over, where one is as long as there are tokens."""
    shape = network.open_shape(layer.name)
    rest = shape[1:] if units.word == "channel" else shape[:-1]
    return rest if None in rest else ()
