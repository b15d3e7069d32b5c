"""Traces for machines: JSON, JSONL, tidy CSV and npz, each a generator of bytes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain, repeat
from math import isfinite
from typing import Any, TypeAlias

import numpy as np
import orjson

from nntrace.core.batch import TracedBatch
from nntrace.core.network import Network
from nntrace.errors import UsageError
from nntrace.write import columns
from nntrace.write.encode import encode, escaped, quoted
from nntrace.write.records import Column, chunk_record, network_info

AnyColumn: TypeAlias = Column | columns.Column

_PLACE = b"\0"  # never stands in JSON: in a string it is escaped


def jsonl(
    network: Network, chunks: Iterable[TracedBatch], layers: Sequence[str]
) -> Iterator[bytes]:
    """Give a line a row."""
    for chunk in chunks:
        if len(chunk.trace):
            yield record_lines(chunk_record(chunk, layers), len(chunk.trace))


def record_lines(record: Mapping[str, Any], count: int) -> bytes:
    """Write a line for each row: the text of the record, with those of its columns put in."""
    written: list[list[bytes]] = []

    def hold_place(column: AnyColumn) -> orjson.Fragment:
        written.append(_texts(column))
        return orjson.Fragment(b"[%b]" % _PLACE if _has_lines(column) else _PLACE)

    *between, end = encode(record, default=hold_place).split(_PLACE)
    line = [part for before in between for part in (before, _PLACE)] + [end + b"\n"]
    parts = line * count
    for index, texts in enumerate(written):
        parts[2 * index + 1 :: len(line)] = texts
    return b"".join(parts)


def _has_lines(column: AnyColumn) -> bool:
    return isinstance(column.values, np.ndarray) and column.values.ndim == 2


def _texts(column: AnyColumn) -> list[bytes]:
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


def json(network: Network, chunks: Iterable[TracedBatch], layers: Sequence[str]) -> Iterator[bytes]:
    """Give one document, laid out with a row a line."""
    head = b'{"schema":"nntrace.trace/1","network":%b,"traces":[' % encode(network_info(network))
    before = head + b"\n"
    for lines in jsonl(network, chunks, layers):
        yield before + lines.rstrip(b"\n").replace(b"\n", b",\n")
        before = b",\n"
    yield b"\n]}\n" if before == b",\n" else head + b"]}\n"


def csv(network: Network, chunks: Iterable[TracedBatch], layers: Sequence[str]) -> Iterator[bytes]:
    """Give tidy CSV: a line for each neuron of each row, `row,layer,neuron,label,z,a`."""
    header = b"row,layer,neuron,label,z,a\n"  # goes out with the first row
    shown = [layer for layer in network.layers if not layers or layer.name in layers]
    neurons = [
        f",{quoted(layer.name)},{index},{quoted(label)},".encode()
        for layer in shown
        for index, label in enumerate(layer.labels or repeat("", layer.size))
    ]
    for chunk in chunks:
        if not len(chunk.trace):
            continue
        parts = [chunk.trace[layer.name] for layer in shown]
        pairs = np.stack([np.hstack([p.z for p in parts]), np.hstack([p.a for p in parts])], axis=2)
        numbers = _texts(Column(pairs.reshape(-1, 2)))
        rows = [b"%d" % row for row in range(chunk.start, chunk.start + len(chunk.trace))]
        # a line is the number of its row, what names its neuron, and its pair of numbers
        lines = [b"\n"] * (4 * len(numbers))
        lines[0::4] = chain.from_iterable(map(repeat, rows, repeat(len(neurons))))
        lines[1::4] = neurons * len(rows)
        lines[2::4] = [pair.replace(b"null", b"") for pair in numbers]
        yield header + b"".join(lines)
        header = b""
    yield header


def rows_csv(blocks: Iterable[columns.Block]) -> Iterator[bytes]:
    """Give CSV: a header, with the first block, and a line a row."""
    headed = False
    for block in blocks:
        line = [b"", b","] * len(block)
        line[-1] = b"\n"
        parts = line * columns.length(block)
        if parts:
            for index, column in enumerate(block):
                parts[2 * index :: len(line)] = _cells(column)
        names = (
            b"" if headed else ",".join(quoted(column.name) for column in block).encode() + b"\n"
        )
        yield names + b"".join(parts)
        headed = True


def _cells(column: columns.Column) -> list[bytes]:
    """Write the values of a column as cells of CSV; nothing where a number is not finite."""
    if column.choices is not None:
        choices = ["" if each is None else str(each) for each in column.choices]
        written = [quoted(each).encode() for each in choices]
        return [written[index] for index in column.values]
    if isinstance(column.values, np.ndarray):
        texts = _texts(column)
        return [b"" if text == b"null" else text for text in texts]
    texts_of = ("" if value is None else columns.text_of(value) for value in column.values)
    return [quoted(text).encode() for text in texts_of]


LONGEST_MEMBER = 60_000  # bytes of a name in a zip archive, which has 65,535 with its suffix


def npz(network: Network, chunks: Iterable[TracedBatch], layers: Sequence[str]) -> Iterator[bytes]:
    """Give an `.npz` archive: `input`, and `<layer>.z` and `<layer>.a`, each rows × size."""
    import io

    traces = [chunk.trace for chunk in chunks]
    shown = [layer for layer in network.layers if not layers or layer.name in layers]
    empty = {layer.name: np.zeros((0, layer.size), network.dtype) for layer in shown}
    arrays = {
        "input": np.concatenate(
            [np.zeros((0, network.input.size), network.dtype), *(t.input for t in traces)]
        )
    }
    for layer in shown:
        parts = [trace[layer.name] for trace in traces]
        name = escaped(layer.name)  # a zip archive ends a name at its first NUL
        if f"{name}.z" in arrays or len(name.encode()) > LONGEST_MEMBER:
            raise UsageError(f"{layer.name[:40]}: an npz cannot hold a layer of this name")
        arrays[f"{name}.z"] = np.concatenate([empty[layer.name], *(p.z for p in parts)])
        arrays[f"{name}.a"] = np.concatenate([empty[layer.name], *(p.a for p in parts)])
    archive = io.BytesIO()
    np.savez(archive, **arrays)  # type: ignore[arg-type]  # its stub minds the names
    yield archive.getvalue()


def _number(value: float) -> str:
    return repr(value) if isfinite(value) else ""
