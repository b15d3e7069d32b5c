"""Rows from JSON: one a line (JSONL), or an array or nntrace's own document (JSON)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from nntrace.errors import InputError, Problem
from nntrace.read.lines import Lines
from nntrace.read.numbers import is_number, to_number
from nntrace.read.rows import Row, Wanted


def read_jsonl(lines: Lines, wanted: Wanted) -> Iterator[Row]:
    """Give the row of each line that is not blank; InputError names the line."""
    for line in lines:
        if not line.strip():
            continue
        number = lines.number

        def place(message: str, number: int = number) -> Problem:
            return Problem(message, (), lines.source, number)

        try:
            values, keep = to_row(_decode(line), wanted)
        except InputError as error:
            raise error.located(lines.source, number) from None
        yield Row(values, keep, place)


def read_json(text: str, source: str, wanted: Wanted) -> Iterator[Row]:
    """Give the rows of a document: an array of rows, one row, or what `run -f json` writes."""
    try:
        document = _DECODER.decode(text)
    except json.JSONDecodeError as error:
        fault = Problem(f"is no JSON: {_lower(error.msg)}", (), source, error.lineno, error.colno)
        raise InputError(fault) from None
    except (RecursionError, ValueError) as error:
        raise InputError(Problem(_value_fault(error), (), source)) from None
    rows = document
    if isinstance(document, dict):
        rows = document.get("traces", [document])
    elif isinstance(document, list) and document and all(map(_is_number, document)):
        rows = [document]
    if not isinstance(rows, list):
        raise InputError(Problem("takes an array of rows", (), source))
    for index, row in enumerate(rows):

        def place(message: str, index: int = index) -> Problem:
            return Problem(f"row {index}: {message}", (), source)

        try:
            values, keep = to_row(row, wanted)
        except InputError as error:
            raise InputError(place(str(error))) from None
        yield Row(values, keep, place)


def to_row(row: Any, wanted: Wanted) -> tuple[list[float], dict[str, Any] | None]:
    """Return the numbers of a row and what is carried along with it.

    A row is an array, an object by label, or an object with `input` (such as nntrace's own), unless
    `input` is a label of the net.
    """
    keep: dict[str, Any] | None = None
    if isinstance(row, dict):
        if "input" in row and "input" not in (wanted.labels or ()):
            carried = row.get("keep")
            keep = wanted.kept(row, carried if isinstance(carried, dict) else {})
            row = row["input"]
            if isinstance(row, dict):
                row = Wanted(wanted.network).by_label(row)
        else:
            keep = wanted.kept(row)
            row = wanted.by_label(row)
    elif wanted.keep:
        raise InputError(f"is an array, which has no '{wanted.keep[0]}' to keep")
    if not isinstance(row, list):
        raise InputError("takes an array of numbers, or an object by label or with input")
    wanted.check_length(len(row))
    return [_to_float(value) for value in row], keep


def _is_number(value: Any) -> bool:
    return type(value) in (int, float)


def _to_float(value: Any) -> float:
    if not _is_number(value):
        shown = json.dumps(value)
        raise InputError(f"takes a number, not {shown if len(shown) <= 40 else shown[:39] + '…'}")
    try:
        return float(value)
    except OverflowError:
        return float("inf")  # refused where the net's dtype is known


def _decode(line: str) -> Any:
    try:
        return _DECODER.decode(line)
    except json.JSONDecodeError as error:
        loose = _loose_array(line)
        if loose is not None:
            return loose
        raise InputError(f"is no JSON: {_lower(error.msg)} at column {error.colno}") from None
    except (RecursionError, ValueError) as error:
        raise InputError(_value_fault(error)) from None


def _value_fault(error: Exception) -> str:
    if isinstance(error, InputError):
        return str(error)
    if isinstance(error, RecursionError):
        return "is nested too deeply for a row"
    return "has a number of too many digits"


def _loose_array(line: str) -> list[float] | None:
    """Read an array with numbers such as +1, .5 and 5., which JSON does not have."""
    line = line.strip()
    if not (line.startswith("[") and line.endswith("]")):
        return None
    cells = line[1:-1].split(",")
    return [to_number(cell) for cell in cells] if all(map(is_number, cells)) else None


def _no_constant(name: str) -> Any:
    raise InputError(f"takes finite numbers, not {name}")


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise InputError(f"has '{twice}' twice")
    return made


def _lower(message: str) -> str:
    return message[:1].lower() + message[1:]


_DECODER = json.JSONDecoder(object_pairs_hook=_once, parse_constant=_no_constant)
