"""What is wrong with a command line, in words: what is wrong, and what would be right."""

from __future__ import annotations

import os
from collections.abc import Sequence

from nntrace.cli.command import Flat, Parameter
from nntrace.errors import listed
from nntrace.read.rows.formats import SUFFIXES_OF_ANY
from nntrace.words import cropped, nearest


def takes(parameter: Parameter) -> str:
    """Say in words what values an option or argument takes."""
    if parameter.choices:
        *most, last = parameter.choices
        return f"{', '.join(most)} or {last}" if most else last
    if parameter.kind not in (int, float):
        return str(parameter.told_by.metavar or "a value").strip("[].")
    number = "a whole number" if parameter.kind is int else "a number"
    low, high = parameter.range
    return number if (low, high) == (None, None) else f"{number} from {span(low, high)}"


def span(low: float | None, high: float | None) -> str:
    """Write a range: `0 to 17`, or `0` where it has no end."""
    return f"{low}" if high is None else f"{low} to {high}"


def unknown_option(name: str, command: Flat) -> str:
    """Say that there is no such option, with the nearest one."""
    known = [each.called for each in command.options]
    begun = [each for each in known if len(name) > 3 and each.startswith(name)]
    near = begun if len(begun) == 1 else nearest(name, known)
    hint = f", did you mean {' or '.join(near)}?" if near else ""
    return f"unknown option {cropped(name)}{hint}"


def missing(parameter: Parameter) -> str:
    """Say that a word is missing, and what it would be."""
    help = parameter.told_by.help.partition(". ")[0].rstrip(".")
    return f"{_named(parameter)} is missing: {help or takes(parameter)}"


def not_taken(parameter: Parameter, text: str) -> str:
    """Say that a value is none of those that an option or argument takes."""
    near = nearest(text, parameter.choices)
    hint = f", did you mean '{near[0]}'?" if near else ""
    return f"{_named(parameter)} takes {takes(parameter)}, not '{cropped(text)}'{hint}"


def left_over(words: Sequence[str], arguments: Sequence[str], command: Flat) -> str:
    """Say what to do with words that no argument takes: mostly files of an unquoted pattern."""
    files = [word for word in arguments if word.lower().endswith(SUFFIXES_OF_ANY)]
    rows = [file for file in files if os.path.exists(file)]
    shown = listed([f"'{cropped(word)}'" for word in words[:3]] + ["more"] * (len(words) > 3))
    verb = "stands" if len(words) == 1 else "stand"
    if len(rows) > 1 and any("--input" in each.names for each in command.options):
        suffix = os.path.splitext(rows[0])[1]
        return (
            f"{shown} {verb} behind the file that --input takes; quote a pattern "
            f"(--input '*{suffix}'), or give --input before each file"
        )
    names = [each.called for each in command.arguments]
    taken = f"takes {listed(names)} alone" if names else "takes options alone"
    return f"{shown} {verb} where nothing is taken: {command.name} {taken}"


def _named(parameter: Parameter) -> str:
    return "/".join(parameter.names) or parameter.called
