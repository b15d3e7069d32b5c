"""Running graphs: what is told and let go of, If, Loop and Scan, changes, faults."""

import gc
import warnings
import weakref

import numpy as np
import pytest
from brokenmodels import (
    BOOL,
    FLOAT,
    INT64,
    STRING,
    branch,
    function,
    model,
    node,
    value,
    weights,
    write,
)
from onnx import helper

from nntrace.core.forward import forward
from nntrace.core.graph.graph import Declared, Graph, Node
from nntrace.core.graph.run import run
from nntrace.errors import InputError
from nntrace.read.nets.load import load
from nntrace.read.nets.onnx import read_graph
from nntrace.read.nets.onnx.second import run_onnxruntime

X = np.array([[1, -2, 3, -4]], np.float32)


def read(tmp_path, made):
    return read_graph(write(tmp_path, made))


def told(graph, **feeds):
    return {name: given for name, given, _ in run(graph, feeds)}


def constant(name, numbers, dtype=np.int64):
    return node("Constant", [], [name], value=weights("", numbers, dtype))


def choosing(name, then_nodes, else_nodes, condition="c", gives="y"):
    """Return an If whose branches give b."""
    return node(
        "If", [condition], [gives], name=name,
        then_branch=branch(then_nodes, [value("b")]), else_branch=branch(else_nodes, [value("b")]),
    )  # fmt: skip


def test_an_if_tells_what_its_branch_computed(tmp_path):
    nested = choosing(
        "inner", [node("Neg", ["a"], ["b"])], [node("Add", ["a", "x"], ["b"])], "d", "m"
    )
    then = [node("Relu", ["x"], ["a"]), nested, node("Abs", ["m"], ["b"])]
    graph = read(
        tmp_path,
        model(
            [choosing("outer", then, [node("Neg", ["x"], ["b"])])],
            inputs=[value("x"), value("c", BOOL, []), value("d", BOOL, [])],
        ),
    )
    true, false = np.array(True), np.array(False)
    found = told(graph, x=X, c=true, d=false)
    assert list(found) == [
        "outer/then_branch/a", "outer/then_branch/inner/else_branch/b", "outer/then_branch/m",
        "outer/then_branch/b", "y",
    ]  # fmt: skip
    np.testing.assert_array_equal(found["y"], [[2, 2, 6, 4]])
    np.testing.assert_array_equal(found["outer/then_branch/inner/else_branch/b"], [[2, -2, 6, -4]])
    assert list(told(graph, x=X, c=false, d=false)) == ["outer/else_branch/b", "y"]
    assert "outer/then_branch/inner/then_branch/b" in told(graph, x=X, c=true, d=true)


def summing(limit="n", going="", least=3):
    """Return a Loop: the sum of x + round, until the sum is `least` or more; each is stacked."""
    body = helper.make_graph(
        [
            node("Cast", ["round"], ["number"], to=FLOAT),
            node("Add", ["x", "number"], ["step"]),
            node("Add", ["sum", "step"], ["next"]),
            node("Less", ["next", "least"], ["small"]),
            node("Squeeze", ["small"], ["again"]),
        ],
        "body",
        [value("round", INT64, []), value("go", BOOL, []), value("sum", FLOAT, [1])],
        [value("again", BOOL, []), value("next", FLOAT, [1]), value("step", FLOAT, [1])],
        [weights("least", [least], np.float32)],
    )
    return node("Loop", [limit, going, "zero"], ["total", "steps"], name="sums", body=body)


