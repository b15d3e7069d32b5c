"""Annotations of GitHub Actions: what `check` finds, shown beside the line in a pull request.

They are workflow commands, which a runner reads from standard error as well as from standard
output, so that what is written there for machines stays what it is.
https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands
"""

from __future__ import annotations

import os

from nntrace.cli.environment import Environment
from nntrace.errors import Problem, printable, spell

Place = tuple[int, int]


def annotate(
    environment: Environment, level: str, message: str, file: str = "", place: Place | None = None
) -> None:
    """Write an annotation where a runner of GitHub Actions reads along; `level` is its kind."""
    if environment.variables.get("GITHUB_ACTIONS") != "true":
        return
    properties = {}
    if file and file != "<stdin>":
        home = environment.variables.get("GITHUB_WORKSPACE")
        properties["file"] = os.path.relpath(file, home) if home else file
        if place:
            properties |= {"line": str(place[0]), "col": str(place[1])}
    told = ",".join(f"{name}={_escaped(value, ':,')}" for name, value in properties.items())
    environment.tell(f"::{level}{' ' if told else ''}{told}::{_escaped(message)}\n")


def annotate_problem(environment: Environment, problem: Problem) -> None:
    """Write the annotation of a problem, at its place."""
    place = (problem.line, problem.column or 1) if problem.line else None
    message = ": ".join(part for part in (spell(problem.path), problem.message) if part)
    annotate(environment, "error", message, problem.source or "", place)


def _escaped(text: str, others: str = "") -> str:
    """Write what would end a command or a property as the runner reads it back."""
    for char in f"%\r\n{others}":
        text = text.replace(char, f"%{ord(char):02X}")
    return printable(text)
