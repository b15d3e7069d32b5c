"""What the Tab key offers, asked as the shells ask, and by the shells themselves."""

from __future__ import annotations

import io
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from nntrace.cli.app import main
from nntrace.cli.completion import split
from nntrace.cli.environment import Environment

NET = """
input: {labels: [left, right]}
layers:
  - {name: first, size: 3, weights: {random: normal}}
  - {name: 'it is', labels: [a b, c], weights: {file: none.npy}}
examples:
  - {name: a cat, input: [1, 2]}
  - {name: 'a "dog"', input: [1, 2]}
"""


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "my nets").mkdir()
    (tmp_path / "my nets" / "it's $x.yaml").write_text(NET)
    (tmp_path / "mine.yaml").write_text(NET)
    (tmp_path / "broken.yaml").write_text("layers: [{name: x, weights: [[1, \n\tq")
    (tmp_path / "rows one.csv").write_text("left,right,the truth\n1,2,x\n")
    (tmp_path / "notes.txt~").write_text("")
    os.mkfifo(tmp_path / "pipe.yaml")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def asked(mode: str, *words: str) -> str:
    """Return what the program tells a shell that asks; the shells below ask a process."""
    out, err = io.BytesIO(), io.BytesIO()
    variables = os.environ | {"_NNTRACE_COMPLETE": mode}
    code = main(list(words), Environment(io.BytesIO(), out, err, variables))
    assert (code, err.getvalue()) == (0, b"")
    return out.getvalue().decode()


def offered(*words: str, mode: str = "complete") -> list[str]:
    return [line.partition("\t")[0] for line in asked(mode, *words).splitlines()]


OFFERED = [
    (["ex"], ["explain"]),
    (["run", "--prec"], ["--precision"]),
    (["run", "my"], ["my nets/"]),
    (["run", "my nets/"], ["my nets/it's $x.yaml"]),
    (["run", "x"], ["xor"]),
    (["run", "mi"], ["mine.yaml"]),
    (["check", "xor", "mi"], ["mine.yaml"]),
    (["run", "mine.yaml", "-l", ""], ["first", "it is"]),
    (["run", "mine.yaml", "--layer=f"], ["first"]),
    (["run", "mine.yaml", "--example", ""], ['a "dog"', "a cat"]),
    (["run", "mine.yaml", "--example", "a c"], ["a cat"]),
    (["run", "my nets/it's $x.yaml", "--example", "a c"], ["a cat"]),
    (["explain", "mine.yaml", ""], ["first.0", "first.1", "first.2", "it is.a b", "it is.c"]),
    (["explain", "--row", "0", "mine.yaml", "it"], ["it is.a b", "it is.c"]),
    (["run", "mine.yaml", "--set", "i"], ["input.left=", "input.right=", "it is.a b=", "it is.c="]),
    (["ladder", "mine.yaml", "--neuron", "it"], ["it is", "it is.a b", "it is.c"]),
    (["run", "xor", "-i", "row"], ["rows one.csv"]),
    (["run", "xor", "-i", "digits-l"], ["digits-labelled.csv"]),
    (["ladder", "mine.yaml", "-i", "rows one.csv", "-t", "the"], ["the truth"]),
    (["run", "xor", "-f", "j"], ["json", "jsonl"]),
    (["quiz", "xor", "--family", "sh"], ["shape", "shift"]),
    (["learn", "lad"], ["ladder"]),
    (["schema", "gr"], ["grades"]),
    (["run", "xor", "-o", "note"], ["notes.txt~"]),
    (["run", "mine.yaml", "-i", "-1,2", "--input", "-", "-lx", "-l", "i"], ["it is"]),
    (["run", "--no-such", "--set", "--row", "mine.yaml", "-f", "j"], ["json", "jsonl"]),
    (["ladder", "xor", "-i", "x.csv", "--train", "row"], ["rows one.csv"]),
    (["quiz", "--export", "x.md", "--key", "note"], ["notes.txt~"]),
    (["run", "xor", "-p", ""], []),
    (["run", "broken.yaml", "-l", ""], []),
    (["run", "nowhere.yaml", "-l", ""], []),
    (["run", "pipe.yaml", "-l", ""], []),
    (["run", "-", "-l", ""], []),
    (["nothing", "x"], []),
    (["explain", "xor", "output.0", "x"], []),
]


