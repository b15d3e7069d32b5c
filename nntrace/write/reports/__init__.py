"""What each command tells: its values in, a report out.

A module is loaded when it is first used.
"""

from __future__ import annotations

from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from nntrace.write.reports import (  # noqa: F401
        causes,
        check,
        diff,
        explain,
        ladder,
        margin,
        predict,
        rows,
        run,
        show,
        stats,
        tensors,
    )


def __getattr__(name: str) -> ModuleType:
    if name.startswith("_"):
        raise AttributeError(f"module '{__name__}' has no attribute '{name}'")
    return import_module(f"nntrace.write.reports.{name}")
