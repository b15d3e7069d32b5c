"""A net as a net file: what `nntrace.load` reads back bit for bit.

Its numbers stand in the file where they are few, else beside it, under the names that layers look
for in a weights file for the whole net.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from nntrace.core.activations import IDENTITY
from nntrace.core.arrays import Array
from nntrace.core.examples import MARGINS, Example
from nntrace.core.layer import Layer
from nntrace.core.network import Network
from nntrace.core.op import Field, Op
from nntrace.core.ops import find_kind
from nntrace.core.ops.channels import DIMENSIONS
from nntrace.errors import plural
from nntrace.write.nets import Part, tensors
from nntrace.write.nets.attention import BLOCKS, Attention, composed
from nntrace.write.nets.plain import without_graph
from nntrace.write.nets.sayable import class_said, expected_keys, refuse_unsayable, text_said
from nntrace.write.nets.scalars import key, listing, nested, number, numbers, text, value

FEW = 1000  # numbers that a net file holds itself, where nothing else is asked for
_FLOW = 12  # inputs of an example that are written with their labels


def parts(network: Network, name: str, weights: str | None = None) -> list[Part]:
    """Return a net file, and the file of its numbers beside it, if it has one.

    Raises UsageError with everything of the net that a net file cannot say.
    """
    network = without_graph(network)
    refuse_unsayable(network)
    few = network.parameters <= FEW
    home = weights or ("inline" if few else "npz")
    stored = None if home == "inline" else Beside(f"{Path(name).stem}.{home}", {}, {})
    written = "".join(f"{line}\n" for line in _lines(network, stored))
    layers = plural(len(network.layers), "layer")
    arrays = stored.arrays if stored else {}
    if stored is None or not arrays:
        return [Part(name, iter([written.encode()]), f"{layers} and their numbers")]
    count = sum(each.size for each in arrays.values())
    holds = f"{plural(len(arrays), 'tensor')} of {count:,} numbers, {network.dtype}"
    file = Part(stored.file, tensors.WRITERS[home](arrays), holds)
    return [Part(name, iter([written.encode()]), layers), file]


class Beside(NamedTuple):
    """The file beside a net file, and what is put into it: arrays of layers, and of the input."""

    file: str
    layers: dict[str, Array]
    scaling: dict[str, Array]

    @property
    def arrays(self) -> dict[str, Array]:
        """All of it by name; no layer is called `input`."""
        return {**self.scaling, **self.layers}


def _lines(network: Network, stored: Beside | None) -> Iterator[str]:
    yield f"name: {text(network.name)}"
    if network.description:
        yield f"description: {text(network.description)}"
    if network.dtype != "float64":
        yield f"dtype: {network.dtype}"
    head, layers = _input(network, stored), []
    for layer in composed(network):
        layers += ["", *_item(_layer(network, layer, stored))]
    yield from ["", *head]
    if stored and stored.layers:
        yield from ["", f"weights: {text(stored.file)}"]
    yield from ["", "layers:", *layers[1:]]
    if network.examples:
        yield from ["", "examples:"]
        for example in network.examples:
            yield from _item(_example(network, example))


def _item(lines: list[str]) -> list[str]:
    """Write lines as one item of a list."""
    return [
        f"  {'- ' if not at else '  '}{line}"
        for at, line in enumerate("\n".join(lines).split("\n"))
    ]


# ---- the input ----


def _input(network: Network, stored: Beside | None) -> list[str]:
    spec = network.input
    if spec.text:
        said: dict[str, object]
        said = {"alphabet": spec.text.alphabet, "fold": spec.text.fold or None}
        said |= {"unknown": spec.text.unknown, "context": spec.text.context}
        if not spec.text.by_token:
            said |= {"encoding": spec.text.encoding, "length": spec.text.length}
            said |= {"align": spec.text.align}
        told = [f"    {each}: {value(it)}" for each, it in said.items() if it is not None]
        return ["input:", "  text:", *told]
    lines = []
    if spec.shape:
        lines.append(f"  shape: {value(spec.shape)}")
    if spec.labels:
        lines.append(f"  labels: {listing([*map(text, spec.labels)], 4, 10)}")
    if not lines:
        lines.append(f"  size: {spec.size}")
    for name, values in (("mean", spec.mean), ("std", spec.std)):
        if values is not None:
            lines.append(f"  {name}: {_constant(name, values, stored)}")
    return ["input:", *lines]


def _constant(name: str, values: Array, stored: Beside | None) -> str:
    if values.ndim == 0:
        return number(values)
    if stored is None or values.size <= _FLOW:
        return listing(numbers(values), 4, len(name) + 4)
    stored.scaling[f"input.{name}"] = values
    return f"{{file: {text(stored.file)}, tensor: input.{name}}}"


# ---- layers ----


def _layer(network: Network, layer: Layer | Attention, stored: Beside | None) -> list[str]:
    if isinstance(layer, Attention):
        return _attention(network, layer, stored)
    kind = type(layer.op)
    lines = [f"name: {text(layer.name)}"]
    if layer.kind != "dense":
        lines.append(f"kind: {layer.kind}")
    lines += _reads(network, layer)
    keys = _keys(layer.op)
    if layer.kind == "dense" and network.input.varies:
        keys |= {"axis": layer.op.axis}  # type: ignore[attr-defined]
    if _channels_by_length(network, layer):
        keys |= {"dimensions": 1}
    lines += [f"{name}: {value(given)}" for name, given in keys.items()]
    lines += _behind(layer)
    for field in kind.FIELDS:
        if field.takes == "array":
            names = kind.tensors(field, keys)[0]
            values = layer.op.arrays[field.name]
            lines += _array(field, values, [f"{layer.name}.{each}" for each in names], stored)
    return lines


def _keys(op: Op) -> dict[str, Any]:
    """Return what a net file says of an op, arrays apart: one number where it is that of each
    dimension, nothing where that is the default."""
    keys = op.as_keys()
    for field in op.FIELDS:
        given = keys.get(field.name)
        if field.takes in ("each", "padding") and isinstance(given, tuple) and len({*given}) == 1:
            keys[field.name] = given[0]
            if given[0] == field.default:
                del keys[field.name]
    return keys


def _channels_by_length(network: Network, layer: Layer) -> bool:
    """Whether a layer takes an input of two axes as channels × length, which a net file says: there
    it is one channel of height × width, unless it says otherwise."""
    has = DIMENSIONS in layer.op.FIELDS and getattr(layer.op, "dimensions", 0) is None
    return has and layer.reads[0] == "input" and len(network.input.row) == 2


def _reads(network: Network, layer: Layer) -> list[str]:
    reads = network.reads_elsewhere(layer.name)
    if reads is None:
        return []
    return [f"reads: {text(reads[0]) if len(reads) == 1 else listing([*map(text, reads)], 4, 7)}"]


def _behind(layer: Layer) -> list[str]:
    """Write what layers of all kinds have: an activation, and labels."""
    lines = []
    if layer.activation != IDENTITY:
        lines.append(f"activation: {_activation(layer)}")
    if layer.labels:
        lines.append(f"labels: {listing([*map(text, layer.labels)], 4, 12)}")
    return lines


def _activation(layer: Layer) -> str:
    kind, given = layer.activation.kind, layer.activation.parameters
    told = [
        f"{each.name}: {value(given[each.name])}"
        for each in kind.parameters
        if each.required or np.ndim(given[each.name]) or given[each.name] != each.default
    ]
    return f"{{{kind.name}: {{{', '.join(told)}}}}}" if told else kind.name


def _array(field: Field, values: Array, names: list[str], stored: Beside | None) -> list[str]:
    """Write numbers of a layer, or put them among those of the file beside; nothing of those that
    hold where none are given."""
    if field.fill is not None and _all(values, field.fill):
        return []
    if stored is not None:
        stored.layers.update(zip(names, values if len(names) > 1 else [values], strict=True))
        return []
    if values.ndim == 1:
        return [f"{field.name}: {listing(numbers(values), 4, len(field.name) + 6)}"]
    return [f"{field.name}:", *(f"  - {nested(row)}" for row in values)]


def _all(values: Array, fill: float) -> bool:
    """Whether all numbers are this one, to the sign of a zero."""
    return bool((values == fill).all() and not np.signbit(values).any())


def _attention(network: Network, attention: Attention, stored: Beside | None) -> list[str]:
    output, scores = attention.output, attention.scores
    lines = [f"name: {text(output.name)}", "kind: attention"]
    lines += _reads(network, attention.blocks["query"])
    lines += [f"{name}: {value(given)}" for name, given in scores.as_keys().items()]
    lines += _behind(output)
    fields = [field for field in find_kind("dense").FIELDS if field.takes == "array"]
    for block in BLOCKS:
        inner: list[str] = []
        for field in fields:
            name = f"{output.name}.{block}.{field.tensor}"
            inner += _array(field, attention.blocks[block].op.arrays[field.name], [name], stored)
        if inner:
            lines += [f"{block}:", *(f"  {line}" for line in inner)]
    return lines


# ---- examples ----


def _example(network: Network, example: Example) -> list[str]:
    lines = [f"name: {text(example.name)}", f"input: {_row(network, example)}"]
    expect = example.expect
    if expect and expect.class_index is not None:
        lines.append(f"expect: {text(class_said(network, expect.class_index))}")
    elif expect and expect.values:
        lines.append("expect:")
        for name, values in zip(expected_keys(network, expect), expect.values, strict=True):
            told = listing(numbers(values.values), 6, len(name) + 10)
            lines.append(f"{key(name, 2)} {told}")
        for name in MARGINS:
            if (margin := getattr(expect, name)) is not None:
                lines.append(f"  {name}: {number(margin)}")
    return lines


def _row(network: Network, example: Example) -> str:
    spec = network.input
    if spec.text:
        return text(text_said(network, example))
    row = numbers(example.input)
    labels = [text(each) for each in spec.labels or ()]
    if 0 < len(labels) <= _FLOW and all(len(each) < 40 for each in labels):
        told = ", ".join(f"{label}: {each}" for label, each in zip(labels, row, strict=True))
        return f"{{{told}}}"
    return listing(row, 4, 11)
