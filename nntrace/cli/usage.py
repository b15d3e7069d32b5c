"""What is wrong with a command line, in nntrace's own words.

Typer finds what is wrong; its words, and how it cuts them, change from one version to the next. So
its errors are read by what they are about.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

from nntrace.cli.completion import ROWS
from nntrace.cli.helptext import called, choices_of, takes
from nntrace.errors import listed
from nntrace.words import cropped, nearest


def wrong_usage(error: Any, command: Any, arguments: Sequence[str]) -> str:
    """Return one line about an error of Typer's: what is wrong, and what would be right."""
    params = command.params
    name = getattr(error, "option_name", None)
    param = getattr(error, "param", None)
    if name is not None:
        option = next((each for each in params if name in each.opts), None)
        if option is None:
            return unknown_option(name, params)
        if option.is_flag:
            return f"{name} takes no value"
        return f"{name} takes {takes(option)}, and nothing follows it"
    if param is not None:
        name_of = _called(param)
        given = _given(param, arguments)
        if given is None:
            return f"{name_of} is missing: {_first(param.help) or takes(param)}"
        near = nearest(given, choices_of(param))
        hint = f", did you mean '{near[0]}'?" if near else ""
        return f"{name_of} takes {takes(param)}, not '{cropped(given)}'{hint}"
    return " ".join(str(error.format_message()).split()).rstrip(".")


def unknown_option(name: str, params: Sequence[Any]) -> str:
    """Say that there is no such option, with the nearest one."""
    known = [each for param in params for each in param.opts if each.startswith("--")]
    begun = [each for each in known if len(name) > 3 and each.startswith(name)]
    near = begun if len(begun) == 1 else nearest(name, known)
    hint = f", did you mean {' or '.join(near)}?" if near else ""
    return f"unknown option {cropped(name)}{hint}"


def left_over(words: Sequence[str], arguments: Sequence[str], command: Any) -> str:
    """Say what to do with words that no argument takes: mostly files of an unquoted pattern."""
    rows = [word for word in arguments if word.lower().endswith(ROWS) and os.path.exists(word)]
    shown = listed([f"'{cropped(word)}'" for word in words[:3]] + ["more"] * (len(words) > 3))
    verb = "stands" if len(words) == 1 else "stand"
    if len(rows) > 1 and any("--input" in param.opts for param in command.params):
        suffix = os.path.splitext(rows[0])[1]
        return (
            f"{shown} {verb} behind the file that --input takes; quote a pattern "
            f"(--input '*{suffix}'), or give --input before each file"
        )
    names = [_called(each) for each in command.params if each.param_type_name == "argument"]
    taken = f"takes {listed(names)} alone" if names else "takes options alone"
    return f"{shown} {verb} where nothing is taken: {command.name} {taken}"


def _called(param: Any) -> str:
    argument = param.param_type_name == "argument"
    return called(param) if argument else "/".join(sorted(param.opts, key=len))


def _first(help: str | None) -> str:
    return (help or "").partition(". ")[0].rstrip(".")


def _given(param: Any, arguments: Sequence[str]) -> str | None:
    """Return the last value that was given to an option or argument."""
    found = None
    if param.param_type_name == "argument":
        plain = [word for word in arguments if not word.startswith("-")]
        wrong = [word for word in plain if word not in choices_of(param)]
        return wrong[0] if wrong and choices_of(param) else None
    for index, word in enumerate(arguments):
        name, equals, value = word.partition("=")
        if name in param.opts:
            found = value if equals else next(iter(arguments[index + 1 :]), None)
        elif word[:1] == "-" and word[:2] in param.opts and len(word) > 2 and word[1] != "-":
            found = word[2:]
    return found
