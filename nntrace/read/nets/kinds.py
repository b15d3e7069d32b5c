"""The keys of a layer, by its kind: made from the fields of the kinds in `core.ops`."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

import numpy as np

from nntrace.core.op import Field as OpField
from nntrace.core.ops import KINDS, find
from nntrace.errors import Path
from nntrace.read.nets.composites import COMPOSITES, INTERNAL
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


LAYER = {
    "name": Field(text(), "unique; default layer1, layer2, …, the last one output"),
    "size": Field(SIZE, "the number of neurons; weights may tell it instead"),
    "activation": Field(activation(), "default identity", default="identity"),
    "weights": Field(
        either(
            "rows of numbers, {file: …} or {random: …}",
            items=_rows(),
            mapping=source(),
        ),
        "size rows of fan-in numbers: row j is neuron j; z = W @ x + b",
    ),
    "bias": Field(
        either("a list of numbers, {file: …} or {random: …}", items=SOME_NUMBERS, mapping=source()),
        "one number a neuron; default zeros",
    ),
    "labels": Field(LABELS, "a name for each neuron, unique within the layer"),
}

_NAMES = tuple(kind for kind in (*KINDS, *COMPOSITES) if kind not in INTERNAL)
KIND = Field(choice("a kind of layer", _NAMES), "what it computes", default="dense")
READS = Field(
    either(
        "the name of a layer above, or input, or a list of them",
        scalar=text("the name of a layer above, or input"),
        items=list_of(text("the name of a layer above, or input"), "a list of names"),
    ),
    "what it reads: layers above it, or input; default the layer before",
)
_ANY_AXIS = whole("a whole number, negative from the end", minimum=-8, maximum=7)
_SIDES = ("same", "valid")


@cache
def grammar_of(kind: str) -> Kind:
    """Return what a layer of a kind takes."""
    return fields(f"a layer of kind {kind}", _keys(kind))


def _keys(kind: str) -> Mapping[str, Field]:
    told = KIND._replace(kind=choice("a kind of layer", [kind]))
    shared = {"name": LAYER["name"], "kind": told, "reads": READS}
    if kind == "dense":
        return {**LAYER, **shared, "axis": key_of(find("dense").FIELDS[-1])}
    own = COMPOSITES[kind].FIELDS if kind in COMPOSITES else find(kind).FIELDS
    last = {"activation": LAYER["activation"], "labels": Field(LABELS, "names of the last axis")}
    return {**shared, **{field.name: key_of(field) for field in own}, **last}


def layer() -> Kind:
    """A layer of any kind; what it takes depends on its `kind`, dense where it has none."""
    takes = "a layer: name, size, activation, weights, …"
    dense = fields(takes, _keys("dense"))

    def read(reading: Reading, node: Node, path: Path) -> Any:
        if not isinstance(node, MappingNode) or "kind" not in node.entries:
            return dense.read(reading, node, path)
        kind = KIND.kind.read(reading, node.entries["kind"][1], (*path, "kind"))
        return INVALID if kind is INVALID else grammar_of(kind).read(reading, node, path)

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
    count = whole(f"a whole number from {field.least}", minimum=field.least, maximum=2**31 - 1)
    each = list_of(count, "a list of one for each dimension")
    one_or_each = f"{count.takes}, or a list of one for each dimension"
    if field.takes == "count":
        return SIZE if field.least == 1 else count
    if field.takes == "each":
        return _tuple(either(one_or_each, scalar=count, items=each))
    if field.takes == "padding":
        return _tuple(either(f"{one_or_each}, same or valid", scalar=_padding(count), items=each))
    if field.takes == "number":
        return number("a positive number", positive=True)
    if field.takes == "flag":
        return flag()
    if field.takes == "choice":
        return choice(f"a {field.name}", field.choices)
    if field.takes == "axes":
        axes = list_of(_ANY_AXIS, "a list of axes")
        return _tuple(either("an axis, or a list of axes", scalar=_ANY_AXIS, items=axes))
    if field.takes == "shape":
        side = whole("a size, or -1 for what is left", minimum=-1, maximum=2**31 - 1)
        return _tuple(list_of(side, "a list of sizes, one of which may be -1"))
    if field.takes == "block":
        return fields("{weights: …, bias: …}", {key: LAYER[key] for key in ("weights", "bias")})
    return _array(field)


def _tuple(kind: Kind) -> Kind:
    """The same, with a list read as a tuple."""

    def read(reading: Reading, node: Node, path: Path) -> Any:
        value = kind.read(reading, node, path)
        return tuple(value) if isinstance(value, list) else value

    return Kind(kind.takes, read, kind.schema)


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
    if len(field.axes) == 1 and not field.axes[0].endswith("…"):
        takes = "a list of numbers, {file: …} or {random: …}"
        return either(takes, items=SOME_NUMBERS, mapping=source())
    takes = "lists of lists of numbers, {file: …} or {random: …}"
    return either(takes, items=_nested(), mapping=source())


def _nested() -> Kind:
    """Lists within lists, all of one shape; read as an array."""
    row = numbers(array=True)

    def read(reading: Reading, node: Node, path: Path) -> Any:
        if not isinstance(node, List) or not node.items or not isinstance(node.items[0], List):
            values = row.read(reading, node, path)
            return INVALID if values is INVALID else np.asarray(values, np.float64)
        inner = [read(reading, item, (*path, at)) for at, item in enumerate(node.items)]
        if any(each is INVALID for each in inner):
            return INVALID
        for at, each in enumerate(inner):
            if each.shape != inner[0].shape:
                there, first = (" × ".join(map(str, one.shape)) for one in (each, inner[0]))
                return reading.report((*path, at), f"is {there}, the first beside it {first}")
        return np.stack(inner)

    schema: Schema = {"type": "array", "minItems": 1}  # of what depth, the kind's axes tell
    return Kind("lists of lists of numbers", read, schema)
