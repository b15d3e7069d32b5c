"""The kind `onnx`: an operator that no kind of layer covers, whose numbers are shown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, NoReturn

from nntrace.core.arrays import Array
from nntrace.core.graph.graph import Tensor
from nntrace.core.op import Op, Shape, Terms
from nntrace.errors import UsageError


@dataclass(frozen=True, eq=False, repr=False)
class OnnxOp(Op):
    """One output of an operator of a model, by the operator's name; its graph computes it.

    `attributes` are those of its node that are short. `inside` are the tensors of graphs inside its
    node, by their names with the path, each with the operator that gives it. `held` are the numbers
    that the node has of its own, in these graphs too.
    """

    operator: str
    given: Shape
    inside: tuple[tuple[str, str], ...] = ()
    attributes: tuple[tuple[str, Any], ...] = ()
    held: tuple[Tensor, ...] = ()

    KIND: ClassVar = "onnx"
    DOC: ClassVar = "an operator of an ONNX model, shown but not taken apart"
    FORMULA: ClassVar = "z = operator(x, …)"
    READS: ClassVar = (0, None)
    APART: ClassVar = False

    @property
    def called(self) -> str:
        return f"{self.KIND} {self.operator}"

    @property
    def parameters(self) -> int:
        return sum(values.size for values in self.held)

    @property
    def nbytes(self) -> int:
        return sum(values.nbytes for values in self.held)

    def as_keys(self) -> dict[str, Any]:
        return dict(self.attributes)

    def formula(self, *reads: Shape) -> str:
        told = "".join(f", {name} = {value}" for name, value in self.attributes)
        return f"z = {self.operator}(x, …{told})"

    def shape(self, *reads: Shape) -> Shape:
        return self.given

    def run(self, reads: Sequence[Array], z: Array, exact: bool) -> NoReturn:
        raise UsageError(f"{self.operator} is computed by the model's graph alone")

    def terms(self, reads: Sequence[Array], index: int) -> Terms:
        raise UsageError(
            f"is made by {self.operator}, an operator of kind onnx, whose numbers are shown only"
        )
