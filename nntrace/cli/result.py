"""What a command came to, written where it is to go: as text for people, or for machines."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from nntrace.cli.environment import Environment
from nntrace.cli.options import Output
from nntrace.cli.view import view_of
from nntrace.write import formats

if TYPE_CHECKING:
    from nntrace.write.report import Report
    from nntrace.write.view import View


def write(
    environment: Environment,
    output: Output,
    format: str,
    reports: Callable[[View], Iterable[Report]],
    data: Callable[[formats.Writer], Iterable[bytes]],
) -> None:
    """Write a result piece by piece, as `reports` tell it to people or as `data` to machines.

    `data` is given what writes the content of the output in the format that was asked for.
    """
    with environment.output(output.file) as stream:
        if format == formats.TABLE:
            from nntrace.write import render

            for report in reports(view_of(environment, output)):
                for piece in render.pieces(report):
                    stream.write(environment.encode(piece))
        else:
            for written in data(formats.writer(format, output.content)):
                stream.write(written)
