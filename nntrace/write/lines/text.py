"""Words that all lines share: numbers as they are read aloud, lists, and what is left out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import isfinite, isnan
from typing import TYPE_CHECKING

import numpy as np

from nntrace.errors import listed, plural
from nntrace.write.phrases import parameters_given
from nntrace.write.shown import by_size
from nntrace.write.view import View, number, percent

if TYPE_CHECKING:
    from nntrace.core.arrays import Array
    from nntrace.core.network import Layer, Network

LARGEST = 12  # of a wide layer, a terminal is told so many


def written(lines: Iterable[str], view: View) -> str:
    """Return lines as text, in the characters that the terminal has; none of them controls it."""
    return "".join(f"{view.plain(line)}\n" for line in lines)


def said(value: float, view: View, signed: bool = True) -> str:
    """Write a number as tables do; infinity and NaN in words."""
    if isnan(value):
        return "not a number"
    if not isfinite(value):
        return "+infinity" if value > 0 else "-infinity"
    return number(value, view, signed)


def percent_said(share: float, view: View) -> str:
    """Write a share of 1 as a percentage, without signs: `less than 0.01 percent`."""
    words = percent(share, view)
    for sign, word in ((">", "more than "), ("<", "less than "), (" %", " percent")):
        words = words.replace(sign, word)
    return words


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


def largest_shown(values: Array, view: View) -> list[int]:
    """Choose from a row of numbers: all, or on a terminal of many those furthest from 0, in order.

    What is left out, `left_out` tells.
    """
    if view.holds(len(values)):
        return [*range(len(values))]
    return sorted(by_size(values)[:LARGEST])


def left_out(values: Array, shown: Sequence[int], thing: str) -> list[str]:
    """Say, in one line or none, how many things are not shown and why."""
    count = len(values) - len(shown)
    if not count:
        return []
    rest = np.delete(values, shown)
    why = "none further from 0 than these" if rest.any() else "all 0"
    return [f"{plural(count, f'more {thing}')}, {why}; --all lists them"]
