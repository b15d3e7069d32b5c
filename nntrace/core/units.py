"""What of a layer is told together: a channel, a place in the width of tokens, or a neuron."""

from __future__ import annotations

from typing import Literal

import numpy as np

from nntrace.core.arrays import Numbers
from nntrace.core.network import Network
from nntrace.records import NamedTuple

Word = Literal["channel", "feature", "neuron", "layer"]


class Units(NamedTuple):
    """The units of a layer: `size` of them, each with a number at each of `places` in a row.

    A channel is told over all of its places, a place in the width of tokens, called a feature, over
    all tokens. Where neither is as many for any number of tokens, all numbers of the layer are one
    unit.
    """

    word: Word
    size: int
    places: int

    @property
    def pooled(self) -> bool:
        """Whether a unit is more than one number of a row."""
        return self.word != "neuron"

    def of(self, values: Numbers) -> Numbers:
        """Return rows × size as numbers × units; a view, channels over several places apart."""
        if self.word == "channel" and self.places > 1:
            by_channel = values.reshape(len(values), self.size, self.places)
            values = np.ascontiguousarray(by_channel.swapaxes(1, 2))
        return values.reshape(-1, self.size)

    def position(self, unit: int, dimensions: int, label: str | None = None) -> str:
        """Write where the numbers of a unit stand, with a `*` for each axis that it covers."""
        own, rest = [label or str(unit)], ["*"] * (dimensions - 1)
        if self.word == "layer":
            return ".".join(["*", *rest])
        return ".".join([*own, *rest] if self.word == "channel" else [*rest, *own])


def units(network: Network, name: str) -> Units:
    """Return the units of a layer; UsageError, with the nearest name, where there is none."""
    layer = network.layer(name)
    first = layer.channels == "first"
    if network.open_shape(name)[0 if first else -1] is None:
        return Units("layer", 1, layer.size)
    word: Word = "neuron" if not layer.positional else "channel" if first else "feature"
    return Units(word, layer.width, layer.size // layer.width)
