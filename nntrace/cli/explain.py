"""`nntrace explain`: how one neuron got its value."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from nntrace.cli.command import After, Argument, Context, Option
from nntrace.cli.environment import Environment
from nntrace.cli.options import Document, NetArgument, Opening, RowsAlone
from nntrace.cli.progress import Progress
from nntrace.cli.result import write
from nntrace.errors import UsageError
from nntrace.write import documents, reports

if TYPE_CHECKING:
    from nntrace.core.network import Network

NEURON = "LAYER.INDEX (from 0) or LAYER.LABEL"


def explain(
    context: Context,
    net: NetArgument,
    rows: RowsAlone,
    opening: Opening,
    output: Document,
    neuron: Annotated[
        str | None,
        Argument(metavar="[NEURON]", help=f"{NEURON}; by position LAYER.I.J.K."),
    ] = None,
    row: Annotated[
        int | None,
        After("file"),
        Option("--row", metavar="N", min=0, help="Of several rows, only row N."),
    ] = None,
    depth: Annotated[
        int | None,
        After("row"),
        Option("--depth", metavar="N", min=1, help="Go on with what it reads, N levels."),
    ] = None,
    to: Annotated[
        str | None,
        After("depth"),
        Option("--to", metavar="LAYER", help="Go on down to a layer, or to input."),
    ] = None,
    margin: Annotated[
        bool,
        After("to"),
        Option("--margin", help="How far a row is from another prediction, with no NEURON."),
    ] = False,
) -> None:
    """Explain how one number of any layer came about.

    \b
    nntrace explain cat-or-dog output.cat --input 0.9,0.8,0.1
    nntrace explain digits output.4 --example "a four" --all
    nntrace explain digits output.4 --example "a four" --to input
    nntrace explain cat-or-dog --margin --input 0.9,0.8,0.1

    Without an input, it is explained for each example of the net file.
    """
    environment: Environment = context.obj
    chosen = output.chosen

    if neuron is None and not margin:
        raise UsageError(f"NEURON is missing: {NEURON} (see nntrace explain --help)")
    if margin and (neuron is not None or depth is not None or to is not None):
        raise UsageError("--margin is about the whole net: it takes no NEURON, --depth or --to")

    from nntrace.cli.tracing import load_network, no_such_row, traced
    from nntrace.core.batch import TracedBatch

    network = load_network(net, environment, rows.inputs, opening, rows.reading)
    _check(network, neuron, to)  # or say what is wrong with it before any row is read
    progress = context.with_resource(Progress(environment, output.accessible, color=output.color))
    batches = TracedBatch.gathered(traced(network, environment, rows, progress))
    count = sum(len(batch.trace) for batch in batches)
    if row is not None and row >= count:
        raise UsageError(no_such_row(row, count))
    wanted = [
        (batch, index)
        for batch in batches
        for index in range(len(batch.trace))
        if row in (None, batch.start + index)
    ]
    if neuron is None:
        from nntrace.analysis.margin import margin as around

        margins = [(around(batch.trace, index), batch) for batch, index in wanted]
        write(
            environment,
            output,
            chosen,
            lambda view: reports.margin.margin_reports(margins, view),
            lambda write: write(documents.margin.margins(margins)),
        )
        return

    from nntrace.analysis.explain import explain as take_apart
    from nntrace.analysis.paths import paths

    explanations = [(take_apart(batch.trace, neuron, index), batch) for batch, index in wanted]
    trees = []
    if depth is not None or to is not None:
        trees = [
            paths(batch.trace, neuron, index, depth=depth, to=to or "input")
            for batch, index in wanted
        ]
    write(
        environment,
        output,
        chosen,
        lambda view: reports.explain.explained_reports(explanations, view, trees),
        lambda write: write(documents.explain.explained(explanations, trees)),
    )


def _check(network: Network, neuron: str | None, to: str | None) -> None:
    """Raise UsageError where there is no such neuron, or no margin to tell."""
    if neuron is None:
        from nntrace.analysis.pieces import Pieces

        Pieces.of(network)
        return
    from nntrace.analysis.paths import goal_place
    from nntrace.core.names import find_neuron

    goal_place(network, find_neuron(network, neuron), to or "input")
