"""The formats of rows: which reader takes what, and what a file is that no reader can take."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Callable, Iterator, Mapping

from nntrace.errors import FileError, InputError, NntraceError, Problem, UsageError
from nntrace.read.files import is_stream, why
from nntrace.read.late import late
from nntrace.read.recognise import HEAD, NPY, NPZ, PNG, ZIP, kind_of
from nntrace.read.rows import suffixes
from nntrace.read.rows.batches import Batch, Reading, Request
from nntrace.read.rows.lines import Lines

FileReader = Callable[[str, Request], Iterator[Batch]]
LineReader = Callable[[Lines, Request], Iterator[Batch]]


# A new format is a module, loaded when it is used, a line here, and its name among the suffixes.
TEXTS: Mapping[str, LineReader] = {
    "csv": late("rows.csv", "read_csv"),
    "tsv": late("rows.csv", "read_csv", "\t"),
    "jsonl": late("rows.json", "read_jsonl"),
    "json": late("rows.json", "read_json"),
}
FILES: Mapping[str, FileReader] = {
    "npy": late("rows.numpy", "read_npy"),
    "npz": late("rows.numpy", "read_npz"),
    "png": late("rows.png", "read_png"),
}
TABLES = ("csv", "tsv")
_DOCUMENT = r'\{\s*"schema"\s*:\s*"nntrace\.'
SNIFFED = "?"  # the format of a stream that nobody told


def format_of(argument: str, input_format: str | None = None) -> str | None:
    """Return what the file or stream that an argument names holds; None where it names none.

    What somebody says wins over the suffix.
    """
    if argument == "-":
        return input_format or SNIFFED
    if input_format is not None and os.path.exists(argument):
        return input_format
    return known_format(argument) or (SNIFFED if is_stream(argument) else None)


def known_format(argument: str) -> str | None:
    """Return the format that a suffix tells."""
    suffix = os.path.splitext(argument)[1].lower().removeprefix(".")
    return suffix if suffix in suffixes.FILES else None


def read_file(path: str, request: Request, name: str) -> Iterator[Batch]:
    """Read a file, and name it where it is at fault.

    Rows may arrive line by line through a pipe or a device; what is read whole is a regular file.
    """
    try:
        if name in FILES:
            _check_regular(path)
            with open(path, "rb", buffering=0) as stream:
                head = stream.read(HEAD)
            yield from _recognised(lambda: FILES[name](path, request), lambda: head, name)
            return
        with open(path, "rb", buffering=0) as stream:
            if name == "json" and stat.S_ISCHR(os.fstat(stream.fileno()).st_mode):
                raise FileError("is a device, of which nobody knows the end; takes a file or pipe")
            yield from read_lines(Lines(stream, path), request, name)
    except NntraceError as error:
        raise error.located(path) from None
    except OSError as error:
        raise FileError(Problem(why(error), (), path)) from None


def _check_regular(path: str) -> None:
    mode = os.stat(path).st_mode
    if not stat.S_ISREG(mode) and not stat.S_ISDIR(mode):  # a folder, the system refuses
        texts = suffixes.either(suffixes.TEXTS)
        raise FileError(f"is no regular file; only {texts} may come through a pipe or a device")


def read_lines(lines: Lines, request: Request, name: str) -> Iterator[Batch]:
    """Read rows as they arrive: CSV or JSON by the first character, unless told."""
    if name == SNIFFED:
        first = lines.peek()
        if first in ("[", "{") or re.match(_DOCUMENT, first):
            name = "json"  # laid out over lines, as `run -f json` does
        else:
            name = "jsonl" if first[:1] in ("[", "{") else "csv"
        if name not in TABLES:
            refuse_csv_options(request.reading, f"and {lines.source} holds {name.upper()}")
    with lines.told():
        yield from _recognised(lambda: TEXTS[name](lines, request), lambda: lines.head, name)


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
        if name in FILES and not head():
            kind = "empty"
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


def refuse_csv_options(reading: Reading, why: str) -> None:
    """Raise UsageError where it is said how CSV is written, which there is none of."""
    for option, value in (("--header", reading.header), ("--delimiter", reading.delimiter)):
        if value is not None:
            raise UsageError(f"{option}: is said of CSV, {why}")
