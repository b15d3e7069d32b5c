"""Ten thousand numbers of layers of every kind, taken apart by `explain` and put together again.

The layers and what they read are the oracle's; a net is made around each.
"""

from __future__ import annotations

from collections import Counter
from math import fsum, prod

import numpy as np
import pytest

from nntrace.analysis.explain import explain
from nntrace.core.forward import forward
from nntrace.core.layer import Layer
from nntrace.core.names import Neuron
from nntrace.core.network import Input, Network
from nntrace.core.ops import KINDS, find
from tests.ops.oracle import Case, load

CASES = [case for kind in KINDS for case in load(kind)]
NUMBERS = 10_000
WITHIN = {"float64": 1e-13, "float32": 5e-6}
PUT_TOGETHER = {
    "sum": fsum,
    "mean": lambda products: fsum(products) / len(products),
    "max": max,
    "min": min,
    "product": prod,
}


def net_around(case: Case, dtype: str) -> Network:
    """Make a net whose last layer is that of a case: of several reads, each is picked out of one
    row by a dense layer of ones and zeros, and put in shape."""
    keys = {key: tuple(v) if isinstance(v, list) else v for key, v in case.keys.items()}
    arrays = {key: np.asarray(values, dtype) for key, values in case.arrays.items()}
    shapes = [each.shape[1:] for each in case.reads]
    if len(shapes) == 1:
        layer = Layer("it", find(case.kind)(**keys, **arrays))
        return Network("net", Input(prod(shapes[0]), shape=shapes[0]), (layer,), dtype)
    sizes = [prod(shape) for shape in shapes]
    ones = np.eye(sum(sizes), dtype=dtype)
    layers: list[Layer] = []
    for at, (shape, size) in enumerate(zip(shapes, sizes, strict=True)):
        picked = ones[sum(sizes[:at]) :][:size]
        dense = find("dense")(picked, np.zeros(size, dtype))
        layers.append(Layer(f"part{at}", dense, reads=("input",)))
        layers.append(Layer(f"read{at}", find("reshape")(shape), reads=(f"part{at}",)))
    reads = tuple(f"read{at}" for at in range(len(shapes)))
    layers.append(Layer("it", find(case.kind)(**keys, **arrays), reads=reads))
    return Network("net", Input(sum(sizes)), tuple(layers), dtype)


@pytest.mark.parametrize("dtype", WITHIN)
def test_what_is_said_of_any_number_gives_it_again(dtype: str) -> None:
    draw = np.random.default_rng(11)
    each = -(-NUMBERS // (len(WITHIN) * len(CASES)))
    told: Counter[str] = Counter()
    off = []
    for case in CASES:
        network = net_around(case, dtype)
        rows = np.concatenate([read.reshape(len(read), -1) for read in case.reads], axis=1)
        trace = forward(network, rows.astype(dtype))
        for _ in range(each):
            row = int(draw.integers(len(rows)))
            neuron = Neuron("it", int(draw.integers(network.output.size)))
            found = explain(trace, neuron, row)
            told[case.kind] += 1
            z = float(trace["it"].z[row, neuron.index])
            assert found.z == z
            products = (found.weights.astype(float) * found.values.astype(float)).tolist()
            size = max(fsum(map(abs, products)), abs(found.bias), abs(z), 1e-300)
            size = size if np.isfinite(size) else 1e-300
            values = [step.value for step in found.steps[-1:]]
            if products or not values:
                made = PUT_TOGETHER[found.how](products) if products else 0.0
                values.append(made + found.bias)
            for value in values:
                if value != z and not abs(value - z) <= WITHIN[dtype] * size:
                    off.append((case.kind, case.name, found.name, value, z))
    assert not off
    assert set(told) == set(KINDS)
    assert told.total() * len(WITHIN) >= NUMBERS
