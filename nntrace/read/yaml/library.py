"""PyYAML, loaded without the patterns that only its slow reader searches for.

It compiles them when it is imported, nearly all in vain where its parser in C reads the files: one,
of every character that can be printed, takes Python a sixth of the time of importing NumPy. They
are compiled when they are first used.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


class LatePattern:
    """A pattern that is compiled when something is first asked of it."""

    def __init__(self, *given: Any) -> None:
        self._given = given

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):  # of the protocols of copies and pickles, which begin empty
            raise AttributeError(name)
        found = getattr(re.compile(*self._given), name)
        setattr(self, name, found)
        return found


@contextmanager
def patterns_compiled_late(package: str) -> Iterator[None]:
    """Compile what modules of a package say meanwhile when it is first used; others' at once."""
    compile = re.compile

    def compile_late(*given: Any, **named: Any) -> Any:
        asking = sys._getframe(1).f_globals.get("__name__", "")
        if named or asking.partition(".")[0] != package:
            return compile(*given, **named)
        return LatePattern(*given)

    re.compile = compile_late
    try:
        yield
    finally:
        re.compile = compile


with patterns_compiled_late("yaml"):
    import yaml

__all__ = ["yaml"]
