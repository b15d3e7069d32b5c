"""Values as JSON, and texts as cells of CSV, with nothing in them that a terminal obeys."""

from __future__ import annotations

import re
from collections.abc import Callable
from math import isfinite
from typing import Any

import orjson

from nntrace.errors import printable

# What JSON lets pass but a terminal may obey: DEL, and the C1 controls (0xC2 0x80 to 0xC2 0x9F).
_CONTROLS = rb"\x7f|\xc2[\x80-\x9f]"
# Where there are no escapes as JSON has them: those, the older controls, and halves of surrogate
# pairs, which UTF-8 has no bytes for.
_CONTROL = "[\x00-\x1f\x7f-\x9f\ud800-\udfff]"


def encode(value: Any, indent: bool = False, default: Callable[[Any], Any] | None = None) -> bytes:
    """Return a value as JSON in UTF-8; numbers that are not finite become null.

    Floats are written in the fewest digits that read back as the same float64. `default` gives what
    stands for a value that JSON does not have.
    """
    try:
        data = orjson.dumps(value, default, orjson.OPT_INDENT_2 if indent else None)
    except orjson.JSONEncodeError:
        data = _encode_slowly(value, indent)
    if b"\x7f" in data or b"\xc2" in data:
        data = re.sub(_CONTROLS, lambda match: b"\\u00%02x" % match[0][-1], data)
    return data


def _encode_slowly(value: Any, indent: bool) -> bytes:
    """Encode what orjson does not: whole numbers beyond 64 bits, half a surrogate pair."""
    from json import dumps

    separators = None if indent else (",", ":")
    return dumps(_nulled(value), indent=2 if indent else None, separators=separators).encode()


def _nulled(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _nulled(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_nulled(each) for each in value]
    return None if isinstance(value, float) and not isfinite(value) else value


def quoted(text: str) -> str:
    """Quote a cell where CSV asks for it."""
    text = escaped(text)
    if any(char in text for char in ',"'):
        return '"' + text.replace('"', '""') + '"'
    return text


def escaped(text: str) -> str:
    """Return a text in which whatever controls a terminal is spelt out."""
    return re.sub(_CONTROL, lambda match: printable(match[0]), text)
