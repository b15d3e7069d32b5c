"""Small nets of any kinds of layer, made in Python; every number of them is put together again."""

from __future__ import annotations

from math import prod

import numpy as np

from nntrace.analysis.explain import explain
from nntrace.core.forward import forward
from nntrace.core.layer import Layer
from nntrace.core.names import Neuron
from nntrace.core.network import Input, Network
from nntrace.core.ops import find_kind
from nntrace.errors import NetworkError
from tests.ops.oracle import Case
from tests.ops.test_torch import PUT_TOGETHER


def op(kind, **keys):
    """Make an op; lists of numbers are its arrays, tuples are not."""
    return find_kind(kind)(
        **{k: np.array(v, float) if isinstance(v, list) else v for k, v in keys.items()}
    )


def net(shape, *layers):
    """Make a net of (name, op, what it reads)."""
    made = tuple(Layer(name, each, reads=tuple(reads)) for name, each, *reads in layers)
    return Network("net", Input(prod(shape), shape=shape), made)


def refused(make):
    """Return the message and path of each problem."""
    try:
        make()
    except NetworkError as error:
        return [(problem.message, problem.path) for problem in error.problems]
    return []


def all_explained(network, rows=2):
    """Check that what `explain` says of every number of some rows gives it again."""
    x = np.random.default_rng(5).standard_normal((rows, network.input.size))
    trace = forward(network, x)
    for layer in network.layers:
        for row in range(rows):
            for index in range(layer.size):
                told = explain(trace, Neuron(layer.name, index), row)
                z = PUT_TOGETHER[told.how](told.products.tolist()) + told.bias
                largest = max(abs(told.products).sum(), abs(told.bias), abs(told.z))
                assert abs(z - told.z) <= 1e-14 * largest, told.name
                assert not told.steps or told.steps[-1].value == told.z, told.name
    return trace


def net_around(case: Case, dtype: str = "float64") -> Network:
    """Make a net whose last layer is that of a case: of several reads, each is picked out of one
    row by a dense layer of ones and zeros, and put in shape."""
    keys = {key: tuple(v) if isinstance(v, list) else v for key, v in case.keys.items()}
    arrays = {key: np.asarray(values, dtype) for key, values in case.arrays.items()}
    shapes = [each.shape[1:] for each in case.reads]
    if len(shapes) == 1:
        layer = Layer("it", find_kind(case.kind)(**keys, **arrays))
        return Network("net", Input(prod(shapes[0]), shape=shapes[0]), (layer,), dtype)
    sizes = [prod(shape) for shape in shapes]
    ones = np.eye(sum(sizes), dtype=dtype)
    layers: list[Layer] = []
    for at, (shape, size) in enumerate(zip(shapes, sizes, strict=True)):
        picked = ones[sum(sizes[:at]) :][:size]
        dense = find_kind("dense")(picked, np.zeros(size, dtype))
        layers.append(Layer(f"part{at}", dense, reads=("input",)))
        layers.append(Layer(f"read{at}", find_kind("reshape")(shape), reads=(f"part{at}",)))
    reads = tuple(f"read{at}" for at in range(len(shapes)))
    layers.append(Layer("it", find_kind(case.kind)(**keys, **arrays), reads=reads))
    return Network("net", Input(sum(sizes)), tuple(layers), dtype)


def rows_of(case: Case, dtype: str = "float64"):
    """Return the rows that the net around a case reads."""
    rows = np.concatenate([read.reshape(len(read), -1) for read in case.reads], axis=1)
    return rows.astype(dtype)
