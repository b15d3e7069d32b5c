"""A net as a graph of ONNX's operators: a function for each kind of layer.

A layer's a is the tensor of its name, and its z, where an activation follows, that name with `.z`.
The first axis of every tensor counts rows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from nntrace.core.graph.graph import Declared, Dim, Graph
from nntrace.core.network import Network
from nntrace.core.op import Shape
from nntrace.errors import Problem, UsageError
from nntrace.write.nets import sequences
from nntrace.write.nets.activated import WRITERS
from nntrace.write.nets.builder import Builder
from nntrace.write.nets.written import Written

ROWS, TOKENS = "rows", "tokens"


def graph_of(network: Network) -> Graph:
    """Return a net as a graph; UsageError with everything of it that ONNX cannot say."""
    problems = list(_unsayable(network))
    if problems:
        raise UsageError(problems)
    spec, dims = network.input, tuple[Dim, ...](network.input.row)
    to = Builder(network.dtype, _whole(network))
    kind = np.dtype(np.int64 if to.whole else network.dtype)
    declared = Declared("input", kind, (ROWS, TOKENS) if spec.varies else (ROWS, *dims))
    named = {"input": _scaled(to, network)}
    for layer in network.layers:
        reads = tuple(named[name] for name in layer.reads)
        shapes = tuple(network.shape(name) for name in layer.reads)
        plain = layer.activation.kind.identity
        z = layer.name if plain else f"{layer.name}.z"
        _KINDS[layer.kind](Written(to, layer, reads, shapes, z))
        if not plain:
            writer = WRITERS[layer.activation.name]
            writer(to, layer, z, layer.name, layer.activation.parameters)
        named[layer.name] = layer.name
    output = network.output
    dims = tuple(TOKENS if size is None else size for size in network.open_shape(output.name))
    given = Declared(output.name, np.dtype(network.dtype), (ROWS, *dims))
    return Graph(network.name, (declared,), tuple(to.nodes), (given,), to.constants)


def _whole(network: Network) -> bool:
    """Whether the input is of tokens alone, which ONNX takes as whole numbers."""
    read = [_KINDS[layer.kind] for layer in network.layers if "input" in layer.reads]
    return network.input.varies or (
        not network.input.normalised
        and bool(read)
        and all(each is sequences.embedding for each in read)
    )


def _unsayable(network: Network) -> Iterator[Problem]:
    for index, layer in enumerate(network.layers):
        if layer.kind not in _KINDS:
            yield Problem(
                f"is of kind {layer.kind}, which is not written as ONNX", ("layers", index)
            )
        activation = layer.activation
        if not activation.kind.identity and activation.name not in WRITERS:
            told = f"has the activation {activation.name}, which is not written as ONNX"
            yield Problem(told, ("layers", index))
        if layer.name == "input":
            yield Problem("is called as the input is", ("layers", index))


def _scaled(to: Builder, network: Network) -> str:
    """Write how the input is scaled; return the tensor that the first layer reads."""
    name = "input"
    shape = network.input.row
    for op, key in (("Sub", "mean"), ("Div", "std")):
        values = getattr(network.input, key)
        if values is not None:
            held = values.reshape(shape) if values.ndim else values
            name = to.node(op, [name, to.constant(f"input.{key}", held)], f"input.less_{key}"
                           if key == "mean" else "input.scaled")  # fmt: skip
    return name


def _dense(w: Written) -> None:
    if w.op.axis == "last":
        together = w.node("Concat", w.reads, "read", axis=-1) if len(w.reads) > 1 else w.reads[0]
        product = w.node("MatMul", [together, w.array("weights", w.op.weights.T)], "product")
        w.node("Add", [product, w.array("bias")])
        return
    flat = [
        name if len(shape) == 1 else w.to.node("Flatten", [name], f"{w.layer.name}.flat{at}")
        for at, (name, shape) in enumerate(zip(w.reads, w.shapes, strict=True))
    ]
    together = w.node("Concat", flat, "read", axis=1) if len(flat) > 1 else flat[0]
    w.node("Gemm", [together, w.array("weights"), w.array("bias")], transB=1)


def _slid(op: Any, inner: int) -> dict[str, Any]:
    """Return the attributes that say how a kernel slides."""
    windows = op.windows if not callable(op.windows) else op.windows(inner)
    return {
        "kernel_shape": windows.kernel,
        "strides": windows.stride,
        "pads": (*windows.before, *windows.after),
        "dilations": windows.dilation,
    }


def _conv(operator: str) -> Callable[[Written], None]:
    def write(w: Written) -> None:
        inner = w.op.inner
        more: dict[str, Any] = {}
        if operator == "ConvTranspose" and np.any(w.op.output_padding):
            more["output_padding"] = tuple(np.broadcast_to(w.op.output_padding, inner).tolist())
        w.node(
            operator,
            [w.with_channels(inner), w.array("weights"), w.array("bias")],
            group=w.op.groups,
            **_slid(w.op, inner),
            **more,
        )

    return write


def _pool(operator: str) -> Callable[[Written], None]:
    def write(w: Written) -> None:
        inner = len(w.layer.shape) - 1
        keys, ceil = _slid(w.op, inner), w.op.ceil
        if ceil and not getattr(w.op, "count_padding", False):
            # which windows count then, not all agree on: as padding they do
            keys["pads"], ceil = _reaching_over(w, inner), False
        if operator == "AveragePool":
            keys["count_include_pad"] = int(w.op.count_padding)
            del keys["dilations"]
        w.node(operator, [w.with_channels(inner)], ceil_mode=int(ceil), **keys)

    return write


def _reaching_over(w: Written, inner: int) -> Shape:
    """Return the padding of a pool whose last windows reach over the end."""
    windows, lengths = w.op.windows(inner), w.shapes[0][-inner:]
    ends = [
        max(after, (count - 1) * stride + span - before - length)
        for count, stride, span, before, after, length in zip(
            w.layer.shape[1:], windows.stride, windows.spans, windows.before, windows.after,
            lengths, strict=True,
        )
    ]  # fmt: skip
    return (*windows.before, *ends)


def _global_pool(operator: str) -> Callable[[Written], None]:
    def write(w: Written) -> None:
        pooled = w.node(operator, [w.with_channels(w.op.dimensions)], "pooled")
        w.node("Flatten", [pooled])

    return write


def _batch_norm(w: Written) -> None:
    arrays = [w.array(key) for key in ("scale", "shift", "mean", "variance")]
    read = w.with_channels(w.op.dimensions)
    w.node("BatchNormalization", [read, *arrays], epsilon=w.op.epsilon)


def _layer_norm(w: Written) -> None:
    arrays = [w.array("scale"), w.array("shift")]
    read, perm = _axis_last(w)
    keys = {"axis": -1, "epsilon": w.op.epsilon}
    _turned_back(w, perm, "LayerNormalization", [read, *arrays], **keys)


def _axis_last(w: Written) -> tuple[str, Shape | None]:
    """Return what is read with the axis of a norm behind all others, and how it was turned."""
    rank = len(w.shapes[0])
    axis = w.op.axis % rank + 1
    if axis == rank:
        return w.reads[0], None
    perm = (*(at for at in range(rank + 1) if at != axis), axis)
    return w.node("Transpose", [w.reads[0]], "turned", perm=perm), perm


def _turned_back(
    w: Written, perm: Shape | None, op: str, inputs: Sequence[str], **keys: Any
) -> None:
    """Add the node that gives z, and turn what it gives as it was before it was turned."""
    if perm is None:
        w.node(op, inputs, **keys)
        return
    given = w.node(op, inputs, "normalised", **keys)
    w.node("Transpose", [given], perm=tuple(np.argsort(perm).tolist()))


def _rms_norm(w: Written) -> None:
    x, perm = _axis_last(w)
    square = w.node("Mul", [x, x], "square")
    axes = w.to.integers(w.part("axes"), -1)
    mean = w.node("ReduceMean", [square, axes], "mean_square", keepdims=1)
    epsilon = w.to.constant(w.part("epsilon"), np.asarray(w.op.epsilon, w.to.dtype))
    root = w.node("Sqrt", [w.node("Add", [mean, epsilon], "over_zero")], "root")
    unit = w.node("Div", [x, root], "unit")
    _turned_back(w, perm, "Mul", [unit, w.array("scale")])


def _group_norm(w: Written) -> None:
    read = w.with_channels(w.op.dimensions)
    arrays = [w.array("scale"), w.array("shift")]
    keys = {"num_groups": w.op.groups, "epsilon": w.op.epsilon}
    w.node("GroupNormalization", [read, *arrays], **keys)


def _instance_norm(w: Written) -> None:
    read = w.with_channels(w.op.dimensions)
    arrays = [w.array("scale"), w.array("shift")]
    w.node("InstanceNormalization", [read, *arrays], epsilon=w.op.epsilon)


def _elementwise(operator: str) -> Callable[[Written], None]:
    def write(w: Written) -> None:
        first, *others = w.reads
        for at, name in enumerate(others[:-1]):
            first = w.node(operator, [first, name], f"first{at + 2}")
        w.node(operator, [first, others[-1]])

    return write


def _concat(w: Written) -> None:
    axis = w.op.axis
    w.node("Concat", w.reads, axis=axis + 1 if axis >= 0 else axis)


def _flatten(w: Written) -> None:
    w.node("Flatten", [w.reads[0]])


def _reshape(w: Written) -> None:
    shape = w.to.integers(w.part("shape"), 0, *w.layer.shape)
    w.node("Reshape", [w.reads[0], shape])


def _transpose(w: Written) -> None:
    rank = len(w.shapes[0])
    w.node("Transpose", [w.reads[0]], perm=(0, *(at % rank + 1 for at in w.op.order)))


def _reduce(w: Written) -> None:
    rank = len(w.shapes[0])
    given = (w.op.axis,) if isinstance(w.op.axis, int) else w.op.axis
    axes = w.to.integers(w.part("axes"), *(at % rank + 1 for at in given))
    operator = {"mean": "ReduceMean", "max": "ReduceMax", "min": "ReduceMin", "sum": "ReduceSum"}
    if len(given) < rank:
        w.node(operator[w.op.how], [w.reads[0], axes], keepdims=0)
        return
    one = w.node(operator[w.op.how], [w.reads[0], axes], "one", keepdims=0)  # which has no axis
    w.node("Unsqueeze", [one, w.to.integers(w.part("last"), 1)])


_KINDS: dict[str, Callable[[Written], None]] = {
    "dense": _dense,
    "conv": _conv("Conv"),
    "conv_transpose": _conv("ConvTranspose"),
    "max_pool": _pool("MaxPool"),
    "average_pool": _pool("AveragePool"),
    "global_max_pool": _global_pool("GlobalMaxPool"),
    "global_average_pool": _global_pool("GlobalAveragePool"),
    "batch_norm": _batch_norm,
    "layer_norm": _layer_norm,
    "rms_norm": _rms_norm,
    "group_norm": _group_norm,
    "instance_norm": _instance_norm,
    "add": _elementwise("Add"),
    "subtract": _elementwise("Sub"),
    "multiply": _elementwise("Mul"),
    "concat": _concat,
    "flatten": _flatten,
    "reshape": _reshape,
    "transpose": _transpose,
    "reduce": _reduce,
    "embedding": sequences.embedding,
    "positions": sequences.positions,
    "scores": sequences.scores,
    "mix": sequences.mix,
    "lstm": sequences.recurrent("LSTM", (0, 3, 1, 2)),
    "gru": sequences.recurrent("GRU", (1, 0, 2), linear_before_reset=1),
}
