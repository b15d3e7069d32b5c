"""The second opinion: every tensor of a graph as onnxruntime computes it.

Its graph optimiser is off, every tensor that a node gives is an output, and it runs in one thread.
A graph inside a node is run once more by itself, on what onnxruntime computed around it, since no
tensor inside one can be an output.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator, Mapping, Sequence
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np

from nntrace.core.graph.control import CONTROL
from nntrace.core.graph.graph import Graph, Node, Tensor
from nntrace.core.graph.protobuf import model_of
from nntrace.core.graph.run import Change, Computed, check
from nntrace.errors import FileError, InputError, UsageError

_FATAL = 4  # its own log says nothing below that
_Dtypes = tuple[tuple[str, str], ...]
# by the dtypes of what the graph is given, which for graphs inside nodes only a pass tells
_SESSIONS: WeakKeyDictionary[Graph, dict[_Dtypes, Any]] = WeakKeyDictionary()


def run_onnxruntime(
    graph: Graph, feeds: Mapping[str, Tensor], changes: Mapping[str, Change] | None = None
) -> Iterator[Computed]:
    """Yield every tensor that the nodes give, in the order of the pass, as `core.graph.run` does.

    Raises UsageError where something is set by hand, InputError where inputs do not fit or
    onnxruntime refuses the model, and FileError where it is not installed.
    """
    if changes:
        raise UsageError("--engine onnxruntime: takes no numbers that are set, --engine numpy does")
    check(graph.inputs, graph.constants, feeds)
    yield from _pass(graph, dict(feeds), {}, "")


def _pass(
    graph: Graph, given: Mapping[str, Tensor], around: Mapping[str, Tensor], path: str
) -> Generator[Computed, None, list[Tensor]]:
    """Yield what the nodes of a graph give; return its outputs, in order.

    `given` are its inputs, and what it reads of the graphs around it as far as that was computed;
    `around` are constants there.
    """
    constants = {**around, **graph.constants}
    values = {**constants, **given, **_computed(graph, given, constants)}
    for node in graph.nodes:
        if node.op in CONTROL and not node.domain:

            def inside(
                attribute: str, inputs: Sequence[Tensor], place: str, node: Any = node
            ) -> Generator[Computed, None, list[Tensor]]:
                inner: Graph = node.attributes[attribute]
                names = (declared.name for declared in inner.inputs)
                own = dict(zip(names, inputs, strict=True))
                read = [name for name in inner.outer if name not in constants]
                fixed = {name: constants[name] for name in inner.outer if name in constants}
                own |= {name: values[name] for name in read}
                return (yield from _pass(inner, own, fixed, f"{path}{node.name}/{place}/"))

            inputs = [values[name] if name else None for name in node.inputs]
            yield from CONTROL[node.op](node, inputs, inside)
        for name in node.outputs:
            if name:
                yield Computed(path + name, values[name], node)
    return [values[output.name] for output in graph.outputs]


def _computed(
    graph: Graph, given: Mapping[str, Tensor], constants: Mapping[str, Tensor]
) -> dict[str, Tensor]:
    """Return every tensor that the nodes of a graph give."""
    givers = {name: node for node in graph.nodes for name in node.outputs if name}
    names = list(givers)
    if not names:
        return {}
    sessions = _SESSIONS.setdefault(graph, {})
    key = tuple((name, value.dtype.name) for name, value in given.items())
    try:
        if key not in sessions:
            sessions[key] = _session(graph, given, constants)
        results = sessions[key].run(names, {name: np.asarray(v) for name, v in given.items()})
    except (FileError, InputError):
        raise
    except Exception as error:  # onnxruntime's own kinds have nothing else in common
        told = " ".join(str(error).split())
        raise InputError(f"onnxruntime cannot run the model: {told}") from error
    return {name: _tensor(value, givers[name]) for name, value in zip(names, results, strict=True)}


def _session(graph: Graph, given: Mapping[str, Tensor], constants: Mapping[str, Tensor]) -> Any:
    """Return what runs a graph in onnxruntime."""
    try:
        import onnxruntime
    except ImportError:
        message = "--engine onnxruntime needs that extra: pip install 'nntrace[onnxruntime]'"
        raise FileError(message) from None
    model, held = model_of(graph, given, constants)
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = _FATAL
    values = [
        onnxruntime.OrtValue.ortvalue_from_numpy(np.ascontiguousarray(value))
        for value in held.values()
    ]
    options.add_external_initializers(list(held), values)
    return onnxruntime.InferenceSession(
        model.SerializeToString(), options, providers=["CPUExecutionProvider"]
    )


def _tensor(value: Any, node: Node) -> Tensor:
    """Return a result as an array; of a map a row, as ZipMap gives, what its labels stand for."""
    if isinstance(value, list):
        labels = node.get("classlabels_strings") or node.get("classlabels_int64s")
        return np.array([[row[label] for label in labels] for row in value], np.float32)
    return np.asarray(value)
