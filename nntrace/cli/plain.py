"""A command's words, read where they are plain: most are, and Typer need not be loaded for them.

Plain are its arguments, and its options by their names, with or without `=` before a value.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import zip_longest
from typing import Any

from nntrace.cli.command import HELP, REQUIRED, Flat, Parameter


def read(command: Flat, words: Sequence[str]) -> dict[str, Any] | None:
    """Return the values that words give, by parameter; None where a word is not plain.

    Of words that ask for help it is this alone, whatever follows.
    """
    values: dict[str, Any] = {}
    for parameter, text in assigned(command, words):
        value = _value(parameter, text) if parameter and text is not None else None
        if parameter is None or value is None:
            return None
        if parameter is HELP:
            return {HELP.name: True}
        if parameter.repeated:
            values.setdefault(parameter.name, []).append(value)
        elif parameter.name in values and not parameter.flag:
            return None
        else:
            values[parameter.name] = value
    required = {each.name for each in command.parameters if each.default is REQUIRED}
    if not required <= values.keys():
        return None
    return {name: tuple(each) if isinstance(each, list) else each for name, each in values.items()}


def assigned(command: Flat, words: Sequence[str]) -> Iterator[tuple[Parameter | None, str | None]]:
    """Give what each plain word stands for, with its value, which is empty for a flag.

    Of a word that is not plain the one or the other is not known.
    """
    options = {name: each for each in (*command.options, HELP) for name in each.names}
    places = command.arguments
    left = iter(spelt_out(command, words))
    for word in left:
        if word == "-" or not word.startswith("-"):
            place = places[0] if places else None
            if place and not place.repeated:
                places.pop(0)
            yield place, word
            continue
        name, equals, value = word.partition("=") if word.startswith("--") else (word, "", "")
        option = options.get(name)
        if option is None or option.flag:
            yield option, None if equals else ""
        elif equals:
            yield option, value
        else:
            yield option, next(left, None)


def spelt_out(command: Flat, words: Sequence[str]) -> list[str]:
    """Return words with a value behind each option that may stand alone."""
    alone = {name: each.alone for each in command.options for name in each.names if each.alone}
    if not alone:
        return list(words)
    import re

    spelt: list[str] = []
    for word, following in zip_longest(words, words[1:], fillvalue=""):
        stands = alone.get(word) if "--" not in spelt else None
        spelt.append(word)
        if stands and not re.fullmatch(stands.pattern, following):
            spelt.append(stands.value)
    return spelt


def _value(parameter: Parameter, text: str) -> Any:
    """Return the value that a text is of; None where it is of none."""
    kind = parameter.kind
    if parameter.flag:
        return True
    if parameter.choices:
        if text not in parameter.choices:
            return None
        return text if kind is str else kind[text]
    if kind not in (int, float):
        return text
    try:
        number = kind(text)
    except ValueError:
        return None
    low, high = parameter.range
    within = (low is None or not number < low) and (high is None or not number > high)
    return number if within else None
