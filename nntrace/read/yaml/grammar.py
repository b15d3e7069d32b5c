"""The kinds of value a file can declare; each can read a node and describe itself as JSON Schema.

A file's grammar is written once, in these kinds. Reading it reports every fault with its place and
path and goes on; what could not be read is INVALID, so that one fault is told once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from math import isfinite
from typing import Any

from nntrace.errors import Path, Problem, unknown
from nntrace.read.yaml.nodes import List, Node, Scalar, resolve
from nntrace.read.yaml.nodes import Mapping as MappingNode
from nntrace.records import NamedTuple
from nntrace.words import cropped

Schema = dict[str, Any]

# Numbers from here on round to infinity: the largest float32 and half a unit in its last place.
_OVERFLOW = {"float64": float("inf"), "float32": 3.4028235677973366e38}

FEW = 3  # names are all told where one is unknown


class Invalid:
    """What is read where the file is wrong; the fault has been reported."""

    def __repr__(self) -> str:
        return "INVALID"

    def __bool__(self) -> bool:
        return False


INVALID = Invalid()


class Reading:
    """One reading of a document: where it comes from, its dtype, the problems found so far."""

    def __init__(
        self, source: str, root: Node, problems: Iterable[Problem], dtype: str = "float64"
    ) -> None:
        self.source = source
        self.root = root
        self.dtype = dtype
        self.problems = list(problems)
        self._told: set[tuple[tuple[int, int], str]] = set()

    def report(self, path: Path, message: str, node: Node | None = None) -> Invalid:
        """Note a problem at a node, or at what the path leads to.

        What stands at an alias is written elsewhere: where the same has been told there, it is not
        told again, and else at the alias, since it is the use that is wrong.
        """
        found, alias = self._walk(path)
        place = (node or found).place
        for spot in (place, alias.place if alias else place):
            if (spot, message) in self._told:
                return INVALID
        place = alias.place if alias else place
        self._told.add((place, message))
        self.problems.append(Problem(message, path, self.source, *place))
        return INVALID

    def report_key(self, path: Path, message: str) -> Invalid:
        """Note a problem at the key that is the last step of a path."""
        parent = self._walk(path[:-1])[0]
        entry = parent.entries.get(str(path[-1])) if isinstance(parent, MappingNode) else None
        return self.report(path, message, entry[0] if entry else None)

    def report_unknown(
        self, path: Path, what: str, known: Iterable[str], name: str | None = None
    ) -> Invalid:
        """Note that the key at the end of a path, or its `name`, is not known or lacks a blank."""
        known = tuple(known)
        told = unknown(what, name or str(path[-1]), known) + ("" if known else ", there is none")
        return self.report_key(path, self.lacks_blank(path) or told)

    def lacks_blank(self, path: Path) -> str | None:
        """Say so where a path ends in a key as that of `{a:1}` is, which is one without value."""
        parent, (key, _, value) = self._walk(path[:-1])[0], str(path[-1]).partition(":")
        if not (key and value and isinstance(parent, MappingNode) and parent.flow):
            return None
        written, nothing = parent.entries.get(str(path[-1]), (None, None))
        if written and written.plain and isinstance(nothing, Scalar) and nothing.absent:
            return f"lacks a blank after the colon, as in '{cropped(key)}: {cropped(value)}'"
        return None

    def place(self, path: Path) -> tuple[int, int]:
        """Return where a path leads to, for what an alias stands for the place of the alias."""
        found, alias = self._walk(path)
        return (alias or found).place

    def _walk(self, path: Path) -> tuple[Node, Node | None]:
        """Return the node at a path, or the innermost that is there, and the first alias passed."""
        node, alias = self.root, None
        for step in path:
            inner: Node | None = None
            if isinstance(node, List) and isinstance(step, int) and step < len(node.items):
                inner = node.items[step]
            elif isinstance(node, MappingNode) and step in node.entries:
                inner = node.entries[str(step)][1]
            if inner is None:
                break
            node = inner
            alias = alias or (node if node.alias else None)
        return node, alias

    def sorted_problems(self) -> list[Problem]:
        """Return the problems in the order of the file, each once."""
        return sorted(
            dict.fromkeys(self.problems),
            key=lambda problem: (problem.line or 0, problem.column or 0),
        )


class Kind(NamedTuple):
    """A kind of value. `takes` names it in messages; `read` returns a value or INVALID."""

    takes: str
    read: Callable[[Reading, Node, Path], Any]
    schema: Schema


class Field(NamedTuple):
    """A key of a mapping."""

    kind: Kind
    doc: str
    required: bool = False
    default: Any = None


def describe(node: Node) -> str:
    """Say what stands there instead."""
    if isinstance(node, List):
        return "a list" if node.items else "an empty list"
    if isinstance(node, MappingNode):
        return "a mapping" if node.entries else "an empty mapping"
    assert isinstance(node, Scalar)
    text = cropped(node.text)
    if not node.plain or node.tag == "str":
        return f"the text '{text}'"
    return f"'{text}'" if text else "nothing"


def refuse(reading: Reading, node: Node, path: Path, takes: str) -> Invalid:
    """Report that something else was wanted."""
    if isinstance(node, Scalar) and node.absent and (told := reading.lacks_blank(path)):
        return reading.report_key(path, told)
    return reading.report(path, f"takes {takes}, not {describe(node)}", node)


def text(takes: str = "a name", least: int = 1) -> Kind:
    """Any scalar, kept as written; of one character or more."""

    def read(reading: Reading, node: Node, path: Path) -> Any:
        if isinstance(node, Scalar) and len(node.text) >= least:
            return node.text
        return refuse(reading, node, path, takes)

    return Kind(takes, read, {"type": ["string", "number", "boolean", "null"], "minLength": least})


def choice(
    takes: str,
    names: Iterable[str],
    aliases: Iterable[str] = (),
    unlike: Callable[[str], str] | None = None,
) -> Kind:
    """One of some names; `unlike` says of another name what is wrong."""
    names, aliases = tuple(names), tuple(aliases)

    def read(reading: Reading, node: Node, path: Path) -> Any:
        if not isinstance(node, Scalar) or not node.text:
            return refuse(reading, node, path, f"{takes} ({', '.join(names)})")
        if node.text not in names and node.text not in aliases:
            what = takes.split(" ", 1)[1]
            if unlike:
                told = unlike(node.text)
            elif len(names) <= FEW and node.text.casefold() not in names:
                # the nearest may be another one
                told = f"unknown {what} '{node.text}', known: {', '.join(names)}"
            else:
                told = unknown(what, node.text, (*names, *aliases))
            return reading.report(path, told, node)
        return node.text

    return Kind(takes, read, {"enum": [*names, *aliases]})


def number(takes: str = "a number", positive: bool = False, least: float | None = None) -> Kind:
    """A finite number that the dtype of the file can hold."""

    def read(reading: Reading, node: Node, path: Path) -> Any:
        value = resolve(node) if isinstance(node, Scalar) else None
        if type(value) is int:
            try:
                value = float(value)
            except OverflowError:
                value = float("inf")
        elif type(value) is not float:
            return refuse(reading, node, path, takes)
        assert isinstance(node, Scalar)
        if not isfinite(value) and node.text.lstrip("+-")[:2].lower() in (".i", ".n"):
            return reading.report(path, f"takes a finite number, not {node.text}", node)
        if abs(value) >= _OVERFLOW[reading.dtype]:
            return reading.report(path, f"{describe(node)} overflows {reading.dtype}", node)
        if positive and value <= 0:
            return refuse(reading, node, path, "a positive number")
        if least is not None and value < least:
            return refuse(reading, node, path, takes)
        return value

    schema: Schema = {"type": "number"}
    if least is not None:
        schema["minimum"] = least
    if positive:
        schema["exclusiveMinimum"] = 0
    return Kind(takes, read, schema)


def whole(takes: str, minimum: int, maximum: int = 2**63 - 1) -> Kind:
    """A whole number; `3.0` and `1e3` are whole, as they are in JSON Schema."""

    def read(reading: Reading, node: Node, path: Path) -> Any:
        value = resolve(node) if isinstance(node, Scalar) else None
        if type(value) is float and isfinite(value) and value == int(value):
            value = int(value)
        if isinstance(value, int | float) and value > maximum:
            return refuse(reading, node, path, f"{takes} to {maximum}")
        if type(value) is not int or value < minimum:
            return refuse(reading, node, path, takes)
        return value

    return Kind(takes, read, {"type": "integer", "minimum": minimum, "maximum": maximum})


def flag(takes: str = "true or false") -> Kind:
    """A truth value."""

    def read(reading: Reading, node: Node, path: Path) -> Any:
        value = resolve(node) if isinstance(node, Scalar) else None
        return value if type(value) is bool else refuse(reading, node, path, takes)

    return Kind(takes, read, {"type": "boolean"})


def list_of(kind: Kind, takes: str, partial: bool = False) -> Kind:
    """A list of one value or more; where one is INVALID, so is the list, unless it is `partial`."""

    def read(reading: Reading, node: Node, path: Path) -> Any:
        if not isinstance(node, List) or not node.items:
            return refuse(reading, node, path, takes)
        read_item = kind.read
        values = [read_item(reading, item, (*path, i)) for i, item in enumerate(node.items)]
        return values if partial or not any(value is INVALID for value in values) else INVALID

    return Kind(takes, read, {"type": "array", "items": kind.schema, "minItems": 1})


def numbers(partial: bool = False, array: bool = False) -> Kind:
    """A list of numbers; with `array`, a long row may be read as one of float64."""
    each = list_of(number(), "a list of numbers", partial)

    def read(reading: Reading, node: Node, path: Path) -> Any:
        if isinstance(node, List) and node.row:
            values = node.row.numbers
            if abs(values).max() < _OVERFLOW[reading.dtype]:
                return values if array else values.tolist()
        return each.read(reading, node, path)

    return Kind(each.takes, read, each.schema)


def mapping_of(kind: Kind, takes: str) -> Kind:
    """Names, each with a value; at least one."""

    def read(reading: Reading, node: Node, path: Path) -> Any:
        if not isinstance(node, MappingNode) or not node.entries:
            return refuse(reading, node, path, takes)
        values = {
            name: kind.read(reading, value, (*path, name))
            for name, (_, value) in node.entries.items()
        }
        return INVALID if any(value is INVALID for value in values.values()) else values

    return Kind(
        takes, read, {"type": "object", "additionalProperties": kind.schema, "minProperties": 1}
    )


def fields(
    takes: str,
    known: Mapping[str, Field],
    what: str = "key",
    elsewhere: Callable[[str], str | None] = lambda name: None,
) -> Kind:
    """A mapping of known keys; what is absent is absent from the result, too.

    `elsewhere` says of a key that is not known here where it is; None where it is nowhere.
    """

    def read(reading: Reading, node: Node, path: Path) -> Any:
        if not isinstance(node, MappingNode):
            return refuse(reading, node, path, takes)
        values: dict[str, Any] = {}
        for name, (_, value) in node.entries.items():
            if name in known:
                values[name] = known[name].kind.read(reading, value, (*path, name))
            elif told := elsewhere(name):
                reading.report_key((*path, name), told)
            else:
                reading.report_unknown((*path, name), what, known)
        for name, field in known.items():
            if field.required and name not in values:
                values[name] = reading.report(path, f"{name} is missing: {field.doc}", node)
        return values

    return Kind(takes, read, fields_schema(known))


def file_schema(title: str, description: str, content: Schema) -> Schema:
    """Return the JSON Schema (2020-12) of a file, as YAML 1.2 values."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": title,
        "description": description,
        **content,
    }


def fields_schema(known: Mapping[str, Field]) -> Schema:
    """Describe a mapping of known keys."""
    properties = {}
    for name, field in known.items():
        properties[name] = {**field.kind.schema, "description": field.doc}
        if field.default is not None:
            properties[name]["default"] = field.default
    schema: Schema = {"type": "object", "properties": properties, "additionalProperties": False}
    required = [name for name, field in known.items() if field.required]
    if required:
        schema["required"] = required
    return schema


def either(
    takes: str,
    *,
    scalar: Kind | None = None,
    items: Kind | None = None,
    mapping: Kind | None = None,
) -> Kind:
    """Read a scalar, a list or a mapping each in its own way."""

    def read(reading: Reading, node: Node, path: Path) -> Any:
        kind = scalar if isinstance(node, Scalar) else items if isinstance(node, List) else mapping
        if kind is None or (isinstance(node, Scalar) and not node.text):
            return refuse(reading, node, path, takes)
        return kind.read(reading, node, path)

    forms = [kind.schema for kind in (scalar, items, mapping) if kind]
    return Kind(takes, read, {"anyOf": forms})
