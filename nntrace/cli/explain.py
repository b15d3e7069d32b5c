"""`nntrace explain`: how one neuron got its value."""

from __future__ import annotations

from typing import Annotated

import typer

from nntrace.cli.command import After
from nntrace.cli.environment import Environment
from nntrace.cli.options import Document, NetArgument, Opening, RowsAlone
from nntrace.cli.progress import Progress
from nntrace.cli.result import write
from nntrace.errors import UsageError
from nntrace.write import documents, reports


def explain(
    context: typer.Context,
    net: NetArgument,
    neuron: Annotated[
        str,
        typer.Argument(
            metavar="NEURON", help="LAYER.INDEX (from 0) or LAYER.LABEL; by position LAYER.I.J.K."
        ),
    ],
    rows: RowsAlone,
    opening: Opening,
    output: Document,
    row: Annotated[
        int | None,
        After("file"),
        typer.Option("--row", metavar="N", min=0, help="Of several rows, only row N."),
    ] = None,
    depth: Annotated[
        int | None,
        After("row"),
        typer.Option("--depth", metavar="N", min=1, help="Go on with what it reads, N levels."),
    ] = None,
    to: Annotated[
        str | None,
        After("depth"),
        typer.Option("--to", metavar="LAYER", help="Go on down to a layer, or to input."),
    ] = None,
) -> None:
    """Explain how one number of any layer came about.

    \b
    nntrace explain cat-or-dog output.cat --input 0.9,0.8,0.1
    nntrace explain digits output.4 --example "a four" --all
    nntrace explain digits output.4 --example "a four" --to input

    Without an input, it is explained for each example of the net file.
    """
    environment: Environment = context.obj
    chosen = output.chosen

    from nntrace.analysis.explain import explain as take_apart
    from nntrace.analysis.paths import goal_place, paths
    from nntrace.cli.tracing import load_network, no_such_row, traced
    from nntrace.core.batch import TracedBatch
    from nntrace.core.names import find_neuron

    network = load_network(net, environment, rows.inputs, opening)
    found = find_neuron(network, neuron)  # or say what is wrong with it before any row is read
    goal_place(network, found, to or "input")
    progress = context.with_resource(Progress(environment, output.accessible, color=output.color))
    batches = TracedBatch.gathered(traced(network, environment, rows, progress))
    count = sum(len(batch.trace) for batch in batches)
    if row is not None and row >= count:
        raise UsageError(no_such_row(row, count))
    explanations = [
        (take_apart(batch.trace, neuron, index), batch)
        for batch in batches
        for index in range(len(batch.trace))
        if row in (None, batch.start + index)
    ]
    trees = []
    if depth is not None or to is not None:
        trees = [
            paths(batch.trace, neuron, each.row, depth=depth, to=to or "input")
            for each, batch in explanations
        ]
    write(
        environment,
        output,
        chosen,
        lambda view: reports.explain.explained_reports(explanations, view, trees),
        lambda write: write(documents.explain.explained(explanations, trees)),
    )
