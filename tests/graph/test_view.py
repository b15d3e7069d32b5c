"""How a model is seen as layers: which nodes are one, of which kind, and that they are right."""

import tracemalloc

import numpy as np
import onnx
import pytest
from onnx import TensorProto, numpy_helper
from onnx.helper import make_graph, make_model, make_node, make_opsetid, make_tensor_value_info

import nntrace
from nntrace import UsageError, explain, forward, load
from nntrace.core.batch import TracedBatch
from nntrace.core.graph.feeds import net_for
from nntrace.core.graph.vocabulary import Choice
from nntrace.write import render
from nntrace.write.reports.run import row_report
from nntrace.write.view import View

FLOAT = TensorProto.FLOAT
KINDS = {"class": TensorProto.INT64}  # of outputs that are no floats
DRAW = np.random.default_rng(7)


def numbers(*shape):
    return DRAW.standard_normal(shape).astype(np.float32)


def saved(folder, nodes, constants, *, shape=("N", 6), opset=17, outputs=None, dtype=FLOAT):
    """Save a model of nodes `y = Op(a, b, key=…)`, as tuples; return its path."""
    made = [make_node(op, reads, gives, **keys) for op, reads, gives, keys in nodes]
    outputs = outputs or [made[-1].output[0]]
    graph = make_graph(
        made,
        "net",
        [make_tensor_value_info("x", dtype, shape)],
        [make_tensor_value_info(name, KINDS.get(name, FLOAT), None) for name in outputs],
        [numpy_helper.from_array(np.asarray(value), name) for name, value in constants.items()],
    )
    model = make_model(graph, opset_imports=[make_opsetid("", opset)])
    model.ir_version = 8
    path = folder / "net.onnx"
    onnx.save(model, path)
    return path


def node(op, reads, *gives, **keys):
    return op, reads.split(), list(gives), keys


def scalar(value):
    return np.float32(value)


W, B = numbers(6, 4), numbers(4)
GELU = [
    node("Div", "x root", "d"),
    node("Erf", "d", "e"),
    node("Add", "e one", "f"),
    node("Mul", "x f", "g"),
    node("Mul", "g half", "y"),
]
GELU_OTHERWISE = [
    node("Mul", "half x", "h"),
    node("Mul", "x inverse", "d"),
    node("Erf", "d", "e"),
    node("Add", "one e", "f"),
    node("Mul", "h f", "y"),
]
ROOTS = {
    "root": scalar(2**0.5),
    "inverse": scalar(0.5**0.5),
    "one": scalar(1.0),
    "half": scalar(0.5),
}
TANH = [
    node("Pow", "x three", "p"),
    node("Mul", "p c", "q"),
    node("Add", "x q", "r"),
    node("Mul", "r k", "s"),
    node("Tanh", "s", "t"),
    node("Add", "t one", "u"),
    node("Mul", "x u", "v"),
    node("Mul", "v half", "y"),
]
NORM = [
    node("ReduceMean", "x", "m", axes=[-1], keepdims=1),
    node("Sub", "x m", "d"),
    node("Pow", "d two", "s"),
    node("ReduceMean", "s", "v", axes=[-1], keepdims=1),
    node("Add", "v eps", "w"),
    node("Sqrt", "w", "r"),
    node("Div", "d r", "n"),
    node("Mul", "n scale", "p"),
    node("Add", "p shift", "y"),
]
RMS = [
    node("Mul", "x x", "s"),
    node("ReduceMean", "s", "v", axes=[-1], keepdims=1),
    node("Add", "v eps", "w"),
    node("Sqrt", "w", "r"),
    node("Reciprocal", "r", "q"),
    node("Mul", "x q", "n"),
    node("Mul", "scale n", "y"),
]
SOFTMAX = [
    node("ReduceMax", "x", "m", axes=[-1], keepdims=1),
    node("Sub", "x m", "d"),
    node("Exp", "d", "e"),
    node("ReduceSum", "e last", "s", keepdims=1),
    node("Div", "e s", "y"),
]
CONSTANTS = {
    "two": scalar(2.0),
    "eps": scalar(1e-5),
    "scale": numbers(6),
    "shift": numbers(6),
    "last": np.array([-1]),
}

