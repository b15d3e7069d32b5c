"""The first line of a CSV: a header, a row, or neither."""

from __future__ import annotations

from nntrace.core.labels import strangers
from nntrace.errors import InputError
from nntrace.read.rows.batches import ALL_OTHERS, TEXT, Request
from nntrace.read.rows.columns import NO_NAME
from nntrace.read.rows.numbers import is_number
from nntrace.words import cropped

COMMA = ","
OTHERS = (";", "\t", "|", COMMA)  # what else is found between cells


def is_header(cells: list[str], request: Request) -> bool:
    """Whether a first line is a header: it has anything that is no number, or the very labels.

    Columns that are asked for by place may be anything, and those asked for by name stand beside
    the labels.
    """
    labels, here = request.labels, without_places(cells, request)
    if request.text:
        return TEXT in here
    if not all(map(is_number, here)):
        return True
    if labels is None or not set(here).issuperset(labels) or len(set(here)) < len(here):
        return False
    names = {name for name, _ in request.columns()}
    return ALL_OTHERS in names or names.issuperset(strangers(here, labels))


def without_places(cells: list[str], request: Request) -> list[str]:
    places = {name for name, _ in request.columns()}
    return [cell for index, cell in enumerate(cells) if f"#{index}" not in places]


def check_header(cells: list[str], request: Request) -> None:
    """Raise InputError where what is taken for a header is a row with a fault, or of no use."""
    if request.text:
        return
    labels, named = request.labels, {name for name, _ in request.columns()}
    for place, odd in enumerate(cells):
        if not is_number(odd) and f"#{place}" not in named:
            break
    else:
        return  # numbers that are the labels
    if any(map(is_number, cells)) and cells[0] and not set(labels or ()) & set(cells):
        names = f" ({', '.join(map(cropped, labels))})" if labels and len(labels) <= 8 else ""
        kind = f"neither a number nor the name of an input{names}" if labels else "no number"
        raise InputError(
            f"'{cropped(odd)}' is {kind}; its column is '#{place}' to --keep and --drop"
        )
    if labels is None and not cells[0] and "#0" not in named:
        raise InputError(NO_NAME)
    if labels is None:
        raise InputError(
            f"'{cropped(odd)}' is no number, and a header needs labels, which the inputs of "
            f"{cropped(request.network.name)} lack; --header yes leaves the line out"
        )


def counts(cells: list[str]) -> bool:
    """Whether cells count 0, 1, 2 …, as pandas numbers columns that have no names."""
    return len(cells) >= 3 and cells == list(map(str, range(len(cells))))


def check_delimiter(cells: list[str], delimiter: str) -> None:
    """Raise InputError where another delimiter than the one meant parts a first line."""
    line = delimiter.join(cells)
    for other in OTHERS:
        if line.count(other) >= len(cells):
            meant = "a tab" if delimiter == "\t" else f"'{delimiter}'"
            found, word = ("a tab", "tab") if other == "\t" else (f"'{other}'", f"'{other}'")
            raise InputError(
                f"{found} stands between its cells, not {meant}; --delimiter {word} says so"
            )