@pytest.mark.parametrize(
    ("limit", "going", "least", "rounds", "total", "steps"),
    [
        (10, None, 3, 2, 3, [[1], [2]]),
        (1, None, 3, 1, 1, [[1]]),
        (None, True, 6, 3, 6, [[1], [2], [3]]),
        (10, False, 3, 0, 0, None),
        (0, True, 3, 0, 0, None),
    ],
)
def test_a_loop_tells_every_round(tmp_path, limit, going, least, rounds, total, steps):
    nodes = [constant("zero", [0], np.float32)]
    if limit is not None:
        nodes.append(constant("n", limit))
    if going is not None:
        nodes.append(constant("g", going, bool))
    loop = summing("n" if limit is not None else "", "g" if going is not None else "", least)
    outputs = [value("total", FLOAT, [1]), value("steps", FLOAT, [None, 1])]
    graph = read(tmp_path, model([*nodes, loop], [value("x", FLOAT, [1])], outputs))
    found = told(graph, x=np.ones(1, np.float32))
    assert [name for name in found if name.endswith("/next")] == [
        f"sums/body.{count}/next" for count in range(rounds)
    ]
    assert found["total"] == total
    np.testing.assert_array_equal(found["steps"], steps or np.zeros((0, 1)))
    theirs = {name: given for name, given, _ in run_onnxruntime(graph, {"x": np.ones(1, "f4")})}
    assert list(theirs) == list(found)
    for name, given in found.items():
        np.testing.assert_array_equal(given, theirs[name])


def test_a_scan_tells_every_step(tmp_path):
    body = helper.make_graph(
        [node("Add", ["state", "slice"], ["next"]), node("Mul", ["next", "slice"], ["out"])],
        "body",
        [value("state", FLOAT, [2]), value("slice", FLOAT, [2])],
        [value("next", FLOAT, [2]), value("out", FLOAT, [2])],
    )
    scan = node(
        "Scan", ["x0", "xs"], ["last", "outs"], name="walk", body=body, num_scan_inputs=1,
        scan_input_axes=[1], scan_input_directions=[1], scan_output_axes=[-1],
        scan_output_directions=[1],
    )  # fmt: skip
    inputs = [value("x0", FLOAT, [2]), value("xs", FLOAT, [2, 3])]
    outputs = [value("last", FLOAT, [2]), value("outs", FLOAT, [2, 3])]
    graph = read(tmp_path, model([scan], inputs, outputs))
    feeds = {"x0": np.ones(2, "f4"), "xs": np.arange(6, dtype="f4").reshape(2, 3)}
    found = told(graph, **feeds)
    assert "walk/body.2/next" in found
    theirs = {name: given for name, given, _ in run_onnxruntime(graph, feeds)}
    assert list(theirs) == list(found)
    for name, given in found.items():
        np.testing.assert_array_equal(given, theirs[name])


def test_nodes_of_one_name_are_told_apart(tmp_path):
    nodes = [
        choosing("same", [node("Relu", ["x"], ["b"])], [node("Neg", ["x"], ["b"])], gives="m"),
        choosing("same", [node("Abs", ["m"], ["b"])], [node("Neg", ["m"], ["b"])]),
    ]
    graph = read(tmp_path, model(nodes, [value("x"), value("c", BOOL, [])]))
    found = told(graph, x=X, c=np.array(True))
    assert list(found) == ["same/then_branch/b", "m", "y/then_branch/b", "y"]


def test_a_function_is_put_where_it_is_called(tmp_path):
    own = function("scaled", [
        node("Constant", [], ["k"], value_float=2.0), node("Mul", ["a", "k"], ["m"]),
        node("Relu", ["m"], ["b"]),
    ])  # fmt: skip
    nodes = [
        node("scaled", ["x"], ["h"], domain="own", name="first"),
        node("scaled", ["h"], ["y"], domain="own"),
    ]
    graph = read(tmp_path, model(nodes, functions=[own], opsets=[("", 13), ("own", 1)]))
    found = told(graph, x=X)
    assert list(found) == ["first/k", "first/m", "h", "y/k", "y/m", "y"]
    np.testing.assert_array_equal(found["y"], [[4, 0, 12, 0]])


