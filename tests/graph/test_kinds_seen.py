"""Nodes that are seen as the kinds that net files have, in ways that those cannot all say."""

import numpy as np
import onnx
import pytest
from onnx import TensorProto, numpy_helper
from onnx.helper import make_graph, make_node, make_tensor_value_info

import nntrace
from nntrace import UsageError, explain, forward, load
from nntrace.analysis.paths import paths
from nntrace.core.names import Neuron
from nntrace.write.nets.plain import without_graph
from tests.graph.test_view import FLOAT, node, numbers, saved

STEPS, INNER, SIZE = 4, 3, 2
GATES = {"LSTM": 4, "GRU": 3}
STATES = {"LSTM": 2, "GRU": 1}
WAYS = {"forward": 1, "reverse": 1, "bidirectional": 2}


def weights(operator, ways):
    rows = GATES[operator] * SIZE
    return {
        "w": numbers(ways, rows, INNER),
        "r": numbers(ways, rows, SIZE),
        "b": numbers(ways, 2 * rows),
        "none": np.zeros((ways, 1, SIZE), np.float32),
        "beside": np.array([1]),
        "whole": np.array([0, 0, -1]),
    }


def exported(operator, direction, **keys):
    """What PyTorch writes of a layer that reads rows × steps × in."""
    keys = {"hidden_size": SIZE, "direction": direction, **keys}
    if operator == "GRU":
        keys.setdefault("linear_before_reset", 1)
    reads = ["s", "w", "r", "b", "", *["none"] * STATES[operator]]
    gives = ["h", "last", "cell"][: 1 + STATES[operator]]
    nodes = [node("Transpose", "x", "s", perm=[1, 0, 2]), (operator, reads, gives, keys)]
    if WAYS[direction] == 2:
        nodes.append(node("Transpose", "h", "t", perm=[0, 2, 1, 3]))
        nodes.append(node("Reshape", "t whole", "q"))
    else:
        nodes.append(node("Squeeze", "h beside", "q"))
    return [*nodes, node("Transpose", "q", "y", perm=[1, 0, 2])]


def check(net, x, layers=None):
    """Return a trace, once what is said of every number gives it."""
    trace = forward(net, x)
    for layer in net.layers:
        if layer.kind == "onnx" or (layers and layer.name not in layers):
            continue
        for index in range(layer.size):
            found = explain(trace, Neuron(layer.name, index))
            told = found.steps[-1].value if found.steps else found.together
            assert told == pytest.approx(found.z, rel=1e-4, abs=1e-5), found.name
            sums = {step.name: step.value for step in found.steps}
            for gate in found.gates:
                total = float(gate.terms.weights @ gate.terms.values + gate.terms.bias)
                assert total == pytest.approx(sums[gate.name], rel=1e-4, abs=1e-5)
    return trace


@pytest.mark.parametrize("operator", GATES)
@pytest.mark.parametrize("direction", WAYS)
def test_a_recurrent_node_is_one_layer_with_what_exporters_put_around_it(
    operator, direction, tmp_path
):
    constants = weights(operator, WAYS[direction])
    path = saved(tmp_path, exported(operator, direction), constants, shape=(1, STEPS, INNER))
    net, x = load(path), numbers(2, STEPS * INNER)
    [layer] = net.layers
    assert (layer.kind, layer.shape) == (operator.lower(), (STEPS, SIZE * WAYS[direction]))
    assert layer.op.direction == {"reverse": "backward", "bidirectional": "both"}.get(
        direction, "forward"
    )
    check(net, x)
    theirs = forward(load(path, engine="onnxruntime"), x)
    assert np.allclose(forward(net, x)["h"].a, theirs["h"].a, atol=1e-6)
    plain = without_graph(net)  # a net file can say it: the layer by itself gives the same
    assert np.allclose(forward(plain, x)["h"].a, theirs["h"].a, atol=1e-6)


