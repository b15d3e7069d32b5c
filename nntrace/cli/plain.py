"""A command's words, read where they are plain: most are, and Typer need not be loaded for them.

Plain are a command's arguments, its options by their names, each followed by a value that it takes.
Whatever else there is, wrong words above all, is left to Typer, which reads plain words the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from enum import EnumType
from typing import Any

from nntrace.cli.command import Argument, Context, Flat, Option, Parameter, without_none


class _Odd(Exception):
    """Words are not plain."""


class Ending(ExitStack):
    """What a command is given without Typer; left when it ends."""

    def __init__(self, obj: Any) -> None:
        super().__init__()
        self.obj = obj
        self.with_resource = self.enter_context


def read(command: Flat, words: Sequence[str]) -> dict[str, Any] | None:
    """Return the value of each parameter but the context, None where a word is not plain."""
    asked = [each for each in command.parameters if each.kind is not Context]
    try:
        return _values(asked, words)
    except _Odd:
        return None


def context_of(command: Flat) -> str:
    """Return the name of the parameter that takes the context."""
    return next(each.name for each in command.parameters if each.kind is Context)


def _values(asked: Sequence[Parameter], words: Sequence[str]) -> dict[str, Any]:
    options, places = (
        _by_name(asked),
        [each for each in asked if isinstance(each.told_by, Argument)],
    )
    given: dict[str, Any] = {}
    left = iter(words)
    for word in left:
        if word.startswith("-") and word != "-":
            option = _known(options.get(word))
            if option.kind is bool:
                given[option.name] = True
                continue
            value = _read(option, next(left, "--"))
            if option.repeated:
                given.setdefault(option.name, []).append(value)
                continue
        else:
            option = _known(places.pop(0) if places else None)
            value = _read(option, word)
        if option.name in given:
            raise _Odd
        given[option.name] = value
    if any(each.required and each.name not in given for each in asked):
        raise _Odd
    return {each.name: given.get(each.name, each.default) for each in asked}


def _by_name(asked: Sequence[Parameter]) -> dict[str, Parameter]:
    named = {}
    for each in asked:
        if isinstance(each.told_by, Option):
            named.update(dict.fromkeys(each.told_by.names, each))
        elif not isinstance(each.told_by, Argument):
            raise _Odd  # it is told as Typer has it
    return named


def _known(parameter: Parameter | None) -> Parameter:
    if parameter is None:
        raise _Odd
    return parameter


def _read(parameter: Parameter, word: str) -> Any:
    """Return the value that a word is of; _Odd where it may be none."""
    kind = without_none(parameter.kind)
    if word.startswith("-") and word != "-":  # it may be meant as an option
        raise _Odd
    if parameter.choices:
        if word in parameter.choices:
            return word
    elif kind is str or parameter.repeated:
        return word
    elif kind is int:
        if word.isascii() and word.isdigit() and _within(parameter.told_by, int(word)):
            return int(word)
    elif isinstance(kind, EnumType) and word in kind.__members__:
        return kind[word]
    raise _Odd


def _within(option: Option, number: int) -> bool:
    low, high = option.min, option.max
    return (low is None or number >= low) and (high is None or number <= high)
