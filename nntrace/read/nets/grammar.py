"""The grammar of the net file: every key, what it takes and what it is for.

The reader and the JSON Schema are both made from this; there is no other list of keys.
"""

from __future__ import annotations

from typing import Any

from nntrace.core.examples import MARGINS
from nntrace.core.network import DTYPES
from nntrace.core.text import ENCODINGS, SIDES
from nntrace.errors import Path
from nntrace.read.nets.keys import (
    LABELS,
    NUMBERS,
    ONE_OR_EACH,
    SIZE,
    STORED_ARRAY,
    WHOLE,
    sound,
)
from nntrace.read.nets.kinds import layer, layer_schema, nested
from nntrace.read.yaml.grammar import (
    INVALID,
    Field,
    Kind,
    Reading,
    Schema,
    choice,
    either,
    fields,
    file_schema,
    flag,
    list_of,
    mapping_of,
    number,
    text,
)
from nntrace.read.yaml.nodes import List, Mapping, Node, Scalar

A_ROW = "a list of numbers, or {label: number, …}"

TEXT = {
    "alphabet": Field(
        text("the characters that there are"),
        "a token a character, numbered from 0",
        required=True,
    ),
    "fold": Field(
        flag(),
        "characters are looked up in lower case, their accents taken off",
        default=False,
    ),
    "unknown": Field(
        text("a character of the alphabet"),
        "what any other character counts as; left out, such a one is an error",
    ),
    "context": Field(SIZE, "tokens: at most so many; any number up to it may be given"),
    "encoding": Field(
        choice("an encoding", ENCODINGS),
        "tokens, or one_hot: length × alphabet numbers, for dense nets",
        default="tokens",
    ),
    "length": Field(
        SIZE, "one_hot: exactly so many characters; texts are cut, or padded with the first one"
    ),
    "align": Field(choice("a side", SIDES), "one_hot: which end of a text is kept", default="left"),
}


def _text_of_net() -> Kind:
    """What `text` says; INVALID where any of it could not be read, a misspelt key too."""
    kind = sound(fields("alphabet, and context or length", TEXT))

    def read(reading: Reading, node: Node, path: Path) -> Any:
        values = kind.read(reading, node, path)
        known = isinstance(node, Mapping) and node.entries.keys() <= TEXT.keys()
        return values if known else INVALID

    return Kind(kind.takes, read, kind.schema)


INPUT = {
    "size": Field(SIZE, "how many numbers a row has; labels or shape may tell it instead"),
    "labels": Field(LABELS, "a name for each input, unique"),
    "shape": Field(
        list_of(SIZE, "a list of sizes such as [8, 8]"),
        "the shape of a row, whose product is the size; [height, width] is drawn as a picture",
    ),
    "mean": Field(
        either(
            f"{ONE_OR_EACH}, or {{file: …}}", scalar=number(), items=NUMBERS, mapping=STORED_ARRAY
        ),
        "the net is given (x - mean) / std",
    ),
    "std": Field(
        either(
            f"{ONE_OR_EACH}, or {{file: …}}",
            scalar=number("a positive number", positive=True),
            items=list_of(number("a positive number", positive=True), "a list of numbers"),
            mapping=STORED_ARRAY,
        ),
        "the net is given (x - mean) / std",
    ),
    "text": Field(
        _text_of_net(),
        "the net reads text, a token a character; this tells its size",
    ),
}


def _values() -> Kind:
    """The numbers of a layer: in a row, or in lists within lists, as its shape has them."""
    lists = nested(range(1, 5))  # channels in up to three dimensions

    def read(reading: Reading, node: Node, path: Path) -> Any:
        within = isinstance(node, List) and node.items and isinstance(node.items[0], List)
        return (lists if within else NUMBERS).read(reading, node, path)

    return Kind(NUMBERS.takes, read, lists.schema)


