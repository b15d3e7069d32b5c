"""Where a number stands in its layer, in words: its channel, row and column, or its token."""

from __future__ import annotations

from collections.abc import Sequence

from nntrace.core.layer import Layer
from nntrace.core.names import Neuron
from nntrace.core.network import Network
from nntrace.core.op import unravelled

_INNER = ((), ("place",), ("row", "column"), ("depth", "row", "column"))
TOKEN = "token"  # how the word of an axis ends that counts tokens


def axis_words(layer: Layer) -> tuple[str, ...]:
    """Return what each axis of a layer's shape counts."""
    count = len(layer.shape)
    if layer.op.PLACES:
        return layer.op.PLACES
    if count == 1:
        return ("neuron",)
    if layer.channels == "first" and count <= len(_INNER):
        return ("channel", *_INNER[count - 1])
    if layer.channels == "last" and count == 2:
        return (TOKEN, "number")
    return tuple(f"axis {axis}:" for axis in range(count))


def place_words(layer: Layer, position: Sequence[int], tokens: Sequence[str]) -> list[str]:
    """Say where a number stands, such as `channel 0, row 2, column 3`; `tokens` are characters."""
    words = []
    for axis, (word, at) in enumerate(zip(axis_words(layer), position, strict=True)):
        is_token = word.endswith(TOKEN) and layer.shape[axis] == len(tokens)
        words.append(f"{word} {at} '{tokens[at]}'" if is_token else f"{word} {at}")
    return words


def named(network: Network, neuron: Neuron, name: str, tokens: Sequence[str]) -> str:
    """Return a number's name, with the character of its token where it belongs to one; of a text as
    ones and zeros, with the character that it stands for, and where."""
    text = network.input.text
    if neuron.layer == "input" and text and not text.by_token:
        place, character = divmod(neuron.index, len(text.alphabet))
        return f"{name} ('{text.alphabet[character]}' at {place})"
    if not tokens:
        return name
    if neuron.layer == "input":
        return f"{name} '{tokens[neuron.index]}'"
    layer = network.layer(neuron.layer)
    position, words = unravelled(layer.shape, neuron.index), axis_words(layer)
    places = [axis for axis, word in enumerate(words) if word.endswith(TOKEN)]
    if not places or layer.shape[places[-1]] != len(tokens):
        return name
    return f"{name} '{tokens[position[places[-1]]]}'"
