"""What is wrong with a model, gathered while it is read."""

from __future__ import annotations

from nntrace.core.graph.graph import Node
from nntrace.errors import NetworkError, Problem

MOST = 100  # lines: who has more faults than that is told how many more


class Faults:
    """The problems of one file, in the order in which they were found, each once."""

    def __init__(self, source: str) -> None:
        self._source = source
        self._told: dict[str, None] = {}

    def add(self, message: str, node: Node | None = None) -> None:
        """Note a problem, of a node or of the model."""
        self._told.setdefault(f"{node.called}: {message}" if node else message)

    def check_texts(self, *names: str | bytes) -> None:
        """Raise NetworkError where a name is no text: protobuf gives such as bytes, and a file that
        has one is damaged."""
        for name in names:
            if isinstance(name, bytes):
                self.add(f"is damaged: a name in it is not UTF-8 text ({name[:20]!r})")
                self.tell()

    def __bool__(self) -> bool:
        return bool(self._told)

    def tell(self) -> None:
        """Raise NetworkError where there are problems."""
        if self._told:
            messages = list(self._told)
            more = len(messages) - MOST
            if more > 0:
                messages[MOST:] = [f"and {more} more problems like these"]
            raise NetworkError([Problem(message, (), self._source) for message in messages])
