"""How neurons and inputs are called: `LAYER.INDEX` or `LAYER.LABEL`, `LAYER.I.J.K` by position."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import repeat
from math import prod
from typing import TYPE_CHECKING

import numpy as np

from nntrace.core.input import Input
from nntrace.core.layer import Layer
from nntrace.core.network import Network
from nntrace.core.op import Shape, times
from nntrace.errors import UsageError, unknown
from nntrace.records import NamedTuple
from nntrace.words import cropped

if TYPE_CHECKING:
    from numpy.typing import NDArray


class Neuron(NamedTuple):
    """A place in a net; `layer` is `"input"` for an input. `index` counts from 0."""

    layer: str
    index: int  # type: ignore[assignment]  # not tuple's method of that name


def labels_of(network: Network, layer: str) -> tuple[str, ...] | None:
    """Return the labels of a layer, or of the input; a part of it has none."""
    if network.given(layer):
        return network.input.labels if layer == "input" else None
    return network.layer(layer).labels


def answer_labels(network: Network) -> list[str] | None:
    """Return what the numbers of the net's answer are called: by label, or by position where they
    have several; None where they have neither."""
    output = network.output
    if network.answers == output.shape[-1]:
        return list(output.labels) if output.labels else None
    return [position_name(place, output.labels) for place in np.ndindex(output.shape)]


def size_of(network: Network, layer: str) -> int:
    """Return the size of a layer, of the input, or of a part of it."""
    if layer in network.input.named:
        return prod(network.shape(layer))
    return network.input.size if layer == "input" else network.layer(layer).size


def check_neuron(network: Network, neuron: Neuron) -> None:
    """Raise UsageError where a net has no such neuron or input."""
    whole = neuron.layer == "input"  # of several inputs, one may be called so
    size = network.input.size if whole else size_of(network, neuron.layer)
    if not 0 <= neuron.index < size:
        raise UsageError(f"{neuron.layer}.{neuron.index}: {neuron.layer} has {size}, from 0")


def source_names(network: Network, layer: str, places: Iterable[int] | None = None) -> list[str]:
    """Return the names of neurons of a layer (or of inputs), by their places in C order, or all."""
    if layer == "input" and network.input.named:
        return _names_in_parts(network, places)
    labels, longer = labels_of(network, layer), _longer(network, layer)
    shape = _named_shape(network, layer)
    if len(shape) == 1:
        among = range(shape[0]) if places is None else places
        return [_spell(layer, at, labels[at] if labels else None, longer) for at in among]
    among = np.arange(prod(shape)) if places is None else np.fromiter(places, np.intp)
    return _spell_places(layer, shape, among, labels)


def _spell_places(
    layer: str, shape: Shape, among: NDArray[np.intp], labels: tuple[str, ...] | None
) -> list[str]:
    """Write the names of many numbers at once: of a picture, there may be millions."""
    called = [[*map(str, range(length))] for length in shape]
    called[-1] = [position_name((k,), labels) for k in range(shape[-1])]
    axes = np.unravel_index(among, shape)
    columns = [[names[k] for k in at.tolist()] for names, at in zip(called, axes, strict=True)]
    return [*map(".".join, zip(repeat(layer, len(among)), *columns, strict=True))]


def _names_in_parts(network: Network, places: Iterable[int] | None) -> list[str]:
    """Return the names of inputs, each by the part of the input that it stands in."""
    size = network.input.size
    among = np.arange(size) if places is None else np.fromiter(places, np.intp)
    names = np.empty(len(among), object)
    for part, there in network.input.named.items():
        inside = (among >= there.start) & (among < there.stop)
        shape = network.shape(part)
        names[inside] = _spell_places(part, shape, among[inside] - there.start, None)
    told: list[str] = names.tolist()
    return told


def _named_shape(network: Network, layer: str) -> Shape:
    """Return the shape by which neurons are called: inputs that have labels, which are one each,
    or are only read flattened, have none."""
    if layer == "input" and (
        network.input.labels or all(each.dense for each in network.layers if "input" in each.reads)
    ):
        return (network.input.size,)
    return network.shape(layer)


def name_of(network: Network, neuron: Neuron) -> str:
    """Return a neuron's name: by position where its layer has a shape of several dimensions, by
    label where it has one that can be taken for nothing else."""
    return source_names(network, neuron.layer, [neuron.index])[0]


def position_name(position: tuple[int, ...], labels: tuple[str, ...] | None = None) -> str:
    """Write a position, `2.5.7`; labels name the last axis, where they are no digits."""
    *before, last = position
    label = labels[last] if labels and not is_index(labels[last]) else str(last)
    return ".".join([*map(str, before), label])


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
    if layer in network.input.named:
        index = _index(network, layer, rest, name)
        return Neuron("input", network.input.named[layer].start + index)
    return Neuron(layer, _index(network, layer, rest, name))


def _index(network: Network, layer: str, rest: str, name: str) -> int:
    """Return the place in C order that stands behind a layer's name, the input's, or a part's."""
    size, shape = size_of(network, layer), network.shape(layer)
    if is_index(rest):
        if len(rest) > 18 or int(rest) >= size:
            raise UsageError(f"'{cropped(name)}': {cropped(layer)} has {_numbered(layer, size)}")
        return int(rest)
    labels = labels_of(network, layer)
    if layer == "input":  # a label names one input, and may be read as a position otherwise
        by_position = rest not in (labels or ()) and all(map(is_index, rest.split(".")))
    else:
        by_position = True
    if len(shape) > 1 and by_position:
        return _position(network, layer, shape, rest, name)
    if labels is None:
        numbered = _numbered(layer, size)
        raise UsageError(f"'{cropped(name)}': {cropped(layer)} has no labels, but {numbered}")
    place = _owner(network, layer).label_places.get(rest)
    if place is None:
        raise UsageError(unknown(f"label in {cropped(layer)}", rest, labels))
    return place