@pytest.mark.parametrize("operator", GATES)
@pytest.mark.parametrize("direction", WAYS)
@pytest.mark.parametrize("alone", [True, False], ids=["alone", "beside the states"])
@pytest.mark.parametrize("shape", [(STEPS, 1, INNER), (1, STEPS, INNER)], ids=["steps", "rows"])
def test_last_states_and_cells_are_taken_apart_too(operator, direction, alone, shape, tmp_path):
    turn, (op, reads, gives, keys), *_ = exported(operator, direction)
    nodes = [turn, (op, reads, ["" if alone else "h", *gives[1:]], keys)]
    if shape[1] == 1:
        nodes = [(op, ["x", *reads[1:]], ["" if alone else "h", *gives[1:]], keys)]
    constants = weights(operator, WAYS[direction])
    outputs = gives[alone:]
    path = saved(tmp_path, nodes, constants, shape=shape, outputs=outputs)
    net, x = load(path), numbers(1, STEPS * INNER)
    assert {layer.kind for layer in net.layers} == {operator.lower()}
    assert sum(layer.op.parameters for layer in net.layers) == sum(
        constants[each].size for each in "wrb"
    ) * (len(outputs) if alone else 1)
    trace, theirs = check(net, x), forward(load(path, engine="onnxruntime"), x)
    for name in outputs:
        assert np.allclose(trace[name].a, theirs[name].a, atol=1e-6)
    tree = paths(trace, Neuron("last", 0))
    assert tree.reached > 0
    with pytest.raises(UsageError):  # which no net file can say
        without_graph(net)


@pytest.mark.parametrize(
    ("operator", "changed", "keys"),
    [
        ("LSTM", {"none": np.ones((1, 1, SIZE), np.float32)}, {}),
        ("LSTM", {}, {"activations": ["Sigmoid", "Relu", "Tanh"]}),
        ("LSTM", {}, {"clip": 0.1}),
        ("LSTM", {}, {"input_forget": 1}),
        ("GRU", {}, {"linear_before_reset": 0}),
        ("GRU", {"none": np.ones((1, 1, SIZE), np.float32)}, {}),
    ],
)
def test_a_recurrent_node_that_is_another_is_shown_only(operator, changed, keys, tmp_path):
    constants = weights(operator, 1) | changed
    nodes = exported(operator, "forward", **keys)
    net = load(saved(tmp_path, nodes, constants, shape=(1, STEPS, INNER)))
    assert net.layers[0].kind == "onnx"
    with pytest.raises(UsageError, match=rf"is made by {operator}, an operator of kind onnx"):
        explain(forward(net, numbers(1, STEPS * INNER)), "h.0")


C = {"c": numbers(3), "m": numbers(2, 3), "one": numbers(1, 1, 3), "k": numbers(4, 2, 2)}
SEEN = {  # nodes that read x, 2 × 3, and the kind of the last, with its shape
    "plus a number for each place of the last axis": ([node("Add", "x c", "y")], "add"),
    "a number for each less that": ([node("Sub", "c x", "y")], "subtract"),
    "times": ([node("Mul", "x c", "y")], "multiply"),
    "divided by": ([node("Div", "x c", "y")], "multiply"),
    "plus one for each number": ([node("Add", "m x", "y")], "positions"),
    "times one for each number": ([node("Mul", "m x", "y")], "multiply"),
    "squared": ([node("Pow", "x two", "y")], "multiply"),
    "a mean that stays": (
        [node("ReduceMean", "x", "m_", axes=[2], keepdims=1), node("Mul", "x m_", "y")],
        "multiply",
    ),
    "the largest, which is taken off": (
        [node("ReduceMax", "x", "m_", axes=[1], keepdims=1), node("Sub", "x m_", "y")],
        "subtract",
    ),
    "beside a constant": ([node("Concat", "one x", "y", axis=1)], "concat"),
    "behind a constant": ([node("Concat", "x one x", "y", axis=1)], "concat"),
    "multiplied from the left": ([node("MatMul", "left x", "y")], "conv"),
}


