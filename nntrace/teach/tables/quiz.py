"""A quiz on the screen: a question, a hint, what is said about an answer, the score."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from nntrace.teach.bank import where_taught
from nntrace.teach.feedback import Reason, feedback
from nntrace.teach.grading import Graded
from nntrace.teach.question import LETTERS, Question
from nntrace.teach.score import Score, numbered, summary
from nntrace.teach.tables.prose import prose
from nntrace.write.render.look import QUIET, STRONG, View, frame, render

_MARKS = {"right": "✓", "wrong": "✗", "unknown": "?", "unreadable": "✗"}
NARROWEST, WIDEST = 40, 84  # a text of longer lines is hard to read


def welcome_text(title: str, view: View) -> str:
    """Draw what stands above a quiz."""
    return render([view.text(title, STRONG)], _readable(view))


def question_text(question: Question, number: int, count: int, view: View) -> str:
    """Draw a question and its options; `number` counts from 1."""
    view = _readable(view)
    title = view.text(f"question {number} of {count}", "bold not dim")
    about = question.step if question.family is None else question.family
    if about:
        title.append(view.plain(f" · {about}"), "not bold not dim")
    content: list[RenderableType] = [prose(question.asks, view)]
    if not question.typed:
        options = [(LETTERS[i], option.text) for i, option in enumerate(question.options)]
        content += [Text(""), _lettered(options, view)]
    panel = frame(title, content, view)
    panel.expand = True  # so that one question is as wide as the next
    return render([Text(""), panel], view)


def hint_text(question: Question, given: int, view: View) -> str:
    """Draw hint number `given`, from 0."""
    view = _readable(view)
    words = f"hint {given + 1} of {len(question.hints)}: {question.hints[given]}"
    return render([_indented(prose(words, view))], view)


def feedback_text(graded: Graded, worked: str, view: View) -> str:
    """Draw what is said about an answer: the verdict, its reason, then that of every other.

    `worked` is the arithmetic of the right answer as it was drawn, where there is some.
    """
    view = _readable(view)
    said = feedback(graded)
    parts: list[RenderableType] = [view.text(f"{mark(graded, view)}{said.verdict}", STRONG)]
    if said.chosen:
        parts.append(_indented(prose(said.chosen.why, view)))
    if said.right:
        letter = f"{said.right.letter}: " if said.right.letter else ""
        line = view.text(f"→ The right answer is {letter}", STRONG)
        line.append_text(prose(said.right.text, view))
        parts += [line, _indented(prose(said.right.why, view))]
    others: list[RenderableType] = []
    if said.others:
        words = "Other numbers, and what they are:" if graded.question.typed else "The others:"
        others = [view.text(words), _others(said.others, view)]
    return render(parts, view) + worked + render(others, view)


def score_text(score: Score, view: View) -> str:
    """Draw the score at the end, and what to read again."""
    view = _readable(view)
    parts: list[RenderableType] = [Text(""), view.text(summary(score), STRONG)]
    if score.steps:
        parts.append(view.text("To read again:"))
        table = Table.grid(padding=(0, 2, 0, 0))
        for step, numbers in score.steps.items():
            table.add_row(
                Text(""), prose(where_taught(step), view), view.text(numbered(numbers), QUIET)
            )
        parts.append(table)
    return render(parts, view)


def grades_text(score: Score, view: View) -> str:
    """Draw a line an answer, for answers that were written down, and the score."""
    view = _readable(view)
    table = Table.grid(padding=(0, 2, 0, 0))
    for _ in range(4):
        table.add_column(overflow="fold")
    for number, graded in enumerate(score.answers, start=1):
        question = graded.question
        answer = question.answer.text if question.typed else question.letter
        given = " ".join(graded.given.split()) or "no answer"
        right = "" if graded.outcome == "right" else f"right: {answer}"
        outcome = mark(graded, view) + graded.outcome
        table.add_row(
            view.text(f"{number:>3}"), view.text(outcome), view.text(given), view.text(right, QUIET)
        )
    return render([table], view) + score_text(score, view)


def mark(graded: Graded, view: View) -> str:
    """Return the sign before a verdict; in ASCII there is none, and the verdict says it alone."""
    return "" if view.ascii_only else f"{_MARKS[graded.outcome]} "


def _readable(view: View) -> View:
    return view.between(NARROWEST, WIDEST)


def _lettered(options: Sequence[tuple[str, str]], view: View) -> Table:
    table = Table.grid(padding=(0, 2, 0, 0))
    for letter, words in options:
        table.add_row(Text(f" {letter}", STRONG), prose(words, view))
    return table


def _others(reasons: Sequence[Reason], view: View) -> RenderableType:
    """Draw the options that were not chosen, each with its reason below."""
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for reason in reasons:
        table.add_row(Text(f" {reason.letter or '·'}"), prose(reason.text, view))
        table.add_row("", prose(reason.why, view))
    return table


def _indented(words: Text) -> Padding:
    return Padding(words, (0, 0, 0, 2))
