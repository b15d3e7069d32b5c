"""A command's words, read for its parameters.

Words that are plain are read as they stand; all others, wrong ones above all, Typer reads and
judges, which is loaded only then, and reads plain words the same.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from nntrace.cli import plain
from nntrace.cli.command import HELP, Flat
from nntrace.records import NamedTuple


class Words(NamedTuple):
    """What words give: a value for each parameter, and how each that they give is called."""

    values: dict[str, Any]
    given: dict[str, str]


def read(
    command: Flat, words: Sequence[str], unasked: Mapping[str, object] | None = None
) -> Words | None:
    """Return what words give to a command; None where they ask for its help.

    `unasked` holds values of parameters that the words say nothing of, and that have a default.
    UsageError is raised for words that it does not take.
    """
    values = plain.read(command, words)
    if values is None:
        from nntrace.cli import typed

        values = typed.read(command, words)
    if HELP.name in values:
        return None
    parameters = {each.name: each for each in command.parameters}
    called = {name: (name, *each.names)[-1] for name, each in parameters.items() if name in values}
    for name, parameter in parameters.items():
        values.setdefault(name, (unasked or {}).get(name, parameter.default))
    return Words(values, called)
