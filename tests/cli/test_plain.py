"""Words that are plain are read without Typer, and as Typer reads them."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from enum import StrEnum
from typing import Annotated, Any, NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nntrace.cli import plain, typed
from nntrace.cli.app import COMMANDS
from nntrace.cli.command import Argument, Context, OneOf, Option, flattened


class Tone(StrEnum):
    low = "low"
    high = "high"


class Asked(NamedTuple):
    names: Annotated[Sequence[str], Option("-n", "--name", help="Names.")] = ()
    count: Annotated[int, Option("-c", "--count", min=1, max=12, help="How many.")] = 4
    some: Annotated[int | None, Option("--some", min=0, help="How many.")] = None
    tone: Annotated[Tone, Option("--tone", help="Which.")] = Tone.low
    kind: Annotated[str | None, OneOf(("a", "b")), Option("--kind", help="Which.")] = None
    file: Annotated[str | None, Option("-o", "--output", help="Where.")] = None
    loud: Annotated[bool, Option("--loud", help="Loud.")] = False


seen: list[Any] = []


def command(
    context: Context,
    net: Annotated[str, Argument(metavar="NET", help="A net.")],
    asked: Asked,
    place: Annotated[str, Argument(metavar="[PLACE]", help="A place.")] = "here",
) -> None:
    seen.append((context.obj, net, asked._replace(names=tuple(asked.names)), place))


FLAT = flattened(command)
TYPED = typed.application({"command": (FLAT, typed.Command)}, alone=True)


def by_typer(words: list[str]) -> Any:
    """What the command gets of Typer; None where Typer finds something wrong."""
    seen.clear()
    try:
        TYPED.main(words, prog_name="command", standalone_mode=False, obj="environment")
    except Exception:
        return None
    return seen.pop() if seen else None


def without(words: list[str]) -> Any:
    values = plain.read(FLAT, words)
    if values is None:
        return None
    with plain.Ending("environment") as context:
        FLAT.call(context=context, **values)
    return seen.pop()


PLAIN = [
    ["net"],
    ["net", "there"],
    ["-"],
    ["net", "-n", "x", "--name", "y", "--count", "12", "--loud", "--loud"],
    ["--some", "0", "net", "--tone", "high", "--kind", "b", "there", "-o", "-"],
]
NOT_PLAIN = [
    [],
    ["a", "b", "c"],
    ["net", "--name"],
    ["net", "--name=x"],
    ["net", "-nx"],
    ["net", "--nam", "x"],
    ["net", "--name", "--loud"],
    ["net", "--name", "-1"],
    ["net", "--count", "13"],
    ["net", "--count", "0"],
    ["net", "--count", "²"],
    ["net", "--count", "1", "-c", "1"],
    ["net", "--tone", "HIGH"],
    ["net", "--kind", "c"],
    ["net", "--", "--loud"],
    ["net", "--help"],
]


@pytest.mark.parametrize("words", PLAIN, ids=" ".join)
def test_plain_words_are_read_as_typer_reads_them(words):
    assert without(words) == by_typer(words)
    assert without(words)


@pytest.mark.parametrize("words", NOT_PLAIN, ids=" ".join)
def test_other_words_are_left_to_typer(words):
    assert plain.read(FLAT, words) is None


WORDS = [
    "net", "-", "", "x y", "-n", "--name", "-c", "--count", "1", "12", "007", "99", "-1", "1.5",
    "--some", "--tone", "low", "high", "--kind", "a", "b", "-o", "--output", "--loud", "--", "-h",
    "--name=x", "--unknown",
]  # fmt: skip


@given(st.lists(st.sampled_from(WORDS), max_size=8))
@settings(max_examples=1500, deadline=None)
def test_whatever_is_read_is_what_typer_reads(words):
    read = without(words)
    if read is not None:
        assert read == by_typer(words)


def test_what_is_entered_is_left_when_the_command_ends():
    left = []

    class Resource:
        def __enter__(self) -> Resource:
            return self

        def __exit__(self, *_: object) -> None:
            left.append(True)

    with plain.Ending("environment") as context:
        assert isinstance(context.with_resource(Resource()), Resource)
        assert not left
    assert left


@pytest.mark.parametrize("words", ["run xor -f json", "show xor", "explain xor output.0 -p 3"])
def test_plain_commands_do_not_load_typer(words):
    code = (
        "import sys, nntrace.cli.app as app; app.main(sys.argv[1:]);"
        "sys.exit('typer' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code, *words.split()], capture_output=True)
    assert done.returncode == 0


def test_the_commands_that_are_run_most_are_of_this_kind():
    modules = {name: __import__(f"nntrace.cli.{name}", fromlist=[name]) for name in COMMANDS}
    of_ours = {
        name
        for name, module in modules.items()
        if not any(
            type(each.told_by).__module__.startswith("typer")
            for each in flattened(getattr(module, name)).parameters
        )
    }
    assert {"run", "predict", "explain", "show", "stats", "ladder"} <= of_ours
