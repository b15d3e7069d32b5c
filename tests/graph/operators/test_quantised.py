"""Quantised operators of ONNX graphs, as onnxruntime computes them."""

import numpy as np
import pytest
from protos import graph_of
from secondopinion import agree, both, model_of

from nntrace.core.graph.run import run
from nntrace.errors import InputError

RNG = np.random.default_rng(14)
X = (RNG.normal(size=(3, 4, 6)) * 10).astype(np.float32)


def drawn(dtype, *shape):
    limits = np.iinfo(dtype)
    return RNG.integers(limits.min, limits.max, shape, endpoint=True).astype(dtype)


def scales(*shape):
    return np.array(np.abs(RNG.normal(size=shape)) * 0.1 + 0.02, np.float32)


DTYPES = [(10, np.uint8), (13, np.int8), (19, np.uint8), (21, np.int16), (21, np.uint16)]


@pytest.mark.parametrize(("version", "dtype"), DTYPES)
@pytest.mark.parametrize("axis", [None, 0, 1, -1])
@pytest.mark.parametrize("zero", [False, True])
def test_linear(version, dtype, axis, zero):
    if version < 13 and axis is not None:
        pytest.skip("axes came with opset 13")
    shape = () if axis is None else (X.shape[axis],)
    told = {} if axis is None else {"axis": axis}
    given = [scales(*shape), drawn(dtype, *shape)] if zero else [scales(*shape)]
    agree(*both("DequantizeLinear", version, [drawn(dtype, *X.shape), *given], told))
    if zero or dtype == np.uint8:
        agree(*both("QuantizeLinear", version, [X, *given], told))


@pytest.mark.parametrize("axis", [0, 1, -1])
def test_blocks(axis):
    shape = list(X.shape)
    shape[axis] = -(-shape[axis] // 2)
    if X.shape[axis] % 2:
        pytest.skip("onnxruntime wants whole blocks")
    told = {"axis": axis, "block_size": 2}
    given = [scales(*shape), drawn(np.int8, *shape)]
    agree(*both("QuantizeLinear", 21, [X, *given], told))
    agree(*both("DequantizeLinear", 21, [drawn(np.int8, *X.shape), *given], told))


def test_a_single_number():
    one, scale, zero = np.array(3.7, np.float32), scales(), np.array(7, np.uint8)
    agree(*both("QuantizeLinear", 13, [one, scale, zero]))
    agree(*both("DequantizeLinear", 13, [np.array(200, np.uint8), scale, zero]))


def test_biases_in_int32():
    agree(*both("DequantizeLinear", 13, [drawn(np.int32, 4), scales()]))


@pytest.mark.parametrize("version", [19, 21, 23])  # the last one rounds the quotient, too
def test_float16(version):
    x = (RNG.normal(size=(40, 4, 6)) * 10).astype(np.float16)
    scale = scales(4).astype(np.float16)
    agree(*both("QuantizeLinear", version, [x, scale, drawn(np.uint8, 4)]))
    agree(*both("DequantizeLinear", version, [drawn(np.int8, 3, 4, 6), scale, drawn(np.int8, 4)]))


@pytest.mark.parametrize("x", [X, X + 50, X - 50, X * 0, X * 1e-3, np.array(2.5, np.float32)])
def test_dynamic(x):
    agree(*both("DynamicQuantizeLinear", 11, [x], outputs=3))


@pytest.mark.parametrize("left", [np.uint8, np.int8])
@pytest.mark.parametrize("right", [np.uint8, np.int8])
@pytest.mark.parametrize("shape", [(5, 7), (2, 5, 7)])
@pytest.mark.parametrize("zeros", [0, 1, 2])
def test_matmul_integer(left, right, shape, zeros):
    given = [drawn(left, *shape), drawn(right, 7, 3), drawn(left), drawn(right, 3)][: 2 + zeros]
    agree(*both("MatMulInteger", 10, given))


def within_one(ours, theirs):
    """Where the last place of a quotient is a matter of rounding, one more or less is as right."""
    for got, want in zip(ours, theirs, strict=True):
        assert (got.dtype, got.shape) == (want.dtype, want.shape)
        assert np.abs(got.astype(int) - want.astype(int)).max() <= 1
        assert (got != want).mean() < 0.05


@pytest.mark.parametrize("by_column", [False, True])
@pytest.mark.parametrize("version", [10, 21])
def test_qlinear_matmul(by_column, version):
    b = [drawn(np.int8, 7, 3), scales(*[3] * by_column), np.zeros([3] * by_column, np.int8)]
    a = [drawn(np.uint8, 2, 5, 7), scales(), drawn(np.uint8)]
    y = [np.array(20, np.float32), drawn(np.uint8)]
    within_one(*both("QLinearMatMul", version, [*a, *b, *y]))


CONV = [{}, {"pads": [1, 0, 2, 1]}, {"strides": [2, 1], "dilations": [1, 2]}, {"group": 2}]


@pytest.mark.parametrize("attributes", CONV)
@pytest.mark.parametrize("zeros", [0, 1])
def test_conv_integer(attributes, zeros):
    weights = drawn(np.uint8, 4, 4 // attributes.get("group", 1), 3, 2)
    given = [drawn(np.uint8, 2, 4, 6, 7), weights, drawn(np.uint8)][: 2 + zeros]
    agree(*both("ConvInteger", 10, given, attributes))


@pytest.mark.parametrize("attributes", CONV)
@pytest.mark.parametrize("by_channel", [False, True])
@pytest.mark.parametrize("bias", [False, True])
def test_qlinear_conv(attributes, by_channel, bias):
    shape = [4] * by_channel
    weights = drawn(np.int8, 4, 4 // attributes.get("group", 1), 3, 2)
    x = [drawn(np.uint8, 2, 4, 6, 7), scales(), drawn(np.uint8)]
    w = [weights, scales(*shape), np.zeros(shape, np.int8)]
    y = [np.array(20, np.float32), drawn(np.uint8)]
    more = [RNG.integers(-9999, 9999, 4).astype(np.int32)] if bias else []
    within_one(*both("QLinearConv", 10, [*x, *w, *y, *more], attributes))


BROKEN = [
    ("QuantizeLinear", [X, scales(3)], {"axis": 1}, "axis 1 is 4 long"),
    ("DequantizeLinear", [drawn(np.int8, 3, 4), scales(4)], {"axis": 2}, "has axis 2"),
    ("QuantizeLinear", [X, scales(3, 2, 5)], {"axis": 1, "block_size": 2}, "in blocks of 2"),
    ("MatMulInteger", [drawn(np.int8, 3, 4), drawn(np.int8, 3, 4)], {}, "cannot multiply 3 × 4"),
]


@pytest.mark.parametrize(("op", "inputs", "attributes", "told"), BROKEN)
def test_what_does_not_fit_is_said(op, inputs, attributes, told):
    graph = graph_of(model_of(op, 21, inputs, attributes, 1))
    feeds = {f"i{place}": each for place, each in enumerate(inputs)}
    with pytest.raises(InputError, match=told):
        list(run(graph, feeds))
