"""What an operator means in each version of it, dtype by dtype, as onnxruntime computes it.

The conformance cases of onnx are of the newest version only; older ones are held to here.
"""

import numpy as np
import pytest
from protos import graph_of
from secondopinion import agree, both, model_of

from nntrace.core.graph.run import run
from nntrace.errors import InputError, NetworkError

F = np.random.default_rng(5).normal(size=(2, 3, 4)).astype(np.float32)
G = np.random.default_rng(6).normal(size=(2, 3, 4)).astype(np.float32)
POSITIVE = np.abs(F) + np.float32(0.1)
SHARE = np.tanh(F)
PICTURE = np.random.default_rng(7).normal(size=(1, 8, 4, 6)).astype(np.float32)
ODD = np.array([np.nan, np.inf, -np.inf, -0.0, 0.0, 1e-38, -3.5, 2.5, 0.5], np.float32)
WHOLE = np.array([[7, -7, 7, -7, 0], [1, 2, -3, 4, 9]], np.int32)
BY = np.array([[2, 2, -2, -2, 5], [3, -3, 2, 4, -4]], np.int32)
TRUE = np.array([[True, False], [False, True]])


def ints(*numbers):
    return np.array(numbers, np.int64)


def one(number, dtype=np.int64):
    return np.array(number, dtype)


UNARY = {
    "Abs": F, "Neg": F, "Sign": F, "Floor": F, "Ceil": F, "Exp": F, "Log": POSITIVE,
    "Sqrt": POSITIVE, "Reciprocal": POSITIVE, "Erf": F, "Sin": F, "Cos": F, "Tan": F,
    "Asin": SHARE, "Acos": SHARE, "Atan": F, "Sinh": F, "Cosh": F, "Tanh": F, "Asinh": F,
    "Acosh": POSITIVE + 1, "Atanh": SHARE, "Relu": F, "Sigmoid": F, "Softplus": F, "Softsign": F,
    "Elu": F, "Selu": F, "LeakyRelu": F, "HardSigmoid": F, "ThresholdedRelu": F, "Identity": F,
}  # fmt: skip

