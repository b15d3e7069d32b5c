"""Commands that run in process, on a terminal that is made up: its width, colours and locale."""

from __future__ import annotations

import io

from nntrace.cli.app import main
from nntrace.cli.environment import Environment


class Stream(io.BytesIO):
    """A stream that says of itself whether it is a terminal."""

    def __init__(self, terminal: bool = True, data: bytes = b"") -> None:
        super().__init__(data)
        self.terminal = terminal

    def isatty(self) -> bool:
        return self.terminal


def ran(
    arguments: str, width: int | None = None, encoding: str = "utf-8", **variables: str
) -> tuple[int, str, str]:
    """Return the exit code and what a command writes to a terminal of a width, or to a pipe.

    In a word, `~` stands for a blank, `@` for the folder of the nets that come along, seen from
    that of the nets of tests; `%` for nothing, where a word shall not look like something else.
    """
    out, err = Stream(width is not None), Stream(False)
    variables = {"TERM": "xterm-256color", "NO_COLOR": "1"} | variables
    if width is not None:
        variables["COLUMNS"] = str(width)
    words = [word.replace("~", " ") for word in arguments.split()]
    words = [word.replace("@", "../../../configs/").replace("%", "") for word in words]
    code = main(words, Environment(Stream(False), out, err, variables, encoding))
    return code, out.getvalue().decode(encoding), err.getvalue().decode()


def seen(
    arguments: str,
    width: int | None = None,
    encoding: str = "utf-8",
    code: int = 0,
    **variables: str,
) -> str:
    """Return what a command writes, and assert its exit code."""
    ended, out, err = ran(arguments, width, encoding, **variables)
    assert ended == code, err
    return out
