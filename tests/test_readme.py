"""Every command in the README is run: what it shows must be what one sees.

`pytest --rewrite-golden` puts what is seen into the README's console blocks.
"""

from __future__ import annotations

import contextlib
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from terminals import Stream
from watchdog import WATCHDOG

from nntrace.cli.app import main
from nntrace.cli.environment import Environment

pytestmark = pytest.mark.usefixtures("fitted_once")

ROOT = Path(__file__).parents[1]
README = ROOT / "README.md"
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def blocks(language: str) -> list[str]:
    return [match[2] for match in BLOCK.finditer(README.read_text()) if match[1] == language]


OF_A_SHELL = re.compile(r"^(?!nntrace )|[|<>;&$`]|--dask")


def run(command: str, cwd: Path) -> tuple[int, str]:
    """Run a command as a reader would, and return its exit code and what is seen of both streams.

    It runs in this process, but for those that need a shell or processes of their own.
    """
    variables = {**os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
    variables |= {"NO_COLOR": "1", "PYTHONIOENCODING": "utf-8"}
    if not OF_A_SHELL.search(command):
        screen = Stream(False)
        with contextlib.chdir(cwd):
            words = shlex.split(command)[1:]
            code = main(words, Environment(Stream(False), screen, screen, variables))
        return int(code), screen.getvalue().decode()
    done = subprocess.run(
        ["bash", "-c", command],
        cwd=cwd,
        env=variables,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=WATCHDOG,
        check=False,
    )
    return done.returncode, done.stdout.decode()


@pytest.mark.parametrize("block", blocks("console"), ids=lambda block: block.split("\n")[0][2:60])
def test_console_blocks_show_what_one_sees(block: str, request: pytest.FixtureRequest) -> None:
    command, _, shown = block.removeprefix("$ ").partition("\n")
    _, seen = run(command, ROOT)
    if request.config.getoption("--rewrite-golden"):
        README.write_text(README.read_text().replace(block, f"$ {command}\n{seen}"))
        return
    assert shown == seen


@pytest.mark.parametrize(
    "command",
    [
        line.split("  #")[0].strip()
        for block in blocks("sh")
        for line in block.splitlines()
        if line.startswith("nntrace") and "jq" not in line
    ],
)
def test_commands_run(command: str, tmp_path: Path) -> None:
    (tmp_path / "configs").symlink_to(ROOT / "configs")
    code, seen = run(command, tmp_path)
    assert code == 0, seen


def test_the_net_of_the_readme_is_a_net(tmp_path: Path) -> None:
    (tmp_path / "net.yaml").write_text(blocks("yaml")[0])
    assert "valid, 1 of 1 examples as expected" in run("nntrace check net.yaml", tmp_path)[1]


def test_the_python_of_the_readme_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    names: dict[str, object] = {}
    exec(blocks("python")[0], names)
    assert names["trace"].output.shape == (1, 2)  # type: ignore[attr-defined]