# nodes, constants, and the kinds and activations of the layers that they are seen as
SEEN = {
    "a dense layer": ([node("Gemm", "x w b", "y")], {"w": W, "b": B}, ["dense identity"]),
    "transposed": (
        [node("Gemm", "x w b", "y", transB=1, alpha=2.0)],
        {"w": W.T, "b": B},
        ["dense identity"],
    ),
    "a product and a bias": (
        [node("MatMul", "x w", "p"), node("Add", "p b", "q"), node("Relu", "q", "y")],
        {"w": W, "b": B},
        ["dense relu"],
    ),
    "a bias in front": (
        [node("MatMul", "x w", "p"), node("Add", "b p", "y")],
        {"w": W, "b": B},
        ["dense identity"],
    ),
    "an activation that another reads z of": (
        [node("Gemm", "x w b", "z"), node("Relu", "z", "a"), node("Add", "a z", "y")],
        {"w": W, "b": B},
        ["dense identity", "reshape relu", "add identity"],
    ),
    "gelu": (GELU, ROOTS, ["reshape gelu"]),
    "gelu, arranged otherwise": (GELU_OTHERWISE, ROOTS, ["reshape gelu"]),
    "gelu by tanh": (
        TANH,
        ROOTS | {"three": scalar(3), "c": scalar(0.044715), "k": scalar((2 / np.pi) ** 0.5)},
        ["reshape gelu_tanh"],
    ),
    "silu": (
        [node("Sigmoid", "x", "s"), node("Mul", "x s", "y")],
        {},
        ["reshape silu"],
    ),
    "a layer norm": (NORM, CONSTANTS, ["layer_norm identity"]),
    "an rms norm": (RMS, CONSTANTS, ["rms_norm identity"]),
    "a softmax": (SOFTMAX, CONSTANTS, ["reshape softmax"]),
    "what does nothing": (
        [
            node("Identity", "x", "i"),
            node("Dropout", "i", "d"),
            node("Cast", "d", "c", to=FLOAT),
            node("Gemm", "c w b", "y"),
        ],
        {"w": W, "b": B},
        ["dense identity"],
    ),
    "each number by a constant": (
        [node("Mul", "x scale", "m"), node("Add", "m shift", "y")],
        CONSTANTS,
        ["batch_norm identity"],
    ),
    "what no kind is": ([node("Sin", "x", "y")], {}, ["onnx identity"]),
}


@pytest.mark.parametrize(("nodes", "constants", "kinds"), SEEN.values(), ids=SEEN)
def test_nodes_are_seen_as_layers(nodes, constants, kinds, tmp_path):
    net = load(saved(tmp_path, nodes, constants))
    assert [f"{layer.kind} {layer.activation.name}" for layer in net.layers] == kinds
    assert net.layers[-1].name == "y"


@pytest.mark.parametrize(("nodes", "constants", "kinds"), SEEN.values(), ids=SEEN)
def test_every_number_adds_up_to_that_of_onnxruntime(nodes, constants, kinds, tmp_path):
    import onnxruntime

    path = saved(tmp_path, nodes, constants)
    x = numbers(3, 6)
    trace = forward(load(path), x)
    model = onnx.load(path)
    there = {output.name for output in model.graph.output}
    for each in model.graph.node:
        model.graph.output.extend(
            make_tensor_value_info(name, FLOAT, None) for name in each.output if name not in there
        )
    session = onnxruntime.InferenceSession(model.SerializeToString())
    names = [output.name for output in session.get_outputs()]
    right = dict(zip(names, session.run(names, {"x": x}), strict=True))
    for traced in trace.layers:
        assert np.allclose(traced.a, right[traced.name], rtol=1e-5, atol=1e-6)
        for index in range(traced.layer.size) if traced.layer.kind != "onnx" else ():
            found = explain(trace, f"{traced.name}.{index}", row=2)
            told = found.steps[-1].value if found.steps else found.together
            assert told == pytest.approx(found.z, rel=1e-4, abs=1e-5)
            assert found.computed == pytest.approx(right[traced.name][2, index], rel=1e-4, abs=1e-5)


def test_what_no_kind_covers_is_shown_only(tmp_path):
    trace = forward(load(saved(tmp_path, [node("Sin", "x", "y")], {})), numbers(1, 6))
    with pytest.raises(UsageError, match=r"^y\.2: is made by Sin, an operator of kind onnx"):
        explain(trace, "y.2")


