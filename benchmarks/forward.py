"""A forward pass that keeps every number, as a multiple of its bare matrix products.

784-512-512-10 with relu and softmax, 10,000 rows, float32 and float64, in process. The products
alone write z; the pass writes a as well, and both into memory that is new, which the system first
has to clear: that alone is shown too, as the least that keeping a can cost. The last line is what
`deterministic` costs.
"""

from __future__ import annotations

import argparse
import itertools
import statistics
import sys
import time
import tracemalloc
from collections.abc import Callable, Mapping

import numpy as np

from nntrace.core.activations import Activation, find
from nntrace.core.forward import forward
from nntrace.core.network import Input, Layer, Network

SIZES, ROWS = (784, 512, 512, 10), 10_000
GOAL, PEAK = 1.15, 1.25


def network(dtype: str) -> Network:
    """Return a net of random weights that keeps its values in range."""
    draw = np.random.default_rng(0)
    layers = []
    for index, (fan_in, size) in enumerate(itertools.pairwise(SIZES)):
        weights = draw.normal(0, (2 / fan_in) ** 0.5, (size, fan_in)).astype(dtype)
        bias = draw.normal(0, 0.1, size).astype(dtype)
        activation = Activation(find("relu" if index < len(SIZES) - 2 else "softmax"))
        layers.append(Layer(f"layer{index}", weights, bias, activation))
    return Network("net", Input(SIZES[0]), tuple(layers), dtype)


def alternating(work: Mapping[str, Callable[[], object]], rounds: int) -> dict[str, list[float]]:
    """Return the seconds that each took in each round."""
    taken: dict[str, list[float]] = {name: [] for name in work}
    for _ in range(rounds):
        for name, each in work.items():
            start = time.perf_counter()
            made = each()
            taken[name].append(time.perf_counter() - start)
            del made
    return taken


def measure(dtype: str, rounds: int) -> bool:
    """Measure one dtype, print its lines, and tell whether the goals hold."""
    net = network(dtype)
    rows = np.random.default_rng(1).normal(size=(ROWS, SIZES[0])).astype(dtype)
    trace = forward(net, rows)
    given = [rows, *(part.a for part in trace.layers[:-1])]
    matrices = [layer.weights for layer in net.layers]
    kept = sum(part.z.nbytes + part.a.nbytes for part in trace.layers)

    def products() -> list[np.ndarray]:
        return [np.matmul(x, w.T) for x, w in zip(given, matrices, strict=True)]

    def and_memory() -> object:
        made = products()
        fresh = [np.empty_like(z) for z in made]
        for each in fresh:
            each.reshape(-1)[::512] = 0  # a number in every page
        return made, fresh

    taken = alternating(
        {"products": products, "and memory": and_memory, "forward": lambda: forward(net, rows)},
        rounds,
    )
    slow = alternating({"": lambda: forward(net, rows, deterministic=True)}, 2)
    tracemalloc.start()
    trace = forward(net, rows)
    grown = tracemalloc.get_traced_memory()[1] / kept
    tracemalloc.stop()

    yardstick, memory, ours = (statistics.median(each) for each in taken.values())
    each_round = [a / b for a, b in zip(taken["forward"], taken["products"], strict=True)]
    ratio = ours / yardstick
    good, small = ratio <= GOAL, grown <= PEAK
    print(f"{dtype}: the bare matrix products {yardstick * 1e3:.1f} ms")
    print(
        f"  forward        ratio {ratio:.2f} ({min(each_round):.2f} to {max(each_round):.2f}; of "
        f"the minima {min(taken['forward']) / min(taken['products']):.2f}), goal {GOAL}  "
        f"{'holds' if good else 'FAILS'}"
    )
    print(f"  new memory     ratio {memory / yardstick:.2f}: the products, and pages for a")
    verdict = "holds" if small else "FAILS"
    print(f"  peak           {grown:.2f} × the intermediates, goal {PEAK}  {verdict}")
    print(f"  deterministic  {min(slow['']) / ours:.0f} times forward")
    return good and small


def main() -> int:
    """Measure, print a line for each goal, and return 1 where one does not hold."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=21, help="of each (default 21)")
    rounds = parser.parse_args().rounds
    print(f"yardstick: the matrix products alone, {rounds} rounds, alternating")
    hold = [measure(dtype, rounds) for dtype in ("float32", "float64")]
    return 0 if all(hold) else 1


if __name__ == "__main__":
    sys.exit(main())
