"""How fast rows stream through a small net, as a multiple of a script written for just that net.

The yardstick is what a good programmer writes in a few minutes: the standard library reads the
rows, NumPy runs the net on 512 at a time, and one `%r` template writes each row. Both are whole
processes that read a file and write the same records. Rounds are interleaved, so that a machine
that slows down meanwhile slows both of them; the ratio is that of the medians.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

NNTRACE = str(Path(sys.executable).with_name("nntrace"))
SIZES = (4, 8, 3)
INPUTS = ("north", "east", "south", "west")
CLASSES = ("red", "green", "blue")
ROWS = 100_000
GOAL = 3.5  # times as fast as the yardstick
MEMORY = 40.0  # MiB at most, for any number of rows
LENGTHS = (10_000, 1_000_000)  # rows, for which memory is measured

YARDSTICK = """
import csv, json, sys
from itertools import islice
import numpy as np

kind, net, file = sys.argv[1:]
w1, b1, w2, b2, inputs, classes = json.load(open(net))
w1, b1, w2, b2 = map(np.array, (w1, b1, w2, b2))
eight, three = ",".join(["%r"] * 8), ",".join(["%r"] * 3)
template = (
    '{"row":%d,"input":[%r,%r,%r,%r],"layers":['
    '{"name":"hidden","activation":"relu","z":[' + eight + '],"a":[' + eight + ']},'
    '{"name":"output","activation":"softmax","z":[' + three + '],"a":[' + three + ']}],'
    '"prediction":{"index":%d,"label":"%s","probability":%r}}\\n'
)
with open(file) as stream:
    if kind == "csv":
        rows = csv.reader(stream)
    elif kind == "jsonl":
        rows = map(json.loads, stream)
    else:
        rows = ([row[name] for name in inputs] for row in map(json.loads, stream))
    start = 0
    while chunk := list(islice(rows, 512)):
        x = np.array(chunk, dtype=np.float64)
        z1 = x @ w1.T + b1
        a1 = np.maximum(z1, 0)
        z2 = a1 @ w2.T + b2
        powers = np.exp(z2 - z2.max(axis=1, keepdims=True))
        a2 = powers / powers.sum(axis=1, keepdims=True)
        numbers = np.hstack([x, z1, a1, z2, a2]).tolist()
        lines = [
            template % (row, *values, index, classes[index], values[23 + index])
            for row, (values, index) in enumerate(zip(numbers, a2.argmax(axis=1).tolist()), start)
        ]
        sys.stdout.write("".join(lines))
        start += len(chunk)
