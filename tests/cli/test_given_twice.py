"""What is given twice, where one value is taken: nothing is dropped without a word."""

from __future__ import annotations

import pytest

from nntrace.cli.app import COMMANDS, command_named

OPTIONS = [(name, option) for name in COMMANDS for option in command_named(name).options]
NEEDED = {"explain": ["xor", "output.0"], "ladder": ["xor"], "run": ["xor"], "show": ["xor"]}
NEEDED |= {"check": ["xor"], "stats": ["xor"], "predict": ["xor"]}
ONE = [(name, option) for name, option in OPTIONS if not (option.repeated or option.flag)]


def test_the_options_of_all_commands_are_looked_at():
    assert {name for name, _ in OPTIONS} <= set(COMMANDS)
    assert len(ONE) > 40


@pytest.mark.parametrize(("name", "option"), ONE, ids=[f"{n} {o.name}" for n, o in ONE])
def test_an_option_that_takes_one_value_refuses_a_second(
    quick, tmp_path, monkeypatch, name, option
):
    monkeypatch.chdir(tmp_path)
    short, long = option.names[0], option.called
    for words in ([short, "1", long, "2"], [long, "1", long, "1"]):
        done = quick(name, *NEEDED.get(name, []), *words)
        assert (done.code, done.out) == (2, b"")
        told = f"{long} takes one value, has 2 (see nntrace {name} --help)"
        assert done.err == f"nntrace: error: {told}\n"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "words",
    ["run xor -i 0,1 -i 1,1 -f csv", "run xor --all --all", "run xor -l output -l hidden -f csv"],
)
def test_what_may_be_repeated_is(quick, words):
    assert quick(*words.split()).code == 0
