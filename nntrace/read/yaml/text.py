"""The text of a YAML file before it is parsed: its encoding, its lines, what it may not hold."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

from nntrace.errors import NetworkError, NntraceError, Problem

Place = tuple[int, int]  # line and column, from 1

# What YAML does not allow; the byte order mark only at the start, where decoding takes it off.
# Python takes 3 ms to compile the whole set, which most files, all ASCII, do not need.
_UNPRINTABLE_ASCII = "[^\t\n\r\x20-\x7e]"
_UNPRINTABLE = "[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]"
# Brackets, and what may hold some that are none: quotations and comments
BRACKETS = re.compile(r"""[\[\]{}]|"(?:[^"\\]|\\[\s\S])*+"?|'[^']*'?|(?<!\S)#.*""")
# Lines without content that begin with a tab, which YAML 1.2 allows and its C parser does not.
_TABS = r"(?m)^ *\t[ \t]*(?=[#\r\n]|\Z)"
LINE_BREAK = "\r\n|\r|\n"


# Characters that end a line in YAML 1.1, which PyYAML reads, but not in 1.2 nor in an editor: other
# ones, that nobody uses, stand for them while the text is parsed.
NO_BREAKS = {0x85: 0xF0085, 0x2028: 0xF2028, 0x2029: 0xF2029}
BREAKS = {other: char for char, other in NO_BREAKS.items()}


def decode(data: bytes, source: str) -> str:
    """Return the text of a file's bytes: UTF-8, or UTF-16 with its byte order mark."""
    encoding = "utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8"
    try:
        return data.removeprefix(b"\xef\xbb\xbf").decode(encoding)
    except UnicodeDecodeError as error:
        # in UTF-8, what was decoded is without the byte order mark
        before = error.object[: error.start].decode(encoding, errors="replace")
        message = f"is not text in {encoding.upper()}"
        raise NetworkError(Problem(message, (), source, *place_of(before, len(before)))) from None


def place_of(text: str, position: int) -> tuple[int, int]:
    """Return line and column, from 1, of a position in a text."""
    breaks = list(re.finditer(LINE_BREAK, text[:position]))
    return len(breaks) + 1, position - (breaks[-1].end() if breaks else 0) + 1


@contextmanager
def told_with_lines(text: str, source: str) -> Iterator[None]:
    """Let the problems of a text know the lines that they are in."""
    try:
        yield
    except NntraceError as error:
        lines = re.split(LINE_BREAK, text)
        raise error.with_text(dict(enumerate(lines, 1)).get, source) from None


def find_unprintable(text: str) -> re.Match[str] | None:
    """Return the first character that YAML does not allow."""
    return re.search(_UNPRINTABLE_ASCII if text.isascii() else _UNPRINTABLE, text)


def empty_with_tabs(text: str) -> list[tuple[int, int]]:
    """Return where lines without content, comments apart, begin with blanks that hold a tab."""
    return [match.span() for match in re.finditer(_TABS, text)] if "\t" in text else []


def without(tabs: list[tuple[int, int]], text: str) -> str:
    """Return a text of the same length with blanks for the tabs of some lines."""
    pieces, done = [], 0
    for start, end in tabs:
        pieces += [text[done:start], " " * (end - start)]
        done = end
    return "".join([*pieces, text[done:]])
