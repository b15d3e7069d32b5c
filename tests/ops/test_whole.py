"""Nets of several layers, read from files, give what PyTorch gives, layer by layer."""

from __future__ import annotations

import json

import numpy as np
import pytest

from nntrace import explain, forward, load
from tests.ops.oracle import Whole, load_whole
from tests.ops.test_torch import PUT_TOGETHER, WITHIN

WHOLE = load_whole()


def opened(net: Whole, dtype: str, folder):
    """Return a net, read from a file; it is JSON, which is YAML too."""
    (folder / "net.yaml").write_text(json.dumps(net.declared | {"dtype": dtype}))
    np.savez(folder / "weights.npz", **net.tensors)
    return load(folder / "net.yaml")


@pytest.mark.parametrize("dtype", WITHIN)
@pytest.mark.parametrize("net", WHOLE, ids=lambda net: net.name)
def test_a_net_gives_what_pytorch_gives(net, dtype, tmp_path):
    network = opened(net, dtype, tmp_path)
    for deterministic in (False, True):
        trace = forward(network, net.rows, deterministic=deterministic)
        for name, expected in net.z.items():
            largest = abs(expected).max()
            off = abs(trace[name].z - expected).max()
            assert off <= WITHIN[dtype] * largest, (name, deterministic)


@pytest.mark.parametrize("net", WHOLE, ids=lambda net: net.name)
def test_numbers_of_every_layer_are_taken_apart(net, tmp_path):
    trace = forward(opened(net, "float64", tmp_path), net.rows)
    draw = np.random.default_rng(len(net.z))
    for traced in trace.layers:
        for index in draw.integers(traced.layer.size, size=4).tolist():
            name = f"{traced.name}.{index}"
            found = explain(trace, name, row=1)
            z = float(traced.z[1, index])
            size = max(abs(found.products).sum(), abs(found.bias), abs(z), 1e-300)
            if found.steps:
                assert found.steps[-1].value == z or np.isclose(found.steps[-1].value, z, 1e-13)
            if len(found.products) or not found.steps:
                told = PUT_TOGETHER[found.how](found.products.tolist() or [0.0]) + found.bias
                assert told == z or abs(told - z) <= 1e-13 * size, name
