"""What commands say of net files and their weights: warnings, memory, expectations."""

import json
import os
import resource
import subprocess
import sys

import numpy as np
import pytest
from watchdog import WATCHDOG

SQUARE = """\
input: 3
layers:
  - {name: a, weights: {file: w.npz, tensor: a, transpose: true}}
  - {name: b, weights: {file: w.npz, tensor: b}}
examples: [{name: one, input: [1, 2, 3]}]
"""
WARNING = (
    "nntrace: warning: net.yaml:4:24: layers[1].weights: is 2 × 2, which fits both ways; "
    "layers[0].weights, from the same place, is fan-in × size: say transpose: true, or "
    "transpose: false where these are size × fan-in\n"
)


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def in_bounds(folder, *words, memory):
    """Run the program as a process that has so many bytes of addresses."""

    def bounded():
        resource.setrlimit(resource.RLIMIT_AS, (memory, memory))

    return subprocess.run(
        [sys.executable, "-m", "nntrace", *words],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=WATCHDOG,
        env=os.environ | {"OPENBLAS_NUM_THREADS": "1"},
        preexec_fn=bounded,
        check=False,
    )


@pytest.mark.parametrize(
    "words",
    [("check",), ("run", "-f", "csv"), ("show",), ("explain", "b.0")],
    ids=lambda words: words[0],
)
def test_commands_warn_of_square_weights(quick, words, tmp_path):
    command, *rest = words
    np.savez(tmp_path / "w.npz", a=np.ones((3, 2)), b=np.array([[1.0, 2], [3, 4]]))
    (tmp_path / "net.yaml").write_text(SQUARE)
    done = quick(command, "net.yaml", *rest)
    assert (done.code, done.err) == (0, WARNING)
    done = quick(command, "-", *rest, stdin=SQUARE)
    assert (done.code, done.err) == (0, WARNING.replace("net.yaml", "<stdin>"))


def test_long_rows_are_warned_of_once_and_where_they_are(quick, tmp_path):
    np.savez(tmp_path / "w.npz", a=np.ones((3, 2)), b=np.array([[1.0, 2], [3, 4]]))
    rows = ", ".join(["0.5"] * 2000)
    long = SQUARE.replace("input: 3", f"input: {{size: 2000}} # {'x' * 4000}").replace(
        "layers:\n", f"layers:\n  - weights: [[{rows}], [{rows}], [{rows}]]\n"
    )
    (tmp_path / "net.yaml").write_text(long.partition("examples")[0])
    done = quick("check", "net.yaml")
    told = WARNING.replace(":4:", ":5:").replace("rs[1]", "rs[2]").replace("rs[0]", "rs[1]")
    assert (done.code, done.err) == (0, told)


@pytest.mark.skipif(sys.platform != "linux", reason="bounds the addresses of a process")
def test_the_layer_that_is_too_large_is_named(tmp_path):
    shape = (200_000, 1000)  # 800 MB in float32, which is read as twice as much
    np.lib.format.open_memmap(tmp_path / "b.npy", "w+", "<f4", shape)
    layers = "[{size: 1000, weights: {random: ones}}, {weights: {file: b.npy}}]"
    (tmp_path / "net.yaml").write_text(f"input: 1\nlayers: {layers}\n")
    done = in_bounds(tmp_path, "check", "net.yaml", memory=2_000_000_000)
    told = "net.yaml:2:59: layers[1].weights: 200000 × 1000 numbers take more memory than there is"
    assert (done.returncode, done.stderr) == (2, f"nntrace: error: {told}\n")


EXPECTATIONS = [
    ("0.3", "0.1", "", None),
    ("0.3", "0.0999", "", "expected 0.3, got 0.4, off by +0.1, tolerance 0.0999"),
    ("0.2999999", "0.1", "", "expected 0.2999999, got 0.4, off by +0.1000001, tolerance 0.1"),
    (
        "0.39999999999",
        "1e-12",
        "",
        "expected 0.39999999999, got 0.4, off by +1e-11, tolerance 1e-12",
    ),
    ("0.3", "0.01", ", relative: 0.3", None),
    (
        "0.3",
        "0.01",
        ", relative: 0.2",
        "expected 0.3, got 0.4, off by +0.1, tolerance 0.01 + 0.2 × 0.3 = 0.07",
    ),
]


@pytest.mark.parametrize(("expected", "tolerance", "relative", "told"), EXPECTATIONS)
def test_what_is_shown_is_what_is_compared(quick, expected, tolerance, relative, told, tmp_path):
    expect = f"{{output: [{expected}], tolerance: {tolerance}{relative}}}"
    (tmp_path / "net.yaml").write_text(
        "input: 2\nlayers: [{weights: [[1, 1]]}]\n"
        f"examples: [{{input: [0.1, 0.3], expect: {expect}}}]\n"
    )
    done = quick("check", "net.yaml")
    lines = [line.strip() for line in done.out.decode().splitlines() if "expected 0" in line]
    assert lines == ([f"output.0 a: {told}"] if told else [])
    assert done.code == (1 if told else 0)
    record = json.loads(quick("check", "-f", "json", "net.yaml").out)
    for failure in record["files"][0]["examples"][0]["failures"]:
        allowed = failure["tolerance"] + failure.get("relative", 0) * abs(failure["expected"])
        assert abs(failure["difference"]) > allowed
