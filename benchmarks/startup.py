"""How long a start takes, as a multiple of `python -c 'import numpy'` on the same machine.

Rounds are interleaved, so that a machine that slows down meanwhile slows all of them; the ratios
are those of the medians, which have to hold, and of the minima, which say what the code costs. The
memory is the largest resident set of any round.

NumPy's OpenBLAS starts a thread a core, which wait by spinning: on a busy machine the yardstick
takes up to twice as long for it. nntrace starts one thread for a small net, so that its ratio looks
the better the busier the machine is. The second yardstick has one thread too; nothing is held
against it, but it tells the two apart.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import time
from pathlib import Path

NNTRACE = Path(sys.executable).with_name("nntrace")
CONFIGS = Path(__file__).resolve().parent.parent / "configs"
ROW = ["run", str(CONFIGS / "cat-or-dog.yaml"), "--input", "0.9,0.8,0.1"]

YARDSTICK = [sys.executable, "-c", "import numpy"]
ONE_THREAD = ["/usr/bin/env", "OPENBLAS_NUM_THREADS=1", *YARDSTICK]
# what, its words, how many times the yardstick it may take, and how much memory
GOALS = [
    ("a row, -f json", [*ROW, "-f", "json"], 1.30, 34),
    ("a row, a table", ROW, 1.65, 34),
    ("--help", ["--help"], 0.75, None),
    ("--version", ["--version"], 0.25, None),
]
UNIT = 1 if sys.platform == "darwin" else 1024  # bytes in which the system counts memory


def measure(command: list[str]) -> tuple[float, float]:
    """Run a command to its end; return the seconds that took, and its largest MiB in memory."""
    start = time.perf_counter()
    streams = [(os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0)]
    streams += [(os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0)]
    process = os.posix_spawn(command[0], command, os.environ, file_actions=streams)
    _, status, usage = os.wait4(process, 0)
    taken = time.perf_counter() - start
    if status:
        sys.exit(f"{' '.join(command)}: ended with {os.waitstatus_to_exitcode(status)}")
    return taken, usage.ru_maxrss * UNIT / 2**20


def verdict(holds: bool) -> str:
    """Say whether a goal is met."""
    return "holds" if holds else "FAILS"


def main() -> int:
    """Measure, print a line for each goal, and return 1 where one does not hold."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=21, help="of each command (default 21)")
    rounds = parser.parse_args().rounds
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # the bytecode is to be warm
    commands = [YARDSTICK, ONE_THREAD, *([str(NNTRACE), *words] for _, words, _, _ in GOALS)]
    for command in commands * 2:
        measure(command)
    seconds: list[list[float]] = [[] for _ in commands]
    mebibytes = [0.0] * len(commands)
    for turn in range(rounds):
        for place in range(len(commands)):  # another goes first in each round
            which = (place + turn) % len(commands)
            taken, memory = measure(commands[which])
            seconds[which].append(taken)
            mebibytes[which] = max(mebibytes[which], memory)
    middle, least = statistics.median(seconds[0]), min(seconds[0])
    print(f"yardstick: python -c 'import numpy', {rounds} rounds")
    print(f"  median {middle * 1e3:.1f} ms, minimum {least * 1e3:.1f} ms, {mebibytes[0]:.1f} MiB")
    alone, alone_least = statistics.median(seconds[1]), min(seconds[1])
    print(f"  with one thread: median {alone * 1e3:.1f} ms, minimum {alone_least * 1e3:.1f} ms")
    print(
        f"{'':16}{'median':>10}{'ratio':>8}{'goal':>8}{'':7}{'of minima':>11}{'MiB':>8}{'goal':>6}"
    )
    holds = True
    for (name, _, goal, most), each, memory in zip(GOALS, seconds[2:], mebibytes[2:], strict=True):
        ratio = statistics.median(each) / middle
        fast, small = ratio <= goal, most is None or memory <= most
        holds &= fast and small
        print(
            f"{name:16}{statistics.median(each) * 1e3:7.1f} ms{ratio:8.2f}{goal:8.2f}"
            f"  {verdict(fast)}{min(each) / least:11.2f}{memory:8.1f}"
            + ("" if most is None else f"{most:6}  {verdict(small)}")
        )
    return 0 if holds else 1


if __name__ == "__main__":
    sys.exit(main())
