"""The texts of questions as HTML: code stays code, and what looks like markup stays text."""

from __future__ import annotations

from html import escape

from nntrace.teach.markdown import Span, paragraphs
from nntrace.teach.question import Question, where_taught


def html(text: str, end: str = "<br>") -> str:
    """Return a text as the content of a paragraph, each line but the last ended by an `end`."""
    return (end * 2).join(
        end.join("".join(map(_span, line)) for line in lines) for lines in paragraphs(text)
    )


def _span(span: Span) -> str:
    text = escape(span.text, quote=False)
    return f"<code>{text}</code>" if span.code else text


def general(question: Question, end: str = "<br>") -> str:
    """Return what is told whatever was answered: the hints, and where it is taught."""
    hints = "".join(f"<li>{html(hint, end)}</li>" for hint in question.hints)
    told = f"<p>Step by step:</p><ol>{hints}</ol>" if hints else ""
    if taught := where_taught(question):
        told += f"<p>To read again: {html(taught, end)}</p>"
    return told
