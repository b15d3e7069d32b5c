"""What keys of a net file take that stand in several places: sizes, labels, activations, numbers
from any source."""

from __future__ import annotations

from typing import Any

from nntrace.core.activation import ActivationKind
from nntrace.core.activations import ACTIVATIONS, find
from nntrace.core.elsewhere import unknown_activation
from nntrace.core.numerics.initial import INITIALISERS
from nntrace.errors import Path
from nntrace.read.arrays.weights import suffixes
from nntrace.read.yaml.grammar import (
    INVALID,
    Field,
    Kind,
    Reading,
    choice,
    either,
    fields,
    fields_schema,
    flag,
    list_of,
    number,
    numbers,
    text,
    whole,
)
from nntrace.read.yaml.nodes import Mapping, Node

NUMBERS = numbers()
# Where one number is wrong, the length of the list is looked at all the same.
SOME_NUMBERS = numbers(partial=True)
LABELS = list_of(text("a label"), "a list of labels")
LARGEST_SIZE = 2**31 - 1
SIZE = whole("a whole number from 1", minimum=1, maximum=LARGEST_SIZE)
ONE_OR_EACH = "a number, or a list of one for each"

_FILE = Field(
    text(f"the name of a {suffixes()} file"),
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
    "file": Field(text(f"the name of a {suffixes(named=True)} file"), _FILE.doc, required=True),
    "transpose": TRANSPOSE,
    "ignore": Field(
        list_of(text("a name or a pattern"), "a list of names or patterns such as 'optimizer.*'"),
        "tensors that no layer reads and that are no error; each covers one or more of these",
    ),
}


def sound(kind: Kind) -> Kind:
    """A mapping that is INVALID where one of its values is."""

    def read(reading: Reading, node: Node, path: Path) -> Any:
        values = kind.read(reading, node, path)
        return INVALID if values is INVALID or INVALID in values.values() else values

    return Kind(kind.takes, read, kind.schema)


STORED_ARRAY = sound(fields("{file: …}", ARRAY))

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


def source() -> Kind:
    """A mapping that names a file, or a way to draw numbers."""
    stored = sound(fields("{file: …} or {random: …}", STORED))
    random = sound(fields("{file: …} or {random: …}", RANDOM))

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


def activation() -> Kind:
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
