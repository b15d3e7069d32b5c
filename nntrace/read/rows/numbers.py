"""Numbers as people type them: JSON's, and also `+1`, `.5` and `5.`."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from itertools import chain

import numpy as np

from nntrace.core.arrays import Doubles
from nntrace.errors import CellError, InputError

NUMBER = re.compile(r"[-+]?(?:(?:0|[1-9][0-9]*)(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][-+]?[0-9]+)?")
# What rows of plain numbers are written with.
PLAIN = b"0123456789+-.eE, \t"
_DECIMAL_COMMA = r"[-+]?[0-9]+,[0-9]+"


def has_minus_nothing(text: bytes) -> bool:
    """Whether a whole -0 is written, which is -0.0 here, but of which orjson makes 0."""
    return re.search(rb"-0[^.eE0-9]", text) is not None


def is_number(text: str) -> bool:
    """Whether a text, blanks around it apart, is a number."""
    return NUMBER.fullmatch(text.strip()) is not None


def to_number(text: str) -> float:
    """Return the float64 of a text; InputError where it is no number.

    A number too large for float64 gives infinity, which whoever holds it must refuse.
    """
    text = text.strip()
    if NUMBER.fullmatch(text) is None:
        kind = "number with a decimal point" if re.fullmatch(_DECIMAL_COMMA, text) else "number"
        raise InputError(f"takes a {kind}, not {text[:40]!r}" if text else "lacks a number")
    return float(text)


def to_numbers(texts: Sequence[str], called: Callable[[int], str]) -> list[float]:
    """Return the float64 of each text; CellError says which is no number, as it is `called`."""
    try:
        return [to_number(text) for text in texts]
    except InputError:
        index = next(index for index, text in enumerate(texts) if not is_number(text))
        try:
            to_number(texts[index])
        except InputError as error:
            raise CellError(f"{called(index)}: {error}", index) from None
        raise


def to_matrix(rows: Sequence[Sequence[float]], size: int) -> Doubles | None:
    """Return rows of numbers as an array of rows × size; None where one has another length."""
    if set(map(len, rows)) != {size}:
        return None
    values = np.fromiter(chain.from_iterable(rows), np.float64, len(rows) * size)
    return values.reshape(-1, size)