# operator, opset, inputs, attributes, how many outputs
CASES = [
    *[(op, 13, [x], {}, 1) for op, x in UNARY.items()],
    *[(op, 7, [x], {}, 1) for op, x in UNARY.items()
      if op not in ("Sign", "Erf", "Sinh", "Cosh", "Asinh", "Acosh", "Atanh", "ThresholdedRelu")],
    *[(op, 13, [x.astype(np.float16)], {}, 1) for op, x in UNARY.items()
      if op in ("Abs", "Neg", "Exp", "Log", "Sqrt", "Tanh", "Sigmoid", "Relu", "Erf", "Softplus")],
    *[(op, 13, [x.astype(np.float64)], {}, 1) for op, x in UNARY.items()
      if op in ("Abs", "Neg", "Exp", "Log", "Sqrt", "Tanh", "Sigmoid", "Relu", "Sin")],
    *[(op, 13, [ODD], {}, 1) for op in ("Abs", "Neg", "Floor", "Ceil", "Sqrt", "Exp", "Relu",
                                        "Sigmoid", "Tanh", "Elu", "IsNaN", "Erf")],
    ("Round", 11, [np.array([0.5, 1.5, -0.5, -1.5, 2.4], np.float32)], {}, 1),
    ("IsInf", 10, [ODD], {"detect_negative": 0}, 1),
    ("IsInf", 10, [ODD], {"detect_positive": 0}, 1),
    ("Elu", 6, [F], {"alpha": 0.3}, 1),
    ("Celu", 12, [F], {"alpha": 0.3}, 1),
    ("Selu", 6, [F], {"alpha": 2.0, "gamma": 3.0}, 1),
    ("LeakyRelu", 6, [F], {"alpha": -0.4}, 1),
    ("ThresholdedRelu", 10, [F], {"alpha": 0.4}, 1),
    ("HardSigmoid", 6, [F], {"alpha": 0.4, "beta": 0.6}, 1),
    ("HardSwish", 14, [F * 3], {}, 1),
    ("Mish", 18, [F * 3], {}, 1),
    ("Gelu", 20, [F * 3], {}, 1),
    ("Gelu", 20, [F * 3], {"approximate": "tanh"}, 1),
    ("Shrink", 9, [F], {"lambd": 0.4, "bias": 0.2}, 1),
    ("PRelu", 7, [F, np.array([0.1, 0.2, 0.3, 0.4], np.float32)], {}, 1),
    ("PRelu", 9, [F, np.array([[0.1], [0.2], [0.3]], np.float32)], {}, 1),
    ("Clip", 7, [F], {"min": -0.5, "max": 0.5}, 1),
    ("Clip", 7, [F], {"max": 0.5}, 1),
    ("Clip", 7, [F], {}, 1),
    ("Clip", 11, [F, one(-0.5, np.float32), one(0.5, np.float32)], {}, 1),
    ("Clip", 13, [F, None, one(0.5, np.float32)], {}, 1),
    ("Clip", 13, [WHOLE, one(-2, np.int32)], {}, 1),
    ("Clip", 13, [F, one(0.5, np.float32), one(-0.5, np.float32)], {}, 1),
    *[(op, version, [F, G[:, :1]], {}, 1) for op in ("Add", "Sub", "Mul", "Div")
      for version in (7, 13, 14)],
    *[(op, 14, [WHOLE, BY], {}, 1) for op in ("Add", "Sub", "Mul", "Div", "Mod")],
    ("Div", 14, [WHOLE.astype(np.int64), BY.astype(np.int64)], {}, 1),
    ("Mod", 13, [WHOLE, BY], {"fmod": 1}, 1),
    ("Mod", 13, [F, G], {"fmod": 1}, 1),
    ("Pow", 7, [POSITIVE, G], {}, 1),
    ("Pow", 12, [F, one(2)], {}, 1),
    ("Pow", 13, [F, one(3.0, np.float32)], {}, 1),
    ("Pow", 13, [F, one(-1)], {}, 1),
    ("Pow", 13, [WHOLE, one(2, np.int32)], {}, 1),
    ("Pow", 13, [POSITIVE, one(0.5, np.float32)], {}, 1),
    *[(op, version, [F, F[:1]], {}, 1) for op, version in (
        ("Equal", 13), ("Greater", 7), ("Greater", 13), ("Less", 9), ("LessOrEqual", 12),
        ("GreaterOrEqual", 16))],
    *[(op, 7, [TRUE, TRUE[:1]], {}, 1) for op in ("And", "Or", "Xor")],
    ("Not", 7, [TRUE], {}, 1),
    *[("BitShift", 11, [np.array([1, 8, 255], np.uint8), np.array([1, 2, 3], np.uint8)],
       {"direction": way}, 1) for way in ("LEFT", "RIGHT")],
    *[(op, version, [F, G, F * 2], {}, 1) for op in ("Max", "Min", "Sum", "Mean")
      for version in (7, 8, 13)],
    ("Max", 13, [ODD, np.zeros_like(ODD)], {}, 1),
    ("Where", 9, [F > 0, F, G[:1]], {}, 1),
    *[(op, version, [POSITIVE], attributes, 1)
      for op in ("ReduceSum", "ReduceMean", "ReduceMax", "ReduceMin", "ReduceProd", "ReduceL1",
                 "ReduceL2", "ReduceLogSum", "ReduceLogSumExp", "ReduceSumSquare")
      for version in (7, 11, 12)
      for attributes in ({"axes": [1]}, {"axes": [0, 2], "keepdims": 0}, {}, {"keepdims": 0})],
    ("ReduceMean", 11, [F], {"axes": [-1]}, 1),
    ("ReduceMean", 11, [WHOLE], {"axes": [1]}, 1),
    ("ReduceSum", 13, [F, ints(-1)], {}, 1),
    ("ReduceSum", 13, [F, ints()], {"noop_with_empty_axes": 1}, 1),
    ("ReduceSum", 13, [F], {}, 1),
    ("ReduceMean", 18, [F, ints(0, -1)], {"keepdims": 0}, 1),
    ("ReduceMax", 18, [WHOLE, ints(1)], {}, 1),
    ("ReduceLogSumExp", 18, [F * 500, ints(-1)], {}, 1),
    ("CumSum", 11, [F, one(1)], {}, 1),
    ("CumSum", 14, [F, one(-1, np.int32)], {"exclusive": 1, "reverse": 1}, 1),
    *[(op, version, [np.round(F)], attributes, 1) for op in ("ArgMax", "ArgMin")
      for version, attributes in ((7, {}), (11, {"axis": -1, "keepdims": 0}),
                                  (12, {"axis": 2, "select_last_index": 1}))],
    ("TopK", 7, [F], {"k": 2, "axis": 1}, 2),
    ("TopK", 10, [np.round(F), ints(3)], {}, 2),
    ("TopK", 11, [np.round(F), ints(3)], {"largest": 0}, 2),
    ("Reshape", 7, [F, ints(0, -1)], {}, 1),
    ("Reshape", 14, [F[:0], ints(0, 4)], {"allowzero": 1}, 1),
    ("Flatten", 7, [F], {"axis": 0}, 1),
    ("Flatten", 11, [F], {"axis": -1}, 1),
    ("Flatten", 9, [F], {"axis": 3}, 1),
    ("Transpose", 7, [F], {}, 1),
    ("Transpose", 13, [F], {"perm": [1, 2, 0]}, 1),
    ("Concat", 7, [F, G], {"axis": 1}, 1),
    ("Concat", 11, [F, G], {"axis": -1}, 1),
    ("Split", 7, [F], {"axis": 2}, 2),
    ("Split", 11, [F], {"axis": -1, "split": [1, 3]}, 2),
    ("Split", 13, [F, ints(3, 1)], {"axis": -1}, 2),
    ("Split", 13, [F], {"axis": 2}, 2),
    ("Split", 18, [F], {"axis": 2, "num_outputs": 3}, 3),
    ("Slice", 7, [F], {"starts": [1, -3], "ends": [3, 9], "axes": [1, 2]}, 1),
    ("Slice", 9, [F], {"starts": [0, 1], "ends": [9, -1]}, 1),
    ("Slice", 10, [F, ints(-1, 3), ints(-9, -9), ints(0, 2), ints(-1, -2)], {}, 1),
    ("Slice", 13, [F, ints(0), ints(2**62), ints(-1)], {}, 1),
    ("Slice", 13, [F, ints(2), ints(0), ints(1), ints(-1)], {}, 1),
    ("Gather", 7, [F, ints(2, 0)], {"axis": 1}, 1),
    ("Gather", 11, [F, np.array([[-1, 0]], np.int32)], {"axis": -1}, 1),
    ("Gather", 13, [F, one(1)], {}, 1),
    ("GatherElements", 11, [F, np.array([[[1, -1], [0, 2]]])], {"axis": 2}, 1),
    ("GatherND", 11, [F, np.array([[0, 1], [-1, 2]])], {}, 1),
    ("GatherND", 12, [F, np.array([[1], [-1]])], {"batch_dims": 1}, 1),
    ("Squeeze", 7, [F[:1]], {"axes": [0]}, 1),
    ("Squeeze", 11, [F[..., :1]], {"axes": [-1]}, 1),
    ("Squeeze", 13, [F[:1, :, :1], ints(-1, 0)], {}, 1),
    ("Squeeze", 13, [F[:1, :, :1]], {}, 1),
    ("Unsqueeze", 7, [F], {"axes": [0, 4]}, 1),
    ("Unsqueeze", 11, [F], {"axes": [-1]}, 1),
    ("Unsqueeze", 13, [F, ints(3, 0)], {}, 1),
    ("Expand", 8, [F[:, :1], ints(2, 3, 1)], {}, 1),
    ("Expand", 13, [F, ints(5, 1, 1, 1)], {}, 1),
    ("Tile", 7, [F, ints(1, 2, 3)], {}, 1),
    *[("Pad", 7, [F], {"pads": [0, 1, 1, 0, 0, 2], "mode": mode}, 1)
      for mode in ("constant", "reflect", "edge")],
    ("Pad", 7, [F], {"pads": [0, 1, -1, 0, 0, 2], "value": 7.0}, 1),
    ("Pad", 11, [F, ints(0, 1, 1, 0, -1, 2), one(2.0, np.float32)], {}, 1),
    ("Pad", 13, [F, ints(0, 1, 1, 0, 0, 2)], {"mode": "edge"}, 1),
    ("Pad", 18, [F, ints(1, 2), None, ints(-1)], {}, 1),
    ("Pad", 19, [F, ints(0, 1, 1, 0, 0, 2)], {"mode": "wrap"}, 1),
    *[("Cast", version, [F * 3], {"to": to}, 1)
      for version in (9, 13) for to in (1, 6, 7, 9, 10, 11)],
    ("Cast", 13, [WHOLE], {"to": 1}, 1),
    ("Cast", 13, [WHOLE], {"to": 9}, 1),
    ("CastLike", 15, [F, WHOLE], {}, 1),
    ("Shape", 7, [F], {}, 1),
    ("Shape", 15, [F], {"start": -2, "end": 9}, 1),
    ("Size", 7, [F], {}, 1),
    ("ConstantOfShape", 9, [ints(2, 3)], {}, 1),
    ("Dropout", 7, [F], {"ratio": 0.3}, 1),
    ("Dropout", 7, [F], {}, 2),
    ("Dropout", 10, [F], {}, 2),
    ("Dropout", 12, [F], {}, 2),
    ("Dropout", 13, [F, one(0.5, np.float32), one(False, np.bool_)], {}, 2),
    ("Range", 11, [one(1), one(9), one(3)], {}, 1),
    ("Range", 11, [one(1.0, np.float32), one(0.0, np.float32), one(-0.3, np.float32)], {}, 1),
    ("Range", 11, [one(5), one(1), one(1)], {}, 1),
    ("ScatterND", 11, [F, np.array([[0, 1], [1, -1]]), G[0, :2]], {}, 1),
    ("ScatterND", 16, [F, np.array([[0, 1], [0, 1]]), G[0, :2]], {"reduction": "add"}, 1),
    ("Scatter", 9, [F, np.array([[[1, 0], [0, 2]]]), G[:1, :2, :2]], {"axis": 2}, 1),
    ("ScatterElements", 11, [F, np.array([[[1, -1], [0, 2]]]), G[:1, :2, :2]], {"axis": 2}, 1),
    *[("ScatterElements", 18, [F, np.array([[[1, 1]]]), G[:1, :1, :2]],
       {"axis": 2, "reduction": how}, 1) for how in ("add", "mul", "max", "min")],
    ("Trilu", 14, [F], {}, 1),
    ("Trilu", 14, [F, one(-1)], {"upper": 0}, 1),
    ("Trilu", 14, [F, one(1)], {"upper": 1}, 1),
    ("Einsum", 12, [F, G], {"equation": "bij, bkj -> bik"}, 1),
    ("Einsum", 12, [F], {"equation": "...ij->...ji"}, 1),
    ("Einsum", 12, [F, G], {"equation": "bij,bij"}, 1),
    ("OneHot", 9, [ints(1, -1, 0), one(3), np.array([0.5, 2.0], np.float32)], {"axis": 0}, 1),
    ("OneHot", 11, [ints(1, -1, 7), one(3), np.array([0.5, 2.0], np.float32)], {}, 1),
    ("NonZero", 9, [WHOLE], {}, 1),
    ("NonZero", 13, [np.round(F)], {}, 1),
    ("DepthToSpace", 7, [PICTURE], {"blocksize": 2}, 1),
    ("DepthToSpace", 11, [PICTURE], {"blocksize": 2, "mode": "CRD"}, 1),
    ("SpaceToDepth", 7, [PICTURE], {"blocksize": 2}, 1),
    ("ReverseSequence", 10, [F, ints(1, 3)], {"batch_axis": 0, "time_axis": 1}, 1),
    ("ReverseSequence", 10, [F, ints(2, 1, 0)], {}, 1),
    ("EyeLike", 9, [F[0]], {"k": 1}, 1),
    ("EyeLike", 9, [F[0]], {"k": -1, "dtype": 7}, 1),
    ("Compress", 9, [F, np.array([True, False, True])], {"axis": 1}, 1),
    ("Unique", 11, [np.array([3, 1, 3, 2], np.float32)], {"sorted": 0}, 4),
    ("Unique", 11, [WHOLE.astype(np.float32)], {}, 4),
]  # fmt: skip


