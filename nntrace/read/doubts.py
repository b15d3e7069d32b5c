"""What is doubtful in a file but no error, and who hears of it."""

from __future__ import annotations

import warnings
from collections.abc import Callable

from nntrace.errors import Problem

Warn = Callable[[Problem], None]


def warned(problem: Problem) -> None:
    """Warn of it, as Python does."""
    warnings.warn(str(problem), stacklevel=4)


def unheard(problem: Problem) -> None:
    """Let it be."""
