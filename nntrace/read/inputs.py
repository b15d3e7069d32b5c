"""What `--input` may be: numbers, numbers by label, a file, standard input."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import IO

import numpy as np

from nntrace.core.network import Network
from nntrace.errors import FileError, InputError, NntraceError, Problem, UsageError
from nntrace.read import suffixes
from nntrace.read.bundled import find_rows
from nntrace.read.columns import check
from nntrace.read.files import why
from nntrace.read.lines import Lines, length_of
from nntrace.read.recognise import HEAD, NPY, NPZ, PNG, ZIP, kind_of
from nntrace.read.rows import PLAINLY, Batch, Reading, Wanted, batches, unheard
from nntrace.read.typed import read_typed

FileReader = Callable[[str, Wanted], Iterator[Batch]]
LineReader = Callable[[Lines, Wanted], Iterator[Batch]]


def _csv(lines: Lines, wanted: Wanted) -> Iterator[Batch]:
    from nntrace.read.rows_csv import read_csv

    return read_csv(lines, wanted)


def _tsv(lines: Lines, wanted: Wanted) -> Iterator[Batch]:
    from nntrace.read.rows_csv import read_csv

    return read_csv(lines, wanted, "\t")


def _jsonl(lines: Lines, wanted: Wanted) -> Iterator[Batch]:
    from nntrace.read.rows_json import read_jsonl

    return read_jsonl(lines, wanted)


def _json(lines: Lines, wanted: Wanted) -> Iterator[Batch]:
    from nntrace.read.rows_json import read_json

    return batches(read_json(lines.whole(), lines.source, wanted), wanted)


def _npy(path: str, wanted: Wanted) -> Iterator[Batch]:
    from nntrace.read.rows_array import read_npy

    return read_npy(path, wanted)


def _npz(path: str, wanted: Wanted) -> Iterator[Batch]:
    from nntrace.read.rows_array import read_npz

    return read_npz(path, wanted)


def _png(path: str, wanted: Wanted) -> Iterator[Batch]:
    from nntrace.read.picture import read_png

    return read_png(path, wanted)


# A new format is a module, loaded when it is used, a line here, and its name among the suffixes.
TEXTS: Mapping[str, LineReader] = {"csv": _csv, "tsv": _tsv, "jsonl": _jsonl, "json": _json}
FILES: Mapping[str, FileReader] = {"npy": _npy, "npz": _npz, "png": _png}
TABLES = ("csv", "tsv")
_DOCUMENT = r'\{\s*"schema"\s*:\s*"nntrace\.'
_STDIN = "<stdin>"
_SNIFFED = "?"  # the format of a stream that nobody told


def rows_of(
    network: Network,
    inputs: Sequence[str],
    examples: Sequence[str] = (),
    reading: Reading = PLAINLY,
    stdin: IO[bytes] | None = None,
    warn: Callable[[Problem], None] = unheard,
) -> Iterator[Batch]:
    """Give the rows of all inputs in order, then those of the examples, in batches.

    `stdin` is what `-` reads, as it arrives. A file that is not there may be one that comes along,
    such as `digits-labelled.csv`, or a pattern of names, such as `data/*.csv`. `warn` hears of what
    is odd, and of inputs without rows. Raises InputError, UsageError or FileError; a fault in a row
    comes after the rows before it were given.
    """
    wanted = Wanted(network, reading, warn)
    inputs = expanded(inputs, reading.format)
    if inputs.count("-") > 1:
        raise UsageError("--input - was given twice, standard input can be read once")
    check(wanted)
    _check_used(inputs, reading)
    for argument in inputs:
        if format_of(argument, reading.format) and argument != "-" and not os.path.exists(argument):
            raise FileError(f"{argument}: no such file or directory")
    known = {example.name: example for example in network.examples}
    chosen = [known.get(name) or network.example(name) for name in examples]
    if chosen:
        wanted.check_no_columns("examples have")

    def generate() -> Iterator[Batch]:
        lengths = [_length(argument, stdin, reading.format) for argument in inputs]
        before, total = 0, sum(each or 0 for each in lengths)
        for argument, length in zip(inputs, lengths, strict=True):
            for batch in warned_where_empty(rows_in(argument, wanted, stdin), argument, warn):
                part = None
                if batch.part is not None and None not in lengths:
                    part = (before + batch.part * (length or 0)) / total
                yield batch._replace(part=part)
            before += length or 0
        if chosen:
            values = np.array([example.input for example in chosen])
            yield Batch(values, None, [example.name for example in chosen])

    return map(_with_keep, generate()) if reading.keep else generate()


def warned_where_empty(
    rows: Iterator[Batch], argument: str, warn: Callable[[Problem], None]
) -> Iterator[Batch]:
    """Give the rows of an input, and warn where there is none."""
    count = 0
    for batch in rows:
        count += len(batch.values)
        yield batch
    if not count:
        source = _STDIN if argument == "-" else argument
        warn(Problem("holds no rows, so nothing of it is traced", (), source))


def _with_keep(batch: Batch) -> Batch:
    """Give rows that have no columns to keep an empty record of them."""
    return batch if batch.keep is not None else batch._replace(keep=[{} for _ in batch.values])


def _check_used(inputs: Sequence[str], reading: Reading) -> None:
    """Raise UsageError where it is said how to read what is not read at all."""
    kinds = {format_of(argument, reading.format) for argument in inputs}
    if reading.format is not None and not kinds & {*TEXTS, _SNIFFED}:
        message = f"--input-format {reading.format}: is said of files and standard input"
        raise UsageError(f"{message}, and no input is one")
    if not kinds & {*TABLES, _SNIFFED}:
        _refuse_csv_options(reading, "and no input is CSV")


def _refuse_csv_options(reading: Reading, why: str) -> None:
    for option, value in (("--header", reading.header), ("--delimiter", reading.delimiter)):
        if value is not None:
            raise UsageError(f"{option}: is said of CSV, {why}")


def rows_in(argument: str, wanted: Wanted, stdin: IO[bytes] | None = None) -> Iterator[Batch]:
    """Give the rows of one input, patterns apart: numbers, a file, or standard input."""
    if argument == "-":
        assert stdin is not None
        return _lines(Lines(stdin, _STDIN), wanted, wanted.reading.format or _SNIFFED)
    name = format_of(argument, wanted.reading.format)
    if name is None:
        return batches(read_typed(argument, wanted), wanted)
    return _file(argument, wanted, name)


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
            files = [
                path
                for path in matching
                if format_of(path, input_format) and not os.path.isdir(path)
            ]
        found += files or [argument]
    return found


def format_of(argument: str, input_format: str | None = None) -> str | None:
    """Return what the file or stream that an argument names holds; None where it names none.

    What somebody says wins over the suffix.
    """
    if argument == "-":
        return input_format or _SNIFFED
    if input_format is not None and os.path.exists(argument):
        return input_format
    return _known(argument) or (_SNIFFED if _is_stream(argument) else None)


def _known(argument: str) -> str | None:
    suffix = os.path.splitext(argument)[1].lower().removeprefix(".")
    return suffix if suffix in suffixes.FILES else None


def _is_stream(path: str) -> bool:
    """Whether a path is a pipe or a device, as `<(…)` in a shell makes one; links are resolved."""
    try:
        mode = os.stat(path).st_mode
    except (OSError, ValueError):
        return False
    return stat.S_ISFIFO(mode) or stat.S_ISCHR(mode)


def _file(path: str, wanted: Wanted, name: str) -> Iterator[Batch]:
    """Read a file, and name it where it is at fault.

    Rows may arrive line by line through a pipe or a device; what is read whole is a regular file.
    """
    try:
        if name in FILES:
            _check_regular(path)
            with open(path, "rb", buffering=0) as stream:
                head = stream.read(HEAD)
            yield from _recognised(lambda: FILES[name](path, wanted), lambda: head, name)
            return
        with open(path, "rb", buffering=0) as stream:
            if name == "json" and stat.S_ISCHR(os.fstat(stream.fileno()).st_mode):
                raise FileError("is a device, of which nobody knows the end; takes a file or pipe")
            yield from _lines(Lines(stream, path), wanted, name)
    except NntraceError as error:
        raise error.located(path) from None
    except OSError as error:
        raise FileError(Problem(why(error), (), path)) from None


def _check_regular(path: str) -> None:
    mode = os.stat(path).st_mode
    if not stat.S_ISREG(mode) and not stat.S_ISDIR(mode):  # a folder, the system refuses
        texts = suffixes.either(suffixes.TEXTS)
        raise FileError(f"is no regular file; only {texts} may come through a pipe or a device")


def _lines(lines: Lines, wanted: Wanted, name: str) -> Iterator[Batch]:
    """Read rows as they arrive: CSV or JSON by the first character, unless told."""
    if name == _SNIFFED:
        first = lines.peek()
        if first in ("[", "{") or re.match(_DOCUMENT, first):
            name = "json"  # laid out over lines, as `run -f json` does
        else:
            name = "jsonl" if first[:1] in ("[", "{") else "csv"
        if name not in TABLES:
            _refuse_csv_options(wanted.reading, f"and {lines.source} holds {name.upper()}")
    return _recognised(lambda: TEXTS[name](lines, wanted), lambda: lines.head, name)


def _recognised(
    read: Callable[[], Iterator[Batch]], head: Callable[[], bytes], name: str
) -> Iterator[Batch]:
    """Give rows; where there is none for a fault, say what else it is that begins with the head."""
    given = False
    try:
        for batch in read():
            given = True
            yield batch
    except (InputError, FileError) as error:
        kind = None if given else kind_of(head()) or _json_told(head(), name)
        if kind is None or kind.startswith(_EXPECTED.get(name, ("-",))):
            raise
        source = error.problems[0].source
        raise InputError(Problem(f"is {kind}, takes {name.upper()}", (), source)) from None


def _json_told(head: bytes, name: str) -> str | None:
    """Say that what was read as a table begins as JSON does, where that is sure."""
    first, *_ = head.lstrip().splitlines() or [b""]
    if name not in TABLES or first[:1] not in (b"[", b"{"):
        return None
    import orjson  # only needed once something is wrong

    try:
        orjson.loads(first)
    except orjson.JSONDecodeError:
        return None if first.strip() not in (b"[", b"{") else "JSON (--input-format json reads it)"
    return "JSON (--input-format jsonl reads it)"


# What files of a format are told to be, however damaged they are.
_EXPECTED = {"npy": (NPY,), "npz": (NPZ, ZIP), "png": (PNG,)}


def _length(argument: str, stdin: IO[bytes] | None, input_format: str | None) -> int | None:
    """Return the bytes of a file, of numbers typed 0; None of a pipe."""
    if argument == "-":
        return length_of(stdin) if stdin else None
    if not format_of(argument, input_format):
        return 0
    return os.path.getsize(argument) if os.path.isfile(argument) else None
