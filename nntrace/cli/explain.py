"""`nntrace explain`: how one neuron got its value."""

from __future__ import annotations

from typing import Annotated

import typer

from nntrace.cli.environment import Environment
from nntrace.cli.options import (
    AccessibleOption,
    AllOption,
    AllowOption,
    Color,
    ColorOption,
    DelimiterOption,
    DeterministicOption,
    DropOption,
    ExampleOption,
    HeaderOption,
    InputFormatOption,
    InputOption,
    NetArgument,
    OutputOption,
    PrecisionOption,
    SetOption,
    TextOrJson,
    TextOrJsonOption,
    text_or_json,
)
from nntrace.cli.progress import Progress
from nntrace.cli.view import view_of
from nntrace.errors import UsageError


def explain(
    context: typer.Context,
    net: NetArgument,
    neuron: Annotated[
        str,
        typer.Argument(metavar="NEURON", help="LAYER.INDEX (from 0) or LAYER.LABEL."),
    ],
    inputs: InputOption = [],  # noqa: B006  (Typer's way)
    examples: ExampleOption = [],  # noqa: B006
    keep: AllowOption = [],  # noqa: B006
    drop: DropOption = [],  # noqa: B006
    input_format: InputFormatOption = None,
    header: HeaderOption = None,
    delimiter: DelimiterOption = None,
    settings: SetOption = [],  # noqa: B006
    deterministic: DeterministicOption = False,
    format: TextOrJsonOption = None,
    output: OutputOption = None,
    row: Annotated[
        int | None,
        typer.Option("--row", metavar="N", min=0, help="Of several rows, only row N."),
    ] = None,
    precision: PrecisionOption = 4,
    show_all: AllOption = False,
    accessible: AccessibleOption = False,
    color: ColorOption = Color.auto,
) -> None:
    """Explain how one neuron got its value.

    \b
    nntrace explain cat-or-dog output.cat --input 0.9,0.8,0.1
    nntrace explain digits output.4 --example "a four" --all

    Without an input, it is explained for each example of the net file.
    """
    environment: Environment = context.obj
    chosen = text_or_json(format, output)

    from nntrace.analysis.explain import explain as take_apart
    from nntrace.cli.tracing import Asked, gather, load_network, no_such_row, traced
    from nntrace.core.names import find_neuron

    network = load_network(net, environment, inputs)
    found = find_neuron(network, neuron)
    progress = context.with_resource(Progress(environment, accessible, color=color))
    chunk = gather(
        traced(
            network,
            environment,
            Asked(
                inputs,
                examples,
                keep,
                drop,
                input_format,
                header,
                delimiter,
                settings,
                deterministic,
            ),
            progress,
        )
    )
    count = len(chunk.trace) if chunk else 0
    if row is not None and row >= count:
        raise UsageError(no_such_row(row, count))
    rows = range(count) if row is None else [row]
    explanations = [take_apart(chunk.trace, found, each) for each in rows] if chunk else []
    names = chunk.examples if chunk else None
    with environment.output(output) as stream:
        if chosen is TextOrJson.json:
            from nntrace.write.encode import encode
            from nntrace.write.records import explain_document

            documents = [
                explain_document(
                    each,
                    network,
                    names[each.row] if names and names[each.row] else None,
                    (chunk.settings if chunk else None) or {},
                )
                for each in explanations
            ]
            whole = documents[0] if len(documents) == 1 else documents
            stream.write(encode(whole, indent=True) + b"\n")
            return
        from nntrace.write import render
        from nntrace.write.phrases import subject_parts
        from nntrace.write.reports.explain import explained_report

        view = view_of(environment, color, output, precision, show_all, accessible)
        for each in explanations:
            if accessible and each is not explanations[0]:
                stream.write(b"\n")
            given = subject_parts(chunk, each.row) if chunk else []
            report = explained_report(network, each, given, view)
            stream.write(environment.encode(render.text(report)))
