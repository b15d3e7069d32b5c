"""The question bank: YAML in, a Bank out, or every problem of the file with its place."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from nntrace.errors import BankError, NetworkError, NntraceError, Problem, unknown
from nntrace.read.files import read_bytes
from nntrace.read.yaml.grammar import INVALID, Reading
from nntrace.read.yaml.nodes import compose
from nntrace.read.yaml.text import decode, told_with_lines
from nntrace.teach.files.grammar import BANK_FILE, make_question
from nntrace.teach.question import BUILTIN, STEPS, Bank, Question
from nntrace.teach.rules import violations


def load_bank(path: str | None = None) -> Bank:
    """Read a question bank, by default the one that comes with nntrace.

    Raises FileError where the file cannot be read, and BankError with every problem that keeps its
    questions from being asked, each with file, line, column (from 1, in characters) and path.
    """
    return _read(path)[0]


def lint_bank(path: str | None = None) -> tuple[Bank, list[Problem]]:
    """Read a question bank, and hold every question to the rules of style (lesson/rules.py).

    Returns the bank and what breaks a rule, in the order of the file, with places. Raises as
    load_bank does. Which lesson steps there are is known for the bundled bank only.
    """
    bank, reading = _read(path)
    for index, question in enumerate(bank.questions):
        for problem in violations(question, STEPS if path is None else None):
            reading.report(("questions", index, *problem.path), problem.message)
    return bank, reading.sorted_problems()


def _read(path: str | None) -> tuple[Bank, Reading]:
    source = str(BUILTIN) if path is None else path
    try:
        text = decode(read_bytes(source), source)
        with told_with_lines(text, source):
            root, problems = compose(
                text, source, what="a question bank", has="title and questions"
            )
            reading = Reading(source, root, problems)
            declared = BANK_FILE.read(reading, root, ())
            bank = None if declared is INVALID else _bank(reading, declared, Path(source).stem)
            if reading.problems or bank is None:
                raise BankError(reading.sorted_problems())
            return bank, reading
    except NetworkError as error:
        raise BankError(error.problems) from None


def _bank(reading: Reading, declared: dict[str, Any], title: str) -> Bank:
    """Put together the questions that can be asked; what is wrong with the others is reported."""
    questions: list[Question] = []
    first: dict[str, int] = {}
    for index, each in enumerate(declared["questions"] or []):
        path = ("questions", index)
        if each is not INVALID and (name := each["id"]):
            if name in first:
                line = reading.place(("questions", first[name], "id"))[0]
                message = f"'{name}' is also the id on line {line}, takes a name of its own"
                reading.report((*path, "id"), message)
            first.setdefault(name, index)
        if question := make_question(reading, each, path):
            questions.append(question)
    title = declared.get("title", title)
    lesson = declared.get("lesson") or ""
    taught_by = os.path.join(os.path.dirname(reading.source), lesson) if lesson else ""
    if taught_by:
        _check_steps(reading, questions, taught_by)
    return Bank(
        title, tuple(question._replace(of=title, lesson=taught_by) for question in questions)
    )


def _check_steps(reading: Reading, questions: Sequence[Question], path: str) -> None:
    """Report a lesson that cannot be read, and questions about steps that it has not."""
    from nntrace.teach.files.lesson import load

    try:
        names = [step.name for step in load(path).steps]
    except NntraceError as error:
        reading.report(("lesson",), f"cannot be read: {error.problems[0]}")
        return
    for index, question in enumerate(questions):
        if question.step is not None and question.step not in names:
            reading.report(("questions", index, "step"), unknown("step", question.step, names))
