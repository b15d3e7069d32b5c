"""Functions that a model brings along: nodes that stand for others, by domain and name."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from nntrace.read.nets.onnx.faults import Faults
from nntrace.read.nets.onnx.opsets import check_opsets, domain_of

# nodes in all once every call is written out: a few functions that call each other twice make more
# than any machine holds
MOST_NODES = 1_000_000
DEEPEST = 50  # calls within calls


class Functions:
    """The functions of a model, by domain and name; an overload has a name of its own."""

    def __init__(self, model: Any, faults: Faults) -> None:
        self._known: dict[tuple[str, str, str], Any] = {}
        for function in model.functions:
            faults.check_texts(function.domain, function.name, function.overload)
            faults.check_texts(*function.input, *function.output)
            faults.check_texts(*(name for node in function.node for name in node.output))
            key = (domain_of(function.domain), function.name, function.overload)
            if key in self._known:
                faults.add(f"function '{_called(function)}' is given twice")
            self._known[key] = function
            check_opsets(function.opset_import, f"function '{_called(function)}'", faults)
        self._sizes: dict[int, int] = {}
        if self._known and self._size(model.graph.node, ()) > MOST_NODES:
            faults.add(f"has more than {MOST_NODES:,} nodes once its functions are written out")
            faults.tell()  # at once: nobody can look through them

    def _size(self, nodes: Iterable[Any], calls: tuple[int, ...]) -> int:
        """Count nodes with those of the functions that they call; a circle of calls counts once."""
        count = 0
        for node in nodes:
            count += 1
            for attribute in node.attribute:
                if attribute.HasField("g"):
                    count += self._size(attribute.g.node, calls)
            function = self.find(node)
            if function is None or id(function) in calls or len(calls) > DEEPEST:
                continue
            if id(function) not in self._sizes:
                self._sizes[id(function)] = self._size(function.node, (*calls, id(function)))
            count += self._sizes[id(function)]
            if count > MOST_NODES:
                break
        return count

    def find(self, proto: Any) -> Any | None:
        """Return the function that a node calls."""
        if not self._known:
            return None
        return self._known.get((domain_of(proto.domain), proto.op_type, proto.overload))


def _called(function: Any) -> str:
    return f"{function.domain}.{function.name}" if function.domain else str(function.name)