def called(case):
    op, version, inputs, attributes, _ = case
    dtypes = ",".join("none" if each is None else str(each.dtype) for each in inputs)
    told = ",".join(f"{name}={value}" for name, value in attributes.items()).replace(" ", "")
    return f"{op}-{version}({dtypes}){told}"


@pytest.mark.parametrize(
    ("op", "version", "inputs", "attributes", "outputs"), CASES, ids=map(called, CASES)
)
def test_an_operator_gives_what_onnxruntime_gives(op, version, inputs, attributes, outputs):
    agree(*both(op, version, inputs, attributes, outputs))


def test_a_long_sum_keeps_its_digits():
    x = np.full((70_000, 2), 1 / 3, np.float32)
    model = model_of("ReduceSum", 13, [x, ints(0)], {"keepdims": 0}, 1)
    (got,) = [each.value for each in run(graph_of(model), {"i0": x, "i1": ints(0)})]
    np.testing.assert_allclose(got, x.astype(np.float64).sum(axis=0), rtol=1e-7)


@pytest.mark.parametrize("op", ["Add", "Sub", "Mul", "Div", "Pow", "Greater", "And"])
@pytest.mark.parametrize(("axis", "shape"), [(1, (3,)), (-2, (3,)), (0, (2, 3)), (None, (4,))])
def test_before_opset_7_an_attribute_says_which_axes_are_shared(op, axis, shape):
    a = F > 0 if op == "And" else POSITIVE
    b = np.resize(a, shape)
    attributes = {"broadcast": 1} | ({} if axis is None else {"axis": axis})
    model = model_of(op, 6, [a, b], attributes, 1)
    (got,) = [each.value for each in run(graph_of(model), {"i0": a, "i1": b})]
    at = {1: (1, 3, 1), -2: (1, 3, 1), 0: (2, 3, 1), None: (1, 1, 4)}[axis]
    ((want,), _) = both(op, 13, [a, b.reshape(at)])
    np.testing.assert_array_equal(got, want)


