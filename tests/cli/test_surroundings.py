"""A poor place to run in: few files, no working folder, no home. An answer, or one clear line."""

from __future__ import annotations

import os
import re

import pytest

COMMANDS = [
    "run cat-or-dog -f jsonl",
    "stats digits -i digits.csv -f json",
    "explain xor output.0 -i 1,0",
    "quiz cat-or-dog -f json",
    "learn 2",
    "check digits",
]


PLACES = {
    "few files": "ulimit -n 16; $N",
    "no folder": "mkdir gone; cd gone; rmdir ../gone; $N",
    "no home": "TMPDIR=/nowhere env -u HOME $N",
}


@pytest.mark.parametrize("place", PLACES.values(), ids=PLACES)
def test_it_starts_as_elsewhere(shell, command, quick, place):
    """Python and all imports, too."""
    line = f"{place} {COMMANDS[0]} < /dev/null".replace("$N", " ".join(command))
    done = shell(line)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == quick(*COMMANDS[0].split()).out.decode()


@pytest.mark.parametrize("words", COMMANDS[1:])
@pytest.mark.parametrize("place", PLACES.values(), ids=PLACES)
def test_it_answers_as_elsewhere(shell, quick, place, words):
    done = shell(f"{place} {words} < /dev/null")
    expected = quick(*words.split())
    assert (done.returncode, done.stdout, done.stderr) == (0, expected.out.decode(), "")


@pytest.mark.parametrize(
    ("line", "told"),
    [
        (
            "ulimit -n 16; $N stats digits -i digits.csv --dask",
            "a cluster here needs 64 open files",
        ),
        ("cd gone; rmdir ../gone; $N stats digits -i digits.csv --dask", "working folder is gone"),
        ("cd gone; rmdir ../gone; $N run net.yaml", "net.yaml: no such file or directory"),
        ("cd gone; rmdir ../gone; $N learn own.md", "own.md: no such file or directory"),
        ("cd gone; rmdir ../gone; $N run xor -o x.json", "x.json: no such file or directory"),
    ],
)
def test_what_cannot_be_is_told_in_a_line(shell, folder, line, told):
    if "--dask" in line:
        pytest.importorskip("distributed")
    (folder / "gone").mkdir()
    done = shell(line)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert done.stderr.startswith("nntrace: error: ")
    assert told in done.stderr


def test_too_few_files_for_an_answer_are_told_in_a_line(shell, command, folder):
    done = shell(f"ulimit -n 5; {' '.join(command)} run digits -i digits.csv -o x.json")
    assert (done.returncode, done.stdout) == (2, "")
    assert re.fullmatch("nntrace: error: .*too many open files\n", done.stderr)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_is_read_only(quick, folder):
    folder.chmod(0o555)
    done = quick("run", "pair.yaml", "-i", "1,2", "-o", "x.json")
    assert (done.code, done.err) == (2, "nntrace: error: x.json: permission denied\n")


@pytest.mark.parametrize("text", ["\x1b]0;owned\x07", "\x9b31m", "\r", "\x0b\x85"])
def test_no_traceback_controls_the_terminal(quick, folder, text):
    escaped = text.encode("unicode_escape").decode()
    net = f'input: 1\nlayers: [{{weights: [[1]], "{escaped}": 1}}]\n'
    (folder / "net.yaml").write_text(net)
    for words in (["run", "net.yaml"], ["run", "pair.yaml", "-i", text], ["run", text]):
        done = quick(*words, env={"NNTRACE_DEBUG": "1"})
        assert done.code == 2
        assert "Traceback" in done.err
        assert all(char == "\n" or char.isprintable() for char in done.err)
