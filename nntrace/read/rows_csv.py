"""Rows from CSV: a header is optional, and its columns come in any order."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from operator import itemgetter

from nntrace.errors import InputError, Problem
from nntrace.read.lines import Lines
from nntrace.read.numbers import is_number, to_numbers
from nntrace.read.rows import Row, Wanted


def read_csv(lines: Lines, wanted: Wanted) -> Iterator[Row]:
    """Give each record as a row; InputError names the line, header included."""
    reader = csv.reader((line + "\n" for line in lines), strict=True)
    columns: _Columns | None = None
    taken = before = lines.number  # blank ones, to see what the stream holds
    while True:
        try:
            cells = next(reader, None)
        except csv.Error as error:
            raise lines.fault(f"is no CSV: {_plainly(error)}", before + 1) from None
        if cells is None:
            return
        line, before = before + 1, taken + reader.line_num
        if not cells or (len(cells) == 1 and not cells[0].strip()):
            continue
        try:
            if columns is None:
                header = not all(is_number(cell) for cell in cells)
                columns = _Columns(cells if header else None, wanted)
                if header:
                    continue
            yield Row(columns.values(cells), columns.kept(cells), _Place(lines.source, line))
        except InputError as error:
            raise error.located(lines.source, line) from None


def _plainly(error: csv.Error) -> str:
    said = str(error)
    if "end of data" in said:
        return "a quote is not closed"
    if "new-line" in said:
        return "a carriage return stands inside a cell"
    if "field limit" in said:
        return f"a cell is longer than {csv.field_size_limit():,} characters (an open quote?)"
    return said


class _Place:
    __slots__ = ("line", "source")

    def __init__(self, source: str, line: int) -> None:
        self.source = source
        self.line = line

    def __call__(self, message: str) -> Problem:
        return Problem(message, (), self.source, self.line)


class _Columns:
    """Which column is which input, and which are carried along."""

    def __init__(self, header: list[str] | None, wanted: Wanted) -> None:
        self.wanted = wanted
        self.header = header and [cell.strip() for cell in header]
        self.order: tuple[int, ...] | None = None
        if self.header is None:
            if wanted.keep:
                raise InputError(f"has no header, so no column '{wanted.keep[0]}' to keep")
            return
        if wanted.labels is None:
            odd = next(cell for cell in self.header if not is_number(cell))
            raise InputError(
                f"'{odd}' is no number, and a header needs labels, "
                f"which the inputs of {wanted.network.name} lack"
            )
        odd = next(cell for cell in self.header if not is_number(cell))
        if not set(wanted.labels) & set(self.header) and any(map(is_number, self.header)):
            names = f" ({', '.join(wanted.labels)})" if len(wanted.labels) <= 8 else ""
            raise InputError(f"'{odd}' is neither a number nor the name of an input{names}")
        columns: dict[str, int] = {}
        for index, name in enumerate(self.header):
            if name in columns:
                raise InputError(f"has the column '{name}' twice")
            columns[name] = index
        self.keep = wanted.kept(columns) or {}  # first: its name may be what is misspelt
        self.order = tuple(wanted.by_label(columns))

    def values(self, cells: list[str]) -> list[float]:
        if self.order is not None:
            assert self.header is not None
            if len(cells) != len(self.header):
                columns = len(self.header)
                raise InputError(f"has {len(cells)} columns, the header {columns}")
            picked = itemgetter(*self.order)(cells)
            cells = [picked] if len(self.order) == 1 else list(picked)
        else:
            self.wanted.check_length(len(cells))
        return to_numbers(cells, self.wanted.called)

    def kept(self, cells: list[str]) -> dict[str, str] | None:
        if self.header is None or not self.keep:
            return None
        return {name: cells[index] for name, index in self.keep.items()}
