"""CSV: a header, and a line for each row, or for each neuron."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import chain, cycle, islice, product, repeat
from math import isfinite
from typing import TYPE_CHECKING, Any

import numpy as np

from nntrace.write import columns
from nntrace.write.documents.trace import Column
from nntrace.write.encode import quoted
from nntrace.write.formats.jsonl import AT_ONCE, texts_of

if TYPE_CHECKING:
    from nntrace.core.arrays import Array
    from nntrace.core.batch import TracedBatch
    from nntrace.core.forward import LayerTrace
    from nntrace.core.layer import Layer
    from nntrace.core.network import Network
    from nntrace.write.predictions import Predictions

PIECE = 2**14  # lines of very many that are written together


def trace(
    network: Network, chunks: Iterable[TracedBatch], layers: Collection[str]
) -> Iterator[bytes]:
    """Give a line for each neuron of each row, `row,layer,neuron,label,z,a`."""
    header = b"row,layer,neuron,label,z,a\n"  # goes out with the first row
    told, neurons = None, list[bytes]()
    for chunk in chunks:
        if not len(chunk.trace):
            continue
        parts = [part for part in chunk.trace.layers if part.name in layers]
        if sum(part.a.size for part in parts) > AT_ONCE:
            for lines in _of_many(parts, chunk.start):
                yield header + lines
                header = b""
            continue
        if chunk.trace.network is not told:  # of tokens, there are several nets
            told = chunk.trace.network
            neurons = [name for part in parts for name in _neurons(part.layer)]
        z, a = np.hstack([part.z for part in parts]), np.hstack([part.a for part in parts])
        yield header + _lines_of(chunk.start, neurons, z, a)
        header = b""
    yield header


def _of_many(parts: Sequence[LayerTrace], start: int) -> Iterator[bytes]:
    """Give the lines of very many neurons, of which there is room for some at a time."""
    for row in range(len(parts[0].a)):
        for layer, z, a in parts:
            neurons = _neurons(layer)
            for begin in range(0, layer.size, PIECE):
                some = slice(begin, begin + PIECE)
                names = [*islice(neurons, PIECE)]
                yield _lines_of(start + row, names, z[row : row + 1, some], a[row : row + 1, some])


def _lines_of(start: int, neurons: Sequence[bytes], z: Array, a: Array) -> bytes:
    """Write a line for each neuron of some rows: its row, what names it, and its two numbers."""
    numbers = texts_of(Column(np.stack([z, a], axis=2).reshape(-1, 2)))
    rows = [b"%d" % row for row in range(start, start + len(z))]
    lines = [b"\n"] * (4 * len(numbers))
    lines[0::4] = chain.from_iterable(map(repeat, rows, repeat(len(neurons))))
    lines[1::4] = [*neurons] * len(rows)
    lines[2::4] = [pair.replace(b"null", b"") for pair in numbers]
    return b"".join(lines)


def _neurons(layer: Layer) -> Iterator[bytes]:
    """Give what names each number of a layer on its line."""
    name = quoted(layer.name)
    for index, label in enumerate(_labels(layer)):
        yield f",{name},{index},{label},".encode()


def _labels(layer: Layer) -> Iterable[str]:
    """Give the label of each number of a layer: where it has none, its position, if that is one."""
    if layer.labels:
        return islice(cycle(map(quoted, layer.labels)), layer.size)
    if layer.positional:
        axes = ([*map(str, range(length))] for length in layer.shape)
        return map(".".join, product(*axes))
    return repeat("", layer.size)


def predictions(told: Predictions) -> Iterator[bytes]:
    """Give a line a row; without rows the header alone."""
    from nntrace.core.batch import TracedBatch
    from nntrace.core.forward import forward
    from nntrace.write.predictions import prediction_blocks
    from nntrace.write.verdicts import Along, along

    network = told.network
    first = next(told.chunks, None)
    if first is None:
        trace = forward(network, np.zeros((0, network.input.size), network.rows_dtype))
        rows, alike = iter([TracedBatch(trace, truths=[])]), Along(told.names_examples, told.kept)
    else:
        rows, alike = chain([first], told.chunks), along(first, told.names_examples)
    alike = alike._replace(texts=False)  # whose columns are those of any net
    yield from _lines(prediction_blocks(rows, alike, told.titles))


def _lines(blocks: Iterable[columns.Block]) -> Iterator[bytes]:
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
        texts = texts_of(column)
        return [b"" if text == b"null" else text for text in texts]
    told = ("" if value is None else columns.text_of(value) for value in column.values)
    return [quoted(text).encode() for text in told]


def statistics(document: Mapping[str, Any]) -> Iterator[bytes]:
    """Give a line for each neuron; what JSON has as null is empty, histograms are left out."""
    from nntrace.write.documents.stats import MOMENTS, NUMBERS

    moments = [field.name for field in MOMENTS.fields]
    names = ["layer", "neuron", "label", "rows", *NUMBERS]
    lines = [",".join(names + [f"{part}_{name}" for part in "az" for name in moments])]
    for layer in document["layers"]:
        name = quoted(layer["name"])
        for each in layer["neurons"]:
            cells = [name, str(each["index"]), quoted(each["label"] or "")]
            numbers = [document["rows"], *(each[name] for name in NUMBERS)]
            numbers += (each[part][name] for part in "az" for name in moments)
            lines.append(",".join([*cells, *map(_number, numbers)]))
    yield "\n".join([*lines, ""]).encode()


def _number(value: float | bool | None) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return "" if value is None or not isfinite(value) else repr(value)


def grades(record: Mapping[str, Any], rows: Iterable[Sequence[str]]) -> Iterator[bytes]:
    """Give the rows of a class, the first of which is the header."""
    for row in rows:
        yield ",".join(map(quoted, row)).encode() + b"\n"
