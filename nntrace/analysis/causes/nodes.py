"""Causes in an operator of a model that no kind of layer covers: its settings and constants.

Such a layer cannot be run by itself: what is tried is the model with another node in its graph.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import partial

import numpy as np

from nntrace.analysis.causes.cause import EXACT, LAST, ROUNDED, Candidate, Suspect
from nntrace.analysis.causes.gates import orders, reordered
from nntrace.analysis.diff.sides import NetSide
from nntrace.core.graph.graph import Graph, Node, Tensor
from nntrace.core.graph.plan import plan_of
from nntrace.core.network import Network

# of the recurrent operators: how many gates, and what these are in ONNX's order
GATES = {"LSTM": ("i", "o", "f", "c"), "GRU": ("z", "r", "h")}
WEIGHTS, RECURRENT, BIAS = 1, 2, 3  # places of their inputs
Constants = Mapping[int, Tensor]  # of a node, by the places of its inputs


def of_node(suspect: Suspect) -> Iterator[Candidate]:
    """Try the node of a model's layer as it is in b, or as people get it wrong."""
    model = suspect.network.model
    if model is None or suspect.layer.kind != "onnx":
        return
    node = _node(model.graph, suspect.layer.name)
    if node is None or node.domain or any(node.graphs):
        return
    own = _constants(model.graph, node)
    theirs = _of_partner(suspect)
    if theirs is None or theirs[0].op != node.op:
        yield from _guessed(suspect, node, own)
        return
    other, constants = theirs
    if told := _settings(suspect, node, other):
        made = replace(node, attributes=other.attributes)
        yield _candidate(suspect, "operator_differs", f"{node.op}: {told}", made, {})
    differing = {
        at: values
        for at, values in constants.items()
        if at in own and not np.array_equal(own[at], values, equal_nan=values.dtype.kind == "f")
    }
    if not differing:
        return
    yield from _of_gates(suspect, node, own, differing)
    names = ", ".join(node.inputs[at] for at in differing)
    detail = f"{node.op}: {names} is another"
    fits = all(
        values.shape == own[at].shape and values.dtype.kind == "f"
        for at, values in differing.items()
    )
    kind = "weights_differ" if fits else "operator_differs"
    yield _candidate(suspect, kind, detail, node, differing, LAST)


def _of_gates(
    suspect: Suspect, node: Node, own: Constants, differing: Constants
) -> Iterator[Candidate]:
    """Say what other weights of a recurrent operator are, where that is known."""
    gates = GATES.get(node.op)
    if gates is None:
        return
    if {*differing} == {BIAS}:
        zeros = not differing[BIAS].any() or not _halves(differing[BIAS])[1].any()
        kind = "missing_bias" if zeros else "bias_differs"
        detail = "has no bias" if not differing[BIAS].any() else "has no recurrent bias"
        words = f"{suspect.other} {detail}" if zeros else "bias of the gates is another"
        yield _candidate(suspect, kind, f"{node.op}: {words}", node, differing)
    for order in orders(len(gates)):
        made = _in_order(own, order)
        if all(np.array_equal(made[at], values) for at, values in differing.items()):
            yield _gated(suspect, node, gates, order, made)


def _guessed(suspect: Suspect, node: Node, own: Constants) -> Iterator[Candidate]:
    """Try what a recurrent operator may be in a trace, of which nobody knows the weights."""
    gates = GATES.get(node.op)
    if gates is None or suspect.partner is not None:
        return
    if BIAS in own and own[BIAS].any():
        without = {BIAS: np.zeros_like(own[BIAS])}
        detail = f"{node.op}: {suspect.other} has no bias"
        yield _candidate(suspect, "missing_bias", detail, node, without)
    for order in orders(len(gates)):
        yield _gated(suspect, node, gates, order, _in_order(own, order))


def _gated(
    suspect: Suspect, node: Node, gates: tuple[str, ...], order: tuple[int, ...], made: Constants
) -> Candidate:
    there = ", ".join(gates[at] for at in order)
    detail = f"{node.op}: the gates stand in the order {there}, not {', '.join(gates)}"
    return _candidate(suspect, "swapped_neurons", detail, node, made)


def _in_order(own: Constants, order: tuple[int, ...]) -> Constants:
    """Return the weights of a recurrent operator with its gates in another order."""
    made: dict[int, Tensor] = {}
    for at in (WEIGHTS, RECURRENT):
        if at in own:
            made[at] = reordered(own[at], order, 1)
    if BIAS in own:
        made[BIAS] = np.concatenate(
            [reordered(half, order, 1) for half in _halves(own[BIAS])], axis=1
        )
    return made


def _halves(bias: Tensor) -> list[Tensor]:
    return np.split(bias, 2, axis=1)


def _settings(suspect: Suspect, node: Node, other: Node) -> str:
    """Tell the attributes that are not the same."""

    def said(value: object) -> str:
        return "not given" if value is None else str(value)

    keys = dict.fromkeys([*node.attributes, *other.attributes])
    return ", ".join(
        f"{key} {said(other.get(key))} in {suspect.other}, {said(node.get(key))} in {suspect.mine}"
        for key in keys
        if not np.array_equal(node.get(key), other.get(key))
    )


# ---- graphs ----


def _node(graph: Graph, tensor: str) -> Node | None:
    return next((node for node in graph.nodes if tensor in node.outputs), None)


def _of_partner(suspect: Suspect) -> tuple[Node, Constants] | None:
    """Return b's node with its constants, where b is a model too."""
    net, partner = suspect.net_b, suspect.partner
    if net is None or net.model is None or partner is None:
        return None
    node = _node(net.model.graph, partner.name)
    return None if node is None else (node, _constants(net.model.graph, node))


def _constants(graph: Graph, node: Node) -> Constants:
    """Return the inputs of a node that are the same in every pass, as far as they are known."""
    kept = {
        name: value
        for step in plan_of(graph).steps
        if step.kept is not None
        for name, value in zip(step.node.outputs, step.kept, strict=False)
    }
    known = {**kept, **graph.constants}
    return {at: known[name] for at, name in enumerate(node.inputs) if name in known}


def _candidate(
    suspect: Suspect,
    kind: str,
    detail: str,
    node: Node,
    constants: Constants,
    exactness: int | None = None,
) -> Candidate:
    if exactness is None:
        exactness = ROUNDED if kind == "operator_differs" else EXACT
    made = partial(_with_node, suspect.network, suspect.layer.name, node, constants)
    return Candidate(kind, suspect.layer.name, detail, {}, exactness, net=made)


def _with_node(network: Network, layer: str, node: Node, constants: Constants) -> NetSide:
    """Return a model with a node in the place of the one that gives a layer, which reads its own
    constants."""
    model = network.model
    assert model is not None
    names = {at: f"{layer}/{at}" for at in constants}
    inputs = tuple(names.get(at, name) for at, name in enumerate(node.inputs))
    nodes = tuple(
        replace(node, inputs=inputs, outputs=each.outputs, name=each.name)
        if layer in each.outputs
        else each
        for each in model.graph.nodes
    )
    own = {names[at]: values for at, values in constants.items()}
    graph = replace(model.graph, nodes=nodes, constants={**model.graph.constants, **own})
    return NetSide(replace(network, model=replace(model, graph=graph)))
