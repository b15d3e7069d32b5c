"""GraphProto → Graph: names, nodes, attributes, what is declared, and graphs inside nodes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from nntrace.core.graph.control import CONTROL
from nntrace.core.graph.graph import UNTYPED, Declared, Dim, Graph, Node, Tensor
from nntrace.core.graph.operators import find_operator
from nntrace.errors import NetworkError
from nntrace.read.nets.onnx.attributes import attribute_type, plain_attribute
from nntrace.read.nets.onnx.faults import Faults
from nntrace.read.nets.onnx.functions import DEEPEST, Functions
from nntrace.read.nets.onnx.opsets import domain_of, opsets_of
from nntrace.read.nets.onnx.order import in_order
from nntrace.read.nets.onnx.tensors import Tensors, known_dtype
from nntrace.words import cropped


@dataclass(frozen=True)
class Scope:
    """Where nodes stand: the operator sets that hold, and what names mean there.

    Inside a function, `names` gives the caller's names for the function's own, every other name
    begins with `prefix`, and `attributes` are the caller's. `visible` are the names of the graphs
    around.
    """

    opsets: Mapping[str, int]
    prefix: str = ""
    names: Mapping[str, str] | None = None
    attributes: Mapping[str, Any] = field(default_factory=dict)
    calls: tuple[Any, ...] = ()
    visible: tuple[Set[str], ...] = ()

    def name(self, name: str) -> str:
        """Return what a tensor is called in the graph."""
        if self.names is None or not name:
            return name
        found = self.names.get(name)
        return self.prefix + name if found is None else found

    def sees(self, name: str) -> bool:
        """Whether a graph around has a tensor of that name."""
        return any(name in names for names in self.visible)


class Reader:
    """Reads the graphs of one model."""

    def __init__(self, tensors: Tensors, functions: Functions, faults: Faults) -> None:
        self._tensors = tensors
        self._functions = functions
        self._faults = faults
        self._operators: dict[tuple[str, str], str] = {}  # what is wrong with each

    def model(self, graph: Any, opsets: Mapping[str, int]) -> Graph:
        """Return the graph of a model."""
        return self._graph(graph, Scope(opsets), "")

    def _graph(self, graph: Any, scope: Scope, where: str) -> Graph:
        """Return a graph; `where` begins what is said of its inputs, outputs and initialisers."""
        faults = self._faults
        faults.check_texts(graph.name)
        constants: dict[str, Tensor] = {}
        for tensor in graph.initializer:
            faults.check_texts(tensor.name)
            name = scope.name(tensor.name)
            called = f"{where}initialiser '{cropped(tensor.name)}'"
            if name in constants:
                faults.add(f"{called}: is given twice")
            constants[name] = self._tensors.dense(tensor, called)
        for sparse in graph.sparse_initializer:
            faults.check_texts(sparse.values.name)
            name = scope.name(sparse.values.name)
            called = f"{where}initialiser '{cropped(sparse.values.name)}'"
            if name in constants:
                faults.add(f"{called}: is given twice")
            constants[name] = self._tensors.sparse(sparse, called)
        inputs: dict[str, Declared] = {}
        for value in graph.input:
            faults.check_texts(value.name)
            called = f"{where}input '{cropped(value.name)}'"
            name = scope.name(value.name)
            if name in inputs:
                faults.add(f"{called}: is given twice")
            if name not in constants:
                inputs[name] = self._declared(value, name, called, inner=bool(where))
        names = {*inputs, *constants}
        within = replace(scope, visible=(*scope.visible, names, _given_in(graph, scope)))
        nodes = self._nodes(graph.node, within)
        for node in nodes:
            for name in node.outputs:
                if name in names:
                    faults.add(f"gives '{cropped(name)}', which is there already", node)
                if name:
                    names.add(name)
        for node in nodes:
            for name in dict.fromkeys(node.inputs):  # graphs inside have told of theirs
                if name and name not in names and not scope.sees(name):
                    faults.add(f"reads '{cropped(name)}', which nothing gives", node)
        outputs = []
        for value in graph.output:
            faults.check_texts(value.name)
            name = scope.name(value.name)
            called = f"{where}output '{cropped(value.name)}'"
            outputs.append(self._declared(value, name, called, inner=bool(where), output=True))
            if name not in names and not scope.sees(name):
                faults.add(f"{called}: nothing gives it")
        if not outputs and not where:
            faults.add("has no output")
        return Graph(
            graph.name, tuple(inputs.values()), in_order(nodes, faults), tuple(outputs), constants
        )

    def _declared(
        self, value: Any, name: str, called: str, *, inner: bool, output: bool = False
    ) -> Declared:
        """Return an input or output; inside a node its type may be left out."""
        kind = value.type.WhichOneof("value")
        unknown = Declared(name, UNTYPED if inner else np.dtype(np.float32), None)
        if kind is None:
            if not inner:
                self._faults.add(f"{called}: has no type")
            return unknown
        if (
            kind == "sequence_type"
            and output
            and value.type.sequence_type.elem_type.HasField("map_type")
        ):
            return unknown  # what ZipMap gives: a map a row, of which the numbers are kept
        if kind != "tensor_type":
            if not inner or kind not in ("optional_type", "sequence_type"):
                what = kind.removesuffix("_type").replace("_", " ")
                self._faults.add(f"{called}: holds {what}s, nntrace computes dense tensors alone")
            return unknown
        tensor = value.type.tensor_type
        if inner and not tensor.elem_type:
            return unknown
        try:
            dtype = known_dtype(tensor.elem_type)
        except ValueError as error:
            self._faults.add(f"{called}: {error}")
            return unknown
        if dtype.kind == "U" and not output:
            self._faults.add(f"{called}: holds texts, nntrace computes with numbers")
        shape = None
        if tensor.HasField("shape"):
            self._faults.check_texts(*(dim.dim_param for dim in tensor.shape.dim))
            shape = tuple(map(_dim, tensor.shape.dim))
        return Declared(name, dtype, shape)

    def _nodes(self, protos: Iterable[Any], scope: Scope) -> list[Node]:
        """Return nodes, with what functions stand for in place of their calls."""
        nodes: list[Node] = []
        seen: set[str] = set()
        for proto in protos:
            node = self._node(proto, scope, seen)
            function = self._functions.find(proto)
            if function is None:
                self._check_operator(node, scope)
                nodes.append(node)
            else:
                nodes += self._called(node, function, scope)
        return nodes

    def _node(self, proto: Any, scope: Scope, seen: set[str]) -> Node:
        self._faults.check_texts(proto.name, proto.op_type, proto.domain, proto.overload)
        self._faults.check_texts(*proto.input, *proto.output)
        inputs = tuple(map(scope.name, proto.input))
        outputs = tuple(map(scope.name, proto.output))
        name = scope.prefix + proto.name if proto.name else ""
        if not name or name in seen:  # two of one name could not be told apart
            name = next(filter(None, outputs), name or proto.op_type)
        seen.add(name)
        domain = domain_of(proto.domain)
        version = scope.opsets.get(domain, 0)
        node = Node(name, proto.op_type, inputs, outputs, {}, version, domain)
        return replace(node, attributes=self._attributes(proto.attribute, node, scope))

    def _attributes(self, protos: Iterable[Any], node: Node, scope: Scope) -> dict[str, Any]:
        attributes: dict[str, Any] = {}
        for proto in protos:
            self._faults.check_texts(proto.name, proto.ref_attr_name)
            if proto.name in attributes:
                self._faults.add(f"gives attribute '{cropped(proto.name)}' twice", node)
            if proto.ref_attr_name:
                if proto.ref_attr_name in scope.attributes:
                    attributes[proto.name] = scope.attributes[proto.ref_attr_name]
                continue
            try:
                kind = attribute_type(proto)
                if kind == "GRAPH":
                    where = f"{node.called}: {proto.name}: "
                    attributes[proto.name] = self._graph(proto.g, scope, where)
                elif kind in ("TENSOR", "SPARSE_TENSOR"):
                    called = f"{node.called}: {proto.name}"
                    attributes[proto.name] = (
                        self._tensors.dense(proto.t, called)
                        if kind == "TENSOR"
                        else self._tensors.sparse(proto.sparse_tensor, called)
                    )
                else:
                    attributes[proto.name] = plain_attribute(proto, kind)
            except ValueError as error:
                self._faults.add(f"attribute '{cropped(proto.name)}' {error}", node)
        return attributes

    def _called(self, call: Node, function: Any, scope: Scope) -> list[Node]:
        """Return the nodes that a call of a function stands for."""
        if any(each is function for each in scope.calls) or len(scope.calls) >= DEEPEST:
            self._faults.add("calls itself, or others too deep in each other", call)
            return []
        if len(call.inputs) > len(function.input) or len(call.outputs) > len(function.output):
            self._faults.add(
                f"gives {len(call.inputs)} inputs and takes {len(call.outputs)} outputs, the "
                f"function has {len(function.input)} and {len(function.output)}",
                call,
            )
            return []
        prefix = f"{call.name}/"
        names = dict.fromkeys(function.input, "") | dict(
            zip(function.input, call.inputs, strict=False)
        )
        through = []  # what the function gives just as it was given
        for formal, actual in zip(function.output, call.outputs, strict=False):
            if formal in names and actual:
                through.append(Node(actual, "Identity", (names[formal],), (actual,), {}, 13))
            elif actual:
                names[formal] = actual
        unnamed = {each.name: each for each in function.attribute_proto}
        defaults = self._attributes(unnamed.values(), call, replace(scope, attributes={}))
        within = Scope(
            opsets_of(function.opset_import) or scope.opsets,
            prefix,
            names,
            {**defaults, **call.attributes},
            (*scope.calls, function),
            (*scope.visible, _outputs_in(function.node, prefix, names)),
        )
        return [*self._nodes(function.node, within), *through]

    def _check_operator(self, node: Node, scope: Scope) -> None:
        """Note a node whose operator, or whose operator set, there is not."""
        if node.domain not in scope.opsets:
            domain = cropped(node.domain or "ai.onnx")
            self._faults.add(f"is of {domain}, of which the model imports no opset", node)
            return
        if not node.domain and node.op in CONTROL:
            return
        key = (node.domain, node.op)
        if key not in self._operators:
            try:
                find_operator(node)
                self._operators[key] = ""
            except NetworkError as error:
                self._operators[key] = error.problems[0].message.removeprefix(f"{node.called}: ")
        if self._operators[key]:
            self._faults.add(self._operators[key], node)


def _given_in(graph: Any, scope: Scope) -> set[str]:
    return {scope.name(name) for node in graph.node for name in node.output if name}


def _outputs_in(nodes: Iterable[Any], prefix: str, names: Mapping[str, str]) -> set[str]:
    return {names.get(name, prefix + name) for node in nodes for name in node.output if name}


def _dim(dim: Any) -> Dim:
    """Return a declared dimension: a number, the name of a free one, or None.

    Exporters write 0, -1 and ? for one that is free and has no name.
    """
    if dim.HasField("dim_value"):
        return int(dim.dim_value) if dim.dim_value > 0 else None
    name = str(dim.dim_param)
    return name if name.strip("?") else None
