"""`nntrace stats`: what every neuron does over many rows, in one pass and constant memory."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from nntrace.cli.environment import Environment
from nntrace.cli.options import (
    AccessibleOption,
    AllOption,
    Color,
    ColorOption,
    ExampleOption,
    InputFormatOption,
    InputOption,
    NetArgument,
    OutputOption,
    PrecisionOption,
    SetOption,
    by_suffix,
)
from nntrace.cli.progress import Progress
from nntrace.cli.view import view_of
from nntrace.errors import UsageError

if TYPE_CHECKING:
    from nntrace.core.network import Network
    from nntrace.core.statistics import Statistics
    from nntrace.write.view import View


class Format(StrEnum):
    """What `stats` can write."""

    table = "table"
    json = "json"
    csv = "csv"


SUFFIXES = {".json": Format.json, ".csv": Format.csv, ".txt": Format.table}


def stats(
    context: typer.Context,
    net: NetArgument,
    inputs: InputOption = [],  # noqa: B006  (Typer's way)
    examples: ExampleOption = [],  # noqa: B006
    input_format: InputFormatOption = None,
    keep: Annotated[
        list[str],
        typer.Option(
            "--keep", metavar="COLUMN", help="Allow a column that is no input. Repeatable."
        ),
    ] = [],  # noqa: B006
    settings: SetOption = [],  # noqa: B006
    format: Annotated[
        Format | None,
        typer.Option("-f", "--format", help="Default: as the suffix of -o says, else table."),
    ] = None,
    output: OutputOption = None,
    layers: Annotated[
        list[str],
        typer.Option("-l", "--layer", metavar="NAME", help="Only this layer. Repeatable."),
    ] = [],  # noqa: B006
    precision: PrecisionOption = 4,
    show_all: AllOption = False,
    accessible: AccessibleOption = False,
    color: ColorOption = Color.auto,
) -> None:
    """Measure what every neuron does over many rows.

    \b
    nntrace stats digits --input digits.csv
    nntrace stats digits -i digits-labelled.csv --keep digit -f csv
    zcat rows.jsonl.gz | nntrace stats net.yaml --input - -f json

    How often it is active, whether it is dead or saturated, its mean, deviation and extremes.
    One pass, in constant memory. A wrong row ends it without a result: statistics of a part of the
    data would pass for those of the whole. Without an input, the examples of the net are measured.
    """
    environment: Environment = context.obj
    chosen = format or by_suffix(output, SUFFIXES) or Format.table
    if net == "-" and "-" in inputs:
        raise UsageError("the net and the rows cannot both come from standard input")

    from nntrace.cli.tracing import load_network, read_settings, traced
    from nntrace.core.statistics import no_statistics

    network = load_network(net, environment)
    for name in layers:
        network.layer(name)
    named = {name: value for name, (_, value) in read_settings(network, settings).items()}
    total = no_statistics(network)
    progress = context.with_resource(Progress(environment, accessible))
    for chunk in traced(
        network, environment, inputs, examples, keep, settings, input_format, progress=progress
    ):
        total = total.update(chunk.trace, chunk.start)

    if chosen is Format.table:
        view = view_of(environment, color, output, precision, show_all)
        text = _text(network, total, layers, named, view, accessible)
        written = environment.encode(text)
    else:
        from nntrace.write.machine import encode
        from nntrace.write.records_stats import stats_csv, stats_document

        document = stats_document(network, total, layers, named)
        written = stats_csv(document) if chosen is Format.csv else encode(document, True) + b"\n"
    with environment.output(output) as stream:
        stream.write(written)


def _text(
    network: Network,
    total: Statistics,
    layers: list[str],
    settings: dict[str, float],
    view: View,
    accessible: bool,
) -> str:
    if accessible:
        from nntrace.write.lines.stats import stats_lines as draw
    else:
        from nntrace.write.tables.stats import stats_table as draw
    return draw(network, total, layers, settings, view)
