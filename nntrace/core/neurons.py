"""How neurons and inputs are called: `LAYER.INDEX` or `LAYER.LABEL`, `input.INDEX` and so on."""

from __future__ import annotations

from typing import NamedTuple

from nntrace.core.network import Network
from nntrace.errors import UsageError, unknown
from nntrace.words import cropped


class Neuron(NamedTuple):
    """A place in a net; `layer` is `"input"` for an input. `index` counts from 0."""

    layer: str
    index: int  # type: ignore[assignment]  # not tuple's method of that name


def labels_of(network: Network, layer: str) -> tuple[str, ...] | None:
    """Return the labels of a layer, or of the input."""
    return network.input.labels if layer == "input" else network.layer(layer).labels


def size_of(network: Network, layer: str) -> int:
    """Return the size of a layer, or of the input."""
    return network.input.size if layer == "input" else network.layer(layer).size


def source_names(network: Network, layer: str) -> list[str]:
    """Return the names of all neurons of a layer (or of the input), in order."""
    labels, longer = labels_of(network, layer), _longer(network, layer)
    return [
        _spell(layer, index, labels[index] if labels else None, longer)
        for index in range(size_of(network, layer))
    ]


def name_of(network: Network, neuron: Neuron) -> str:
    """Return a neuron's name: by label where it has one that can be taken for nothing else."""
    layer, index = neuron.layer, neuron.index
    labels = labels_of(network, layer)
    return _spell(layer, index, labels[index] if labels else None, _longer(network, layer))


def _longer(network: Network, layer: str) -> tuple[str, ...]:
    """Return how names begin that mean a layer whose own name begins with this one's."""
    return tuple(f"{other}." for other in network.longer_names(layer))


def _spell(layer: str, index: int, label: str | None, longer: tuple[str, ...]) -> str:
    if label is None or is_index(label) or f"{layer}.{label}".startswith(longer):
        return f"{layer}.{index}"
    return f"{layer}.{label}"


def find_neuron(network: Network, name: str) -> Neuron:
    """Return the neuron or input that a name means.

    The longest layer name that fits wins; digits alone are always an index. Raises UsageError,
    with the nearest known name, where there is no such neuron.
    """
    layer = _layer_of(network, name)
    if layer is None:
        layer, dot, _ = name.rpartition(".")
        if not dot:
            takes = f"'{cropped(name)}' names no neuron, which is LAYER.INDEX or LAYER.LABEL"
            raise UsageError(f"{takes}, as {_nearest(network, name)}")
        raise UsageError(unknown("layer", layer, ["input", *network.places]))
    rest = name[len(layer) + 1 :]
    size = size_of(network, layer)
    if is_index(rest):
        if len(rest) > 18 or int(rest) >= size:
            raise UsageError(f"'{cropped(name)}': {cropped(layer)} has {_numbered(layer, size)}")
        return Neuron(layer, int(rest))
    labels = labels_of(network, layer)
    if labels is None:
        numbered = _numbered(layer, size)
        raise UsageError(f"'{cropped(name)}': {cropped(layer)} has no labels, but {numbered}")
    owner = network.input if layer == "input" else network.layer(layer)
    place = owner.label_places.get(rest)
    if place is None:
        raise UsageError(unknown(f"label in {cropped(layer)}", rest, labels))
    return Neuron(layer, place)


def _layer_of(network: Network, name: str) -> str | None:
    """Return the longest name of a layer, or `input`, that a name begins with before a dot."""
    end = name.rfind(".", 0, 1 + max(5, network.longest_name))
    while end >= 0:
        if name[:end] == "input" or name[:end] in network.places:
            return name[:end]
        end = name.rfind(".", 0, end)
    return None


def _nearest(network: Network, name: str) -> str:
    """Return what somebody may have meant who gave the name of a layer, or a label alone."""
    for layer in network.layers:
        if layer.name == name:
            return f"{name}.0"
        if name and layer.labels and name in layer.labels:
            return f"{layer.name}.{name}"
    return f"{network.output.name}.0"


def _numbered(layer: str, size: int) -> str:
    what = "input" if layer == "input" else "neuron"
    return f"{size} {what}s, 0 to {size - 1}" if size > 1 else f"one {what}, 0"


def is_index(text: str) -> bool:
    """Whether a text is digits alone, which always mean an index."""
    return text.isascii() and text.isdigit()
