"""How the cost of a trace grows: with rows, with the width of the layers, with how many there are.

Each size is timed (the best of some rounds, every z and a kept) and set against the multiply-adds
of its matrix products and the bytes of its weights and of what it keeps. Where the cost is linear,
the last part of the curve is a straight line of slope 1 in a plot of both logarithms; before that,
what a call costs anyway makes it flatter. The time is the processor's, with one thread: how many
share a product depends on its size, and how long they take on what else the machine has to do. The
deep nets fit into the cache; where a curve leaves it, that is the machine's, and a step.

With --commands: how the cost of whole commands grows with whatever can be given many times, the
cases that tests/test_growth.py counts the lines of. Here it is the processor's time, at sizes where
what runs within a call of C would show, too.
"""

from __future__ import annotations

import argparse
import io
import os
import sys
import tempfile
import time
from math import log
from pathlib import Path
from typing import NamedTuple

os.environ["OPENBLAS_NUM_THREADS"] = "1"

import numpy as np

import nntrace
from nntrace.core.activation import Activation
from nntrace.core.activations import find
from nntrace.core.layer import Layer
from nntrace.core.network import Input, Network
from nntrace.core.ops.dense import Dense

LOWEST, HIGHEST = 0.80, 1.20  # of a slope that is 1 but for noise and caches
LONG_ENOUGH = 0.2  # seconds of rounds for a point
STEEPEST = 1.5  # exponent of a command: n log n at these sizes has 1.1, n² has 2
AT_ONCE = 2**25  # bytes of intermediates that are kept at a time; more rows come in batches


class Point(NamedTuple):
    """A size, what it takes in theory, and the seconds that it took."""

    size: int
    macs: int
    bytes: int
    seconds: float


def net(width: int, depth: int) -> Network:
    """Make a net of `depth` relu layers of `width` neurons, which keeps the scale of its rows."""
    random = np.random.default_rng(1)
    relu = Activation(find("relu"))
    layers = [
        Layer(
            f"layer{index}",
            Dense(
                random.normal(0, (2 / width) ** 0.5, (width, width)).astype(np.float32),
                np.zeros(width, np.float32),
            ),
            relu,
        )
        for index in range(depth)
    ]
    return Network("net", Input(width), tuple(layers), "float32")


