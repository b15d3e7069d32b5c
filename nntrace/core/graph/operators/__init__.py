"""What operators compute: a function each, found by the operator's name in the ONNX standard.

A function takes the node, for its attributes and its version, and then the inputs in order, None
for one that is left out at its place; it returns the output, or a tuple of outputs. A new operator
is a function and a line here. Modules are imported when a graph has the operator.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import TYPE_CHECKING, Any

from nntrace.errors import NetworkError, Problem

if TYPE_CHECKING:
    from nntrace.core.graph.graph import Node

Operator = Callable[..., Any]  # (node, *inputs) -> a tensor, or a tuple of them

_HOMES = {
    "Relu": "elementwise.relu",
}
# of the domain ai.onnx.ml, which scikit-learn's exporter writes
_ML_HOMES: dict[str, str] = {}
_DOMAINS = {"": _HOMES, "ai.onnx": _HOMES, "ai.onnx.ml": _ML_HOMES}


def find_operator(node: Node) -> Operator:
    """Return what computes a node; NetworkError names it where there is no such operator."""
    home = _DOMAINS.get(node.domain, {}).get(node.op)
    if home is None:
        kind = f"{node.domain}.{node.op}" if node.domain else node.op
        told = f"{kind} (opset {node.version}) is no operator that nntrace computes"
        raise NetworkError(Problem(told, ("nodes", node.name)))
    module, _, name = home.partition(".")
    found: Operator = getattr(import_module(f"{__name__}.{module}"), name)
    return found
