"""What `--input` may be: numbers, numbers by label, a file, standard input."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO

import numpy as np

from nntrace.core.network import Network
from nntrace.errors import FileError, Problem, UsageError
from nntrace.read.bundled import find_rows
from nntrace.read.files import why
from nntrace.read.lines import Lines, length_of
from nntrace.read.rows import Batch, Wanted, batches
from nntrace.read.typed import read_typed
from nntrace.read.yamltext import told_with_lines

FileReader = Callable[[str, Wanted], Iterator[Batch]]
LineReader = Callable[[Lines, Wanted], Iterator[Batch]]


def _csv(path: str, wanted: Wanted) -> Iterator[Batch]:
    from nntrace.read.rows_csv import read_csv

    return _lines_of(path, read_csv, wanted)


def _jsonl(path: str, wanted: Wanted) -> Iterator[Batch]:
    from nntrace.read.rows_json import read_jsonl

    return _lines_of(path, read_jsonl, wanted)


def _json(path: str, wanted: Wanted) -> Iterator[Batch]:
    from nntrace.read.rows_json import read_json

    with open(path, "rb", buffering=0) as stream:
        text = Lines(stream, path).whole()
    with told_with_lines(text, path):
        yield from batches(read_json(text, path, wanted), wanted)


def _npy(path: str, wanted: Wanted) -> Iterator[Batch]:
    from nntrace.read.rows_array import read_npy

    return read_npy(path, wanted)


def _npz(path: str, wanted: Wanted) -> Iterator[Batch]:
    from nntrace.read.rows_array import read_npz

    return read_npz(path, wanted)


def _png(path: str, wanted: Wanted) -> Iterator[Batch]:
    from nntrace.read.picture import read_png

    return read_png(path, wanted)


# A new file format is a module, loaded when it is used, and a line here.
FORMATS: Mapping[str, FileReader] = {
    "csv": _csv,
    "jsonl": _jsonl,
    "json": _json,
    "npy": _npy,
    "npz": _npz,
    "png": _png,
}
_DOCUMENT = r'\{\s*"schema"\s*:\s*"nntrace\.'


def rows_of(
    network: Network,
    inputs: Sequence[str],
    examples: Sequence[str] = (),
    keep: Sequence[str] = (),
    stdin: IO[bytes] | None = None,
    input_format: str | None = None,
) -> Iterator[Batch]:
    """Give the rows of all inputs in order, then those of the examples, in batches.

    `stdin` is what `-` reads, as it arrives. A file that is not there may be one that comes along,
    such as `digits-labelled.csv`, or a pattern of names, such as `data/*.csv`. Raises InputError,
    UsageError or FileError; a fault in a row comes after the rows before it were given.
    """
    wanted = Wanted(network, tuple(keep))
    inputs = expanded(inputs, input_format)
    if inputs.count("-") > 1:
        raise UsageError("--input - was given twice, standard input can be read once")
    for argument in inputs:
        if format_of(argument, input_format) and not os.path.exists(argument):
            raise FileError(f"{argument}: no such file or directory")
    known = {example.name: example for example in network.examples}
    chosen = [known.get(name) or network.example(name) for name in examples]
    if chosen and keep:
        raise UsageError(f"examples have no '{keep[0]}' to keep")

    def generate() -> Iterator[Batch]:
        lengths = [_length(argument, stdin, input_format) for argument in inputs]
        before, total = 0, sum(each or 0 for each in lengths)
        for argument, length in zip(inputs, lengths, strict=True):
            for batch in _source(argument, wanted, stdin, input_format):
                part = None
                if batch.part is not None and None not in lengths:
                    part = (before + batch.part * (length or 0)) / total
                yield batch._replace(part=part)
            before += length or 0
        if chosen:
            values = np.array([example.input for example in chosen])
            yield Batch(values, None, [example.name for example in chosen])

    return generate()


def expanded(inputs: Sequence[str], input_format: str | None = None) -> list[str]:
    """Return inputs with the files in place of patterns such as `data/*.csv`, sorted by name.

    A pattern stands for files of known formats. What none fits stays as it is, and so does the name
    of a file that is there.
    """
    found = []
    for argument in map(find_rows, inputs):
        files: list[str] = []
        a_row = argument.lstrip().startswith("[") and _known(argument) is None  # as JSON
        if not a_row and any(sign in argument for sign in "*?[") and not os.path.exists(argument):
            from glob import glob

            matching = sorted(glob(argument, recursive=True))
            files = [path for path in matching if format_of(path, input_format)]
        found += files or [argument]
    return found


def format_of(argument: str, input_format: str | None = None) -> str | None:
    """Return what the file that an argument names holds; None where it names no file."""
    if argument == "-":
        return None
    return _known(argument) or (input_format if os.path.exists(argument) else None)


def _known(argument: str) -> str | None:
    suffix = Path(argument).suffix.lower().removeprefix(".")
    return suffix if suffix in FORMATS else None


def _source(
    argument: str, wanted: Wanted, stdin: IO[bytes] | None, input_format: str | None
) -> Iterator[Batch]:
    if argument == "-":
        assert stdin is not None
        return _standard_input(Lines(stdin, "<stdin>"), wanted, input_format)
    name = format_of(argument, input_format)
    if name is not None:
        return _named(FORMATS[name], argument, wanted)
    return batches(read_typed(argument, wanted, tuple(FORMATS)), wanted)


def _named(reader: FileReader, path: str, wanted: Wanted) -> Iterator[Batch]:
    """Read a file, and name it where the system refuses."""
    try:
        yield from reader(path, wanted)
    except OSError as error:
        if isinstance(error, FileError):
            raise error.located(path) from None
        raise FileError(Problem(why(error), (), path)) from None


def _lines_of(path: str, reader: LineReader, wanted: Wanted) -> Iterator[Batch]:
    with open(path, "rb", buffering=0) as stream:
        lines = Lines(stream, path)
        with lines.told(path):
            yield from reader(lines, wanted)


def _standard_input(lines: Lines, wanted: Wanted, input_format: str | None) -> Iterator[Batch]:
    """Read rows from a pipe: CSV or JSONL by the first character, unless told."""
    if input_format is None:
        first = lines.peek()
        if first in ("[", "{") or re.match(_DOCUMENT, first):
            input_format = "json"  # laid out over lines, as `run -f json` does
        else:
            input_format = "jsonl" if first[:1] in ("[", "{") else "csv"
    if input_format == "csv":
        from nntrace.read.rows_csv import read_csv

        with lines.told():
            yield from read_csv(lines, wanted)
        return
    from nntrace.read.rows_json import read_json, read_jsonl

    if input_format == "jsonl":
        with lines.told():
            yield from read_jsonl(lines, wanted)
    else:
        text = lines.whole()
        with told_with_lines(text, lines.source):
            yield from batches(read_json(text, lines.source, wanted), wanted)


def _length(argument: str, stdin: IO[bytes] | None, input_format: str | None) -> int | None:
    """Return the bytes of a file, of numbers typed 0; None of a pipe."""
    if argument == "-":
        return length_of(stdin) if stdin else None
    if not format_of(argument, input_format):
        return 0
    return os.path.getsize(argument) if os.path.isfile(argument) else None
