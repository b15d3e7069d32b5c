"""Short texts with `code` in them, such as questions and reasons."""

from __future__ import annotations

from rich.text import Text

from nntrace.teach.markdown import paragraphs
from nntrace.write.render.look import POSITIVE, View


def prose(words: str, view: View) -> Text:
    """Make text of words in which code stands between backquotes.

    With colours code is coloured and the backquotes go; without, they stay, to mark it.
    """
    text = Text()
    for paragraph in paragraphs(words):
        text.append("\n\n" if text else "")
        for index, line in enumerate(paragraph):
            text.append("\n" if index else "")
            for span in line:
                if span.code and view.colours:
                    text.append(view.plain(span.text), POSITIVE)
                else:
                    text.append(view.plain(f"`{span.text}`" if span.code else span.text))
    return text
