"""ONNX models written into net files: their weights to the bit; what only a graph says is told."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import nntrace
from nntrace.errors import UsageError

onnx = pytest.importorskip("onnx")
helper = onnx.helper


DTYPES = {"ints": 7, "half": 10, "yhalf": 10}


def write(path: Path, nodes: list[Any], weights: dict[str, Any], **shapes: Any) -> Path:
    """Write a model of nodes; inputs are those of `shapes` whose names do not begin with `y`."""
    tensors = [onnx.numpy_helper.from_array(each, name) for name, each in weights.items()]
    declared = {
        name: helper.make_tensor_value_info(name, DTYPES.get(name, 1), ["rows", *shape])
        for name, shape in shapes.items()
    }
    inputs = [each for name, each in declared.items() if name[0] != "y"]
    outputs = [each for name, each in declared.items() if name[0] == "y"]
    graph = helper.make_graph(nodes, "g", inputs, outputs, tensors)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    path.write_bytes(model.SerializeToString())
    return path


def numbers(*shape: int) -> Any:
    return np.random.default_rng(len(shape)).standard_normal(shape).astype(np.float32)


def node(kind: str, reads: str, gives: str, **told: Any) -> Any:
    return helper.make_node(kind, reads.split(), gives.split(), **told)


CONV = (
    [
        node("Conv", "x w b", "c", pads=[1, 1, 1, 1]),
        node("Relu", "c", "r"),
        node("MaxPool", "r", "p", kernel_shape=[2, 2], strides=[2, 2]),
        node("Flatten", "p", "f"),
        node("Gemm", "f m n", "g", transB=1),
        node("Softmax", "g", "y"),
    ],
    {"w": numbers(4, 2, 3, 3), "b": numbers(4), "m": numbers(3, 36), "n": numbers(3)},
    {"x": [2, 6, 6], "y": [3]},
)
DENSE = (
    [node("MatMul", "x m", "h"), node("Add", "h b", "i"), node("Tanh", "i", "y")],
    {"m": numbers(4, 5), "b": numbers(5)},
    {"x": [4], "y": [5]},
)
RESIDUAL = (
    [
        node("Gemm", "x m b", "h"),
        node("Relu", "h", "r"),
        node("Add", "r x", "y"),
    ],
    {"m": numbers(4, 4), "b": numbers(4)},
    {"x": [4], "y": [4]},
)


@pytest.mark.parametrize("weights", ["inline", "npz", "safetensors"])
@pytest.mark.parametrize("made", [CONV, DENSE, RESIDUAL], ids=["conv", "dense", "residual"])
def test_a_model_becomes_a_net_file(made: Any, weights: str, tmp_path: Path) -> None:
    nodes, tensors, shapes = made
    model = nntrace.load(write(tmp_path / "model.onnx", nodes, tensors, **shapes))
    nntrace.save(model, tmp_path / "net.yaml", weights)
    net = nntrace.load(tmp_path / "net.yaml")
    assert net.model is None
    kept = {each.tobytes() for layer in net.layers for each in layer.op.arrays.values()}
    for name, values in tensors.items():
        assert {values.tobytes(), np.ascontiguousarray(values.T).tobytes()} & kept, name
    x = np.random.default_rng(0).standard_normal((5, model.input.size))
    mine, theirs = nntrace.forward(net, x), nntrace.forward(model, x)
    for layer in model.layers:
        np.testing.assert_allclose(mine[layer.name].a, theirs[layer.name].a, rtol=1e-5, atol=1e-6)


UNSAYABLE = {
    "an operator": (
        [node("Einsum", "x m", "h", equation="ri,ij->rj"), node("Cos", "h", "y")],
        {"m": numbers(4, 4)},
        {"x": [4], "y": [4]},
        "is the operator Cos, which is no kind of layer",
    ),
    "numbers in half": (
        [node("MatMul", "half m", "yhalf")],
        {"m": numbers(4, 4).astype(np.float16)},
        {"half": [4], "yhalf": [4]},
        "give other numbers: it rounds each number to float16, a net file to float32",
    ),
    "two inputs": (
        [node("Add", "a b", "y")],
        {},
        {"a": [4], "b": [4], "y": [4]},
        "has 2 inputs (a, b), a net one",
    ),
    "two outputs": (
        [node("Gemm", "x m n", "y"), node("Relu", "y", "y2")],
        {"m": numbers(4, 4), "n": numbers(4)},
        {"x": [4], "y": [4], "y2": [4]},
        "which is not its last layer",
    ),
}


@pytest.mark.parametrize(("nodes", "tensors", "shapes", "told"), UNSAYABLE.values(), ids=UNSAYABLE)
def test_what_only_a_graph_says(
    nodes: Any, tensors: Any, shapes: Any, told: str, tmp_path: Path
) -> None:
    model = nntrace.load(write(tmp_path / "model.onnx", nodes, tensors, **shapes))
    with pytest.raises(UsageError) as error:
        nntrace.save(model, tmp_path / "net.yaml")
    assert told in str(error.value)
    assert [path.name for path in tmp_path.iterdir()] == ["model.onnx"]
