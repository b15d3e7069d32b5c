"""NumPy begins with one thread for matrix products, and has all where a net is served by them."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from watchdog import WATCHDOG

from nntrace.cli import threads
from nntrace.core.graph.graph import Graph, Node

NAMES = ("OPENBLAS_NUM_THREADS", "GOTO_NUM_THREADS", "OMP_NUM_THREADS")
TELLS_THREADS = pytest.mark.skipif(
    not Path("/proc/self/task").is_dir(), reason="the system tells no threads"
)


@pytest.fixture
def before_numpy(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make it look as if NumPy were not loaded, and put back what is set meanwhile."""
    monkeypatch.delitem(sys.modules, "numpy", raising=False)
    monkeypatch.setattr(threads, "_may_grow", False)
    for name in NAMES:
        monkeypatch.setenv(name, "1")
        monkeypatch.delenv(name)


@pytest.mark.usefixtures("before_numpy")
def test_it_begins_with_one() -> None:
    threads.begin_with_one()
    assert os.environ["OPENBLAS_NUM_THREADS"] == "1"


@pytest.mark.usefixtures("before_numpy")
@pytest.mark.parametrize("name", NAMES)
def test_what_the_user_has_chosen_stays(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, "3")
    threads.begin_with_one()
    assert {each: os.environ.get(each) for each in NAMES} == {
        each: "3" if each == name else None for each in NAMES
    }


@pytest.mark.usefixtures("before_numpy")
def test_it_is_too_late_once_numpy_is_loaded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "numpy", os)
    threads.begin_with_one()
    assert "OPENBLAS_NUM_THREADS" not in os.environ


def number_of_threads(*words: str, **variables: str) -> int:
    """Return how many threads a process has that has run a command."""
    code = (
        "import os, sys; os._exit = lambda code: code and sys.exit(code); "
        "from nntrace.__main__ import main; main(); print(len(os.listdir('/proc/self/task')))"
    )
    others = {name: value for name, value in os.environ.items() if name not in NAMES}
    done = subprocess.run(
        [sys.executable, "-c", code, *words],
        capture_output=True,
        text=True,
        timeout=WATCHDOG,
        check=True,
        env=others | variables,
    )
    return int(done.stdout.splitlines()[-1])


SMALL = "input: 2\nlayers: [{weights: [[1, 2]]}]\n"
FEW_WEIGHTS = "{kind: conv, channels: 8, kernel: 3, padding: 1, weights: {random: he_normal}}"
NETS = {
    "small": (SMALL, False),
    "with a word of a large one in it": (f"# the weights of the conv were once random\n{SMALL}", 0),
    "small, of random weights": ("input: 2\nlayers: [{size: 3, weights: {random: normal}}]", False),
    "small, a convolution": (f"input: {{shape: [1, 8, 8]}}\nlayers: [{FEW_WEIGHTS}]", False),
    "of many numbers": ("input: 2048\nlayers: [{size: 1024, weights: {random: normal}}]", True),
    "of many products": (f"input: {{shape: [3, 400, 400]}}\nlayers: [{FEW_WEIGHTS}]", True),
}


@TELLS_THREADS
@pytest.mark.parametrize(("text", "all_cores"), NETS.values(), ids=NETS)
def test_a_large_net_has_a_thread_for_each_core(text: str, all_cores: bool, tmp_path: Path) -> None:
    net = tmp_path / "net.yaml"
    net.write_text(text)
    cores = len(os.sched_getaffinity(0))
    assert number_of_threads("show", str(net), "-f", "json") == (cores if all_cores else 1)
    assert number_of_threads("show", str(net), "-f", "json", OMP_NUM_THREADS="1") == 1


@TELLS_THREADS
@pytest.mark.parametrize("net", ["xor", "digits", "digits-conv", "letters"])
def test_the_nets_that_come_along_have_one(net: str) -> None:
    assert number_of_threads("show", net, "-f", "json") == 1


def test_the_numbers_of_a_model_are_counted_wherever_it_holds_them() -> None:
    def graph(*nodes: Node, **constants: np.ndarray) -> Graph:
        return Graph("g", (), nodes, (), constants)

    branch = graph(Node("c", "Constant", (), ("c",), {"value": np.zeros((4, 5))}), w=np.zeros(7))
    whole = graph(Node("if", "If", ("x",), ("y",), {"then_branch": branch, "n": 3}), v=np.zeros(9))
    assert threads.numbers_in(whole) == 20 + 7 + 9


@TELLS_THREADS
def test_probes_have_one_whatever_the_net(tmp_path: Path) -> None:
    net, rows = tmp_path / "net.yaml", tmp_path / "rows.csv"
    wide = ", ".join(f"{{size: {size}, weights: {{random: normal}}}}" for size in (600, 2000, 2))
    net.write_text(f"input: {{labels: [p, q]}}\nlayers: [{wide}]")
    rows.write_text("p,q,side\n1,0,left\n2,0,left\n3,0,left\n0,1,right\n0,2,right\n0,3,right\n")
    words = ["ladder", str(net), "-i", str(rows), "-t", "side", "-f", "json"]
    assert number_of_threads("show", str(net)) == len(os.sched_getaffinity(0))
    assert number_of_threads(*words) == 1
