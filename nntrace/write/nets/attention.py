"""Attention as a net file says it: found again in the layers that readers spell it out as."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from nntrace.core.activation import Across
from nntrace.core.layer import Layer
from nntrace.core.network import Network
from nntrace.core.ops.attention import Mix, Scores
from nntrace.core.ops.dense import Dense

BLOCKS = ("query", "key", "value", "output")


class Attention(NamedTuple):
    """Layers that `kind: attention` stands for: a dense one for each of BLOCKS, the last of which
    has its name, its activation and its labels."""

    blocks: Mapping[str, Layer]
    scores: Scores

    @property
    def output(self) -> Layer:
        """The layer that has its name."""
        return self.blocks["output"]


def composed(network: Network) -> Iterator[Layer | Attention]:
    """Give the layers of a net in their order, attention as one."""
    layers, at = network.layers, 0
    while at < len(layers):
        found = _attention(network, layers[at : at + 6])
        yield found or layers[at]
        at += 6 if found else 1


def _attention(network: Network, six: tuple[Layer, ...]) -> Attention | None:
    """Return six layers as attention, None where they are anything else, if only by a name."""
    if len(six) < 6:
        return None
    query, key, value, scores, mix, output = six
    asked, mixed = scores.op, mix.op
    if not isinstance(asked, Scores) or not isinstance(mixed, Mix):
        return None
    name, width = output.name, network.shape(query.reads[0])[-1]
    inner = [f"{name}.{each}" for each in ("query", "key", "value", "scores", "mix")]
    plain = all(layer.activation.kind.identity for layer in (query, key, value, mix))
    fits = (
        [layer.name for layer in six] == [*inner, name]
        and not any(layer.labels for layer in six[:5])
        and plain
        and scores.activation.kind.across is Across.SHARES
        and query.reads == key.reads == value.reads
        and len(query.reads) == 1
        and (scores.reads, mix.reads) == ((inner[0], inner[1]), (inner[3], inner[2]))
        and output.reads == (inner[4],)
        and mixed.heads == asked.heads
        and all(_square(layer, width) for layer in (query, key, value, output))
    )
    blocks = {"query": query, "key": key, "value": value, "output": output}
    return Attention(blocks, asked) if fits else None


def _square(layer: Layer, width: int) -> bool:
    op = layer.op
    return isinstance(op, Dense) and op.axis == "last" and op.weights.shape == (width, width)
