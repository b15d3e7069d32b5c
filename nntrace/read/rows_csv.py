"""Rows from CSV: a header is optional, and its columns come in any order."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from operator import itemgetter

import orjson

from nntrace.core.network import Array
from nntrace.errors import InputError, Problem
from nntrace.read.lines import Lines
from nntrace.read.numbers import PLAIN, is_number, to_matrix, to_numbers
from nntrace.read.rows import Batch, Row, Wanted, batches


def read_csv(lines: Lines, wanted: Wanted) -> Iterator[Batch]:
    """Give each record as a row, in batches; InputError names the line, header included."""
    reader = _Reader(lines, wanted)
    return batches(reader.rows(), wanted, lines, reader.plain)


class _Reader:
    """Reads lines, those with a quoted cell, a blank or a fault one by one, others all at once."""

    def __init__(self, lines: Lines, wanted: Wanted) -> None:
        self.lines = lines
        self.wanted = wanted
        self.columns: _Columns | None = None  # not known before the first record

    def rows(self) -> Iterator[Row]:
        lines = self.lines
        reader = csv.reader((line + "\n" for line in lines), strict=True)
        while True:
            line = lines.number + 1
            try:
                cells = next(reader, None)
            except csv.Error as error:
                raise lines.fault(f"is no CSV: {_plainly(error)}", line) from None
            if cells is None:
                return
            if not cells or (len(cells) == 1 and not cells[0].strip()):
                continue
            try:
                if self.columns is None:
                    header = not all(is_number(cell) for cell in cells)
                    self.columns = _Columns(cells if header else None, self.wanted)
                    if header:
                        continue
                columns = self.columns
                yield Row(columns.values(cells), columns.kept(cells), _Place(lines.source, line))
            except InputError as error:
                raise error.located(lines.source, line) from None

    def plain(self, lines: list[bytes]) -> Array | None:
        """Read lines as JSON, which numbers between commas are; None where anything else is."""
        columns = self.columns
        if columns is None or columns.keep:
            return None
        lines = [line.removesuffix(b"\r") for line in lines] if b"\r" in lines[0] else lines
        text = b"],[".join(lines)
        if text.translate(None, PLAIN) != b"][" * (len(lines) - 1):
            return None
        limit = csv.field_size_limit()
        if len(text) > limit and max(map(len, text.split(b","))) > limit:
            return None
        text = b"[[%b]]" % text
        if _MINUS_NOTHING.search(text):
            return None
        try:
            rows = orjson.loads(text)
        except orjson.JSONDecodeError:
            return None
        if columns.order is None:
            return to_matrix(rows, self.wanted.network.input.size)
        values = to_matrix(rows, len(columns.order))
        return None if values is None else values[:, columns.order]


_MINUS_NOTHING = re.compile(rb"-0[^.eE0-9]")  # is -0.0 here, but a whole number in JSON: 0


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
        self.keep: dict[str, int] = {}
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
        if not self.keep:
            return None
        return {name: cells[index] for name, index in self.keep.items()}
