"""What is wrong with JSON and CSV, in words of our own, which no version of a library changes."""

from __future__ import annotations

import csv
import json
import re

from nntrace.words import cropped

_CLOSED = re.compile(r'"(?:[^"\\]|\\.)*"', re.DOTALL)


def json_fault(error: json.JSONDecodeError) -> str:
    """Say what stands where JSON was left; for behind `is no JSON: `."""
    text, at = error.doc, error.pos
    if not text[at:].strip():
        return "ends too early"
    char = text[at]
    if char == '"' and _CLOSED.match(text, at) is None:
        return "a text is not closed"
    if char == "\\" or text[at - 1 : at + 1].startswith("\\"):
        return "a backslash begins no escape"
    word = re.match(r"[\w.+-]+", text[at:])
    return f"'{cropped(word[0] if word else char)}' is out of place"


def csv_fault(error: csv.Error) -> str:
    """Say what CSV breaks off at; for behind `is no CSV: `."""
    said = str(error)
    if "end of data" in said:
        return "a quote is not closed"
    if "new-line" in said:
        return "a carriage return stands inside a cell"
    if "field limit" in said:
        return f"a cell is longer than {csv.field_size_limit():,} characters (an open quote?)"
    return "something stands between a closing quote and the end of its cell"
