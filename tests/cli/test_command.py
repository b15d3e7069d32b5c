"""A command's values: it has a parameter for each field, the command the whole value."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, NamedTuple

import pytest

from nntrace.cli.command import After, Context, Option, but, flattened, given_options

Other = Annotated[int, Option("--other", help="In words of its own.")]


class Size(NamedTuple):
    width: Annotated[int, Option("-w", "--width", help="Wide.")] = 3
    names: Annotated[Sequence[str], Option("--name", help="Called.")] = ()
    height: Annotated[int, Option("--height", help="High.")] = 0
    unit: str = "cm"


got = []


def whole(
    context: Context,
    size: Size,
    own: Annotated[bool, After("width"), Option("--own", help="Own.")] = False,
) -> None:
    """Tell."""
    got.append((context, size, own))


def differing(
    context: Context, size: Annotated[Size, but(width=Other), but(height=7, unit="mm")]
) -> None:
    got.append(size)


@pytest.mark.parametrize(
    ("command", "names"),
    [(whole, ["width", "own", "names", "height"]), (differing, ["width", "names"])],
)
def test_a_value_stands_for_its_options(command, names):
    assert [each.name for each in flattened(command).parameters] == names


def test_a_command_gets_the_value():
    got.clear()
    context = Context("environment", {})
    flattened(whole).call(context, width=1, names=["a"], height=2, own=True)
    flattened(differing).call(context, width=4, names=[])
    assert got == [(context, Size(1, ["a"], 2, "cm"), True), Size(4, [], 7, "mm")]
    assert flattened(whole).doc == "Tell."


def test_an_option_that_is_described_anew_is_so():
    width, _ = flattened(differing).parameters
    assert (width.told_by.names, width.default) == (("--other",), 3)


@pytest.mark.parametrize(
    ("size", "options"),
    [
        (Size(0), []),
        (Size(5, ["a", "b"], unit="m"), [("--width", 5), ("--name", "a"), ("--name", "b")]),
    ],
)
def test_what_was_given_is_told_by_its_options(size, options):
    assert list(given_options(size)) == options
