"""Somebody who takes a lesson: sees the screen, and types what fits to what is asked."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

from nntrace.cli.app import main
from nntrace.cli.environment import Environment

CLEAR = "\x1b[2J\x1b[H"
ANSI = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")

# What is asked, told by the end of the screen.
ASKED = {
    "begins": re.compile(r"Enter (begins|goes on there)\b"),
    "number": re.compile(r"\ba number( ·|,)"),
    "letter": re.compile(r"\ba, c\b"),
    "words": re.compile(r"your own words"),
    "command": re.compile(r"\$ nntrace $"),
    "screen": re.compile(r"Enter goes on( ·|,) "),
    "step": re.compile(r"Enter goes on to step"),
    "end": re.compile(r"Enter (takes the quiz|ends the lesson)"),
}

Says = Callable[[str, str], "str | None"]  # of what is asked, and what was shown: a line, or None


class Shown(NamedTuple):
    """What was written from one line that was typed to the next, and what kind of thing it asks."""

    text: str
    asked: str

    @property
    def lines(self) -> list[str]:
        """The lines that are new on the screen, without colours."""
        return ANSI.sub("", self.text.rpartition(CLEAR)[2]).split("\n")


class Sitting(NamedTuple):
    """A whole sitting."""

    code: int
    shown: list[Shown]

    @property
    def text(self) -> str:
        """All that was written."""
        return "".join(each.text for each in self.shown)


def kind_of(text: str) -> str:
    """Tell what the end of a screen asks for."""
    end = ANSI.sub("", text).rpartition("\n\n")[2][-400:]
    last = ANSI.sub("", text).rstrip("\n")[-160:]
    for name in ("command", "words", "number", "letter", "step", "end", "begins", "screen"):
        if ASKED[name].search(last if name == "command" else end):
            return name
    return "other"


def sit(
    says: Says,
    *arguments: str,
    width: int = 80,
    height: int = 24,
    most: int = 400,
    command: str = "learn",
    resized: Mapping[int, tuple[int, int]] = MappingProxyType({}),
    **variables: str,
) -> Sitting:
    """Let somebody sit at a terminal until the program ends, or `most` lines were typed.

    From the line of a number on that is `resized`, the terminal has that width and height.
    """
    shown: list[Shown] = []
    pending: list[str] = []

    class Screen(io.BytesIO):
        def isatty(self) -> bool:
            return True

        def write(self, data: Any) -> int:
            pending.append(bytes(data).decode())
            return len(data)

    class Keyboard(io.BytesIO):
        def isatty(self) -> bool:
            return True

        def readline(self, size: int | None = -1) -> bytes:
            text = "".join(pending)
            pending.clear()
            kind = kind_of(text)
            if size := resized.get(len(shown)):
                known["COLUMNS"], known["LINES"] = map(str, size)
            shown.append(Shown(text, kind))
            line = says(kind, text) if len(shown) <= most else None
            if line is None:
                return b""
            pending.append(f"{line}\n")  # as the terminal shows it
            return f"{line}\n".encode()

    screen = Screen()
    plain = {"TERM": "xterm", "NO_COLOR": "1", "COLUMNS": str(width), "LINES": str(height)}
    known = plain | variables
    code = main([command, *arguments], Environment(Keyboard(), screen, screen, known))
    shown.append(Shown("".join(pending), "over"))
    return Sitting(int(code), shown)
