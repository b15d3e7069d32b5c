"""A layer that is being written as operators of ONNX: what it reads, and the nodes added for it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from nntrace.core.arrays import Array
from nntrace.core.layer import Layer
from nntrace.core.op import Shape
from nntrace.write.nets.builder import Builder


class Written(NamedTuple):
    """A layer that is to be written: its op, the tensors that it reads, and their shapes."""

    to: Builder
    layer: Layer
    reads: tuple[str, ...]
    shapes: tuple[Shape, ...]
    z: str

    @property
    def op(self) -> Any:
        """What it computes, whose fields depend on the kind."""
        return self.layer.op

    def array(self, key: str, value: Array | None = None) -> str:
        """Add an array of the op as a constant."""
        given = getattr(self.op, key) if value is None else value
        return self.to.constant(f"{self.layer.name}.{key}", given)

    def part(self, name: str) -> str:
        """Name a tensor on the way."""
        return f"{self.layer.name}.{name}"

    def node(self, op: str, inputs: Sequence[str], name: str | None = None, **keys: Any) -> str:
        """Add a node that gives z, or a tensor on the way."""
        return self.to.node(op, inputs, self.z if name is None else self.part(name), **keys)

    def with_channels(self, inner: int | None) -> str:
        """Return what is read as channels × so many dimensions."""
        if inner is None or len(self.shapes[0]) > inner:
            return self.reads[0]
        axes = self.to.integers(self.part("axes"), 1)
        return self.node("Unsqueeze", [self.reads[0], axes], "channels")
