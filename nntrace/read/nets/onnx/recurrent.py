"""LSTM and GRU nodes as layers of the kinds lstm and gru."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from nntrace.core.arrays import Array
from nntrace.core.graph.states import Given, GraphGru, GraphLstm
from nntrace.read.nets.onnx.makers import Made, Maker, Reader

_DIRECTIONS = {"forward": "forward", "reverse": "backward", "bidirectional": "both"}
_GIVEN: tuple[Given, ...] = ("each", "last", "cell")  # of the node's outputs


def recurrent(
    kind: type[GraphLstm | GraphGru], order: Sequence[int], functions: Sequence[str]
) -> Maker:
    """Return the maker of a kind; `order` is where each of PyTorch's gates stands among ONNX's,
    `functions` are what they go through."""

    def make(of: Reader) -> Made | None:
        if not _as_the_kind_has_it(of, functions):
            return None
        arrays = [of.weights(place) for place in (1, 2)]
        weights, states = arrays
        direction = _DIRECTIONS.get(of.node.get("direction", "forward"))
        if weights is None or states is None or direction is None:
            return None
        rows = weights.shape[1]
        bias = of.weights(3) if of.given(3) else np.zeros((len(weights), 2 * rows), of.dtype)
        if bias is None:
            return None

        def gates(values: Array) -> Array:
            parts = values.reshape(len(values), len(order), -1, *values.shape[2:])
            turned = parts[:, list(order)].reshape(values.shape)
            return turned if direction == "both" else turned[0]

        given = _GIVEN[of.node.outputs.index(of.name)]
        states_at_each = of.node.outputs[0]
        among = given != "each" and bool(states_at_each)
        op = kind(
            gates(weights),
            gates(states),
            gates(bias[:, :rows]),
            gates(bias[:, rows:]),
            direction,
            given,
            among,
        )
        reads = (of.node.inputs[0], *([states_at_each] if among else []))
        return Made(op, reads, own_shape=True)

    return make


def _as_the_kind_has_it(of: Reader, functions: Sequence[str]) -> bool:
    """Whether a node starts from zeros, reads every step, and has the usual gates."""
    node, x = of.node, of.tensor(0)
    by_rows = 0 if node.get("layout", 0) else 1
    if x.ndim != 3 or x.shape[by_rows] != 1 or node.get("clip") or node.get("input_forget", 0):
        return False
    usual = list(functions) * (2 if node.get("direction") == "bidirectional" else 1)
    if [str(each).lower() for each in node.get("activations") or usual] != usual:
        return False
    if len(functions) == 2 and not node.get("linear_before_reset", 0):  # of a GRU
        return False
    for place in range(4, len(node.inputs)):
        if not of.given(place):
            continue
        value = of.survey.constant(node.inputs[place])
        wanted = x.shape[1 - by_rows] if place == 4 else 0  # how long a row is; states, peepholes
        if value is None or not np.all(value == wanted):
            return False
    return True


MAKERS: dict[str, Maker] = {
    "LSTM": recurrent(GraphLstm, (0, 2, 3, 1), ("sigmoid", "tanh", "tanh")),
    "GRU": recurrent(GraphGru, (1, 0, 2), ("sigmoid", "tanh")),
}
