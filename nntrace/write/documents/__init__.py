"""The JSON documents: each described once, and from that made, and its schema.

A module is loaded when it is first used.
"""

from __future__ import annotations

from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from nntrace.write.documents import (  # noqa: F401
        check,
        diff,
        explain,
        ladder,
        margin,
        show,
        stats,
        tensors,
        trace,
    )


def __getattr__(name: str) -> ModuleType:
    if name.startswith("_"):
        raise AttributeError(f"module '{__name__}' has no attribute '{name}'")
    return import_module(f"nntrace.write.documents.{name}")
