"""ONNX files that are broken, each in one way: every problem is one clear line, and nothing runs."""

# ruff: noqa: E501

import subprocess
import sys

import numpy as np
import pytest
from brokenmodels import (
    FLOAT,
    INT64,
    STRING,
    a_folder,
    beside,
    calling,
    changed,
    doubling,
    endless,
    external,
    field,
    function,
    if_,
    large,
    link_outside,
    model,
    nested,
    node,
    one,
    png,
    tensor,
    value,
    weights,
    with_weights,
    write,
)
from onnx import (
    IR_VERSION,
    AttributeProto,
    ModelProto,
    SparseTensorProto,
    TensorProto,
    ValueInfoProto,
    helper,
)
from watchdog import WATCHDOG

from nntrace.errors import FileError, NetworkError
from nntrace.read.nets.onnx import read_graph


def ch(change):
    return changed(model(constants=[weights("w")]), change)


def misspelt(made):
    """Return the bytes of a model, with a byte that begins no letter in place of each Q."""
    return made.SerializeToString().replace(b"Q", b"\xff")


# by what is broken: what makes the file, and what is told
BROKEN = {
    "empty": (
        lambda folder: b"",
        ["is no ONNX model: it holds no graph"],
    ),
    "text": (
        lambda folder: b"hello, world\n",
        ["is no ONNX model, or a damaged one: its protobuf cannot be read"],
    ),
    "yaml": (
        lambda folder: b"layers:\n- neurons: 3\n",
        ["is no ONNX model, or a damaged one: its protobuf cannot be read"],
    ),
    "png": (
        lambda folder: png(),
        ["is a PNG picture, not an ONNX model"],
    ),
    "zip": (
        lambda folder: b"PK\3\4" + b"\0" * 60,
        ["is a ZIP archive, not an ONNX model"],
    ),
    "pickle": (
        lambda folder: b"\x80\4\x95" + b"\0" * 20,
        ["is a Python pickle, not an ONNX model"],
    ),
    "half": (
        lambda folder: large()[:2500],
        ["is no ONNX model, or a damaged one: its protobuf cannot be read"],
    ),
    "last byte": (
        lambda folder: large()[:-1],
        ["is no ONNX model, or a damaged one: its protobuf cannot be read"],
    ),
    "zeros": (
        lambda folder: b"\0" * 100,
        ["is no ONNX model, or a damaged one: its protobuf cannot be read"],
    ),
    "changed in the middle": (
        lambda folder: large()[:20] + b"\xff" * 8 + large()[28:],
        ["is no ONNX model, or a damaged one: its protobuf cannot be read"],
    ),
    "a tensor": (
        lambda folder: weights("w").SerializeToString(),
        ["is no ONNX model, or a damaged one: its protobuf cannot be read"],
    ),
    "no graph": (
        lambda folder: ModelProto(ir_version=8),
        ["is no ONNX model: it holds no graph"],
    ),
    "an empty graph": (
        lambda folder: changed(
            ModelProto(ir_version=8),
            lambda m: (m.graph.SetInParent(), m.opset_import.add(version=13)),
        ),
        ["has no output"],
    ),
    "a folder": (
        a_folder,
        ["is a directory"],
    ),
    "not there": (
        lambda folder: None,
        ["no such file or directory"],
    ),
    "deep": (
        lambda folder: nested(200),
        ["is no ONNX model, or a damaged one: its protobuf cannot be read"],
    ),
    "more than 2 GiB": (
        endless,
        ["is longer than 2 GiB, which an ONNX model keeps in files beside it"],
    ),
    "no ir": (
        lambda folder: ch(lambda m: m.ClearField("ir_version")),
        ["names no IR version, which every ONNX model has"],
    ),
    "ir 99": (
        lambda folder: ch(lambda m: setattr(m, "ir_version", 99)),
        [
            f"has IR version 99, the onnx package that is installed knows those up to {IR_VERSION}: pip install --upgrade onnx"
        ],
    ),
    "opset 5": (
        lambda folder: model(constants=[weights("w")], opsets=[("", 5)]),
        ["the model imports opset 5 of ai.onnx, nntrace reads 6 to 28"],
    ),
    "opset 99": (
        lambda folder: model(constants=[weights("w")], opsets=[("", 99)]),
        ["the model imports opset 99 of ai.onnx, nntrace reads 6 to 28"],
    ),
    "no opset": (
        lambda folder: model(constants=[weights("w")], opsets=[]),
        ["node 'sum' (Add, opset 0): is of ai.onnx, of which the model imports no opset"],
    ),
    "two opsets": (
        lambda folder: model(constants=[weights("w")], opsets=[("", 13), ("ai.onnx", 14)]),
        ["the model imports opset 13 and 14 of ai.onnx"],
    ),
    "ml opset": (
        lambda folder: model(constants=[weights("w")], opsets=[("", 13), ("ai.onnx.ml", 99)]),
        ["the model imports opset 99 of ai.onnx.ml, nntrace reads 1 to 5"],
    ),
    "training": (
        lambda folder: ch(lambda m: m.training_info.add()),
        ["holds training (training_info), nntrace runs models as they are trained"],
    ),
    "no output": (
        lambda folder: model(constants=[weights("w")], outputs=[]),
        ["has no output"],
    ),
    "a circle of two": (
        lambda folder: model(
            [node("Relu", ["b"], ["a"]), node("Relu", ["a"], ["b"]), node("Add", ["x", "b"], ["y"])]
        ),
        ["node 'a' (Relu, opset 13): reads what follows from it, in a circle: 'a' → 'b' → 'a'"],
    ),
    "a circle of one": (
        lambda folder: model([node("Add", ["x", "y"], ["y"], name="it")]),
        ["node 'it' (Add, opset 13): reads what follows from it, in a circle: 'it' → 'it'"],
    ),
    "a circle through a branch": (
        lambda folder: if_(
            [node("Relu", ["z"], ["b"])], outer=[node("Relu", ["y"], ["z"], name="after")]
        ),
        [
            "node 'choice' (If, opset 13): reads what follows from it, in a circle: 'choice' → 'after' → 'choice'"
        ],
    ),
    "nothing gives it": (
        lambda folder: model(),
        ["node 'sum' (Add, opset 13): reads 'w', which nothing gives"],
    ),
    "nothing gives the output": (
        lambda folder: model([node("Relu", ["x"], ["z"])]),
        ["output 'y': nothing gives it"],
    ),
    "given twice": (
        lambda folder: model([node("Relu", ["x"], ["y"]), node("Abs", ["x"], ["y"], name="again")]),
        ["node 'again' (Abs, opset 13): gives 'y', which is there already"],
    ),
    "an output called as an input": (
        lambda folder: model([node("Relu", ["x"], ["x"], name="it"), node("Relu", ["x"], ["y"])]),
        [
            "node 'it' (Relu, opset 13): gives 'x', which is there already",
            "node 'it' (Relu, opset 13): reads what follows from it, in a circle: 'it' → 'it'",
        ],
    ),
    "an output called as a constant": (
        lambda folder: model(
            [node("Relu", ["x"], ["w"], name="it"), node("Relu", ["x"], ["y"])],
            constants=[weights("w")],
        ),
        ["node 'it' (Relu, opset 13): gives 'w', which is there already"],
    ),
    "a constant twice": (
        lambda folder: model(constants=[weights("w"), weights("w")]),
        ["initialiser 'w': is given twice"],
    ),
    "an input twice": (
        lambda folder: model([node("Relu", ["x"], ["y"])], inputs=[value("x"), value("x")]),
        ["input 'x': is given twice"],
    ),
    "no such operator": (
        lambda folder: one("Foo"),
        ["node 'it' (Foo, opset 13): is no operator that nntrace computes"],
    ),
    "three such": (
        lambda folder: model(
            [
                node("Foo", ["x"], ["a"]),
                node("Bar", ["a"], ["b"], name="bar"),
                node("Relu", ["b"], ["c"]),
                node("Baz", ["c"], ["y"]),
            ]
        ),
        [
            "node 'a' (Foo, opset 13): is no operator that nntrace computes",
            "node 'bar' (Bar, opset 13): is no operator that nntrace computes",
            "node 'y' (Baz, opset 13): is no operator that nntrace computes",
        ],
    ),
    "not imported": (
        lambda folder: model([node("Scaler", ["x"], ["y"], domain="ai.onnx.ml")]),
        [
            "node 'y' (ai.onnx.ml.Scaler, opset 0): is of ai.onnx.ml, of which the model imports no opset"
        ],
    ),
    "microsoft": (
        lambda folder: model(
            [node("FusedGemm", ["x"], ["y"], domain="com.microsoft", name="fused")],
            opsets=[("", 13), ("com.microsoft", 1)],
        ),
        ["node 'fused' (com.microsoft.FusedGemm, opset 1): is no operator that nntrace computes"],
    ),
    "trees": (
        lambda folder: model(
            [node("TreeEnsembleRegressor", ["x"], ["y"], domain="ai.onnx.ml")],
            opsets=[("", 13), ("ai.onnx.ml", 3)],
        ),
        [
            "node 'y' (ai.onnx.ml.TreeEnsembleRegressor, opset 3): is no operator that nntrace computes"
        ],
    ),
    "sequences": (
        lambda folder: model(
            [
                node("SequenceConstruct", ["x"], ["s"]),
                node("ConcatFromSequence", ["s"], ["y"], axis=0),
            ]
        ),
        [
            "node 's' (SequenceConstruct, opset 13): is no operator that nntrace computes",
            "node 'y' (ConcatFromSequence, opset 13): is no operator that nntrace computes",
        ],
    ),
    "an input without type": (
        lambda folder: model([node("Relu", ["x"], ["y"])], inputs=[ValueInfoProto(name="x")]),
        ["input 'x': has no type"],
    ),
    "a sequence": (
        lambda folder: model(
            [node("Relu", ["x"], ["y"])],
            inputs=[helper.make_tensor_sequence_value_info("x", FLOAT, [1, 4])],
        ),
        ["input 'x': holds sequences, nntrace computes dense tensors alone"],
    ),
    "an optional": (
        lambda folder: model(
            [node("Relu", ["x"], ["y"])],
            inputs=[
                helper.make_value_info(
                    "x",
                    helper.make_optional_type_proto(helper.make_tensor_type_proto(FLOAT, [1, 4])),
                )
            ],
        ),
        ["input 'x': holds optionals, nntrace computes dense tensors alone"],
    ),
    "a map": (
        lambda folder: model(
            [node("Relu", ["x"], ["y"])],
            inputs=[
                helper.make_value_info(
                    "x",
                    helper.make_map_type_proto(INT64, helper.make_tensor_type_proto(FLOAT, [1])),
                )
            ],
        ),
        ["input 'x': holds maps, nntrace computes dense tensors alone"],
    ),
    "texts": (
        lambda folder: model(
            [node("Identity", ["x"], ["y"])],
            inputs=[value("x", STRING)],
            outputs=[value("y", STRING)],
        ),
        ["input 'x': holds texts, nntrace computes with numbers"],
    ),
    "a sparse input": (
        lambda folder: model(
            [node("Relu", ["x"], ["y"])],
            inputs=[helper.make_sparse_tensor_value_info("x", FLOAT, [1, 4])],
        ),
        ["input 'x': holds sparse tensors, nntrace computes dense tensors alone"],
    ),
    "an undefined dtype": (
        lambda folder: model([node("Relu", ["x"], ["y"])], inputs=[value("x", 0)]),
        ["input 'x': has dtype 0, which ONNX does not have"],
    ),
    "dtype 77": (
        lambda folder: model([node("Relu", ["x"], ["y"])], inputs=[value("x", 77)]),
        ["input 'x': has dtype 77, which ONNX does not have"],
    ),
    "too few bytes": (
        lambda folder: with_weights(tensor(raw_data=b"\0" * 15)),
        ["initialiser 'w': holds 15 bytes, float32 of shape 4 takes 16"],
    ),
    "too many bytes": (
        lambda folder: with_weights(tensor(raw_data=b"\0" * 17)),
        ["initialiser 'w': holds 17 bytes, float32 of shape 4 takes 16"],
    ),
    "too few numbers": (
        lambda folder: with_weights(tensor(float_data=[1.0, 2.0])),
        ["initialiser 'w': holds 2 values, float32 of shape 4 takes 4"],
    ),
    "numbers of another type": (
        lambda folder: with_weights(tensor(int64_data=[1, 2, 3, 4])),
        ["initialiser 'w': holds 0 values, float32 of shape 4 takes 4"],
    ),
    "a negative dimension": (
        lambda folder: with_weights(tensor(dims=(-4,), raw_data=b"\0" * 16)),
        ["initialiser 'w': has shape -4, a dimension is 0 or more"],
    ),
    "many dimensions": (
        lambda folder: with_weights(tensor(dims=(1,) * 65, raw_data=b"\0" * 4)),
        ["initialiser 'w': has 65 dimensions, NumPy's arrays have 64"],
    ),
    "more than memory": (
        lambda folder: with_weights(tensor(dims=(2**40, 2**40), raw_data=b"")),
        [
            "initialiser 'w': has shape 1099511627776 × 1099511627776, more numbers than any memory holds"
        ],
    ),
    "much of nothing": (
        lambda folder: with_weights(tensor(dims=(10**12,))),
        ["initialiser 'w': holds 0 values, float32 of shape 1000000000000 takes 1000000000000"],
    ),
    "a constant without dtype": (
        lambda folder: with_weights(tensor(dtype=0, raw_data=b"\0" * 16)),
        ["initialiser 'w': has dtype 0, which ONNX does not have"],
    ),
    "a constant of dtype 77": (
        lambda folder: with_weights(tensor(dtype=77, raw_data=b"\0" * 16)),
        ["initialiser 'w': has dtype 77, which ONNX does not have"],
    ),
    "a constant of texts": (
        lambda folder: with_weights(tensor(dtype=STRING, string_data=[b"a", b"b", b"c", b"d"])),
        [
            "node 'sum' (Add, opset 13): reads 'w' of str, takes bfloat16, float16, float32, float64, int32, int64, uint32 or uint64 for B",
            "node 'sum' (Add, opset 13): computes with texts, which nntrace does not",
        ],
    ),
    "texts that are none": (
        lambda folder: with_weights(tensor(dtype=STRING, string_data=[b"\xff", b"b", b"c", b"d"])),
        ["initialiser 'w': holds text that is not UTF-8"],
    ),
    "segments": (
        lambda folder: with_weights(
            changed(tensor(raw_data=b"\0" * 16), lambda t: t.segment.SetInParent())
        ),
        ["initialiser 'w': is kept in segments, which nothing writes any more"],
    ),
    "an int8 of 300": (
        lambda folder: with_weights(tensor(dtype=TensorProto.INT8, int32_data=[1, 2, 3, 300])),
        ["initialiser 'w': holds a number that int8 does not"],
    ),
    "half a byte short": (
        lambda folder: with_weights(tensor(dims=(5,), dtype=TensorProto.INT4, raw_data=b"\0\0")),
        ["initialiser 'w': holds 2 bytes, int4 of shape 5 takes 3"],
    ),
    "an index outside": (
        lambda folder: changed(
            model(),
            lambda m: m.graph.sparse_initializer.append(
                SparseTensorProto(
                    values=weights("w", [1.0]), indices=weights("", [4], np.int64), dims=[4]
                )
            ),
        ),
        ["initialiser 'w': is sparse, with an index outside its shape of 4"],
    ),
    "indices of another count": (
        lambda folder: changed(
            model(),
            lambda m: m.graph.sparse_initializer.append(
                SparseTensorProto(
                    values=weights("w", [1.0]), indices=weights("", [1, 2], np.int64), dims=[4]
                )
            ),
        ),
        ["initialiser 'w': is sparse, with 1 value and indices of shape 2"],
    ),
    "large once written out": (
        lambda folder: changed(
            model(),
            lambda m: m.graph.sparse_initializer.append(
                SparseTensorProto(
                    values=weights("w", [1.0]), indices=weights("", [4], np.int64), dims=[2**40]
                )
            ),
        ),
        [
            "initialiser 'w': is sparse, and written out float32 of shape 1099511627776 takes more than 2 GiB"
        ],
    ),
    "elsewhere without a name": (
        beside({}),
        ["initialiser 'w': is said to lie in another file, which has no name"],
    ),
    "elsewhere above": (
        beside({"location": "../data.bin"}),
        ["initialiser 'w': '../data.bin' lies outside the model's folder"],
    ),
    "elsewhere from the root": (
        beside({"location": "/etc/passwd"}),
        ["initialiser 'w': '/etc/passwd' is absolute, takes a file named relative to the model"],
    ),
    "through a link": (
        link_outside,
        ["initialiser 'w': 'data.bin' lies outside the model's folder"],
    ),
    "elsewhere but not there": (
        beside({"location": "none.bin"}),
        ["initialiser 'w': 'none.bin': no such file or directory"],
    ),
    "elsewhere but too short": (
        beside({"location": "data.bin", "offset": "4"}),
        ["initialiser 'w': reads bytes 4 to 20 of 'data.bin', which has 16"],
    ),
    "elsewhere of another length": (
        beside({"location": "data.bin", "length": "12"}),
        ["initialiser 'w': has 12 bytes in 'data.bin', its shape and dtype take 16"],
    ),
    "an offset of words": (
        beside({"location": "data.bin", "offset": "four"}),
        ["initialiser 'w': has an external offset of 'four', takes a number of bytes"],
    ),
    "a negative offset": (
        beside({"location": "data.bin", "offset": "-4"}),
        ["initialiser 'w': has an external offset of '-4', takes a number of bytes"],
    ),
    "a folder of weights": (
        lambda folder: ((folder / "data").mkdir(), with_weights(external(location="data")))[1],
        ["initialiser 'w': 'data' is not a regular file"],
    ),
    "a name with NUL": (
        beside({"location": "da\0ta"}),
        ["initialiser 'w': 'da\x00ta' is no file name"],
    ),
    "an attribute of another type": (
        lambda folder: one("Softmax", axis=1.5),
        ["node 'it' (Softmax, opset 13): attribute 'axis' is not of type INT"],
    ),
    "an attribute too few": (
        lambda folder: one("Concat"),
        ["node 'it' (Concat, opset 13): has no attribute 'axis', which it cannot do without"],
    ),
    "an attribute too many": (
        lambda folder: one("Relu", alpha=0.5),
        ["node 'it' (Relu, opset 13): has an attribute 'alpha', takes none"],
    ),
    "an attribute mistyped": (
        lambda folder: one("LeakyRelu", alhpa=0.5),
        ["node 'it' (LeakyRelu, opset 13): unknown attribute 'alhpa', did you mean 'alpha'?"],
    ),
    "an attribute twice": (
        lambda folder: one("LeakyRelu", alpha=0.5, again=helper.make_attribute("alpha", 0.1)),
        ["node 'it' (LeakyRelu, opset 13): gives attribute 'alpha' twice"],
    ),
    "an attribute of no type": (
        lambda folder: one("LeakyRelu", alpha=AttributeProto(name="alpha")),
        ["node 'it' (LeakyRelu, opset 13): attribute 'alpha' has no value"],
    ),
    "an attribute that is no text": (
        lambda folder: one(
            "Pad",
            inputs=("x", "w"),
            constants=[weights("w", [0, 0, 0, 0], np.int64)],
            mode=AttributeProto(name="mode", type=3, s=b"\xff"),
        ),
        ["node 'it' (Pad, opset 13): attribute 'mode' is text that is not UTF-8"],
    ),
    "a constant in a node": (
        lambda folder: one("Constant", inputs=(), value=tensor(raw_data=b"\0")),
        ["node 'it' (Constant, opset 13): value: holds 1 byte, float32 of shape 4 takes 16"],
    ),
    "too many inputs": (
        lambda folder: one("Relu", inputs=("x", "x")),
        ["node 'it' (Relu, opset 13): has 2 inputs, takes 1 input"],
    ),
    "too few inputs": (
        lambda folder: one("MatMul"),
        ["node 'it' (MatMul, opset 13): has 1 input, takes 2 inputs"],
    ),
    "an input left out": (
        lambda folder: one("MatMul", inputs=("", "x")),
        ["node 'it' (MatMul, opset 13): leaves out input 'A', which it cannot do without"],
    ),
    "two dtypes": (
        lambda folder: with_weights(weights("w", [1, 2, 3, 4], np.int64)),
        [
            "node 'sum' (Add, opset 13): reads 'x' of float32 and 'w' of int64, takes one dtype for both"
        ],
    ),
    "another dtype": (
        lambda folder: model(
            [node("Conv", ["x", "w"], ["y"], name="it")],
            inputs=[value("x", INT64, (1, 1, 4))],
            constants=[weights("w", [[[1]]], np.int64)],
        ),
        [
            "node 'it' (Conv, opset 13): reads 'x' of int64, takes float16, float32 or float64 for X",
            "node 'it' (Conv, opset 13): reads 'w' of int64, takes float16, float32 or float64 for W",
        ],
    ),
    "declared as another": (
        lambda folder: model(constants=[weights("w")], outputs=[value("y", INT64)]),
        ["output 'y': is declared as int64, and computed as float32"],
    ),
    "a function that calls itself": (
        lambda folder: calling(function("f", [node("f", ["a"], ["b"], domain="own")])),
        [
            "node 'y' (own.f, opset 1): calls itself, or others too deep in each other",
            "output 'y': nothing gives it",
        ],
    ),
    "functions that double": (
        lambda folder: calling(*doubling(40)),
        ["has more than 1,000,000 nodes once its functions are written out"],
    ),
    "a function of fewer inputs": (
        lambda folder: calling(function("f", [node("Relu", ["a"], ["b"])]), inputs=("x", "x")),
        [
            "node 'call' (own.f, opset 1): gives 2 inputs and takes 1 outputs, the function has 1 and 1",
            "output 'y': nothing gives it",
        ],
    ),
    "a function twice": (
        lambda folder: calling(
            function("f", [node("Relu", ["a"], ["b"])]), function("f", [node("Abs", ["a"], ["b"])])
        ),
        ["function 'own.f' is given twice"],
    ),
    "a function with a fault": (
        lambda folder: calling(
            function("f", [node("Foo", ["a"], ["m"], name="inner"), node("Relu", ["m"], ["b"])])
        ),
        ["node 'call/inner' (Foo, opset 13): is no operator that nntrace computes"],
    ),
    "no else": (
        lambda folder: if_([node("Relu", ["x"], ["b"])], else_nodes="none"),
        [
            "node 'choice' (If, opset 13): has no attribute 'else_branch', which it cannot do without"
        ],
    ),
    "no such operator in a branch": (
        lambda folder: if_([node("Foo", ["x"], ["b"])]),
        ["node 'b' (Foo, opset 13): is no operator that nntrace computes"],
    ),
    "nothing gives it in a branch": (
        lambda folder: if_([node("Relu", ["nothing"], ["b"])]),
        ["node 'b' (Relu, opset 13): reads 'nothing', which nothing gives"],
    ),
    "a name that is no text": (
        lambda folder: misspelt(model([node("Relu", ["x"], ["Q"])])),
        ["is damaged: a name in it is not UTF-8 text (b'\\xff')"],
    ),
    "an operator that is no text": (
        lambda folder: misspelt(one("Q")),
        ["is damaged: a name in it is not UTF-8 text (b'\\xff')"],
    ),
    "a constant whose name is no text": (
        lambda folder: misspelt(with_weights(weights("Q"))),
        ["is damaged: a name in it is not UTF-8 text (b'\\xff')"],
    ),
    "a dimension that is no text": (
        lambda folder: misspelt(model(inputs=[value("x", FLOAT, ["Q", 4])])),
        ["is damaged: a name in it is not UTF-8 text (b'\\xff')"],
    ),
    "a name in a function that is no text": (
        lambda folder: misspelt(calling(function("f", [node("Relu", ["a"], ["Q"])]))),
        ["is damaged: a name in it is not UTF-8 text (b'\\xff')"],
    ),
}


