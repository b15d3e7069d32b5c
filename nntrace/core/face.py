"""How values show themselves where somebody types: a REPL's text, a notebook's HTML.

The core only asks. What draws them the package says, by its function `_face`, so that the core
needs to know nothing of it, and nothing is loaded before it is wanted.
"""

from __future__ import annotations

import sys


def text(value: object) -> str:
    """Return some lines that say what a value is."""
    return str(sys.modules["nntrace"]._face().text(value))


def html(value: object) -> str:
    """Return the same as HTML, which fetches and runs nothing."""
    return str(sys.modules["nntrace"]._face().html(value))
