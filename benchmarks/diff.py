"""What `diff A B` costs beside one `run` of A, and how much memory it takes.

Time is the processor's, of whole processes and of the comparison in this one, with one thread; the
goal is three times one run, and room for one layer of each, whatever else the nets hold.
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import tempfile
import time
import tracemalloc
from collections.abc import Callable
from pathlib import Path

os.environ["OPENBLAS_NUM_THREADS"] = "1"

import numpy as np

import nntrace
from nntrace.analysis.diff.compare import Tolerances
from nntrace.analysis.diff.difference import differ
from nntrace.analysis.diff.sides import NetSide, Rows
from nntrace.core.activation import Activation
from nntrace.core.activations import ACTIVATIONS
from nntrace.core.forward import forward
from nntrace.core.layer import Layer
from nntrace.core.network import Input, Network
from nntrace.core.ops import find_kind

GOAL = 3.0
RELU = Activation(ACTIVATIONS["relu"])


def deep(layers: int, width: int) -> Network:
    """Return a chain of dense layers of one width."""
    rng = np.random.default_rng(0)
    dense = find_kind("dense")
    made = tuple(
        Layer(
            f"l{at}",
            dense(
                weights=rng.normal(0, width**-0.5, (width, width)).astype(np.float32),
                bias=np.zeros(width, np.float32),
            ),
            RELU,
        )
        for at in range(layers)
    )
    return Network("deep", Input(width), made, "float32")


def convolutions(layers: int, channels: int, side: int) -> Network:
    rng = np.random.default_rng(0)
    conv = find_kind("conv")
    shape = (channels, channels, 3, 3)
    made = tuple(
        Layer(
            f"c{at}",
            conv(
                weights=rng.normal(0, 0.1, shape).astype(np.float32),
                bias=np.zeros(channels, np.float32),
                padding=1,
            ),
            RELU,
        )
        for at in range(layers)
    )
    spec = Input(channels * side**2, shape=(channels, side, side))
    return Network("convolutions", spec, made, "float32")


def least(work: Callable[[], object], rounds: int = 5) -> float:
    """Return the processor's seconds of the quickest of some rounds."""
    times = []
    for _ in range(rounds):
        start = time.process_time()
        work()
        times.append(time.process_time() - start)
    return min(times)


def process(*words: str) -> float:
    """Return the processor's seconds of a whole process, the least of some."""
    times = []
    for _ in range(5):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run([sys.executable, "-m", "nntrace", *words], capture_output=True, check=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        times.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    return min(times)


def main() -> int:
    status = 0
    cases = {
        "32 dense layers of 512, 256 rows": (deep(32, 512), 256),
        "32 dense layers of 512, 1 row": (deep(32, 512), 1),
        "16 convolutions of 32 channels, 56 × 56": (convolutions(16, 32, 56), 4),
        "digits-conv, 1024 rows": (nntrace.load("digits-conv"), 1024),
    }
    for name, (net, count) in cases.items():
        rows = np.random.default_rng(1).normal(size=(count, net.input.size)).astype(net.dtype)

        def run(net: Network = net, rows: np.ndarray = rows) -> None:
            forward(net, rows)

        def diff(net: Network = net, rows: np.ndarray = rows) -> None:
            found = differ(NetSide(net), NetSide(net), [Rows(range(len(rows)), rows)], Tolerances())
            assert found.agree

        once = least(run)
        ratio = least(diff) / once
        tracemalloc.start()
        diff()
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        layer = max(each.size for each in net.layers) * rows.itemsize * count
        missed = ratio > GOAL
        status |= missed
        print(
            f"{name}: {ratio:.2f} times one pass (goal {GOAL:g}){' MISSED' * missed}, "
            f"{peak / layer:.1f} times the largest layer's z in memory, "
            f"of {2 * len(net.layers)} in a trace"
        )
    with tempfile.TemporaryDirectory() as folder:
        rows_file = Path(folder) / "rows.npy"
        np.save(rows_file, np.random.default_rng(1).normal(size=(512, 64)).astype(np.float32))
        once = process("run", "digits", "-i", str(rows_file), "-f", "npz")
        twice = process("diff", "digits", "digits", "-i", str(rows_file))
        missed = twice / once > GOAL
        status |= missed
        print(
            f"whole process, digits, 512 rows: {twice:.2f} s beside {once:.2f} s of run -f npz, "
            f"{twice / once:.2f} times (goal {GOAL:g}){' MISSED' * missed}"
        )
    return int(status)


if __name__ == "__main__":
    sys.exit(main())
