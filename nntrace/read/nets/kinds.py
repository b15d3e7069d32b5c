"""The keys of a layer, by its kind: made from the fields of the kinds in `core.ops`."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

import numpy as np

from nntrace.core.elsewhere import key_elsewhere, unknown_kind
from nntrace.core.op import Field as OpField
from nntrace.core.ops import INTERNAL, KINDS, find_kind
from nntrace.errors import Path, listed
from nntrace.read.nets.axes import shape_in_words
from nntrace.read.nets.composites import COMPOSITES
from nntrace.read.nets.keys import LABELS, SIZE, SOME_NUMBERS, activation, source
from nntrace.read.yaml.grammar import (
    INVALID,
    Field,
    Kind,
    Reading,
    Schema,
    choice,
    either,
    fields,
    flag,
    list_of,
    number,
    numbers,
    refuse,
    text,
    whole,
)
from nntrace.read.yaml.nodes import List, Node, Scalar
from nntrace.read.yaml.nodes import Mapping as MappingNode


def _rows() -> Kind:
    """Rows of numbers."""
    rows = list_of(numbers(partial=True, array=True), "rows of numbers", partial=True)

    def read(reading: Reading, node: Node, path: Path) -> Any:
        assert isinstance(node, List)
        if node.items and all(isinstance(item, Scalar) for item in node.items):
            message = "takes rows of numbers such as [[1, 2], [3, 4]], not one list of numbers"
            return reading.report(path, message, node)
        return rows.read(reading, node, path)

    return Kind(rows.takes, read, rows.schema)


_DENSE = {field.name: field for field in find_kind("dense").FIELDS}
LAYER = {
    "name": Field(text(), "unique; default layer1, layer2, …, the last one output"),
    "size": Field(SIZE, _DENSE["size"].doc),
    "activation": Field(activation(), "default identity", default="identity"),
    "weights": Field(
        either(
            "rows of numbers, {file: …} or {random: …}",
            items=_rows(),
            mapping=source(),
        ),
        f"{_DENSE['weights'].doc}; z = W @ x + b",
    ),
    "bias": Field(
        either("a list of numbers, {file: …} or {random: …}", items=SOME_NUMBERS, mapping=source()),
        _DENSE["bias"].doc,
    ),
    "labels": Field(LABELS, "a name for each neuron, unique within the layer"),
}

_NAMES = tuple(kind for kind in (*KINDS, *COMPOSITES) if kind not in INTERNAL)
KIND = Field(
    choice("a kind of layer", _NAMES, unlike=lambda name: unknown_kind(name, _NAMES)),
    "what it computes",
    default="dense",
)
READS = Field(
    either(
        "the name of a layer above, or input, or a list of them",
        scalar=text("the name of a layer above, or input"),
        items=list_of(text("the name of a layer above, or input"), "a list of names"),
    ),
    "what it reads: layers above it, or input; default the layer before",
)
_LABELS = Field(LABELS, "names of the last axis")
_ANY_AXIS = whole("an axis from 0, or from -1 at the end", minimum=-(2**31), maximum=2**31 - 1)
_SIDES = ("same", "valid")


@cache
def grammar_of(kind: str) -> Kind:
    """Return what a layer of a kind takes."""

    known = _keys(kind)

    def elsewhere(key: str) -> str | None:
        if meant := key_elsewhere(key, tuple(known)):
            return f"unknown key '{key}', here that is {meant}"
        if have := _have(key):
            own = ", ".join(_own(kind)) or "no keys of its own"
            return f"unknown key '{key}' of {kind}: {have}; {kind} has {own}"
        return None

    return fields(f"a layer of kind {kind}", known, elsewhere=elsewhere)


def _keys(kind: str) -> Mapping[str, Field]:
    told = KIND._replace(kind=choice("a kind of layer", [kind]))
    first = {"name": LAYER["name"], "kind": told, "reads": READS}
    if kind == "dense":
        return {**LAYER, **first, "axis": key_of(_own(kind)["axis"])}
    own = {name: key_of(field) for name, field in _own(kind).items()}
    return {**first, **own, "activation": LAYER["activation"], "labels": _LABELS}


def _own(kind: str) -> dict[str, OpField]:
    """Return the keys that a kind has besides those of all."""
    of = COMPOSITES[kind] if kind in COMPOSITES else find_kind(kind)
    return {field.name: field for field in of.FIELDS}


def _have(key: str) -> str | None:
    """Say which kinds have a key; None where none has."""
    kinds = [kind for kind in _NAMES if key in _own(kind)]
    return f"{listed(kinds)} {'have' if kinds[1:] else 'has'} it" if kinds else None


def layer() -> Kind:
    """A layer of any kind; what it takes depends on its `kind`, dense where it has none.

    Where it cannot be told which it is, what all kinds have is read, and its kind is INVALID.
    """
    takes = "a layer: name, size, activation, weights, …"
    dense = _keys("dense")
    shared = {**{key: dense[key] for key in ("name", "reads", "activation")}, "labels": _LABELS}

    def kind_of(reading: Reading, node: MappingNode, path: Path) -> Any:
        if "kind" in node.entries:
            return KIND.kind.read(reading, node.entries["kind"][1], (*path, "kind"))
        strange = [key for key in node.entries if key not in dense and _have(key)]
        for key in strange:
            told = f"unknown key '{key}' of dense, which a layer without kind is: {_have(key)}"
            reading.report_key((*path, key), told)
        return INVALID if strange else "dense"

    def read(reading: Reading, node: Node, path: Path) -> Any:
        if not isinstance(node, MappingNode):
            return refuse(reading, node, path, takes)
        kind = kind_of(reading, node, path)
        if kind is not INVALID:
            return grammar_of(kind).read(reading, node, path)
        known = {key: node.entries[key][1] for key in shared.keys() & node.entries}
        values = {
            key: shared[key].kind.read(reading, value, (*path, key)) for key, value in known.items()
        }
        return {**values, "kind": INVALID}

    return Kind(takes, read, {})  # `layer_schema` describes it: that needs every kind


def layer_schema() -> Schema:
    """Describe a layer of any kind as JSON Schema."""
    forms = []
    for kind in _NAMES:
        schema: Schema = {**grammar_of(kind).schema, "title": kind}
        if kind != "dense":
            schema["required"] = ["kind", *schema.get("required", [])]
        forms.append(schema)
    return {"anyOf": forms}


def key_of(field: OpField) -> Field:
    """Return a key of a layer as the grammar has it."""
    return Field(_takes(field), field.doc, required=field.required, default=_written(field.default))


def _written(default: Any) -> Any:
    return list(default) if isinstance(default, tuple) else default


def _takes(field: OpField) -> Kind:
    """Return what stands behind a key."""
    count = whole(f"a whole number from {field.least}", minimum=field.least, maximum=field.most)
    each = list_of(count, "a list of one for each dimension")
    one_or_each = f"{count.takes}, or a list of one for each dimension"
    match field.takes:
        case "count":
            return count
        case "each":
            return _tuple(either(one_or_each, scalar=count, items=each))
        case "padding":
            takes = f"{one_or_each}, same or valid"
            return _tuple(either(takes, scalar=_padding(count), items=each))
        case "number":
            return number("a number from 0", least=0)
        case "flag":
            return flag()
        case "choice":
            return choice(f"a value of {field.name}", field.choices)
        case "axis":
            return _ANY_AXIS
        case "axes":
            axes = list_of(_ANY_AXIS, "a list of axes")
            return _tuple(either("an axis, or a list of axes", scalar=_ANY_AXIS, items=axes))
        case "shape":
            return _tuple(list_of(_side(), "a list of sizes, one of which may be -1"))
        case "block":
            keys = {key: LAYER[key] for key in ("weights", "bias")}
            return fields("{weights: …, bias: …}", keys)
        case "array":
            return _array(field)


def _tuple(kind: Kind) -> Kind:
    """The same, with a list read as a tuple."""

    def read(reading: Reading, node: Node, path: Path) -> Any:
        value = kind.read(reading, node, path)
        return tuple(value) if isinstance(value, list) else value

    return Kind(kind.takes, read, kind.schema)


def _side() -> Kind:
    """A size, or -1."""
    takes = "a size from 1, or -1 for what is left"
    side = whole(takes, minimum=-1, maximum=2**31 - 1)

    def read(reading: Reading, node: Node, path: Path) -> Any:
        value = side.read(reading, node, path)
        return refuse(reading, node, path, takes) if value == 0 else value

    return Kind(takes, read, {**side.schema, "not": {"const": 0}})


def _padding(count: Kind) -> Kind:
    """A number, `same` or `valid`."""
    words = choice("a padding", _SIDES)

    def read(reading: Reading, node: Node, path: Path) -> Any:
        word = getattr(node, "text", "")
        return (words if word[:1].isalpha() else count).read(reading, node, path)

    takes = f"{count.takes}, same or valid"
    return Kind(takes, read, {"anyOf": [count.schema, words.schema]})


def _array(field: OpField) -> Kind:
    """Numbers of one or several axes, from a file, or drawn at random."""
    several = field.axes[-1].endswith("…")
    depth = len(field.axes)
    if depth == 1 and not field.stacked:
        takes = "a list of numbers, {file: …} or {random: …}"
        return either(takes, items=SOME_NUMBERS, mapping=source())
    takes = "lists of lists of numbers, {file: …} or {random: …}"
    depths = range(depth, depth + 3) if several else range(depth, depth + 1 + field.stacked)
    return either(takes, items=nested(depths), mapping=source())


def nested(depths: range) -> Kind:
    """Lists within lists, all of one shape; read as an array. So deep, the schema has them."""
    row = numbers(array=True)

    def read(reading: Reading, node: Node, path: Path) -> Any:
        if not isinstance(node, List) or not node.items or not isinstance(node.items[0], List):
            values = row.read(reading, node, path)
            return INVALID if values is INVALID else np.asarray(values, np.float64)
        inner = [read(reading, item, (*path, at)) for at, item in enumerate(node.items)]
        shapes = [None if each is INVALID else each.shape for each in inner]
        first = next((shape for shape in shapes if shape), ())
        for at, shape in enumerate(shapes):
            if shape and shape != first:
                told = f"{shape_in_words(shape)}, the first beside it {shape_in_words(first)}"
                reading.report((*path, at), told)
        return np.stack(inner) if {*shapes} == {first} else INVALID

    forms = []
    for depth in depths:
        form: Schema = row.schema
        for _ in range(depth - 1):
            form = {"type": "array", "items": form, "minItems": 1}
        forms.append(form)
    return Kind("lists of lists of numbers", read, {"anyOf": forms} if forms[1:] else forms[0])
