"""A trace in JSON: nntrace's own, what Polygraphy saves of a run, or arrays by name.

Polygraphy's `RunResults` are lists of runners, each with its iterations, whose outputs are arrays
as NumPy saves them, in base64.
"""

from __future__ import annotations

import base64
import binascii
import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import orjson

from nntrace.core.arrays import Array
from nntrace.core.recorded import Place, Recorded, RecordedArray
from nntrace.errors import InputError, Problem
from nntrace.read.arrays.numpy import Header
from nntrace.read.doubts import Warn
from nntrace.read.files import read_bytes
from nntrace.read.traces.npz import floats
from nntrace.read.traces.places import INPUT, as_nntrace_writes, places_of
from nntrace.words import cropped

TRACE = "nntrace.trace/"
CLASS = "polygraphy_class"
TAKES = "takes nntrace's own (run -f json), Polygraphy's run results, or an object of arrays"


def read(path: Path, warn: Warn) -> Recorded:
    """Read it; InputError where it is none of these."""
    try:
        document = orjson.loads(read_bytes(str(path)))
    except orjson.JSONDecodeError as error:
        raise InputError(Problem(f"is no JSON ({error.msg}); {TAKES}")) from None
    return of_document(str(path), document, warn)


def of_document(name: str, document: Any, warn: Warn) -> Recorded:
    """Make a trace of what stands in a file."""
    if isinstance(document, dict):
        schema = document.get("schema")
        if isinstance(schema, str):
            if not schema.startswith(TRACE):
                raise InputError(Problem(f"is {cropped(schema)}, {TAKES}"))
            return of_rows(name, _list(document.get("traces"), "traces"))
        if CLASS in document or isinstance(document.get("lst"), list):
            return _tensors(name, _of_runs(name, document, warn))
        return _tensors(name, {called: _array(called, each) for called, each in document.items()})
    if isinstance(document, list) and document and all(isinstance(e, dict) for e in document):
        if "layers" in document[0]:
            return of_rows(name, document)
        return _tensors(name, _joined(document))
    raise InputError(Problem(f"holds no arrays by name; {TAKES}"))


def _list(value: Any, called: str) -> list[Any]:
    if not isinstance(value, list):
        raise InputError(Problem("takes a list", (called,)))
    return value


# ---- nntrace's own ----


def of_rows(name: str, rows: Sequence[Any]) -> Recorded:
    """Make a trace of nntrace's records, one a row; all of the same layers."""
    columns: dict[Place, list[Any]] = {}
    shapes: dict[Place, tuple[int, ...]] = {}
    inputs: list[Any] = []
    for index, row in enumerate(rows):
        if not isinstance(row, dict) or not isinstance(row.get("layers"), list):
            raise InputError(Problem(f"row {index}: is no record of a trace (run -f jsonl)"))
        inputs.append(row.get("input"))
        for layer in row["layers"]:
            if not isinstance(layer, dict) or not isinstance(layer.get("name"), str):
                raise InputError(Problem(f"row {index}: has a layer without a name"))
            for quantity in ("z", "a"):
                place = Place(layer["name"], "z" if quantity == "z" else "a")
                columns.setdefault(place, []).append(layer.get(quantity))
                shape = layer.get("shape")
                shapes[place] = _shape(shape)
    if not rows:
        raise InputError(Problem("holds no rows, so there is nothing to compare"))
    arrays: dict[Place, RecordedArray] = {}
    for place, column in columns.items():
        values = _numbers(".".join(place), column, len(rows))
        arrays[place] = _held(_in_shape(values, shapes[place]))
    known = {}
    if all(each is not None for each in inputs):
        known[INPUT] = _held(_numbers(INPUT, inputs, len(rows)))
    return Recorded(name, arrays, known, ordered=True, vague=True)


def _shape(shape: Any) -> tuple[int, ...]:
    """Return a shape as it stands in a record; of neurons, none does."""
    sound = isinstance(shape, list) and all(isinstance(side, int) and side > 0 for side in shape)
    return tuple(shape) if sound else ()


def _in_shape(values: Array, shape: tuple[int, ...]) -> Array:
    fits = shape and values.size == len(values) * int(np.prod(shape))
    return values.reshape(len(values), *shape) if fits else values


