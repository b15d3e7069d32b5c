"""A quiz as labelled lines, for a screen reader."""

from __future__ import annotations

from collections.abc import Sequence

from nntrace.teach.bank import where_taught
from nntrace.teach.feedback import Reason, feedback
from nntrace.teach.grading import Graded
from nntrace.teach.question import LETTERS, Question
from nntrace.teach.score import Score, numbered, summary
from nntrace.write.render.spoken import written
from nntrace.write.view import View


def welcome_text(title: str, view: View) -> str:
    """Say what is asked."""
    return _lines([f"Quiz: {title}"], view)


def question_text(question: Question, number: int, count: int, view: View) -> str:
    """Say a question and its options; `number` counts from 1."""
    about = question.step if question.family is None else question.family
    lines = ["", f"Question {number} of {count}" + (f", about {about}:" if about else ":")]
    lines += question.asks.strip().split("\n")
    if not question.typed:
        lines += [
            f"Option {LETTERS[index]}: {option.text}"
            for index, option in enumerate(question.options)
        ]
    return _lines(lines, view)


def hint_text(question: Question, given: int, view: View) -> str:
    """Say hint number `given`, from 0."""
    return _lines([f"Hint {given + 1} of {len(question.hints)}: {question.hints[given]}"], view)


def feedback_text(graded: Graded, worked: str, view: View) -> str:
    """Say what there is to an answer: the verdict, its reason, then that of every other.

    `worked` is the arithmetic of the right answer as it was said, where there is some.
    """
    said = feedback(graded)
    lines = [said.verdict]
    if said.chosen:
        lines.append(_reason("Yours", said.chosen))
    if said.right:
        lines.append(_reason("The right answer", said.right))
    others = [_reason("Another answer", reason) for reason in said.others]
    return _lines(lines, view) + worked + _lines(others, view)


def score_text(score: Score, view: View) -> str:
    """Say the score at the end, and what to read again."""
    lines = ["", f"Score: {summary(score).replace(' %', ' percent')}."]
    lines += [
        f"To read again: {where_taught(step)}, for {numbered(numbers)}."
        for step, numbers in score.steps.items()
    ]
    return _lines(lines, view)


def grades_text(score: Score, view: View) -> str:
    """Say a line an answer, for answers that were written down, and the score."""
    lines = []
    for number, graded in enumerate(score.answers, start=1):
        question = graded.question
        given = " ".join(graded.given.split()) or "none"
        line = f"Question {number}: {graded.outcome}, answer {given}"
        if graded.outcome != "right":
            line += f", right is {question.answer.text if question.typed else question.letter}"
        lines.append(line)
    return _lines(lines, view) + score_text(score, view)


def _reason(what: str, reason: Reason) -> str:
    letter = f"{reason.letter}, " if reason.letter else ""
    stop = "" if reason.text.endswith((".", "!", "?")) else "."
    return f"{what}: {letter}{reason.text}{stop} {reason.why}"


def _lines(lines: Sequence[str], view: View) -> str:
    return written((line.replace("`", "") for line in lines), view)
