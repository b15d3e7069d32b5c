"""The grammar of one question and of a question bank: every key, what it takes, what it is for.

The readers, the JSON Schema and the table in docs/question-bank.md are made from this.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import combinations
from typing import Any

from nntrace.errors import BankError, NetworkError, Path
from nntrace.read.yaml.grammar import (
    INVALID,
    Field,
    Kind,
    Reading,
    Schema,
    fields,
    file_schema,
    flag,
    list_of,
    refuse,
)
from nntrace.read.yaml.nodes import Node, Scalar, compose, resolve
from nntrace.teach.grading import apart, folded, to_number, tolerance
from nntrace.teach.question import Option, Question

MOST_WRONG = 6  # options are a to g: h asks for a hint


def words(takes: str, one_line: bool = False) -> Kind:
    """Text with something in it, without the blanks around it; a number is kept as written."""

    def read(reading: Reading, node: Node, path: Path) -> Any:
        if not isinstance(node, Scalar) or resolve(node) is None or not node.text.strip():
            return refuse(reading, node, path, takes)
        return " ".join(node.text.split()) if one_line else node.text.strip()

    return Kind(takes, read, {"type": ["string", "number", "boolean"], "pattern": r"\S"})


OPTION = {
    "text": Field(
        words("the words of an option", one_line=True),
        "what is chosen, or the number that is typed",
        required=True,
    ),
    "why": Field(
        words("a reason"),
        "why it is right, or which misconception it is and what is true; shown after answering",
        required=True,
    ),
}
_ONE = fields("an option: {text: …, why: …}", OPTION)


def _wrong() -> Kind:
    """One wrong option or more, as many as there are letters for."""
    some = list_of(_ONE, "a list of options, each {text: …, why: …}", partial=True)

    def read(reading: Reading, node: Node, path: Path) -> Any:
        values = some.read(reading, node, path)
        if values is not INVALID and len(values) > MOST_WRONG:
            message = f"has {len(values)} wrong options, takes at most {MOST_WRONG}"
            return reading.report(path, message, node)
        return values

    return Kind(some.takes, read, {**some.schema, "maxItems": MOST_WRONG})


QUESTION = {
    "id": Field(
        words("a name such as one-neuron", one_line=True),
        "a name of its own in the bank, under which progress is kept",
        required=True,
    ),
    "step": Field(
        words("the name of a lesson step", one_line=True), "the lesson step that teaches it"
    ),
    "asks": Field(
        words("the words of a question"),
        "the question, of one line or several; `code` in backquotes",
        required=True,
    ),
    "right": Field(_ONE, "the right option", required=True),
    "wrong": Field(_wrong(), "the wrong options, each a misconception", required=True),
    "hints": Field(
        list_of(words("a hint"), "a list of hints"),
        "given one at a time: the idea, the formula, the numbers filled in",
    ),
    "typed": Field(
        flag(),
        "a number is typed and the options are not shown; then every text is a number",
        default=False,
    ),
}
_QUESTION = fields("a question: id, asks, right, wrong, hints, …", QUESTION)
_LOOSE = fields(
    "a question: asks, right, wrong, hints, …",
    {**QUESTION, "id": QUESTION["id"]._replace(required=False)},
)

BANK = {
    "title": Field(words("a title", one_line=True), "default: the file's stem"),
    "lesson": Field(
        words("the file of a lesson", one_line=True),
        "the lesson that teaches it, a file beside the bank; default: that of nntrace",
    ),
    "questions": Field(
        list_of(_QUESTION, "a list of questions", partial=True),
        "the questions, in the order in which they are asked",
        required=True,
    ),
}
BANK_FILE = fields("a mapping with title and questions", BANK)


def bank_schema() -> Schema:
    """Return the JSON Schema (2020-12) of a question bank, as YAML 1.2 values."""
    description = "Questions with one right answer each, a reason for every option, and hints"
    return file_schema("nntrace question bank", description, BANK_FILE.schema)


def read_question(
    text: str,
    source: str,
    line: int,
    default_id: str = "question",
    fill: Callable[[str], str] = str,
) -> Question:
    """Read one question from a block of YAML that begins on a line of a larger file.

    Its `id` may be left out. What `fill` makes of a text takes its place. Raises BankError with
    every problem, each at its line of that file.
    """
    try:
        root, problems = compose(
            "\n" * (line - 1) + text, source, what="a question", has="asks, right and wrong"
        )
    except NetworkError as error:
        placed = (each._replace(line=max(each.line or 0, line)) for each in error.problems)
        raise BankError(placed) from None
    reading = Reading(source, root, problems)
    declared = _filled(_LOOSE.read(reading, root, ()), fill)
    question = make_question(reading, declared, (), default_id)
    if reading.problems or question is None:
        raise BankError(reading.sorted_problems())
    return question


def _filled(declared: Any, fill: Callable[[str], str]) -> Any:
    """Fill all texts of what was read."""
    if isinstance(declared, dict):
        return {key: _filled(value, fill) for key, value in declared.items()}
    if isinstance(declared, list):
        return [_filled(value, fill) for value in declared]
    return fill(declared) if isinstance(declared, str) else declared


def make_question(
    reading: Reading, declared: Any, path: Path, default_id: str = ""
) -> Question | None:
    """Make a Question, its right option first, of what was read; None where there are problems.

    Reports two options that the grader could not tell apart, and a typed question without numbers.
    """
    if declared is INVALID:
        return None
    typed = declared.get("typed", False)
    wrong = declared["wrong"] or []
    options: dict[Path, Option] = {}
    declared_options: list[tuple[Path, Any]] = [(("right",), declared["right"])]
    declared_options += [(("wrong", index), each) for index, each in enumerate(wrong)]
    for place, each in declared_options:
        if each and (text := each["text"]):
            value = to_number(text.replace("`", ""))
            options[(*place, "text")] = Option(text, each["why"], value)
            if typed and value is None:
                message = f"'{text}' is no number, typed questions take numbers such as 0.25"
                reading.report((*path, *place, "text"), message)
    for place, message in _alike(options):
        reading.report((*path, *place), message)
    if reading.problems:
        return None
    return Question(
        id=declared.get("id", default_id),
        asks=declared["asks"],
        options=tuple(options.values()),
        right=0,
        hints=tuple(declared.get("hints", ())),
        step=declared.get("step"),
        typed=typed,
    )


def _alike(options: dict[Path, Option]) -> Iterator[tuple[Path, str]]:
    """Yield the options that the grader takes for an earlier one, and why."""
    told: set[Path] = set()
    for (first, one), (place, other) in combinations(options.items(), 2):
        if place in told or first in told:
            continue
        name = "the right option" if first[0] == "right" else f"wrong[{first[1]}]"
        if folded(one.text) == folded(other.text):
            told.add(place)
            yield place, f"is the same answer as {name}, takes another one"
            continue
        values = [option.value for option in (one, other) if option.value is not None]
        if len(values) == 2 and not apart(values):
            told.add(place)
            least = 2 * max(map(tolerance, values))
            yield (
                place,
                f"'{other.text}' is too close to {name}, '{one.text}': takes a number that is"
                f" more than {least:.4g} away, twice the tolerance of an answer",
            )
