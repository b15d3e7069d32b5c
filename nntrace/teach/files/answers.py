"""Answers to a quiz that were written down: one a line, or JSON by question id."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from typing import Any, NamedTuple

from nntrace.errors import InputError, Problem, plural, unknown
from nntrace.read.rows.faults import json_fault
from nntrace.teach.question import Question

_SCALARS = (str, int, float)
_SEED = re.compile(r"\W*seed[\s:=]*([0-9]{1,100})\s*", re.IGNORECASE)


class Answers(NamedTuple):
    """Answers as they were written: a text for each line, or a value for each id.

    `seed` is that of the quiz which they answer, where they tell it, on line `line`; the first of
    `lines` is the line after it.
    """

    source: str
    seed: int | None = None
    line: int = 0
    lines: Sequence[str] = ()
    by_id: dict[str, Any] | None = None

    def seed_with(self, given: int | None) -> int | None:
        """Return the seed of the quiz, told here or asked for; InputError where the two differ."""
        if self.seed is not None and given not in (None, self.seed):
            told = f"answers the quiz of seed {self.seed}, but --seed is {given}: its questions"
            message = f"{told} differ; leave --seed out, or give answers to the other quiz"
            raise InputError(Problem(message, (), self.source, self.line or None))
        return given if self.seed is None else self.seed

    def to(self, questions: Sequence[Question]) -> list[str]:
        """Return an answer to each question, empty where there is none.

        The first line answers the first question; lines that are missing at the end are answers
        that were not given. Raises InputError where there are more answers than questions, or one
        to a question that is not asked.
        """
        if self.by_id is not None:
            return _by_id(self.by_id, self.source, questions)
        if len(self.lines) > len(questions):
            line = self.line + len(questions) + 1
            count = plural(len(questions), "question")
            many = f"answers number {len(questions) + 1}, but the quiz has {count}"
            message = f"{many}; the same seed and options?"
            raise InputError(Problem(message, (), self.source, line, 1))
        return [*self.lines, *[""] * (len(questions) - len(self.lines))]


def read_answers(data: bytes, source: str) -> Answers:
    """Read answers: one a line, or JSON.

    A first line such as `seed: 7` tells the seed. JSON is an object of question ids, each with a
    text or number, null for no answer, and, if you like, `"seed"`; or `{"seed", "answers"}` with
    that object in it; or the questions as nntrace writes them, each with an `"answer"` put in.
    Raises InputError where it is none of these.
    """
    text = _text(data, source)
    if text.lstrip().startswith(("{", "[")):
        return _from_json(text, source)
    lines = text.split("\n")
    while lines and not lines[-1].strip():
        lines.pop()
    first = next((number for number, line in enumerate(lines) if line.strip()), 0)
    if lines and (found := _SEED.fullmatch(lines[first])):
        return Answers(source, int(found[1]), first + 1, lines[first + 1 :])
    return Answers(source, lines=lines)


def _text(data: bytes, source: str) -> str:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise InputError(Problem("is not text in UTF-8", (), source, line)) from None
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _from_json(text: str, source: str) -> Answers:
    import json

    twice: list[str] = []

    def once(pairs: list[tuple[str, object]]) -> dict[str, object]:
        counted = Counter(key for key, _ in pairs)
        twice.extend(key for key, count in counted.items() if count > 1)
        return dict(pairs)

    try:
        read = json.loads(text, object_pairs_hook=once, parse_constant=str)
    except json.JSONDecodeError as error:
        message = f"is no JSON: {json_fault(error)}"
        raise InputError(Problem(message, (), source, error.lineno, error.colno)) from None
    except (RecursionError, ValueError):
        raise InputError(Problem("is no JSON object of answers by id", (), source)) from None
    if not isinstance(read, dict):
        raise InputError(Problem('takes an object of answers by id, {"id": "b"}', (), source))
    if twice:
        raise InputError([Problem("is answered twice", (key,), source) for key in twice])
    seed = read.get("seed")
    if seed is not None and (type(seed) is not int or seed < 0):
        raise InputError(Problem("takes a whole number, as --seed does", ("seed",), source))
    return Answers(source, seed, by_id=_ids(read, source))


def _ids(read: dict[str, Any], source: str) -> dict[str, Any]:
    """Return the answers by id of a document."""
    held = read.get("questions" if "questions" in read else "answers")
    if isinstance(held, dict):
        return held
    if isinstance(held, list):  # as `quiz -f json` writes its questions, answers put in
        if not all(isinstance(each, dict) and isinstance(each.get("id"), str) for each in held):
            raise InputError(Problem('takes questions, each with its "id"', (), source))
        return {each["id"]: each.get("answer", each.get("given")) for each in held}
    return {key: value for key, value in read.items() if key != "seed"}


def _by_id(answers: dict[str, Any], source: str, questions: Sequence[Question]) -> list[str]:
    known = [question.id for question in questions]
    problems = []
    for key, value in answers.items():
        if key not in known:
            problems.append(Problem(unknown("question", key, known), (), source))
        elif value is not None and (type(value) not in _SCALARS):
            problems.append(Problem('takes a text or a number, such as "b" or 1.5', (key,), source))
    if problems:
        raise InputError(problems)
    return ["" if answers.get(key) is None else str(answers[key]) for key in known]
