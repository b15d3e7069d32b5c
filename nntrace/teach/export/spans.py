"""Short texts as words and `code`, line by line, for what is written beyond the terminal."""

from __future__ import annotations

import re
from decimal import Decimal
from itertools import groupby
from typing import NamedTuple

from nntrace.errors import printable

# Backquotes side by side mean other things in other Markdowns: they mark no code here.
_CODE = re.compile(r"(?<!`)`([^`]+)`(?!`)")


class Span(NamedTuple):
    """A piece of a line: words, or code without its backquotes."""

    text: str
    code: bool = False


Line = list[Span]


def paragraphs(text: str) -> list[list[Line]]:
    """Return what stands between the empty lines of a text, line by line.

    Control characters become printable.
    """
    stripped = (printable(line.replace("\t", " ")).strip() for line in text.split("\n"))
    return [[_spans(line) for line in group] for filled, group in groupby(stripped, bool) if filled]


def one_line(text: str) -> str:
    """Return a text on one line, control characters printable."""
    return printable(" ".join(text.split()))


def decimals(value: Decimal) -> str:
    """Write a number as it is: all its digits, without an exponent and without zeros at the end."""
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _spans(line: str) -> Line:
    pieces = _CODE.split(line)  # words and code take turns
    return [Span(piece, bool(index % 2)) for index, piece in enumerate(pieces) if piece]
