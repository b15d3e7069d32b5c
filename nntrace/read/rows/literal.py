"""Rows typed on the command line: `0.9,0.8`, `0.9 0.8`, `[0.9, 0.8]`, `ears=0.8,barks=1`.

And rows that are made: `zeros`, `ones`, `random` or `random:7`."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator

from nntrace.errors import InputError, Problem, unknown
from nntrace.read.recognise import HEAD, kind_of
from nntrace.read.rows.batches import Request, Row
from nntrace.read.rows.columns import Keys
from nntrace.read.rows.formats import STREAMS_OF_NUMBERS, SUFFIXES, either
from nntrace.read.rows.numbers import is_number, to_numbers
from nntrace.words import LONGEST_WORD, cropped

MANY_LABELS = 1000
_GENERATED = re.compile(r"zeros|ones|random(?::(?P<seed>[0-9]{1,100}))?")
_UNPACKED_BY = {".gz": "zcat", ".bz2": "bzcat", ".xz": "xzcat", ".zst": "zstdcat"}


def read_literal(argument: str, request: Request) -> Iterator[Row]:
    """Give the one row that was typed; InputError says what it could have been."""

    def place(message: str) -> Problem:
        return Problem(message, (), f"--input {cropped(argument, LONGEST_WORD)}")

    try:
        request.check_no_columns()
        if request.text:
            yield Row(request.encoded(argument), None, place, argument)
            return
        values = _generated(argument, request)
        if values is None:
            values = (_labelled if "=" in argument else _listed)(argument, request)
    except InputError as error:
        raise InputError(place(str(error))) from None
    yield Row(values, None, place)


def _generated(argument: str, request: Request) -> list[float] | None:
    """Return as many numbers as the net takes: all 0, all 1, or of the standard normal
    distribution, by seed; None where something else was typed."""
    match = _GENERATED.fullmatch(argument.strip())
    if match is None:
        return None
    from nntrace.core.numerics.initial import draw  # most rows are given

    kind = "normal" if match["seed"] else match[0].replace("random", "normal")
    if parts := request.network.input.parts:
        from nntrace.read.rows.parts import made_row

        how = match[0].partition(":")[0]
        given: list[float] = made_row(parts, how, int(match["seed"] or 0)).tolist()
        return given
    size = request.network.input.size
    generated: list[float] = draw(kind, (size,), size, 1, int(match["seed"] or 0)).tolist()
    return generated


def _listed(argument: str, request: Request) -> list[float]:
    text = argument.strip()
    if text.startswith("[") and text.endswith("]"):
        text = text[1:-1].strip()
    if not text:
        raise InputError("is empty, takes numbers such as 0.9,0.8")
    cells = text.split(",") if "," in text else text.split()
    if not any(map(is_number, cells)) and re.match(r"[-+.]?[0-9]", text) is None:
        known = ", ".join(SUFFIXES)
        if os.path.isdir(argument):
            raise InputError(f"is a folder; '{argument.rstrip('/')}/*.csv' takes the files in it")
        unpack = _UNPACKED_BY.get(os.path.splitext(argument)[1].lower())
        if unpack and os.path.isfile(argument):
            raise InputError(f"is compressed; read a pipe: {unpack} FILE | nntrace … --input -")
        if os.path.isfile(argument):
            _check_kind(argument, known)
            raise InputError(
                f"its suffix is none of {known}; say --input-format {either(STREAMS_OF_NUMBERS)}"
            )
        if any(sign in argument for sign in "*?"):
            raise InputError(f"is a pattern that no file fits ({known})")
        raise InputError(
            f"is neither numbers, nor LABEL=NUMBER, zeros, ones or random, nor a file ({known})"
        )
    values = to_numbers(cells, request.called)
    request.check_length(len(values))
    return values


def _check_kind(path: str, known: str) -> None:
    """Raise InputError where a file is known to be something else than rows of numbers."""
    try:
        with open(path, "rb") as stream:
            kind = kind_of(stream.read(HEAD))
    except OSError:
        return
    if kind is not None:
        raise InputError(f"is {kind}, takes rows of numbers ({known})")


def _labelled(argument: str, request: Request) -> list[float]:
    """Read `LABEL=NUMBER,…`; a label may hold commas and blanks, so the known ones are tried."""
    keys = Keys(request)
    labels = keys.check_labels()
    found: dict[str, float] = {}
    rest, comma = argument, ","
    while comma:
        label = _label_at(rest, request)
        if label is None:
            rest = rest.lstrip()
            label = _label_at(rest, request)
        if label is None:
            name, equals, _ = rest.partition("=")
            if not equals:
                raise InputError(f"takes LABEL=NUMBER, not '{cropped(name)}'")
            raise InputError(unknown("input", name, labels))
        value, comma, rest = rest[len(label) + 1 :].partition(",")
        if label in found:
            raise InputError(f"has '{cropped(label)}' twice")
        found[label] = to_numbers([value], lambda _: label)[0]  # noqa: B023
    return [float(value) for value in keys.inputs(found)]


def _label_at(text: str, request: Request) -> str | None:
    """Return the longest label that a text starts with, an equals sign behind it."""
    # an equals sign may be part of a label: of a few, all are tried
    labels = request.labels or ()
    if len(labels) > MANY_LABELS:
        label = text.partition("=")[0]
        return label if label in frozenset(labels) else None
    fitting = [label for label in labels if text.startswith(f"{label}=")]
    return max(fitting, key=len, default=None)
