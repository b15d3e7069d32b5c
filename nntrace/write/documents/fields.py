"""A document as a description: its fields, from which come what is written and the JSON Schema.

A field's `kind` is a type of JSON (`str`, `int`, `float`, `bool`, None), another description, a
list of one kind for an array of it, a tuple of kinds for any of them, or a schema as it is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from operator import attrgetter
from typing import Any, TypeAlias

from nntrace.records import NamedTuple

Json: TypeAlias = dict[str, Any]


class Field(NamedTuple):
    """A key of a record: its name, its kind, what it means, and how its value is got.

    `get` is the name of an attribute of what the record describes, else the field's own; of what
    that holds, records are made as the kind has them. Or it is a function, whose result is written
    as it is. An optional field is left out where there is None.
    """

    name: str
    kind: Any
    doc: str = ""
    get: Callable[..., Any] | str = ""
    optional: bool = False


class Record:
    """A record of a document; `more` is the kind of keys of a net's own.

    A `listed` one is written in a list where there are several rows, or none.
    """

    def __init__(
        self, name: str, doc: str, *fields: Field, more: Any = None, listed: bool = False
    ) -> None:
        self.name, self.doc, self.fields = name, doc, fields
        self.more, self.listed = more, listed
        self._ways = [(each.name, *_way(each), each.optional) for each in fields]

    def of(self, described: Any, **known: Any) -> Json:
        """Make the record of what is described; what that does not hold is given by its field.

        One that is made already stays as it is.
        """
        if isinstance(described, dict):
            return described
        record = {}
        for name, get, make, optional in self._ways:
            value = known[name] if name in known else get(described)
            if value is not None or not optional:
                record[name] = value if value is None else make(value)
        return record

    def each(self, described: Iterable[Any]) -> list[Json]:
        """Make a record of each."""
        return [self.of(each) for each in described]

    def lines(self, *columns: Iterable[Any]) -> list[Json]:
        """Make records of columns of values, one a field, in the order of the fields."""
        names = [field.name for field in self.fields]
        return [dict(zip(names, line, strict=True)) for line in zip(*columns, strict=True)]


def _way(field: Field) -> tuple[Callable[[Any], Any], Callable[[Any], Any]]:
    """Return how the value of a field is got, and how what is written is made of that."""
    if callable(field.get):
        return field.get, _as_it_is
    return attrgetter(field.get or field.name), _maker(field.kind)


def _maker(kind: Any) -> Callable[[Any], Any]:
    kinds: Sequence[Any] = kind if isinstance(kind, tuple) else (kind,)
    for each in kinds:
        if isinstance(each, Record):
            return each.of
        if isinstance(each, list) and isinstance(each[0], Record):
            return each[0].each
    return _as_it_is


def _as_it_is(value: Any) -> Any:
    return value


Number = (float, None)  # where it is not finite


def one_of(*values: str) -> Json:
    """Return the kind of texts that are one of some."""
    return {"enum": list(values)}


class _ByName:
    def __init__(self, kind: Any) -> None:
        self.kind = kind


def by_name(kind: Any) -> _ByName:
    """Return the kind of an object whose keys are names, and its values of a kind."""
    return _ByName(kind)


ANYTHING: Json = {}


def version(name: str) -> Field:
    """Return the field that says which document it is, and in which version."""
    return Field("schema", one_of(name), get=lambda _: name)


# ---- the JSON Schema (2020-12) ----


def schema_of(record: Record, name: str) -> Json:
    """Return the JSON Schema of a document, titled by its name."""
    definitions: dict[str, Json] = {}
    root = _record(record, definitions)
    root.pop("title")
    if record.listed:
        definitions[record.name] = root
        one = {"$ref": f"#/$defs/{record.name}"}
        root = {"anyOf": [one, {"type": "array", "items": one, "description": "one a row"}]}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": f"nntrace {name}",
        **root,
        "$defs": definitions,
    }


def _record(record: Record, definitions: dict[str, Json]) -> Json:
    properties: dict[str, Json] = {}
    for field in record.fields:
        properties[field.name] = {**_schema(field.kind, definitions)}
        if field.doc:
            properties[field.name]["description"] = field.doc
    return {
        "title": record.name,
        "description": record.doc,
        "type": "object",
        "properties": properties,
        "required": [field.name for field in record.fields if not field.optional],
        "additionalProperties": _schema(record.more, definitions) if record.more else False,
    }


def _schema(kind: Any, definitions: dict[str, Json]) -> Json:
    if isinstance(kind, Record):
        if kind.name not in definitions:
            definitions[kind.name] = {}  # stands in while it is made
            definitions[kind.name] = _record(kind, definitions)
        return {"$ref": f"#/$defs/{kind.name}"}
    if isinstance(kind, _ByName):
        return {"type": "object", "additionalProperties": _schema(kind.kind, definitions)}
    if isinstance(kind, list):
        return {"type": "array", "items": _schema(kind[0], definitions)}
    if isinstance(kind, tuple):
        return {"anyOf": [_schema(each, definitions) for each in kind]}
    return kind if isinstance(kind, dict) else {"type": _NAMES[kind]}


_NAMES = {str: "string", int: "integer", float: "number", bool: "boolean", None: "null"}
