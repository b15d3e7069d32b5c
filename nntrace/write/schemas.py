"""JSON Schemas (2020-12) of the JSON outputs, made from the types of their fields."""

from __future__ import annotations

import types
from collections.abc import Mapping
from typing import (
    Annotated,
    Any,
    Literal,
    NotRequired,
    Union,
    get_args,
    get_origin,
    get_type_hints,
    is_typeddict,
)

from nntrace.write import fields, fields_rows

Schema = dict[str, Any]

# By the names that `nntrace schema NAME` takes.
DOCUMENTS: dict[str, Any] = {
    "trace": fields.TraceDocument,
    "row": fields.RowRecord,
    "predict": fields.PredictDocument,
    "explain": fields.ExplainDocument,
    "show": fields.ShowDocument,
    "check": fields.CheckDocument,
    "ladder": fields_rows.LadderDocument,
    "stats": fields_rows.StatsDocument,
}

# Those that are a list where there are several rows, or none.
LISTED = ("explain",)


def output_schema(name: str, documents: Mapping[str, Any] = DOCUMENTS) -> Schema:
    """Return the schema of an output by its name in the documents; KeyError for another."""
    definitions: dict[str, Schema] = {}
    kind = documents[name]
    root = _record(kind, definitions)
    root.pop("title")
    if name in LISTED:
        definitions[kind.__name__] = root
        one = {"$ref": f"#/$defs/{kind.__name__}"}
        root = {"anyOf": [one, {"type": "array", "items": one, "description": "one a row"}]}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": f"nntrace {name}",
        **root,
        "$defs": definitions,
    }


def _record(kind: Any, definitions: dict[str, Schema]) -> Schema:
    properties: dict[str, Schema] = {}
    required = []
    for name, hint in get_type_hints(kind, include_extras=True).items():
        if get_origin(hint) is NotRequired:
            hint = get_args(hint)[0]
        else:
            required.append(name)
        properties[name] = _of(hint, definitions)
    more = fields.OPEN.get(kind.__name__)
    return {
        "title": kind.__name__,
        "description": kind.__doc__,
        "type": "object",
        "properties": properties,
        "required": required,
        "additionalProperties": _of(more, definitions) if more else False,
    }


def _of(hint: Any, definitions: dict[str, Schema]) -> Schema:
    origin, arguments = get_origin(hint), get_args(hint)
    if origin is Annotated:
        return {**_of(arguments[0], definitions), "description": arguments[1]}
    if is_typeddict(hint):
        if hint.__name__ not in definitions:
            definitions[hint.__name__] = {}  # stands in while it is made
            definitions[hint.__name__] = _record(hint, definitions)
        return {"$ref": f"#/$defs/{hint.__name__}"}
    if origin is Literal:
        return {"enum": list(arguments)}
    if origin is list:
        return {"type": "array", "items": _of(arguments[0], definitions)}
    if origin is dict:
        return {"type": "object", "additionalProperties": _of(arguments[1], definitions)}
    if origin in (types.UnionType, Union):
        return {"anyOf": [_of(argument, definitions) for argument in arguments]}
    if hint is Any:
        return {}
    return {"type": _NAMES[hint]}


_NAMES = {
    str: "string",
    int: "integer",
    float: "number",
    bool: "boolean",
    type(None): "null",
}
