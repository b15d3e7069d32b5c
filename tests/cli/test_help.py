"""The help: on standard output, plain, and opening with an example that works."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest
from terminals import Stream
from watchdog import WATCHDOG

from nntrace.cli.app import COMMANDS, main
from nntrace.cli.environment import Environment

pytestmark = pytest.mark.usefixtures("fitted_once")


class Done(NamedTuple):
    returncode: int
    stdout: str
    stderr: str


def nntrace(*words: str, **variables: str) -> Done:
    """Run the program in this process, which no terminal has."""
    out, err = Stream(False), Stream(False)
    code = main(list(words), Environment(Stream(False), out, err, os.environ | variables))
    return Done(int(code), out.getvalue().decode(), err.getvalue().decode())


def process(words: list[str], **variables: str) -> Done:
    """Run a program as a process, which finds the nntrace of this environment."""
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    done = subprocess.run(
        words,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        env=os.environ | {"PATH": path} | variables,
        timeout=WATCHDOG,
        check=False,
    )
    return Done(done.returncode, done.stdout, done.stderr)


def test_no_library_colours_the_help_of_a_process() -> None:
    """What a library takes from the environment it takes once, when it is imported."""
    words = [sys.executable, "-m", "nntrace", "run", "--help"]
    assert process(words, GITHUB_ACTIONS="1", FORCE_COLOR="1") == nntrace("run", "--help")


@pytest.mark.parametrize("option", ["-h", "--help"])
@pytest.mark.parametrize("command", [[], *([name] for name in COMMANDS)])
def test_help_is_on_standard_output_and_plain(command: list[str], option: str) -> None:
    done = nntrace(*command, option, FORCE_COLOR="1")
    assert done.returncode == 0
    assert done.stderr == ""
    assert done.stdout.startswith("Usage: nntrace")
    assert "\x1b" not in done.stdout


@pytest.mark.parametrize("command", COMMANDS)
def test_help_opens_with_an_example_that_works(
    command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    lines = [line.strip() for line in nntrace(command, "--help").stdout.splitlines()]
    example = next(line for line in lines if line.startswith(f"nntrace {command} "))
    if set(example) & set("|<>;&$`"):
        done = process(["bash", "-c", example])
    else:
        done = nntrace(
            *shlex.split(example, comments=True)[1:], NNTRACE_STATE=str(tmp_path / "state")
        )
    assert (done.returncode, done.stderr) == (0, "")


def test_the_list_of_commands_is_not_cut() -> None:
    assert "..." not in nntrace("--help").stdout.split("Commands:")[1]


def test_without_arguments_the_help_is_on_standard_error() -> None:
    done = nntrace()
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == nntrace("--help").stdout


@pytest.mark.parametrize("arguments", [["--version"], ["--version", "run"]])
def test_version(arguments: list[str]) -> None:
    done = nntrace(*arguments)
    assert (done.returncode, done.stdout, done.stderr) == (0, "nntrace 0.1.0\n", "")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["rn"], "unknown command 'rn', did you mean 'run'? (see nntrace --help)"),
        (["trace"], "unknown command 'trace', known: run, "),
        (["run"], "NET is missing: A net file, an ONNX model, or - for stdin"),
        (["explain", "xor"], "NEURON is missing: LAYER.INDEX (from 0) or LAYER.LABEL"),
        (["run", "xor", "--inptu", "1"], "unknown option --inptu, did you mean --input?"),
        (["run", "xor", "--prec", "1"], "unknown option --prec, did you mean --precision?"),
        (["run", "xor", "--zzz"], "unknown option --zzz (see nntrace run --help)"),
        (["--zzz"], "unknown option --zzz (see nntrace --help)"),
        (
            ["run", "xor", "-p", "99"],
            "-p/--precision takes a whole number from 0 to 17, not '99' (see nntrace run --help)",
        ),
        (["run", "xor", "-p99"], "-p/--precision takes a whole number from 0 to 17, not '99'"),
        (["run", "xor", "--row=x"], "--row takes a whole number from 0, not 'x'"),
        (["run", "xor", "-p"], "-p takes a whole number from 0 to 17, and nothing follows it"),
        (["run", "xor", "--all=1"], "--all takes no value (see nntrace run --help)"),
        (
            ["run", "xor", "-f", "jsno"],
            "-f/--format takes table, json, jsonl, csv, npz or node-data, not 'jsno', "
            "did you mean 'json'?",
        ),
        (["schema", "nett"], "NAME takes net, bank, trace, "),
        (["quiz", "--pass-mark", "2"], "--pass-mark takes a number from 0"),
        (["run", "xor", "a", "b"], "'a' and 'b' stand where nothing is taken: run takes NET alone"),
    ],
)
def test_wrong_usage_is_one_line(arguments: list[str], message: str) -> None:
    done = nntrace(*arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(f"nntrace: error: {message}")
    assert done.stderr.endswith(" --help)\n")
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize("net", [["xor", "-i"], ["-i"]])
def test_an_unquoted_pattern_is_told_from_other_words(
    net: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("a.csv", "b.csv", "c.csv"):
        (tmp_path / name).write_text("1,2\n")
    words = [*net, "a.csv", "b.csv", "c.csv", *([] if "xor" in net else ["xor"])]
    done = nntrace("run", *words)
    assert done.returncode == 2
    assert "quote a pattern (--input '*.csv'), or give --input before each file" in done.stderr


@pytest.mark.parametrize("width", [40, 80, 200])
@pytest.mark.parametrize("command", [[], *([name] for name in COMMANDS)])
def test_help_fits_the_screen_and_has_no_words_of_a_library(command: list[str], width: int) -> None:
    out = Stream(True)
    environment = Environment(Stream(False), out, Stream(False), {"COLUMNS": str(width)})
    assert main([*command, "--help"], environment) == 0
    text = out.getvalue().decode()
    for odd in ("<", "{", "}", "[required]", "x>=", "<=x", "int range", "integer range"):
        assert odd not in text
    if width >= 80:
        assert max(map(len, text.splitlines())) <= min(width, 100)