def test_what_needs_no_input_is_computed_once_and_told_each_time(tmp_path, monkeypatch):
    from nntrace.core.graph.operators import elementwise

    counted = []
    absolute = elementwise.absolute
    monkeypatch.setattr(
        elementwise, "absolute", lambda each, x: counted.append(1) or absolute(each, x)
    )
    nodes = [
        constant("k", [-1, -2, -3, -4], np.float32), node("Abs", ["k"], ["folded"]),
        node("Add", ["x", "folded"], ["y"]),
    ]  # fmt: skip
    graph = read(tmp_path, model(nodes))
    for _ in range(3):
        assert list(told(graph, x=X)) == ["k", "folded", "y"]
    assert len(counted) == 1
    changed = run(graph, {"x": X}, {"k": np.zeros_like})
    assert [given.sum() for _, given, _ in changed] == [0, 0, X.sum()]  # what follows from it, too
    assert told(graph, x=X)["folded"].sum() == 10


def test_a_change_inside_a_branch_and_a_round(tmp_path):
    nodes = [choosing("if", [node("Relu", ["x"], ["b"])], [node("Neg", ["x"], ["b"])])]
    graph = read(tmp_path, model(nodes, [value("x"), value("c", BOOL, [])]))
    feeds = {"x": X, "c": np.array(True)}
    found = {n: v for n, v, _ in run(graph, feeds, {"if/then_branch/b": lambda b: b + 1})}
    np.testing.assert_array_equal(found["y"], [[2, 1, 4, 1]])


def test_what_nothing_reads_any_more_is_let_go_of():
    relu = [Node(f"n{i}", "Relu", (f"t{i}",), (f"t{i + 1}",), {}, 13) for i in range(4)]
    shape = (1000,)
    kind = np.dtype(np.float32)
    graph = Graph("g", (Declared("t0", kind, shape),), tuple(relu), (Declared("t4", kind, shape),))
    alive = []
    for name, given, _ in run(graph, {"t0": np.ones(shape, np.float32)}):
        alive.append(weakref.ref(given))
        del given
        gc.collect()
        assert sum(ref() is not None for ref in alive) <= 2, name


FEEDS = [
    ({}, "input 'x': is missing, takes float32 1 × 4"),
    ({"x": X, "z": X}, "unknown input 'z', known: x"),
    ({"x": X.astype(np.float64)}, "input 'x': is float64 1 × 4, takes float32 1 × 4"),
    ({"x": X[:, :3]}, "input 'x': is float32 1 × 3, takes float32 1 × 4"),
    ({"x": X[0]}, "input 'x': is float32 4, takes float32 1 × 4"),
]


@pytest.mark.parametrize(("feeds", "message"), FEEDS)
@pytest.mark.parametrize("engine", [run, run_onnxruntime])
def test_what_is_given_must_fit(tmp_path, engine, feeds, message):
    graph = read(tmp_path, model([node("Relu", ["x"], ["y"])]))
    with pytest.raises(InputError) as caught:
        list(engine(graph, feeds))
    assert str(caught.value) == message


def test_a_node_that_cannot_compute_is_named_in_one_line(tmp_path):
    nodes = [node("MatMul", ["x", "w"], ["y"], name="product")]
    graph = read(tmp_path, model(nodes, constants=[weights("w", np.ones((3, 2)))]))
    with pytest.raises(InputError) as caught:
        told(graph, x=X)
    (line,) = str(caught.value).split("\n")
    assert line.startswith("node 'product' (MatMul, opset 13): ")
    assert line.endswith(" (given float32 1 × 4, float32 3 × 2)")


def test_overflow_warns_nobody_and_leaves_their_rules_alone(tmp_path):
    graph = read(tmp_path, model([node("Exp", ["x"], ["y"])]))
    first, second = (run(graph, {"x": X * 1000}) for _ in range(2))
    next(first)
    next(second)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        list(first)
        with pytest.raises(RuntimeWarning):
            np.exp(np.float32(1000))
    list(second)


