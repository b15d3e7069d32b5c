"""What is wrong where a text is no YAML, and what to change: told from the text itself.

A parser says where it gave up, in words of its own that differ from one version to the next. Here
its places are used, and the brackets and indentations that are open there, but none of its words.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from typing import NamedTuple

from nntrace.read.yaml.text import LINE_BREAK, Place

LONGEST = 40  # characters of a file that a message repeats

_ITEMS = re.compile(r" *(?:- +)*")
_UNSPACED = re.compile(r" *(?:- +)*([A-Za-z_]\w*):([^\s:/].*)")
_NO_START = "@`%"


class Open(NamedTuple):
    """A list or mapping that is open where the parser gave up."""

    is_list: bool
    flow: bool  # in brackets
    place: Place


class Fault(NamedTuple):
    """What is wrong, and where."""

    message: str
    place: Place


class Text:
    """A text by its lines, as editors count them."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.lines = re.split(LINE_BREAK, text)
        self.starts = [0, *(match.end() for match in re.finditer(LINE_BREAK, text))]

    def place(self, index: int) -> Place:
        line = bisect_right(self.starts, index)
        return line, index - self.starts[line - 1] + 1

    def before(self, line: int) -> int:
        """Return the number of the last line above one that holds something, 0 for none."""
        above = (each for each in range(line - 1, 0, -1) if not _is_blank(self.lines[each - 1]))
        return next(above, 0)


def explain(text: str, at: int, context: int | None, opened: Sequence[Open]) -> Fault | None:
    """Say what is wrong where a parser gave up, None where no known mistake is seen.

    `at` is the index where it gave up, `context` that of what it was reading, if it told.
    """
    whole = Text(text)
    if at >= len(text):  # the C parser adds a line to a text whose last one has no end
        at = len(text.rstrip("\r\n"))
    begun = text[context] if context is not None and context < len(text) else ""
    ended = not text[at:].strip()
    for check in (_quotation, _tab, _first_character, _flow, _colon, _indentation):
        if found := check(whole, at, context or 0, begun, ended, opened):
            return found
    return None


def _quotation(
    whole: Text, at: int, context: int, begun: str, ended: bool, opened: Sequence[Open]
) -> Fault | None:
    text = whole.text
    if begun and begun in "\"'":
        if begun == '"' and (escape := text.rfind("\\", max(context, at - 10), at + 1)) > 0:
            written = re.match(r"\\([xuU][0-9a-fA-F]*|.)", text[escape:])
            sequence = written[0] if written else "\\"
            told = f"{sequence} is no escape; a backslash is written \\\\, or put into '…'"
            return Fault(told, whole.place(escape))
        if ended:
            return Fault(
                f"a quotation that begins with {begun} is not closed", whole.place(context)
            )
    if at and text[at - 1] in "\"'" and not ended and text[at] not in ",]}:#":
        inner = "''" if text[at - 1] == "'" else '\\"'
        told = f"something stands behind the end of a quotation; a quote within is written {inner}"
        return Fault(told, whole.place(at))
    return None


def _tab(
    whole: Text, at: int, context: int, begun: str, ended: bool, opened: Sequence[Open]
) -> Fault | None:
    line, column = whole.place(at)
    written = whole.lines[line - 1]
    if "\t" in written[:column] and not written[:column].strip(" \t-?:"):
        told = "a tab stands here, YAML is indented with blanks"
        return Fault(told, (line, written.index("\t") + 1))
    return None


def _first_character(
    whole: Text, at: int, context: int, begun: str, ended: bool, opened: Sequence[Open]
) -> Fault | None:
    char = whole.text[at : at + 1]
    if char and char in _NO_START and at and whole.text[at - 1] in " [{,":
        return Fault(f"no value begins with {char}, unless it is put into quotes", whole.place(at))
    if begun and begun in "*&" and context:
        what = "an alias" if begun == "*" else "an anchor"
        told = (
            f"{begun} begins {what}, a name of letters, digits, - and _; "
            "put a text that begins so into quotes"
        )
        return Fault(told, whole.place(context))
    if char == "!" or begun == "!":
        start = at if char == "!" else context
        tag = whole.text[start:].split(None, 1)[0]
        return Fault(f"the tag {_short(tag)} is none that is known here", whole.place(start))
    return None