def _numbers(called: str, column: Sequence[Any], rows: int) -> Array:
    """Return numbers of all rows, null as NaN; InputError where they are no matrix."""
    if len(column) != rows:
        raise InputError(Problem(f"{cropped(called)}: is not in each row"))
    try:
        return np.array(column, np.float64)
    except (TypeError, ValueError):
        pass
    lengths = {len(each) for each in column if isinstance(each, list)}
    if len(lengths) > 1:
        told = f"is of several lengths ({min(lengths)} to {max(lengths)}); record texts of one"
        raise InputError(Problem(f"{cropped(called)}: {told} length at a time"))
    raise InputError(Problem(f"{cropped(called)}: holds something else than numbers"))


# ---- arrays by name ----


def _tensors(name: str, values: Mapping[str, Array]) -> Recorded:
    arrays = {called: _held(each) for called, each in values.items()}
    places = places_of(arrays)
    if not places:
        raise InputError(Problem(f"holds no arrays; {TAKES}"))
    return Recorded(
        name,
        {place: arrays[called] for called, place in places.items()},
        {INPUT: arrays[INPUT]} if INPUT in arrays else {},
        ordered=as_nntrace_writes(arrays),
        vague=True,
    )


def _held(values: Array) -> RecordedArray:
    return RecordedArray(values.shape, str(values.dtype), floats(lambda: values))


def _of_runs(name: str, document: Mapping[str, Any], warn: Warn) -> dict[str, Array]:
    """Return the outputs of the first runner, its iterations as rows."""
    if CLASS in document and "lst" not in document:
        raise InputError(Problem(f"is Polygraphy's {cropped(str(document[CLASS]))}; {TAKES}"))
    runs = _list(document["lst"], "lst")
    try:
        runners = [(str(runner), list(iterations)) for runner, iterations in runs]
        outputs = [each["outputs"] for each in runners[0][1]]
    except (TypeError, ValueError, KeyError, IndexError):
        raise InputError(Problem("holds no run of Polygraphy's that has outputs")) from None
    if len(runners) > 1:
        others = ", ".join(cropped(runner) for runner, _ in runners[1:])
        told = f"holds several runs; {cropped(runners[0][0])} is compared, not {others}"
        warn(Problem(told, (), name))
    return _joined(outputs)


def _joined(iterations: Sequence[Any]) -> dict[str, Array]:
    """Join arrays by name of several iterations along their first axis."""
    joined: dict[str, list[Array]] = {}
    for each in iterations:
        if not isinstance(each, dict):
            raise InputError(Problem(f"holds no arrays by name; {TAKES}"))
        for called, value in each.items():
            joined.setdefault(called, []).append(_array(called, value))
    try:
        return {
            called: np.concatenate(parts) if len(parts) > 1 else parts[0]
            for called, parts in joined.items()
        }
    except ValueError:
        raise InputError(Problem("its iterations have other shapes, takes those of one")) from None


def _array(called: str, value: Any) -> Array:
    """Return an array as it stands in JSON: lists of numbers, or base64 of NumPy's format."""
    while isinstance(value, dict) and "values" in value:  # Polygraphy's LazyArray
        value = value["values"]
    if isinstance(value, dict) and isinstance(value.get("array"), str):
        return _decoded(called, value["array"])
    try:
        values = np.array(value)
        if values.dtype == object:
            values = np.array(value, np.float64)  # with null, which is not finite
    except (TypeError, ValueError, OverflowError):
        raise InputError(
            Problem("is no array: lists of numbers of one length", (called,))
        ) from None
    if values.dtype.kind not in "iuf":
        raise InputError(Problem("holds something else than numbers", (called,)))
    return values


def _decoded(called: str, text: str) -> Array:
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise InputError(Problem("is no base64", (called,))) from None
    header = Header.read(io.BytesIO(data), called)
    if len(data) < header.length + header.nbytes:
        raise InputError(Problem("is cut short", (called,)))
    flat = np.frombuffer(data, header.dtype, header.numbers, header.length)
    return header.shaped(flat, called)