@pytest.mark.parametrize(("nodes", "kind"), SEEN.values(), ids=SEEN)
def test_what_is_broadcast_or_held_by_the_graph_is_of_a_kind(nodes, kind, tmp_path):
    constants = {**C, "two": np.float32(2), "left": numbers(5, 2)}
    path = saved(tmp_path, nodes, constants, shape=(1, 2, 3))
    net, x = load(path), numbers(3, 6)
    assert net.layers[-1].kind == kind
    assert {layer.kind for layer in net.layers} <= {kind, "reduce"}
    trace, theirs = check(net, x), forward(load(path, engine="onnxruntime"), x)
    assert np.allclose(trace["y"].a, theirs["y"].a, atol=1e-6)
    for layer in net.layers:  # and by itself it computes what the graph does
        op, reads = layer.op, [trace.input if n == "input" else trace[n].a for n in layer.reads]
        z = np.empty((3, *layer.shape), np.float32)
        shaped = zip(reads, layer.reads, strict=True)
        op.run([each.reshape(3, *net.shape(name)) for each, name in shaped], z, False)
        assert np.allclose(z.reshape(3, -1), trace[layer.name].z, atol=1e-6)


UNEVEN = {
    "a convolution": ("Conv", "x k", {"pads": [0, 1, 1, 0], "strides": [2, 2]}, "conv"),
    "at the start": ("Conv", "x k", {"auto_pad": "SAME_LOWER"}, "conv"),
    "transposed": ("ConvTranspose", "x t", {"pads": [0, 1, 1, 0]}, "conv_transpose"),
    "a largest": ("MaxPool", "x", {"pads": [0, 0, 1, 1], "kernel_shape": [2, 2]}, "max_pool"),
    "a mean": (
        "AveragePool",
        "x",
        {"pads": [1, 0, 0, 1], "kernel_shape": [2, 2], "count_include_pad": 1},
        "average_pool",
    ),
    "a mean of what is there": (
        "AveragePool",
        "x",
        {"auto_pad": "SAME_UPPER", "kernel_shape": [2, 2], "strides": [2, 2]},
        "average_pool",
    ),
    "more than half a kernel": (
        "MaxPool",
        "x",
        {"pads": [1, 1, 1, 1], "kernel_shape": [2, 2], "strides": [2, 2]},
        "max_pool",
    ),
}


@pytest.mark.parametrize(("operator", "reads", "keys", "kind"), UNEVEN.values(), ids=UNEVEN)
def test_padding_that_differs_at_both_ends_is_told_by_both(operator, reads, keys, kind, tmp_path):
    constants = {"k": numbers(3, 2, 2, 2), "t": numbers(2, 3, 2, 2)}
    path = saved(tmp_path, [node(operator, reads, "y", **keys)], constants, shape=(1, 2, 5, 5))
    net, x = load(path), numbers(1, 50)
    [layer] = net.layers
    assert layer.kind == kind
    trace, theirs = check(net, x), forward(load(path, engine="onnxruntime"), x)
    assert np.allclose(trace["y"].a, theirs["y"].a, atol=1e-6)
    assert layer.op.sayable is (not isinstance(layer.op.padding[0], tuple))


PADS = {  # nodes that read x, 2 × 5 × 5, and the kinds that they are
    "zeros": ([node("Pad", "x ends", "p"), node("Conv", "p k", "y")], ["conv"]),
    "zeros and the kernel's own": (
        [node("Pad", "x ends", "p"), node("Conv", "p k", "y", pads=[1, 1, 0, 0])],
        ["conv"],
    ),
    "what is near": (
        [node("Pad", "x ends", "p", mode="edge"), node("Conv", "p k", "y")],
        ["onnx", "conv"],
    ),
    "ones": ([node("Pad", "x ends one", "p"), node("Conv", "p k", "y")], ["onnx", "conv"]),
    "a part that is cut off": (
        [node("Pad", "x cut", "p"), node("Conv", "p k", "y")],
        ["onnx", "conv"],
    ),
    "zeros that others read too": (
        [
            node("Pad", "x ends", "p"),
            node("Conv", "p k", "c"),
            node("ReduceMax", "p", "m", axes=[2, 3]),
            node("Mul", "c m", "y"),
        ],
        ["onnx", "conv", "reduce", "multiply"],
    ),
    "each number twice": (
        [node("Resize", "x  twice", "y", mode="nearest")],
        ["conv_transpose"],
    ),
    "what lies between": ([node("Resize", "x  twice", "y", mode="linear")], ["onnx"]),
    "a norm of groups, and a number a channel": (
        [
            node("Reshape", "x groups", "g"),
            node("InstanceNormalization", "g ones zeros", "n"),
            node("Reshape", "n back", "b"),
            node("Mul", "b scale", "s"),
            node("Add", "s shift", "y"),
        ],
        ["group_norm"],
    ),
}


