"""Answers to a quiz that were written down: one a line, numbered or not, or JSON by question id."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from typing import Any, NamedTuple, TypeAlias

from nntrace.errors import InputError, NetworkError, Problem, plural, unknown
from nntrace.read.rows.faults import json_fault
from nntrace.read.yaml.text import decode
from nntrace.teach.grading import grade
from nntrace.teach.question import Question

_SCALARS = (str, int, float)
_SEED = re.compile(r"\W*seed[\s:=]*([0-9]{1,100})\s*", re.IGNORECASE)
_NAME = re.compile(r"\W*name\s*[:=]\s*(\S.*?)\s*", re.IGNORECASE)
# `1. b`, `1) B`, `Q1: 0.5`, `1 - b`, `1-b` and `1 b`, but not `1.5`, `3/2`, `1-2` or `12 %`.
_NUMBERED = re.compile(
    r"\s*(?:q(?:uestion)?\.?\s*)?([0-9]{1,4})\s*"
    r"(?:(?:[):\]]|\.(?![0-9])|\s-\s)\s*(.*?)|(?:\s|\s*[-–—=]\s*)(\(?[a-z?]\)?\.?))\s*",
    re.IGNORECASE,
)
_ITEM = re.compile(r"\s*[-*•]\s+(\(?[a-z?]\)?\.?)\s*", re.IGNORECASE)  # `- b`, but not `- 1.5`
_ROW = re.compile(r"[\s,;|]+")  # between answers that stand in one line
_IN_A_ROW = re.compile(r"[a-z?]|[0-9]+(?:\.[0-9]+)?", re.IGNORECASE)


_Line: TypeAlias = tuple[int, str]  # with its number in the file


class Answers(NamedTuple):
    """Answers as they were written: a text for each line, or a value for each id or number.

    `seed` is that of the quiz which they answer, where they tell it, on line `line`; the first of
    `lines` is the line after it. `by_number` has those of a table, from 1, each with its line.
    `name` is whose they are, where they tell it.
    """

    source: str
    seed: int | None = None
    line: int = 0
    lines: Sequence[str] = ()
    by_id: dict[str, Any] | None = None
    by_number: dict[int, tuple[int, str]] | None = None
    name: str = ""

    def seed_with(self, given: int | None) -> int | None:
        """Return the seed of the quiz, told here or asked for; InputError where the two differ."""
        if self.seed is not None and given not in (None, self.seed):
            told = f"answers the quiz of seed {self.seed}, but --seed is {given}: its questions"
            message = f"{told} differ; leave --seed out, or give answers to the other quiz"
            raise InputError(Problem(message, (), self.source, self.line or None))
        return given if self.seed is None else self.seed

    def to(self, questions: Sequence[Question]) -> list[str]:
        """Return an answer to each question, empty where there is none.

        Lines may be numbered, as in `1. b`; else the first answers the first question. Answers that
        are missing were not given. Raises InputError where there is an answer to a question that is
        not asked, or two to one that is.
        """
        if self.by_id is not None:
            return _by_id(self.by_id, self.source, questions)
        given = self.by_number
        if given is None:
            given = self._numbered(self._answering(questions))
        for number, (line, _) in given.items():
            if not 1 <= number <= len(questions):
                count = plural(len(questions), "question")
                many = f"answers number {number}, but the quiz has {count}"
                message = f"{many}; the same seed and options?"
                raise InputError(Problem(message, (), self.source, line, 1))
        return [given.get(number, (0, ""))[1] for number in range(1, len(questions) + 1)]

    def left_out(self, questions: Sequence[Question]) -> list[str]:
        """Say which lines around the answers answer nothing, and are left out."""
        kept = {at for at, _ in self._answering(questions)}
        return [
            f"{self.source}:{at}: '{line.strip()}' is left out, being no answer"
            for at, line in enumerate(self.lines, start=self.line + 1)
            if line.strip() and at not in kept
        ]

    def _answering(self, questions: Sequence[Question]) -> list[_Line]:
        """Return the lines that answer, each with its number.

        Left out are headings and, around answers that are numbered, what can be no answer. Answers
        that stand in one line are parted. Empty lines are no answers where the others are enough.
        """
        lines = [
            (at, found[1] if (found := _ITEM.fullmatch(line)) else line)
            for at, line in enumerate(self.lines, start=self.line + 1)
            if not line.startswith("#")
        ]
        said = [(at, line) for at, line in lines if line.strip()]
        if len(said) == 1 < len(questions):
            at, line = said[0]
            row = [each for each in _ROW.split(line.strip()) if each]
            if len(row) > 1 and all(map(_IN_A_ROW.fullmatch, row)) and any(map(str.isalpha, row)):
                return [(at, each) for each in row]
        numbered = [at for at, line in said if _NUMBERED.fullmatch(line)]
        if len(numbered) > 1:

            def answers(line: str) -> bool:
                return any(grade(each, line).outcome != "unreadable" for each in questions)

            within = range(numbered[0], numbered[-1] + 1)
            return [(at, line) for at, line in lines if at in within or answers(line)]
        return said if len(said) == len(questions) < len(lines) else lines

    def _numbered(self, lines: Sequence[_Line]) -> dict[int, _Line]:
        """Return the answers of some lines by number, each with its line.

        Lines that say their number say it all, or else each where it would stand anyway.
        """
        said = [_NUMBERED.fullmatch(line) for _, line in lines]
        texts = [found and (found[2] or found[3] or "") for found in said]
        blank = [not line.strip() for _, line in lines]
        if not any(texts):  # `5.` in each line is a number, too
            return dict(enumerate(lines, start=1))
        whole = all(found or empty for found, empty in zip(said, blank, strict=True))
        given: dict[int, _Line] = {}
        for place, ((at, line), found, text) in enumerate(
            zip(lines, said, texts, strict=True), start=1
        ):
            if whole and found is None:
                continue
            number = int(found[1]) if found else place
            if not whole and number != place:
                message = f"is numbered {number}, but is answer {place}: number all, or none"
                raise InputError(Problem(message, (), self.source, at))
            if number in given:
                message = f"answers number {number} once more, as line {given[number][0]} does"
                raise InputError(Problem(message, (), self.source, at))
            given[number] = (at, line if text is None else text)
        return given


def read_answers(data: bytes, source: str) -> Answers:
    """Read answers: one a line, or JSON.

    First lines such as `seed: 7` and `name: Ada` tell the seed, and whose they are. JSON is an
    object of question ids, each with a text or number, null for no answer, and, if you like,
    `"seed"`; or `{"seed", "answers"}` with that object in it; or the questions as nntrace writes
    them, each with an `"answer"` put in.
    Raises InputError where it is none of these.
    """
    text = _text(data, source)
    if text.lstrip().startswith(("{", "[")):
        return _from_json(text, source)
    lines = text.split("\n")
    while lines and not lines[-1].strip():
        lines.pop()
    seed, name, start = None, "", 0
    while True:
        first = next((i for i, line in enumerate(lines[start:], start) if line.strip()), None)
        if first is None:
            break
        if (found := _SEED.fullmatch(lines[first])) and seed is None:
            seed = int(found[1])
        elif (found := _NAME.fullmatch(lines[first])) and not name:
            name = found[1]
        else:
            break
        start = first + 1
    return Answers(source, seed, start, lines[start:], name=name)


def _text(data: bytes, source: str) -> str:
    try:
        text = decode(data, source)
    except NetworkError as error:
        raise InputError(error.problems) from None
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
    name = read.get("name")
    named = name if isinstance(name, str) and ("questions" in read or "answers" in read) else ""
    return Answers(source, seed, by_id=_ids(read, source), name=named)


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