def _expect() -> Kind:
    """A class, or a mapping of LAYER or LAYER.z to values."""
    row = _values()
    takes = "a label, an index, or a mapping such as {output: [0.9, 0.1]}"
    margin = number("a positive number", positive=True)

    def read(reading: Reading, node: Node, path: Path) -> Any:
        assert isinstance(node, Mapping)
        values: dict[str, Any] = {}
        for name, (_, value) in node.entries.items():
            kind = row if isinstance(value, List) or name not in MARGINS else margin
            values[name] = kind.read(reading, value, (*path, name))
        if not values.keys() - MARGINS.keys():
            message = "names no layer, takes values such as {output: [0.9, 0.1]}"
            return reading.report(path, message, node)
        return values

    schema = {
        "type": "object",
        "properties": {  # or values of a layer of that name
            name: {"anyOf": [margin.schema, row.schema], "description": doc}
            for name, doc in MARGINS.items()
        },
        "additionalProperties": row.schema,
        "minProperties": 1,
    }
    return either(takes, scalar=text(takes), mapping=Kind(takes, read, schema))


def _example_input() -> Kind:
    """One row: numbers, or a scalar as it stands there, which only a net that reads text takes."""
    row = either(A_ROW, items=NUMBERS, mapping=mapping_of(number(), "{label: number, …}"))

    def read(reading: Reading, node: Node, path: Path) -> Any:
        return node if isinstance(node, Scalar) else row.read(reading, node, path)

    return Kind(A_ROW, read, {"anyOf": [*row.schema["anyOf"], {"type": "string"}]})


EXAMPLE = {
    "name": Field(text(), "unique; default example1, example2, …"),
    "input": Field(
        _example_input(),
        "one row, or a number for each label",
        required=True,
    ),
    "expect": Field(
        _expect(),
        "the predicted label or index, or values of LAYER (post-activation) or LAYER.z, where "
        "|given - expected| ≤ tolerance + relative × |expected|, as these are written in decimals",
    ),
}

NET = {
    "name": Field(text(), "default: the file's stem"),
    "description": Field(text("a text", least=0), "what the net does, for people"),
    "dtype": Field(
        choice("a dtype", DTYPES),
        "float64 or float32: every number of the pass is held in it",
        default="float64",
    ),
    "input": Field(
        either("a number, or size, labels, shape, …", scalar=SIZE, mapping=fields("", INPUT)),
        "what the net reads: a number, or size, labels, shape, mean and std, or text",
        required=True,
    ),
    "weights": Field(
        either(
            "the name of a weights file, or {file: …, transpose: …, ignore: …}",
            scalar=text("the name of a weights file"),
            mapping=sound(fields("{file: …, transpose: …, ignore: …}", WHOLE)),
        ),
        "a file that holds <layer>.weight and <layer>.bias for the layers without weights; what no "
        "layer reads of it is an error",
    ),
    "layers": Field(
        list_of(layer(), "a list of layers", partial=True),
        "the layers in order, each reading what the one before it said",
        required=True,
    ),
    "examples": Field(
        list_of(
            fields("an example: name, input, expect", EXAMPLE), "a list of examples", partial=True
        ),
        "inputs that the net comes with, and what they should give",
    ),
}

NET_FILE = fields("a mapping with input and layers", NET)

# What stands in place of that beside an ONNX model.
BESIDE = {
    "name": NET["name"],
    "description": NET["description"],
    "model": Field(text(), "the name of an ONNX model, in this file's folder", required=True),
    "input": Field(
        either(
            "labels, shape, mean and std",
            mapping=fields("", {key: field for key, field in INPUT.items() if key != "text"}),
        ),
        "labels, shape, mean and std of what the model reads",
    ),
    "labels": Field(LABELS, "a name for each number of the model's first output, unique"),
    "examples": NET["examples"],
}
BESIDE_FILE = fields("a mapping with model", BESIDE)


def net_schema() -> Schema:
    """Return the JSON Schema (2020-12) of the net file, or of one beside a model, which says
    `model`, as YAML 1.2 values."""
    net = {**NET_FILE.schema}
    layers = {**net["properties"]["layers"], "items": layer_schema()}
    net["properties"] = {**net["properties"], "layers": layers}
    beside = {"if": {"required": ["model"]}, "then": BESIDE_FILE.schema, "else": net}
    description = "A feed-forward neural network, its weights and its examples"
    return file_schema("nntrace net file", description, {"type": "object", **beside})
