"""`nntrace show`: the net without an input."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

import typer

from nntrace.cli.environment import Environment
from nntrace.cli.options import Document, NetArgument
from nntrace.cli.result import write

if TYPE_CHECKING:
    from nntrace.write import formats
    from nntrace.write.view import View


def show(
    context: typer.Context,
    net: NetArgument,
    *,
    weights: Annotated[
        bool, typer.Option("--weights", help="Show the weights and biases, too.")
    ] = False,
    output: Document,
) -> None:
    """Describe a net: its layers and weights.

    \b
    nntrace show cat-or-dog --weights
    nntrace show digits -f json | jq .parameters
    """
    environment: Environment = context.obj
    chosen = output.chosen

    from nntrace.cli.tracing import load_network

    network = load_network(net, environment)

    def text(view: View) -> Iterator[str]:
        from nntrace.write import render
        from nntrace.write.reports.show import shown_report

        yield render.text(shown_report(network, view, weights))

    def data(write: formats.Writer) -> Iterator[bytes]:
        from nntrace.write.documents.show import shown

        return write(shown(network, weights), indent=not weights)

    write(environment, output, chosen, text, data)
