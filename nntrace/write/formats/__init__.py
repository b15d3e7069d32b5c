"""The formats that machines read, by what each can hold; loads none of their writers.

A new one is a module here, with a function for each output that it can hold, and a line in
`FORMATS`: what `--format` and the suffix of `-o` take, help, completion and messages follow.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from importlib import import_module
from typing import TypeAlias

from nntrace.errors import UsageError, listed
from nntrace.records import NamedTuple

Writer: TypeAlias = Callable[..., Iterator[bytes]]

# What is written: the names of the functions of the formats' modules.
TRACE = "trace"  # every number of every row: `run`
PREDICTIONS = "predictions"  # what the net decides for each: `predict`
SUMMARY = "summary"  # how right it is, without a row
STATISTICS = "statistics"  # of every neuron: `stats`
GRADES = "grades"  # of a class, or of one quiz: `quiz`
DIFFERENCE = "difference"  # where two nets part: `diff`
DOCUMENT = "document"  # anything else that is one document


class Format(NamedTuple):
    """A format: its name, also that of its module with `_` for `-`, its suffix, what it can hold.

    One that `streams` gives rows as they come; of a `tabular` one all rows have the same columns;
    no terminal shows a `binary` one.
    """

    name: str
    suffix: str
    holds: tuple[str, ...]
    streams: bool = False
    tabular: bool = False
    binary: bool = False


TABLE = "table"  # for people, of anything
FORMATS = (
    Format(
        "json",
        ".json",
        (TRACE, PREDICTIONS, SUMMARY, STATISTICS, GRADES, DIFFERENCE, DOCUMENT),
    ),
    Format("jsonl", ".jsonl", (TRACE, PREDICTIONS), streams=True),
    Format("csv", ".csv", (TRACE, PREDICTIONS, STATISTICS, GRADES), streams=True, tabular=True),
    Format("npz", ".npz", (TRACE,), binary=True),
    Format("node-data", ".node-data.json", (TRACE, DIFFERENCE)),
)
_TABLE = Format(TABLE, ".txt", (), tabular=True)


def find(name: str) -> Format:
    """Return a format, or the table, by its name."""
    return next(each for each in (*FORMATS, _TABLE) if each.name == name)


def names(output: str) -> tuple[str, ...]:
    """Return what `--format` takes where this is written: the table, and what can hold it."""
    return (TABLE, *(each.name for each in FORMATS if output in each.holds))


def by_suffix(file: str | None, output: str) -> str | None:
    """Return what the suffix of an output file says; UsageError for an unknown one."""
    if file is None or file == "-":
        return None
    suffixes = {each.suffix: each.name for each in FORMATS if output in each.holds}
    suffixes[_TABLE.suffix] = TABLE
    name = os.path.basename(file).lower()
    for suffix in sorted(suffixes, key=len, reverse=True):  # of `.node-data.json` and `.json`
        if name.endswith(suffix) and name != suffix:
            return suffixes[suffix]
    known = ", ".join(suffixes)
    raise UsageError(f"-o {file}: its suffix is none of {known}; say the format with -f")


def check_holds(name: str, output: str, why: str) -> None:
    """Raise UsageError, which begins with why, where a format cannot hold what is to be written."""
    if name != TABLE and output not in find(name).holds:
        takes = listed([f"-f {each}" for each in names(output)], "or")
        raise UsageError(f"{why} for {name}, takes {takes}")


def writer(name: str, output: str) -> Writer:
    """Return the function of a format that writes something, in pieces."""
    module = import_module(f"nntrace.write.formats.{name.replace('-', '_')}")
    write: Writer = getattr(module, output)
    return write
