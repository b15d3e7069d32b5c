"""What the line that tells how far a run has come costs, as a multiple of the same run without.

Both are whole processes that trace the same rows; standard error of one is a terminal, that of the
other is not. Processor time is measured: nearly all of the cost is that of loading Rich, once, so
that it is the smaller a part the longer the run. Rounds are interleaved, and another goes first in
each; the ratio is the median of the rounds' own, so that a machine that slows down for a while
counts little. The least times of both are told beside it.
"""

from __future__ import annotations

import argparse
import os
import pty
import statistics
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

NNTRACE = str(Path(sys.executable).with_name("nntrace"))
GOAL = 1.02
ROWS = 2_000_000
# OpenBLAS's other threads, which wait by spinning, would be counted.
VARIABLES = {"TERM": "xterm-256color", "COLUMNS": "80", "OPENBLAS_NUM_THREADS": "1"}
NET = """\
input: 4
layers:
  - {size: 8, activation: relu, weights: {random: he_normal, seed: 1}}
  - {size: 3, activation: softmax, weights: {random: he_normal, seed: 2}}
"""


def drain(descriptor: int, seen: list[bytes]) -> None:
    """Read what a terminal is sent, as its window would."""
    try:
        while data := os.read(descriptor, 65536):
            seen.append(data)
    except OSError:  # nobody has it open any more
        pass


def run(folder: Path, words: list[str], shown: bool) -> tuple[float, bytes]:
    """Return the seconds of processor time, and what a terminal was sent."""
    main, terminal = pty.openpty()
    seen: list[bytes] = []
    reader = threading.Thread(target=drain, args=(main, seen))
    reader.start()
    process = subprocess.Popen(
        [NNTRACE, *words],
        cwd=folder,
        stdout=subprocess.DEVNULL,
        stderr=terminal if shown else subprocess.DEVNULL,
        env={**os.environ, **VARIABLES},
    )
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = code = os.waitstatus_to_exitcode(status)
    os.close(terminal)
    reader.join()
    os.close(main)
    if code:
        sys.exit(f"nntrace {' '.join(words)}: ended with {code}")
    return usage.ru_utime + usage.ru_stime, b"".join(seen)


def main() -> int:
    """Measure, print a line for each command, and return 1 where the goal is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=7, help="of each (default 7)")
    rounds = parser.parse_args().rounds
    for name in ("PYTHONDONTWRITEBYTECODE", "PYTHONUNBUFFERED"):
        os.environ.pop(name, None)
    holds = True
    print(f"the same run without a terminal is the yardstick, {rounds} rounds")
    print(
        f"{'':8}{'without':>10}{'with':>10}{'ratio':>8}{'goal':>8}{'':9}{'of minima':>11}"
        f"{'spread':>16}"
    )
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "net.yaml").write_text(NET)
        with open(folder / "rows.csv", "w") as stream:
            for _ in range(ROWS // 1000):
                stream.write("0.25,-1.5,3.125,0.0625\n" * 1000)
        for command in (["stats", "net.yaml"], ["run", "net.yaml", "-f", "jsonl"]):
            words = [*command, "-i", "rows.csv"]
            _, seen = run(folder, words, True)
            assert b"rows/s" in seen, "it was over before anything was shown"
            times: dict[bool, list[float]] = {False: [], True: []}
            for turn in range(rounds):
                for shown in (False, True) if turn % 2 else (True, False):
                    times[shown].append(run(folder, words, shown)[0])
            ratios = sorted(b / a for a, b in zip(times[False], times[True], strict=True))
            ratio = statistics.median(ratios)
            holds &= ratio <= GOAL
            print(
                f"{command[0]:8}{statistics.median(times[False]):8.2f} s"
                f"{statistics.median(times[True]):8.2f} s{ratio:8.3f}{GOAL:8.2f}"
                f"  {'holds' if ratio <= GOAL else 'FAILS':7}"
                f"{min(times[True]) / min(times[False]):11.3f}"
                f"{ratios[0]:8.3f} to {ratios[-1]:.3f}"
            )
    return 0 if holds else 1


if __name__ == "__main__":
    sys.exit(main())
