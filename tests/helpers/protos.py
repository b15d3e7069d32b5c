"""Graphs out of models of the package onnx, made here and not by nntrace's reader of files."""

import numpy as np
import onnx
from onnx import AttributeProto, numpy_helper

from nntrace.core.graph.graph import Declared, Graph, Node


class Unsaid(Exception):
    """A model has what no graph of nntrace holds; the words say what."""


def graph_of(model):
    versions = {each.domain or "ai.onnx": each.version for each in model.opset_import}
    return read_graph(model.graph, versions)


def read_graph(proto, versions):
    constants = {each.name: tensor_of(each) for each in proto.initializer}
    return Graph(
        proto.name,
        tuple(declared(each) for each in proto.input if each.name not in constants),
        tuple(node_of(each, versions) for each in proto.node),
        tuple(declared(each) for each in proto.output),
        constants,
    )


def declared(value):
    kind = value.type.WhichOneof("value")
    if kind is None:  # an output may leave it to be found out
        return Declared(value.name, np.dtype(np.float32), None)
    if kind != "tensor_type":
        raise Unsaid(f"{kind.removesuffix('_type').replace('_', ' ')}s")
    tensor = value.type.tensor_type
    shape = None
    if tensor.HasField("shape"):
        shape = tuple(d.dim_param or (d.dim_value or None) for d in tensor.shape.dim)
    code = tensor.elem_type
    dtype = onnx.helper.tensor_dtype_to_np_dtype(code) if code else np.dtype(np.float32)
    return Declared(value.name, dtype, shape)


def node_of(node, versions):
    domain = node.domain or "ai.onnx"
    if domain not in versions:
        raise Unsaid(f"operators of {domain}")
    return Node(
        node.name or (node.output[0] if node.output else node.op_type),
        node.op_type,
        tuple(node.input),
        tuple(node.output),
        {each.name: attribute_of(each, versions) for each in node.attribute},
        versions[domain],
        "" if domain == "ai.onnx" else domain,
    )


def attribute_of(attribute, versions):
    kind = attribute.type
    if kind == AttributeProto.GRAPH:
        return read_graph(attribute.g, versions)
    if kind == AttributeProto.TENSOR:
        return tensor_of(attribute.t)
    if kind == AttributeProto.SPARSE_TENSOR:
        return dense(attribute.sparse_tensor)
    if kind == AttributeProto.STRING:
        return attribute.s.decode()
    if kind == AttributeProto.STRINGS:
        return tuple(each.decode() for each in attribute.strings)
    value = onnx.helper.get_attribute_value(attribute)
    return tuple(value) if isinstance(value, list) else value


def dense(sparse):
    values = tensor_of(sparse.values)
    result = np.zeros(tuple(sparse.dims), values.dtype)
    places = tensor_of(sparse.indices)
    if places.ndim == 1:
        result.reshape(-1)[places] = values
    else:
        result[tuple(places.T)] = values
    return result


def array_of(value):
    """Return what a case gives or expects as an array: it may be a TensorProto, or a number."""
    return tensor_of(value) if isinstance(value, onnx.TensorProto) else np.asarray(value)


def tensor_of(proto):
    if proto.data_type == onnx.TensorProto.STRING:
        return np.array([each.decode() for each in proto.string_data], object).reshape(proto.dims)
    return numpy_helper.to_array(proto)