@pytest.mark.parametrize(("make", "told"), BROKEN.values(), ids=BROKEN)
def test_a_broken_file_is_told_in_a_line_for_each_problem(tmp_path, make, told):
    path = write(tmp_path, make)
    with pytest.raises((NetworkError, FileError)) as caught:
        read_graph(path)
    assert str(caught.value).split("\n") == [f"{path}: {line}" for line in told]


def test_the_command_line_says_the_same(tmp_path):
    path = write(tmp_path, BROKEN["three such"][0](tmp_path))
    done = subprocess.run(
        [sys.executable, "-m", "nntrace", "show", path],
        capture_output=True, text=True, timeout=WATCHDOG,
    )  # fmt: skip
    lines = [f"nntrace: error: {path}: {line}\n" for line in BROKEN["three such"][1]]
    assert (done.returncode, done.stdout, done.stderr) == (2, "", "".join(lines))


MANY = 100_000


def written(op, reads, gives):
    """Return the bytes of a node in a graph, which are made much faster than a node is."""
    names = field(1, reads.encode()) + field(2, gives.encode())
    return field(1, names + field(4, op.encode()))


def many(nodes):
    """Return the bytes of a model with such nodes, y = relu(x) beside them."""
    rest = model([node("Relu", ["x"], ["y"])])
    return rest.SerializeToString() + field(7, b"".join(nodes))


