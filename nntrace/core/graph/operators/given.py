"""What operators ask about what they are given: whole numbers, and axes.

What an operator cannot compute is a ValueError, which whoever runs it tells with the node's name.
"""

from __future__ import annotations

from collections.abc import Sequence

from nntrace.core.graph.graph import Node, Tensor

TEXTS = "OU"  # the kinds of dtypes that hold texts


def integers(node: Node, name: str, tensor: Tensor | None) -> tuple[int, ...] | None:
    """Return whole numbers that older versions have as an attribute, and newer ones as an input."""
    if tensor is not None:
        return tuple(tensor.reshape(-1).tolist())
    found = node.get(name)
    return None if found is None else tuple(found)


def counted(axes: Sequence[int], rank: int) -> tuple[int, ...]:
    """Return axes counted from the first: a negative one counts from behind the last."""
    return tuple(axis + rank if axis < 0 else axis for axis in axes)
