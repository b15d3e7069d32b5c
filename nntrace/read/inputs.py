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
from nntrace.read.lines import Lines
from nntrace.read.numbers import is_number, to_numbers
from nntrace.read.picture import read_png
from nntrace.read.rows import Batch, Row, Wanted, batches
from nntrace.read.rows_array import read_npy, read_npz
from nntrace.read.rows_csv import read_csv
from nntrace.read.rows_json import read_json, read_jsonl

FileReader = Callable[[str, Wanted], Iterator[Batch]]


def _from_lines(reader: Callable[[Lines, Wanted], Iterator[Row]]) -> FileReader:
    def read(path: str, wanted: Wanted) -> Iterator[Batch]:
        with open(path, "rb", buffering=0) as stream:
            yield from _line_batches(reader, Lines(stream, path), wanted)

    return read


def _line_batches(
    reader: Callable[[Lines, Wanted], Iterator[Row]], lines: Lines, wanted: Wanted
) -> Iterator[Batch]:
    return batches(reader(lines, wanted), wanted, lambda: lines.drained)


def _json_file(path: str, wanted: Wanted) -> Iterator[Batch]:
    with open(path, "rb", buffering=0) as stream:
        text = Lines(stream, path).whole()
    yield from batches(read_json(text, path, wanted), wanted)


# A new file format is a module and a line here.
FORMATS: Mapping[str, FileReader] = {
    "csv": _from_lines(read_csv),
    "jsonl": _from_lines(read_jsonl),
    "json": _json_file,
    "npy": read_npy,
    "npz": read_npz,
    "png": read_png,
}
_STREAMS = "csv, jsonl or json"
_DOCUMENT = re.compile(r'\{\s*"schema"\s*:\s*"nntrace\.')


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
            raise error.located(path) from None
        raise FileError(Problem(why(error), (), path)) from None


def _standard_input(lines: Lines, wanted: Wanted, input_format: str | None) -> Iterator[Batch]:
    """Read rows from a pipe: CSV or JSONL by the first character, unless told."""
    if input_format is None:
        first = lines.peek()
        if first in ("[", "{") or _DOCUMENT.match(first):
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
            values = _labelled(argument, wanted) if "=" in argument else _listed(argument, wanted)
        except InputError as error:
            raise InputError(place(str(error))) from None
        yield Row(values, None, place)

    return batches(read(), wanted)


def _listed(argument: str, wanted: Wanted) -> list[float]:
    text = argument.strip()
    if text.startswith("[") and text.endswith("]"):
        text = text[1:-1].strip()
    if not text:
        raise InputError("is empty, takes numbers such as 0.9,0.8")
    cells = text.split(",") if "," in text else text.split()
    if not any(map(is_number, cells)) and re.match(r"[-+.]?[0-9]", text) is None:
        known = ", ".join(f".{name}" for name in FORMATS)
        if os.path.isfile(argument):
            raise InputError(f"its suffix is none of {known}; say --input-format {_STREAMS}")
        raise InputError(f"is neither numbers, nor LABEL=NUMBER, nor a file ({known})")
    values = to_numbers(cells, wanted.called)
    wanted.check_length(len(values))
    return values


def _labelled(argument: str, wanted: Wanted) -> list[float]:
    """Read `LABEL=NUMBER,…`; a label may hold commas and blanks, so the known ones are tried."""
    found: dict[str, float] = {}
    rest, comma = argument, ","
    while comma:
        label = _label_at(rest, wanted)
        if label is None:
            rest = rest.lstrip()
            label = _label_at(rest, wanted)
        if label is None:
            name, equals, _ = rest.partition("=")
            if not equals:
                raise InputError(f"takes LABEL=NUMBER, not '{name}'")
            wanted.by_label({**dict.fromkeys(wanted.labels or (), 0), name: 0}, hint=False)
            raise AssertionError("a label that is known was found above")
        value, comma, rest = rest[len(label) + 1 :].partition(",")
        if label in found:
            raise InputError(f"has '{label}' twice")
        found[label] = to_numbers([value], lambda _: label)[0]  # noqa: B023
    return [float(value) for value in wanted.by_label(found)]


def _label_at(text: str, wanted: Wanted) -> str | None:
    """Return the longest label that a text starts with, an equals sign behind it."""
    fitting = [label for label in wanted.labels or () if text.startswith(f"{label}=")]
    return max(fitting, key=len, default=None)