"""
KINDS = {"csv": "csv", "jsonl": "jsonl", "by label": "jsonl"}  # and their suffixes


def make_net(folder: Path) -> None:
    """Write the net, for nntrace and for the yardstick."""
    draw = random.Random(0).gauss
    parts = []
    for fan_in, size in pairwise(SIZES):
        parts.append([[draw(0, 1) for _ in range(fan_in)] for _ in range(size)])
        parts.append([draw(0, 1) for _ in range(size)])
    hidden = {"name": "hidden", "activation": "relu", "weights": parts[0], "bias": parts[1]}
    output = {"activation": "softmax", "labels": CLASSES, "weights": parts[2], "bias": parts[3]}
    net = {"input": {"labels": INPUTS}, "layers": [hidden, output]}
    (folder / "net.yaml").write_text(json.dumps(net))
    (folder / "net.json").write_text(json.dumps([*parts, INPUTS, CLASSES]))


def make_rows(folder: Path, count: int) -> None:
    """Write rows of each kind, of a hundred different thousands."""
    draw = random.Random(1).gauss
    thousands = [
        [[draw(0, 1) for _ in range(SIZES[0])] for _ in range(1000)]
        for _ in range(min(count, ROWS) // 1000)
    ]
    for kind in KINDS:
        with file_of(folder, kind, count).open("w") as stream:
            for index in range(count // 1000):
                stream.writelines(as_text(kind, thousands[index % len(thousands)]))


def as_text(kind: str, rows: list[list[float]]) -> Iterator[str]:
    """Give a line a row."""
    for row in rows:
        if kind == "csv":
            yield ",".join(map(repr, row)) + "\n"
        elif kind == "jsonl":
            yield json.dumps(row) + "\n"
        else:
            yield json.dumps(dict(zip(INPUTS, row, strict=True))) + "\n"


def file_of(folder: Path, kind: str, count: int) -> Path:
    return folder / f"{kind.replace(' ', '-')}-{count}.{KINDS[kind]}"


def commands(folder: Path, kind: str, count: int) -> tuple[list[str], list[str]]:
    """Return the words of the yardstick and of nntrace."""
    file = str(file_of(folder, kind, count))
    yardstick = [sys.executable, "-c", YARDSTICK, kind, str(folder / "net.json"), file]
    return yardstick, [NNTRACE, "run", str(folder / "net.yaml"), "-i", file, "-f", "jsonl"]


def run(command: list[str]) -> tuple[float, float]:
    """Run a command to its end; return its seconds, and its peak memory in MiB."""
    start = time.perf_counter()
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    taken = time.perf_counter() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{command[0]} ended with {process.returncode}")
    return taken, usage.ru_maxrss / (2**20 if sys.platform == "darwin" else 2**10)


def check_same(folder: Path, kind: str) -> None:
    """Exit where the yardstick's records are not nntrace's, rounding apart."""
    texts = [subprocess.check_output(words) for words in commands(folder, kind, 1000)]
    ours, theirs = ([json.loads(line) for line in text.splitlines()] for text in texts)
    if len(ours) != 1000 or not same(ours, theirs):
        raise SystemExit(f"{kind}: the yardstick writes other records than nntrace")


def same(one: object, other: object) -> bool:
    """Whether two JSON values are the same, but for the rounding of numbers and nothing else."""
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, dict) and isinstance(other, dict):
        return list(one) == list(other) and same([*one.values()], [*other.values()])
    if isinstance(one, float) and isinstance(other, float):
        return abs(one - other) <= 1e-12
    return type(one) is type(other) and one == other


def main() -> int:
    """Measure, print a line for each goal, and return 1 where one does not hold."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=9, help="of each command (default 9)")
    rounds = parser.parse_args().rounds
    for name in ("PYTHONDONTWRITEBYTECODE", "PYTHONUNBUFFERED"):
        os.environ.pop(name, None)
    holds = True
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        make_net(folder)
        for count in sorted({1000, ROWS, *LENGTHS}):
            make_rows(folder, count)
        print(f"rows through a {'-'.join(map(str, SIZES))} net to JSONL: {ROWS:,}, {rounds} rounds")
        print(
            f"{'':10}{'yardstick':>20}{'nntrace':>20}{'times':>8}{'goal':>8}{'':10}{'spread':>12}"
        )
        for kind in KINDS:
            check_same(folder, kind)
            times = [
                [run(words)[0] for words in commands(folder, kind, ROWS)] for _ in range(rounds)
            ]
            theirs, ours = (statistics.median(each) for each in zip(*times, strict=True))
            ratios = sorted(yardstick / nntrace for yardstick, nntrace in times)
            holds &= theirs / ours >= GOAL
            print(
                f"{kind:10}{ROWS / theirs:13,.0f} rows/s{ROWS / ours:13,.0f} rows/s"
                f"{theirs / ours:8.2f}{GOAL:8.2f}"
                f"  {'holds' if theirs / ours >= GOAL else 'FAILS':8}"
                f"{ratios[0]:5.2f} to {ratios[-1]:.2f}"
            )
        shown = "".join(f"{count:>16,} rows" for count in LENGTHS)
        print(f"peak memory\n{'':10}{shown}{'goal':>12}")
        for kind in KINDS:
            peaks = [run(commands(folder, kind, count)[1])[1] for count in LENGTHS]
            holds &= max(peaks) <= MEMORY
            shown = "".join(f"{peak:17.1f} MiB" for peak in peaks)
            verdict = "holds" if max(peaks) <= MEMORY else "FAILS"
            print(f"{kind:10}{shown}{MEMORY:8.0f} MiB  {verdict}")
    return 0 if holds else 1


if __name__ == "__main__":
    sys.exit(main())
