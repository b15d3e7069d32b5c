"""From questions and graded answers to the fields that machines see."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from nntrace.teach.question import LETTERS, Question
from nntrace.teach.score import Score
from nntrace.write.records import network_info

if TYPE_CHECKING:
    from nntrace.core.network import Network
    from nntrace.teach.fields import (
        GradeRecord,
        GradesDocument,
        ProgressDocument,
        QuestionRecord,
        QuizDocument,
        ReasonRecord,
        StandingRecord,
    )
    from nntrace.teach.grading import Graded
    from nntrace.teach.progress import Line


def quiz_document(
    title: str, questions: Sequence[Question], seed: int, network: Network | None
) -> QuizDocument:
    """Describe questions; nothing in it tells an answer."""
    return {
        "schema": "nntrace.quiz/1",
        "title": title,
        "seed": seed,
        "network": network_info(network) if network else None,
        "questions": [
            _question(number, question) for number, question in enumerate(questions, start=1)
        ],
    }


def grades_document(
    title: str, score: Score, seed: int, network: Network | None, pass_mark: float | None
) -> GradesDocument:
    """Describe graded answers, with what is right."""
    return {
        "schema": "nntrace.grades/1",
        "title": title,
        "seed": seed,
        "network": network_info(network) if network else None,
        "total": score.total,
        "right": score.right,
        "wrong": score.count("wrong") + score.count("unreadable"),
        "unknown": score.count("unknown"),
        "share": score.share,
        "pass_mark": pass_mark,
        "passed": None if pass_mark is None else score.passes(pass_mark),
        "answers": [_grade(number, each) for number, each in enumerate(score.answers, start=1)],
    }


def progress_document(lines: Sequence[Line]) -> ProgressDocument:
    """Describe how somebody stands with questions."""
    return {"schema": "nntrace.progress/1", "questions": [_standing(line) for line in lines]}


def _standing(line: Line) -> StandingRecord:
    standing = line.standing
    return {
        "id": line.id,
        "asks": line.asks,
        "answered": standing.answered if standing else 0,
        "right": standing.right if standing else 0,
        "outcome": standing.outcome if standing else None,
        "due": standing.due.strftime("%Y-%m-%dT%H:%M:%SZ") if standing else None,
    }


def _question(number: int, question: Question) -> QuestionRecord:
    shown = [] if question.typed else question.options
    return {
        "number": number,
        "id": question.id,
        "step": question.step,
        "family": question.family,
        "asks": question.asks,
        "typed": question.typed,
        "options": [
            {"letter": LETTERS[index], "text": option.text} for index, option in enumerate(shown)
        ],
        "hints": list(question.hints),
    }


def _grade(number: int, graded: Graded) -> GradeRecord:
    question = graded.question
    return {
        "number": number,
        "id": question.id,
        "step": question.step,
        "given": graded.given,
        "outcome": graded.outcome,
        "chosen": None if graded.option is None else _reason(question, graded.option),
        "right": _reason(question, question.right),
    }


def _reason(question: Question, index: int) -> ReasonRecord:
    option = question.options[index]
    letter = None if question.typed else LETTERS[index]
    return {"letter": letter, "text": option.text, "why": option.why}
