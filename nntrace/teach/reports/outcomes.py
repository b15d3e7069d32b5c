"""How an answer came out, as the sign before what is said of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nntrace.write.report import Line, line

if TYPE_CHECKING:
    from nntrace.write.view import View

SIGNS = {"right": "✓", "wrong": "✗", "unknown": "?", "unreadable": "✗"}


def signed(outcome: str, words: str, view: View) -> str:
    """Return words behind a sign; in ASCII there is none, and the words say it alone."""
    return words if view.ascii_only else f"{SIGNS[outcome]} {words}"


def verdict(outcome: str, words: str, view: View) -> Line:
    """Make the line that says how an answer was."""
    return line(signed(outcome, words, view), words, "strong")