BROKEN = [
    ("BitShift", 11, [np.array([1], np.uint8)] * 2, {"direction": "UP"}, "direction is 'UP'"),
    ("ScatterND", 18, [F, ints(0).reshape(1, 1), F[:1]], {"reduction": "xor"}, "'xor'"),
    ("Pad", 18, [F, ints(0, 0, 0, 0, 0, 0)], {"mode": "mirror"}, "mode is 'mirror'"),
    ("Dropout", 13, [F, one(0.5, np.float32), one(True, np.bool_)], {}, "at random"),
    ("Dropout", 6, [F], {}, "at random"),
    ("Cast", 13, [F], {"to": 99}, "no dtype of ONNX"),
    ("Cast", 25, [POSITIVE], {"to": 24, "round_mode": "even"}, "round_mode is 'even'"),
    ("Constant", 13, [], {}, "has no value"),
]


@pytest.mark.parametrize(("op", "version", "inputs", "attributes", "told"), BROKEN)
def test_what_an_operator_cannot_compute_it_says(op, version, inputs, attributes, told):
    graph = graph_of(model_of(op, version, inputs, attributes, 1))
    feeds = {f"i{place}": each for place, each in enumerate(inputs)}
    with pytest.raises((ValueError, InputError), match=told):
        list(run(graph, feeds))


def test_an_operator_that_nntrace_has_not_is_named():
    graph = graph_of(model_of("TreeEnsembleRegressor", 3, [F[0]], {}, 1, "ai.onnx.ml"))
    with pytest.raises(NetworkError, match="TreeEnsembleRegressor"):
        list(run(graph, {"i0": F[0]}))
