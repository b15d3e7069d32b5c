"""A Graph → a ModelProto: a file, or one that gives every tensor, for another engine to compute.

`onnx` builds the protobuf, and is loaded when there is one to build.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from nntrace.core.graph.dtypes import CODES, STRING
from nntrace.core.graph.graph import UNTYPED, Dim, Graph, Node, Tensor
from nntrace.errors import FileError, UsageError

# version of the format by the newest operator set: https://onnx.ai/onnx/repo-docs/Versioning.html
_IR_VERSIONS = ((20, 9), (21, 10), (22, 10), (23, 11), (24, 12), (25, 13))
_ML = "ai.onnx.ml"
_OLDER = 8
_LATEST = 14
LARGEST = 2**31  # bytes of a protobuf
LARGEST_INLINE = 2**16  # bytes of a constant that stands in the protobuf itself


class Held(dict[str, Tensor]):
    """Constants that are too large for the protobuf, by name: given to the engine beside it."""


def model_of(
    graph: Graph, given: Mapping[str, Tensor], constants: Mapping[str, Tensor]
) -> tuple[Any, Held]:
    """Return a model of a graph whose outputs are all tensors that its nodes give, in order.

    Its inputs are those that are `given`, with their dtypes and of any shape, and `constants` are
    tensors that its nodes read, its own and those of graphs around it. Large constants are left
    out, and returned beside it.
    """
    model, held = _begun(graph), Held()
    proto = model.graph
    proto.name = graph.name or "graph"
    for name, value in given.items():
        entry = proto.input.add()
        entry.name = name
        entry.type.tensor_type.elem_type = _code(value.dtype)
    for name, value in constants.items():
        _write_constant(proto.initializer.add(), name, value, held)
    for node in graph.nodes:
        _write_node(proto.node.add(), node)
        for name in node.outputs:
            if name:
                proto.output.add().name = name
    return model, held


def file_of(graph: Graph) -> bytes:
    """Return a graph as the bytes of a model.

    Raises FileError where `onnx` is not installed, UsageError where it takes more than the 2 GiB
    that a protobuf has room for.
    """
    model = _begun(graph)
    model.producer_name = "nntrace"
    _write_graph(model.graph, graph)
    if model.ByteSize() >= LARGEST:
        raise UsageError("takes more than 2 GiB, which no ONNX model without files beside it holds")
    data: bytes = model.SerializeToString(deterministic=True)
    return data


def _begun(graph: Graph) -> Any:
    """Return a model of no graph yet, with the versions that this one needs."""
    try:
        from onnx import ModelProto
    except ImportError:
        raise FileError("an ONNX model needs the onnx extra: pip install 'nntrace[onnx]'") from None

    model = ModelProto()
    opsets = dict(_opsets(graph.nodes))
    opsets.setdefault("", 13)  # no node is of it
    for domain, version in opsets.items():
        entry = model.opset_import.add()
        entry.domain, entry.version = domain, version
    newest = opsets[""]
    later = (ir for opset, ir in _IR_VERSIONS if newest <= opset)
    model.ir_version = _OLDER if newest < 20 else next(later, _LATEST)
    return model


def _opsets(nodes: Iterable[Node]) -> Iterable[tuple[str, int]]:
    for node in nodes:
        yield node.domain, node.version
        for _, inner in node.graphs:
            yield from _opsets(inner.nodes)


def _write_node(proto: Any, node: Node) -> None:
    proto.name, proto.op_type, proto.domain = node.name, node.op, node.domain
    proto.input.extend(node.inputs)
    if node.domain == _ML:  # no output of its operators may be left out, read or not
        first = next(filter(None, node.outputs))
        proto.output.extend(
            name or f"{first}.unread.{place}" for place, name in enumerate(node.outputs)
        )
    else:
        proto.output.extend(node.outputs)
    for name, value in node.attributes.items():
        attribute = proto.attribute.add()
        attribute.name = "value" if name == "sparse_value" else name  # it is written out in full
        _write_attribute(attribute, value)


def _write_attribute(proto: Any, value: Any) -> None:
    """Write one value; the numbers of types are AttributeProto's."""
    if isinstance(value, Graph):
        proto.type = 5
        _write_graph(proto.g, value)
    elif isinstance(value, np.ndarray):
        proto.type = 4
        _write_tensor(proto.t, value)
    elif isinstance(value, float):
        proto.type, proto.f = 1, value
    elif isinstance(value, int):
        proto.type, proto.i = 2, value
    elif isinstance(value, str):
        proto.type, proto.s = 3, value.encode()
    elif value and isinstance(value[0], float):
        proto.type = 6
        proto.floats.extend(value)
    elif value and isinstance(value[0], str):
        proto.type = 8
        proto.strings.extend(text.encode() for text in value)
    else:
        proto.type = 7
        proto.ints.extend(value)


def _write_graph(proto: Any, graph: Graph) -> None:
    """Write a graph as it is."""
    proto.name = graph.name or "graph"
    for entries, declared in ((proto.input, graph.inputs), (proto.output, graph.outputs)):
        for each in declared:
            entry = entries.add()
            entry.name = each.name
            if each.dtype != UNTYPED:
                entry.type.tensor_type.elem_type = _code(each.dtype)
            if each.shape is not None:
                _write_shape(entry.type.tensor_type.shape, each.shape)
    for name, value in graph.constants.items():
        _write_tensor(proto.initializer.add(), value)
        proto.initializer[-1].name = name
    for node in graph.nodes:
        _write_node(proto.node.add(), node)


def _write_shape(proto: Any, shape: Iterable[Dim]) -> None:
    proto.SetInParent()  # a shape of no dimensions is there, too
    for length in shape:
        dim = proto.dim.add()
        if isinstance(length, int):
            dim.dim_value = length
        elif length is not None:
            dim.dim_param = length


def _write_constant(proto: Any, name: str, value: Tensor, held: Held) -> None:
    if value.nbytes <= LARGEST_INLINE or value.dtype.kind == "U":
        _write_tensor(proto, value)
        proto.name = name
        return
    proto.name, proto.data_type = name, _code(value.dtype)
    proto.dims.extend(value.shape)
    proto.data_location = 1  # external
    entry = proto.external_data.add()
    entry.key, entry.value = "location", name
    held[name] = value


def _write_tensor(proto: Any, value: Tensor) -> None:
    if value.dtype.kind in "UO":
        proto.data_type = STRING
        proto.dims.extend(value.shape)
        proto.string_data.extend(str(text).encode() for text in value.ravel())
        return
    from onnx import numpy_helper

    proto.CopyFrom(numpy_helper.from_array(np.ascontiguousarray(value).reshape(value.shape)))


def _code(dtype: np.dtype[Any]) -> int:
    return STRING if dtype.kind in "UO" else CODES[dtype.name]
