"""The grammar of the net file: every key, what it takes and what it is for.

The reader and the JSON Schema are both made from this; there is no other list of keys.
"""

from __future__ import annotations

from typing import Any

from nntrace.core.activation import ActivationKind
from nntrace.core.activations import ACTIVATIONS, find
from nntrace.core.elsewhere import unknown_activation
from nntrace.core.network import DTYPES
from nntrace.core.numerics.initial import INITIALISERS
from nntrace.core.text import ENCODINGS, SIDES
from nntrace.errors import Path
from nntrace.read.yaml.grammar import (
    INVALID,
    Field,
    Kind,
    Reading,
    Schema,
    choice,
    either,
    fields,
    fields_schema,
    file_schema,
    flag,
    list_of,
    mapping_of,
    number,
    numbers,
    text,
    whole,
)
from nntrace.read.yaml.nodes import List, Mapping, Node, Scalar

NUMBERS = numbers()
# Where one number is wrong, the length of the list is looked at all the same.
SOME_NUMBERS = numbers(partial=True)
LABELS = list_of(text("a label"), "a list of labels")
LARGEST_SIZE = 2**31 - 1
SIZE = whole("a whole number from 1", minimum=1, maximum=LARGEST_SIZE)
A_ROW = "a list of numbers, or {label: number, …}"
ONE_OR_EACH = "a number, or a list of one for each"

_FILE = Field(
    text("the name of a .npy, .npz, .safetensors or .csv file"),
    "a file in the net file's folder or below",
    required=True,
)
TRANSPOSE = Field(
    flag(), "for arrays stored fan-in × size, as Keras and scikit-learn do", default=False
)

# An array in a file, of any meaning.
ARRAY = {
    "file": _FILE,
    "tensor": Field(text("the name of an array"), "which array, where the file holds several"),
    "header": Field(
        flag(),
        "of a .csv: whether its first line is a header, which is skipped; default false, but a "
        "first line that counts 0, 1, 2 … is an error unless this is said",
    ),
}

STORED = {**ARRAY, "transpose": TRANSPOSE}

# A file for all layers without weights of their own.
WHOLE = {
    "file": Field(text("the name of a .npz or .safetensors file"), _FILE.doc, required=True),
    "transpose": TRANSPOSE,
    "ignore": Field(
        list_of(text("a name or a pattern"), "a list of names or patterns such as 'optimizer.*'"),
        "tensors that no layer reads and that are no error; each covers one or more of these",
    ),
}


def _sound(kind: Kind) -> Kind:
    """A mapping that is INVALID where one of its values is."""

    def read(reading: Reading, node: Node, path: Path) -> Any:
        values = kind.read(reading, node, path)
        return INVALID if values is INVALID or INVALID in values.values() else values

    return Kind(kind.takes, read, kind.schema)


_STORED = _sound(fields("{file: …}", ARRAY))

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

INPUT = {
    "size": Field(SIZE, "how many numbers a row has; labels or shape may tell it instead"),
    "labels": Field(LABELS, "a name for each input, unique"),
    "shape": Field(
        list_of(SIZE, "a list of sizes such as [8, 8]"),
        "the shape of a row, whose product is the size; [height, width] is drawn as a picture",
    ),
    "mean": Field(
        either(f"{ONE_OR_EACH}, or {{file: …}}", scalar=number(), items=NUMBERS, mapping=_STORED),
        "the net is given (x - mean) / std",
    ),
    "std": Field(
        either(
            f"{ONE_OR_EACH}, or {{file: …}}",
            scalar=number("a positive number", positive=True),
            items=list_of(number("a positive number", positive=True), "a list of numbers"),
            mapping=_STORED,
        ),
        "the net is given (x - mean) / std",
    ),
    "text": Field(
        _sound(fields("alphabet, and context or length", TEXT)),
        "the net reads text, a token a character; this tells its size",
    ),
}

RANDOM = {
    "random": Field(
        choice("an initialiser", INITIALISERS), "how the numbers are drawn", required=True
    ),
    "seed": Field(
        whole("a whole number from 0", minimum=0),
        "the same seed gives the same numbers on every machine",
        default=0,
    ),
}


def _source() -> Kind:
    """A mapping that names a file, or a way to draw numbers."""
    stored = _sound(fields("{file: …} or {random: …}", STORED))
    random = _sound(fields("{file: …} or {random: …}", RANDOM))

    def read(reading: Reading, node: Node, path: Path) -> Any:
        assert isinstance(node, Mapping)
        keys = node.entries.keys()
        if not keys & {*STORED, *RANDOM}:
            for name in node.entries:
                reading.report_unknown((*path, name), "key", (*STORED, *RANDOM))
            return INVALID if keys else reading.report(path, f"takes {stored.takes}", node)
        kind = random if keys & RANDOM.keys() and "file" not in keys else stored
        return kind.read(reading, node, path)

    return Kind(stored.takes, read, {"anyOf": [fields_schema(STORED), fields_schema(RANDOM)]})


