"""`nntrace show`: the net without an input."""

from __future__ import annotations

from typing import Annotated

from nntrace.cli.command import Context, Option
from nntrace.cli.environment import Environment
from nntrace.cli.options import Document, NetArgument
from nntrace.cli.result import write
from nntrace.write import documents, reports


def show(
    context: Context,
    net: NetArgument,
    *,
    weights: Annotated[bool, Option("--weights", help="Show the weights and biases, too.")] = False,
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

    write(
        environment,
        output,
        chosen,
        lambda view: [reports.show.shown_report(network, view, weights)],
        lambda write: write(documents.show.shown(network, weights), indent=not weights),
    )
