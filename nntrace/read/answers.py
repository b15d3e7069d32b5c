"""Answers to a quiz that were written down: one a line, or JSON by question id."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from nntrace.errors import InputError, Problem, plural, unknown
from nntrace.lesson.question import Question

_SCALARS = (str, int, float)


def read_answers(data: bytes, source: str, questions: Sequence[Question]) -> list[str]:
    """Return an answer for each question, empty where there is none.

    Line k answers question k; lines that are missing at the end are answers that were not given.
    JSON is an object of question ids, each with a text or number, null for no answer. Raises
    InputError where there are more answers than questions, or one to a question that is not asked.
    """
    text = _text(data, source)
    if text.lstrip().startswith(("{", "[")):
        return _by_id(text, source, questions)
    answers = text.split("\n")
    while answers and not answers[-1].strip():
        answers.pop()
    if len(answers) > len(questions):
        line = len(questions) + 1
        asked = plural(len(questions), "question")
        message = f"answers number {line}, but the quiz has {asked}; the same seed and options?"
        raise InputError(Problem(message, (), source, line, 1))
    return [*answers, *[""] * (len(questions) - len(answers))]


def _text(data: bytes, source: str) -> str:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise InputError(Problem("is not text in UTF-8", (), source, line)) from None
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _by_id(text: str, source: str, questions: Sequence[Question]) -> list[str]:
    import json

    twice: list[str] = []

    def once(pairs: list[tuple[str, object]]) -> dict[str, object]:
        counted = Counter(key for key, _ in pairs)
        twice.extend(key for key, count in counted.items() if count > 1)
        return dict(pairs)

    try:
        answers = json.loads(text, object_pairs_hook=once, parse_constant=str)
    except json.JSONDecodeError as error:
        place = (error.lineno, error.colno)
        message = f"is no JSON: {error.msg[:1].lower()}{error.msg[1:].removesuffix(' at')}"
        raise InputError(Problem(message, (), source, *place)) from None
    except (RecursionError, ValueError):
        raise InputError(Problem("is no JSON object of answers by id", (), source)) from None
    if not isinstance(answers, dict):
        raise InputError(Problem('takes an object of answers by id, {"id": "b"}', (), source))
    known = [question.id for question in questions]
    problems = [Problem("is answered twice", (key,), source) for key in twice]
    for key, value in answers.items():
        if key not in known:
            problems.append(Problem(unknown("question", key, known), (), source))
        elif value is not None and (type(value) not in _SCALARS):
            problems.append(Problem('takes a text or a number, such as "b" or 1.5', (key,), source))
    if problems:
        raise InputError(problems)
    return ["" if answers.get(key) is None else str(answers[key]) for key in known]