@pytest.mark.parametrize(("nodes", "kinds"), PADS.values(), ids=PADS)
def test_what_exporters_write_around_or_instead_of_a_layer_is_one(nodes, kinds, tmp_path):
    nodes = [(op, list(reads), *rest) for op, reads, *rest in nodes]
    if nodes[0][0] == "Resize":
        nodes[0][1].insert(1, "")
    constants = {
        "k": numbers(2, 2, 2, 2),
        "ends": np.array([0, 0, 1, 0, 0, 0, 0, 2]),
        "cut": np.array([0, 0, -1, 0, 0, 0, 0, 2]),
        "one": np.float32(1),
        "twice": np.array([1, 1, 2, 3], np.float32),
        "groups": np.array([1, 1, -1]),
        "back": np.array([1, 2, 5, 5]),
        "ones": np.ones(1, np.float32),
        "zeros": np.zeros(1, np.float32),
        "scale": numbers(2, 1, 1),
        "shift": numbers(2, 1, 1),
    }
    path = saved(tmp_path, nodes, constants, shape=(1, 2, 5, 5))
    net, x = load(path), numbers(1, 50)
    assert [layer.kind for layer in net.layers] == kinds
    trace, theirs = check(net, x), forward(load(path, engine="onnxruntime"), x)
    assert np.allclose(trace["y"].a, theirs["y"].a, atol=1e-5)
    assert trace.tensors.keys() == theirs.tensors.keys()
    assert ("p" in trace.tensors) is ("onnx" in kinds and "Pad" in [each[0] for each in nodes])


def branch(name, *nodes):
    """A branch that gives `b`, of its own name."""
    made = [make_node(op, reads, gives, **keys) for op, reads, gives, keys in nodes]
    return make_graph(made, name, [], [make_tensor_value_info("b", FLOAT, None)])


def shape_alone(tmp_path, condition, inner=()):
    held = {"three": np.int64(3), "w": numbers(6, 4), "zero": np.int64(0), "half": np.float32(0.5)}
    nodes = [
        make_node("Shape", ["x"], ["shape"]),
        make_node("Size", ["x"], ["size"]),
        make_node("Equal", ["size", "size"], ["always"]),
        make_node("ReduceSum", ["x"], ["sum"], keepdims=0),
        make_node("Greater", ["sum", "half"], ["sometimes"]),
        make_node(
            "If",
            [condition],
            ["y"],
            name="if",
            then_branch=branch("then", *inner, node("MatMul", "x w", "b")),
            else_branch=branch("else", node("Relu", "x", "b")),
        ),
    ]
    graph = make_graph(
        nodes,
        "net",
        [make_tensor_value_info("x", FLOAT, ("N", 6))],
        [make_tensor_value_info("y", FLOAT, None)],
        [numpy_helper.from_array(np.asarray(value), name) for name, value in held.items()],
    )
    model = onnx.helper.make_model(graph, opset_imports=[onnx.helper.make_opsetid("", 17)])
    model.ir_version = 8
    onnx.save(model, tmp_path / "net.onnx")
    return tmp_path / "net.onnx"


