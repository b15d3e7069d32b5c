"""Prose of lessons and questions, a little Markdown, as the words of a report; and verdicts."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import TYPE_CHECKING

from nntrace.teach.live import MARK, fill, value_of
from nntrace.teach.markdown import paragraphs, spans
from nntrace.write.report import SIGNS, Blank, Emphasis, Item, Line, Words, line

if TYPE_CHECKING:
    from nntrace.core.forward import Trace
    from nntrace.write.view import View

OUTCOMES = {"right": "✓", "wrong": "✗", "unknown": "?", "unreadable": "✗"}
LONGEST_WHOLE = 40  # columns of what is filled in, from which on a line may break in it


def said(words: Iterable[Words]) -> str:
    """Return what is heard of some words."""
    return "".join(each.spoken for each in words)


# ---- in lessons ----


def words_of(text: str, trace: Trace | None = None) -> list[Words]:
    """Return text in words, its marks filled from a trace; without one, it has been filled.

    Code and bold words are drawn so where there are colours; elsewhere the signs around them stay.
    """
    words: list[Words] = []
    pieces = spans(re.sub(r"\s*\n\s*", " ", text.strip()))
    for bold, run in groupby(pieces, lambda span: span.bold):
        star = [Words("*", "", only_with=SIGNS)] * bold
        words += star
        for span in run:
            if span.code:
                words += _code(re.sub(r"\s+", " ", fill(span.text, trace)), whole=True)
            else:
                words += _filled(span.text, trace, "strong" if bold else "")
        words += star
    return words


def paragraphs_of(text: str, trace: Trace | None = None, emphasis: Emphasis = "") -> list[Item]:
    """Return paragraphs that are parted by empty lines, each on a line of its own."""
    items: list[Item] = []
    for paragraph in re.split(r"\n\s*\n", text.strip()):
        items += [Blank(heard=False)] * bool(items)
        items.append(Line(words_of(paragraph, trace), emphasis=emphasis))
    return items


def _filled(text: str, trace: Trace | None, emphasis: Emphasis) -> list[Words]:
    if trace is None:
        return [Words(text, None, emphasis)]
    words = []
    for index, piece in enumerate(MARK.split(text)):  # text and marks take turns
        if index % 2:
            found = value_of(piece, trace)
            words.append(Words(found, None, "accent", whole=len(found) < LONGEST_WHOLE))
        else:
            words.append(Words(piece, None, emphasis))
    return words


def _code(text: str, whole: bool = False) -> list[Words]:
    sign = Words("`", "", only_with=SIGNS)
    return [sign, Words(text, None, "accent", whole=whole), sign]


# ---- in questions ----


def lines_of(text: str, lead: Sequence[Words] = (), emphasis: Emphasis = "") -> list[Item]:
    """Return the lines of a text in which nothing is bold, the first of them behind a `lead`."""
    items: list[Item] = []
    for paragraph in paragraphs(text):
        items += [Blank()] * bool(items)
        for spans_of_line in paragraph:
            words = [*lead] if not items else []
            for span in spans_of_line:
                # a sign that stands alone says nothing
                plain = [Words(span.text, span.text.replace("`", ""))]
                words += _code(span.text) if span.code else plain
            items.append(Line(words, emphasis=emphasis))
    return items


def flat(text: str) -> str:
    """Return what is heard of a text in which nothing is bold, all of it on one line."""
    return " ".join(said(each.words) for each in lines_of(text) if isinstance(each, Line))


# ---- how an answer came out ----


def signed(outcome: str, words: str, view: View) -> str:
    """Return words behind a sign; in ASCII there is none, and the words say it alone."""
    return words if view.ascii_only else f"{OUTCOMES[outcome]} {words}"


def verdict(outcome: str, words: str, view: View) -> Line:
    """Make the line that says how an answer was."""
    return line(signed(outcome, words, view), words, "strong")
