"""What operators ask about what they are given: whole numbers, axes, and in which dtype to compute.

What an operator cannot compute is a ValueError, which whoever runs it tells with the node's name.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from nntrace.core.graph.graph import Node, Tensor

_FLOAT32 = np.dtype(np.float32)


def integers(node: Node, name: str, tensor: Tensor | None) -> tuple[int, ...] | None:
    """Return whole numbers that older versions have as an attribute, and newer ones as an input."""
    if tensor is not None:
        return tuple(tensor.reshape(-1).tolist())
    found = node.get(name)
    return None if found is None else tuple(found)


def counted(axes: Sequence[int], rank: int) -> tuple[int, ...]:
    """Return axes counted from the first: a negative one counts from behind the last."""
    return tuple(axis + rank if axis < 0 else axis for axis in axes)


def computed_in(dtype: np.dtype[Any]) -> np.dtype[Any]:
    """Return float32 for floats that are narrower, as onnxruntime computes these; else the same."""
    return _FLOAT32 if dtype.itemsize < 4 and dtype.kind in "fV" else dtype
