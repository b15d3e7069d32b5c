"""Node data for Model Explorer: a number for each tensor, or what of it is not finite."""

import json

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
