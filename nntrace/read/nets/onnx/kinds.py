"""Operators that are layers of a kind: which, and with which weights and keys.

A maker returns the op, and which tensors it reads; None where the kind cannot say what the node
does. Whether what it says is right is checked afterwards by running both.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from nntrace.core.arrays import Array
from nntrace.core.graph.graph import Node, Tensor
from nntrace.core.op import Op, Shape
from nntrace.core.ops import find_kind
from nntrace.errors import NetworkError
from nntrace.read.nets.onnx import joins, recurrent
from nntrace.read.nets.onnx.makers import Made, Maker, Reader
from nntrace.read.nets.onnx.survey import Survey, row_shape
from nntrace.read.nets.onnx.windows import conv, global_pool, pool, repeated


def _gemm(of: Reader) -> Made | None:
    weights, node = of.weights(1), of.node
    if weights is None or node.get("transA", 0):
        return None
    weights = weights if node.get("transB", 0) else weights.T
    bias = of.weights(2) if of.given(2) else of.like(0.0, len(weights))
    if bias is None:
        return None
    alpha, beta = (np.dtype(of.dtype).type(node.get(key, 1.0)) for key in ("alpha", "beta"))
    if row_shape(bias) not in ((1,), (len(weights),)):
        return None
    bias = np.broadcast_to(row_shape_of(bias), (len(weights),))
    return of.read_first(_dense(of, weights * alpha, bias * beta, node.inputs[0]))


def row_shape_of(values: Array) -> Array:
    """Return an array in the shape of one row."""
    return values.reshape(row_shape(values))


def _dense(of: Reader, weights: Array, bias: Array, read: str) -> Op:
    axis = "all" if len(of.survey.shape(read)) == 1 else "last"
    return find_kind("dense")(np.ascontiguousarray(weights), np.array(bias), axis)  # type: ignore[call-arg]


def _matmul(of: Reader) -> Made | None:
    weights = of.weights(1)
    if weights is None or weights.ndim != 2:
        return _matmul_from_the_left(of)
    return of.read_first(_dense(of, weights.T, of.like(0.0, weights.shape[1]), of.node.inputs[0]))


def _matmul_from_the_left(of: Reader) -> Made | None:
    """Rows of weights times what is read, channels × length: a kernel of one number each."""
    weights = of.weights(0)
    if weights is None or weights.ndim != 2 or len(of.survey.shape(of.node.inputs[1])) != 2:
        return None
    kernels, bias = weights[:, :, np.newaxis], of.like(0.0, len(weights))
    op = find_kind("conv")(kernels, bias, dimensions=1)  # type: ignore[call-arg]
    return Made(op, of.node.inputs[1:2])


def _batch_norm(of: Reader) -> Made | None:
    scale, shift, mean, variance = (of.weights(place) for place in range(1, 5))
    if scale is None or shift is None or mean is None or variance is None:
        return None
    epsilon = float(of.node.get("epsilon", 1e-5))
    op = find_kind("batch_norm")(mean, variance, scale, shift, epsilon)  # type: ignore[call-arg]
    return of.read_first(op)


def _along_last(kind: str) -> Maker:
    def make(of: Reader) -> Made | None:
        scale, axis = of.weights(1), int(of.node.get("axis", -1))
        if scale is None or axis % of.tensor(0).ndim != of.tensor(0).ndim - 1:
            return None
        arrays = [np.broadcast_to(scale.ravel(), of.tensor(0).shape[-1:])]
        if kind == "layer_norm":
            shift = of.weights(2) if of.given(2) else of.like(0.0, arrays[0].size)
            if shift is None:
                return None
            arrays.append(shift)
        epsilon = float(of.node.get("epsilon", 1e-5))
        return of.read_first(find_kind(kind)(*arrays, epsilon))  # type: ignore[call-arg]

    return make


def _by_groups(kind: str) -> Maker:
    def make(of: Reader) -> Made | None:
        scale, shift = of.weights(1), of.weights(2)
        if scale is None or shift is None or of.tensor(0).shape[0] != 1:
            return None
        more = [int(of.node.get("num_groups"))] if kind == "group_norm" else []
        epsilon = float(of.node.get("epsilon", 1e-5))
        return of.read_first(find_kind(kind)(*more, scale, shift, epsilon))  # type: ignore[call-arg]

    return make


def _reshape(of: Reader) -> Made | None:
    shape = row_shape(of.result)
    kind = "flatten" if len(shape) == 1 else "reshape"
    op = find_kind(kind)() if kind == "flatten" else find_kind(kind)(shape)  # type: ignore[call-arg]
    return of.read_first(op)


def _transpose(of: Reader) -> Made | None:
    x = of.tensor(0)
    order = list(of.node.get("perm") or reversed(range(x.ndim)))
    dropped = x.ndim - len(row_shape(x))
    inner = tuple(at - dropped for at in order if at >= dropped)
    if same_numbers((x, of.result)):  # only axes of one have moved
        return _reshape(of)
    op = find_kind("transpose")(inner)  # type: ignore[call-arg]
    return of.read_first(op)._replace(own_shape=dropped > 0 and order[0] != 0)


def _gather(of: Reader) -> Made | None:
    weights = of.weights(0)
    if weights is None or weights.ndim != 2 or of.node.get("axis", 0) != 0:
        return None
    if len(of.survey.shape(of.node.inputs[1])) != 1:
        return None
    return Made(find_kind("embedding")(weights), of.node.inputs[1:2])  # type: ignore[call-arg]


_MAKERS: dict[str, Maker] = {
    "Gemm": _gemm,
    "MatMul": _matmul,
    "Conv": conv("conv"),
    "ConvTranspose": conv("conv_transpose", output_padding="output_padding"),
    "Resize": repeated,
    "Upsample": repeated,
    "MaxPool": pool("max_pool", dilation="dilations"),
    "AveragePool": pool("average_pool", count_padding="count_include_pad"),
    "GlobalMaxPool": global_pool("max_pool"),
    "GlobalAveragePool": global_pool("average_pool"),
    "BatchNormalization": _batch_norm,
    "LayerNormalization": _along_last("layer_norm"),
    "RMSNormalization": _along_last("rms_norm"),
    "InstanceNormalization": _by_groups("instance_norm"),
    "GroupNormalization": _by_groups("group_norm"),
    "Reshape": _reshape,
    "Flatten": _reshape,
    "Squeeze": _reshape,
    "Unsqueeze": _reshape,
    "Transpose": _transpose,
    "Gather": _gather,
    **joins.MAKERS,
    **recurrent.MAKERS,
}


def _scaler(of: Reader) -> Made | None:
    channels = of.survey.shape(of.node.inputs[0])[0]
    offset, scale = (
        np.broadcast_to(np.array(of.node.get(key, at), of.dtype), (channels,))
        for key, at in (("offset", (0.0,)), ("scale", (1.0,)))
    )
    ones, zeros = of.like(1.0, channels), of.like(0.0, channels)
    op = find_kind("batch_norm")(offset, ones, scale, zeros, 0.0)  # type: ignore[call-arg]
    return of.read_first(op)


def _regressor(of: Reader) -> Made | None:
    targets = int(of.node.get("targets", 1))
    weights = np.array(of.node.get("coefficients"), of.dtype).reshape(targets, -1)
    bias = np.array(of.node.get("intercepts") or (0.0,) * targets, of.dtype)
    if of.node.get("post_transform", "NONE") != "NONE":
        return None
    return of.read_first(_dense(of, weights, bias, of.node.inputs[0]))


# of the domain ai.onnx.ml
_ML_MAKERS: dict[str, Maker] = {"Scaler": _scaler, "LinearRegressor": _regressor}


def kind_of(survey: Survey, node: Node, dtype: str, name: str) -> Made | None:
    """Return the kind of layer that gives a tensor of a node; None where it is none, or more."""
    makers = _MAKERS if node.domain in ("", "ai.onnx") else _ML_MAKERS
    make = makers.get(node.op)
    if make is None or (name != node.outputs[0] and node.op not in recurrent.MAKERS):
        return None
    named = [survey.values[name] for name in (*node.inputs, *node.outputs) if name]
    if any(value.size == 0 and value.shape != (0,) for value in named):  # a list may have nothing
        return None
    try:
        made = make(Reader(survey, node, dtype, name))
    except NetworkError:  # keys that the kind does not take
        return None
    if made is None or not all(name in survey.live for name in made.reads):
        return None
    return made


def bias_added(op: Op, constant: Array, shape: Shape) -> Op | None:
    """Return an op that adds a constant to what it gives; None where that is no bias of its."""
    key = next((key for key in ("bias", "shift") if key in op.arrays), None)
    if key is None or op.arrays[key].any():
        return None
    each = constant.reshape(constant.shape[1:]) if constant.ndim > len(shape) else constant
    last = op.channels == "last" or len(shape) == 1
    wanted = shape[-1:] if last else (shape[0], *[1] * (len(shape) - 1))
    if each.size == 1:
        each = np.broadcast_to(each.ravel(), op.arrays[key].shape)
    elif each.shape != wanted and not (last and each.ravel().shape == wanted):
        return None
    from dataclasses import replace

    return replace(op, **{key: np.array(each, op.arrays[key].dtype).ravel()})  # type: ignore[type-var]


def same_numbers(a: Sequence[Tensor]) -> bool:
    """Whether two tensors hold the same numbers, in the same order, in whatever dtype."""
    first, second = (np.asarray(each).ravel() for each in a)
    return first.size == second.size and bool(
        np.array_equal(first.astype(np.float64), second.astype(np.float64), equal_nan=True)
    )