def test_nodes_leaves_every_node_a_layer(tmp_path):
    path = saved(tmp_path, GELU, ROOTS)
    assert [layer.name for layer in load(path, nodes=True).layers] == ["d", "e", "f", "g", "y"]
    assert set(forward(load(path), numbers(1, 6)).tensors) == {"x", "y"}  # those inside are hidden
    assert {"d", "e", "f"} <= set(forward(load(path, nodes=True), numbers(1, 6)).tensors)


MEAN = [node("ReduceMean", "x", "m", axes=[0], keepdims=1), node("Sub", "x m", "y")]


def test_rows_that_do_not_depend_on_each_other_are_run_at_once(tmp_path):
    net = load(saved(tmp_path, SEEN["a product and a bias"][0], {"w": W, "b": B}))
    trace = forward(net, numbers(5, 6))
    assert trace.tensors["y"].shape == (5, 4)
    assert trace["y"].a.shape == (5, 4)


def test_rows_that_do_are_run_one_by_one(tmp_path):
    trace = forward(load(saved(tmp_path, MEAN, {})), numbers(5, 6))
    assert trace.tensors["y"].shape == (5, 1, 6)  # stacked along an axis of their own
    assert (trace["y"].a == 0).all()  # each is its own mean


def test_a_batch_that_is_fixed_is_run_one_by_one(tmp_path):
    nodes, constants, _ = SEEN["a dense layer"]
    trace = forward(load(saved(tmp_path, nodes, constants, shape=(1, 6))), numbers(5, 6))
    assert trace.tensors["y"].shape == (5, 1, 4)
    assert trace["y"].a.shape == (5, 4)


def test_a_neuron_can_be_set(tmp_path):
    nodes = [*SEEN["a product and a bias"][0], node("Softmax", "y", "s")]
    x = numbers(2, 6)
    net = load(saved(tmp_path, nodes, {"w": W, "b": B}))
    trace = forward(net, x, {"y.1": 3.0, "input.0": 1.0})
    changed = np.maximum(np.concatenate([[[1.0], [1.0]], x[:, 1:]], axis=1) @ W + B, 0)
    changed[:, 1] = 3.0
    shares = np.exp(changed) / np.exp(changed).sum(axis=1, keepdims=True)
    assert np.allclose(trace["y"].a, changed, rtol=1e-5)
    assert np.allclose(trace["s"].a, shares, rtol=1e-5)


def test_tokens_that_are_made_one_hot_are_an_embedding(tmp_path):
    table = numbers(9, 3)
    nodes = [
        node("Unsqueeze", "x last", "u"),
        node("Equal", "u all", "q"),
        node("Cast", "q", "h", to=FLOAT),
        node("MatMul", "h table", "y"),
    ]
    constants = {"last": np.array([-1]), "all": np.arange(9)[None, None], "table": table}
    path = saved(tmp_path, nodes, constants, shape=("N", 5), dtype=TensorProto.INT64)
    [layer] = load(path).layers
    assert (layer.kind, layer.shape) == ("embedding", (5, 3))
    assert (layer.weights == table).all()


def test_a_pool_of_all_there_is_keeps_its_axes_for_a_convolution(tmp_path):
    kernel = numbers(2, 3, 1, 1)
    nodes = [node("GlobalAveragePool", "x", "p"), node("Conv", "p k", "y")]
    net = load(saved(tmp_path, nodes, {"k": kernel}, shape=(1, 3, 4, 5)))
    assert [(layer.kind, layer.shape) for layer in net.layers] == [
        ("average_pool", (3, 1, 1)),
        ("conv", (2, 1, 1)),
    ]


def test_the_first_output_gives_the_class(tmp_path):
    nodes = [
        node("Gemm", "x w b", "logits"),
        node("Softmax", "logits", "shares"),
        node("ArgMax", "shares", "class", axis=1),
    ]
    path = saved(tmp_path, nodes, {"w": W, "b": B}, outputs=["shares", "class"])
    x = numbers(3, 6)
    found = [each.index for each in nntrace.predict(forward(load(path), x))]
    assert found == (x @ W + B).argmax(axis=1).tolist()


ML = ("ai.onnx.ml", 3)


