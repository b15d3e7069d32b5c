"""A trace in JSONL, as `run -f jsonl` writes it: a row a line."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import orjson

from nntrace.core.recorded import Recorded
from nntrace.errors import InputError, Problem
from nntrace.read.files import read_bytes
from nntrace.read.traces.json import of_document


def read(path: Path, warn: Callable[[Problem], None]) -> Recorded:
    """Read it; InputError names the line that is no JSON."""
    rows = []
    for number, line in enumerate(read_bytes(str(path)).splitlines(), 1):
        if line.strip():
            try:
                rows.append(orjson.loads(line))
            except orjson.JSONDecodeError as error:
                told = f"is no JSON ({error.msg})"
                raise InputError(Problem(told, (), str(path), number)) from None
    return of_document(str(path), rows, warn)
