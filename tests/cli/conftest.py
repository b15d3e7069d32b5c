"""Running the program: as a process, by its real entry point, or quickly in this one."""

import io
import json
import subprocess
from typing import NamedTuple

import pytest
from terminals import Stream
from watchdog import WATCHDOG
from zygote import Forked, unlike

from nntrace.cli.app import main
from nntrace.cli.environment import Environment

# Weights and inputs of few binary digits, so that a test can compute the same numbers exactly.
NETS = {
    "clues": """
        input: {labels: [whiskers, ears, barks]}
        layers:
          - {name: hidden, activation: relu, weights: [[1, 0.5, -1], [-0.5, 0.25, 2]],
             bias: [0.125, -0.5]}
          - {name: output, labels: [cat, dog], weights: [[1, -1], [-2, 0.5]]}
        examples:
          - {name: a cat, input: [0.75, 0.5, 0.25]}
          - {name: a dog, input: {barks: 1, whiskers: 0, ears: 0.5}}
        """,
    "pair": "input: 2\nlayers: [{weights: [[1, 2], [3, -4]]}]",  # nothing has a label
    "one": "input: 1\nlayers: [{weights: [[2]]}]",
    "odd": """
        input: {labels: [a b, 'c,d', e=f, e, '1']}
        layers: [{weights: [[1, 2, 4, 8, 16]]}]
        """,
    "named-input": "input: {labels: [input, other]}\nlayers: [{weights: [[1, 2]]}]",
    "pixels": "input: {shape: [8, 8]}\nlayers: [{size: 2, weights: {random: ones}}]",
    "small-pixels": "input: {shape: [2, 3]}\nlayers: [{size: 1, weights: {random: ones}}]",
    "single": "dtype: float32\ninput: 2\nlayers: [{name: h.1, weights: [[1, 2]]},"
    " {name: h, size: 1, activation: sigmoid, weights: [[1]]}]",
    "scaled": "input: {size: 2, mean: 1, std: [2, 4]}\nlayers: [{weights: [[1, 1]]}]",
}


class Done(NamedTuple):
    """What a finished run left."""

    code: int
    out: bytes
    err: str

    @property
    def records(self):
        """The rows of JSONL output."""
        return [json.loads(line) for line in self.out.splitlines()]

    @property
    def inputs(self):
        """The rows as the net holds them."""
        return [record["input"] for record in self.records]


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A working directory that holds the nets."""
    for name, text in NETS.items():
        lines = [line.removeprefix("        ") for line in text.splitlines()]
        (tmp_path / f"{name}.yaml").write_text("\n".join(lines))
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def nntrace(launched):
    """Run the program as a process to its end."""

    def run(*arguments, stdin=b"", **options):
        pipe = subprocess.PIPE
        options = {"stdin": pipe, "stdout": pipe, "stderr": pipe} | options
        process = launched(*arguments, **options)
        out, err = process.communicate(stdin, timeout=WATCHDOG)
        return Done(process.returncode, out, err.decode())

    return run


@pytest.fixture
def peak(clean, zygote):
    """Return the exit code, how many KiB of memory a run took at most, and what it said."""
    if zygote is None:
        pytest.skip("memory is not told of a single process")

    def run(stdin, *words):
        streams = {"stdin": stdin, "stdout": subprocess.DEVNULL, "stderr": subprocess.PIPE}
        process = Forked(zygote, words, clean(), **streams)
        _, said = process.communicate()
        return process.returncode, process.memory, said.decode()

    return run


@pytest.fixture
def shell(command, folder, clean, zygote):
    """Run a line of shell, in which `$N` is the program."""

    def run(line, **variables):
        env = clean(**variables)
        forks = zygote and not unlike(env, zygote.env)
        env["N"] = " ".join(zygote.words if forks else command)
        words = ["bash", "-c", line]
        return subprocess.run(words, capture_output=True, env=env, timeout=WATCHDOG, text=True)

    return run


@pytest.fixture
def quick(tmp_path):
    """Run the program in this process."""
    state = {"NNTRACE_STATE": str(tmp_path / "state")}

    def run(*arguments, stdin=b"", env=None):
        if isinstance(stdin, str):
            stdin = stdin.encode()
        out, err = io.BytesIO(), io.BytesIO()
        code = main(
            [str(argument) for argument in arguments],
            Environment(io.BytesIO(stdin), out, err, state | (env or {})),
        )
        return Done(int(code), out.getvalue(), err.getvalue().decode())

    return run


class Keyboard(Stream):
    """Lines that somebody types, which the screen shows."""

    def __init__(self, lines, screen):
        super().__init__(data="".join(f"{line}\n" for line in lines).encode())
        self.screen = screen

    def readline(self, size=-1):
        line = super().readline(size)
        self.screen.write(line)
        return line


@pytest.fixture
def seated(tmp_path):
    """Run the program for somebody who sits at a terminal and types some lines.

    What is shown and what is asked come in one stream, as on a screen.
    """

    def run(*arguments, typed=(), width=80, env=None):
        screen = Stream()
        stdin = Keyboard(typed, screen)
        variables = {"NO_COLOR": "1", "NNTRACE_STATE": str(tmp_path / "state"), "TERM": "xterm"}
        variables |= {"COLUMNS": str(width)} | (env or {})
        code = main(list(map(str, arguments)), Environment(stdin, screen, screen, variables))
        return Done(int(code), screen.getvalue(), "")

    return run