@pytest.mark.parametrize(("words", "found"), OFFERED, ids=lambda each: " ".join(each))
def test_what_is_offered(here: Path, words: list[str], found: list[str]) -> None:
    assert offered(*words) == found


LINES = [
    ("", [""]),
    ("a b", ["a", "b"]),
    ("a b ", ["a", "b", ""]),
    ("a my\\ net", ["a", "my net"]),
    ("a 'it is", ["a", "it is"]),
    ('a "b \\"c', ["a", 'b "c']),
    ("a 'b'\\''c'", ["a", "b'c"]),
    ("a '' b", ["a", "", "b"]),
]


@pytest.mark.parametrize(("line", "words"), LINES)
def test_a_line_is_taken_apart_as_shells_do(line: str, words: list[str]) -> None:
    assert split(line) == words


SHELL_LINES = [
    ("nntrace ex", ["explain"]),
    ("nntrace run my\\ nets/", ["my nets/it's $x.yaml"]),
    ('nntrace run mine.yaml --example "a c', ["a cat"]),
    ("nntrace run mine.yaml -l it", ["it is"]),
    ("nntrace run broken.yaml -l ", []),
]


def shell(name: str, script: str) -> list[str]:
    found = shutil.which(name)
    if found is None:
        pytest.skip(f"{name} is not there")
    done = subprocess.run(
        [found, *(["--norc", "--noprofile"] if name == "bash" else []), "-c", script],
        env=os.environ | {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        timeout=60,
        check=False,
    )
    assert done.stderr == ""
    return [line.partition("\t")[0] for line in done.stdout.splitlines()]


@pytest.mark.parametrize(("line", "found"), SHELL_LINES)
def test_bash(here: Path, line: str, found: list[str]) -> None:
    (here / "script").write_text(asked("source_bash"))
    (here / "line").write_text(line)
    script = """
        compopt() { :; }
        source ./script
        COMP_LINE=$(cat line; echo .); COMP_LINE=${COMP_LINE%.}; COMP_POINT=${#COMP_LINE}
        _nntrace_completion nntrace
        (( ${#COMPREPLY[@]} )) && printf '%s\\n' "${COMPREPLY[@]}"; true
    """
    assert shell("bash", script) == found


@pytest.mark.parametrize(("line", "found"), SHELL_LINES)
def test_fish(here: Path, line: str, found: list[str]) -> None:
    (here / "script").write_text(asked("source_fish"))
    (here / "line").write_text(line)
    seen = shell("fish", "source ./script; complete -C (cat line | string collect -N)")
    quoted = [each.replace("\\", "") for each in seen]  # fish 3 quotes what it offers
    assert [each.removeprefix('"') for each in quoted] == found


@pytest.mark.parametrize("name", ["bash", "zsh", "fish"])
def test_the_scripts_are_sound(name: str, tmp_path: Path) -> None:
    (tmp_path / "script").write_text(asked(f"source_{name}"))
    assert shell(name, f"true; {name} -n '{tmp_path}/script'") == []


@pytest.mark.parametrize(
    ("name", "script", "own"),
    [
        ("bash", ".bash_completions/nntrace.sh", ".bashrc"),
        ("zsh", ".zfunc/_nntrace", ".zshrc"),
        ("fish", ".config/fish/completions/nntrace.fish", None),
    ],
)
def test_it_is_installed_once(
    nntrace, tmp_path: Path, name: str, script: str, own: str | None
) -> None:
    home = {"HOME": str(tmp_path), "SHELL": f"/bin/{name}"}
    if own:
        (tmp_path / own).write_text("mine\n")
    for _ in range(2):
        done = nntrace("--install-completion", env=home)
        assert (done.code, done.err) == (0, "")
    assert (tmp_path / script).read_text().strip() == nntrace(
        "--show-completion", env=home
    ).out.decode().strip()
    if own:
        lines = (tmp_path / own).read_text().splitlines()
        assert lines[0] == "mine"
        assert len(lines) == 2


def test_another_shell_is_told(nntrace) -> None:
    done = nntrace("--install-completion", env={"SHELL": "/bin/tcsh"})
    assert done.code == 2
    assert done.err == (
        "nntrace: error: SHELL is 'tcsh'; completion is there for bash, zsh, fish\n"
    )
