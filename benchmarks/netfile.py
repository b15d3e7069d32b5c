"""How long a net file with 784 × 128 inline weights takes to load, in process, as a multiple of
`json.load` of the same numbers.

The weights are written as people and programs do, a line `- [0.1, -0.2, …]` for each neuron, in
float64 and float32 in full and in four decimals; and once as PyYAML wraps them, over lines of 80.
Rounds are interleaved; the ratios of the medians have to hold. The last line, which has no goal, is
a file with a fault in its last number, of which the place has to be found.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import tempfile
import textwrap
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

import nntrace

GOAL = 2.0
SIZE, FAN_IN = 128, 784


def net_text(rows: list[list[float]], wrapped: bool = False) -> str:
    """Return a net file with rows of weights."""
    lines = [f"      - {row}" for row in rows]
    if wrapped:
        lines = [textwrap.fill(line, 80, subsequent_indent=" " * 8) for line in lines]
    return "\n".join([f"input: {FAN_IN}", "layers:", "  - weights:", *lines, ""])


def seconds(work: Callable[[], object]) -> float:
    """Return how long some work takes."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def fault(path: Path) -> None:
    """Load a net that has one."""
    try:
        nntrace.load(path)
    except nntrace.NetworkError:
        return
    raise AssertionError(f"{path} has no fault")


def main() -> int:
    """Measure, print a line for each kind of file, and return 1 where the goal is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=15, help="of each kind (default 15)")
    rounds = parser.parse_args().rounds
    full = np.random.default_rng(7).normal(0, 0.05, (SIZE, FAN_IN))
    short: list[list[float]] = [[round(value, 4) for value in row] for row in full.tolist()]
    single: list[list[float]] = [[float(str(np.float32(x))) for x in row] for row in full]
    kinds = [
        ("float64, in full", full.tolist(), False),
        ("float32, in full", single, False),
        ("four decimals", short, False),
        ("the same, wrapped", short, True),
    ]
    print(f"yardstick: json.load of {SIZE} × {FAN_IN} numbers, {rounds} rounds")
    print(f"{'':20}{'json.load':>12}{'nntrace':>12}{'ratio':>8}{'goal':>8}")
    holds = True
    with tempfile.TemporaryDirectory() as folder:
        data, net = Path(folder) / "rows.json", Path(folder) / "net.yaml"

        def read_json() -> object:
            with data.open() as stream:
                return json.load(stream)

        for name, rows, wrapped in kinds:
            data.write_text(json.dumps(rows))
            net.write_text(net_text(rows, wrapped))
            [layer] = nntrace.load(net).layers
            assert np.array_equal(layer.weights, np.array(rows))
            taken = [
                (seconds(read_json), seconds(lambda: nntrace.load(net))) for _ in range(rounds)
            ]
            yardstick, ours = (statistics.median(each) for each in zip(*taken, strict=True))
            ratio = ours / yardstick
            holds &= ratio <= GOAL
            print(
                f"{name:20}{yardstick * 1e3:9.1f} ms{ours * 1e3:9.1f} ms{ratio:8.2f}{GOAL:8.2f}"
                f"  {'holds' if ratio <= GOAL else 'FAILS'}"
            )
        short[-1][-1] = float("inf")
        net.write_text(net_text(short))
        ours = statistics.median(seconds(lambda: fault(net)) for _ in range(min(rounds, 5)))
        print(f"{'one number is wrong':20}{'':12}{ours * 1e3:9.1f} ms{ours / yardstick:8.2f}")
    return 0 if holds else 1


if __name__ == "__main__":
    sys.exit(main())
