"""Rows from JSON: one a line (JSONL), or an array or nntrace's own document (JSON)."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from itertools import chain
from operator import itemgetter
from typing import Any

import orjson

from nntrace.core.arrays import Array
from nntrace.errors import CellError, InputError, Problem
from nntrace.read.rows.batches import TEXT, Batch, Request, Row, batches
from nntrace.read.rows.columns import Keys, by_place
from nntrace.read.rows.faults import json_fault
from nntrace.read.rows.lines import Lines
from nntrace.read.rows.numbers import NUMBER, PLAIN, has_minus_nothing, to_matrix
from nntrace.read.yaml.text import told_with_lines
from nntrace.words import cropped


def read_jsonl(lines: Lines, request: Request) -> Iterator[Batch]:
    """Give the row of each line that is not blank, in batches; InputError names the line."""
    plain = None if request.text else lambda some: _plain(some, request)
    return batches(_rows(lines, request), request, lines, plain)


def _plain(lines: list[bytes], request: Request) -> Array | None:
    """Read lines that are arrays of numbers, or objects by label, each of them all of its line.

    None where any is something else, blank, or wrong.
    """
    if request.selects:
        return None
    lines = [line.removesuffix(b"\r") for line in lines] if b"\r" in lines[0] else lines
    text = b",\n".join(lines)  # JSON lets no string go on in the next line, so nothing else does
    kind: type = list if text.startswith(b"[") else dict
    if kind is list:
        alone = text.translate(None, PLAIN) == b"\n".join([b"[]"] * len(lines))
    else:
        alone = text.count(b"{") == len(lines) == text.count(b"},\n{") + 1
    if not alone or has_minus_nothing(text):
        return None
    try:
        rows = orjson.loads(b"[%b]" % text)
    except orjson.JSONDecodeError:
        return None
    if len(rows) != len(lines) or set(map(type, rows)) != {kind}:
        return None
    if kind is dict:
        rows = _by_label(rows, text.count(b":"), request.labels)
    return None if rows is None else to_matrix(rows, request.network.input.size)


def _by_label(
    rows: list[dict[str, Any]], colons: int, labels: tuple[str, ...] | None
) -> list[tuple[float, ...]] | None:
    """Return the numbers of objects by label; None where there is anything else, or one is twice.

    An object does not tell, once it is read, of a label that was there twice; the colons do.
    """
    if not labels or colons != len(rows) * len(labels) or set(map(len, rows)) != {len(labels)}:
        return None
    first, *others = labels
    pick = itemgetter(first, *others) if others else lambda row: (row[first],)
    try:
        values = list(map(pick, rows))
    except KeyError:
        return None
    return values if {int, float}.issuperset(map(type, chain.from_iterable(values))) else None


def _rows(lines: Lines, request: Request) -> Iterator[Row]:
    take = _Taker(request)
    for line in lines:
        if not line.strip():
            continue
        number = lines.number

        def place(message: str, number: int = number) -> Problem:
            return Problem(message, (), lines.source, number)

        row = None
        try:
            row = _decode(line)
            values, keep, text = take(row)
        except json.JSONDecodeError as error:
            fault = f"is no JSON: {json_fault(error)} at column {error.colno}"
            raise InputError(place(fault)._replace(caret=error.colno)) from None
        except CellError as error:
            caret = None if request.selects else _caret(line, row, error.cell, request.labels)
            raise error.placed(lines.source, number, caret) from None
        except InputError as error:
            raise error.located(lines.source, number) from None
        yield Row(values, keep, place, text)


def _caret(line: str, row: Any, cell: int, labels: tuple[str, ...] | None) -> int:
    """Return in which column of its line an input of a row stands."""
    path: list[str | int] = []
    if isinstance(row, dict) and "input" in row and "input" not in (labels or ()):
        path.append("input")
        row = row["input"]
    path.append(labels[cell] if labels and isinstance(row, dict) else cell)
    return _start(line, path) + 1


def _start(text: str, path: Sequence[str | int]) -> int:
    """Return where the value that a path leads to begins, in a text that was read without fault."""
    at = _blanks(text, 0)
    for step in path:
        inside, index = text[at] == "{", 0
        while True:
            at = _blanks(text, at + 1)  # past a bracket, or the comma before this one
            key: str | int = index
            if inside:
                key, at = json.JSONDecoder().raw_decode(text, at)
                at = _blanks(text, _blanks(text, at) + 1)
            if key == step:
                break
            at = _blanks(text, _end(text, at))
            index += 1
    return at


def _end(text: str, at: int) -> int:
    """Return where a value ends that begins here."""
    depth = 0
    while True:
        if text[at] in "[{":
            depth, at = depth + 1, at + 1
        elif text[at] in "]}":
            depth, at = depth - 1, at + 1
        else:
            token = _TOKEN.match(text, at)
            at = token.end() if token else at + 1
        if not depth:
            return at


def _blanks(text: str, at: int) -> int:
    """Return where the next character that is no blank stands."""
    blanks = _BLANKS.match(text, at)
    return blanks.end() if blanks else at


def read_json(lines: Lines, request: Request) -> Iterator[Batch]:
    """Give the rows of a document: an array of rows, one row, or what `run -f json` writes."""
    text = lines.whole()
    with told_with_lines(text, lines.source):
        yield from batches(_rows_of(text, lines.source, request), request)


def _rows_of(text: str, source: str, request: Request) -> Iterator[Row]:
    if not text.strip():
        return
    try:
        document = _decode(text)
    except json.JSONDecodeError as error:
        fault = f"is no JSON: {json_fault(error)}"
        raise InputError(Problem(fault, (), source, error.lineno, error.colno)) from None
    except InputError as error:
        raise error.located(source) from None
    rows: list[Any] = [document]
    if isinstance(document, dict) and isinstance(document.get("traces"), list):
        rows = document["traces"]
    elif isinstance(document, list) and all(
        isinstance(each, list | dict | (str if request.text else dict)) for each in document
    ):
        rows = document
    take = _Taker(request)
    for index, row in enumerate(rows):

        def place(message: str, index: int = index) -> Problem:
            return Problem(f"row {index}: {message}", (), source)

        try:
            values, keep, given = take(row)
        except InputError as error:
            raise InputError(place(str(error))) from None
        yield Row(values, keep, place, given)


# The keys of nntrace's own records, which are no columns.
OWN = frozenset(["row", "example", "input", "x", "layers", "prediction", "set", "keep"])


class _Taker:
    """Takes rows apart: their numbers, and what is carried along with them.

    A row is an array, an object by label, or an object with `input` (such as nntrace's own), unless
    `input` is a label of the net.
    """

    def __init__(self, request: Request) -> None:
        self.request = request
        self.keys = Keys(request)
        self.has_label_input = "input" in (request.labels or ())

    def __call__(
        self, row: Any
    ) -> tuple[Sequence[float] | Array, dict[str, Any] | None, str | None]:
        """Return a row's numbers, what is carried along, and its text, of a net that reads text."""
        if self.request.text:
            return self._text(row)
        return *self._numbers(row), None

    def _text(self, row: Any) -> tuple[Array, dict[str, Any] | None, str]:
        """Take a text, or an object with one, such as nntrace's own, apart."""
        keep: dict[str, Any] | None = None
        if isinstance(row, dict) and TEXT in row and "input" in row:
            carried = row.get("keep")
            own = OWN | {TEXT}
            keep = self.keys.of_record(row, own, carried if isinstance(carried, dict) else {})
            row = row[TEXT]
        elif isinstance(row, dict):
            [row], keep = self.keys.apart(row)
        else:
            self.request.check_no_columns("is no object, so has")
        if keep and _depth(list(keep.values())) > DEEPEST:
            raise InputError(_TOO_DEEP)
        if not isinstance(row, str):
            raise InputError("takes a text, or an object with text")
        try:
            return self.request.encoded(row), keep, row
        except InputError as error:
            raise InputError(str(error)) from None

    def _numbers(self, row: Any) -> tuple[list[float], dict[str, Any] | None]:
        request, keys = self.request, self.keys
        keep: dict[str, Any] | None = None
        if isinstance(row, dict):
            if "input" in row and not self.has_label_input:
                carried = row.get("keep")
                keep = keys.of_record(row, OWN, carried if isinstance(carried, dict) else {})
                row = row["input"]
                if isinstance(row, dict):
                    row = keys.inputs(row)
            else:
                row, keep = keys.apart(row)
            if keep and _depth(list(keep.values())) > DEEPEST:
                raise InputError(_TOO_DEEP)
        elif isinstance(row, list) and request.selects:
            columns = by_place(row, request, "is an array, which has no")
            keep = {name: row[index] for name, index in columns.keep.items()}
            row = [row[index] for index in columns.inputs]
        if not isinstance(row, list):
            raise InputError("takes an array of numbers, or an object by label or with input")
        request.check_length(len(row))
        return [_to_float(value, index, request) for index, value in enumerate(row)], keep


def _depth(values: list[Any]) -> int:
    """Return how deep lists and objects are nested; deeper than DEEPEST is not looked into."""
    depth = 0
    while values and depth <= DEEPEST:
        inner = [each for each in values if isinstance(each, list | dict)]
        values = [
            value for each in inner for value in (each.values() if isinstance(each, dict) else each)
        ]
        depth += bool(inner)
    return depth


def _to_float(value: Any, index: int, request: Request) -> float:
    if type(value) not in (int, float):
        if isinstance(value, list | dict):
            found = "a list" if isinstance(value, list) else "an object"
        else:
            found = json.dumps(value)
            found = found if len(found) <= 40 else found[:39] + "…"
        raise CellError(f"{request.called(index)}: takes a number, not {found}", index)
    try:
        return float(value)
    except OverflowError:
        return float("inf")  # refused where the net's dtype is known


def _decode(text: str) -> Any:
    """Return the value of a JSON text; InputError, or JSONDecodeError where it is none."""
    try:
        try:
            return _DECODER.decode(text)
        except json.JSONDecodeError:
            strict = _TOKEN.sub(_strictly, text)
            if strict == text:
                raise
            try:
                return _DECODER.decode(strict)
            except json.JSONDecodeError as error:
                place = _as_written(text, error.pos)
                raise json.JSONDecodeError(error.msg, text, place) from None
    except (json.JSONDecodeError, InputError):
        raise
    except RecursionError:
        raise InputError(_TOO_DEEP) from None
    except ValueError:  # Python reads whole numbers up to 4,300 digits
        raise InputError("has a number of too many digits") from None


_BLANKS = re.compile(r"[ \t\r\n]*+")
# What may hold a number, and the strings that may not.
# A string may lack its end, and nothing is tried twice, so that no line takes long.
_TOKEN = re.compile(r'(?s:"(?:[^"\\]++|\\.?)*+"?)|[-+.\w]++')


def _strictly(match: re.Match[str]) -> str:
    """Write +1, .5 and 5. as JSON does: 1, 0.5 and 5.0."""
    token = match[0]
    if NUMBER.fullmatch(token) is None:
        return token
    token = re.sub(r"(?<![0-9])\.", "0.", token.removeprefix("+"))
    return re.sub(r"\.(?![0-9])", ".0", token)


def _as_written(text: str, place: int) -> int:
    """Return where in a text stands what is at a place once its numbers are written strictly."""
    shift = 0
    for match in _TOKEN.finditer(text):
        written = len(_strictly(match))
        if match.start() + shift + written > place:
            break
        shift += written - len(match[0])
    return place - shift


def _whole(digits: str) -> int | float:
    return -0.0 if digits == "-0" else int(digits)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    mapping = dict(pairs)
    if len(mapping) != len(pairs):
        seen: set[str] = set()
        for name, _ in pairs:
            if name in seen:
                raise InputError(f"has '{cropped(name)}' twice")
            seen.add(name)
    return mapping


DEEPEST = 200  # what is carried along is written again, and writers have their limits, too
_TOO_DEEP = "is nested too deeply"
_DECODER = json.JSONDecoder(object_pairs_hook=_once, parse_int=_whole)