def test_a_branch_that_depends_on_shapes_alone_is_seen_through(tmp_path):
    net = load(shape_alone(tmp_path, "always"))
    [layer] = [layer for layer in net.layers if layer.kind == "dense"]
    assert layer.name == "if/then_branch/b"
    assert net.output.name == layer.name
    x = numbers(2, 6)
    trace = check(net, x, [layer.name])
    assert np.allclose(trace[layer.name].a, x @ layer.weights.T, atol=1e-5)
    changed = forward(net, x, {f"{layer.name}.1": 3.0})
    assert (changed[layer.name].a[:, 1] == 3).all()
    assert (changed.tensors["y"].reshape(2, 4)[:, 1] == 3).all()


def test_a_branch_that_depends_on_numbers_stays_an_operator(tmp_path):
    net = load(shape_alone(tmp_path, "sometimes"))
    assert [layer.called for layer in [net.output.op]] == ["onnx If"]


def test_an_if_inside_such_a_branch_is_judged_by_its_own_condition(tmp_path):
    branches = {
        "then_branch": branch("a", node("Relu", "x", "b")),
        "else_branch": branch("b", node("Tanh", "x", "b")),
    }
    given = ("If", ["there"], ["ignored"], {"name": "inner", **branches})
    nodes = [node("Greater", "sum half", "there"), given]
    net = load(shape_alone(tmp_path, "always", nodes))
    assert nntrace.predict(forward(net, numbers(1, 6)))
    assert "if/then_branch/b" in [layer.name for layer in net.layers]


@pytest.mark.parametrize("nodes", [[node("Identity", "x", "y")], [node("Dropout", "x", "y")]])
def test_a_model_may_give_what_it_is_given(nodes, tmp_path):
    net, x = load(saved(tmp_path, nodes, {})), numbers(2, 6)
    assert [(layer.name, layer.kind) for layer in net.layers] == [("y", "reshape")]
    assert (check(net, x)["y"].a == x).all()


def test_a_model_whose_output_depends_on_no_number_is_refused(tmp_path):
    with pytest.raises(nntrace.NetworkError, match="gives nothing that depends on the numbers"):
        load(saved(tmp_path, [node("Shape", "x", "class")], {}, outputs=["class"]))


def test_whole_numbers_are_taken_apart(tmp_path):
    nodes = [node("Neg", "x", "n"), node("Add", "x n", "z"), node("Cast", "z", "y", to=FLOAT)]
    net = load(saved(tmp_path, nodes, {}, dtype=TensorProto.INT64))
    found = explain(forward(net, np.arange(6)[None]), "z.3")
    assert found.together == found.z == 0


def test_a_shape_that_depends_on_a_number_is_refused_where_it_is_another(tmp_path):
    nodes = [
        node("ReduceSum", "x", "s", keepdims=1),
        node("Abs", "s", "a"),
        node("Cast", "a", "c", to=TensorProto.INT64),
        node("Reshape", "c one", "r"),
        node("Expand", "half r", "y"),
    ]
    held = {"one": np.array([1]), "half": np.array([0.5], np.float32)}
    net = load(saved(tmp_path, nodes, held))
    with pytest.raises(nntrace.InputError, match="its shape depends on the numbers given"):
        forward(net, np.full((1, 6), 7.0))


def test_paths_stop_at_an_operator_that_is_shown_only(tmp_path):
    nodes = [node("Abs", "x", "p"), node("MatMul", "p w", "y")]
    net = load(saved(tmp_path, nodes, {"w": numbers(6, 4)}))
    tree = paths(forward(net, numbers(1, 6)), "y.0")
    assert {each.end for each in tree.root.branches} == {"operator"}
    assert tree.reached == 0
    assert net.layers[0].op.formula() == "z = Abs(x, …)"


def test_an_operator_tells_its_attributes(tmp_path):
    nodes = [node("LRN", "x", "y", size=3, alpha=0.5)]
    [layer] = load(saved(tmp_path, nodes, {}, shape=(1, 4, 2, 2))).layers
    assert layer.op.as_keys() == {"alpha": 0.5, "size": 3}
    assert layer.op.formula() == "z = LRN(x, …, alpha = 0.5, size = 3)"
