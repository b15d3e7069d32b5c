"""Markdown as lessons and questions have it: the part of CommonMark that nntrace draws.

Blocks are headings, paragraphs, lists, tables, fences and comments; in a line there is `code` and,
in a lesson, **bold**. Other Markdown is text, as it is written.
"""

from __future__ import annotations

import re
from functools import cache
from itertools import groupby, pairwise
from typing import TYPE_CHECKING, NamedTuple

from nntrace.errors import printable

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.rules_block import StateBlock
    from markdown_it.rules_inline import StateInline
    from markdown_it.token import Token


_BACKQUOTES = re.compile("`{2,}")


class Span(NamedTuple):
    """A piece of a line: words, or code without its backquotes."""

    text: str
    code: bool = False
    bold: bool = False


Line = list[Span]


def blocks(text: str) -> list[Token]:
    """Return the blocks of a document, as markdown-it-py has them."""
    return _reader().parse(text)


class Cells(NamedTuple):
    """What stands in a table, row by row, its head first; which columns stand at the right."""

    rows: tuple[tuple[str, ...], ...]
    right: tuple[bool, ...]


def cells(tokens: list[Token], table: Token) -> Cells:
    """Return the cells of a table, of a document's blocks."""
    rows: list[list[str]] = []
    right: list[bool] = []
    start = next(at for at, token in enumerate(tokens) if token is table)
    for token, content in pairwise(tokens[start:]):
        if token.type == "table_close":
            break
        if token.type == "tr_open":
            rows.append([])
        elif token.type in ("th_open", "td_open"):
            rows[-1].append(content.content)
            if token.type == "th_open":
                right.append("right" in str(token.attrs.get("style", "")))
    return Cells(tuple(map(tuple, rows)), tuple(right))


def spans(text: str, bold: bool = True) -> Line:
    """Return the pieces of a text; where nothing is `bold`, the stars around words are words."""
    strong = False
    pieces: Line = []
    for token in _reader().parseInline(text)[0].children or []:
        if token.type == "code_inline":
            pieces.append(Span(token.content, True, strong))
        elif bold and token.markup == "**":
            strong = token.nesting > 0
        elif words := token.content or token.markup:
            pieces.append(Span(words, False, strong))
    # A mark such as {{hidden_1.z}} is one piece again, whatever it was parted by.
    runs = groupby(pieces, lambda piece: piece if piece.code else piece._replace(text=""))
    return [
        span if span.code else span._replace(text="".join(piece.text for piece in run))
        for span, run in runs
    ]


def paragraphs(text: str) -> list[list[Line]]:
    """Return what stands between the empty lines of a text, line by line.

    Nothing of it is bold, no code goes on in the next line, control characters become printable.
    """
    stripped = (printable(line.replace("\t", " ")).strip() for line in text.split("\n"))
    groups = groupby(stripped, bool)
    return [[spans(line, bold=False) for line in group] for filled, group in groups if filled]


@cache
def _reader() -> MarkdownIt:
    from markdown_it import MarkdownIt

    reader = MarkdownIt("zero", {"html": True})
    reader.enable(["heading", "list", "fence", "html_block", "table", "backticks", "emphasis"])
    reader.block.ruler.at("html_block", _comment, {"alt": ["paragraph", "reference", "blockquote"]})
    reader.inline.ruler.at("backticks", _code)
    return reader


def _comment(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """Read a comment; other HTML is text."""
    from markdown_it.rules_block import html_block

    begins = state.src.startswith("<!--", state.bMarks[start] + state.tShift[start])
    return begins and html_block(state, start, end, silent)


def _code(state: StateInline, silent: bool) -> bool:
    """Read code between single backquotes.

    Backquotes side by side mean other things in other Markdowns: they mark no code here.
    """
    from markdown_it.rules_inline import backtick

    start = state.pos
    if several := _BACKQUOTES.match(state.src, start):
        if not silent:
            state.pending += several[0]
        state.pos = several.end()
        return True
    found = backtick(state, silent)
    if found and not silent and state.pos > start + 1:  # all of it, blanks at its ends as well
        state.tokens[-1].content = state.src[start + 1 : state.pos - 1].replace("\n", " ")
    return found


def one_line(text: str) -> str:
    """Return a text on one line, control characters printable."""
    return printable(" ".join(text.split()))
