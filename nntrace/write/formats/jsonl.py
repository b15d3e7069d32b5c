"""JSONL: a line a row."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import orjson

from nntrace.write.documents.trace import TRACED_ROW, Column, layer_records
from nntrace.write.encode import encode

if TYPE_CHECKING:
    from nntrace.core.batch import TracedBatch
    from nntrace.core.network import Network
    from nntrace.write import columns
    from nntrace.write.predictions import Predictions

_PLACE = b"\0"  # never stands in JSON: in a string it is escaped


def trace(_: Network, chunks: Iterable[TracedBatch], layers: Collection[str]) -> Iterator[bytes]:
    """Give every number of every row, of the layers named."""
    for chunk in chunks:
        if len(chunk.trace):
            shown = layer_records(chunk.trace, layers)
            yield record_lines(TRACED_ROW.of(chunk, layers=shown), len(chunk.trace))


def predictions(told: Predictions) -> Iterator[bytes]:
    """Give what is predicted."""
    from nntrace.write.predictions import prediction_record

    for chunk in told.chunks:
        yield record_lines(prediction_record(chunk, told.titles), len(chunk.trace))


def record_lines(record: Mapping[str, Any], count: int) -> bytes:
    """Write a line for each row: the text of the record, with those of its columns put in."""
    written: list[list[bytes]] = []

    def hold_place(column: Column | columns.Column) -> orjson.Fragment:
        written.append(texts_of(column))
        return orjson.Fragment(b"[%b]" % _PLACE if _has_lines(column) else _PLACE)

    *between, end = encode(record, default=hold_place).split(_PLACE)
    line = [part for before in between for part in (before, _PLACE)] + [end + b"\n"]
    parts = line * count
    for index, texts in enumerate(written):
        parts[2 * index + 1 :: len(line)] = texts
    return b"".join(parts)


def _has_lines(column: Column | columns.Column) -> bool:
    return isinstance(column.values, np.ndarray) and column.values.ndim == 2


def texts_of(column: Column | columns.Column) -> list[bytes]:
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