def point(size: int, rows: int, width: int, depth: int) -> Point:
    """Time a trace of some rows, in batches as a stream has them where they are many."""
    network = net(width, depth)
    a_row = 4 * width * (2 * depth + 1)
    batch = min(rows, max(1, AT_ONCE // a_row))
    values = np.random.default_rng(2).normal(0, 1, (batch, width)).astype(np.float32)
    counts = [batch] * (rows // batch) + [rows % batch] * (rows % batch > 0)
    least, until = float("inf"), time.process_time() + LONG_ENOUGH
    nntrace.forward(network, values)
    while least == float("inf") or time.process_time() < until:
        start = time.process_time()
        for count in counts:
            nntrace.forward(network, values[:count])
        least = min(least, time.process_time() - start)
    return Point(size, rows * depth * width * width, rows * a_row + 4 * depth * width**2, least)


def slope(points: list[Point], kind: str) -> float:
    """Fit time ∝ theory ** slope to the large end: the last decade and a half of the theory."""
    theory = [getattr(each, kind) for each in points]
    end = [index for index, value in enumerate(theory) if value * 40 >= theory[-1]]
    x = [log(theory[index]) for index in end]
    y = [log(points[index].seconds) for index in end]
    return float(np.polyfit(x, y, 1)[0])


def plot(points: list[Point], kind: str, title: str, width: int = 56, height: int = 12) -> str:
    """Draw time over theory, both logarithmic; dots are slope 1 through the last point."""
    x = [log(getattr(each, kind), 10) for each in points]
    y = [log(each.seconds, 10) for each in points]
    low, high = min(y), max(y)
    cells = [[" "] * width for _ in range(height)]

    def put(across: float, up: float, sign: str) -> None:
        column = round((across - x[0]) / (x[-1] - x[0]) * (width - 1))
        line = round((high - up) / (high - low) * (height - 1))
        if 0 <= line < height:
            cells[line][column] = sign

    for column in range(width):
        across = x[0] + (x[-1] - x[0]) * column / (width - 1)
        put(across, y[-1] + across - x[-1], "·")
    for across, up in zip(x, y, strict=True):
        put(across, up, "●")
    labels = [f"{10**high:8.2g} s", *[""] * (height - 2), f"{10**low:8.2g} s"]
    lines = [f"{label:>10} │{''.join(c)}" for label, c in zip(labels, cells, strict=True)]
    foot = f"{10 ** x[0]:.1e}{title:^{width - 14}}{10 ** x[-1]:.1e}"
    return "\n".join([*lines, f"{'':10} └{'─' * width}", f"{'':12}{foot}"])


def seconds_of(words: list[str], folder: str) -> float:
    """Run a command in this process, and return the processor's seconds."""
    from nntrace.cli.app import main as run
    from nntrace.cli.environment import Environment

    streams = io.BytesIO(), io.BytesIO(), io.BytesIO()
    start = time.process_time()
    run(words, Environment(*streams, {"NNTRACE_STATE": folder}))
    return time.process_time() - start


def commands(largest: int, only: str) -> int:
    """Time each command at three sizes; return 1 where one grows clearly faster than n log n."""
    sys.path.insert(0, str(Path(__file__).parent.parent / "tests" / "helpers"))
    from growing import CASES

    sizes = [largest // 4, largest // 2, largest]
    print("".join(f"{f'n = {size:,}':>12}" for size in sizes) + "   exponent")
    holds = True
    for name, case in CASES.items():
        if only not in name:
            continue
        with tempfile.TemporaryDirectory() as folder:
            seconds_of(case(Path(folder), 10), folder)
            took = [seconds_of(case(Path(folder), size), folder) for size in sizes]
        first, second = took[1] - took[0], took[2] - took[1]  # what a command takes anyway is left
        exponent = log(second / first, 2) if first > 0.02 and second > 0.1 else 0.0
        slow = exponent > STEEPEST
        holds &= not slow
        told = "too short to tell" if not exponent else f"{exponent:.2f}{'  FAILS' * slow}"
        print("".join(f"{each:10.3f} s" for each in took) + f"   {told:18} {name}", flush=True)
    return 0 if holds else 1


def main() -> int:
    """Measure, print and draw each curve; return 1 where one is not linear at its large end."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="leave out the largest sizes")
    parser.add_argument("--commands", action="store_true", help="time commands instead")
    parser.add_argument("--size", type=int, default=4000, help="with --commands: the largest")
    parser.add_argument("--only", default="", help="with --commands: those whose name has this")
    given = parser.parse_args()
    if given.commands:
        return commands(given.size, given.only)
    quick = given.quick
    rows = [round(10 ** (k / 2)) for k in range(4, 11 if quick else 13)]
    widths = [10, 30, 100, 300, 1000] + [2000, 4000] * (not quick)
    depths = [4**k for k in range(4 if quick else 5)]
    curves = [
        ("rows", "through 64-64-64", "macs", [point(n, n, 64, 2) for n in rows]),
        ("width", "one layer, 256 rows", "macs", [point(n, 256, n, 1) for n in widths]),
        ("width", "one layer, one row", "bytes", [point(n, 1, n, 1) for n in widths]),
        ("depth", "layers of 64, 64 rows", "macs", [point(n, 64, 64, n) for n in depths]),
    ]
    holds = True
    for what, net_words, kind, points in curves:
        against = "multiply-adds" if kind == "macs" else "bytes"
        print(f"\n{what}: {net_words}, float32")
        print(
            f"{what:>10}{'multiply-adds':>16}{'bytes':>10}{'seconds':>12}{'ns each':>10}{'ns/B':>8}"
        )
        for each in points:
            print(
                f"{each.size:10,}{each.macs:16.2e}{each.bytes:10.1e}{each.seconds:12.2e}"
                f"{each.seconds / each.macs * 1e9:10.3f}{each.seconds / each.bytes * 1e9:8.2f}"
            )
        print(plot(points, kind, f"{against} (· slope 1)"))
        found = slope(points, kind)
        linear = LOWEST <= found <= HIGHEST
        holds &= linear
        verdict = "linear, holds" if linear else f"FAILS, takes {LOWEST} to {HIGHEST}"
        print(f"slope at the large end: {found:.2f} against {against}: {verdict}")
    return 0 if holds else 1


if __name__ == "__main__":
    sys.exit(main())
