"""Nets written as ONNX models: onnxruntime computes what nntrace does, and all comes back."""

from dataclasses import replace

import numpy as np
import onnx
import pytest

import nntrace
from nntrace.core.activations import ACTIVATIONS
from nntrace.core.graph.protobuf import file_of
from nntrace.core.ops import find_kind
from nntrace.read.nets.onnx import read_graph
from nntrace.read.nets.onnx.second import run_onnxruntime
from nntrace.write.nets import lowered
from nntrace.write.nets.lowered import graph_of
from tests.ops.oracle import load_whole
from tests.ops.test_whole import opened

BUNDLED = ["aab", "cat-or-dog", "digits", "digits-conv", "iris", "languages", "letters", "xor"]


def rows_for(net, count=2):
    draw = np.random.default_rng(0)
    if net.input.varies:
        return draw.integers(0, len(net.input.text.alphabet), (count, net.input.size))
    return draw.standard_normal((count, net.input.size))


def assert_same(net, rows, path):
    """Hold every layer of a written net to onnxruntime, which need not have float64."""
    path.write_bytes(file_of(graph_of(net)))
    onnx.checker.check_model(onnx.load(path), full_check=True)
    graph = read_graph(str(path))
    row = net.at(rows.shape[1]).input.row if net.input.varies else net.input.row
    feeds = {"input": rows.reshape(len(rows), *row).astype(graph.inputs[0].dtype)}
    found = {name: value for name, value, _ in run_onnxruntime(graph, feeds)}
    for traced in nntrace.forward(net, rows).layers:
        for name, wanted in ((traced.name, traced.a), (f"{traced.name}.z", traced.z)):
            if name in found:
                given = found[name].reshape(len(rows), -1)
                there = np.isfinite(wanted)
                assert (np.isfinite(given) == there).all()
                size = np.abs(wanted[there]).max(initial=0.0)
                off = np.abs(given[there] - wanted[there]).max(initial=0.0)
                assert off <= 1e-4 * max(size, 1e-30), name


@pytest.mark.parametrize("name", BUNDLED)
def test_bundled_nets(name, tmp_path):
    net = nntrace.load(name)
    assert_same(net, rows_for(net), tmp_path / "net.onnx")


@pytest.mark.parametrize("whole", load_whole(), ids=lambda net: net.name)
def test_nets_of_every_kind(whole, tmp_path):
    assert_same(opened(whole, "float32", tmp_path), whole.rows, tmp_path / "net.onnx")


def test_tokens_may_be_fewer(tmp_path):
    net = nntrace.load("letters")
    path = tmp_path / "net.onnx"
    nntrace.save(net, path)
    graph = read_graph(str(path))
    few = rows_for(net)[:, :7]
    found = {name: value for name, value, _ in run_onnxruntime(graph, {"input": few})}
    wanted = nntrace.forward(net, few).output
    assert np.allclose(found[net.output.name].reshape(2, -1), wanted, atol=1e-4)


@pytest.mark.parametrize("also", [[], ["sum"]], ids=["tokens", "numbers too"])
def test_tokens_need_no_text(also, tmp_path):
    draw = np.random.default_rng(0)
    table = nntrace.Layer("table", find_kind("embedding")(draw.standard_normal((4, 3))))
    dense = [nntrace.Layer(name, nntrace.Dense(np.ones((2, 5)), np.zeros(2)), reads=("input",))
             for name in also]  # fmt: skip
    net = nntrace.Network("net", nntrace.Input(5), (*dense, replace(table, reads=("input",))))
    path = tmp_path / "net.onnx"
    rows = np.array([[0, 1, 2, 3, 3], [3, 0, 0, 1, 2]])
    nntrace.save(net, path)
    onnx.checker.check_model(onnx.load(path), full_check=True)
    again = nntrace.load(path)
    assert again.input.parts[0].dtype == ("float64" if also else "int64")
    assert (nntrace.forward(again, rows).output == nntrace.forward(net, rows).output).all()


@pytest.mark.parametrize("vocabulary", [4, 20])
def test_a_model_that_reads_tokens_comes_back_from_a_net_file(vocabulary, tmp_path):
    draw = np.random.default_rng(0)
    table = nntrace.Layer(
        "table", find_kind("embedding")(draw.standard_normal((vocabulary, 3), np.float32))
    )
    net = nntrace.Network("net", nntrace.Input(5), (table,), "float32")
    nntrace.save(net, tmp_path / "net.onnx")
    nntrace.save(nntrace.load(tmp_path / "net.onnx"), tmp_path / "net.yaml")
    again = nntrace.load(tmp_path / "net.yaml")
    assert again.dtype == "float32"  # as its numbers are, whatever holds the rows
    assert (again.layers[0].op.weights == table.op.weights).all()


def activated(name):
    kind = ACTIVATIONS[name]
    given = {each.name: each.default for each in kind.parameters if each.required}
    z = np.linspace(-7, 7, 29, dtype=np.float32)
    dense = nntrace.Dense(np.eye(29, dtype=np.float32), np.zeros(29, np.float32))
    layer = nntrace.Layer("y", dense, nntrace.Activation(kind, given))
    return nntrace.Network("net", nntrace.Input(29), (layer,), "float32"), z[np.newaxis]


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_every_activation(name, tmp_path):
    assert_same(*activated(name), tmp_path / "net.onnx")


@pytest.mark.parametrize("name", ["cat-or-dog", "digits-conv", "languages", "xor"])
def test_a_net_comes_back_with_the_same_bits(name, tmp_path):
    net = nntrace.load(name)
    nntrace.save(net, tmp_path / "net.onnx")
    nntrace.save(nntrace.load(tmp_path / "net.onnx"), tmp_path / "back.yaml")
    back = nntrace.load(tmp_path / "back.yaml")
    assert [layer.name for layer in back.layers] == [layer.name for layer in net.layers]
    for one, two in zip(net.layers, back.layers, strict=True):
        assert (one.kind, one.activation) == (two.kind, two.activation)
        for key, values in one.op.arrays.items():
            assert (values == two.op.arrays[key]).all()


def test_an_activation_that_onnx_lacks_is_refused_by_name(monkeypatch):
    monkeypatch.delitem(lowered.WRITERS, "relu")
    with pytest.raises(nntrace.UsageError) as refused:
        graph_of(nntrace.load("xor"))
    (problem,) = refused.value.problems
    assert problem.message == "has the activation relu, which is not written as ONNX"
    assert problem.path == ("layers", 0)


def test_every_activation_is_written():
    assert lowered.WRITERS.keys() == ACTIVATIONS.keys() - {"identity"}
