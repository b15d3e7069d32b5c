"""How values show themselves where somebody types: a REPL's text, a notebook's HTML.

The core only asks. What draws them is named by the package when one of its names is first used, so
that the core needs to know nothing of it, and nothing is loaded before it is wanted.
"""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType

_load: Callable[[], ModuleType] | None = None


def drawn_by(load: Callable[[], ModuleType]) -> None:
    """Name what loads the module whose `text` and `html` draw values."""
    global _load
    _load = load


def text(value: object) -> str:
    """Return some lines that say what a value is."""
    return object.__repr__(value) if _load is None else str(_load().text(value))


def html(value: object) -> str | None:
    """Return the same as HTML, which fetches and runs nothing; None where nothing draws it."""
    return None if _load is None else str(_load().html(value))
