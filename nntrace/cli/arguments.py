"""A command's words, read for its parameters as the shells' own commands read theirs.

`-p 3`, `-p3`, `--precision 3` and `--precision=3` say the same. An option's value may begin with a
dash; `--` ends the options, and `-` alone is a value. Names are written out: one that is cut short
would mean another option as soon as there is one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from types import ModuleType
from typing import Any

from nntrace.cli.command import REQUIRED, Flat, Parameter
from nntrace.errors import UsageError
from nntrace.records import NamedTuple

HELP = ("-h", "--help")


class Assigned(NamedTuple):
    """What a word was read as: a value for a parameter, by the name that stood before it, if any.

    Where nothing takes it there is no parameter, and where no value follows there is none.
    """

    parameter: Parameter | None
    name: str
    value: str | None


class Words(NamedTuple):
    """What words give: a value for each parameter, and how each that they give is called."""

    values: dict[str, Any]
    given: dict[str, str]


def read(
    command: Flat, words: Sequence[str], unasked: Mapping[str, object] | None = None
) -> Words | None:
    """Return what words give to a command; None where they ask for its help.

    `unasked` holds values of parameters that the words say nothing of. UsageError is raised for
    words that it does not take.
    """
    given: dict[str, list[str]] = {}
    left: list[str] = []
    for parameter, name, value in assigned(command, words):
        if parameter is None and name in HELP:
            return None
        if parameter is None and name:
            raise UsageError(_usage().unknown_option(name, command))
        if parameter is None:
            left.append(value or "")
        elif parameter.flag and value is not None:
            raise UsageError(f"{name} takes no value")
        elif value is None and not parameter.flag:
            raise UsageError(f"{name} takes {_usage().takes(parameter)}, and nothing follows it")
        else:
            given.setdefault(parameter.name, []).append(value or "")
    parameters = {each.name: each for each in command.parameters}
    for name, texts in given.items():
        once = not (parameters[name].repeated or parameters[name].flag)
        if once and len(texts) > 1:
            raise UsageError(f"{parameters[name].called} takes one value, has {len(texts)}")
    values = {name: _value(parameters[name], texts) for name, texts in given.items()}
    for name, parameter in parameters.items():
        if name not in values:
            values[name] = (unasked or {}).get(name, parameter.default)
        if values[name] is REQUIRED:
            raise UsageError(_usage().missing(parameter))
    if left:
        raise UsageError(_usage().left_over(left, words, command))
    called = {name: (name, *each.names)[-1] for name, each in parameters.items() if name in given}
    return Words(values, called)


def assigned(command: Flat, words: Sequence[str]) -> Iterator[Assigned]:
    """Give what each word is read as, wrong ones too."""
    options = {name: each for each in command.options for name in each.names}
    places = command.arguments
    left = list(words)
    while left:
        word = left.pop(0)
        if word == "--":
            break
        if word == "-" or not word.startswith("-"):
            yield _placed(places, word)
        elif word.startswith("--"):
            name, equals, value = word.partition("=")
            yield _named(options.get(name), name, value if equals else None, left)
        else:
            name, value = word[:2], word[2:]
            option = options.get(name)
            if option and option.flag and value:  # -ab is -a -b
                left.insert(0, f"-{value}")
                value = ""
            yield _named(option, name, value or None, left)
    for word in left:
        yield _placed(places, word)


def _placed(places: list[Parameter], word: str) -> Assigned:
    """Read a word for the first of the places, which it takes, unless that takes several."""
    if not places:
        return Assigned(None, "", word)
    return Assigned(places[0] if places[0].repeated else places.pop(0), "", word)


def _named(option: Parameter | None, name: str, value: str | None, left: list[str]) -> Assigned:
    """Read an option, which takes the next of the words where no value came with its name."""
    if option and value is None and not option.flag:
        value = _following(option, left)
    return Assigned(option, name, value)


def _following(option: Parameter, left: list[str]) -> str | None:
    """Take the value that follows an option; None where none does."""
    alone = getattr(option.told_by, "alone", None)
    if alone is not None:
        import re

        if not left or not re.fullmatch(alone.pattern, left[0]):
            return str(alone.value)
    return left.pop(0) if left else None


def _value(parameter: Parameter, texts: Sequence[str]) -> Any:
    """Return the value that texts are of; UsageError where they are of none."""
    if parameter.flag:
        return True
    if parameter.repeated:
        return tuple(texts)
    [text] = texts
    kind = parameter.kind
    if parameter.choices:
        if text in parameter.choices:
            return text if kind is str else kind[text]
    elif kind is str:
        return text
    else:
        try:
            number = kind(text)
        except ValueError:
            number = None
        if number is not None and _within(parameter, number):
            return number
    raise UsageError(_usage().not_taken(parameter, text))


def _within(parameter: Parameter, number: float) -> bool:
    low, high = parameter.range
    return (low is None or not number < low) and (high is None or not number > high)


def _usage() -> ModuleType:
    """Return the module that words what is wrong, which is loaded only then."""
    from nntrace.cli import usage

    return usage