def test_a_classifier_of_scikit_learns_gives_classes_and_their_shares(tmp_path):
    weights = numbers(3, 6)
    scaled = make_node("Scaler", ["x"], ["s"], domain=ML[0], offset=[1.0] * 6, scale=[0.5] * 6)
    linear = make_node(
        "LinearClassifier",
        ["s"],
        ["label", "shares"],
        domain=ML[0],
        coefficients=weights.ravel().tolist(),
        intercepts=[0.1, 0.2, 0.3],
        classlabels_strings=["a", "b", "c"],
        post_transform="SOFTMAX",
    )
    normal = make_node("Normalizer", ["shares"], ["normal"], domain=ML[0], norm="L1")
    named = make_node(
        "ZipMap", ["normal"], ["named"], domain=ML[0], classlabels_strings=["a", "b", "c"]
    )
    outputs = [
        make_tensor_value_info("label", TensorProto.STRING, None),
        onnx.helper.make_value_info(
            "named",
            onnx.helper.make_sequence_type_proto(
                onnx.helper.make_map_type_proto(
                    TensorProto.STRING, onnx.helper.make_tensor_type_proto(FLOAT, None)
                )
            ),
        ),
    ]
    graph = make_graph(
        [scaled, linear, normal, named],
        "net",
        [make_tensor_value_info("x", FLOAT, ("N", 6))],
        outputs,
    )
    model = make_model(graph, opset_imports=[make_opsetid("", 17), make_opsetid(*ML)])
    model.ir_version = 8
    onnx.save(model, tmp_path / "net.onnx")
    net = load(tmp_path / "net.onnx")
    x = numbers(4, 6)
    z = (x - 1) * 0.5 @ weights.T + [0.1, 0.2, 0.3]
    trace = forward(net, x)
    assert net.classes == ("a", "b", "c")
    found = nntrace.predict(trace)
    assert [each.label for each in found] == ["abc"[at] for at in z.argmax(axis=1)]
    right = np.exp(z) / np.exp(z).sum(axis=1, keepdims=True)
    assert np.allclose([each.probability for each in found], right.max(axis=1), rtol=1e-5)
    assert [
        (layer.kind, layer.activation.name) for layer in net.layers if layer.kind != "onnx"
    ] == [
        ("batch_norm", "identity"),
        ("dense", "softmax"),
    ]
    assert explain(trace, "shares.1", row=3).together == pytest.approx(z[3, 1], rel=1e-4)


def test_a_classifier_whose_label_alone_is_read_runs_in_onnxruntime(tmp_path):
    linear = make_node(
        "LinearClassifier",
        ["x"],
        ["label", "shares"],
        domain=ML[0],
        coefficients=numbers(18).tolist(),
        intercepts=[0.0, 0.5, 0.25],
        classlabels_ints=[3, 4, 5],
        post_transform="SOFTMAX",
    )
    outputs = [
        make_tensor_value_info("label", TensorProto.INT64, None),
        make_tensor_value_info("shares", FLOAT, None),
    ]
    inputs = [make_tensor_value_info("x", FLOAT, ("N", 6))]
    graph = make_graph([linear], "net", inputs, outputs)
    model = make_model(graph, opset_imports=[make_opsetid("", 17), make_opsetid(*ML)])
    model.ir_version = 8
    onnx.save(model, tmp_path / "net.onnx")
    x = numbers(2, 6)
    one, other = (
        forward(load(tmp_path / "net.onnx", engine=engine), x)
        for engine in ("numpy", "onnxruntime")
    )
    assert (one["label"].a == other["label"].a).all()
    assert np.allclose(one["shares"].a, other["shares"].a, rtol=1e-5)
    assert one.tensors.keys() == other.tensors.keys()


