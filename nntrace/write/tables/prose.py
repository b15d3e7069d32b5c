"""Short texts with `code` in them, such as questions and reasons."""

from __future__ import annotations

import re

from rich.text import Text

from nntrace.write.tables.look import POSITIVE, View

_CODE = re.compile(r"`([^`\n]+)`")


def prose(words: str, view: View, style: str = "") -> Text:
    """Make text of words in which code stands between backquotes.

    With colours code is coloured and the backquotes go; without, they stay, to mark it.
    """
    text = Text(style=style)
    for index, line in enumerate(words.strip().split("\n")):
        if index:
            text.append("\n")
        _append(text, line, view)
    return text


def _append(text: Text, words: str, view: View) -> None:
    end = 0
    for match in _CODE.finditer(words) if view.colours else ():
        text.append(view.plain(words[end : match.start()]))
        text.append(view.plain(match[1]), POSITIVE)
        end = match.end()
    text.append(view.plain(words[end:]))
