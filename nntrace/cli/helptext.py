"""The help of a command, laid out from what its arguments and options are."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from typing import Any

WIDEST = 100  # columns; longer lines are hard to read
DEEPEST = 28  # columns of names, beside which there is room for what they do
_HELP = ("-h, --help", "Show this and exit.")


def help_text(command: Any, context: Any, width: int | None) -> str:
    """Return the help of a command (or of all, which has `commands`) for a terminal's width."""
    width = min(width or 80, WIDEST)
    params = [param for param in command.params if not getattr(param, "hidden", False)]
    arguments = [param for param in params if param.param_type_name == "argument"]
    options = [param for param in params if param.param_type_name == "option"]
    commands = getattr(command, "commands", {})
    usage = [context.command_path, "[OPTIONS]", *map(_used, arguments)]
    sections = [f"Usage: {' '.join(usage)}{' COMMAND …' if commands else ''}"]
    sections += _paragraphs(command.help or "", width)
    if arguments:
        rows = [(_used(each).strip("[]"), _told(each)) for each in arguments]
        sections.append("\n".join(["Arguments:", *_columns(rows, width)]))
    rows = [(_names(each), _told(each)) for each in options if "--help" not in each.opts]
    sections.append("\n".join(["Options:", *_columns([*rows, _HELP], width)]))
    if commands:
        rows = [(name, first_sentence(each)) for name, each in commands.items()]
        sections.append("\n".join(["Commands:", *_columns(rows, width)]))
    return "\n\n".join(sections)


def first_sentence(command: Any) -> str:
    """Return what a command does, in a line."""
    return str(command.help or "").partition("\n")[0]


def called(param: Any) -> str:
    """Return an option's longest name, or what an argument is called in the help: `NET`."""
    if param.param_type_name == "argument":
        return str(param.metavar or param.name).strip("[].")
    return str(max(param.opts, key=len))


def takes(param: Any) -> str:
    """Say in words what values an option or argument takes."""
    if choices := choices_of(param):
        *most, last = choices
        return f"{', '.join(most)} or {last}" if most else last
    low, high = getattr(param.type, "min", None), getattr(param.type, "max", None)
    whole = getattr(param.type, "name", "").startswith("int")
    number = "a whole number" if whole else "a number"
    if low is None and high is None and getattr(param.type, "name", "") not in ("integer", "float"):
        return str(param.metavar or "a value").strip("[].")
    return f"{number}{_range(low, high, ' from ')}"


def choices_of(param: Any) -> list[str]:
    """Return the words that an option or argument chooses from, none where it takes others."""
    return [str(getattr(each, "value", each)) for each in getattr(param.type, "choices", ())]


def _range(low: Any, high: Any, before: str) -> str:
    if low is None and high is None:
        return ""
    return f"{before}{low}" + (f" to {high}" if high is not None else "")


def _used(argument: Any) -> str:
    """Return an argument as the line of usage has it: `NET`, `[STEP]`, `NET…`."""
    name = str(argument.metavar or argument.name).replace("...", "…")
    return name if argument.required or name.startswith("[") else f"[{name}]"


def _names(option: Any) -> str:
    """Return `-p, --precision N`."""
    names = ", ".join(sorted((*option.opts, *option.secondary_opts), key=len))
    if option.is_flag:
        return names
    return f"{names} {option.metavar or '|'.join(choices_of(option)) or 'N'}"


def _told(param: Any) -> str:
    """Return what an option does, with its range and default."""
    told = str(param.help or "")
    low, high = getattr(param.type, "min", None), getattr(param.type, "max", None)
    more = [_range(low, high, "")] if high is not None else []
    default = getattr(param.default, "value", param.default)
    if default is not None and not getattr(param, "is_flag", False) and type(default) in (str, int):
        more.append(f"default {default}")
    return f"{told.removesuffix('.')} ({'; '.join(more)})." if more else told


def _paragraphs(text: str, width: int) -> Iterator[str]:
    r"""Wrap a docstring; what follows a `\b` keeps its lines."""
    for paragraph in text.strip().split("\n\n"):
        lines = paragraph.split("\n")
        if lines[0].strip() == "\b":
            yield "\n".join(f"  {line}" for line in lines[1:])
        else:
            yield _wrapped(" ".join(lines), width, "  ", "  ")


def _columns(rows: Sequence[tuple[str, str]], width: int) -> Iterator[str]:
    """Set names and what they do beside each other; a long name has a line of its own."""
    column = max((len(name) for name, _ in rows if len(name) <= DEEPEST), default=0) + 4
    for name, told in rows:
        head = f"  {name}"
        if len(name) > DEEPEST:
            yield head
            head = ""
        yield _wrapped(told, width, head.ljust(column), " " * column) if told else head


def _wrapped(text: str, width: int, first: str, others: str) -> str:
    return textwrap.fill(
        text,
        width - 1,
        initial_indent=first,
        subsequent_indent=others,
        break_on_hyphens=False,
        break_long_words=False,
    )
