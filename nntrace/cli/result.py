"""What a command came to, written where it is to go: as text for people, or for machines."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from nntrace.cli.environment import Environment
from nntrace.cli.options import TABLE, Output
from nntrace.cli.view import view_of

if TYPE_CHECKING:
    from nntrace.write.view import View


def write(
    environment: Environment,
    output: Output,
    format: str,
    text: Callable[[View], Iterable[str]],
    data: Callable[[], Iterable[bytes]],
) -> None:
    """Write a result piece by piece, as `text` tells it to people or as `data` to machines."""
    with environment.output(output.file) as stream:
        if format == TABLE:
            for piece in text(view_of(environment, output)):
                stream.write(environment.encode(piece))
        else:
            for written in data():
                stream.write(written)


def document(content: object, indent: bool = True) -> bytes:
    """Return a JSON document, which ends its line."""
    from nntrace.write.encode import encode

    return encode(content, indent=indent) + b"\n"
