"""A quiz on paper: the questions as Markdown, and the answer key as another document.

CommonMark has no lettered lists, and GitHub and pandoc disagree about `a)`: an option is an item of
a plain list, and begins with its letter in bold.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from textwrap import indent

from nntrace.teach.grading import accepted, decimals
from nntrace.teach.markdown import Span, one_line, paragraphs
from nntrace.teach.question import Question, where_taught

BLANKS = " \t\n"
BLANK = "Answer: " + "_" * 24

# What is markup anywhere: in CommonMark, on GitHub (~ and |) or in pandoc (^, @ and $) …
_MARKUP = re.compile(r"[\\`*_\[\]<&#~|^@$]")
# … and what at the start of a line begins a list, a quote, a definition or an underline.
_START = re.compile(r"^(?:(\(?\w+)(?=[.)](?:\s|$))|(?=[-+=>:]))")


def sheet(questions: Sequence[Question], title: str, seed: int | None = None) -> str:
    """Return the questions as Markdown, with lettered options or a blank to fill in; no answers."""
    return _document(title, seed, [_question(question) for question in questions])


def key(questions: Sequence[Question], title: str, seed: int | None = None) -> str:
    """Return the answers as Markdown: what is right and why, and why each of the others is not."""
    return _document(title, seed, [_answered(question) for question in questions])


def _document(title: str, seed: int | None, questions: Sequence[Sequence[str]]) -> str:
    blocks = [f"# {_block('', one_line(title))}".rstrip()]
    if seed is not None:
        told = f"Seed {seed}: a file of answers, one a line, begins with the line `seed: {seed}`."
        blocks.append(_block("", told))
    for number, content in enumerate(questions, start=1):
        blocks += [f"## Question {number}", *content]
    return "\n\n".join(block for block in blocks if block) + "\n"


def _question(question: Question) -> list[str]:
    options = enumerate(question.options)
    lettered = [_item(_label(question, index), option.text) for index, option in options]
    return [_block("", question.asks), BLANK if question.typed else "\n".join(lettered)]


def _answered(question: Question) -> list[str]:
    right = question.answer
    others = [
        _item(_label(question, index), f"{option.text.strip(BLANKS)}\n{option.why.strip(BLANKS)}")
        for index, option in enumerate(question.options)
        if index != question.right
    ]
    label = "**Answer:** " if question.typed else _label(question, question.right)
    taught = where_taught(question)
    read = f"To read again: {taught}" if taught else ""
    return [
        _block(label, right.text),
        _accepted(right.value) if question.typed and right.value is not None else "",
        _block("", right.why),
        ("What mistakes give:" if question.typed else "The others:") if others else "",
        "\n".join(others),
        _block("", read),
    ]


def _accepted(right: float) -> str:
    """Say how far from the right number an answer may be."""
    answers = accepted(right)
    lowest, highest = decimals(answers.low), decimals(answers.high)
    return _block("", f"Right is any number from {lowest} to {highest}.")


def _label(question: Question, index: int) -> str:
    letter = question.label(index)
    return letter and f"**{letter}.** "


def _item(label: str, text: str) -> str:
    return "- " + indent(_block(label, text), "  ")[2:]


def _block(label: str, text: str) -> str:
    """Write paragraphs that begin with a label, their lines kept apart."""
    written = [["".join(map(_span, line)) for line in lines] for lines in paragraphs(text)]
    written = written or [[""]]
    written[0][0] = (label + written[0][0]).rstrip()
    return "\n\n".join(
        "\\\n".join(_START.sub(r"\1\\", line) for line in lines) for lines in written
    )


def _span(span: Span) -> str:
    if not span.code:
        return _MARKUP.sub(r"\\\g<0>", span.text)
    # One space at either end would be taken off, unless there are spaces only.
    padded = span.text.startswith(" ") and span.text.endswith(" ") and span.text.strip()
    return f"` {span.text} `" if padded else f"`{span.text}`"
