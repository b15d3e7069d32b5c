"""Ifs whose branch is the same for every row: what the branch holds, in the place of the node.

Exporters write them around what depends on shapes alone, which are known when a graph is seen.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from nntrace.core.graph.graph import Graph, Node, Tensor
from nntrace.read.nets.onnx.survey import Survey

IDENTITY_SINCE = 13  # the opset of the nodes that pass on what a branch gives


def seen_through(survey: Survey) -> Survey:
    """Return a survey in which such Ifs are their branches' nodes; tensors inside keep the names
    that a pass has for them, with the path."""
    while any(_branch(survey, node) for node in survey.graph.nodes):
        values = dict(survey.values)
        nodes = tuple(_spelt_out(survey, values))
        survey = Survey(replace(survey.graph, nodes=nodes), values)
    return survey


def _branch(survey: Survey, node: Node) -> str | None:
    """Return which branch of an If it is, whatever is given; None of any other node."""
    condition = survey.constant(node.inputs[0]) if node.op == "If" and not node.domain else None
    if condition is None:
        return None
    return "then_branch" if bool(condition.reshape(())) else "else_branch"


def _spelt_out(survey: Survey, values: dict[str, Tensor]) -> Iterator[Node]:
    """Give the nodes, those of a branch in place of their If; add its constants to the values.

    An If inside a branch is left: what its condition depends on a survey of these will know.
    """
    for node in survey.graph.nodes:
        branch = _branch(survey, node)
        if branch is None:
            yield node
            continue
        inner: Graph = node.attributes[branch]
        path = f"{node.name}/{branch}/"
        own = {name: path + name for name in _own(inner)}
        values.update((own[name], value) for name, value in inner.constants.items())
        yield from (_renamed(each, own, path) for each in inner.nodes)
        for output, name in zip(inner.outputs, node.outputs, strict=True):
            if name:
                read = own.get(output.name, output.name)
                yield Node(name, "Identity", (read,), (name,), {}, IDENTITY_SINCE)


def _own(graph: Graph) -> set[str]:
    """Return the names of the tensors that are a graph's own."""
    given = {declared.name for declared in graph.inputs}
    return given.union(graph.constants, *(node.outputs for node in graph.nodes)) - {""}


def _renamed(node: Node, names: Mapping[str, str], path: str = "") -> Node:
    """Return a node that reads and gives tensors by other names, in graphs inside it too."""
    return replace(
        node,
        name=path + node.name,
        inputs=tuple(names.get(name, name) for name in node.inputs),
        outputs=tuple(names.get(name, name) for name in node.outputs),
        attributes={
            key: _around_renamed(value, names) if isinstance(value, Graph) else value
            for key, value in node.attributes.items()
        },
    )


def _around_renamed(graph: Graph, names: Mapping[str, str]) -> Graph:
    """Return a graph inside a node that reads what is around it by other names."""
    around = {name: other for name, other in names.items() if name not in _own(graph)}
    return replace(
        graph,
        nodes=tuple(_renamed(node, around) for node in graph.nodes),
        outputs=tuple(
            each._replace(name=around.get(each.name, each.name)) for each in graph.outputs
        ),
    )
