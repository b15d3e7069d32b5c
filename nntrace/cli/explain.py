"""`nntrace explain`: how one neuron got its value."""

from __future__ import annotations

from typing import Annotated

import typer

from nntrace.cli.command import After
from nntrace.cli.environment import Environment
from nntrace.cli.options import Document, NetArgument, RowsAlone
from nntrace.cli.progress import Progress
from nntrace.cli.result import write
from nntrace.errors import UsageError
from nntrace.write import documents, reports


def explain(
    context: typer.Context,
    net: NetArgument,
    neuron: Annotated[
        str,
        typer.Argument(metavar="NEURON", help="LAYER.INDEX (from 0) or LAYER.LABEL."),
    ],
    rows: RowsAlone,
    output: Document,
    row: Annotated[
        int | None,
        After("file"),
        typer.Option("--row", metavar="N", min=0, help="Of several rows, only row N."),
    ] = None,
) -> None:
    """Explain how one neuron got its value.

    \b
    nntrace explain cat-or-dog output.cat --input 0.9,0.8,0.1
    nntrace explain digits output.4 --example "a four" --all

    Without an input, it is explained for each example of the net file.
    """
    environment: Environment = context.obj
    chosen = output.chosen

    from nntrace.analysis.explain import explain as take_apart
    from nntrace.cli.tracing import load_network, no_such_row, traced
    from nntrace.core.batch import TracedBatch
    from nntrace.core.names import find_neuron

    network = load_network(net, environment, rows.inputs)
    found = find_neuron(network, neuron)
    progress = context.with_resource(Progress(environment, output.accessible, color=output.color))
    batch = TracedBatch.concat(traced(network, environment, rows, progress))
    count = len(batch.trace) if batch else 0
    if row is not None and row >= count:
        raise UsageError(no_such_row(row, count))
    which = range(count) if row is None else [row]
    explanations = [take_apart(batch.trace, found, each) for each in which] if batch else []
    write(
        environment,
        output,
        chosen,
        lambda view: reports.explain.explained_reports(explanations, batch, view),
        lambda write: write(documents.explain.explained(explanations, batch)),
    )
