"""Functions that a model brings along: nodes that stand for others, by domain and name."""

from __future__ import annotations

from typing import Any

from nntrace.read.nets.onnx.faults import Faults
from nntrace.read.nets.onnx.opsets import check_opsets, domain_of

# nodes in all once every call is written out: a few functions that call each other twice make more
# than any machine holds
MOST_NODES = 1_000_000
DEEPEST = 100  # calls within calls


class Functions:
    """The functions of a model, by domain and name; an overload has a name of its own."""

    def __init__(self, model: Any, faults: Faults) -> None:
        self._known: dict[tuple[str, str, str], Any] = {}
        for function in model.functions:
            key = (domain_of(function.domain), function.name, function.overload)
            if key in self._known:
                faults.add(f"function '{_called(function)}' is given twice")
            self._known[key] = function
            check_opsets(function.opset_import, f"function '{_called(function)}'", faults)

    def find(self, proto: Any) -> Any | None:
        """Return the function that a node calls."""
        if not self._known:
            return None
        return self._known.get((domain_of(proto.domain), proto.op_type, proto.overload))


def _called(function: Any) -> str:
    return f"{function.domain}.{function.name}" if function.domain else str(function.name)
