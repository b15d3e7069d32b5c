"""How a graph is run, worked out once: what computes each node, and what needs no input at all."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from weakref import WeakKeyDictionary

from nntrace.core.graph.control import CONTROL, Control
from nntrace.core.graph.graph import Declared, Graph, Node, Tensor
from nntrace.core.graph.operators import Operator, find_operator

# what they give is another thing each time
_RANDOM = {
    "RandomNormal", "RandomUniform", "RandomNormalLike", "RandomUniformLike", "Multinomial",
    "Bernoulli",
}  # fmt: skip


@dataclass(eq=False)
class Step:
    """A node with what computes it: an operator, or the control flow of graphs inside it.

    `constant` is whether it gives the same in every pass, which the first one keeps in `kept`.
    `done` names the tensors that nothing reads after it.
    """

    node: Node
    operator: Operator | None
    control: Control | None
    inner: Mapping[str, Plan]
    done: tuple[str, ...]
    constant: bool
    kept: tuple[Tensor, ...] | None = None


@dataclass(eq=False)
class Plan:
    """The steps of a graph; `outer` names the tensors around it that it reads."""

    inputs: tuple[Declared, ...]
    steps: tuple[Step, ...]
    outputs: tuple[str, ...]
    constants: dict[str, Tensor]
    outer: tuple[str, ...]


_PLANS: WeakKeyDictionary[Graph, Plan] = WeakKeyDictionary()


def plan_of(graph: Graph) -> Plan:
    """Return how a graph is run; NetworkError where it has an operator that nothing computes."""
    plan = _PLANS.get(graph)
    if plan is None:
        plan = _PLANS[graph] = _planned(graph, frozenset())
    return plan


def _planned(graph: Graph, around: frozenset[str]) -> Plan:
    """Plan a graph; `around` names the tensors around it that are the same in every pass."""
    given = {declared.name for declared in graph.inputs}
    own = given.union(graph.constants, *(node.outputs for node in graph.nodes))
    fixed = set(around - own) | (graph.constants.keys() - given)
    steps = []
    for node, done in zip(graph.nodes, graph.last_read, strict=True):
        inner = {name: _planned(each, each.outer & fixed) for name, each in node.graphs}
        control = CONTROL.get(node.op) if not node.domain else None
        constant = not inner and node.op not in _RANDOM and fixed.issuperset({*node.inputs} - {""})
        if constant:
            fixed |= {*node.outputs}
        operator = None if control else find_operator(node)
        steps.append(Step(node, operator, control, inner, done, constant))
    outputs = tuple(output.name for output in graph.outputs)
    return Plan(graph.inputs, tuple(steps), outputs, dict(graph.constants), tuple(graph.outer))
