"""Node data for Model Explorer: a number for each tensor, or what of it is not finite."""

import json
import subprocess

import numpy as np
import onnx
import pytest
from onnx import TensorProto, numpy_helper
from onnx.helper import make_graph, make_model, make_node, make_opsetid, make_tensor_value_info

from nntrace import forward, load
from nntrace.core.batch import TracedBatch
from nntrace.write import formats


def written(net, rows):
    names = [layer.name for layer in net.layers]
    data = b"".join(
        formats.writer("node-data", formats.TRACE)(net, [TracedBatch(forward(net, rows))], names)
    )
    return json.loads(data)


def test_a_net_file_has_z_and_a_of_each_layer():
    net = load("xor")
    rows = np.array([[0.0, 1.0], [1.0, 1.0]])
    trace = forward(net, rows)
    told = written(net, rows)
    assert {stop["stop"] for stop in told["gradient"]} == {0, 1}
    assert {name: each["value"] for name, each in told["results"].items()} == {
        "hidden.z": pytest.approx(np.abs(trace["hidden"].z).mean()),
        "hidden": pytest.approx(np.abs(trace["hidden"].a).mean()),
        "output.z": pytest.approx(np.abs(trace["output"].z).mean()),
        "output": pytest.approx(np.abs(trace["output"].a).mean()),
    }


def test_a_model_has_its_tensors_and_where_the_first_is_no_number(tmp_path):
    nodes = [make_node("Mul", ["x", "c"], ["m"]), make_node("Sqrt", ["m"], ["y"])]
    value = [make_tensor_value_info(name, TensorProto.FLOAT, (1, 3)) for name in "xy"]
    constant = numpy_helper.from_array(np.array([1, 1, -1], np.float32), "c")
    graph = make_graph(nodes, "g", value[:1], value[1:], [constant])
    model = make_model(graph, opset_imports=[make_opsetid("", 17)])
    model.ir_version = 8
    onnx.save(model, tmp_path / "net.onnx")
    told = written(load(tmp_path / "net.onnx"), np.array([[4.0, 9.0, 4.0]]))["results"]
    assert told["m"] == {"value": pytest.approx(17 / 3)}
    assert told["y"]["value"] == "NaN at 0.2"


def test_of_two_models_it_tells_how_far_each_tensor_drifts(launched, tmp_path):
    """The first that parts is marked, and where b has the first number that is none."""
    weights = {name: np.eye(3, dtype=np.float32) * 2 for name in "uvw"}
    paths = {}
    for name, changed in (("a", {}), ("b", {"v": weights["v"] * 1.5}), ("c", {"w": -np.eye(3)})):
        nodes = [
            make_node("MatMul", ["x", "u"], ["one"]),
            make_node("MatMul", ["one", "v"], ["two"]),
            make_node("Relu", ["two"], ["act"]),
            make_node("MatMul", ["act", "w"], ["product"]),
            make_node("Sqrt", ["product"], ["y"]),
        ]
        value = [make_tensor_value_info(each, TensorProto.FLOAT, ("N", 3)) for each in "xy"]
        constants = [
            numpy_helper.from_array(np.asarray(each, np.float32), key)
            for key, each in (weights | changed).items()
        ]
        model = make_model(
            make_graph(nodes, "g", value[:1], value[1:], constants),
            opset_imports=[make_opsetid("", 17)],
        )
        model.ir_version = 8
        paths[name] = tmp_path / f"{name}.onnx"
        onnx.save(model, paths[name])

    def drift(other):
        asked = ["diff", paths["a"], paths[other], "--input", "1,2,3", "-f", "node-data"]
        process = launched(*asked, stdout=subprocess.PIPE)
        out, _ = process.communicate(timeout=120)
        assert process.returncode == 1
        return json.loads(out)["results"]

    told = drift("b")
    assert [told[name]["value"] for name in ("one", "two", "act", "product")] == [0, 6, 6, 12]
    assert [name for name, each in told.items() if "bgColor" in each] == ["two"]
    told = drift("c")
    assert told["y"]["value"] == "NaN at 0, row 0"
    assert told["product"]["bgColor"] != told["y"]["bgColor"]
