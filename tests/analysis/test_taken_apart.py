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
from nntrace.core.names import Neuron
from nntrace.core.ops import KINDS
from tests.ops.nets import net_around, rows_of
from tests.ops.oracle import load

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


@pytest.mark.parametrize("dtype", WITHIN)
def test_what_is_said_of_any_number_gives_it_again(dtype: str) -> None:
    draw = np.random.default_rng(11)
    each = -(-NUMBERS // (len(WITHIN) * len(CASES)))
    told: Counter[str] = Counter()
    off = []
    for case in CASES:
        network = net_around(case, dtype)
        rows = rows_of(case, dtype)
        trace = forward(network, rows)
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