@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
def test_a_model_of_half_the_bits_is_taken_apart_too(dtype, tmp_path):
    import ml_dtypes

    narrow = np.dtype(ml_dtypes.bfloat16 if dtype == "bfloat16" else dtype)
    code = onnx.helper.np_dtype_to_tensor_dtype(narrow)
    nodes = [
        make_node("Gemm", ["x", "w", "b"], ["h"]),
        make_node("Relu", ["h"], ["r"]),
        make_node("MatMul", ["r", "v"], ["y"]),
    ]
    held = {"w": numbers(6, 40), "b": numbers(40), "v": numbers(40, 3)}
    graph = make_graph(
        nodes,
        "net",
        [make_tensor_value_info("x", code, ("N", 6))],
        [make_tensor_value_info("y", code, None)],
        [numpy_helper.from_array(value.astype(narrow), name) for name, value in held.items()],
    )
    model = make_model(graph, opset_imports=[make_opsetid("", 17)])
    model.ir_version = 8
    onnx.save(model, tmp_path / "net.onnx")
    trace = forward(load(tmp_path / "net.onnx"), numbers(2, 6))
    assert [layer.kind for layer in trace.network.layers] == ["dense", "dense"]
    for name in ("r.3", "r.17", "y.0", "y.2"):
        found = explain(trace, name, row=1)
        assert abs(found.together - found.z) <= found.rounding
        assert found.rounding < abs(found.products).sum() + abs(found.z)


@pytest.mark.parametrize("nodes", [GELU, TANH], ids=["gelu", "gelu_tanh"])
def test_pieces_are_put_together_in_float16(nodes, tmp_path):
    constants = ROOTS | {
        "three": scalar(3.0),
        "c": scalar(0.044715),
        "k": scalar((2 / np.pi) ** 0.5),
    }
    [layer] = load(saved(tmp_path, nodes, constants), dtype="float16").layers
    assert layer.activation.name == ("gelu" if nodes is GELU else "gelu_tanh")


@pytest.mark.parametrize("vocabulary", [1, 2, 3, 4, 9])
def test_a_small_vocabulary_is_no_reason_to_refuse(vocabulary, tmp_path):
    nodes = [node("Gather", "table x", "y")]
    constants = {"table": numbers(vocabulary, 3)}
    path = saved(tmp_path, nodes, constants, shape=("N", "T"), dtype=TensorProto.INT64)
    net = load(path)
    assert [layer.kind for layer in net.layers] == ["embedding"]
    tokens = np.arange(5)[None] % vocabulary
    trace = forward(net_for(net, {"x": tokens.shape}), tokens)
    assert [layer.kind for layer in trace.network.layers] == ["embedding"]
    assert (trace["y"].a == constants["table"][tokens].reshape(1, -1)).all()


PICKED = {
    "another axis than the last": (("N", 5, 3), 4),
    "a place behind the last": (("N", 3), -1),
    "the place of a free axis": (("N", "T", 3), 0),
}


@pytest.mark.parametrize("case", PICKED)
def test_a_token_that_is_picked_along_any_axis_can_be_looked_up(case, tmp_path):
    shape, place = PICKED[case]
    nodes = [node("Gather", "x place", "p", axis=1), node("Gather", "table p", "y")]
    constants = {"place": np.array(place), "table": numbers(7, 2)}
    path = saved(tmp_path, nodes, constants, shape=shape, dtype=TensorProto.INT64)
    tokens = DRAW.integers(0, 7, (1, *(2 if each == "T" else each for each in shape[1:])))
    net = net_for(load(path), {"x": tokens.shape})
    want = constants["table"][tokens.take(place, axis=1)]
    assert forward(net, tokens)["y"].a.tolist() == want.reshape(1, -1).tolist()


def test_a_place_that_there_is_not_is_said_of_the_node(tmp_path):
    nodes = [node("Gather", "x place", "p", axis=1), node("Gather", "table p", "y")]
    constants = {"place": np.array([-9]), "table": numbers(7, 2)}
    path = saved(tmp_path, nodes, constants, shape=("N", 5), dtype=TensorProto.INT64)
    with pytest.raises(nntrace.NntraceError, match="does not run: node 'p'"):
        load(path)


@pytest.mark.parametrize("dtype", [np.int32, np.float32])
def test_numbers_are_drawn_from_a_large_table_without_making_it(dtype):
    values = np.array([-1, 0, 7, 2**40, 3]).astype(dtype)
    tracemalloc.start()
    Choice(range(2**27)).put(values, np.random.default_rng(0))
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 2**20
    assert values[[1, 2, 4]].tolist() == [0, 7, 3]  # which are in it
    assert ((values >= 0) & (values < 2**27) & (values == np.floor(values))).all()


