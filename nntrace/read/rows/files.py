"""Files and streams of rows: which reader takes what, and what no reader can take."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Callable, Iterator
from importlib import import_module
from typing import Any

from nntrace.errors import FileError, InputError, NntraceError, Problem, UsageError, why
from nntrace.read.files import is_stream
from nntrace.read.recognise import HEAD, kind_of
from nntrace.read.rows.batches import Batch, Reading, Request
from nntrace.read.rows.formats import (
    BY_NAME,
    FILES,
    STREAMS_OF_NUMBERS,
    SUFFIXES_OF_TEXTS,
    TABLES,
    either,
)
from nntrace.read.rows.lines import Lines

_DOCUMENT = r'\{\s*"schema"\s*:\s*"nntrace\.'
SNIFFED = "?"  # the format of a stream that nobody told


def format_of(argument: str, input_format: str | None = None, texts: bool = False) -> str | None:
    """Return what the file or stream that an argument names holds; None where it names none.

    What somebody says wins over the suffix. `texts` says that the net reads text.
    """
    if argument == "-":
        return input_format or SNIFFED
    if input_format is not None and os.path.exists(argument):
        return input_format
    return known_format(argument, texts) or (SNIFFED if is_stream(argument) else None)


def known_format(argument: str, texts: bool = False) -> str | None:
    """Return the format that a suffix tells: of numbers, or for nets that read text of any kind."""
    suffix = os.path.splitext(argument)[1].lower().removeprefix(".")
    known = BY_NAME.get(suffix)
    return suffix if known and (known.numbers or texts) else None


def read_file(path: str, request: Request, name: str) -> Iterator[Batch]:
    """Read a file, and name it where it is at fault.

    Rows may arrive line by line through a pipe or a device; what is read whole is a regular file.
    """
    try:
        _check_held(request, name)
        if name in FILES:
            _check_regular(path)
            with open(path, "rb", buffering=0) as stream:
                head = stream.read(HEAD)
            yield from _recognised(path, request, lambda: head, name)
            return
        with open(path, "rb", buffering=0) as stream:
            if name == "json" and stat.S_ISCHR(os.fstat(stream.fileno()).st_mode):
                raise FileError("is a device, of which nobody knows the end; takes a file or pipe")
            yield from read_lines(Lines(stream, path), request, name)
    except NntraceError as error:
        raise error.located(path) from None
    except OSError as error:
        raise FileError(Problem(why(error), (), path)) from None


def _check_held(request: Request, name: str) -> None:
    """Raise InputError where a file of a format does not hold what the net reads."""
    if request.text and not (BY_NAME[name].texts or BY_NAME[name].encoded):
        takes = f"{request.network.name} reads text ({either(SUFFIXES_OF_TEXTS)})"
        raise InputError(f"holds numbers, {takes}")


def _is_json(line: str) -> bool:
    """Whether a line is a value of JSON, as a text in quotes may be, or a cell of CSV."""
    import orjson  # few inputs begin so

    try:
        orjson.loads(line)
    except orjson.JSONDecodeError:
        return False
    return True


def _check_regular(path: str) -> None:
    mode = os.stat(path).st_mode
    if not stat.S_ISREG(mode) and not stat.S_ISDIR(mode):  # a folder, the system refuses
        raise FileError(
            f"is no regular file; only {either(STREAMS_OF_NUMBERS)} may come through a pipe or a "
            "device"
        )


def read_lines(lines: Lines, request: Request, name: str) -> Iterator[Batch]:
    """Read rows as they arrive: CSV or JSON by the first character, unless told."""
    if name == SNIFFED:
        first = lines.peek()
        if request.text and first[:1] == '"':
            name = "jsonl" if _is_json(first) else "csv"
        elif first in ("[", "{") or re.match(_DOCUMENT, first):
            name = "json"  # laid out over lines, as `run -f json` does
        else:
            name = "jsonl" if first[:1] in ("[", "{") else "csv"
        if name not in TABLES:
            refuse_csv_options(request.reading, f"and {lines.source} holds {name.upper()}")
    with lines.told():
        yield from _recognised(lines, request, lambda: lines.head, name)


def _recognised(
    content: Lines | str, request: Request, head: Callable[[], bytes], name: str
) -> Iterator[Batch]:
    """Give rows; where there is none for a fault, say what else it is that begins with the head.

    A reader's module says in `TOLD` what files of a format are, however damaged they are.
    """
    reader: Any = import_module(f"nntrace.read.rows.{BY_NAME[name].module}")
    given = False
    try:
        for batch in getattr(reader, f"read_{name}")(content, request):
            given = True
            yield batch
    except (InputError, FileError) as error:
        kind = None if given else kind_of(head()) or _json_told(head(), name)
        if name in FILES and not head():
            kind = "empty"
        if kind is None or kind.startswith(getattr(reader, "TOLD", {}).get(name, ())):
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


def refuse_csv_options(reading: Reading, why: str) -> None:
    """Raise UsageError where it is said how CSV is written, which there is none of."""
    for option, value in (("--header", reading.header), ("--delimiter", reading.delimiter)):
        if value is not None:
            raise UsageError(f"{option}: is said of CSV, {why}")
