"""How long the small GPT `letters` takes, 64 tokens, every number kept.

In process, on one thread, in processor time: beside PyTorch running the same net with a hook on
every module that keeps what it gives; how long any number takes to be taken apart; how much memory
a trace takes at its largest. As a whole process: as a multiple of `python -c 'import numpy'`.
PyTorch is needed for its own line alone.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import time
import tracemalloc
from collections.abc import Callable
from typing import Any

os.environ["OPENBLAS_NUM_THREADS"] = "1"

import numpy as np
from startup import NNTRACE, ONE_THREAD, verdict
from startup import measure as whole

import nntrace

TEXT = "in the beginning god created the heaven and the earth and the ea"
AS_PYTORCH, MOST_MS, AS_NUMPY, EXPLAINED, PEAK, WITHIN = 1.0, 100, 2.0, 1.0, 1.25, 2e-5
ROOM = 2**20  # bytes


def modules(net: nntrace.Network) -> Any:
    """Return the same net as PyTorch's modules, with the same numbers."""
    import torch
    from torch import nn

    def linear(layer: nntrace.Layer) -> nn.Linear:
        made = nn.Linear(layer.fan_in, len(layer.weights))
        made.weight.data, made.bias.data = map(tensor, (layer.weights, layer.bias))
        return made

    def norm(layer: nntrace.Layer) -> nn.LayerNorm:
        made = nn.LayerNorm(layer.shape[-1])
        made.weight.data, made.bias.data = map(tensor, layer.op.arrays.values())
        return made

    def tensor(values: np.ndarray) -> torch.Tensor:
        return torch.from_numpy(np.array(values))

    class Attention(nn.Module):
        """Written out, so that scores and shares can be kept as nntrace keeps them."""

        def __init__(self, name: str) -> None:
            super().__init__()
            self.query, self.key, self.value, self.output = (
                linear(net.layer(f"{name}{each}")) for each in (".query", ".key", ".value", "")
            )
            self.scores, self.shares, self.mix = nn.Identity(), nn.Softmax(-1), nn.Identity()
            self.heads = net.layer(f"{name}.scores").shape[0]

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            def split(values: torch.Tensor) -> torch.Tensor:
                return values.view(len(x), self.heads, -1).transpose(0, 1)

            query, key, value = map(split, (self.query(x), self.key(x), self.value(x)))
            products = query @ key.transpose(1, 2) / key.shape[-1] ** 0.5
            hidden = torch.ones(len(x), len(x), dtype=torch.bool).triu(1)
            shares = self.shares(self.scores(products.masked_fill(hidden, -torch.inf)))
            return self.output(self.mix((shares @ value).transpose(0, 1).reshape(len(x), -1)))

    class Block(nn.Module):
        def __init__(self, name: str) -> None:
            super().__init__()
            self.norm1, self.norm2 = (norm(net.layer(f"{name}.norm{each}")) for each in (1, 2))
            self.attention, self.gelu = Attention(f"{name}.attention"), nn.GELU()
            self.up, self.down = (linear(net.layer(f"{name}.{each}")) for each in ("up", "down"))
            self.add1, self.add2 = nn.Identity(), nn.Identity()

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            x = self.add1(x + self.attention(self.norm1(x)))
            return self.add2(x + self.down(self.gelu(self.up(self.norm2(x)))))

    class Letters(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.embedding = nn.Embedding.from_pretrained(tensor(net.layers[0].weights))
            self.places, self.position = tensor(net.layers[1].weights), nn.Identity()
            self.blocks = nn.Sequential(*(Block(f"block{each}") for each in range(1, 5)))
            self.norm, self.output = norm(net.layers[-2]), linear(net.output)
            self.softmax = nn.Softmax(-1)

        def forward(self, tokens: torch.Tensor) -> torch.Tensor:
            x = self.position(self.embedding(tokens) + self.places[: len(tokens)])
            return self.softmax(self.output(self.norm(self.blocks(x))))

    return Letters().eval()


def beside_pytorch(net: nntrace.Network, rounds: int) -> bool:
    """Measure a pass beside PyTorch's, print a line, and tell whether the goals hold."""
    try:
        import torch
    except ImportError:
        print("  PyTorch is not there: pip install torch, to measure it beside", file=sys.stderr)
        return False
    torch.set_num_threads(1)
    model, kept = modules(net), []
    for module in model.modules():
        module.register_forward_hook(lambda _, given, gives: kept.append(gives.clone()))
    alphabet = net.input.text.alphabet if net.input.text else ""
    tokens = torch.tensor([alphabet.index(each) for each in TEXT])

    def theirs() -> Any:
        kept.clear()
        with torch.no_grad():
            return model(tokens)

    taken = interleaved({"nntrace": lambda: nntrace.forward(net, TEXT), "PyTorch": theirs}, rounds)
    ours = nntrace.forward(net, TEXT).output.reshape(len(TEXT), -1)
    same = abs(ours - theirs().numpy()).max() <= WITHIN
    ratio, ms = taken["nntrace"] / taken["PyTorch"], taken["nntrace"] * 1e3
    print(
        f"  {ms:.1f} ms, PyTorch {torch.__version__} with hooks {taken['PyTorch'] * 1e3:.1f} ms: "
        f"ratio {ratio:.2f}, goal {AS_PYTORCH:g} and {MOST_MS} ms",
        verdict(ratio <= AS_PYTORCH and ms < MOST_MS),
        sep="  ",
    )
    print(f"  the same probabilities within {WITHIN:g}  {verdict(bool(same))}")
    return ratio <= AS_PYTORCH and ms < MOST_MS and bool(same)


def interleaved(work: dict[str, Callable[[], object]], rounds: int) -> dict[str, float]:
    """Return the median processor time of each, in seconds; they take turns."""
    taken: dict[str, list[float]] = {name: [] for name in work}
    for _ in range(rounds + 1):
        for name, each in work.items():
            start = time.process_time()
            each()
            taken[name].append(time.process_time() - start)
    return {name: statistics.median(times[1:]) for name, times in taken.items()}


def as_a_process(rounds: int) -> bool:
    """Measure a row as a whole process, print a line, and tell whether the goal holds."""
    everything = [str(NNTRACE), "run", "letters", "--input", TEXT, "-f", "json"]
    rows = {"what it answers": [*everything, "-l", "output"], "every number": everything}
    taken: dict[str, list[float]] = {name: [] for name in ("numpy", *rows)}
    for _ in range(rounds):
        taken["numpy"].append(whole(ONE_THREAD)[0])
        for name, row in rows.items():
            taken[name].append(whole(row)[0])
    middle = {name: statistics.median(times) for name, times in taken.items()}
    ratio, all_of_it = (middle[name] / middle["numpy"] for name in rows)
    print(f"  a process that writes what it answers {ratio:.2f} × import numpy, ", end="")
    print(f"goal {AS_NUMPY:g} ({all_of_it:.2f} for every number)  {verdict(ratio <= AS_NUMPY)}")
    return ratio <= AS_NUMPY


def taken_apart(net: nntrace.Network) -> bool:
    """Take one number of each layer apart, print the slowest, and tell whether the goal holds."""
    trace = nntrace.forward(net, TEXT)
    taken = {}
    for layer in trace.network.layers:
        start = time.process_time()
        nntrace.explain(trace, nntrace.Neuron(layer.name, layer.size - 1))
        taken[time.process_time() - start] = layer.name
    slowest = max(taken)
    print(
        f"  explain, at most {slowest * 1e3:.1f} ms ({taken[slowest]}), goal {EXPLAINED:g} s  ",
        end="",
    )
    print(verdict(slowest < EXPLAINED))
    return slowest < EXPLAINED


def at_its_largest(net: nntrace.Network) -> bool:
    """Measure the memory of a trace, print a line, and tell whether the goal holds.

    The room that one layer works in, and frees, stands apart: a softmax and a gelu work in float64,
    on some thousand numbers at a time.
    """
    tracemalloc.start()
    trace = nntrace.forward(net, TEXT)
    grown = tracemalloc.get_traced_memory()[1] - ROOM
    tracemalloc.stop()
    kept = sum(part.z.nbytes + part.a.nbytes for part in trace.layers)
    print(
        f"  peak {grown / kept:.2f} × z and a ({kept / 1e6:.1f} MB), 1 MiB apart, goal {PEAK}  ",
        end="",
    )
    print(verdict(grown <= PEAK * kept))
    return grown <= PEAK * kept


def main() -> int:
    """Measure, print a line for each goal, and return 1 where one does not hold."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=21, help="of each (default 21)")
    rounds = parser.parse_args().rounds
    net = nntrace.load("letters")
    print(f"letters: {len(net.layers)} layers, {net.parameters:,} parameters, {len(TEXT)} tokens")
    hold = [
        beside_pytorch(net, rounds),
        as_a_process(rounds),
        taken_apart(net),
        at_its_largest(net),
    ]
    return 0 if all(hold) else 1


if __name__ == "__main__":
    sys.exit(main())
