"""LSTM, GRU and RNN of ONNX graphs, as onnxruntime computes them, with all that they take."""

import random

import numpy as np
import pytest
from protos import graph_of
from secondopinion import agree, both, model_of

from nntrace.core.graph.run import run
from nntrace.errors import InputError

GATES = {"LSTM": 4, "GRU": 3, "RNN": 1}
FUNCTIONS = {"LSTM": 3, "GRU": 2, "RNN": 1}
STEPS, ROWS, INNER, SIZE = 5, 3, 2, 4


class Case:
    """What an operator is given: arrays by what they are, and attributes."""

    def __init__(self, op, direction="forward", seed=0):
        rng = np.random.default_rng(seed)
        self.op, self.ways = op, 2 if direction == "bidirectional" else 1
        self.attributes = {"hidden_size": SIZE, "direction": direction}
        gates = GATES[op] * SIZE
        shapes = {
            "x": (STEPS, ROWS, INNER), "weights": (self.ways, gates, INNER),
            "recurrent": (self.ways, gates, SIZE), "bias": (self.ways, 2 * gates), "lengths": None,
            "h": (self.ways, ROWS, SIZE), "cell": (self.ways, ROWS, SIZE),
            "peepholes": (self.ways, 3 * SIZE),
        }  # fmt: skip
        self.arrays = {
            name: rng.normal(size=shape).astype(np.float32)
            for name, shape in shapes.items()
            if shape
        }
        self.arrays["lengths"] = np.array([2, 5, 1], np.int32)
        self.order = list(shapes)[: 8 if op == "LSTM" else 6]

    def inputs(self, *told):
        given = {"x", "weights", "recurrent", *told}
        arrays = [self.arrays[name] if name in given else None for name in self.order]
        while arrays[-1] is None:
            arrays.pop()
        return arrays

    @property
    def outputs(self):
        return 3 if self.op == "LSTM" else 2


DIRECTIONS = ["forward", "reverse", "bidirectional"]
TOLD = [(), ("bias",), ("lengths",), ("bias", "lengths", "h"), ("h", "cell"), ("bias", "peepholes"),
        ("bias", "lengths", "h", "cell", "peepholes")]  # fmt: skip


@pytest.mark.parametrize("op", GATES)
@pytest.mark.parametrize("direction", DIRECTIONS)
@pytest.mark.parametrize("told", TOLD, ids=["+".join(told) for told in TOLD])
@pytest.mark.parametrize("version", [7, 14, 22])
def test_what_is_given(op, direction, told, version):
    case = Case(op, direction)
    agree(*both(op, version, case.inputs(*told), case.attributes, case.outputs))


@pytest.mark.parametrize("direction", DIRECTIONS)
@pytest.mark.parametrize(
    ("op", "more"),
    [("GRU", {"linear_before_reset": 1}), ("LSTM", {"input_forget": 1}), ("LSTM", {"clip": 0.4}),
     ("GRU", {"clip": 0.4}), ("RNN", {"clip": 0.4}),
     ("GRU", {"clip": 0.4, "linear_before_reset": 1}), ("LSTM", {"clip": 0.4, "input_forget": 1})],
)  # fmt: skip
def test_attributes(op, direction, more):
    case = Case(op, direction)
    inputs = case.inputs("bias", "h", "lengths", "cell", "peepholes")
    agree(*both(op, 14, inputs, {**case.attributes, **more}, case.outputs))


# an activation, and which parameters it has
NAMED = {
    "Relu": "", "Tanh": "", "Sigmoid": "", "Softsign": "", "Softplus": "", "LeakyRelu": "a",
    "ThresholdedRelu": "a", "Elu": "a", "Affine": "ab", "ScaledTanh": "ab", "HardSigmoid": "ab",
}  # fmt: skip


@pytest.mark.parametrize("op", GATES)
@pytest.mark.parametrize("seed", range(1, 13))  # of 0, onnxruntime makes NaN
def test_activations_take_their_parameters_in_order(op, seed):
    case = Case(op, "bidirectional", seed)
    draw = random.Random(seed)
    names = [draw.choice(list(NAMED)) for _ in range(2 * FUNCTIONS[op])]
    told = {"activations": names}
    for key, letter in (("activation_alpha", "a"), ("activation_beta", "b")):
        numbers = [draw.choice([0.25, 0.5, 0.75]) for name in names if letter in NAMED[name]]
        told |= {key: numbers} if numbers else {}
    for name in ("weights", "recurrent"):
        case.arrays[name] /= 4  # lest some grow without bound
    inputs = case.inputs("bias", "h")
    agree(*both(op, 14, inputs, {**case.attributes, **told}, case.outputs))


@pytest.mark.parametrize("names", [["LeakyRelu"], ["Elu"], ["HardSigmoid"]])
def test_activations_have_defaults(names):
    case = Case("RNN")
    agree(*both("RNN", 14, case.inputs(), {**case.attributes, "activations": names}, 2))


def computed(op, inputs, attributes, outputs):
    graph = graph_of(model_of(op, 14, inputs, attributes, outputs))
    feeds = {f"i{place}": each for place, each in enumerate(inputs) if each is not None}
    return [each.value for each in run(graph, feeds)]


@pytest.mark.parametrize("op", GATES)
@pytest.mark.parametrize("direction", DIRECTIONS)
def test_rows_may_come_first(op, direction):
    case = Case(op, direction)
    told = [name for name in ("bias", "lengths", "h", "cell") if name in case.order]
    y, *last = computed(op, case.inputs(*told), case.attributes, case.outputs)
    for name in {"x", "h", "cell"} & set(case.order):
        case.arrays[name] = case.arrays[name].swapaxes(0, 1)
    given, *ends = computed(op, case.inputs(*told), {**case.attributes, "layout": 1}, case.outputs)
    np.testing.assert_array_equal(given, y.transpose(2, 0, 1, 3))
    for end, each in zip(ends, last, strict=True):
        np.testing.assert_array_equal(end, each.swapaxes(0, 1))


def test_thresholded_relu_has_the_default_of_the_operator():
    # 1; onnxruntime takes 0
    x = np.array([0.5, 2.0], np.float32).reshape(2, 1, 1)
    weights, none = np.ones((1, 1, 1), np.float32), np.zeros((1, 1, 1), np.float32)
    y, _ = computed("RNN", [x, weights, none], {"activations": ["ThresholdedRelu"]}, 2)
    assert y.ravel().tolist() == [0, 2]


BROKEN = [
    ({"direction": "both"}, {}, "has direction both"),
    ({"activations": ["Tanh"]}, {}, "has 1 activations, takes 3"),
    ({"activations": ["Sigmoid", "Gelu", "Tanh"]}, {}, "activation Gelu"),
    ({"activations": ["ScaledTanh", "Tanh", "Tanh"]}, {}, "no activation_alpha for ScaledTanh"),
    ({"hidden_size": 5}, {}, "where 1 × 16 × 5 would fit"),
    ({}, {"bias": np.zeros((1, 16), np.float32)}, "has 1 × 16 where 1 × 32 would fit"),
    ({}, {"h": np.zeros((1, 2, 4), np.float32)}, "where 1 × 3 × 4 would fit"),
    ({}, {"x": np.zeros((5, 3), np.float32)}, "reads 5 × 3"),
]


@pytest.mark.parametrize(("attributes", "arrays", "told"), BROKEN)
def test_what_does_not_fit_is_said(attributes, arrays, told):
    case = Case("LSTM")
    case.arrays |= arrays
    with pytest.raises(InputError, match=told):
        computed("LSTM", case.inputs("bias", "h"), {**case.attributes, **attributes}, 3)
