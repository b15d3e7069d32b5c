"""Chunks of the input that can be read alone: files, and ranges of large ones.

The chunks of a file give the very rows of the file, in order, and tell the same faults at the same
lines. CSV and JSONL are cut at line ends, `.npy` between rows; of the rest a file is one chunk.
"""

from __future__ import annotations

import io
import os
import stat
from collections.abc import Callable, Iterator, Sequence
from itertools import chain, pairwise
from pathlib import Path
from typing import NamedTuple

import numpy as np

from nntrace.core.network import Network
from nntrace.errors import FileError, InputError, NntraceError, Problem
from nntrace.read.arrays.numpy import open_npy
from nntrace.read.doubts import unheard
from nntrace.read.files import told_at
from nntrace.read.rows.batches import BATCH, PLAINLY, Batch, Reading, Request, hold
from nntrace.read.rows.files import format_of
from nntrace.read.rows.formats import TABLES
from nntrace.read.rows.inputs import expanded, rows_in, rows_of, warned_where_empty
from nntrace.read.rows.lines import LONGEST_LINE

CHUNK = 16 * 2**20  # bytes: a second's work or so, beside which handing it out is nothing
_AT_ONCE = 2**20
_STDIN = "<stdin>"  # how rows call a stream


class Source(NamedTuple):
    """Where rows come from: one input, or examples of the net.

    `input` is as it was given, `path` the absolute path of the file that it names, if it names one,
    and `format` what that holds.
    """

    input: str | None = None
    path: str | None = None
    format: str | None = None
    reading: Reading = PLAINLY
    examples: tuple[str, ...] = ()


class Chunk(NamedTuple):
    """Rows of a source: from `begin` to `end`, bytes of a text or rows of an array; or all.

    `head` is read before the bytes, so that only the first line of a file is taken for one: the
    header of a CSV, or its first row, which is not given again, or a blank line.
    """

    source: Source
    begin: int = 0
    end: int | None = None
    head: bytes = b""
    head_is_row: bool = False


def sources(
    inputs: Sequence[str],
    examples: Sequence[str] = (),
    reading: Reading = PLAINLY,
    texts: bool = False,
) -> list[Source]:
    """Return where the rows come from, in order, patterns of file names spelt out.

    `texts` says that the net reads text.
    """
    found = []
    for argument in expanded(inputs, reading.format, texts=texts):
        kind = format_of(argument, reading.format, texts)
        path = os.path.abspath(argument) if kind else None
        found.append(Source(argument, path, kind, reading))
    return found + [Source(examples=tuple(examples))] * bool(examples)


def cut(network: Network, source: Source, size: int = CHUNK) -> list[Chunk]:
    """Cut a source into chunks of about `size` bytes each.

    Whatever is wrong with a file is left for those who read it: such a file is one chunk.
    """
    path = source.path
    if network.input.text:  # texts of several lengths are not cut
        return [Chunk(source)]
    try:
        if path is not None and stat.S_ISREG(os.stat(path).st_mode):
            if source.format == "npy":
                return _array_chunks(network, source, path, size)
            if source.format in (*TABLES, "jsonl") and os.stat(path).st_size > size:
                return _text_chunks(network, source, path, size)
    except (OSError, NntraceError):
        pass
    return [Chunk(source)]


def rows_of_chunk(
    network: Network, chunk: Chunk, warn: Callable[[Problem], None] = unheard
) -> Iterator[Batch]:
    """Give the rows of a chunk, in batches; errors are those that reading the whole source tells.

    `warn` hears of what is odd, once for all chunks of a source.
    """
    source = chunk.source

    def heard(problem: Problem) -> None:
        if not chunk.begin:
            warn(_placed(problem, chunk))

    request = Request(network, source.reading, heard)
    try:
        if source.input is None:
            yield from rows_of(network, [], source.examples)
        elif source.path is None or chunk.end is None:
            argument = source.path or source.input
            yield from warned_where_empty(rows_in(argument, request), argument, heard)
        elif source.format == "npy":
            yield from _array_rows(network, source.path, chunk.begin, chunk.end)
        else:
            batches = _text_rows(request, source, chunk.head, chunk.begin, chunk.end)
            yield from _without_first(batches) if chunk.head_is_row else batches
    except NntraceError as error:
        raise type(error)(_placed(problem, chunk) for problem in error.problems) from None


def _placed(problem: Problem, chunk: Chunk) -> Problem:
    """Put a problem where it is in the source as it was given."""
    source = chunk.source
    if source.path is None or problem.source not in (source.path, _STDIN):
        return problem
    line = problem.line
    if line is not None and chunk.end is not None:
        line += _lines_before(source.path, chunk.begin) - chunk.head.count(b"\n")
    return problem._replace(source=source.input, line=line)


# ---- text ----


