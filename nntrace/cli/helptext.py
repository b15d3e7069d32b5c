"""The help of a command, laid out from what its arguments and options are."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence

from nntrace.cli.command import HELP, REQUIRED, Flat, Parameter
from nntrace.cli.usage import span

WIDEST = 100  # columns; longer lines are hard to read
DEEPEST = 28  # columns of names, beside which there is room for what they do


def help_text(
    path: str, command: Flat, width: int | None, commands: Sequence[tuple[str, str]] = ()
) -> str:
    """Return the help of a command, as which `path` is typed, for a terminal's width.

    That of all has `commands`, and what each does.
    """
    width = min(width or 80, WIDEST)
    usage = [path, "[OPTIONS]", *map(_used, command.arguments)]
    sections = [f"Usage: {' '.join(usage)}{' COMMAND …' if commands else ''}"]
    sections += _paragraphs(command.doc, width)
    if command.arguments:
        rows = [(_used(each).strip("[]"), _told(each)) for each in command.arguments]
        sections.append("\n".join(["Arguments:", *_columns(rows, width)]))
    rows = [(_names(each), _told(each)) for each in (*command.options, HELP)]
    sections.append("\n".join(["Options:", *_columns(rows, width)]))
    if commands:
        sections.append("\n".join(["Commands:", *_columns(commands, width)]))
    return "\n\n".join(sections)


def _used(argument: Parameter) -> str:
    """Return an argument as the line of usage has it: `NET`, `[STEP]`, `NET…`."""
    name = str(argument.told_by.metavar).replace("...", "…")
    return name if argument.default is REQUIRED or name.startswith("[") else f"[{name}]"


def _names(option: Parameter) -> str:
    """Return `-p, --precision N`."""
    names = ", ".join(option.names)
    if option.flag:
        return names
    return f"{names} {option.told_by.metavar or '|'.join(option.choices) or 'N'}"


def _told(parameter: Parameter) -> str:
    """Return what an option does, with its range and default."""
    told, (low, high) = parameter.told_by.help, parameter.range
    more = [span(low, high)] if high is not None else []
    if not parameter.flag and isinstance(parameter.default, str | int):
        more.append(f"default {parameter.default}")
    return f"{told.removesuffix('.')} ({'; '.join(more)})." if more else told


def _paragraphs(doc: str, width: int) -> Iterator[str]:
    r"""Wrap a docstring; what follows a `\b` keeps its lines."""
    first, _, others = doc.partition("\n")
    for paragraph in f"{first}\n{textwrap.dedent(others)}".strip().split("\n\n"):
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
