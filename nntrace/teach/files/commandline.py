"""A command as a line of text, as a lesson holds it and a reader of one types it."""

from __future__ import annotations

import re
from contextlib import suppress
from os.path import join
from pathlib import Path

from nntrace.errors import Problem, UsageError, unknown
from nntrace.read.files import check_own, is_stream
from nntrace.teach.step import LOOKING, Command

_WORD = re.compile(r"""(?:[^\s"']|"[^"]*"|'[^']*')+""")
_QUOTED = re.compile(r""""([^"]*)"|'([^']*)'""")
_STDIN = re.compile(r"-|.*=-|-i-|.*/dev/(?:stdin|fd/.*)|.*/proc/self/fd/.*")


def split(text: str, line: int = 1) -> list[tuple[str, int]]:
    """Return the words of a line as a shell parts them, each with its column.

    Quotes hold words together; nothing is expanded. Raises UsageError for a quote that is open.
    """
    words = []
    for match in _WORD.finditer(text):
        word = _QUOTED.sub(lambda quoted: quoted[1] or quoted[2] or "", match[0])
        words.append((word, match.start() + 1))
    rest = _WORD.sub("", text).strip()
    if rest:
        place = text.index(rest[0]) + 1
        raise UsageError(Problem(f"a quote {rest[0]} is not closed", line=line, column=place))
    return words


def looking_command(text: str, line: int = 1, yours: bool = False, folder: str = "") -> Command:
    """Read a command, without `nntrace` before it, that only looks; it will run in a folder.

    Raises UsageError, with the place, for any other, and for one that writes a file or reads
    standard input.
    """
    words = split(text, line)
    name, place = words[0] if words else ("", 1)
    if name not in LOOKING:
        message = unknown("command", name, LOOKING)
        if name == "nntrace":
            message = "leave out 'nntrace', which every command begins with"
        raise UsageError(Problem(message, line=line, column=place))
    column = place
    for word, place in words[1:]:
        if re.match(r"-o|--output", word):
            message = f"'{word}': what is shown in a lesson writes no file"
            raise UsageError(Problem(message, line=line, column=place))
        if _STDIN.fullmatch(word) or is_stream(join(folder, word.partition("=")[2] or word)):
            message = f"'{word}': what is shown in a lesson reads no standard input"
            raise UsageError(Problem(message, line=line, column=place))
    return Command(text.strip(), tuple(word for word, _ in words), line, column, yours)


def check_own_files(word: str, folder: str) -> None:
    """Raise FileError where a word of a lesson names files that are not the lesson's own.

    These lie in its folder or below, links resolved; a pattern of names stands for all that fit.
    Names of what is not there may mean anything.
    """
    from glob import glob

    names = {word, word.partition("=")[2], word[2:] if re.match(r"-[a-z]", word) else ""}
    for name in sorted(names - {""}):
        for path in [name, *glob(name, root_dir=folder, recursive=True)]:
            with suppress(ValueError):  # a NUL, which no file's name has
                check_own(Path(folder), path, "the lesson")
