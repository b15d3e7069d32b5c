"""`nntrace explain`: how one neuron got its value."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

import typer

from nntrace.cli.command import After
from nntrace.cli.environment import Environment
from nntrace.cli.options import Document, NetArgument, RowsAlone
from nntrace.cli.progress import Progress
from nntrace.cli.result import write
from nntrace.errors import UsageError

if TYPE_CHECKING:
    from nntrace.write import formats
    from nntrace.write.view import View


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
    chunk = TracedBatch.concat(traced(network, environment, rows, progress))
    count = len(chunk.trace) if chunk else 0
    if row is not None and row >= count:
        raise UsageError(no_such_row(row, count))
    which = range(count) if row is None else [row]
    explanations = [take_apart(chunk.trace, found, each) for each in which] if chunk else []
    names = chunk.examples if chunk else None

    def text(view: View) -> Iterator[str]:
        from nntrace.write import render
        from nntrace.write.reports.explain import explained_report
        from nntrace.write.reports.net import subject

        for each in explanations:
            if output.accessible and each is not explanations[0]:
                yield "\n"
            given = subject(chunk, each.row) if chunk else []
            yield render.text(explained_report(network, each, given, view))

    def data(write: formats.Writer) -> Iterator[bytes]:
        from nntrace.write.documents.explain import EXPLAIN

        documents = [
            EXPLAIN.of(
                each,
                network=network,
                example=(names[each.row] or None) if names else None,
                set=(chunk.settings or None) if chunk else None,
            )
            for each in explanations
        ]
        return write(documents[0] if len(documents) == 1 else documents)

    write(environment, output, chosen, text, data)
