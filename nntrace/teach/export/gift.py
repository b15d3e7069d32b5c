"""Questions for Moodle's question bank, in its GIFT format.

The format is Moodle's own documentation's (https://docs.moodle.org/en/GIFT_format), read as
Moodle's importer does (`question/format/gift/format.php`).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal

from nntrace.errors import plural
from nntrace.teach.export.html import general, html
from nntrace.teach.grading import accepted, decimals
from nntrace.teach.markdown import one_line
from nntrace.teach.question import Option, Question

_SPECIAL = re.compile(r"[\\~=#{}:]")


def gift(questions: Sequence[Question], category: str, seed: int | None = None) -> str:
    """Return questions as Moodle imports them, in the category named, which is one.

    A comment tells the seed that they were drawn by.

    Texts are HTML, Moodle's own format: code stays code, and what looks like markup stays text.
    (Moodle's Markdown is another dialect than CommonMark, and its editor does not edit it.) A typed
    question takes the right number within its tolerance, and answers each known mistake with its
    reason. Hints follow as general feedback.
    """
    count = plural(len(questions), "question")
    drawn = "" if seed is None else f" of seed {seed}"
    blocks = [f"// {count}{drawn} for Moodle: question bank, import, GIFT format"]
    if category.strip():
        # Moodle reads escapes here but leaves all of them unfinished, save that of the backslash. A
        # slash opens a category inside another, and two of them stand for one.
        written = one_line(category).replace("\\", "\\\\").replace("/", "//")
        blocks.append(f"$CATEGORY: {written}")
    blocks += [_question(question) for question in questions]
    return "\n\n".join(blocks) + "\n"


def _question(question: Question) -> str:
    """Write a question, a line an answer: a blank line would end it."""
    name = _escaped(one_line(question.id))
    start = f"::{name}::[html]{_escaped(html(question.asks))} {{{'#' * question.typed}"
    write = _number if question.typed else _choice
    answers = [write(option, i == question.right) for i, option in enumerate(question.options)]
    if told := general(question):
        answers.append(f"####{_escaped(told)}")
    return "\n".join([start, *(f"  {answer}" for answer in answers), "}"])


def _choice(option: Option, right: bool) -> str:
    return f"{'=' if right else '~'}{_text(option.text)}{_feedback(option)}"


def _number(option: Option, right: bool) -> str:
    """Write a number that is right, or what a mistake gives: a number worth nothing.

    It has six decimals at most, and no exponent, which not every reader of GIFT takes.
    """
    if option.value is None:
        raise ValueError(f"an option of a typed question has no value: {option.text}")
    share, answers = 100 if right else 0, accepted(option.value)
    centre = min(max(Decimal(f"{round(option.value, 6) + 0.0:.6f}"), answers.low), answers.high)
    margin = min(answers.high - centre, centre - answers.low)
    return f"=%{share}%{decimals(centre)}:{decimals(margin)}{_feedback(option)}"


def _feedback(option: Option) -> str:
    why = _text(option.why)
    return f"#{why}" if why else ""


def _text(text: str) -> str:
    """Write the text of an option or a reason.

    `[html]` would be taken off a text that begins so, and `%50%` for a mark; the format, named
    though it is that of the question, keeps them.
    """
    written = _escaped(html(text))
    return f"[html]{written}" if written.startswith(("[", "%")) else written


def _escaped(text: str) -> str:
    return _SPECIAL.sub(r"\\\g<0>", text)
