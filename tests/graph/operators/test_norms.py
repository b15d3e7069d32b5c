"""Norms, softmaxes and products of ONNX graphs, as onnxruntime computes them."""

import numpy as np
import pytest
from protos import graph_of
from secondopinion import agree, both, model_of

from nntrace.core.graph.run import run
from nntrace.errors import InputError

RNG = np.random.default_rng(12)


def some(*shape):
    return RNG.normal(size=shape).astype(np.float32)


X = some(2, 6, 4, 5)
ROWS = some(3, 4, 5)


def positive(*shape):
    return np.abs(some(*shape)) + np.float32(0.1)


CHANNELS = [some(6), some(6), some(6), positive(6)]
PLACES = [some(6, 4, 5), some(6, 4, 5), some(6, 4, 5), positive(6, 4, 5)]

CASES = [
    *[("BatchNormalization", version, [X, *CHANNELS], {"epsilon": 1e-3}, 1)
      for version in (7, 9, 14, 15)],
    ("BatchNormalization", 9, [X[:, :, 0, 0], *CHANNELS], {}, 1),
    ("BatchNormalization", 7, [X, *PLACES], {"spatial": 0}, 1),
    ("BatchNormalization", 8, [X, *CHANNELS], {"spatial": 1}, 1),
    *[("InstanceNormalization", version, [X, some(6), some(6)], attributes, 1)
      for version in (7, 22) for attributes in ({}, {"epsilon": 0.1})],
    *[("LayerNormalization", 17, [X, some(*X.shape[axis:]), some(*X.shape[axis:])],
       {"axis": axis}, outputs) for axis, outputs in ((-1, 3), (1, 1), (-2, 3))],
    ("LayerNormalization", 17, [X, some(5)], {"epsilon": 0.1}, 1),
    *[("RMSNormalization", 23, [X, some(*X.shape[axis:])], {"axis": axis}, 1) for axis in (-1, 1)],
    ("GroupNormalization", 18, [X, some(3), some(3)], {"num_groups": 3}, 1),
    ("GroupNormalization", 21, [X, some(6), some(6)], {"num_groups": 3, "epsilon": 0.1}, 1),
    *[("LRN", version, [some(2, 9, 3, 4)], {"size": size, **more}, 1)
      for version in (7, 13) for size, more in (
          (1, {}), (5, {"alpha": 0.5}), (7, {"beta": 0.6, "bias": 2.0, "alpha": 0.1}))],
    ("LpNormalization", 7, [X], {"p": 1, "axis": 1}, 1),
    ("LpNormalization", 22, [X], {}, 1),
    ("MeanVarianceNormalization", 9, [X], {}, 1),
    ("MeanVarianceNormalization", 13, [X], {"axes": [0, 2, 3]}, 1),
    *[(op, version, [np.round(X * 2) if op == "Hardmax" else X], attributes, 1)
      for op in ("Softmax", "LogSoftmax", "Hardmax")
      for version, attributes in ((7, {}), (7, {"axis": 0}), (9, {"axis": 3}), (11, {"axis": -2}),
                                  (12, {}), (13, {}), (13, {"axis": 1}), (13, {"axis": -3}))],
    ("Softmax", 13, [X * 200], {}, 1),
    ("LogSoftmax", 13, [X * 200], {}, 1),
    ("Softmax", 13, [X[0, 0].astype(np.float64)], {}, 1),
    ("MatMul", 7, [some(3, 4), some(4, 2)], {}, 1),
    ("MatMul", 9, [ROWS, some(5, 2)], {}, 1),
    ("MatMul", 13, [ROWS, some(3, 5, 2)], {}, 1),
    ("MatMul", 13, [some(2, 1, 3, 4), some(3, 4, 2)], {}, 1),
    ("MatMul", 13, [some(4), some(3, 4, 2)], {}, 1),
    ("MatMul", 13, [some(3, 2, 4), some(4)], {}, 1),
    ("MatMul", 13, [some(4), some(4)], {}, 1),
    ("MatMul", 13, [some(3, 1000), some(1000, 2)], {}, 1),
    ("MatMul", 13, [np.arange(6, dtype=np.int32).reshape(2, 3)] * 1
     + [np.arange(12, dtype=np.int32).reshape(3, 4)], {}, 1),
    *[("Gemm", version, [some(*((4, 3) if turned else (3, 4))),
                         some(*((2, 4) if also else (4, 2))), c],
       {"transA": turned, "transB": also, "alpha": 0.5, "beta": 0.25}, 1)
      for version in (7, 9, 13) for turned in (0, 1) for also in (0, 1)
      for c in (some(3, 2), some(2), some(3, 1), np.array(3.0, np.float32))],
    ("Gemm", 11, [some(3, 4), some(4, 2)], {}, 1),
    ("Gemm", 13, [some(3, 400), some(400, 2), np.full(2, np.nan, np.float32)], {"beta": 0.0}, 1),
]  # fmt: skip


