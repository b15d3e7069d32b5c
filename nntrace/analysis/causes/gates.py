"""Causes in the gates of LSTM and GRU: frameworks write them in other orders."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import permutations
from typing import Any

import numpy as np

from nntrace.analysis.causes.cause import Candidate, Suspect, by_op
from nntrace.analysis.causes.weights import op_with
from nntrace.core.op import Op
from nntrace.core.ops.states import Recurrent

Order = tuple[int, ...]


def orders(count: int) -> list[Order]:
    """Return the orders of some gates but for the one that they stand in."""
    return list(permutations(range(count)))[1:]


def reordered(values: Any, order: Order, axis: int) -> Any:
    """Return an array whose blocks along an axis, one a gate, stand in another order."""
    blocks = np.split(values, len(order), axis=axis)
    return np.concatenate([blocks[at] for at in order], axis=axis)


def gate_order(suspect: Suspect) -> Iterator[Candidate]:
    """Try the gates in each other order."""
    op = suspect.layer.op
    if not isinstance(op, Recurrent) or op.GATES < 2:
        return
    names = [told.split(" gate's")[0].split("'s")[0] for told in op.SUMS]
    for order in orders(op.GATES):
        made = _in_order(op, order)
        if made is not None:
            there = ", ".join(names[at] for at in order)
            detail = f"the gates stand in the order {there}, not {', '.join(names)}"
            yield suspect.candidate("swapped_neurons", detail, by_op(made))


def _in_order(op: Op, order: Order) -> Op | None:
    matrices = {"weights", "recurrent"}
    return op_with(
        op,
        **{
            name: reordered(values, order, -2 if name in matrices else -1)
            for name, values in op.arrays.items()
        },
    )
