"""Records are what `typing.NamedTuple` makes of the same class."""

from __future__ import annotations

import copy
import inspect
import pickle
import typing
from typing import Any, get_type_hints

import pytest

from nntrace.records import NamedTuple


def made(base: Any) -> Any:
    class Pair(base):
        """Two numbers."""

        first: int
        second: Later = 2  # type: ignore[name-defined]  # noqa: F821
        more: tuple[int, ...] = ()

        @property
        def total(self) -> int:
            """Their sum."""
            return self.first + self.second

        @classmethod
        def of(cls, first: int) -> Any:
            """Make one."""
            return cls(first)

        @staticmethod
        def one() -> int:
            """Return 1."""
            return 1

        def __str__(self) -> str:
            return "a pair"

    return Pair


OURS, TYPING = made(NamedTuple), made(typing.NamedTuple)


@pytest.mark.parametrize(
    "name",
    ["__doc__", "__name__", "__qualname__", "__module__", "_fields", "_field_defaults",
     "__annotations__", "__match_args__", "__bases__", "__slots__"],
)  # fmt: skip
def test_it_has_what_that_of_typing_has(name):
    if name != "__annotations__":
        assert getattr(OURS, name) == getattr(TYPING, name)
    else:
        assert list(getattr(OURS, name)) == list(getattr(TYPING, name))


def test_it_does_what_that_of_typing_does():
    for kind in (OURS, TYPING):
        pair = kind(3, more=(1,))
        assert pair == (3, 2, (1,))
        assert (pair.total, kind.of(1).total, kind.one(), str(pair)) == (5, 3, 1, "a pair")
        assert repr(pair) == "Pair(first=3, second=2, more=(1,))"
        assert pair._replace(second=0)._asdict() == {"first": 3, "second": 0, "more": (1,)}
        assert copy.copy(pair) == pair
        assert not hasattr(pair, "__dict__")
        with pytest.raises(TypeError, match="first"):
            kind()
        with pytest.raises(AttributeError):
            pair.first = 1
        parameters = inspect.signature(kind).parameters.values()
        assert [(each.name, each.default) for each in parameters] == [
            ("first", inspect.Parameter.empty), ("second", 2), ("more", ())
        ]  # fmt: skip


class Known(NamedTuple):
    """Of this module."""

    text: str
    other: Known | None = None


def test_types_are_found_when_they_are_asked_for():
    assert get_type_hints(Known) == {"text": str, "other": Known | None}


def test_it_is_pickled():
    assert pickle.loads(pickle.dumps(Known("a", Known("b")))) == Known("a", Known("b"))
