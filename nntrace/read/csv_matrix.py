"""Weights as a `.csv` file: rows of numbers, no header."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from nntrace.errors import FileError, InputError
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
                rows.append([to_number(cell) for cell in cells])
                if len(rows[-1]) != len(rows[0]):
                    raise InputError(f"has {len(cells)} numbers, the first row {len(rows[0])}")
        except (InputError, csv.Error) as error:
            raise FileError(f"'{path.name}' line {reader.line_num} {error}") from None
        except UnicodeDecodeError:
            raise FileError(f"'{path.name}' is not text in UTF-8") from None
    array = np.array(rows, dtype=np.float64).reshape(len(rows), -1 if rows else 0)
    return {"": StoredArray(array.shape, "float64", lambda: array)}
