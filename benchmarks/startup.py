"""How long a start takes, as a multiple of `python -c 'import numpy'` on the same machine.

Rounds are interleaved, so that a machine that slows down meanwhile slows all of them; the ratios
are those of the medians, which have to hold, and of the minima, which say what the code costs.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

NNTRACE = Path(sys.executable).with_name("nntrace")
CONFIGS = Path(__file__).resolve().parent.parent / "configs"
ROW = ["run", str(CONFIGS / "cat-or-dog.yaml"), "--input", "0.9,0.8,0.1"]

YARDSTICK = [sys.executable, "-c", "import numpy"]
# what, its words, how many times the yardstick it may take
GOALS = [
    ("a row, -f json", [*ROW, "-f", "json"], 1.35),
    ("a row, a table", ROW, 1.75),
    ("--help", ["--help"], 0.80),
    ("--version", ["--version"], 0.25),
]


def seconds(command: list[str]) -> float:
    """Run a command to its end and return how long that took."""
    start = time.perf_counter()
    subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, check=True)
    return time.perf_counter() - start


def main() -> int:
    """Measure, print a line for each goal, and return 1 where one does not hold."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=21, help="of each command (default 21)")
    rounds = parser.parse_args().rounds
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # the bytecode is to be warm
    commands = [YARDSTICK, *([str(NNTRACE), *words] for _, words, _ in GOALS)]
    for command in commands * 2:
        seconds(command)
    times = [[seconds(command) for command in commands] for _ in range(rounds)]
    taken = list(zip(*times, strict=True))
    middle, least = statistics.median(taken[0]), min(taken[0])
    print(f"yardstick: python -c 'import numpy', {rounds} rounds")
    print(f"  median {middle * 1e3:.1f} ms, minimum {least * 1e3:.1f} ms")
    print(f"{'':16}{'median':>10}{'ratio':>8}{'goal':>8}{'':10}{'ratio of minima':>17}")
    holds = True
    for (name, _, goal), each in zip(GOALS, taken[1:], strict=True):
        ratio = statistics.median(each) / middle
        verdict = "holds" if ratio <= goal else "FAILS"
        holds &= ratio <= goal
        print(
            f"{name:16}{statistics.median(each) * 1e3:7.1f} ms{ratio:8.2f}{goal:8.2f}"
            f"  {verdict:8}{min(each) / least:17.2f}"
        )
    return 0 if holds else 1


if __name__ == "__main__":
    sys.exit(main())
