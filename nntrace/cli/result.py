"""What a command came to, written where it is to go: as text for people, or for machines.

Text is written for a View, which follows from the environment and the options.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from nntrace.cli.environment import Environment
from nntrace.cli.options import Color, Output
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


def view_of(environment: Environment, output: Output) -> View:
    """Describe what text is written for: the terminal, or a pipe or file, which has no width."""
    from nntrace.write.view import View

    coloured = environment.colour(environment.stdout, output.color)
    if output.to_file and output.color is Color.auto:
        coloured = False
    return View(
        width=None if output.to_file else environment.width(environment.stdout),
        colours=_colours(environment) if coloured else None,
        ascii_only=environment.ascii_only,
        precision=output.precision,
        show_all=output.show_all,
        height=environment.height(environment.stdout) or View().height,
        accessible=output.accessible,
    )


def view_of_errors(environment: Environment, color: Color) -> View:
    """Describe a terminal that standard error is; its last column stays free."""
    from nntrace.write.view import View

    coloured = environment.colour(environment.stderr, color)
    return View(
        width=max(1, (environment.width(environment.stderr) or 80) - 1),
        colours=_colours(environment) if coloured else None,
        ascii_only=environment.ascii_only,
    )


def _colours(environment: Environment) -> str:
    """Return Rich's name of how many colours the terminal has."""
    variables = environment.variables
    if variables.get("COLORTERM", "").lower() in ("truecolor", "24bit"):
        return "truecolor"
    return "256" if "256" in variables.get("TERM", "") else "standard"
