"""The help: on standard output, plain, and opening with an example that works."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from watchdog import WATCHDOG

from nntrace.cli.app import COMMANDS


def nntrace(*words: str, **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "nntrace", *words],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        env=os.environ | variables,
        timeout=WATCHDOG,
        check=False,
    )


@pytest.mark.parametrize("option", ["-h", "--help"])
@pytest.mark.parametrize("command", [[], *([name] for name in COMMANDS)])
def test_help_is_on_standard_output_and_plain(command: list[str], option: str) -> None:
    done = nntrace(*command, option, GITHUB_ACTIONS="1", FORCE_COLOR="1")
    assert done.returncode == 0
    assert done.stderr == ""
    assert done.stdout.startswith("Usage: nntrace")
    assert "\x1b" not in done.stdout


@pytest.mark.parametrize("command", COMMANDS)
def test_help_opens_with_an_example_that_works(command: str, tmp_path: Path) -> None:
    lines = [line.strip() for line in nntrace(command, "--help").stdout.splitlines()]
    example = next(line for line in lines if line.startswith(f"nntrace {command} "))
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    done = subprocess.run(
        ["bash", "-c", example],
        cwd=tmp_path,
        env=os.environ | {"PATH": path},
        capture_output=True,
        timeout=WATCHDOG,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr == b""


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
        (["rn"], "No such command 'rn'. Did you mean 'run'? (see nntrace --help)"),
        (["run"], "Missing argument 'NET' (see nntrace run --help)"),
        (["run", "xor", "--inptu", "1"], "No such option: --inptu"),
        (["run", "xor", "-p", "99"], "Invalid value for '-p' / '--precision': 99 is not in"),
        (["run", "xor", "-f", "xml"], "Invalid value for '-f' / '--format': 'xml' is not one of"),
        (["explain", "xor"], "Missing argument 'NEURON'"),
        (["schema", "nett"], "Invalid value for '[NAME]': 'nett' is not one of"),
    ],
)
def test_wrong_usage_is_one_line(arguments: list[str], message: str) -> None:
    done = nntrace(*arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(f"nntrace: error: {message}")
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_shell_completion(shell: str) -> None:
    done = nntrace(_NNTRACE_COMPLETE=f"source_{shell}")
    assert done.returncode == 0
    assert "nntrace" in done.stdout


@pytest.mark.parametrize(
    ("words", "offered"), [("nntrace ex", "explain"), ("nntrace run --prec", "--precision")]
)
def test_completion_offers_commands_and_options(words: str, offered: str) -> None:
    cursor = str(len(words.split()) - 1)
    done = nntrace(_NNTRACE_COMPLETE="complete_bash", COMP_WORDS=words, COMP_CWORD=cursor)
    assert done.stdout.split() == [offered]
