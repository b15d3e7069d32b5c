"""Weights as a `.csv` file: rows of numbers, no header."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from math import isinf
from pathlib import Path

import numpy as np

from nntrace.errors import FileError, InputError, plural
from nntrace.read.arrays import StoredArray
from nntrace.read.files import told_plainly
from nntrace.read.numbers import to_number


def open_csv(path: Path) -> Mapping[str, StoredArray]:
    """Return the one array of a file, under the name ``; FileError names the line at fault."""
    rows: list[list[float]] = []
    with told_plainly(path.name), open(path, encoding="utf-8-sig", newline="") as stream:
        reader = csv.reader(stream)
        try:
            for cells in reader:
                if not any(cell.strip() for cell in cells):
                    continue
                rows.append([_held(cell) for cell in cells])
                if len(rows[-1]) != len(rows[0]):
                    raise InputError(
                        f"has {plural(len(cells), 'number')}, the first row {len(rows[0])}"
                    )
        except (InputError, csv.Error) as error:
            raise FileError(f"'{path.name}' line {reader.line_num}: {error}") from None
        except UnicodeDecodeError:
            raise FileError(f"'{path.name}' is not text in UTF-8") from None
    if not rows:
        raise FileError(f"'{path.name}' is empty, takes rows of numbers")
    array = np.array(rows, dtype=np.float64)
    return {"": StoredArray(array.shape, "float64", lambda: array)}


def _held(cell: str) -> float:
    value = to_number(cell)
    if isinf(value):
        raise InputError(f"'{cell.strip()[:40]}' overflows float64")
    return value
