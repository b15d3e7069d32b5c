"""Texts and numbers as a net file writes them, so that they are read back as they were."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from nntrace.core.arrays import Array

WIDTH = 96
ONE_LINE = 4000  # characters: longer lists of numbers are for machines, and not broken

# What needs no quotes in any place, and what other readers of YAML take for something else than
# a text.
_PLAIN = re.compile(r"[^\W_]\w*([ ./+-]\w+)*")
_WORDS = re.compile(r"(true|false|null|yes|no|on|off)", re.IGNORECASE)
# What is not written as it is, between quotes.
_SPELT = re.compile(
    r'["\\]|[^\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd'
    r"\U00010000-\U0010ffff]"
)
_LONGEST_KEY = 1000  # characters; YAML gives up on longer ones that are not marked as keys


def text(value: str) -> str:
    """Write a text, in quotes where it could be taken for anything else."""
    if _PLAIN.fullmatch(value) and not _WORDS.fullmatch(value):
        return value
    return f'"{_SPELT.sub(_spelt, value)}"'


def _spelt(match: re.Match[str]) -> str:
    char = match[0]
    if char in '"\\':
        return f"\\{char}"
    code = ord(char)
    return {"\n": "\\n", "\t": "\\t"}.get(char) or (
        f"\\x{code:02x}" if code < 256 else f"\\u{code:04x}" if code < 65536 else f"\\U{code:08x}"
    )


def key(name: str, indent: int) -> str:
    """Write a key so far from the left, and its colon."""
    written, blank = text(name), " " * indent
    long = len(written) > _LONGEST_KEY
    return f"{blank}? {written}\n{blank}:" if long else f"{blank}{written}:"


def number(value: Any) -> str:
    """Write a number in the fewest digits that are read back as the same one, -0.0 too."""
    return numbers(np.asarray(value))[0]


def numbers(values: Array) -> list[str]:
    """Write each number of an array, as `number` does.

    A net file's numbers are read as float64 and then held in the net's dtype: the fewest digits of
    a float32 are given up where that would round twice to another one.
    """
    flat = values.ravel()
    if flat.dtype != np.float32:
        return [repr(each) for each in flat.tolist()]
    short = [str(each) for each in flat]
    again = np.array([float(each) for each in short], np.float64).astype(np.float32)
    exact = flat.astype(np.float64).tolist()
    same = (again == flat).tolist()
    return [
        one if fits else repr(whole) for one, whole, fits in zip(short, exact, same, strict=True)
    ]


def value(given: Any) -> str:
    """Write what a key of a layer may hold: a number, a text, a truth value, or some of these."""
    if isinstance(given, bool | np.bool_):
        return "true" if given else "false"
    if isinstance(given, int | np.integer):
        return str(int(given))
    if isinstance(given, float | np.floating):
        return number(given)
    if isinstance(given, str):
        return text(given)
    return f"[{', '.join(map(value, given))}]"


def listing(items: Sequence[str], indent: int, used: int) -> str:
    """Write a list in brackets, `used` characters into its line, broken where it is too long."""
    line = f"[{', '.join(items)}]"
    if used + len(line) <= WIDTH or len(line) > ONE_LINE:
        return line
    blank = " " * indent
    return "[\n" + ",\n".join(blank + part for part in _broken(items, WIDTH - indent)) + "]"


def _broken(items: Sequence[str], width: int) -> Iterator[str]:
    part = ""
    for item in items:
        if part and len(part) + len(item) + 3 > width:
            yield part
            part = ""
        part += f", {item}" if part else item
    yield part


def nested(values: Array) -> str:
    """Write an array as lists within lists, in one line."""
    if values.ndim < 2:
        return f"[{', '.join(numbers(values))}]"
    return f"[{', '.join(map(nested, values))}]"
