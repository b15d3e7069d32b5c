"""JSON: one document; one of many rows is laid out with a row a line."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import orjson

from nntrace.write.documents.trace import PREDICT, TRACE
from nntrace.write.encode import encode
from nntrace.write.formats import jsonl

if TYPE_CHECKING:
    from nntrace.analysis.causes.cause import Cause
    from nntrace.analysis.diff.difference import Difference
    from nntrace.core.batch import TracedBatch
    from nntrace.core.network import Network
    from nntrace.write.predictions import Predictions


def trace(
    network: Network, chunks: Iterable[TracedBatch], layers: Collection[str]
) -> Iterator[bytes]:
    """Give every number of every row, of the layers named, at once: half of it is worth nothing."""
    head = encode(TRACE.of(None, network=network, traces=[])).removesuffix(b"]}")
    yield head + _laid_out(jsonl.trace(network, chunks, layers)) + b"]}\n"


def predictions(told: Predictions) -> Iterator[bytes]:
    """Give what is predicted, and how right that is, unless the rows ended in a fault."""
    from nntrace.write.verdicts import classes_named

    count = 0

    def counted() -> Iterator[TracedBatch]:
        nonlocal count
        for chunk in told.chunks:
            count += len(chunk.trace)
            yield chunk

    if told.summary:
        rows = None
        for _ in counted():
            pass
        if not told.whole():
            return
    else:
        lines = jsonl.predictions(told._replace(chunks=counted()))
        rows = orjson.Fragment(b"[%b]" % _laid_out(lines))
    confusion = told.confusion if told.whole() else None
    classes = confusion and classes_named(told.network)
    known = PREDICT.of(confusion, rows=count, predictions=rows, classes=classes)
    yield from document(known, indent=False)


summary = predictions


def _laid_out(lines: Iterable[bytes]) -> bytes:
    """Write what stands in the brackets of a list, a row a line."""
    rows = b"".join(lines).rstrip(b"\n").replace(b"\n", b",\n")
    return b"\n%b\n" % rows if rows else b""


def document(
    document: Mapping[str, Any] | Sequence[Mapping[str, Any]], indent: bool = True
) -> Iterator[bytes]:
    """Give a document, or several as a list, and a line's end."""
    yield encode(document, indent) + b"\n"


statistics = document


def difference(found: Difference, causes: Sequence[Cause]) -> Iterator[bytes]:
    """Give the document of what came of comparing two."""
    from nntrace.write.documents.diff import differed  # with all causes, which rows do not need

    return document(differed(found, causes))


def grades(record: Mapping[str, Any], rows: Iterable[Sequence[str]]) -> Iterator[bytes]:
    """Give the document of a class."""
    return document(record)
