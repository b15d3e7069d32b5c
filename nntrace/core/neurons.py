"""How neurons and inputs are called: `LAYER.INDEX` or `LAYER.LABEL`, `input.INDEX` and so on."""

from __future__ import annotations

from dataclasses import dataclass

from nntrace.core.network import Network
from nntrace.errors import UsageError, unknown


@dataclass(frozen=True)
class Neuron:
    """A place in a net; `layer` is `"input"` for an input. `index` counts from 0."""

    layer: str
    index: int


def labels_of(network: Network, layer: str) -> tuple[str, ...] | None:
    """Return the labels of a layer, or of the input."""
    return network.input.labels if layer == "input" else network.layer(layer).labels


def size_of(network: Network, layer: str) -> int:
    """Return the size of a layer, or of the input."""
    return network.input.size if layer == "input" else network.layer(layer).size


def source_names(network: Network, layer: str) -> list[str]:
    """Return the names of all neurons of a layer (or of the input), in order."""
    labels = labels_of(network, layer)
    return [
        f"{layer}.{index if labels is None or is_index(labels[index]) else labels[index]}"
        for index in range(size_of(network, layer))
    ]


def name_of(network: Network, neuron: Neuron) -> str:
    """Return a neuron's name: by label where it has one that cannot be taken for an index."""
    labels = labels_of(network, neuron.layer)
    label = labels[neuron.index] if labels else None
    return f"{neuron.layer}.{neuron.index if label is None or is_index(label) else label}"


def find_neuron(network: Network, name: str) -> Neuron:
    """Return the neuron or input that a name means.

    The longest layer name that fits wins; digits alone are always an index. Raises UsageError,
    with the nearest known name, where there is no such neuron.
    """
    layers = ["input", *(layer.name for layer in network.layers)]
    fitting = [layer for layer in layers if name.startswith(f"{layer}.")]
    if not fitting:
        layer, dot, _ = name.rpartition(".")
        if not dot:
            hint = f"{network.output.name}.0"
            raise UsageError(
                f"'{name}' names no neuron, which is LAYER.INDEX or LAYER.LABEL, as {hint}"
            )
        raise UsageError(unknown("layer", layer, layers))
    layer = max(fitting, key=len)
    rest = name[len(layer) + 1 :]
    size = size_of(network, layer)
    if is_index(rest):
        if len(rest) > 18 or int(rest) >= size:
            raise UsageError(f"'{name}': {layer} has {size} neurons, 0 to {size - 1}")
        return Neuron(layer, int(rest))
    labels = labels_of(network, layer)
    if labels is None:
        raise UsageError(f"'{name}': {layer} has no labels, its neurons are 0 to {size - 1}")
    if rest not in labels:
        raise UsageError(unknown(f"label in {layer}", rest, labels))
    return Neuron(layer, labels.index(rest))


def is_index(text: str) -> bool:
    """Whether a text is digits alone, which always mean an index."""
    return text.isascii() and text.isdigit()
