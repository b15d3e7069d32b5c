"""Frozen values: copied and unpickled by being made anew, told in a few words."""

from __future__ import annotations

from dataclasses import fields
from typing import Any, cast


class Value:
    """Copied and unpickled by being made anew, so that its rules hold for the copy too."""

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), tuple(value for _, value in self._fields())

    def _fields(self) -> list[tuple[str, Any]]:
        """Return what it was made of, without what was looked up in it since."""
        return [(each.name, getattr(self, each.name)) for each in fields(cast(Any, self))]

    def __repr__(self) -> str:
        told = [f"{name}={value!r}" for name, value in self._fields() if _short(value)]
        return f"{type(self).__name__}({', '.join(told)})"


def _short(value: object) -> bool:
    """Whether a value says in a few words what it is."""
    return isinstance(value, str | int)
