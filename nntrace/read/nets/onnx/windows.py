"""Operators that slide over what they read: convolutions and pools."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from nntrace.core.graph.graph import Node, Tensor
from nntrace.core.op import Shape
from nntrace.core.ops import find_kind
from nntrace.core.ops.channels import one_each
from nntrace.core.ops.windows import Padding, uneven
from nntrace.read.nets.onnx.makers import Made, Maker, Reader
from nntrace.read.nets.onnx.survey import Survey


def _padding(node: Node, read: Tensor, kernel: Shape) -> Padding:
    """Return the key `padding`; where both ends differ in another way than `same` has, both."""
    dimensions = len(kernel)
    auto = node.get("auto_pad", "NOTSET")
    if auto == "VALID":
        return 0
    strides = node.get("strides") or (1,) * dimensions
    if auto in ("SAME_UPPER", "SAME_LOWER"):
        odd = auto == "SAME_UPPER"
        lacks = [
            max(0, (-(-n // s) - 1) * s + d * (k - 1) + 1 - n)
            for n, k, s, d in zip(
                read.shape[2:], kernel, strides, _dilations(node, dimensions), strict=True
            )
        ]
        pads = [lack // 2 if odd else -(-lack // 2) for lack in lacks]
        pads += [lack - pad for lack, pad in zip(lacks, pads, strict=True)]
    else:
        pads = list(node.get("pads") or (0,) * 2 * dimensions)
    before, after = tuple(pads[:dimensions]), tuple(pads[dimensions:])
    if before == after:
        return before
    same = [d * (k - 1) for k, d in zip(kernel, _dilations(node, dimensions), strict=True)]
    halves = tuple(lack // 2 for lack in same), tuple(lack - lack // 2 for lack in same)
    if (before, after) == halves and set(strides) == {1}:
        return "same"
    return tuple(zip(before, after, strict=True))


def _beyond_half(padding: Padding, kernel: Shape) -> Padding:
    """Return padding of a pool; told by its ends where the key `padding` does not take as much."""
    if isinstance(padding, str) or uneven(padding):
        return padding
    each = one_each(padding, len(kernel), "padding")  # type: ignore[arg-type]
    far = any(pad > size // 2 for pad, size in zip(each, kernel, strict=True))
    return tuple((pad, pad) for pad in each) if far else padding


def padded_before(survey: Survey, node: Node) -> Node | None:
    """Return a convolution that reads what a Pad with zeros reads, and pads by itself; None where
    nothing of that kind stands before it."""
    pad = survey.giver.get(node.inputs[0]) if node.op == "Conv" and not node.domain else None
    if pad is None or pad.op != "Pad" or pad.get("mode", "constant") != "constant":
        return None
    if node.get("auto_pad", "NOTSET") not in ("NOTSET", "VALID") or len(survey.lives(pad)) != 1:
        return None
    axes = survey.values[node.inputs[0]].ndim
    told, fill, places = (survey.constant(name) for name in (*pad.inputs[1:], "", "", "")[:3])
    told = pad.get("pads") if told is None else told
    fill = pad.get("value", 0.0) if fill is None else fill
    which = range(axes) if places is None else [int(at) % axes for at in places.ravel()]
    if told is None or np.any(np.asarray(fill) != 0) or len(told) != 2 * len(which):
        return None
    ends = np.zeros((2, axes), int)
    ends[:, list(which)] = np.reshape(told, (2, -1))
    if (ends < 0).any() or ends[:, :2].any():  # cut off, or of rows and channels
        return None
    own = np.reshape(node.get("pads") or (0,) * 2 * (axes - 2), (2, -1))
    pads = tuple((ends[:, 2:] + own).ravel().tolist())
    attributes = {**node.attributes, "pads": pads, "auto_pad": "NOTSET"}
    return replace(node, inputs=(pad.inputs[0], *node.inputs[1:]), attributes=attributes)


def _dilations(node: Node, dimensions: int) -> Shape:
    return tuple(node.get("dilations") or (1,) * dimensions)


def conv(kind: str, **keys: str) -> Maker:
    def make(of: Reader) -> Made | None:
        weights, node = of.weights(1), of.node
        if weights is None or not 3 <= weights.ndim <= 5 or of.tensor(0).shape[0] != 1:
            return None
        inner, groups = weights.ndim - 2, int(node.get("group", 1))
        padding = _padding(node, of.tensor(0), weights.shape[2:])
        channels = of.result.shape[1]
        bias = of.weights(2) if of.given(2) else of.like(0.0, channels)
        if bias is None or node.get("output_shape"):
            return None
        more = {key: node.get(attribute) for key, attribute in keys.items() if node.get(attribute)}
        op = find_kind(kind)(  # type: ignore[call-arg]
            weights,
            bias,
            tuple(node.get("strides") or (1,) * inner),
            padding,
            _dilations(node, inner),
            groups,
            inner,
            **more,
        )
        return of.read_first(op)

    return make


def repeated(of: Reader) -> Made | None:
    """Each number so many times in each dimension: a kernel of ones that lies beside the next."""
    x, y = of.tensor(0), of.result
    if not 3 <= x.ndim <= 5 or x.shape[:2] != y.shape[:2] or x.shape[0] != 1:
        return None
    if of.node.get("mode", "nearest") != "nearest" or any(map(int.__mod__, y.shape, x.shape)):
        return None
    times, channels = tuple(map(int.__floordiv__, y.shape[2:], x.shape[2:])), x.shape[1]
    ones = np.ones((channels, 1, *times), of.dtype)
    op = find_kind("conv_transpose")(  # type: ignore[call-arg]
        ones, of.like(0.0, channels), times, groups=channels, dimensions=len(times)
    )
    return of.read_first(op)


def pool(kind: str, **keys: str) -> Maker:
    def make(of: Reader) -> Made | None:
        node, kernel = of.node, tuple(of.node.get("kernel_shape"))
        padding = _padding(node, of.tensor(0), kernel)
        dilated = set(_dilations(node, len(kernel))) != {1}
        if of.tensor(0).shape[0] != 1 or (dilated and "dilation" not in keys):
            return None
        if len(node.outputs) > 1 and node.outputs[1]:  # where each largest stood
            return None
        padding = _beyond_half(padding, kernel)
        more: dict[str, Any] = {key: node.get(at) for key, at in keys.items() if node.get(at)}
        if "count_padding" in more:
            more["count_padding"] = True
        op = find_kind(kind)(  # type: ignore[call-arg]
            kernel,
            tuple(node.get("strides") or (1,) * len(kernel)),
            padding,
            ceil=bool(node.get("ceil_mode", 0)),
            dimensions=len(kernel),
            **more,
        )
        return of.read_first(op)

    return make


def global_pool(kind: str) -> Maker:
    def make(of: Reader) -> Made | None:
        lengths = of.tensor(0).shape[2:]
        if of.tensor(0).shape[0] != 1:
            return None
        if of.read_flat:
            return of.read_first(find_kind(f"global_{kind}")(len(lengths)))  # type: ignore[call-arg]
        # which leaves the axes there, each of one
        return of.read_first(find_kind(kind)(lengths, dimensions=len(lengths)))  # type: ignore[call-arg]

    return make
