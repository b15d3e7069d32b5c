"""JSONL: a line a row."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
import orjson

from nntrace.write.documents.trace import TRACED_ROW, Column, layer_records
from nntrace.write.encode import encode

if TYPE_CHECKING:
    from nntrace.core.batch import TracedBatch
    from nntrace.core.network import Network
    from nntrace.write import columns
    from nntrace.write.predictions import Predictions

    AnyColumn: TypeAlias = Column | columns.Column

AT_ONCE = 2**22  # numbers that are written together
_PLACE = b"\0"  # never stands in JSON: in a string it is escaped


def trace(_: Network, chunks: Iterable[TracedBatch], layers: Collection[str]) -> Iterator[bytes]:
    """Give every number of every row, of the layers named."""
    for chunk in chunks:
        if len(chunk.trace):
            shown = layer_records(chunk.trace, layers)
            size = sum(part.a.size for part in chunk.trace.layers if part.name in layers)
            record = TRACED_ROW.of(chunk, layers=shown)
            if size > AT_ONCE:
                yield from record_in_parts(record, len(chunk.trace))
            else:
                yield record_lines(record, len(chunk.trace))


def predictions(told: Predictions) -> Iterator[bytes]:
    """Give what is predicted."""
    from nntrace.write.predictions import prediction_record

    for chunk in told.chunks:
        yield record_lines(prediction_record(chunk, told.titles), len(chunk.trace))


def record_lines(record: Mapping[str, Any], count: int) -> bytes:
    """Write a line for each row: the text of the record, with those of its columns put in."""
    between, end, columns = _taken_apart(record)
    line = [part for before in between for part in (before, _PLACE)] + [end]
    parts = line * count
    for index, column in enumerate(columns):
        parts[2 * index + 1 :: len(line)] = texts_of(column)
    return b"".join(parts)


def record_in_parts(record: Mapping[str, Any], count: int) -> Iterator[bytes]:
    """Write the same, a column at a time, of which a row may have many millions of numbers."""
    between, end, columns = _taken_apart(record)
    for row in range(count):
        for before, column in zip(between, columns, strict=True):
            [text] = texts_of(column._replace(values=column.values[row : row + 1]))
            yield before + text
        yield end


def _taken_apart(
    record: Mapping[str, Any],
) -> tuple[Sequence[bytes], bytes, Sequence[AnyColumn]]:
    """Return what a line has before each column and at its end, and the columns."""
    columns: list[AnyColumn] = []

    def hold_place(column: AnyColumn) -> orjson.Fragment:
        columns.append(column)
        return orjson.Fragment(b"[%b]" % _PLACE if _has_lines(column) else _PLACE)

    *between, end = encode(record, default=hold_place).split(_PLACE)
    return between, end + b"\n", columns


def _has_lines(column: AnyColumn) -> bool:
    return isinstance(column.values, np.ndarray) and column.values.ndim == 2


def texts_of(column: AnyColumn) -> list[bytes]:
    """Write the values of a column as JSON; lines of an array lack their brackets."""
    values = column.values
    if column.choices is not None:
        choices = [encode(choice) for choice in column.choices]
        return [choices[index] for index in values]
    if not isinstance(values, np.ndarray):
        return [encode(value) for value in values]
    if values.dtype == np.float32:  # orjson would write as few digits as float32 needs
        values = values.astype(np.float64)
    text = orjson.dumps(np.ascontiguousarray(values), option=orjson.OPT_SERIALIZE_NUMPY)
    return text[1:-1].split(b",") if values.ndim == 1 else text[2:-2].split(b"],[")
