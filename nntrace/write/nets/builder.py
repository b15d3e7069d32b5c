"""A graph as it is built: nodes and constants, each tensor named once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from nntrace.core.graph.dtypes import CODES
from nntrace.core.graph.graph import Node, Tensor

OPSET = 21  # the first in which a group norm scales each channel by itself


@dataclass
class Builder:
    """What a net was written as so far; `dtype` is that of its floats."""

    dtype: str
    whole: bool = False  # whether the input is of whole numbers
    nodes: list[Node] = field(default_factory=list)
    constants: dict[str, Tensor] = field(default_factory=dict)

    @property
    def code(self) -> int:
        """ONNX's number of the dtype."""
        return CODES[self.dtype]

    def node(self, op: str, inputs: Sequence[str], output: str, **attributes: Any) -> str:
        """Add a node, and return the name of what it gives."""
        given = {name: value for name, value in attributes.items() if value is not None}
        self.nodes.append(Node(output, op, tuple(inputs), (output,), given, OPSET))
        return output

    def nodes_giving(
        self, op: str, inputs: Sequence[str], outputs: Sequence[str], **attributes: Any
    ) -> None:
        """Add a node that gives several tensors."""
        name = next(filter(None, outputs))
        self.nodes.append(Node(name, op, tuple(inputs), tuple(outputs), attributes, OPSET))

    def constant(self, name: str, value: Any) -> str:
        """Add a constant, and return its name."""
        self.constants[name] = np.ascontiguousarray(value).reshape(np.shape(value))
        return name

    def integers(self, name: str, *numbers: int) -> str:
        """Add a constant of whole numbers."""
        return self.constant(name, np.array(numbers, np.int64))
