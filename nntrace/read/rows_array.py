"""Rows from NumPy's files: `.npy`, and `.npz` with an array `input`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from nntrace.errors import InputError, Problem
from nntrace.read.arrays import StoredArray, open_npy, open_npz
from nntrace.read.rows import BATCH, Batch, Wanted, hold


def read_npy(path: str, wanted: Wanted) -> Iterator[Batch]:
    """Give the rows of a `.npy` file; a one-dimensional array is one row."""
    return _batches(path, open_npy(Path(path))[""], wanted)


def read_npz(path: str, wanted: Wanted) -> Iterator[Batch]:
    """Give the rows of the array `input` of a `.npz` file."""
    arrays = open_npz(Path(path))
    if "input" not in arrays:
        names = ", ".join(list(arrays)[:10]) or "nothing"
        raise InputError(Problem(f"has no array 'input', it holds {names}", (), path))
    return _batches(path, arrays["input"], wanted)


def _batches(path: str, stored: StoredArray, wanted: Wanted) -> Iterator[Batch]:
    wanted.check_no_columns()
    spec = wanted.network.input
    shape = stored.shape
    if shape in ((spec.size,), spec.shape):
        shape = (1, spec.size)
    elif len(shape) > 1 and shape[1:] == spec.shape:
        shape = (shape[0], spec.size)
    if len(shape) != 2 or shape[1] != spec.size:
        found = " × ".join(map(str, stored.shape)) or "a single number"
        takes = f"{wanted.network.name} takes rows × {spec.size}"
        raise InputError(Problem(f"is {found}, {takes}", (), path))
    values = stored.load().reshape(shape)
    for start in range(0, len(values), BATCH):
        held, wrong = hold(values[start : start + BATCH], wanted)
        if wrong is not None:
            if wrong[0]:
                yield Batch(held[: wrong[0]])
            raise InputError(Problem(f"row {start + wrong[0]}: {wrong[1]}", (), path))
        yield Batch(held, part=(start + len(held)) / len(values))
