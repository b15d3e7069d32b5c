"""`deterministic`: the same bits for a row, whatever comes with it, at any number of threads."""

from __future__ import annotations

import hashlib
import os
import pickle
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from watchdog import WATCHDOG

from nntrace.core.activation import Activation
from nntrace.core.activations import ACTIVATIONS, find
from nntrace.core.forward import forward
from nntrace.core.layer import Layer
from nntrace.core.network import Input, Network
from nntrace.core.ops.dense import Dense

ROOT = Path(__file__).resolve().parents[2]
ROWS = 70


def net(sizes, activations, dtype, seed=0):
    draw = np.random.default_rng(seed)
    layers = []
    for index, name in enumerate(activations):
        fan_in, size = sizes[index : index + 2]
        weights = (draw.normal(size=(size, fan_in)) * 2 / fan_in**0.5).astype(dtype)
        bias = draw.normal(size=size).astype(dtype)
        layers.append(Layer(f"layer{index}", Dense(weights, bias), Activation(find(name), {})))
    return Network("net", Input(sizes[0]), tuple(layers), dtype)


def bits(trace):
    """Return the bytes of every z and a, row by row."""
    parts = [values for part in trace.layers for values in (part.z, part.a)]
    return [b"".join(values[row].tobytes() for values in parts) for row in range(len(trace))]


def cut(rows, draw):
    """Give the rows in batches of random sizes, each at another place in memory."""
    start = 0
    while start < len(rows):
        count = int(draw.integers(1, 40))
        batch = rows[start : start + count]
        shift = int(draw.integers(16))
        memory = np.empty(batch.size + shift, rows.dtype)
        placed = memory[shift:].reshape(batch.shape)
        placed[:] = batch
        yield placed
        start += count


def in_batches(network, rows, draw):
    batches = cut(rows, draw)
    return [each for b in batches for each in bits(forward(network, b, deterministic=True))]


NAMES = [kind.name for kind in ACTIVATIONS.values() if not any(p.required for p in kind.parameters)]


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("name", NAMES)
def test_a_row_has_the_same_bits_in_any_batch(name, dtype):
    network = net([23, 37, 11], [name, name], dtype)
    draw = np.random.default_rng(1)
    rows = draw.normal(size=(ROWS, 23)).astype(dtype)
    whole = bits(forward(network, rows, deterministic=True))
    assert [bits(forward(network, row, deterministic=True))[0] for row in rows] == whole
    assert in_batches(network, rows, draw) == whole
    order = draw.permutation(ROWS)
    assert bits(forward(network, rows[order], deterministic=True)) == [whole[i] for i in order]


@settings(max_examples=60)
@given(
    st.lists(st.integers(1, 300), min_size=2, max_size=4),
    st.sampled_from(["float64", "float32"]),
    st.integers(0, 2**32),
)
def test_nets_of_any_width(sizes, dtype, seed):
    draw = np.random.default_rng(seed)
    names = [NAMES[index] for index in draw.integers(len(NAMES), size=len(sizes) - 1)]
    network = net(sizes, names, dtype, seed)
    rows = draw.normal(size=(40, sizes[0])).astype(dtype)
    whole = bits(forward(network, rows, deterministic=True))
    assert in_batches(network, rows, draw) == whole


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("layout", ["as they are", "transposed", "at an odd byte"])
def test_weights_however_they_lie(layout, dtype):
    network = net([300, 200, 10], ["relu", "softmax"], dtype)
    [first, last] = network.layers
    weights = first.weights
    if layout == "transposed":
        weights = np.asfortranarray(weights)
    elif layout == "at an odd byte":
        memory = b"abc" + weights.tobytes()
        weights = np.frombuffer(memory, dtype, weights.size, 3).reshape(weights.shape)
        assert not weights.flags.aligned
    lying = Layer(first.name, Dense(weights, first.bias), first.activation)
    network = Network("net", network.input, (lying, last), dtype)
    draw = np.random.default_rng(2)
    rows = draw.normal(size=(ROWS, 300)).astype(dtype)
    whole = bits(forward(network, rows, deterministic=True))
    assert in_batches(network, rows, draw) == whole
    tolerance = 1e-4 if dtype == "float32" else 1e-12
    exact = forward(network, rows, deterministic=True)
    for part, other in zip(forward(network, rows).layers, exact.layers, strict=True):
        np.testing.assert_allclose(part.z, other.z, rtol=0, atol=tolerance)


def test_no_rows():
    trace = forward(net([3, 2], ["relu"], "float64"), np.zeros((0, 3)), deterministic=True)
    assert trace.output.shape == (0, 2)


def test_what_is_set_by_hand_and_what_overflows():
    network = net([3, 4, 2], ["relu", "softmax"], "float32")
    settings = {"layer0.1": 7, "input.0": 0.5}
    rows = np.array([[1, 2, 3], [3e38, -3e38, 3e38]], np.float32)
    usual = forward(network, rows, settings)
    slow = forward(network, rows, settings, deterministic=True)
    np.testing.assert_array_equal(slow.input, usual.input)
    np.testing.assert_array_equal(slow["layer0"].a[:, 1], [7, 7])
    np.testing.assert_allclose(slow.output, usual.output, rtol=1e-5)
    assert slow.overrides == usual.overrides


def digests(dtype):
    """Return a digest of each row, at whatever number of threads BLAS has been given."""
    network = net([784, 256, 10], ["gelu", "softmax"], dtype)
    draw = np.random.default_rng(3)
    rows = draw.normal(size=(24, 784)).astype(dtype)
    told = [hashlib.sha256(each).hexdigest() for each in in_batches(network, rows, draw)]
    whole = bits(forward(network, rows, deterministic=True))
    assert told == [hashlib.sha256(each).hexdigest() for each in whole]
    return told


def test_the_number_of_threads_does_not_matter():
    code = (
        "import importlib.util, sys; "
        "spec = importlib.util.spec_from_file_location('here', sys.argv[1]); "
        "here = importlib.util.module_from_spec(spec); spec.loader.exec_module(here); "
        "print(*here.digests('float64'), *here.digests('float32'), sep='\\n')"
    )
    seen = set()
    for threads in ("1", "2", "4"):
        names = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")
        environment = os.environ | dict.fromkeys(names, threads)
        environment["PYTHONPATH"] = os.pathsep.join(filter(None, sys.path))
        done = subprocess.run(
            [sys.executable, "-c", code, __file__],
            capture_output=True, text=True, timeout=WATCHDOG, env=environment, cwd=ROOT,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        seen.add(done.stdout)
    assert len(seen) == 1
    assert len(seen.pop().split()) == 48


@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize(("size", "fan_in"), [(5, 10_000), (30, 20_000), (3, 200_000), (400, 7)])
def test_wherever_the_weights_lie(size, fan_in, order):
    """Those that are mapped from a file may begin at any byte."""
    draw = np.random.default_rng(8)
    weights = np.array(draw.normal(size=(size, fan_in)), order=order)
    shifted = np.frombuffer(b"abc" + weights.tobytes("A"), np.float64, weights.size, 3)
    shifted = shifted.reshape(weights.shape, order=order)
    assert not shifted.flags.aligned
    rows = draw.normal(size=(3, fan_in))
    nets = [
        Network(
            "n",
            Input(fan_in),
            (Layer("one", Dense(each, np.ones(size)), Activation(find("relu"))),),
        )
        for each in (weights, shifted)
    ]
    nets.append(pickle.loads(pickle.dumps(nets[1])))
    one, *others = [bits(forward(each, rows, deterministic=True)) for each in nets]
    assert others == [one, one]
