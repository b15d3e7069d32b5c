"""What is given to the makers of layers, and what they return."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from nntrace.core.arrays import Array
from nntrace.core.graph.graph import Node, Tensor
from nntrace.core.op import Op
from nntrace.read.nets.onnx.survey import Survey


class Made(NamedTuple):
    """What a layer computes, and the tensors that it reads."""

    op: Op
    reads: tuple[str, ...]
    own_shape: bool = False  # whether the op's shape is the layer's, whatever that of the tensor


class Reader(NamedTuple):
    """What a maker is given: the survey, a node, the dtype of weights, and what is asked for."""

    survey: Survey
    node: Node
    dtype: str
    name: str  # of the tensor that is asked for, one of the node's outputs

    def weights(self, place: int) -> Array | None:
        """Return a constant that the node reads; None where it is live, or not there."""
        inputs = self.node.inputs
        value = self.survey.constant(inputs[place]) if place < len(inputs) else None
        return None if value is None or value.dtype.kind not in "fV" else value.astype(self.dtype)

    def given(self, place: int) -> bool:
        """Whether the node has such an input."""
        return place < len(self.node.inputs) and bool(self.node.inputs[place])

    def tensor(self, place: int) -> Tensor:
        """Return what the node reads there."""
        return self.survey.values[self.node.inputs[place]]

    def like(self, value: float, count: int) -> Array:
        """Return so many equal numbers."""
        return np.full(count, value, self.dtype)

    @property
    def read_flat(self) -> bool:
        """Whether all that read what the node gives take its numbers in one row."""
        return self.survey.read_flat(self.name)

    @property
    def result(self) -> Tensor:
        """What the node gives."""
        return self.survey.values[self.name]

    def read_first(self, op: Op) -> Made:
        """Return an op that reads the node's first input alone."""
        return Made(op, self.node.inputs[:1])


Maker = Callable[[Reader], Made | None]
