"""Rows of a model, whose inputs have names: `NAME=FILE`, `NAME=zeros`, `NAME=16000`, an `.npz`."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from math import prod
from pathlib import Path
from typing import NamedTuple

import numpy as np

from nntrace.core.arrays import Array
from nntrace.core.graph.feeds import rows_in
from nntrace.core.graph.graph import Declared
from nntrace.core.graph.model import made
from nntrace.core.input import Part
from nntrace.core.network import Network
from nntrace.core.op import times
from nntrace.errors import FileError, InputError, NntraceError, Problem, UsageError, listed, unknown
from nntrace.read.arrays.numpy import StoredArray, open_npy, open_npz
from nntrace.read.rows.batches import BATCH, Batch, Request, hold
from nntrace.read.rows.numbers import is_number
from nntrace.words import LONGEST_WORD, cropped

MADE = re.compile(r"(?P<how>zeros|ones|random)(?::(?P<seed>[0-9]{1,100}))?")
_FILES = {".npy", ".npz"}


class Named(NamedTuple):
    """What was given for inputs by name, as it was typed: together it makes rows."""

    values: Mapping[str, str]

    def __str__(self) -> str:
        return " ".join(f"--input {name}={value}" for name, value in self.values.items())


def take_named(network: Network, inputs: Sequence[str]) -> tuple[list[str], Named | None]:
    """Part what is given by an input's name from all else; UsageError where one is given twice."""
    names = {part.name for part in network.input.parts} if not network.input.labels else set()
    others: list[str] = []
    values: dict[str, str] = {}
    for argument in inputs:
        name = next((name for name in names if argument.startswith(f"{name}=")), None)
        if name is None:
            others.append(argument)
        elif name in values:
            raise UsageError(f"--input {cropped(name)}=…: is given twice")
        else:
            values[name] = argument[len(name) + 1 :]
    return others, Named(values) if values else None


def read_named(named: Named, request: Request) -> Iterator[Batch]:
    """Give the rows that inputs by name make; what is given for one row serves all of them."""
    given: dict[str, Array] = {}
    problems: list[Problem] = []
    request.check_no_columns()
    for part in request.network.input.parts:
        if part.name not in named.values:
            told = f"is missing, takes {_takes(part)}: --input {part.name}=…"
            problems.append(Problem(f"input '{cropped(part.name)}': {told}"))
            continue
        text = named.values[part.name]
        try:
            given[part.name] = _value(part, text, request.network.input.parts.index(part))
        except (InputError, FileError) as error:
            place = f"--input {cropped(f'{part.name}={text}', LONGEST_WORD)}"
            problems += [Problem(each.message, (), place) for each in error.problems]
    if problems:
        raise InputError(problems)
    yield from _batches(given, request, lambda message: Problem(message, (), str(named)))


def read_parts(path: str, request: Request) -> Iterator[Batch]:
    """Give the rows of an `.npz` file with an array for each input, by its name."""
    parts = request.network.input.parts
    arrays = open_npz(Path(path), truths=True)
    names = [part.name for part in parts]
    missing = [f"'{cropped(name)}'" for name in names if name not in arrays]
    if missing:
        held = ", ".join(map(cropped, list(arrays)[:10])) or "nothing"
        raise InputError(Problem(f"has no array {listed(missing)}, it holds {held}", (), path))
    other = [name for name in arrays if name not in names]
    if other and not request.selects:
        raise InputError(Problem(unknown("input", other[0], names), (), path))
    given = {part.name: _rows(part, arrays[part.name], path) for part in parts}
    yield from _batches(given, request, lambda message: Problem(message, (), path))


def made_row(parts: Sequence[Part], how: str, seed: int) -> Array:
    """Make a row: zeros, ones, or at random; of integers 0 to 9, or fewer where there are fewer."""
    pieces = [
        made(
            Declared(part.name, np.dtype(part.dtype), None),
            part.shape,
            how,
            seed + place,
            part.below,
            part.choices,
        )
        for place, part in enumerate(parts)
    ]
    return np.concatenate([piece.astype(np.float64).reshape(-1) for piece in pieces])


def value_of(part: Part, text: str) -> Array:
    """Return the one row that is given for one input; InputError where it is none."""
    try:
        values = _value(part, text, 0)
    except InputError as error:
        place = f"--input {cropped(f'{part.name}={text}', LONGEST_WORD)}"
        raise error.located(place) from None
    if len(values) != 1:
        raise InputError(f"--input {cropped(part.name)}=…: has {len(values)} rows, takes one")
    return values


