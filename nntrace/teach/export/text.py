"""What the formats of questions beyond the terminal write alike."""

from __future__ import annotations

from decimal import Decimal

from nntrace.errors import printable


def one_line(text: str) -> str:
    """Return a text on one line, control characters printable."""
    return printable(" ".join(text.split()))


def decimals(value: Decimal) -> str:
    """Write a number as it is: all its digits, without an exponent and without zeros at the end."""
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
