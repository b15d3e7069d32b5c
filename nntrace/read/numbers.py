"""Numbers as people type them: JSON's, and also `+1`, `.5` and `5.`."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from nntrace.errors import InputError

NUMBER = re.compile(r"[-+]?(?:(?:0|[1-9][0-9]*)(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][-+]?[0-9]+)?")


def is_number(text: str) -> bool:
    """Whether a text, blanks around it apart, is a number."""
    return NUMBER.fullmatch(text.strip()) is not None


def to_number(text: str) -> float:
    """Return the float64 of a text; InputError where it is no number.

    A number too large for float64 gives infinity, which whoever holds it must refuse.
    """
    text = text.strip()
    if NUMBER.fullmatch(text) is None:
        raise InputError(f"takes a number, not {text[:40]!r}" if text else "lacks a number")
    return float(text)


def to_numbers(texts: Sequence[str], called: Callable[[int], str]) -> list[float]:
    """Return the float64 of each text; InputError says which is no number, as it is `called`."""
    try:
        return [to_number(text) for text in texts]
    except InputError:
        index = next(index for index, text in enumerate(texts) if not is_number(text))
        try:
            to_number(texts[index])
        except InputError as error:
            raise InputError(f"{called(index)}: {error}") from None
        raise
