"""Small nets get one thread for their matrix products, before NumPy is loaded."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from watchdog import WATCHDOG

from nntrace.cli import threads

SMALL = "input: 2\nlayers: [{weights: [[1, 2]]}]\n"
NAMES = ("OPENBLAS_NUM_THREADS", "GOTO_NUM_THREADS", "OMP_NUM_THREADS")


@pytest.fixture(autouse=True)
def before_numpy(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make it look as if NumPy were not loaded, and put back what is set meanwhile."""
    monkeypatch.delitem(sys.modules, "numpy", raising=False)
    for name in NAMES:
        monkeypatch.setenv(name, "1")
        monkeypatch.delenv(name)


def chosen(net: str) -> str | None:
    threads.one_for_small(net)
    return os.environ.get("OPENBLAS_NUM_THREADS")


def test_a_small_net_gets_one(tmp_path: Path) -> None:
    net = tmp_path / "net.yaml"
    net.write_text(SMALL)
    assert chosen(str(net)) == "1"


def test_a_net_that_comes_along_is_found_by_its_name() -> None:
    assert chosen("xor") == "1"


@pytest.mark.parametrize("weights", ["w.npz", "sub/w.npz", "{file: 'w.npz', ignore: [a]}"])
def test_so_does_one_whose_weights_file_is_small(weights: str, tmp_path: Path) -> None:
    net = tmp_path / "net.yaml"
    net.write_text(f"{SMALL}weights: {weights}")
    assert chosen(str(net)) == "1"


LARGE = {
    "by its text": SMALL + "#" * threads.LARGEST_SMALL,
    "by its weights file": SMALL + "weights: w.npz",
    "by a layer's file": SMALL.replace("[[1, 2]]", "{file: w.safetensors}"),
    "by what a convolution makes of few weights": SMALL.replace("{w", "{kind: conv, w"),
    "by random weights": SMALL.replace("[[1, 2]]", "{random: he_normal}"),
}


@pytest.mark.parametrize("text", LARGE.values(), ids=LARGE)
def test_a_net_that_may_be_large_gets_what_numpy_takes(text: str, tmp_path: Path) -> None:
    net = tmp_path / "net.yaml"
    net.write_text(text)
    for name in ("w.npz", "w.safetensors"):
        with open(tmp_path / name, "wb") as file:
            file.truncate(threads.LARGEST_WEIGHTS + 1)
    assert chosen(str(net)) is None


@pytest.mark.parametrize("name", NAMES)
def test_what_the_user_has_chosen_stays(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, "3")
    threads.one_for_small("xor")
    assert {each: os.environ.get(each) for each in NAMES} == {
        each: "3" if each == name else None for each in NAMES
    }


def test_it_is_too_late_once_numpy_is_loaded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "numpy", os)
    assert chosen("xor") is None


@pytest.mark.parametrize("net", ["-", "", "nowhere.yaml", "a\0b", "/dev/null", "."])
def test_what_is_no_file_is_left_to_what_reads_the_net(net: str) -> None:
    assert chosen(net) is None


def test_a_pipe_is_not_read(tmp_path: Path) -> None:
    pipe = tmp_path / "net.yaml"
    os.mkfifo(pipe)
    assert chosen(str(pipe)) is None


def number_of_threads(*words: str) -> int:
    code = (
        "import os; os._exit = lambda code: None; "
        "from nntrace.__main__ import main; main(); print(len(os.listdir('/proc/self/task')))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, *words],
        capture_output=True,
        text=True,
        timeout=WATCHDOG,
        check=True,
    )
    return int(done.stdout.splitlines()[-1])


@pytest.mark.skipif(not Path("/proc/self/task").is_dir(), reason="tells no threads")
def test_a_run_of_a_small_net_has_one_thread() -> None:
    assert number_of_threads("run", "xor", "--input", "0,1", "-f", "csv") == 1


@pytest.mark.skipif(not Path("/proc/self/task").is_dir(), reason="tells no threads")
def test_probes_have_one_thread_whatever_the_net(tmp_path: Path) -> None:
    net, rows = tmp_path / "net.yaml", tmp_path / "rows.csv"
    net.write_text(f"# the weights were once random\n{SMALL}")
    assert chosen(str(net)) is None
    rows.write_text("p,q,side\n1,0,left\n2,0,left\n3,0,left\n0,1,right\n0,2,right\n0,3,right\n")
    words = ["ladder", str(net), "-i", str(rows), "-t", "side", "-f", "json"]
    assert number_of_threads(*words) == 1
