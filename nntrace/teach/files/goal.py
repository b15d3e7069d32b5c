"""The block `goal` of a lesson file: what is to be brought about, and a command to begin with."""

from __future__ import annotations

from typing import Any, NamedTuple

from nntrace.errors import BankError, NetworkError, Path, UsageError
from nntrace.read.yaml.grammar import INVALID, Field, Kind, Reading, fields, list_of, refuse
from nntrace.read.yaml.nodes import Node, Scalar, compose
from nntrace.teach.aim import Aim, read_aim
from nntrace.teach.files.grammar import words


class GoalText(NamedTuple):
    """A goal as it stands in the file: its marks are not filled, its command is not read."""

    asks: str
    command: str
    aim: Aim
    reached: str
    hints: tuple[str, ...]


def _aim() -> Kind:
    takes = "a value, > or <, and a number: hidden1.1.z > 0"

    def read(reading: Reading, node: Node, path: Path) -> Any:
        if not isinstance(node, Scalar):
            return refuse(reading, node, path, takes)
        try:
            return read_aim(node.text)
        except UsageError as error:
            return reading.report(path, str(error), node)

    return Kind(takes, read, {"type": "string"})


GOAL = {
    "asks": Field(words("what is to be brought about"), "what is to be brought about", True),
    "try": Field(words("a command", one_line=True), "the command to begin with", True),
    "until": Field(_aim(), "when it is reached", True),
    "reached": Field(words("what is said once it is reached"), "said once it is reached", True),
    "hints": Field(list_of(words("a hint"), "a list of hints"), "given one at a time"),
}
_FILE = fields("a goal: asks, try, until, reached, hints", GOAL)


def read_goal(text: str, source: str, line: int) -> GoalText:
    """Read a goal from a block of YAML that begins on a line of a larger file.

    Raises BankError with every problem, each at its line of that file.
    """
    try:
        root, problems = compose(
            "\n" * (line - 1) + text, source, what="a goal", has="asks, try, until and reached"
        )
    except NetworkError as error:
        raise BankError(
            each._replace(line=max(each.line or 0, line)) for each in error.problems
        ) from None
    reading = Reading(source, root, problems)
    read = _FILE.read(reading, root, ())
    if reading.problems or read is INVALID:
        raise BankError(reading.sorted_problems())
    hints = tuple(read.get("hints", ()))
    return GoalText(read["asks"], read["try"], read["until"], read["reached"], hints)
