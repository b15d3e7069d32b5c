"""Rows from plain text: a text a line, for nets that read text."""

from __future__ import annotations

from collections.abc import Iterator

from nntrace.errors import InputError, Problem
from nntrace.read.rows.batches import Batch, Request, Row, batches
from nntrace.read.rows.formats import STREAMS_OF_NUMBERS, either
from nntrace.read.rows.lines import Lines


def read_txt(lines: Lines, request: Request) -> Iterator[Batch]:
    """Give the text of each line that is not blank, in batches; InputError names the line."""
    if request.text is None:
        reads = f"--input-format {either(STREAMS_OF_NUMBERS)} reads it as such"
        raise InputError(f"holds texts, {request.network.name} reads numbers; {reads}")
    request.check_no_columns("its lines are texts, which have")
    return batches(_rows(lines, request), request, lines)


def _rows(lines: Lines, request: Request) -> Iterator[Row]:
    for line in lines:
        text = line.removesuffix("\r")
        if not text.strip():
            continue

        def place(message: str, number: int = lines.number) -> Problem:
            return Problem(message, (), lines.source, number)

        try:
            values = request.encoded(text)
        except InputError as error:
            raise error.located(lines.source, lines.number) from None
        yield Row(values, None, place, text)
