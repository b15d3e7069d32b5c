"""Long rows of plain numbers, `[0.1, -0.2, …]`, taken out of a YAML text before it is parsed.

Most of a net file's text is weights, on which YAML's parser is 20 to 40 times slower than JSON's.
So each long row is read as JSON, and a mark takes its place within its brackets. YAML parses what
is around as before, since only the inside of brackets has changed, and says which brackets are a
list: those in a comment, a quoted text or a block of text are not. The rows count only where the
parser met each of them as a list, and nothing is wrong with the net; else the whole text is read
anew, number by number, as places in a text without its rows would be wrong.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from nntrace.records import NamedTuple

if TYPE_CHECKING:
    from nntrace.core.arrays import Array

# Stands where a long row was taken out; for private use, and used by nobody.
MARK = "\uf202"

# What JSON's numbers are made of, and the blanks and line ends between them. All that is JSON here
# is a list of numbers in YAML too, and the same ones: `-1`, `0.5`, `1e-05`. Others, as `.5`, stay.
# Text in quotes may spell the mark as an escape, of which only YAML's parser makes it.
_ESCAPED_MARK = rf"(?i)\\u(?:0000)?{ord(MARK):x}"
_LONG_ROW = re.compile(r"\[([-+.0-9eE, \r\n]{60,}+)\]")


class Row(NamedTuple):
    """A row of numbers, in float64, and as they are written."""

    numbers: Array
    text: str


def take_out(text: str) -> tuple[str, list[Row]]:
    """Return a text with a mark and a number in place of each long row, and the rows."""
    rows: list[Row] = []
    if MARK in text or ("\\u" in text.lower() and re.search(_ESCAPED_MARK, text)):
        return text, rows

    def mark(match: re.Match[str]) -> str:
        import numpy as np  # most files have no long row
        import orjson

        try:
            numbers = np.array(orjson.loads(match[0]), dtype=np.float64)
        except orjson.JSONDecodeError:
            return match[0]
        if not numbers.size:  # blanks alone
            return match[0]
        rows.append(Row(numbers, match[1]))
        return f"[{MARK}{len(rows) - 1}]"

    return _LONG_ROW.sub(mark, text), rows
