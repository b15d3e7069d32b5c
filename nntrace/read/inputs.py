"""What `--input` may be: numbers, numbers by label, a file, standard input."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO

import numpy as np

from nntrace.core.network import Network
from nntrace.errors import FileError, InputError, Problem, UsageError
from nntrace.read.files import why
from nntrace.read.lines import Lines, open_lines
from nntrace.read.numbers import to_number
from nntrace.read.picture import read_png
from nntrace.read.rows import Batch, Row, Wanted, batches
from nntrace.read.rows_array import read_npy, read_npz
from nntrace.read.rows_csv import read_csv
from nntrace.read.rows_json import read_json, read_jsonl

FileReader = Callable[[str, Wanted], Iterator[Batch]]


def _from_lines(reader: Callable[[Lines, Wanted], Iterator[Row]]) -> FileReader:
    return lambda path, wanted: _line_batches(reader, open_lines(path), wanted)


def _line_batches(
    reader: Callable[[Lines, Wanted], Iterator[Row]], lines: Lines, wanted: Wanted
) -> Iterator[Batch]:
    return batches(reader(lines, wanted), wanted, lambda: lines.drained)


def _json_file(path: str, wanted: Wanted) -> Iterator[Batch]:
    return batches(read_json(open_lines(path).whole(), path, wanted), wanted)


# A new file format is a module and a line here.
FORMATS: Mapping[str, FileReader] = {
    "csv": _from_lines(read_csv),
    "jsonl": _from_lines(read_jsonl),
    "json": _json_file,
    "npy": read_npy,
    "npz": read_npz,
    "png": read_png,
}
STREAM_FORMATS = ("csv", "jsonl", "json")


def rows_of(
    network: Network,
    inputs: Sequence[str],
    examples: Sequence[str] = (),
    keep: Sequence[str] = (),
    stdin: IO[bytes] | None = None,
    input_format: str | None = None,
) -> Iterator[Batch]:
    """Give the rows of all inputs in order, then those of the examples, in batches.

    `stdin` is what `-` reads, as it arrives. Raises InputError, UsageError or FileError; a fault in
    a row comes after the rows before it were given.
    """
    wanted = Wanted(network, tuple(keep))
    if inputs.count("-") > 1:
        raise UsageError("--input - was given twice, standard input can be read once")
    for argument in inputs:
        if _is_file(argument, input_format) and not os.path.exists(argument):
            raise FileError(f"{argument}: no such file or directory")
    chosen = [network.example(name) for name in examples]
    if chosen and keep:
        raise UsageError(f"examples have no '{keep[0]}' to keep")

    def generate() -> Iterator[Batch]:
        for argument in inputs:
            yield from _source(argument, wanted, stdin, input_format)
        if chosen:
            values = np.array([example.input for example in chosen])
            yield Batch(values, None, [example.name for example in chosen])

    return generate()


def _source(
    argument: str, wanted: Wanted, stdin: IO[bytes] | None, input_format: str | None
) -> Iterator[Batch]:
    if argument == "-":
        assert stdin is not None
        return _standard_input(Lines(stdin, "<stdin>"), wanted, input_format)
    if _is_file(argument, input_format):
        name = _suffix(argument)
        if name not in FORMATS:
            assert input_format is not None
            name = input_format
        return _named(FORMATS[name], argument, wanted)
    return _typed(argument, wanted)


def _named(reader: FileReader, path: str, wanted: Wanted) -> Iterator[Batch]:
    """Read a file, and name it where the system refuses."""
    try:
        yield from reader(path, wanted)
    except OSError as error:
        if isinstance(error, FileError):
            raise
        raise FileError(f"{path}: {why(error)}") from None


def _standard_input(lines: Lines, wanted: Wanted, input_format: str | None) -> Iterator[Batch]:
    """Read rows from a pipe: CSV or JSONL by the first character, unless told."""
    if input_format is None:
        first = lines.peek()
        if first in ("[", "{") or first.startswith('{"schema"'):
            input_format = "json"  # laid out over lines, as `run -f json` does
        else:
            input_format = "jsonl" if first[:1] in ("[", "{") else "csv"
    if input_format == "json":
        yield from batches(read_json(lines.whole(), lines.source, wanted), wanted)
    else:
        reader = read_csv if input_format == "csv" else read_jsonl
        yield from _line_batches(reader, lines, wanted)


def _suffix(argument: str) -> str:
    return Path(argument).suffix.lower().removeprefix(".")


def _is_file(argument: str, input_format: str | None) -> bool:
    if argument == "-":
        return False
    return _suffix(argument) in FORMATS or (input_format is not None and os.path.exists(argument))


def _typed(argument: str, wanted: Wanted) -> Iterator[Batch]:
    """Read a row that was typed: `0.9,0.8`, `0.9 0.8`, `[0.9, 0.8]` or `ears=0.8,barks=1`."""

    def place(message: str) -> Problem:
        return Problem(message, (), f"--input {argument}")

    def read() -> Iterator[Row]:
        try:
            if wanted.keep:
                raise InputError(f"has no '{wanted.keep[0]}' to keep")
            values = _labelled(argument, wanted) if "=" in argument else _listed(argument)
            wanted.check_length(len(values))
        except InputError as error:
            raise InputError(place(str(error))) from None
        yield Row(values, None, place)

    return batches(read(), wanted)


def _listed(argument: str) -> list[float]:
    text = argument.strip()
    if text.startswith("[") and text.endswith("]"):
        text = text[1:-1].strip()
    if not text:
        raise InputError("is empty, takes numbers such as 0.9,0.8")
    cells = text.split(",") if "," in text else text.split()
    if re.match(r"[-+.\[]?[0-9]", text) is None and not any(
        cell.strip("+-. ") == "" for cell in cells
    ):
        files = ", ".join(f".{name}" for name in FORMATS)
        raise InputError(f"is neither numbers, nor LABEL=NUMBER, nor a file ({files})")
    return [to_number(cell) for cell in cells]


def _labelled(argument: str, wanted: Wanted) -> list[float]:
    """Read `LABEL=NUMBER,…`; a label may hold commas and blanks, so the known ones are tried."""
    found: dict[str, float] = {}
    rest = argument
    while rest:
        label = next((each for each in wanted.labels or () if rest.startswith(f"{each}=")), None)
        if label is None:
            label = rest.split("=", 1)[0] if "=" in rest else rest.split(",", 1)[0]
            if "=" not in rest:
                raise InputError(f"takes LABEL=NUMBER, not '{label}'")
            wanted.by_label({**dict.fromkeys(wanted.labels or (), 0), label: 0})
        value, _, rest = rest[len(label) + 1 :].partition(",")
        rest = rest.lstrip()
        if label in found:
            raise InputError(f"has '{label}' twice")
        found[label] = to_number(value)
    return [float(value) for value in wanted.by_label(found)]
