"""The names that a net file gives, read in a moment and whatever is wrong with it: for Tab."""

from __future__ import annotations

import os
import stat
from typing import NamedTuple

from nntrace.errors import NntraceError
from nntrace.read import bundled
from nntrace.read.files import read_bytes
from nntrace.read.yaml.nodes import List, Mapping, Node, Scalar, compose, resolve
from nntrace.read.yaml.text import decode

LARGEST = 2**22  # bytes of a file that is read while somebody waits for Tab
MOST_NEURONS = 5000


class LayerNames(NamedTuple):
    """The input or a layer, with what its neurons are called behind its name."""

    name: str
    neurons: tuple[str, ...]


class Outline(NamedTuple):
    """The input and the layers, in order, and the names of the examples."""

    layers: tuple[LayerNames, ...] = ()
    examples: tuple[str, ...] = ()


def outline(name: str) -> Outline:
    """Return the names that a net file gives, as far as it says; nothing of what is no net."""
    path = bundled.find(name) or name
    try:
        status = os.stat(path)
        if not stat.S_ISREG(status.st_mode) or status.st_size > LARGEST:
            return Outline()
        root, _ = compose(decode(read_bytes(path), path), path)
    except (NntraceError, OSError, ValueError):
        return Outline()
    declared = _items(_value(root, "layers"))
    layers = [
        LayerNames(
            _text(_value(layer, "name"))
            or ("output" if index == len(declared) else f"layer{index}"),
            _neurons(layer),
        )
        for index, layer in enumerate(declared, 1)
    ]
    examples = enumerate(_items(_value(root, "examples")), 1)
    names = [_text(_value(example, "name")) or f"example{index}" for index, example in examples]
    return Outline((LayerNames("input", _neurons(_value(root, "input"))), *layers), tuple(names))


def _neurons(entry: Node | None) -> tuple[str, ...]:
    """Return labels, else the indices from 0 as far as a size is told."""
    if labels := _items(_value(entry, "labels")):
        return tuple(_text(label) for label in labels)
    size = entry if isinstance(entry, Scalar) else _value(entry, "size")
    count = resolve(size) if isinstance(size, Scalar) else len(_items(_value(entry, "weights")))
    return tuple(map(str, range(min(count, MOST_NEURONS)))) if type(count) is int else ()


def _value(node: Node | None, key: str) -> Node | None:
    entry = node.entries.get(key) if isinstance(node, Mapping) else None
    return entry[1] if entry else None


def _items(node: Node | None) -> list[Node]:
    return node.items if isinstance(node, List) else []


def _text(node: Node | None) -> str:
    return node.text if isinstance(node, Scalar) else ""
