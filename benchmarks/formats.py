"""What a row costs in each format, as a multiple of what it costs as JSONL of `run`.

The same rows go through the same small net, into a pipe. A row's time is the processor's: that of
many rows, less that of a few, which is what the start of the program costs, a row. Rounds are
interleaved; the ratio is that of the medians. A net of many classes shows that a row's time grows
no faster than the numbers that are written for it.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from streams import NNTRACE, file_of, make_net, make_rows

FEW, MANY = 1_000, 100_000
YARDSTICK = "run -f jsonl"
GOALS = {
    "run -f csv": 2.0,
    "run -f table": 4.0,
    "run --accessible": 4.0,
    "predict -f jsonl": 1.0,
    "predict -f csv": 1.0,
    "predict -f table": 4.0,
    "predict --accessible": 4.0,
}
WIDE_ROWS = 1_000
MEMORY = 60.0  # MiB at most, with Rich, for any number of rows
CLASSES = (100, 1_000)  # of the wide nets
GROWTH = 15.0  # times as long for ten times the classes


def run(words: list[str]) -> tuple[float, float]:
    """Return the seconds of the processor that a command takes, and its largest MiB in memory."""
    reader, writer = os.pipe()
    with subprocess.Popen(["cat"], stdin=reader, stdout=subprocess.DEVNULL):
        os.close(reader)
        process = subprocess.Popen(words, stdout=writer)
        os.close(writer)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if status:
        sys.exit(f"{' '.join(words)}: ended with {process.returncode}")
    unit = 1 if sys.platform == "darwin" else 1024
    return usage.ru_utime + usage.ru_stime, usage.ru_maxrss * unit / 2**20


def words_of(command: str, net: Path, rows: Path) -> list[str]:
    """Return the words of a command line such as `run -f csv`."""
    name, *options = command.split()
    return [NNTRACE, name, str(net), "-i", str(rows), *options]


def a_row(times: dict[int, list[float]]) -> float:
    """Return the microseconds of a row."""
    more = statistics.median(times[MANY]) - statistics.median(times[FEW])
    return more / (MANY - FEW) * 1e6


def make_wide(folder: Path, classes: int) -> tuple[Path, Path]:
    """Write a net of many classes, which it tells apart by two inputs, and rows with a truth."""
    weights = [[index % 7, -index % 5] for index in range(classes)]
    labels = [f"class-{index}" for index in range(classes)]
    layer = {"activation": "softmax", "labels": labels, "weights": weights}
    net, rows = folder / f"wide-{classes}.yaml", folder / f"wide-{classes}.csv"
    net.write_text(json.dumps({"input": {"labels": ["x", "y"]}, "layers": [layer]}))
    lines = (f"{index % 9},{index % 8},class-{index % classes}\n" for index in range(WIDE_ROWS))
    rows.write_text("x,y,truth\n" + "".join(lines))
    return net, rows


def growth(folder: Path, rounds: int) -> bool:
    """Print what ten times the classes cost, for each format; tell whether the goals hold."""
    wide = [make_wide(folder, classes) for classes in CLASSES]
    holds = True
    print(f"predict with {CLASSES[0]} and {CLASSES[1]:,} classes, {WIDE_ROWS:,} rows")
    for options in ("-f csv", "-f jsonl", "-f table"):
        seconds = [
            statistics.median(
                run([*words_of(f"predict {options}", net, rows), "-t", "truth"])[0]
                for _ in range(rounds)
            )
            for net, rows in wide
        ]
        ratio = seconds[1] / seconds[0]
        holds &= ratio <= GROWTH
        verdict = "holds" if ratio <= GROWTH else "FAILS"
        print(f"{options:22}{seconds[1]:9.2f} s{ratio:9.2f}{GROWTH:8.2f}  {verdict}")
    return holds


def main() -> int:
    """Measure, print a line for each goal, and return 1 where one does not hold."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=7, help="of each command (default 7)")
    rounds = parser.parse_args().rounds
    os.environ["OPENBLAS_NUM_THREADS"] = "1"
    for name in ("PYTHONDONTWRITEBYTECODE", "PYTHONUNBUFFERED"):
        os.environ.pop(name, None)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        make_net(folder)
        for count in (FEW, MANY):
            make_rows(folder, count)
        commands = [YARDSTICK, *GOALS]
        times: dict[str, dict[int, list[float]]] = {each: {FEW: [], MANY: []} for each in commands}
        peaks = dict.fromkeys(commands, 0.0)
        for _ in range(rounds):
            for command in commands:
                for count in (FEW, MANY):
                    file = file_of(folder, "csv", count)
                    seconds, peak = run(words_of(command, folder / "net.yaml", file))
                    times[command][count].append(seconds)
                    peaks[command] = max(peaks[command], peak)
        yardstick = a_row(times[YARDSTICK])
        print(f"yardstick: {YARDSTICK}, {yardstick:.1f} microseconds a row, {rounds} rounds")
        print(f"{'':22}{'a row':>10}{'ratio':>9}{'goal':>8}{'':7}{'MiB':>8}{'goal':>6}")
        holds = True
        for command, goal in GOALS.items():
            ratio = a_row(times[command]) / yardstick
            fast, small = ratio <= goal, peaks[command] <= MEMORY
            holds &= fast and small
            print(
                f"{command:22}{a_row(times[command]):7.1f} µs{ratio:9.2f}{goal:8.2f}"
                f"  {'holds' if fast else 'FAILS'}{peaks[command]:8.1f}{MEMORY:6.0f}"
                f"  {'holds' if small else 'FAILS'}"
            )
        holds &= growth(folder, max(3, rounds // 2))
    return 0 if holds else 1


if __name__ == "__main__":
    sys.exit(main())