LARGE = {
    # what makes the nodes, and how many are read, or problems told
    "backwards": (
        lambda: [written("Relu", f"t{i}" if i else "x", f"t{i + 1}") for i in range(MANY)][::-1],
        MANY + 1,
    ),
    "unknown": (lambda: [written("Foo", "x", f"t{i}") for i in range(MANY)], 101),
    "a circle": (
        lambda: [written("Relu", f"t{i}", f"t{(i + 1) % MANY}") for i in range(MANY)],
        1,
    ),
    "branches": (
        lambda: [
            field(1, field(1, b"x") + field(2, f"t{i}".encode()) + field(4, b"If") + BRANCHES)
            for i in range(MANY // 10)
        ],
        101,  # x is no condition
    ),
}
BRANCHES = b"".join(
    field(5, field(1, name) + b"\xa0\x01\x05" + field(6, written("Relu", "x", "b")))
    for name in (b"then_branch", b"else_branch")
)
READ = """
import resource, sys
from nntrace.errors import NntraceError
from nntrace.read.nets.onnx import read_graph
try:
    print(len(read_graph(sys.argv[1]).nodes))
except NntraceError as error:
    print(len(error.problems))
used = resource.getrusage(resource.RUSAGE_SELF)
# ru_maxrss counts what the process that began this one held, too
peak = [line.split()[1] for line in open("/proc/self/status") if line.startswith("VmHWM")]
print(used.ru_utime + used.ru_stime, int(peak[0]) / 1024)
"""


@pytest.mark.parametrize("name", LARGE)
def test_many_nodes_are_read_or_refused_in_bounds(tmp_path, name):
    make, count = LARGE[name]
    path = write(tmp_path, many(make()))
    done = subprocess.run(
        [sys.executable, "-c", READ, path], capture_output=True, text=True, timeout=WATCHDOG
    )
    told, used = done.stdout.splitlines()
    seconds, mebibytes = map(float, used.split())
    assert int(told) == count, done.stderr
    assert seconds < 30  # 3 or so, where the machine is quiet; minutes, where each looks at all
    assert mebibytes < 500
