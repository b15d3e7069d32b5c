"""What `--input` may be: numbers, numbers by label, a file, standard input."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from itertools import groupby
from typing import IO, TYPE_CHECKING

import numpy as np

from nntrace.core.examples import Example
from nntrace.core.network import Network
from nntrace.errors import FileError, Problem, UsageError
from nntrace.read.bundled import find_rows
from nntrace.read.doubts import unheard
from nntrace.read.rows.batches import PLAINLY, Batch, Reading, Request, batches
from nntrace.read.rows.columns import check
from nntrace.read.rows.files import (
    SNIFFED,
    format_of,
    known_format,
    read_file,
    read_lines,
    refuse_csv_options,
)
from nntrace.read.rows.formats import STREAMS, TABLES
from nntrace.read.rows.lines import Lines, length_of
from nntrace.read.rows.literal import read_literal

if TYPE_CHECKING:
    from nntrace.read.rows.parts import Named

_STDIN = "<stdin>"


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
    request = Request(network, reading, warn)
    texts = network.input.text is not None
    named: Named | None = None
    if network.input.parts:
        from nntrace.read.rows.parts import read_named, take_named

        inputs, named = take_named(network, inputs)
    inputs = expanded(inputs, reading.format, texts=texts)
    if inputs.count("-") > 1:
        raise UsageError("--input - was given twice, standard input can be read once")
    check(request)
    _check_used(inputs, reading, texts)
    for argument in inputs:
        if (
            format_of(argument, reading.format, texts)
            and argument != "-"
            and not os.path.exists(argument)
        ):
            raise FileError(f"{argument}: no such file or directory")
    known = {example.name: example for example in network.examples}
    chosen = [known.get(name) or network.example(name) for name in examples]
    if chosen:
        request.check_no_columns("examples have")

    def generate() -> Iterator[Batch]:
        lengths = [_length(argument, stdin, reading.format, texts) for argument in inputs]
        if named:
            yield from read_named(named, request)
        before, total = 0, sum(each or 0 for each in lengths)
        for argument, length in zip(inputs, lengths, strict=True):
            for batch in warned_where_empty(rows_in(argument, request, stdin), argument, warn):
                fraction = None
                if batch.fraction is not None and None not in lengths:
                    fraction = (before + batch.fraction * (length or 0)) / total
                yield batch._replace(fraction=fraction)
            before += length or 0
        if chosen:
            yield from _of_examples(network, chosen)

    return map(_with_keep, generate()) if reading.carried else generate()


def _of_examples(network: Network, chosen: Sequence[Example]) -> Iterator[Batch]:
    """Give examples in batches, which of tokens are of one length."""
    spec = network.input.text
    for _, alike in groupby(chosen, lambda example: example.input.size):
        several = list(alike)
        texts = None
        if spec:
            texts = [
                each.text if each.text is not None else "".join(spec.characters(each.input))
                for each in several
            ]
        values = np.array([example.input for example in several])
        yield Batch(values, None, [example.name for example in several], texts=texts)


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


def _check_used(inputs: Sequence[str], reading: Reading, texts: bool) -> None:
    """Raise UsageError where it is said how to read what is not read at all."""
    kinds = {format_of(argument, reading.format, texts) for argument in inputs}
    if reading.format is not None and not kinds & {*STREAMS, SNIFFED}:
        message = f"--input-format {reading.format}: is said of files and standard input"
        raise UsageError(f"{message}, and no input is one")
    if not kinds & {*TABLES, SNIFFED}:
        refuse_csv_options(reading, "and no input is CSV")


def rows_in(argument: str, request: Request, stdin: IO[bytes] | None = None) -> Iterator[Batch]:
    """Give the rows of one input, patterns apart: numbers, a file, or standard input."""
    if argument == "-":
        assert stdin is not None
        return read_lines(Lines(stdin, _STDIN), request, request.reading.format or SNIFFED)
    name = format_of(argument, request.reading.format, request.text is not None)
    if name is None:
        return batches(read_literal(argument, request), request)
    return read_file(argument, request, name)


def expanded(
    inputs: Sequence[str],
    input_format: str | None = None,
    folder: str = "",
    texts: bool = False,
) -> list[str]:
    """Return inputs with the files in place of patterns such as `data/*.csv`, sorted by name.

    A pattern stands for files of known formats. What none fits stays as it is, and so does the name
    of a file that is there. Files are named relative to `folder`, and returned with it. Where an
    input may be a text (`texts`), a pattern has the suffix of a known format.
    """
    found = []
    for argument in inputs:
        path = os.path.join(folder, find_rows(argument, folder))
        there, known = os.path.exists(path), known_format(argument, texts)
        files: list[str] = []
        a_row = argument.lstrip().startswith("[") and known is None  # as JSON
        if (
            not a_row
            and (known or not texts)
            and any(sign in argument for sign in "*?[")
            and not there
        ):
            from glob import glob

            matching = sorted(glob(argument, root_dir=folder, recursive=True))
            files = [
                each
                for each in (os.path.join(folder, name) for name in matching)
                if (input_format or known_format(each, texts)) and not os.path.isdir(each)
            ]
        found += files or [path if there or known else argument]
    return found


def _length(
    argument: str, stdin: IO[bytes] | None, input_format: str | None, texts: bool
) -> int | None:
    """Return the bytes of a file, of numbers typed 0; None of a pipe."""
    if argument == "-":
        return length_of(stdin) if stdin else None
    if not format_of(argument, input_format, texts):
        return 0
    return os.path.getsize(argument) if os.path.isfile(argument) else None
