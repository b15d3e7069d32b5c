"""Why exports are wrong: faults as exporters make them, in the nodes and constants of models."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pytest

import nntrace
from nntrace.analysis.causes.examples import causes_of_failure
from nntrace.analysis.causes.search import causes
from nntrace.analysis.diff.compare import Tolerances
from nntrace.analysis.diff.difference import differ
from nntrace.analysis.diff.matching import module_of
from nntrace.analysis.diff.sides import NetSide, RecordedSide, Rows
from nntrace.analysis.diff.written import written_otherwise
from nntrace.analysis.examples import judge
from nntrace.core.recorded import Place, Recorded, RecordedArray

onnx = pytest.importorskip("onnx")
make = onnx.helper

SIDE, ROWS = 6, 4
DRAW = np.random.default_rng(3)
ROW = DRAW.normal(size=(ROWS, 3 * SIDE**2)).astype(np.float32)


def drawn(*shape, spread=1.0):
    return DRAW.normal(size=shape) * spread


class Made(NamedTuple):
    """A graph of one input, x, and one output, y: its nodes, each (operator, reads, gives,
    attributes), and its constants."""

    nodes: tuple[tuple, ...]
    constants: dict[str, np.ndarray]
    x: tuple = ("N", 3, SIDE, SIDE)

    def but(self, *nodes, **constants):
        """Return the same with other constants, and other nodes in place of those that give the
        same."""
        new = {node[2]: node for node in nodes}
        kept = tuple(new.get(node[2], node) for node in self.nodes)
        return self._replace(nodes=kept, constants={**self.constants, **constants})


def named(reads):
    """Return the inputs of a node: `-` is one that is left out."""
    return ["" if each == "-" else each for each in reads.split()]


def saved(made, path):
    nodes = [
        make.make_node(op, named(reads), gives.split(), **(more[0] if more else {}))
        for op, reads, gives, *more in made.nodes
    ]
    x = make.make_tensor_value_info("x", 1, made.x)
    y = make.make_tensor_value_info("y", 1, None)
    constants = [
        onnx.numpy_helper.from_array(
            np.ascontiguousarray(each, np.float32 if each.dtype.kind == "f" else each.dtype), name
        )
        for name, each in made.constants.items()
    ]
    graph = make.make_graph(nodes, "g", [x], [y], constants)
    onnx.save(make.make_model(graph, opset_imports=[make.make_opsetid("", 17)], ir_version=8), path)
    return nntrace.load(path)


CONV = Made(
    (
        ("Conv", "x w1 b1", "c1"),
        ("Relu", "c1", "r1"),
        ("MaxPool", "r1", "p", {"kernel_shape": [2, 2], "strides": [2, 2]}),
        ("Conv", "p w2 b2", "c2"),
        ("Relu", "c2", "r2"),
        ("Flatten", "r2", "f"),
        ("Gemm", "f w3 b3", "g", {"transB": 1}),
        ("Softmax", "g", "y"),
    ),
    {
        "w1": drawn(6, 3, 3, 3, spread=0.3),
        "b1": drawn(6),
        "w2": drawn(4, 6, 2, 2, spread=0.4),
        "b2": drawn(4),
        "w3": drawn(5, 4),
        "b3": drawn(5),
    },
)
VARIANCE, SCALE = DRAW.uniform(0.05, 2, 6), DRAW.uniform(0.5, 2, 6)


def times(factors):
    """Return the first convolution with a factor a channel, as a norm folded into it leaves."""
    return CONV.but(
        w1=CONV.constants["w1"] * factors.reshape(-1, 1, 1, 1), b1=CONV.constants["b1"] * factors
    )


RESIZE = Made(
    (
        ("Resize", "x - s", "z", {"mode": "linear"}),
        ("Conv", "z w b", "y"),
    ),
    {"s": np.array([1, 1, 2, 2], np.float32), "w": drawn(2, 3, 1, 1), "b": drawn(2)},
)


SCALED = Made(
    (("Sub", "x m", "s"), ("Div", "s d", "n"), ("Conv", "n w b", "c"), ("Relu", "c", "y")),
    {
        "m": drawn(1, 3, 1, 1),
        "d": DRAW.uniform(0.5, 2, (1, 3, 1, 1)),
        "w": drawn(4, 3, 3, 3),
        "b": drawn(4),
    },
)
LSTM = Made(
    (
        ("LSTM", "x w r b", "h", {"hidden_size": 3}),
        ("Flatten", "h", "f", {"axis": 0}),
        ("MatMul", "f v", "y"),
    ),
    {"w": drawn(1, 12, 4), "r": drawn(1, 12, 3), "b": drawn(1, 24), "v": drawn(15, 2)},
    (5, 1, 4),
)


def gates(order):
    return LSTM.but(
        **{
            key: np.concatenate(
                [
                    np.concatenate([np.split(half, 4, axis=1)[at] for at in order], axis=1)
                    for half in np.split(LSTM.constants[key], halves, axis=1)
                ],
                axis=1,
            )
            for key, halves in (("w", 1), ("r", 1), ("b", 2))
        }
    )


def without_recurrent_bias():
    bias = LSTM.constants["b"].copy()
    bias[:, 12:] = 0
    return LSTM.but(b=bias)


TWO = Made(
    (
        ("Flatten", "x", "f"),
        ("Gemm", "f w1 b1", "one", {"transB": 1}),
        ("Gemm", "f w2 b2", "two", {"transB": 1}),
        ("Sub", "one two", "y"),
    ),
    {
        "w1": drawn(4, 3 * SIDE**2),
        "b1": drawn(4),
        "w2": drawn(4, 3 * SIDE**2),
        "b2": drawn(4),
    },
)
CHANGED_PLACES = TWO.but(
    **{
        one: TWO.constants[two]
        for one, two in (("w1", "w2"), ("w2", "w1"), ("b1", "b2"), ("b2", "b1"))
    }
)

FAULTS = {
    "epsilon folded": (CONV, times(np.sqrt((VARIANCE + 1e-5) / (VARIANCE + 1e-2))), "epsilon"),
    "norm not folded": (CONV, times(SCALE), "missing_normalisation"),
    "mean of windows": (
        CONV,
        CONV.but(("AveragePool", "r1", "p", {"kernel_shape": [2, 2], "strides": [2, 2]})),
        "operator_differs",
    ),
    "mean and std in layers": (
        SCALED,
        SCALED.but(m=drawn(1, 3, 1, 1), d=SCALED.constants["d"] / 3),
        "input_scale",
    ),
    "corners of a Resize": (
        RESIZE,
        RESIZE.but(
            (
                "Resize",
                "x - s",
                "z",
                {"mode": "linear", "coordinate_transformation_mode": "align_corners"},
            )
        ),
        "operator_differs",
    ),
    "order of gates": (LSTM, gates((0, 2, 1, 3)), "swapped_neurons"),
    "recurrent bias": (LSTM, without_recurrent_bias(), "missing_bias"),
    "bias of gates": (LSTM, LSTM.but(b=LSTM.constants["b"] + 1), "bias_differs"),
    "weights of gates": (LSTM, LSTM.but(w=LSTM.constants["w"] * 1.1), "weights_differ"),
    "weights change places": (TWO, CHANGED_PLACES, "swapped_layers"),
}


def rows_for(made):
    return ROW if made.x[0] == "N" else DRAW.normal(size=(ROWS, 20)).astype(np.float32)


def compared(a, b, rows):
    return differ(NetSide(a), b, [Rows(range(len(rows)), rows)], Tolerances())


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_of_an_export_is_named(name, tmp_path):
    one, two, kind = FAULTS[name]
    a, b = saved(one, tmp_path / "a.onnx"), saved(two, tmp_path / "b.onnx")
    found = compared(a, NetSide(b), rows_for(one))
    assert not found.agree
    told = causes(found)
    assert told[0].kind == kind
    assert told[0].leaves < 1e-4


@pytest.mark.parametrize("name", ["epsilon folded", "norm not folded"])
def test_what_a_folded_norm_leaves_has_two_explanations(name, tmp_path):
    one, two, kind = FAULTS[name]
    a, b = saved(one, tmp_path / "a.onnx"), saved(two, tmp_path / "b.onnx")
    told = causes(compared(a, NetSide(b), ROW))
    assert [each.kind for each in told] == [kind, "weights_differ"]


def test_a_row_of_weights_by_a_factor_is_no_norm(tmp_path):
    weights = CONV.constants["w1"].copy()
    weights[2] *= 1.1
    a = saved(CONV, tmp_path / "a.onnx")
    b = saved(CONV.but(w1=weights), tmp_path / "b.onnx")
    assert [each.kind for each in causes(compared(a, NetSide(b), ROW))] == ["weights_differ"]


# ---- what is expected ----


def expecting(net, rows, **expect):
    """Return a net with examples, each of which expects something of its row."""
    from dataclasses import replace

    from nntrace.core.examples import Example, Expectation

    given = [dict(zip(expect, each, strict=True)) for each in zip(*expect.values(), strict=True)]
    examples = (
        Example(f"row {at}", row, Expectation(**each))
        for at, (row, each) in enumerate(zip(rows, given, strict=True))
    )
    return replace(net, examples=tuple(examples))


def classes_of(net, rows):
    from nntrace.analysis.prediction import decide
    from nntrace.core.forward import forward

    return decide(forward(net, rows)).indices.tolist()


def failing(right, wrong, rows, given=None):
    given = rows if given is None else given
    net = expecting(wrong, given, class_index=classes_of(right, rows))
    return causes_of_failure(net, judge(net))


DIGITS = DRAW.normal(0.5, 1, (40, 64)) * 16


def with_output(net, **arrays):
    from dataclasses import replace

    *layers, last = net.layers
    return replace(net, layers=(*layers, replace(last, op=replace(last.op, **arrays))))


def test_classes_in_another_order_are_named_by_classes_alone():
    net = nntrace.load("digits")
    order = np.roll(np.arange(10), 3)
    last = net.layers[-1]
    wrong = with_output(net, weights=last.weights[order], bias=last.bias[order])
    [told] = failing(net, wrong, DIGITS.astype(net.dtype))
    assert (told.kind, told.layer) == ("swapped_neurons", "output")


def test_another_scale_of_the_input_is_named_by_classes_alone():
    net = nntrace.load("digits")
    rows = DIGITS.astype(net.dtype)
    [told] = failing(net, net, rows, rows / 16)
    assert (told.kind, told.layer) == ("input_scale", "input")


@pytest.mark.parametrize("count", [1, 3])
def test_few_classes_tell_nothing(count):
    net = nntrace.load("cat-or-dog")
    rows = np.random.default_rng(1).normal(size=(count, 3)).astype(net.dtype)
    last = net.layers[-1]
    wrong = with_output(net, weights=-last.weights)
    assert failing(net, wrong, rows) == []


def test_other_weights_are_no_other_order_of_classes():
    net = nntrace.load("digits")
    weights = DRAW.normal(size=net.layers[-1].weights.shape).astype(net.dtype)
    wrong = with_output(net, weights=weights)
    assert failing(net, wrong, DIGITS.astype(net.dtype)) == []


def test_a_softmax_of_a_softmax_is_named_by_what_the_output_should_be(tmp_path):
    """What is expected is by name: the first softmax gives it, and is not what is asked for."""
    from nntrace.core.examples import ExpectedValues
    from nntrace.core.forward import forward

    right = saved(CONV, tmp_path / "a.onnx")
    twice = CONV._replace(nodes=(*CONV.nodes[:-1], ("Softmax", "g", "s"), ("Softmax", "s", "y")))
    wrong = saved(twice, tmp_path / "b.onnx")
    output = forward(right, ROW).output
    values = [(ExpectedValues("y", "a", each),) for each in output]
    net = expecting(wrong, ROW, values=values)
    told = causes_of_failure(net, judge(net))
    assert (told[0].kind, told[0].layer) == ("softmax_twice", "y")


def test_a_trace_that_names_the_output_is_compared_with_it(tmp_path):
    right = saved(CONV, tmp_path / "a.onnx")
    twice = CONV._replace(nodes=(*CONV.nodes[:-1], ("Softmax", "g", "s"), ("Softmax", "s", "y")))
    wrong = saved(twice, tmp_path / "b.onnx")
    from nntrace.core.forward import forward

    values = forward(right, ROW).output
    array = RecordedArray(values.shape, "float32", lambda: values)
    trace = RecordedSide(Recorded("trace.npz", {Place("y", "a"): array}), ROWS)
    found = compared(wrong, trace, ROW)
    assert found.first is not None
    assert found.first.pair.a == found.first.pair.b == Place("y", "a")


# ---- traces of hooks ----


def recorded(**values):
    """Return a trace of values by the names of modules."""
    arrays = {
        Place(name, "a"): RecordedArray(each.shape, "float32", lambda each=each: each)
        for name, each in values.items()
    }
    return RecordedSide(Recorded("trace.npz", arrays), ROWS)


def layers_of(made, path):
    """Return z and a of each layer of a model, by name."""
    from nntrace.core.forward import forward

    return {each.name: each for each in forward(saved(made, path), ROW).layers}


def test_batch_norms_that_took_the_statistics_of_the_rows_are_named(tmp_path):
    a = saved(CONV, tmp_path / "a.onnx")
    other = times(SCALE)
    told = layers_of(other.but(b1=other.constants["b1"] + SCALE / 3), tmp_path / "b.onnx")
    before = layers_of(CONV, tmp_path / "c.onnx")["r1"].z * 2
    trace = recorded(conv=before, norm=told["r1"].z, act=told["r1"].a, y=told["y"].a)
    kinds = [each.kind for each in causes(compared(a, trace, ROW))]
    assert kinds == ["batch_statistics", "weights_differ"]


def test_a_dropout_that_was_at_work_is_named(tmp_path):
    a = saved(CONV, tmp_path / "a.onnx")
    flat = layers_of(CONV, tmp_path / "b.onnx")["r2"].a.reshape(ROWS, -1)
    dropped = np.where(np.random.default_rng(2).random(flat.shape) < 0.5, 0, flat * 2)
    logits = dropped @ CONV.constants["w3"].T + CONV.constants["b3"]
    shares = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    [told] = causes(compared(a, recorded(flat=flat, drop=dropped, y=shares), ROW))
    assert (told.kind, told.layer) == ("operator_differs", "y")
    assert "training mode" in told.detail


@pytest.mark.parametrize(
    ("tensor", "module"),
    [
        ("/act1/Relu_output_0", "act1"),
        ("/m/act1/Relu_output_0", "m.act1"),
        ("/layer1/layer1.0/conv/Conv_output_0", "layer1.0.conv"),
        ("/0/0.2/Relu_output_0", "0.2"),
        ("/Relu_output_0", ""),
        ("relu_1", ""),
    ],
)
def test_a_tensor_is_named_after_a_module(tensor, module):
    assert module_of(tensor) == module


def test_two_that_several_changes_keep_apart_are_told_layer_by_layer(tmp_path):
    weights = CONV.constants["w1"], CONV.constants["w3"]
    a = saved(CONV, tmp_path / "a.onnx")
    b = saved(CONV.but(w1=weights[0] + drawn(6, 3, 3, 3), w3=-weights[1]), tmp_path / "b.onnx")
    found = compared(a, NetSide(b), ROW)
    assert causes(found) == []
    assert [each.layer for each in written_otherwise(found)] == ["r1", "y"]
    assert written_otherwise(compared(a, NetSide(a), ROW)) == []
