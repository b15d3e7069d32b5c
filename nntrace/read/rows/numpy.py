"""Rows from NumPy's files: `.npy`, and `.npz` with an array `input` and, beside it, columns."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from nntrace.core.arrays import Array
from nntrace.core.op import times
from nntrace.errors import InputError, Problem, plural
from nntrace.read.arrays.numpy import StoredArray, open_npy, open_npz
from nntrace.read.recognise import NPY, NPZ, ZIP
from nntrace.read.rows.batches import ALL_OTHERS, BATCH, Batch, Request, hold
from nntrace.words import proposal

TOLD = {"npy": (NPY,), "npz": (NPZ, ZIP)}


def read_npy(path: str, request: Request) -> Iterator[Batch]:
    """Give the rows of a `.npy` file; a one-dimensional array is one row."""
    return _batches(path, open_npy(Path(path))[""], {}, request)


def read_npz(path: str, request: Request) -> Iterator[Batch]:
    """Give the rows of the array `input` of a `.npz` file.

    What is carried along with them are other arrays, of a number a row.
    """
    parts = request.network.input.parts
    if len(parts) > 1:
        from nntrace.read.rows.parts import read_parts  # few nets have several inputs

        return read_parts(path, request)
    arrays = open_npz(Path(path))
    if parts and parts[0].name in arrays:
        return _batches(path, arrays[parts[0].name], arrays, request)
    if "input" not in arrays:
        names = ", ".join(list(arrays)[:10]) or "nothing"
        raise InputError(Problem(f"has no array 'input', it holds {names}", (), path))
    return _batches(path, arrays["input"], arrays, request)


def _batches(
    path: str, stored: StoredArray, others: Mapping[str, StoredArray], request: Request
) -> Iterator[Batch]:
    spec = request.network.input
    shape = stored.shape
    if shape in ((spec.size,), spec.shape):
        shape = (1, spec.size)
    elif len(shape) > 1 and shape[1:] == spec.shape:
        shape = (shape[0], spec.size)
    if spec.varies and len(shape) == 1:
        shape = (1, shape[0])
    if len(shape) != 2 or not (shape[1] == spec.size or (spec.varies and shape[1] < spec.size)):
        found = times(stored.shape) or "a single number"
        takes = f"{request.network.name} takes rows × {spec.size}"
        raise InputError(Problem(f"is {found}, {takes}", (), path))
    names = _names(path, others, request, shape[0])
    columns = {name: _column(path, name, others, shape[0]) for name in names}
    values = stored.load().reshape(shape)
    for start in range(0, len(values), BATCH):
        held, wrong = hold(values[start : start + BATCH], request)
        if wrong is not None:
            if wrong[0]:
                yield _batch(held[: wrong[0]], columns, start, path)
            raise InputError(Problem(f"row {start + wrong[0]}: {wrong[1]}", (), path))
        fraction = (start + len(held)) / len(values)
        yield _batch(held, columns, start, path)._replace(fraction=fraction)


def _names(
    path: str, arrays: Mapping[str, StoredArray], request: Request, rows: int
) -> Iterator[str]:
    """Give the arrays that are carried along; InputError where one that is named is not there."""
    named = request.columns()
    for name, verb in named:
        if name != ALL_OTHERS and name not in arrays:
            told = f"has no {request.describe(name, verb)}{proposal(name, arrays)}"
            raise InputError(Problem(told, (), path))
    for name in request.keep:
        if name != ALL_OTHERS:
            yield name
    if ALL_OTHERS in request.keep:
        left = {"input", *(name for name, _ in named)}
        yield from (name for name in arrays if name not in left and arrays[name].shape == (rows,))


def _column(path: str, name: str, arrays: Mapping[str, StoredArray], rows: int) -> list[float]:
    """Return the number that an array has for each row, as Python's."""
    stored = arrays[name]
    if stored.shape not in ((rows,), (rows, 1)):
        found = times(stored.shape) or "a single number"
        told = f"'{name}' is {found}, takes a number for each of {plural(rows, 'row')} to be kept"
        raise InputError(Problem(told, (), path))
    values: list[float] = stored.load().reshape(rows).tolist()
    return values


def _batch(values: Array, columns: Mapping[str, list[float]], start: int, path: str) -> Batch:
    if not columns:
        return Batch(values)
    rows = range(start, start + len(values))
    keep = [{name: column[row] for name, column in columns.items()} for row in rows]
    return Batch(values, keep, places=[_place(path, row) for row in rows])


def _place(path: str, row: int) -> Callable[[str], Problem]:
    return lambda message: Problem(f"row {row}: {message}", (), path)
