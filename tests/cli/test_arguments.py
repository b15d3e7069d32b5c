"""A command's words: what each is read as, with Typer and without; spellings of a value."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from enum import StrEnum
from typing import Annotated, Any, NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from watchdog import WATCHDOG

from nntrace.cli import typed
from nntrace.cli.arguments import read
from nntrace.cli.command import HELP, Alone, Argument, Context, OneOf, Option, flattened
from nntrace.errors import UsageError


class Tone(StrEnum):
    low = "low"
    high = "high"


class Asked(NamedTuple):
    names: Annotated[Sequence[str], Option("-n", "--name", help="Names.")] = ()
    count: Annotated[int, Option("-c", "--count", min=1, max=12, help="How many.")] = 4
    share: Annotated[float | None, Option("--share", min=0, max=1, help="How much.")] = None
    tone: Annotated[Tone, Option("--tone", help="Which.")] = Tone.low
    kind: Annotated[str | None, OneOf(("apple", "berry")), Option("--kind", help="Which.")] = None
    file: Annotated[str | None, Option("-o", "--output", metavar="FILE", help="Where.")] = None
    loud: Annotated[bool, Option("-l", "--loud", help="Loud.")] = False
    port: Annotated[str | None, Option("--port", help="", alone=Alone("80", "[0-9]+"))] = None


def command(
    context: Context,
    net: Annotated[str, Argument(metavar="NET", help="A net. Or another.")],
    asked: Asked,
    place: Annotated[str, Argument(metavar="[PLACE]", help="A place.")] = "here",
) -> int:
    context.obj.append((net, asked, place))
    return 7


def several(
    context: Context,
    nets: Annotated[Sequence[str], Argument(metavar="NET...", help="Nets.")],
    loud: Annotated[bool, Option("--loud", help="Loud.")] = False,
) -> None: ...


FLAT, SEVERAL = flattened(command), flattened(several)
NONE = Asked()


def called(words: list[str]) -> Any:
    seen: list[Any] = []
    said = read(FLAT, words)
    assert said is not None
    with Context(seen, said.given) as context:
        assert FLAT.call(context, **said.values) == 7
    return seen.pop()


def text_of(words: Sequence[str]) -> str:
    return " ".join(words) or "nothing"


READ = [
    (["net"], ("net", NONE, "here")),
    (["net", "there"], ("net", NONE, "there")),
    (["-"], ("-", NONE, "here")),
    ([""], ("", NONE, "here")),
    (["--", "-x", "--loud"], ("-x", NONE, "--loud")),
    (["net", "-n", "x", "--name", "y", "-nz"], ("net", Asked(names=("x", "y", "z")), "here")),
    (["-c", "12", "net"], ("net", Asked(count=12), "here")),
    (["-c12", "net"], ("net", Asked(count=12), "here")),
    (["--count=12", "net"], ("net", Asked(count=12), "here")),
    (["net", "-n", "-1"], ("net", Asked(names=("-1",)), "here")),
    (["net", "-n", "--loud"], ("net", Asked(names=("--loud",)), "here")),
    (["net", "-n", "--"], ("net", Asked(names=("--",)), "here")),
    (["net", "--name="], ("net", Asked(names=("",)), "here")),
    (["net", "--name=a=b"], ("net", Asked(names=("a=b",)), "here")),
    (["net", "-na=b"], ("net", Asked(names=("a=b",)), "here")),
    (["net", "-l", "--loud"], ("net", Asked(loud=True), "here")),
    (["net", "-ll"], ("net", Asked(loud=True), "here")),
    (["net", "-lnx"], ("net", Asked(loud=True, names=("x",)), "here")),
    (["net", "-lc", "3"], ("net", Asked(loud=True, count=3), "here")),
    (["net", "--share", "1e-2"], ("net", Asked(share=0.01), "here")),
    (["net", "--tone", "high"], ("net", Asked(tone=Tone.high), "here")),
    (["--kind", "berry", "net", "-o", "-"], ("net", Asked(kind="berry", file="-"), "here")),
    (["net", "--port"], ("net", Asked(port="80"), "here")),
    (["--port", "net"], ("net", Asked(port="80"), "here")),
    (["net", "--port", "443"], ("net", Asked(port="443"), "here")),
    (["net", "--port", "-l"], ("net", Asked(port="80", loud=True), "here")),
    (["net", "--port=any"], ("net", Asked(port="any"), "here")),
]


@pytest.mark.parametrize(("words", "read"), READ, ids=[text_of(words) for words, _ in READ])
def test_what_words_are_read_as(words, read):
    assert called(words) == read


def by_typer(words: list[str]) -> Any:
    """Return what Typer reads in words: values, None where they ask for help, or what is wrong."""
    try:
        values = typed.read(FLAT, words)
    except UsageError as error:
        return str(error)
    return None if HELP.name in values else dict(sorted(values.items()))


def by_nntrace(words: list[str]) -> Any:
    try:
        said = read(FLAT, words)
    except UsageError as error:
        return str(error)
    return said and {name: said.values[name] for name in sorted(said.given)}


@pytest.mark.parametrize("words", [words for words, _ in READ], ids=text_of)
def test_typer_reads_them_so_too(words):
    assert by_nntrace(words) == by_typer(words)


WORDS = [
    "net", "-", "", "x y", "-n", "--name", "-c", "--count", "1", "12", "007", "99", "-1", "1.5",
    "--share", "nan", "1_0", " 1", "--tone", "low", "high", "--kind", "apple", "a", "-o",
    "--output", "-l", "--loud", "-lc1", "--", "-h", "--help", "--name=x", "--count=3", "--loud=",
    "--port", "80", "--port=x", "--unknown",
]  # fmt: skip


@given(st.lists(st.sampled_from(WORDS), max_size=8))
@settings(max_examples=400, deadline=None)
def test_whatever_is_read_without_typer_is_what_typer_reads(words):
    assert repr(by_nntrace(words)) == repr(by_typer(words))  # nan is nan


PLAIN = [
    ["net"],
    ["net", "there"],
    ["-"],
    ["net", "-n", "x", "--name", "-1", "--count=12", "--loud", "-l"],
    ["--share", "0", "net", "--tone", "high", "--kind", "apple", "there", "-o", "-"],
    ["net", "--port"],
    ["net", "--help"],
    ["-h", "--nope"],
]
NOT_PLAIN = [
    [],
    ["a", "b", "c"],
    ["net", "--name"],
    ["net", "-nx"],
    ["net", "-lc", "1"],
    ["net", "--nam", "x"],
    ["net", "--loud="],
    ["net", "--count", "13"],
    ["net", "--count", "²"],
    ["net", "--count", "1", "-c", "1"],
    ["net", "--tone", "HIGH"],
    ["net", "--", "--loud"],
]


@pytest.mark.parametrize(
    ("words", "plain"),
    [*((each, True) for each in PLAIN), *((each, False) for each in NOT_PLAIN)],
    ids=lambda each: each if isinstance(each, bool) else text_of(each),
)
def test_words_that_are_not_plain_are_for_typer(monkeypatch, words, plain):
    asked: list[list[str]] = []

    def noted(_: object, words: list[str]) -> dict[str, Any]:
        asked.append(words)
        return {"net": "of Typer"}

    monkeypatch.setattr(typed, "read", noted)
    said = read(FLAT, words)
    assert asked == ([] if plain else [words])
    assert plain or (said and said.values["net"] == "of Typer")


WRONG = [
    ([], "NET is missing: A net"),
    (["--loud"], "NET is missing: A net"),
    (["a", "b", "c"], "'c' stands where nothing is taken: command takes NET and PLACE alone"),
    (["a", "--", "b", "-c"], "'-c' stands where nothing is taken: command takes NET and PLACE alo"),
    (["net", "--name"], "--name takes a value, and nothing follows it"),
    (["net", "-lo"], "-o takes FILE, and nothing follows it"),
    (["net", "--loud=yes"], "--loud takes no value"),
    (["net", "--loud="], "--loud takes no value"),
    (["net", "--nam", "x"], "unknown option --nam, did you mean --name?"),
    (["net", "-x"], "unknown option -x"),
    (["net", "-lx"], "unknown option -x"),
    (["-1,2"], "unknown option -1"),
    (["net", "--zzz=1"], "unknown option --zzz"),
    (["net", "-c", "13"], "-c/--count takes a whole number from 1 to 12, not '13'"),
    (["net", "-c", "0"], "-c/--count takes a whole number from 1 to 12, not '0'"),
    (["net", "-c", "-1"], "-c/--count takes a whole number from 1 to 12, not '-1'"),
    (["net", "-c=1"], "-c/--count takes a whole number from 1 to 12, not '=1'"),
    (["net", "-c", "1.5"], "-c/--count takes a whole number from 1 to 12, not '1.5'"),
    (["net", "-c", "²"], "-c/--count takes a whole number from 1 to 12, not '²'"),
    (["net", "--share", "x"], "--share takes a number from 0 to 1, not 'x'"),
    (["net", "--share", "2"], "--share takes a number from 0 to 1, not '2'"),
    (["net", "-c", "1", "--count", "1"], "--count takes one value, has 2"),
    (["net", "--tone", "HIGH"], "--tone takes low or high, not 'HIGH', did you mean 'high'?"),
    (["net", "--kind", "bery"], "--kind takes apple or berry, not 'bery', did you mean 'berry'?"),
]


@pytest.mark.parametrize(("words", "told"), WRONG, ids=[text_of(words) for words, _ in WRONG])
def test_words_that_are_not_taken(words, told):
    with pytest.raises(UsageError) as error:
        read(FLAT, words)
    assert str(error.value).startswith(told)


@pytest.mark.parametrize(
    "words",
    [["-h"], ["--help"], ["net", "-h"], ["-lh"], ["a", "b", "c", "--help"], ["-lh", "--nope"]],
    ids=text_of,
)
def test_help_is_asked_for(words):
    assert read(FLAT, words) is None


def test_help_may_be_a_value():
    assert called(["net", "-n", "--help", "--", "-h"]) == ("net", Asked(names=("--help",)), "-h")


def test_the_last_place_may_take_several_words():
    said = read(SEVERAL, ["a", "--loud", "b", "--", "-c"])
    assert said == ({"loud": True, "nets": ("a", "b", "-c")}, {"nets": "nets", "loud": "--loud"})
    with pytest.raises(UsageError, match=r"NET is missing"):
        read(SEVERAL, ["--loud"])


def test_values_that_no_word_says():
    unasked = {"count": 9, "loud": True, "unknown": 1}
    said = read(FLAT, ["net", "-c", "1"], unasked)
    assert said is not None
    assert (said.values["count"], said.values["loud"]) == (1, True)
    assert said.given == {"net": "net", "count": "--count"}
    assert "unknown" not in said.values


TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=6)
VALUES = {
    "names": st.lists(TEXTS, max_size=3).map(tuple),
    "count": st.integers(1, 12),
    "share": st.floats(0, 1),
    "tone": st.sampled_from(Tone),
    "kind": st.sampled_from(["apple", "berry"]),
    "file": TEXTS,
    "loud": st.just(True),
}
SPELT = {each.name: each.names for each in FLAT.options}


@given(st.data())
@settings(deadline=None)
def test_every_spelling_of_a_value_gives_it(data):
    values = data.draw(st.fixed_dictionaries({}, optional=VALUES))
    groups = []
    for field, value in values.items():
        for each in value if field == "names" else [value]:
            name = data.draw(st.sampled_from(SPELT[field]))
            if each is True:
                groups.append([name])
                continue
            text = repr(each) if isinstance(each, float) else str(each)
            together = f"{name}={text}" if name.startswith("--") else f"{name}{text}"
            apart = [name, text]
            groups.append(data.draw(st.sampled_from([[together], apart])) if text else apart)
    names = [group for group in groups if group[0].startswith(("-n", "--name"))]
    others = data.draw(st.permutations([*[g for g in groups if g not in names], ["net"]]))
    assert called([word for group in [*names, *others] for word in group]) == (
        "net", Asked(**values), "here"
    )  # fmt: skip


def test_what_is_entered_is_left_when_the_command_ends():
    left = []

    class Resource:
        def __enter__(self) -> Resource:
            return self

        def __exit__(self, *_: object) -> None:
            left.append(True)

    with Context("environment", {}) as context:
        assert isinstance(context.with_resource(Resource()), Resource)
        assert not left
    assert left


COMPUTING = "numpy yaml rich"
STARTS = [
    # words, and what they do not load
    ("--help", f"typer inspect {COMPUTING}"),
    ("run --help", f"typer inspect {COMPUTING}"),
    ("--show-completion", f"typer inspect {COMPUTING}"),
    ("run xor -f json", "typer"),
    ("explain xor output.0 --precision=3", "typer"),
    ("show xor", "typer"),
    ("stats xor -i 0,1", "typer"),
    ("check xor", "typer"),
    ("quiz -f json", "typer"),
    ("run xor --nope", COMPUTING),
    ("run xor -p", COMPUTING),
]


@pytest.mark.parametrize(("words", "unasked"), STARTS)
def test_what_a_start_does_not_load(words, unasked):
    code = (
        "import sys, nntrace.cli.app as app; app.main(sys.argv[2:]);"
        "sys.exit(' '.join(each for each in sys.argv[1].split() if each in sys.modules) or 0)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, unasked, *words.split()],
        capture_output=True,
        timeout=WATCHDOG,
        env={"SHELL": "/bin/bash"},
    )
    assert done.returncode == 0, done.stderr