def called(case):
    op, version, inputs, attributes, _ = case
    return f"{op}-{version}{[each.shape for each in inputs]}{attributes}".replace(" ", "")


@pytest.mark.parametrize(
    ("op", "version", "inputs", "attributes", "outputs"), CASES, ids=map(called, CASES)
)
def test_an_operator_gives_what_onnxruntime_gives(op, version, inputs, attributes, outputs):
    agree(*both(op, version, inputs, attributes, outputs))


@pytest.mark.parametrize("op", ["Softmax", "LogSoftmax", "Hardmax"])
def test_nothing_has_nothing_for_its_softmax(op):
    x = np.zeros((0, 3), np.float32)
    agree(*both(op, 13, [x]))
    graph = graph_of(model_of(op, 13, [x.T], {}, 1))
    (given,) = [each.value for each in run(graph, {"i0": x.T})]
    assert given.shape == (3, 0)


@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
def test_narrow_floats_are_rounded_once(dtype):
    import ml_dtypes

    kind = np.dtype(getattr(ml_dtypes, dtype, None) or np.float16)
    x, scale = (X * 30).astype(kind), (CHANNELS[0]).astype(kind)
    inputs = [x, scale, *[each.astype(kind) for each in CHANNELS[1:]]]
    graph = graph_of(model_of("BatchNormalization", 14, inputs, {}, 1))
    (given,) = [each.value for each in run(graph, {f"i{k}": v for k, v in enumerate(inputs)})]
    ((want,), _) = both("BatchNormalization", 14, [each.astype(np.float32) for each in inputs])
    assert given.dtype == kind
    np.testing.assert_array_equal(given, want.astype(kind))


def test_a_long_sum_of_products_keeps_its_digits():
    a, b = np.full((4, 1 << 16), 0.1, np.float32), np.full((1 << 16, 3), 0.7, np.float32)
    graph = graph_of(model_of("MatMul", 13, [a, b], {}, 1))
    (given,) = [each.value for each in run(graph, {"i0": a, "i1": b})]
    np.testing.assert_allclose(given, a.astype(float) @ b.astype(float), rtol=1e-5)


BROKEN = [
    ("BatchNormalization", 15, [X, *CHANNELS], {"training_mode": 1}, 1, "in training"),
    ("BatchNormalization", 9, [X, *CHANNELS], {}, 5, "in training"),
    ("BatchNormalization", 9, [X[:, :5], *CHANNELS], {}, 1, "takes 5 × 1 × 1 numbers"),
    ("GroupNormalization", 21, [X, some(6), some(6)], {"num_groups": 4}, 1, "has 4 groups"),
    ("GroupNormalization", 21, [X, some(3), some(3)], {"num_groups": 3}, 1, "has scale 3"),
    ("InstanceNormalization", 13, [X, some(5), some(6)], {}, 1, "has scale 5"),
    ("LayerNormalization", 17, [X, some(5)], {"axis": 7}, 1, "has axis 7"),
    ("Softmax", 13, [X], {"axis": 4}, 1, "has axis 4"),
    ("LRN", 13, [X], {"size": 0}, 1, "has size 0"),
    ("MatMul", 13, [some(3, 4), some(3, 4)], {}, 1, "cannot multiply 3 × 4 by 3 × 4"),
    ("MatMul", 13, [some(2, 3, 4), some(5, 4, 2)], {}, 1, "cannot multiply 2 × 3 × 4"),
    ("Gemm", 13, [some(3, 4), some(4, 2), some(3)], {}, 1, "cannot add 3 to 3 × 2"),
    ("Gemm", 13, [some(1, 3, 4), some(4, 2)], {}, 1, "takes matrices"),
]


@pytest.mark.parametrize(("op", "version", "inputs", "attributes", "outputs", "told"), BROKEN)
def test_what_does_not_fit_is_said(op, version, inputs, attributes, outputs, told):
    graph = graph_of(model_of(op, version, inputs, attributes, outputs))
    feeds = {f"i{place}": each for place, each in enumerate(inputs)}
    with pytest.raises(InputError, match=told):
        list(run(graph, feeds))