def _flow(
    whole: Text, at: int, context: int, begun: str, ended: bool, opened: Sequence[Open]
) -> Fault | None:
    """Look for what is wrong between brackets."""
    text, place = whole.text, whole.place(at)
    inner = opened[-1] if opened else None
    if inner is None or not inner.flow:
        if text[at : at + 1] in ("]", "}"):
            return Fault(f"{text[at]} closes a bracket that was not opened", place)
        return None
    sign, closing = "[]" if inner.is_list else "{}"
    line, column = inner.place
    begins_line = not whole.lines[place[0] - 1][: place[1] - 1].strip() and place[0] > line
    looks_like_key = re.match(r"(- +)?[A-Za-z_]\w*:(\s|$)", text[at : at + LONGEST])
    if ended or (begins_line and looks_like_key and inner.is_list):
        return Fault(f"{sign} is not closed by {closing}", inner.place)
    char = text[at]
    if char in "]}" and char != closing:
        return Fault(f"takes {closing} here, not {char}, for the {sign} at {line}:{column}", place)
    if char == ",":
        return Fault(
            f"nothing stands before this comma, within the {sign} at {line}:{column}", place
        )
    if char == ":":
        if text[at + 1 : at + 2].strip() == "" and not begins_line:
            return Fault(
                f"takes a comma or {closing} before this key, within the {sign} at {line}:{column}",
                place,
            )
        return Fault("a colon takes its key in the same line, and a blank behind it", place)
    return Fault(
        f"takes a comma or {closing} before this, within the {sign} at {line}:{column}", place
    )


def _colon(
    whole: Text, at: int, context: int, begun: str, ended: bool, opened: Sequence[Open]
) -> Fault | None:
    """Look for keys and their colons in lines without brackets."""
    text, (line, column) = whole.text, whole.place(at)
    for number in (line, whole.before(line)):
        if number and (found := _UNSPACED.fullmatch(whole.lines[number - 1])):
            key, value = _short(found[1]), _short(found[2])
            told = f"lacks a blank after the colon, as in '{key}: {value}'"
            return Fault(told, (number, found.start(2) + 1))
    written = whole.lines[line - 1]
    if text[at : at + 1] == ":":
        if not written[: column - 1].strip(" -"):
            return Fault("lacks a key before the colon", (line, column))
        if re.search(r":\s", written[: column - 1]):
            told = "a second colon with a blank behind it: put a text that holds one into quotes"
            return Fault(told, (line, column))
        above = whole.before(line)
        if above and _indent(written) > _indent(whole.lines[above - 1]):
            told = f"is indented deeper than line {above}, which has a value already"
            return Fault(told, (line, _indent(written) + 1))
    if begun and context < at:
        line, column = whole.place(context)
        word = whole.lines[line - 1][column - 1 :].partition(" #")[0].rstrip()
        if re.fullmatch(r"\w[\w.-]*( [\w.-]+)*", word):
            return Fault(f"lacks a colon, as in '{_short(word)}: …'", (line, column))
    return None


def _indentation(
    whole: Text, at: int, context: int, begun: str, ended: bool, opened: Sequence[Open]
) -> Fault | None:
    line, column = whole.place(at)
    written = whole.lines[line - 1]
    if not opened and written.startswith("%"):
        return Fault("no such directive is known; files do without any", (line, 1))
    if not opened:
        return Fault("stands behind the end of the value that the file holds", (line, column))
    if written[: column - 1].strip() or ended:
        return None
    inner, above = opened[-1], whole.before(line)
    fitting = {_columns(whole.lines[above - 1])[-1]} if above else set()
    fitting |= {each.place[1] for each in opened}
    if column in fitting:
        item = written[column - 1 :].startswith(("- ", "-\n")) or written.strip() == "-"
        if item and not inner.is_list:
            return Fault(
                f"an item of a list stands among the keys of line {inner.place[0]}", (line, column)
            )
        if inner.is_list and not item:
            return Fault(f"takes '- ' here, as on line {inner.place[0]}", (line, column))
        return None
    told = " or ".join(str(each - 1) for each in sorted(fitting) if abs(each - column) <= 8)
    return (
        Fault(f"is indented by {column - 1}, its neighbours by {told}", (line, column))
        if told
        else None
    )


def _columns(line: str) -> list[int]:
    """Return the columns, from 1, where a line's items and its first key begin."""
    items = _ITEMS.match(line)
    assert items
    dashes = [match.start() + 1 for match in re.finditer("-", items[0])]
    return [*dashes, items.end() + 1]


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip(" "))


def _is_blank(line: str) -> bool:
    return not line.strip() or line.lstrip().startswith("#")


def _short(text: str) -> str:
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"
