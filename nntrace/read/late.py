"""Readers that are loaded when they are first used: a run pays for its own formats alone."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from importlib import import_module
from typing import Any


def late(module: str, function: str, *more: object) -> Callable[..., Any]:
    """Return what loads a module of `nntrace.read`, and calls a function of it.

    `more` follows behind what the function is given.
    """
    return partial(_call, module, function, more)


def _call(
    module: str, function: str, more: tuple[object, ...], *given: object, **options: object
) -> Any:
    reader = getattr(import_module(f"nntrace.read.{module}"), function)
    return reader(*given, *more, **options)
