"""Operators that slide over what they read: convolutions and pools."""

from __future__ import annotations

from typing import Any

from nntrace.core.graph.graph import Node, Tensor
from nntrace.core.op import Shape
from nntrace.core.ops import find_kind
from nntrace.core.ops.channels import one_each
from nntrace.core.ops.windows import Padding, uneven
from nntrace.read.nets.onnx.makers import Made, Maker, Reader


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
