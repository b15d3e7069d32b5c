"""Weights as a `.csv` file: rows of numbers, without a header unless the net file says so."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Mapping, Sequence
from math import isinf
from pathlib import Path

import numpy as np

from nntrace.errors import FileError, InputError, plural
from nntrace.read.arrays.numpy import StoredArray
from nntrace.read.files import told_plainly
from nntrace.read.rows.faults import csv_fault
from nntrace.read.rows.numbers import is_number, to_number

MEANT = "header: false where these are weights"


def open_csv(path: Path, header: bool | None = None) -> Mapping[str, StoredArray]:
    """Return the one array of a file, under the name ``; FileError names the line at fault.

    With `header` the first line is skipped; without, every line is numbers. Where nothing is said,
    a first line or first column that counts from 0, as pandas writes them, is refused.
    """
    with told_plainly(path.name), open(path, encoding="utf-8-sig", newline="") as stream:
        reader = csv.reader(stream)
        try:
            rows = list(_rows(reader, header))
        except (InputError, csv.Error) as error:
            fault = csv_fault(error) if isinstance(error, csv.Error) else error
            raise FileError(f"'{path.name}' line {reader.line_num}: {fault}") from None
        except UnicodeDecodeError:
            raise FileError(f"'{path.name}' is not text in UTF-8") from None
    if not rows:
        below = " below its header" if header else ""
        raise FileError(f"'{path.name}' is empty{below}, takes rows of numbers")
    array = np.array(rows, dtype=np.float64)
    if header is not False and array.shape[1] > 1 and _counts(array[:, 0].tolist()):
        message = "its first column counts 0, 1, 2 …, as an index does that pandas writes"
        raise FileError(f"'{path.name}': {message}; leave it out, or say {MEANT}")
    return {"": StoredArray(array.shape, "float64", lambda: array)}


def _rows(lines: Iterator[list[str]], header: bool | None) -> Iterator[list[float]]:
    """Give the numbers of each line that has any; InputError says what is wrong with the last."""
    filled = (cells for cells in lines if any(cell.strip() for cell in cells))
    if header:
        next(filled, None)
    length = None
    for cells in filled:
        first = length is None
        try:
            row = [_held(cell) for cell in cells]
        except InputError as error:
            named = first and header is None and _names(cells)
            hint = _between(cells) or "; header: true skips a line of names" * named
            raise InputError(f"{error}{hint}") from None
        if first and header is None and _counts(row):
            message = "counts 0, 1, 2 …, as a header does that pandas writes; say header: true"
            raise InputError(f"{message}, or {MEANT}")
        length = length or len(row)
        if len(row) != length:
            raise InputError(f"has {plural(len(cells), 'number')}, the first row {length}")
        yield row


def _between(cells: Sequence[str]) -> str:
    """Say what stands between the numbers of a line, where it is no comma."""
    line = ",".join(cells).strip()
    for text, called in ((";", "';'"), ("\t", "a tab"), ("|", "'|'"), (" ", "a blank")):
        numbers = [each.replace(",", ".") for each in line.split(text) if each.strip()]
        if len(numbers) > 1 and all(map(is_number, numbers)):
            return f"; {called} stands between its numbers, takes ','"
    return ""


def _names(cells: Sequence[str]) -> bool:
    """Whether cells are the names of columns; pandas gives none to that of its index."""
    if not cells[0].strip() and all(map(is_number, cells[1:])):
        return _counts([float(cell) for cell in cells[1:]])
    return any(re.match(r"\s*[^\W\d]", cell) for cell in cells)


def _counts(values: Sequence[float]) -> bool:
    """Whether numbers are 0, 1, 2 and so on; two of them may well be weights."""
    return len(values) >= 3 and all(value == index for index, value in enumerate(values))


def _held(cell: str) -> float:
    value = to_number(cell)
    if isinf(value):
        raise InputError(f"'{cell.strip()[:40]}' overflows float64")
    return value
