"""An ONNX model as a net: its graph, seen as layers."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from nntrace.core.graph.graph import Declared, Graph, Tensor
from nntrace.core.graph.model import Model, made
from nntrace.core.network import Network
from nntrace.errors import InputError, NetworkError, Problem
from nntrace.read.nets.onnx import read_graph
from nntrace.read.nets.onnx.view import see

TRIED = (1, 2, 8, 64, 512, 4096)  # for free dimensions, the first of a tensor's, the batch's, apart


def load_model(path: str, *, nodes: bool = False, dtype: str | None = None) -> Network:
    """Read an ONNX model as a net.

    With `nodes` every node is a layer. `dtype` runs every float of it in float64, float32 or
    float16. Raises FileError where it cannot be read, NetworkError with every problem that it has.
    """
    graph = read_graph(path)
    if dtype is not None:
        graph = graph.as_dtype(dtype)
    return net_of(graph, Path(path).stem, path, nodes=nodes)


def net_of(graph: Graph, name: str, source: str, *, nodes: bool = False) -> Network:
    """Return a graph as a net; NetworkError, told of its source, where it does not run."""
    if not graph.inputs:
        raise NetworkError(Problem("has no inputs", (), source))
    held = rows_dtype(graph)
    view = partial(see, dtype=_weights_dtype(graph), nodes=nodes)
    fault: InputError | None = None
    for size in TRIED if any(_free(each) for each in graph.inputs) else TRIED[:1]:
        try:
            model = Model.of(graph, view, made_feeds(graph.inputs, size=size))
            return Network.of_model(name, model, held)
        except InputError as error:
            fault = fault or error
    raise NetworkError(Problem(f"does not run: {fault}", (), source)) from fault


def _free(declared: Declared) -> bool:
    return any(not isinstance(size, int) for size in (declared.shape or ())[1:])


def made_feeds(
    inputs: tuple[Declared, ...], how: str = "random", seed: int = 0, size: int = 1
) -> Mapping[str, Tensor]:
    """Make every input; a free first dimension is 1, another one `size`."""
    return {
        each.name: made(each, fixed(each, size), how, seed + place)
        for place, each in enumerate(inputs)
    }


def fixed(declared: Declared, size: int = 1) -> tuple[int, ...]:
    """Return a shape without free dimensions: the first one is 1, another `size`."""
    return tuple(
        each if isinstance(each, int) else size if place else 1
        for place, each in enumerate(declared.shape or ())
    )


def rows_dtype(graph: Graph) -> str:
    """Return the dtype that holds a row exactly: float64 beside integers."""
    kinds = {np.dtype(each.dtype) for each in graph.inputs}
    narrow = all(kind.itemsize <= 4 and kind.kind in "fV" for kind in kinds)
    return "float32" if narrow else "float64"


def _weights_dtype(graph: Graph) -> str:
    """Return the dtype of what is said of layers: float64 where the graph computes in it."""
    floats: Any = [value.dtype for value in graph.constants.values() if value.dtype.kind == "f"]
    return "float64" if floats and max(each.itemsize for each in floats) > 4 else "float32"
