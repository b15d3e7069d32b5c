"""Rows from CSV: a header is optional, and its columns come in any order."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Sequence

import orjson

from nntrace.core.arrays import Array
from nntrace.errors import CellError, InputError, Problem, plural
from nntrace.read.rows.batches import Batch, Request, Row, batches
from nntrace.read.rows.columns import Columns, by_header, by_place
from nntrace.read.rows.faults import csv_fault
from nntrace.read.rows.header import (
    COMMA,
    check_delimiter,
    check_header,
    counts,
    is_header,
    without_places,
)
from nntrace.read.rows.lines import Lines
from nntrace.read.rows.numbers import PLAIN, has_minus_nothing, to_matrix, to_numbers


def read_csv(lines: Lines, request: Request, delimiter: str = COMMA) -> Iterator[Batch]:
    """Give each record as a row, in batches; InputError names the line, header included.

    `delimiter` stands between cells, unless somebody says what does.
    """
    reader = _Reader(lines, request, request.reading.delimiter or delimiter)
    return batches(reader.rows(), request, lines, reader.plain)


def read_tsv(lines: Lines, request: Request) -> Iterator[Batch]:
    """Give each record of cells that tabs part, as `read_csv` does."""
    return read_csv(lines, request, "\t")


class _Reader:
    """Reads lines, those with a quoted cell, a blank or a fault one by one, others all at once."""

    def __init__(self, lines: Lines, request: Request, delimiter: str) -> None:
        self.lines = lines
        self.request = request
        self.delimiter = delimiter
        self.header = False
        self.columns: Columns | None = None  # not known before the first record
        self.counting: int | None = None  # the line of a row that may be meant as a header

    def rows(self) -> Iterator[Row]:
        lines = self.lines
        text = (line + "\n" for line in lines)
        reader = csv.reader(text, strict=True, delimiter=self.delimiter)
        while True:
            line = lines.number + 1
            try:
                cells = next(reader, None)
            except csv.Error as error:
                raise lines.fault(f"is no CSV: {csv_fault(error)}", line) from None
            if cells is None:
                return
            if not cells or (len(cells) == 1 and not cells[0].strip()):
                continue
            try:
                if self.columns is None:
                    self._begin(cells, line)
                    if self.header:
                        continue
                elif self.counting:
                    self._warn_of_counting()
                columns = self.columns
                assert columns is not None
                values, given = self._values(cells, columns)
                keep = {name: cells[index] for name, index in columns.keep.items()}
                yield Row(values, keep, _Place(lines.source, line), given)
            except CellError as error:
                raise error.placed(lines.source, line, self._caret(error.cell, line)) from None
            except InputError as error:
                raise error.located(lines.source, line) from None

    def _caret(self, cell: int, line: int) -> int | None:
        """Return in which column of its line an input begins; None in a record of several lines."""
        if self.columns is None or line != self.lines.number:
            return None
        text = self.lines.last.decode("utf-8-sig", errors="replace")
        return _start(text, self.delimiter, self.columns.inputs[cell]) + 1

    def _begin(self, cells: list[str], line: int) -> None:
        """Find the columns by the first record, and whether it is a header."""
        cells = [cell.strip() for cell in cells]
        request, told = self.request, self.request.reading.header
        self.header = is_header(cells, request) if told is None else told
        try:
            if self.header and told is None:
                check_header(cells, request)
            self.columns = (by_header if self.header else by_place)(cells, request)
        except InputError:
            check_delimiter(cells, self.delimiter)
            raise
        if (
            told is None
            and not self.header
            and not request.text
            and counts(without_places(cells, request))
        ):
            self.counting = line

    def _warn_of_counting(self) -> None:
        message = "counts 0, 1, 2 … as a header may, and is read as a row; --header yes|no decides"
        self.request.warn(Problem(message, (), self.lines.source, self.counting))
        self.counting = None

    def _values(
        self, cells: list[str], columns: Columns
    ) -> tuple[Sequence[float] | Array, str | None]:
        """Return the inputs among the cells of a row; of a net that reads text, that too."""
        if len(cells) != columns.width:
            if self.header:
                found = plural(len(cells), "column")
                raise InputError(f"has {found}, the header {columns.width}")
            by_place(cells, self.request)  # which says what lacks, or is too much
        inputs = [cells[index] for index in columns.inputs]
        if not self.request.text:
            return to_numbers(inputs, self.request.called), None
        try:
            return self.request.encoded(inputs[0]), inputs[0]
        except InputError as error:
            raise CellError(str(error), 0) from None

    def plain(self, lines: list[bytes]) -> Array | None:
        """Read lines as JSON, which numbers between commas are; None where anything else is."""
        columns = self.columns
        if columns is None or self.request.keep or self.request.text:
            return None
        lines = [line.removesuffix(b"\r") for line in lines] if b"\r" in lines[0] else lines
        text = b"],[".join(lines)
        if self.delimiter != COMMA:
            if b"," in text.replace(b"],[", b""):
                return None
            text = text.replace(self.delimiter.encode(), b",")
        if text.translate(None, PLAIN) != b"][" * (len(lines) - 1):
            return None
        limit = csv.field_size_limit()
        if len(text) > limit and max(map(len, text.split(b","))) > limit:
            return None
        text = b"[[%b]]" % text
        if has_minus_nothing(text):
            return None
        try:
            rows = orjson.loads(text)
        except orjson.JSONDecodeError:
            return None
        values = to_matrix(rows, columns.width)
        if values is None:
            return None
        if self.counting:
            self._warn_of_counting()
        return values[:, columns.inputs] if self.request.selects or self.header else values


def _start(text: str, delimiter: str, cell: int) -> int:
    """Return where a cell of a line begins, blanks before it apart."""
    at = 0
    for _ in range(cell):
        if text.startswith('"', at):
            end = _QUOTED.match(text, at)
            at = end.end() if end else at
        at = text.find(delimiter, at) + 1
    rest = text[at:]
    return at + len(rest) - len(rest.lstrip(" "))


_QUOTED = re.compile(r'"(?:[^"]++|"")*+"')


class _Place:
    __slots__ = ("line", "source")

    def __init__(self, source: str, line: int) -> None:
        self.source = source
        self.line = line

    def __call__(self, message: str) -> Problem:
        return Problem(message, (), self.source, self.line)
