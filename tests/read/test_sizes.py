"""Sizes for the free dimensions of a model, which are looked for until it runs."""

import numpy as np
import pytest
from brokenmodels import FLOAT, INT64, model, node, value, weights, write

from nntrace.core.forward import forward
from nntrace.errors import NetworkError
from nntrace.read.nets.load import load
from nntrace.read.rows.inputs import rows_of


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
        # a length of each input, which nothing else tells
        (
            [
                node("Reshape", ["x", "five"], ["a"]),
                node("Reshape", ["k", "nine"], ["b"]),
                node("Concat", ["a", "b"], ["y"], axis=1),
            ],
            [value("x", FLOAT, ["n", "features"]), value("k", FLOAT, ["n", "others"])],
            [weights("five", [1, 5], np.int64), weights("nine", [1, 9], np.int64)],
            {"x": (1, 5), "k": (1, 9)},
        ),
        # a state is as wide as the weights say
        (
            [node("RNN", ["x", "w", "r", "", "", "h"], ["y"], hidden_size=5)],
            [value("x", FLOAT, ["t", "n", "f"]), value("h", FLOAT, ["s", "n", "g"])],
            [ones("w", 1, 5, 3), ones("r", 1, 5, 5)],
            {"x": (1, 1, 3), "h": (1, 1, 5)},
        ),
        # the first of so many is chosen
        (
            [node("TopK", ["x", "three"], ["y", "at"])],
            [value("x", FLOAT, ["n", "length"])],
            [weights("three", [3], np.int64)],
            {"x": (1, 4)},
        ),
        # a first axis that does not count rows
        (
            [node("MatMul", ["x", "w"], ["y"])],
            [value("x", FLOAT, ["n"])],
            [ones("w", 4, 3)],
            {"x": (4,)},
        ),
        # an export for so many rows that says that it takes any number
        (
            [node("Reshape", ["x", "shape"], ["y"])],
            [value("x", FLOAT, ["n", 6])],
            [weights("shape", [2, 3, 2], np.int64)],
            {"x": (2, 6)},
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


def onehot(categories):
    return node("OneHotEncoder", ["k"], ["y"], domain="ai.onnx.ml", cats_int64s=categories, zeros=0)


@pytest.mark.parametrize(
    ("nodes", "constants", "dtype", "known"),
    [
        ([node("Gather", ["e", "x"], ["y"])], [ones("e", 3, 2)], INT64, range(3)),
        ([node("Gather", ["e", "x"], ["y"])], [ones("e", 30, 2)], INT64, range(10)),
        (
            [node("Reshape", ["x", "all"], ["k"]), node("Gather", ["e", "k"], ["y"], axis=1)],
            [ones("e", 30, 2), weights("all", [-1], np.int64)],
            INT64,
            range(2),
        ),
        (
            [node("Gather", ["e", "x"], ["a"]), node("Gather", ["f", "x"], ["b"]),
             node("Add", ["a", "b"], ["y"])],
            [ones("e", 5, 2), ones("f", 4, 2)],
            INT64,
            range(4),
        ),
        # what decides is computed from the number, so that only trying tells
        (
            [node("Add", ["x", "x"], ["k"]), node("Gather", ["e", "k"], ["y"])],
            [ones("e", 7, 2)],
            INT64,
            range(4),
        ),
        ([node("Cast", ["x"], ["k"], to=INT64), onehot([3, 5])], [], FLOAT, [3, 5]),
        (
            [node("OneHot", ["x", "depth", "values"], ["y"])],
            [weights("depth", 4, np.int64), weights("values", [0, 1])],
            INT64,
            range(4),
        ),
    ],
)  # fmt: skip
def test_a_row_at_random_holds_what_is_looked_up(tmp_path, nodes, constants, dtype, known):
    inputs = [value("x", dtype, ["n", 50])]
    opsets = (("", 13), ("ai.onnx.ml", 1))
    path = write(tmp_path, model(nodes, inputs, [value("y", FLOAT, None)], constants, opsets))
    network = load(path)
    for seed in range(3):
        (batch,) = rows_of(network, [f"random:{seed}"])
        assert set(batch.values.ravel()) <= set(known)
        assert len(set(batch.values.ravel())) > 1
        forward(network, batch.values)


def test_a_column_of_categories_leaves_the_others(tmp_path):
    pick = weights("at", [2], np.int64)
    nodes = [
        node("ArrayFeatureExtractor", ["x", "at"], ["c"], domain="ai.onnx.ml"),
        node("Cast", ["c"], ["k"], to=INT64),
        onehot([7]),
    ]
    opsets = (("", 13), ("ai.onnx.ml", 1))
    inputs = [value("x", FLOAT, ["n", 4])]
    network = load(write(tmp_path, model(nodes, inputs, [value("y", FLOAT, None)], [pick], opsets)))
    (batch,) = rows_of(network, ["random"])
    assert batch.values[0, 2] == 7
    assert (batch.values[0, [0, 1, 3]] % 1 != 0).all()