def _text_chunks(network: Network, source: Source, path: str, size: int) -> list[Chunk]:
    head, is_row = b"\n", False
    if source.format in TABLES:
        head = _csv_head(path)
        is_row = next(_text_rows(Request(network, source.reading), source, head), None) is not None
    if not head:
        return [Chunk(source)]
    length = os.stat(path).st_size
    with open(path, "rb") as stream:
        if source.format == "jsonl" and not _any_text(stream):
            return [Chunk(source)]
    cuts = [0 if is_row or source.format == "jsonl" else len(head)]
    with open(path, "rb") as stream:
        while cuts[-1] + size < length:
            stream.seek(cuts[-1] + size - 1)
            while (piece := stream.readline(_AT_ONCE)) and not piece.endswith(b"\n"):
                pass
            cuts.append(stream.tell())
    if cuts[-1] < length:
        cuts.append(length)
    ranges = list(pairwise(cuts))
    if any(end - begin > size + LONGEST_LINE for begin, end in ranges):
        return [Chunk(source)]
    return [
        Chunk(source, begin, end, head, is_row) if begin else Chunk(source, begin, end)
        for begin, end in ranges
    ]


def _text_rows(
    request: Request, source: Source, head: bytes, begin: int = 0, end: int = 0
) -> Iterator[Batch]:
    """Give the rows of a head, and of the bytes of a file from one place to another."""
    data = head + _bytes(source.path or "", begin, end)
    told = request._replace(reading=request.reading._replace(format=source.format))
    return rows_in("-", told, io.BytesIO(data))


def _csv_head(path: str) -> bytes:
    """Return a CSV up to its header or first row; nothing where it cannot be cut.

    A newline within quotes ends no record, so a file with quotes below the header is not cut.
    """
    with open(path, "rb") as stream:
        lines = []
        while line := stream.readline(_AT_ONCE):
            lines.append(line)
            if any(char.isalnum() for char in line.decode("utf-8", errors="ignore")):
                break  # blank lines have no such, however they are written
        head, begin = b"".join(lines), stream.tell()
        if not head.endswith(b"\n") or any(b'"' in piece for piece in _pieces(stream)):
            return b""
        stream.seek(begin)
        return head if _any_text(stream) else b""


def _any_text(stream: io.BufferedReader) -> bool:
    """Whether anything but blanks is left: of a source without rows, only the whole can say so."""
    return any(piece.decode("utf-8", errors="ignore").strip() for piece in _pieces(stream))


def _without_first(batches: Iterator[Batch]) -> Iterator[Batch]:
    """Leave out the first row; what has none to keep has no names either."""
    for index, batch in enumerate(batches):
        if index or len(batch.values) > 1:
            yield batch if index else Batch(batch.values[1:])


def _pieces(stream: io.BufferedReader) -> Iterator[bytes]:
    return iter(lambda: stream.read(_AT_ONCE), b"")


def _bytes(path: str, begin: int, end: int) -> bytes:
    with told_at(path), open(path, "rb") as stream:
        stream.seek(begin)
        data = stream.read(end - begin)
    if len(data) < end - begin:
        raise FileError(Problem("has become shorter while it was read", (), path))
    return data


def _lines_before(path: str, end: int) -> int:
    with open(path, "rb") as stream:
        whole, rest = divmod(end, _AT_ONCE)
        pieces = chain((stream.read(_AT_ONCE) for _ in range(whole)), [stream.read(rest)])
        return sum(piece.count(b"\n") for piece in pieces)


# ---- arrays ----


def _array_chunks(network: Network, source: Source, path: str, size: int) -> list[Chunk]:
    stored = open_npy(Path(path))[""]
    spec, kind = network.input, np.dtype(stored.dtype)
    rows_of_numbers = len(stored.shape) > 1 and stored.shape[1:] in ((spec.size,), spec.shape)
    if (
        source.reading.keep
        or source.reading.drop
        or not rows_of_numbers
        or stored.shape == spec.shape
        or kind.kind not in "iuf"
    ):
        return [Chunk(source)]
    count = stored.shape[0]
    step = max(1, size // (spec.size * kind.itemsize * BATCH)) * BATCH  # batches stay as they are
    if count <= step:
        return [Chunk(source)]
    return [Chunk(source, begin, min(begin + step, count)) for begin in range(0, count, step)]


def _array_rows(network: Network, path: str, begin: int, end: int) -> Iterator[Batch]:
    open_npy(Path(path))  # looks whether the file may be believed
    array = np.load(path, mmap_mode="r", allow_pickle=False)
    if len(array) < end:
        raise FileError(Problem("has become shorter while it was read", (), path))
    for start in range(begin, end, BATCH):
        rows = array[start : min(start + BATCH, end)]
        held, wrong = hold(rows.reshape(len(rows), network.input.size), Request(network))
        if wrong is None:
            yield Batch(held)
            continue
        index, message = wrong
        if index:
            yield Batch(held[:index])
        raise InputError(Problem(f"row {start + index}: {message}", (), path))