@pytest.mark.parametrize("shape", [(1, 2, 1), (1, 3, 1, 1), (2, 1), (1, 1)])
def test_a_softmax_over_one_number_is_one_whatever_stands_beside_it(shape, tmp_path):
    net = load(saved(tmp_path, [node("Softmax", "x", "y", axis=-1)], {}, shape=shape))
    trace = forward(net, numbers(1, net.input.size))
    assert (trace["y"].a == 1).all()
    assert explain(trace, net.layers[0].name + ".0" * len(net.layers[0].shape)).computed == 1


def test_other_shapes_are_seen_by_other_numbers_than_zeros(tmp_path):
    """Of zeros a number and its whole part are the same."""
    nodes = [node("Cast", "x", "i", to=TensorProto.INT64), node("Cast", "i", "y", to=FLOAT)]
    net = load(saved(tmp_path, nodes, {}, shape=("N", "T")))
    x = np.array([[1.5, -2.5, 0.25]], np.float32)
    wider = net_for(net, {"x": x.shape})
    assert [layer.name for layer in wider.layers] == [layer.name for layer in net.layers]
    assert forward(wider, x)["i"].a.tolist() == [[1, -2, 0]]


@pytest.mark.parametrize("number", [1.5, 1e20, -(2.0**63) - 4096])
def test_what_a_whole_number_is_not_is_never_cut_off(number, tmp_path):
    nodes, constants = [node("Gather", "table x", "y")], {"table": numbers(9, 3)}
    net = load(saved(tmp_path, nodes, constants, shape=("N", 5), dtype=TensorProto.INT64))
    rows = np.array([[1.0, 2, 3, 4, 5], [1, 2, number, 4, 5]])
    with pytest.raises(nntrace.InputError, match=r"^\[1\]\[2\]: 'x' takes int64, not ") as told:
        forward(net, rows)
    assert told.value.problems[0].path == (1, 2)
    if number == 1.5:
        with pytest.raises(UsageError, match=r"^input\.3: 'x' takes int64, not 1\.5"):
            forward(net, rows[:1], {"input.3": 1.5})


def attention(*, heads, scaled, mask=None):
    """Attention over 5 tokens of 6 numbers as exporters write it, and its constants.

    `scaled` says what is scaled: the product, or both that are multiplied; `mask` is what is added.
    """
    parts = 6 // heads
    nodes = [node("MatMul", f"x w{each}", each) for each in "qkv"]
    constants = {f"w{each}": numbers(6, 6) for each in "qkv"}
    constants |= {"cut": np.array([1, 5, heads, parts]), "whole": np.array([1, 5, 6])}
    orders = {"q": [0, 2, 1, 3], "k": [0, 2, 3, 1], "v": [0, 2, 1, 3]}
    for each, order in orders.items() if heads > 1 else ():
        nodes.append(node("Reshape", f"{each} cut", f"{each}c"))
        nodes.append(node("Transpose", f"{each}c", f"{each}h", perm=order))
    if heads == 1:
        nodes.append(node("Transpose", "k", "kh", perm=[0, 2, 1]))
    query, value = ("qh", "vh") if heads > 1 else ("q", "v")
    key = "kh"
    if scaled == "both":
        constants["root"] = scalar(parts**-0.25)
        nodes += [node("Mul", f"{query} root", "qs"), node("Mul", f"{key} root", "ks")]
        query, key = "qs", "ks"
    nodes.append(node("MatMul", f"{query} {key}", "m"))
    scores = "m"
    if scaled == "product":
        constants["root"] = scalar(parts**0.5)
        nodes.append(node("Div", "m root", "d"))
        scores = "d"
    if mask is not None:
        constants["mask"] = mask
        nodes.append(node("Add", f"{scores} mask", "masked"))
        scores = "masked"
    nodes.append(node("Softmax", scores, "shares", axis=-1))
    nodes.append(node("MatMul", f"shares {value}", "mixed" if heads > 1 else "y"))
    if heads > 1:
        nodes.append(node("Transpose", "mixed", "t", perm=[0, 2, 1, 3]))
        nodes.append(node("Reshape", "t whole", "y"))
    return nodes, constants


