"""`nntrace show`: the net without an input."""

from __future__ import annotations

from typing import Annotated

import typer

from nntrace.cli.environment import Environment
from nntrace.cli.options import (
    AccessibleOption,
    AllOption,
    Color,
    ColorOption,
    NetArgument,
    OutputOption,
    PrecisionOption,
    TextOrJson,
    TextOrJsonOption,
    text_or_json,
)
from nntrace.cli.view import view_of


def show(
    context: typer.Context,
    net: NetArgument,
    weights: Annotated[
        bool, typer.Option("--weights", help="Show the weights and biases, too.")
    ] = False,
    format: TextOrJsonOption = None,
    output: OutputOption = None,
    precision: PrecisionOption = 4,
    show_all: AllOption = False,
    accessible: AccessibleOption = False,
    color: ColorOption = Color.auto,
) -> None:
    """Describe a net: its layers and weights.

    \b
    nntrace show cat-or-dog --weights
    nntrace show digits -f json | jq .parameters
    """
    environment: Environment = context.obj
    chosen = text_or_json(format, output)

    from nntrace.cli.tracing import load_network

    network = load_network(net, environment)
    if chosen is TextOrJson.json:
        from nntrace.write.encode import encode
        from nntrace.write.records import show_document

        written = encode(show_document(network, weights), indent=not weights) + b"\n"
    else:
        from nntrace.write import render
        from nntrace.write.reports.show import shown_report

        view = view_of(environment, color, output, precision, show_all, accessible)
        written = environment.encode(render.text(shown_report(network, view, weights)))
    with environment.output(output) as stream:
        stream.write(written)