def _owner(network: Network, layer: str) -> Input | Layer:
    return network.input if network.given(layer) else network.layer(layer)


def _position(network: Network, layer: str, shape: Shape, rest: str, name: str) -> int:
    """Return the place in C order of a position, such as `2.5.7`, or `2.5.LABEL`."""
    # a label may have dots, so that it is what is left
    steps: list[str] = rest.split(".", len(shape) - 1)
    takes = f"{cropped(layer)} is {times(shape)}: LAYER.{'.'.join('IJKLMN'[: len(shape)])}, from 0"
    if len(steps) != len(shape):
        raise UsageError(f"'{cropped(name)}': {takes}, or LAYER.INDEX in that order")
    places = _owner(network, layer).label_places
    last = places.get(steps[-1])
    if last is not None and not is_index(steps[-1]):
        steps[-1] = str(last)
    elif places and not is_index(steps[-1]):
        raise UsageError(unknown(f"label in {cropped(layer)}", steps[-1], places))
    index = 0
    for step, length in zip(steps, shape, strict=True):
        if not is_index(step) or len(step) > 18 or int(step) >= length:
            raise UsageError(f"'{cropped(name)}': '{cropped(step)}' is no index; {takes}")
        index = index * length + int(step)
    return index


def _layer_of(network: Network, name: str) -> str | None:
    """Return the longest name of a layer, or `input`, that a name begins with before a dot."""
    longest = max(network.longest_name, *map(len, ("input", *network.input.named)))
    end = name.rfind(".", 0, 1 + longest)
    while end >= 0:
        if name[:end] in network.places or network.given(name[:end]):
            return name[:end]
        end = name.rfind(".", 0, end)
    return None


def _nearest(network: Network, name: str) -> str:
    """Return what somebody may have meant who gave the name of a layer, or a label alone."""
    for layer in network.layers:
        if layer.name == name:
            return name_of(network, Neuron(name, 0))
        if name and layer.labels and name in layer.labels:
            return f"{layer.name}.{name}"
    return name_of(network, Neuron(network.output.name, 0))


def _numbered(layer: str, size: int) -> str:
    what = "input" if layer == "input" else "neuron"
    return f"{size} {what}s, 0 to {size - 1}" if size > 1 else f"one {what}, 0"


def is_index(text: str) -> bool:
    """Whether a text is digits alone, which always mean an index."""
    return text.isascii() and text.isdigit()