def _parameters(activation: ActivationKind) -> Kind:
    """The parameters of one activation."""
    known = {
        parameter.name: Field(
            either(ONE_OR_EACH, scalar=number(), items=NUMBERS)
            if parameter.per_neuron
            else number("one number"),
            parameter.doc,
            required=parameter.required,
            default=None if parameter.required else parameter.default,
        )
        for parameter in activation.parameters
    }
    takes = f"{{}}, as {activation.name} has no parameters"
    if known:
        example = ", ".join(f"{each.name}: {each.default:.3g}" for each in activation.parameters)
        takes = f"the parameters of {activation.name}, such as {{{example}}}"
    return fields(takes, known, "parameter")


def _activation() -> Kind:
    """A name, or a name with parameters; read as (name, parameters)."""
    kinds = {
        name: _parameters(kind)
        for kind in ACTIVATIONS.values()
        for name in (kind.name, *kind.aliases)
    }
    aliases = [alias for kind in ACTIVATIONS.values() for alias in kind.aliases]
    name = choice("an activation", ACTIVATIONS, aliases, unknown_activation)
    takes = "an activation, or one with parameters such as {leaky_relu: {alpha: 0.1}}"

    def read_name(reading: Reading, node: Node, path: Path) -> Any:
        found = name.read(reading, node, path)
        return INVALID if found is INVALID else (found, {})

    def read(reading: Reading, node: Node, path: Path) -> Any:
        assert isinstance(node, Mapping)
        if len(node.entries) != 1:
            return reading.report(path, f"takes {takes}", node)
        [(key, parameters)] = node.entries.values()
        if name.read(reading, key, (*path, key.text)) is INVALID:
            return INVALID
        values = kinds[key.text].read(reading, parameters, (*path, key.text))
        if values is INVALID or any(value is INVALID for value in values.values()):
            return INVALID
        return key.text, values

    bare = [each for each in kinds if not any(p.required for p in find(each).parameters)]
    with_parameters = {
        "type": "object",
        "minProperties": 1,
        "maxProperties": 1,
        "additionalProperties": False,
        "properties": {each: kind.schema for each, kind in kinds.items()},
    }
    kind = either(takes, scalar=Kind(takes, read_name, {}), mapping=Kind(takes, read, {}))
    return Kind(takes, kind.read, {"anyOf": [{"enum": bare}, with_parameters]})


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
    "activation": Field(_activation(), "default identity", default="identity"),
    "weights": Field(
        either(
            "rows of numbers, {file: …} or {random: …}",
            items=_rows(),
            mapping=_source(),
        ),
        "size rows of fan-in numbers: row j is neuron j; z = W @ x + b",
    ),
    "bias": Field(
        either(
            "a list of numbers, {file: …} or {random: …}", items=SOME_NUMBERS, mapping=_source()
        ),
        "one number a neuron; default zeros",
    ),
    "labels": Field(LABELS, "a name for each neuron, unique within the layer"),
}


# How far off values may be.
MARGINS = {
    "tolerance": "absolute; default 1e-6 in float64, 1e-4 in float32",
    "relative": "a share of |expected| that is allowed beside the tolerance; default none",
}


def _expect() -> Kind:
    """A class, or a mapping of LAYER or LAYER.z to values."""
    takes = "a label, an index, or a mapping such as {output: [0.9, 0.1]}"
    margin = number("a positive number", positive=True)

    def read(reading: Reading, node: Node, path: Path) -> Any:
        assert isinstance(node, Mapping)
        values: dict[str, Any] = {}
        for name, (_, value) in node.entries.items():
            kind = NUMBERS if isinstance(value, List) or name not in MARGINS else margin
            values[name] = kind.read(reading, value, (*path, name))
        if not values.keys() - MARGINS.keys():
            message = "names no layer, takes values such as {output: [0.9, 0.1]}"
            return reading.report(path, message, node)
        return values

    schema = {
        "type": "object",
        "properties": {  # or values of a layer of that name
            name: {"anyOf": [margin.schema, NUMBERS.schema], "description": doc}
            for name, doc in MARGINS.items()
        },
        "additionalProperties": NUMBERS.schema,
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
            mapping=_sound(fields("{file: …, transpose: …, ignore: …}", WHOLE)),
        ),
        "a file that holds <layer>.weight and <layer>.bias for the layers without weights; what no "
        "layer reads of it is an error",
    ),
    "layers": Field(
        list_of(
            fields("a layer: name, size, activation, weights, …", LAYER),
            "a list of layers",
            partial=True,
        ),
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


def net_schema() -> Schema:
    """Return the JSON Schema (2020-12) of the net file, as YAML 1.2 values."""
    description = "A feed-forward neural network, its weights and its examples"
    return file_schema("nntrace net file", description, NET_FILE)
