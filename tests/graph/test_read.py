"""What a model's file means: numbers of every dtype, wherever they lie; names, shapes, order."""

import os

import ml_dtypes
import numpy as np
import pytest
from brokenmodels import (
    FLOAT,
    beside,
    branch,
    external,
    function,
    model,
    node,
    value,
    weights,
    with_weights,
    write,
)
from onnx import SparseTensorProto, TensorProto, helper, numpy_helper

from nntrace.core.graph.graph import UNTYPED
from nntrace.core.graph.run import run
from nntrace.errors import FileError
from nntrace.read.nets.onnx import read_graph

DTYPES = {
    TensorProto.FLOAT: np.float32, TensorProto.DOUBLE: np.float64,
    TensorProto.FLOAT16: np.float16, TensorProto.BFLOAT16: ml_dtypes.bfloat16,
    TensorProto.UINT8: np.uint8, TensorProto.INT8: np.int8, TensorProto.UINT16: np.uint16,
    TensorProto.INT16: np.int16, TensorProto.INT32: np.int32, TensorProto.INT64: np.int64,
    TensorProto.UINT32: np.uint32, TensorProto.UINT64: np.uint64, TensorProto.BOOL: np.bool_,
    TensorProto.COMPLEX64: np.complex64, TensorProto.COMPLEX128: np.complex128,
    TensorProto.FLOAT8E4M3FN: ml_dtypes.float8_e4m3fn,
    TensorProto.FLOAT8E4M3FNUZ: ml_dtypes.float8_e4m3fnuz,
    TensorProto.FLOAT8E5M2: ml_dtypes.float8_e5m2,
    TensorProto.FLOAT8E5M2FNUZ: ml_dtypes.float8_e5m2fnuz,
    TensorProto.UINT4: ml_dtypes.uint4, TensorProto.INT4: ml_dtypes.int4,
}  # fmt: skip


def constant(tmp_path, proto):
    """Return a tensor as it is read, from a model that only gives it."""
    made = model([node("Identity", ["x"], ["y"])], constants=[proto])
    return read_graph(write(tmp_path, made)).constants[proto.name]


@pytest.mark.parametrize("code", DTYPES)
@pytest.mark.parametrize("raw", [True, False], ids=["raw", "listed"])
def test_numbers_of_every_dtype(tmp_path, code, raw):
    dtype = np.dtype(DTYPES[code])
    numbers = [[0, 1, 2], [3, 5, 7]] if dtype.name[0] in "ub" else [[0, 1, -2], [3, -5, 7]]
    expected = np.array(numbers).astype(dtype)
    if raw:
        proto = numpy_helper.from_array(expected, "w")
        assert proto.raw_data
    else:
        flat = expected.astype(np.complex128 if dtype.kind == "c" else np.float64).ravel()
        listed = flat.tolist() if dtype.kind in "fVc" else flat.astype(np.int64).tolist()
        proto = helper.make_tensor("w", code, (2, 3), listed)
        assert not proto.raw_data
    found = constant(tmp_path, proto)
    assert (found.dtype, found.shape) == (dtype, (2, 3))
    np.testing.assert_array_equal(found.astype(np.complex128), expected.astype(np.complex128))
    assert not found.flags.writeable


@pytest.mark.parametrize("shape", [(), (0,), (2, 0, 3), (1,) * 64])
def test_shapes_without_numbers_and_with_one(tmp_path, shape):
    found = constant(tmp_path, numpy_helper.from_array(np.ones(shape, np.float32), "w"))
    np.testing.assert_array_equal(found, np.ones(shape, np.float32))


@pytest.mark.parametrize("indices", [[1, 5], [[0, 1], [1, 2]]], ids=["counted", "by axis"])
def test_sparse_constants_are_written_out(tmp_path, indices):
    sparse = SparseTensorProto(
        values=weights("w", [7, 9]), indices=weights("", indices, np.int64), dims=[2, 3]
    )
    made = model([node("Add", ["x", "w"], ["y"])], [value("x", FLOAT, [2, 3])],
                 [value("y", FLOAT, [2, 3])])  # fmt: skip
    made.graph.sparse_initializer.append(sparse)
    found = read_graph(write(tmp_path, made)).constants["w"]
    np.testing.assert_array_equal(found, [[0, 7, 0], [0, 0, 9]])


@pytest.mark.parametrize("offset", [0, 4, 4096])
@pytest.mark.parametrize("count", [4, 2**19], ids=["read", "mapped"])
def test_weights_in_a_file_beside_the_model(tmp_path, offset, count):
    numbers = np.arange(count, dtype=np.float32)
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "w.bin").write_bytes(b"\1" * offset + numbers.tobytes() + b"\1" * 3)
    made = with_weights(
        external(dims=(count,), location="data/w.bin", offset=str(offset), length=str(4 * count))
    )
    made.graph.input[0].CopyFrom(value("x", FLOAT, [1, count]))
    made.graph.output[0].CopyFrom(value("y", FLOAT, [1, count]))
    found = read_graph(write(tmp_path, made)).constants["w"]
    np.testing.assert_array_equal(found, numbers)


def test_links_within_the_folder_are_followed(tmp_path):
    def make(folder):
        made = beside({"location": "link.bin"})(folder)
        os.symlink("data.bin", folder / "link.bin")
        return made

    assert read_graph(write(tmp_path, make)).constants["w"].shape == (4,)


