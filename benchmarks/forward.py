"""A forward pass that keeps every number, as a multiple of its bare matrix products.

784-512-512-10 with relu and softmax, 10,000 rows, float32 and float64, in process. The products
alone write z; the pass writes a as well. Where both are new memory, the system first has to clear
it: the products with memory for a, and nothing done to it, are shown as the least that this can
cost. With `out`, the arrays of an earlier trace, the clearing falls away; since the yardstick gets
new memory, too, the same products into memory that is there are shown beside it. The last line is
what `deterministic` costs.
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

from nntrace.core.activation import Activation
from nntrace.core.activations import find
from nntrace.core.forward import forward
from nntrace.core.layer import Layer
from nntrace.core.network import Input, Network
from nntrace.core.ops.dense import Dense

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
        layers.append(Layer(f"layer{index}", Dense(weights, bias), activation))
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

    def products_into() -> list[np.ndarray]:
        there = [part.z for part in trace.layers]
        return [np.matmul(x, w.T, out=z) for x, w, z in zip(given, matrices, there, strict=True)]

    def and_memory() -> object:
        made = products()
        fresh = [np.empty_like(z) for z in made]
        for each in fresh:
            each.reshape(-1)[::512] = 0  # a number in every page
        return made, fresh

    work: dict[str, Callable[[], object]] = {
        "products": products,
        "products, out": products_into,
        "and memory": and_memory,
        "forward": lambda: forward(net, rows),
        "forward, out": lambda: forward(net, rows, out=reused),
    }
    reused = forward(net, rows)
    taken = alternating(work, rounds)
    slow = alternating({"": lambda: forward(net, rows, deterministic=True)}, 2)
    tracemalloc.start()
    trace = forward(net, rows)
    grown = tracemalloc.get_traced_memory()[1] / kept
    tracemalloc.stop()

    middle = {name: statistics.median(each) for name, each in taken.items()}
    print(f"{dtype}: the bare matrix products {middle['products'] * 1e3:.1f} ms")
    good = [ratios(name, taken, middle) for name in ("forward", "forward, out")]
    memory, into = (middle[n] / middle["products"] for n in ("and memory", "products, out"))
    print(f"  for comparison: the products and new memory for a {memory:.2f}, the products into")
    print(f"  memory that is there {into:.2f}, of which forward with out is", end=" ")
    print(f"{middle['forward, out'] / middle['products, out']:.2f}")
    small = grown <= PEAK
    verdict = "holds" if small else "FAILS"
    print(f"  peak           {grown:.2f} × the intermediates, goal {PEAK}  {verdict}")
    print(f"  deterministic  {min(slow['']) / middle['forward']:.0f} times forward")
    return all(good) and small


def ratios(name: str, taken: Mapping[str, list[float]], middle: Mapping[str, float]) -> bool:
    """Print how long one took, as a multiple of the products, and tell whether its goal holds."""
    each_round = [a / b for a, b in zip(taken[name], taken["products"], strict=True)]
    ratio = middle[name] / middle["products"]
    least = min(taken[name]) / min(taken["products"])
    print(
        f"  {name:14} ratio {ratio:.2f} ({min(each_round):.2f} to {max(each_round):.2f}; of the "
        f"minima {least:.2f}), goal {GOAL}  {'holds' if ratio <= GOAL else 'FAILS'}"
    )
    return ratio <= GOAL


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
