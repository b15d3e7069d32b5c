"""Sizes for the free dimensions of a model, which are looked for until it runs."""

import numpy as np
import pytest
from brokenmodels import FLOAT, INT64, model, node, value, weights, write

from nntrace.errors import NetworkError
from nntrace.read.nets.load import load


def ones(name, *shape):
    return weights(name, np.ones(shape))


def flattened(to):
    """Nodes that take all of a row as a sum's numbers."""
    return [node("Flatten", [to], ["flat"]), node("MatMul", ["flat", "w"], ["y"])]


X = value("x", FLOAT, ["n", "length", 3])
PICTURE = value("x", FLOAT, ["n", 1, "height", "width"])


@pytest.mark.parametrize(
    ("nodes", "inputs", "constants", "shapes"),
    [
        # a length that weights were made for, of numbers and of a small vocabulary
        *(
            (flattened("x"), [X], [ones("w", 3 * n, 2)], {"x": (1, n, 3)})
            for n in (7, 12, 100, 999)
        ),
        (
            [
                node("Gather", ["e", "x"], ["s"]),
                node("Reshape", ["s", "shape"], ["flat"]),
                node("MatMul", ["flat", "w"], ["y"]),
            ],
            [value("x", INT64, ["n", "length"])],
            [ones("e", 4, 5), weights("shape", [-1, 55], np.int64), ones("w", 55, 2)],
            {"x": (1, 11)},
        ),
        # a side of a picture, which shrinks before it is flat
        (
            [
                node("Conv", ["x", "k"], ["c"], strides=[2, 2]),
                *flattened("c"),
            ],
            [PICTURE],
            [ones("k", 2, 1, 3, 3), ones("w", 2 * 13 * 13, 4)],
            {"x": (1, 1, 28, 28)},
        ),
        # every axis is free, and each is told by another node
        (
            [
                node("Transpose", ["x"], ["t"], perm=[0, 3, 1, 2]),
                node("Conv", ["t", "k"], ["y"]),
            ],
            [value("x", FLOAT, [None, None, None, None])],
            [ones("k", 4, 3, 5, 5)],
            {"x": (1, 8, 8, 3)},
        ),
        # two lengths of two names
        (
            [
                node("MatMul", ["x", "w"], ["a"]),
                node("MatMul", ["k", "v"], ["b"]),
                node("Add", ["a", "b"], ["y"]),
            ],
            [value("x", FLOAT, ["n", "features"]), value("k", FLOAT, ["n", "others"])],
            [ones("w", 5, 2), ones("v", 9, 2)],
            {"x": (1, 5), "k": (1, 9)},
        ),
    ],
)
def test_a_model_is_read_for_sizes_on_which_it_runs(tmp_path, nodes, inputs, constants, shapes):
    outputs = [value("y", FLOAT, None)]
    network = load(write(tmp_path, model(nodes, inputs, outputs, constants)))
    assert network.model.shapes == shapes


@pytest.mark.parametrize(
    "dims", [["n", "a", "b", "c", "d"], [None] * 6, ["n", "length"], [None, None, 3]]
)
def test_one_that_never_runs_is_refused_soon(tmp_path, dims):
    nodes = [
        node("Concat", ["x", "x"], ["two"], axis=0),
        node("Reshape", ["two", "shape"], ["y"]),
    ]
    shape = weights("shape", [-1, 9999991], np.int64)  # a prime
    path = write(
        tmp_path, model(nodes, [value("x", FLOAT, dims)], [value("y", FLOAT, None)], [shape])
    )
    with pytest.raises(NetworkError, match=r"does not run: node 'y' .Reshape, opset 13"):
        load(path)