def _value(part: Part, text: str, place: int) -> Array:
    """Return what is given for one input, rows × its size."""
    match = MADE.fullmatch(text.strip())
    if match and not (match["seed"] and match["how"] != "random"):
        return made_row([part], match["how"], int(match["seed"] or 0) + place)[None]
    if is_file(text):
        return _rows(part, stored_as(text, part.name), text)
    cells = _cells(text)
    if not all(map(is_number, cells)):
        known = " or ".join(sorted(_FILES))
        raise InputError(f"takes numbers, zeros, ones or random, or a file ({known})")
    values = np.array([[float(cell) for cell in cells]])
    size = prod(part.shape)
    if values.size != size:
        raise InputError(f"has {values.size} numbers, takes {_takes(part)}")
    return _checked(part, values)


def _cells(text: str) -> list[str]:
    return re.split(r"[,\s]+", text.strip().removeprefix("[").removesuffix("]").strip())


def count_listed(text: str) -> int:
    """Return how many numbers a text lists; 0 where it is no list of numbers."""
    cells = _cells(text)
    return len(cells) if all(map(is_number, cells)) else 0


def is_file(text: str) -> bool:
    return os.path.splitext(text)[1].lower() in _FILES


def stored_as(path: str, name: str) -> StoredArray:
    """Return the array of a `.npy` file, or of an `.npz` the one of a name, or its only one."""
    arrays = _opened(path)
    if name in arrays:
        return arrays[name]
    if len(arrays) == 1:
        return next(iter(arrays.values()))
    held = ", ".join(map(cropped, list(arrays)[:10])) or "nothing"
    raise InputError(f"has no array '{cropped(name)}', it holds {held}")


def arrays_of(path: str, parts: Sequence[Part]) -> dict[str, StoredArray]:
    """Return what a file holds for each input; of one input, it may be called `input`."""
    arrays = _opened(path)
    found = {part.name: arrays[part.name] for part in parts if part.name in arrays}
    if not found and len(parts) == 1:
        named = [name for name in ("", "input") if name in arrays]
        return {parts[0].name: arrays[named[0]]} if named else {}
    return found


def _opened(path: str) -> Mapping[str, StoredArray]:
    try:
        opened = open_npz if path.lower().endswith(".npz") else open_npy
        return opened(Path(path), truths=True)
    except OSError as error:
        if isinstance(error, NntraceError):
            raise
        raise InputError(Problem(str(error), (), path)) from None


def _rows(part: Part, stored: StoredArray, path: str) -> Array:
    """Return the rows of a part in an array, rows × its size; InputError where it holds none."""
    count = rows_in(stored.shape, part.shape)
    if count is None:
        found = times(stored.shape) or "a single number"
        told = f"'{cropped(part.name)}' is {found}, takes {_takes(part)}, or rows of them"
        raise InputError(Problem(told, (), path))
    values = stored.load()
    if values.dtype.kind not in "iufb":
        told = f"'{cropped(part.name)}' holds {values.dtype}, takes {part.dtype}"
        raise InputError(Problem(told, (), path))
    return _checked(part, values.reshape(count, -1))


def _checked(part: Part, values: Array) -> Array:
    """Return numbers that an input's dtype holds; InputError for a fraction where it has none."""
    wrong = part.strange(values)
    if wrong.any():
        raise InputError(part.told(float(values[wrong].flat[0])))
    return values


def _takes(part: Part) -> str:
    return f"{part.dtype} {times(part.shape)}" if part.shape else f"one {part.dtype}"


def _batches(
    given: Mapping[str, Array], request: Request, place: Callable[[str], Problem]
) -> Iterator[Batch]:
    """Give rows, the inputs beside each other; one row of an input goes with all of the others."""
    counts = {name: len(values) for name, values in given.items()}
    rows = max(counts.values(), default=0)
    if several := {name: count for name, count in counts.items() if count not in (1, rows)}:
        longest = max(counts, key=lambda name: counts[name])
        name, count = next(iter(several.items()))
        told = f"'{cropped(name)}' has {count} rows, '{cropped(longest)}' {rows}"
        raise InputError(place(told))
    for start in range(0, rows, BATCH):
        stop = min(start + BATCH, rows)
        pieces = [
            np.broadcast_to(values, (stop - start, values.shape[1]))
            if len(values) == 1
            else values[start:stop]
            for values in given.values()
        ]
        held, wrong = hold(np.concatenate(pieces, axis=1), request)
        if wrong is not None:
            raise InputError(place(f"row {start + wrong[0]}: {wrong[1]}"))
        yield Batch(held, fraction=stop / rows)