@pytest.mark.parametrize("dtype", ["float64", "float32", "float16"])
def test_every_float_in_another_dtype(tmp_path, dtype):
    nodes = [
        node("Constant", [], ["k"], value_floats=[1.0, 2.0, 3.0, 4.0]),
        node("ConstantOfShape", ["s"], ["zeros"]),
        node("Cast", ["n"], ["cast"], to=FLOAT),
        node("Add", ["x", "k"], ["a"]),
        choosing("if", [node("Mul", ["a", "w"], ["b"])], [node("Neg", ["a"], ["b"])], gives="m"),
        node("Sum", ["m", "zeros", "cast"], ["y"]),
    ]
    inputs = [value("x"), value("n", INT64, [4]), value("c", BOOL, [])]
    constants = [weights("w"), weights("s", [1, 4], np.int64)]
    graph = read(tmp_path, model(nodes, inputs, constants=constants)).as_dtype(dtype)
    feeds = {"x": X.astype(dtype), "n": np.arange(4), "c": np.array(True)}
    found = told(graph, **feeds)
    assert {given.dtype.name for given in found.values()} == {dtype}
    assert graph.outputs[0].dtype == dtype
    np.testing.assert_array_equal(found["y"], [[2, 1, 20, 3]])
    theirs = [given.dtype.name for _, given, _ in run_onnxruntime(graph, feeds)]
    assert set(theirs) == {dtype}


def named_classes():
    """Return a net as scikit-learn's exporter writes one: the class by its name, and the shares."""
    classes = helper.make_tensor("classes", STRING, [4], [b"cat", b"dog", b"owl", b"eel"])
    nodes = [
        node("Softmax", ["x"], ["shares"]),
        node("ArgMax", ["shares"], ["best"], axis=1),
        node("ArrayFeatureExtractor", ["classes", "best"], ["named"], domain="ai.onnx.ml"),
        node("Reshape", ["named", "flat"], ["label"]),
        node(
            "ZipMap", ["shares"], ["map"], domain="ai.onnx.ml",
            classlabels_strings=["cat", "dog", "owl", "eel"],
        ),
    ]  # fmt: skip
    kind = helper.make_map_type_proto(STRING, helper.make_tensor_type_proto(FLOAT, []))
    outputs = [
        value("label", STRING, [1]),
        helper.make_value_info("map", helper.make_sequence_type_proto(kind)),
    ]
    constants = [classes, weights("flat", [-1], np.int64)]
    return model(nodes, outputs=outputs, constants=constants, opsets=[("", 13), ("ai.onnx.ml", 1)])


def test_classes_by_name_and_their_shares(tmp_path):
    graph = read(tmp_path, named_classes())
    found = told(graph, x=X)
    theirs = {name: given for name, given, _ in run_onnxruntime(graph, {"x": X})}
    assert found["label"].tolist() == theirs["label"].tolist() == ["owl"]
    assert found["label"].dtype.kind == "U"  # which an .npz holds without pickling
    np.testing.assert_allclose(found["map"], theirs["map"], 1e-6)


def test_classes_by_name_are_no_layer(tmp_path):
    network = load(write(tmp_path, named_classes()))
    trace = forward(network, X)
    assert {layer.name for layer in network.layers} <= {"shares", "best", "map"}
    assert trace.tensors["label"].tolist() == ["owl"]


@pytest.mark.parametrize("dtype", ["float64", "float16"])
def test_operators_that_know_float32_alone_in_another_dtype(tmp_path, dtype):
    nodes = [
        node("Scaler", ["x"], ["s"], domain="ai.onnx.ml", offset=[1.0], scale=[0.1]),
        node("Normalizer", ["s"], ["n"], domain="ai.onnx.ml", norm="L2"),
        node(
            "LinearClassifier", ["n"], ["class", "y"], domain="ai.onnx.ml", classlabels_ints=[0, 1],
            coefficients=[0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8], intercepts=[0.1, 0.2],
            post_transform="SOFTMAX",
        ),
    ]  # fmt: skip
    made = model(nodes, outputs=[value("y", FLOAT, [1, 2])], opsets=[("", 13), ("ai.onnx.ml", 1)])
    graph = read(tmp_path, made)
    single, other = told(graph, x=X), told(graph.as_dtype(dtype), x=X.astype(dtype))
    for name in ("s", "n", "y"):
        assert other[name].dtype == dtype
        np.testing.assert_allclose(other[name], single[name], 1e-2 if dtype == "float16" else 1e-6)
