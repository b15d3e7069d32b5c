"""An ONNX model as a net: its graph, seen as layers."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import numpy as np

from nntrace.core.graph.graph import Graph
from nntrace.core.graph.model import Engine, Model
from nntrace.core.graph.nets import network_of
from nntrace.core.graph.run import run
from nntrace.core.network import Network
from nntrace.errors import InputError, NetworkError, Problem
from nntrace.read.nets.onnx import read_graph
from nntrace.read.nets.onnx.estimators import spelt_out
from nntrace.read.nets.onnx.sizes import Search
from nntrace.read.nets.onnx.view import see


def load_model(
    path: str, *, nodes: bool = False, dtype: str | None = None, engine: str | None = None
) -> Network:
    """Read an ONNX model as a net.

    With `nodes` every node is a layer. `dtype` runs every float of it in float64, float32 or
    float16; `engine` is what computes its tensors, numpy or onnxruntime. Raises FileError where it
    cannot be read, NetworkError with every problem that it has.
    """
    graph = read_graph(path)
    if dtype is not None:
        graph = graph.as_dtype(dtype)
    return net_of(graph, Path(path).stem, path, nodes=nodes, engine=_engine(engine))


def _engine(name: str | None) -> Engine:
    if name != "onnxruntime":
        return run
    from nntrace.read.nets.onnx.second import run_onnxruntime

    return run_onnxruntime


def net_of(
    graph: Graph, name: str, source: str, *, nodes: bool = False, engine: Engine = run
) -> Network:
    """Return a graph as a net; NetworkError, told of its source, where it does not run."""
    if not graph.inputs:
        raise NetworkError(Problem("has no inputs", (), source))
    graph = graph if nodes else spelt_out(graph)
    dtype = computing_dtype(graph)
    view = partial(see, dtype=dtype, nodes=nodes)
    try:
        model = Search(graph).first_that_runs(lambda at: Model.of(graph, view, at, engine))
        return network_of(name, model, dtype)
    except InputError as error:
        raise NetworkError(Problem(f"does not run: {error}", (), source)) from error


def computing_dtype(graph: Graph) -> str:
    """Return the dtype that a graph computes in: float64 where an input or an array of it is of
    that, else float32, which holds what is narrower."""
    dtypes = [each.dtype for each in graph.inputs]
    dtypes += [value.dtype for value in graph.constants.values() if value.size > 1]
    return "float64" if np.dtype(np.float64) in dtypes else "float32"