DENSE, MIXED = [("dense", "identity")] * 3, [("mix", "identity")]
AHEAD = np.triu(np.full((5, 5), -np.inf, np.float32), 1)
ATTENTION = {
    "one head": (attention(heads=1, scaled="product"), [("scores", "softmax")]),
    "two heads": (attention(heads=2, scaled="product"), [("scores", "softmax")]),
    "both scaled": (attention(heads=3, scaled="both"), [("scores", "softmax")]),
    "causal": (attention(heads=2, scaled="both", mask=AHEAD), [("scores", "softmax")]),
    "causal, one head": (attention(heads=1, scaled="product", mask=AHEAD), [("scores", "softmax")]),
    "another mask": (
        attention(heads=2, scaled="product", mask=numbers(5, 5)),
        [("scores", "identity"), ("add", "softmax")],
    ),
    "not scaled": (
        attention(heads=2, scaled=None),
        [("transpose", "identity"), ("transpose", "identity"), ("onnx", "softmax")],
    ),
}


@pytest.mark.parametrize(("made", "kinds"), ATTENTION.values(), ids=ATTENTION)
def test_attention_is_put_together(made, kinds, tmp_path):
    import onnxruntime

    path = saved(tmp_path, *made, shape=(1, 5, 6))
    net = load(path)
    seen = [(layer.kind, layer.activation.name) for layer in net.layers]
    cut = [each for each in seen if each[0] == "reshape"]
    assert sorted(seen) == sorted([*DENSE, *kinds, *MIXED, *cut])
    assert not cut or "transpose" in dict(kinds)  # those of the scores that are none
    trace = forward(net, numbers(2, 30))
    [wanted] = onnxruntime.InferenceSession(path).run(["y"], {"x": trace.x[1].reshape(1, 5, 6)})
    assert np.allclose(trace["y"].a[1], wanted.ravel(), rtol=1e-4, atol=1e-5)
    for layer in net.layers:
        for index in range(layer.size) if layer.kind in ("scores", "mix") else ():
            found = explain(trace, f"{layer.name}.{index}", row=1)
            told = found.steps[-1].value if found.steps else found.together
            assert told == pytest.approx(found.z, rel=1e-4, abs=1e-5)
            assert found.computed == pytest.approx(found.a, rel=1e-4, abs=1e-5)


@pytest.mark.parametrize(
    ("given", "array", "computes", "holds"),
    [
        (FLOAT, np.float32, "float32", "float32"),
        (TensorProto.INT64, np.float32, "float32", "float64"),
        (TensorProto.DOUBLE, np.float64, "float64", "float64"),
    ],
)
def test_a_model_has_the_dtype_that_it_computes_in(tmp_path, given, array, computes, holds):
    kind = {np.float32: FLOAT, np.float64: TensorProto.DOUBLE}[array]
    nodes = [node("Cast", "x", "f", to=kind), node("MatMul", "f w", "m")]
    nodes.append(node("Cast", "m", "y", to=FLOAT))
    path = saved(tmp_path, nodes, {"w": np.ones((6, 2), array)}, dtype=given)
    network = load(path)
    assert (network.dtype, network.rows_dtype) == (computes, holds)
    large = 2**24 + 1  # no float32
    trace = forward(network, [[large, 0, 0, 0, 0, 0]])
    assert trace.input.dtype == holds
    assert trace.tensors["x"][0, 0] == np.asarray(large, trace.tensors["x"].dtype)


def test_of_many_layers_the_output_is_told_in_full_on_its_own_scale(tmp_path):
    """The first output, wherever it stands: it is what the model answers."""
    nodes = [node("Mul", "x two", "t0")]
    nodes += [node("MatMul", f"t{at} w", f"t{at + 1}") for at in range(20)]
    nodes.append(node("Mul", "t0 small", "answer"))
    nodes.append(node("Mul", "answer two", "after"))
    constants = {"two": scalar(2), "small": scalar(0.125), "w": np.eye(3, dtype=np.float32) * 2}
    path = saved(tmp_path, nodes, constants, shape=(1, 2, 3), outputs=["answer", "after", "t20"])
    network = load(path)
    view = View(width=80, height=50)
    names = [layer.name for layer in network.layers]
    batch = TracedBatch(forward(network, np.ones((1, 6))))
    shown = "".join(render.pieces(row_report(batch, 0, names, view)))
    assert [line.split()[1] for line in shown.splitlines() if line.startswith("╭")][-1] == "answer"
    assert "after" in shown
