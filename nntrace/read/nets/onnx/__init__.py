"""ONNX models: a protobuf in, a Graph of nodes out, or every problem of the file, a line each.

`onnx` parses the protobuf, and nothing else of it is used: what a model means is decided here, and
no part of a model is run while it is read.
"""

from __future__ import annotations

from pathlib import Path

from nntrace.core.graph.graph import Graph
from nntrace.read.nets.onnx.checks import check_graph
from nntrace.read.nets.onnx.faults import Faults
from nntrace.read.nets.onnx.functions import Functions
from nntrace.read.nets.onnx.graphs import Reader
from nntrace.read.nets.onnx.opsets import check_versions, opsets_of
from nntrace.read.nets.onnx.parse import parse
from nntrace.read.nets.onnx.tensors import Tensors

__all__ = ["read_graph"]


def read_graph(path: str) -> Graph:
    """Read an ONNX model.

    Local functions are put where they are called, initialisers are the graph's constants (inputs
    that have one, too), and nodes are sorted where the file's are not. Raises FileError where the
    file cannot be read, and NetworkError with every problem that it has.
    """
    model = parse(path)
    faults = Faults(path)
    check_versions(model, faults)
    functions = Functions(model, faults)
    tensors = Tensors(Path(path).parent, faults)
    reader = Reader(tensors, functions, faults)
    graph = reader.model(model.graph, opsets_of(model.opset_import))
    faults.tell()
    check_graph(graph, faults)
    faults.tell()
    return graph
