"""What a reader types alone, in the place of a part of a command: numbers, a text, a neuron."""

from __future__ import annotations

import re

from nntrace.teach.step import LOOKING

_INPUT = re.compile(r"""((?:--input|-i)[ =])("[^"]*"|'[^']*'|\S+)""")
_NUMBERS = re.compile(r"[-+.0-9eE,\s]*[0-9][-+.0-9eE,\s]*")
_TEXT = re.compile(r"""(["']?)[^\W\d_][^.=/"']*\1""")
_NAME = re.compile(r"[A-Za-z][\w.]*\.\w+")
_NEURON = re.compile(rf"(explain \S+ |--neuron ){_NAME.pattern}")


def replaceable(command: str) -> str:
    """Say what may be typed alone, to take the place of what a command has there."""
    found = _INPUT.search(command)
    parts = ["another neuron"] if _NEURON.search(command) else []
    parts += ["other numbers"] if found and _NUMBERS.fullmatch(found[2]) else []
    parts += ["another text"] if found and _TEXT.fullmatch(found[2]) else []
    if not parts:
        return "Or type any command of your own."
    return f"Or type {' or '.join(parts)} in its place, or any command of your own."


def replaced(command: str, said: str) -> str | None:
    """Return a command with what was said in its place: other numbers, a text, another neuron."""
    found = _INPUT.search(command)
    if found and _NUMBERS.fullmatch(said) and _NUMBERS.fullmatch(found[2]):
        numbers = re.split(r"[,\s]+", said.strip())
        if len(numbers) == 1 and "," in found[2]:  # that of a step
            return None
        row = ",".join(numbers)
        return _INPUT.sub(lambda match: f"{match[1]}{row}", command, count=1)
    if _NAME.fullmatch(said) and _NEURON.search(command):
        return _NEURON.sub(lambda match: f"{match[1]}{said}", command, count=1)
    if found and _TEXT.fullmatch(found[2]) and _is_text(said):
        text = said.strip("\"'")
        return _INPUT.sub(lambda match: f'{match[1]}"{text}"', command, count=1)
    return None


def _is_text(said: str) -> bool:
    """Whether what was said is meant as a text: of more than a letter, and no command."""
    words = said.split()
    return len(said) > 1 and bool(_TEXT.fullmatch(said)) and words[0] not in (*LOOKING, "quit")
