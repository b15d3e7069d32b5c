"""Loading large weights and tracing one row, as a multiple of reading the bytes of their file.

8 layers of 4096 × 4096 float32, half a GiB, as `.safetensors` and as uncompressed `.npz`, in
process and warm. The peak is of memory that is the process's own, since what is mapped from a file
can be dropped at any time.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

import nntrace

LAYERS, SIZE = 8, 4096
LAYER = SIZE * SIZE * 4  # bytes
GOAL = 0.5
PEAK = LAYER + 64 * 2**20


def tensors() -> dict[str, np.ndarray]:
    """Return the weights and biases, under the names that a net file looks for."""
    draw = np.random.default_rng(0)
    made = {}
    for index in range(LAYERS):
        made[f"layer{index}.weight"] = draw.normal(0, SIZE**-0.5, (SIZE, SIZE)).astype(np.float32)
        made[f"layer{index}.bias"] = draw.normal(0, 0.1, SIZE).astype(np.float32)
    return made


def write_safetensors(path: Path, arrays: dict[str, np.ndarray]) -> None:
    """Write a file by hand, so that the benchmark needs no more of the format than nntrace."""
    header, start = {}, 0
    for name, array in arrays.items():
        end = start + array.nbytes
        header[name] = {"dtype": "F32", "shape": array.shape, "data_offsets": [start, end]}
        start = end
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as stream:
        stream.write(len(text).to_bytes(8, "little") + text)
        for array in arrays.values():
            stream.write(array.tobytes())


def write_net(folder: Path, weights: str) -> Path:
    """Write the net file of some weights."""
    layers = "".join(f"  - {{name: layer{i}, activation: tanh}}\n" for i in range(LAYERS))
    path = folder / f"{weights.replace('.', '-')}.yaml"
    path.write_text(f"dtype: float32\nweights: {weights}\ninput: {SIZE}\nlayers:\n{layers}")
    return path


def own_memory() -> int:
    """Return the bytes of memory that are not backed by a file (Linux)."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("RssAnon:"):
            return int(line.split()[1]) * 1024
    return 0


def peak(work: Callable[[], object]) -> int:
    """Return how much the process's own memory grew at most, looked at every millisecond."""
    before, seen, done = own_memory(), [0], threading.Event()

    def watch() -> None:
        while not done.is_set():
            seen.append(own_memory())
            time.sleep(0.001)

    watcher = threading.Thread(target=watch)
    watcher.start()
    work()
    done.set()
    watcher.join()
    return max(seen) - before


def main() -> int:
    """Measure, print a line for each goal, and return 1 where one does not hold."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=9, help="of each (default 9)")
    parser.add_argument("--folder", help="for the files of 1 GiB (default: a temporary one)")
    words = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=words.folder) as name:
        return measure(Path(name), words.rounds)


def measure(folder: Path, rounds: int) -> int:
    """Write the files into a folder and measure them."""
    arrays = tensors()
    write_safetensors(folder / "w.safetensors", arrays)
    np.savez(folder / "w.npz", **arrays)
    del arrays
    row = np.random.default_rng(1).normal(size=SIZE).astype(np.float32)
    holds = True
    print(f"yardstick: reading the same bytes, {rounds} rounds, alternating")
    for weights in ("w.safetensors", "w.npz"):
        net = write_net(folder, weights)

        def work(net: Path = net) -> None:
            nntrace.forward(nntrace.load(net), row)

        def read(file: Path = folder / weights) -> None:
            file.read_bytes()

        times: dict[Callable[[], None], list[float]] = {read: [], work: []}
        for _ in range(rounds):
            for each, taken in times.items():
                start = time.perf_counter()
                each()
                taken.append(time.perf_counter() - start)
        grown = peak(work)
        middle = [statistics.median(taken) for taken in times.values()]
        each_round = [ours / yard for yard, ours in zip(*times.values(), strict=True)]
        ratio = middle[1] / middle[0]
        good, small = ratio <= GOAL, grown <= PEAK
        holds &= good and small
        print(f"{weights:16}{middle[0] * 1e3:8.0f} ms read,{middle[1] * 1e3:6.0f} ms traced")
        print(
            f"{'':16}ratio {ratio:.2f} ({min(each_round):.2f} to {max(each_round):.2f}), "
            f"goal {GOAL:.2f}  {'holds' if good else 'FAILS'}"
        )
        print(
            f"{'':16}peak {grown / 2**20:.0f} MiB, goal {PEAK / 2**20:.0f} MiB  "
            f"{'holds' if small else 'FAILS'}"
        )
    return 0 if holds else 1


if __name__ == "__main__":
    sys.exit(main())