def test_dimensions_and_what_is_an_input(tmp_path):
    made = model(
        inputs=[value("x", FLOAT, ["batch", 4]), value("w", FLOAT, [4])],
        outputs=[value("y", FLOAT, ["?", None])],
        constants=[weights("w")],
    )
    for length in (0, -1):  # some exporters write these where a dimension is free
        made.graph.input[0].type.tensor_type.shape.dim.add().dim_value = length
    made.graph.input[0].type.tensor_type.shape.dim.add()
    graph = read_graph(write(tmp_path, made))
    assert [(each.name, each.shape) for each in graph.inputs] == [("x", ("batch", 4, *[None] * 3))]
    assert [(each.name, each.shape) for each in graph.outputs] == [("y", (None, None))]
    assert list(graph.constants) == ["w"]


def test_an_input_without_shape(tmp_path):
    made = model([node("Relu", ["x"], ["y"])])
    made.graph.input[0].type.tensor_type.ClearField("shape")
    graph = read_graph(write(tmp_path, made))
    assert graph.inputs[0].shape is None
    assert len(list(run(graph, {"x": np.ones((2, 3, 4), np.float32)}))) == 1


def test_names_are_found_where_there_are_none(tmp_path):
    nodes = [
        node("Relu", ["x"], ["a"]), node("Abs", ["a"], ["b"], name="of its own"),
        node("Neg", ["b"], ["y"], name="of its own"),
    ]  # fmt: skip
    graph = read_graph(write(tmp_path, model(nodes)))
    assert [each.name for each in graph.nodes] == ["a", "of its own", "y"]


def test_nodes_are_sorted_where_they_are_not(tmp_path):
    inner = [node("Add", ["late", "b0"], ["b"]), node("Relu", ["x"], ["b0"])]
    plain = branch([node("Relu", ["x"], ["b"])], [value("b")])
    nodes = [
        node("Sub", ["m", "late"], ["y"]),
        node("If", ["c"], ["m"], then_branch=branch(inner, [value("b")]), else_branch=plain),
        node("Neg", ["x"], ["late"]),
        node("Constant", [], ["c"], value=weights("", True, np.bool_)),
    ]
    graph = read_graph(write(tmp_path, model(nodes)))
    assert [each.name for each in graph.nodes] == ["late", "c", "m", "y"]
    found = {name: given for name, given, _ in run(graph, {"x": np.array([[1, -2, 3, -4]], "f4")})}
    np.testing.assert_array_equal(found["y"], [[1, 0, 3, 0]])


def test_the_versions_of_operators_and_domains(tmp_path):
    own = function("f", [node("Relu", ["a"], ["b"])])
    nodes = [
        node("f", ["x"], ["h"], domain="own"), node("Abs", ["h"], ["g"], domain="ai.onnx"),
        node("Scaler", ["g"], ["y"], domain="ai.onnx.ml", offset=[0.0], scale=[2.0]),
    ]  # fmt: skip
    made = model(nodes, functions=[own], opsets=[("ai.onnx", 17), ("ai.onnx.ml", 3), ("own", 1)])
    graph = read_graph(write(tmp_path, made))
    assert [(each.domain, each.op, each.version) for each in graph.nodes] == [
        ("", "Relu", 13), ("", "Abs", 17), ("ai.onnx.ml", "Scaler", 3),
    ]  # fmt: skip


def test_a_function_takes_attributes_defaults_and_less_than_it_could(tmp_path):
    leaky = node("LeakyRelu", ["a"], ["m"])
    leaky.attribute.add(name="alpha", ref_attr_name="slope", type=1)
    clip = node("Clip", ["m", "low"], ["b"])
    own = function("f", [leaky, clip, node("Neg", ["a"], ["other"])], ["a", "low"], ["b", "other"])
    own.attribute_proto.append(helper.make_attribute("slope", 0.5))
    nodes = [
        node("f", ["x"], ["h"], domain="own", name="first"),
        node("f", ["h"], ["", "y"], domain="own", name="second", slope=0.25),
    ]
    made = model(nodes, functions=[own], opsets=[("", 13), ("own", 1)])
    graph = read_graph(write(tmp_path, made))
    found = {name: given for name, given, _ in run(graph, {"x": np.array([[1, -2, 3, -4]], "f4")})}
    assert list(found) == [
        "first/m", "h", "first/other", "second/m", "second/b", "y",
    ]  # fmt: skip
    np.testing.assert_array_equal(found["h"], [[1, -1, 3, -2]])
    np.testing.assert_array_equal(found["second/m"], [[1, -0.25, 3, -0.5]])
    np.testing.assert_array_equal(found["y"], [[-1, 1, -3, 2]])


def test_what_a_graph_inside_leaves_untyped(tmp_path):
    inner = branch([node("Relu", ["x"], ["b"])], [helper.make_empty_tensor_value_info("b")])
    nodes = [
        node("Constant", [], ["c"], value=weights("", True, np.bool_)),
        node("If", ["c"], ["y"], then_branch=inner, else_branch=inner),
    ]
    graph = read_graph(write(tmp_path, model(nodes)))
    assert graph.nodes[1].attributes["then_branch"].outputs[0].dtype == UNTYPED


def test_without_the_extra_the_line_says_how_to_get_it(tmp_path, monkeypatch):
    import sys

    path = write(tmp_path, with_weights(weights("w")))
    monkeypatch.setitem(sys.modules, "onnx", None)
    with pytest.raises(FileError) as caught:
        read_graph(path)
    assert str(caught.value) == (
        f"{path}: an ONNX model needs the onnx extra: pip install 'nntrace[onnx]'"
    )


def test_a_model_may_come_through_a_pipe(tmp_path):
    data = with_weights(weights("w")).SerializeToString()
    read, written = os.pipe()
    os.write(written, data)
    os.close(written)
    try:
        assert len(read_graph(f"/dev/fd/{read}").nodes) == 1
    finally:
        os.close(read)
