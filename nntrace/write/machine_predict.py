"""Predictions for machines: JSONL, CSV and JSON."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from typing import TYPE_CHECKING

import numpy as np
import orjson

from nntrace.core.batch import TracedBatch
from nntrace.core.forward import forward
from nntrace.write.encode import encode
from nntrace.write.machine import record_lines, rows_csv
from nntrace.write.predictions import predict_document, prediction_blocks, prediction_record
from nntrace.write.verdicts import Along, along, classes_named

if TYPE_CHECKING:
    from nntrace.analysis.truths import Confusion
    from nntrace.core.network import Network
    from nntrace.write.predictions import Titles


def jsonl(chunks: Iterable[TracedBatch], found: Titles) -> Iterator[bytes]:
    """Give a line a row."""
    for chunk in chunks:
        yield record_lines(prediction_record(chunk, found), len(chunk.trace))


def csv(
    network: Network,
    chunks: Iterator[TracedBatch],
    found: Titles,
    names_examples: bool,
    kept: Sequence[str],
) -> Iterator[bytes]:
    """Give a header and a line a row; without rows the header alone, with the columns `kept`."""
    first = next(chunks, None)
    if first is None:
        trace = forward(network, np.zeros((0, network.input.size), network.dtype))
        rows, alike = iter([TracedBatch(trace, truths=[])]), Along(names_examples, kept)
    else:
        rows, alike = chain([first], chunks), along(first, names_examples)
    yield from rows_csv(prediction_blocks(rows, alike, found))


def counted(
    chunks: Iterable[TracedBatch], found: Titles, summary: bool
) -> tuple[int, list[bytes] | None]:
    """Return how many rows there are and, unless only a summary is wanted, their lines."""
    count = 0
    lines: list[bytes] = []
    for chunk in chunks:
        count += len(chunk.trace)
        if not summary:
            lines.append(record_lines(prediction_record(chunk, found), len(chunk.trace)))
    return count, None if summary else lines


def json(
    network: Network, count: int, lines: list[bytes] | None, confusion: Confusion | None
) -> bytes:
    """Return one document, laid out with a row a line."""
    predictions = None
    if lines is not None:
        rows = b"".join(lines).rstrip(b"\n").replace(b"\n", b",\n")
        predictions = orjson.Fragment(b"[\n%b\n]" % rows if rows else b"[]")
    document = predict_document(count, predictions, classes_named(network), confusion)
    return encode(document) + b"\n"
