"""`nntrace stats`: what every neuron does over many rows, in one pass and constant memory."""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer

from nntrace.cli import command
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
    by_suffix,
)
from nntrace.cli.progress import Progress
from nntrace.cli.view import view_of
from nntrace.errors import UsageError

if TYPE_CHECKING:
    from nntrace.analysis.statistics import Statistics
    from nntrace.cli.tracing import Asked
    from nntrace.core.names import Neuron
    from nntrace.core.network import Network


class Format(StrEnum):
    """What `stats` can write."""

    table = "table"
    json = "json"
    csv = "csv"


SUFFIXES = {".json": Format.json, ".csv": Format.csv, ".txt": Format.table}


class Command(command.Command):
    """The command line of `stats`, on which `--dask` may stand without an address."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Put in the address `local` where none follows."""
        words: list[str] = []
        for word in args:
            if words[-1:] == ["--dask"] and not ADDRESS.fullmatch(word):
                words.append("local")
            words.append(word)
        return super().parse_args(ctx, words + ["local"] * (words[-1:] == ["--dask"]))


ADDRESS = re.compile(r"local|[a-z]+://.+|[^/:]+:[0-9]+")


def stats(
    context: typer.Context,
    net: NetArgument,
    inputs: InputOption = [],  # noqa: B006  (Typer's way)
    examples: ExampleOption = [],  # noqa: B006
    keep: AllowOption = [],  # noqa: B006
    drop: DropOption = [],  # noqa: B006
    input_format: InputFormatOption = None,
    header: HeaderOption = None,
    delimiter: DelimiterOption = None,
    settings: SetOption = [],  # noqa: B006
    deterministic: DeterministicOption = False,
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
    dask: Annotated[
        str | None,
        typer.Option(
            "--dask",
            metavar="[ADDRESS]",
            help="Share the work out to a Dask cluster, such as tcp://host:8786; without an"
            " address, to processes on this machine. Takes files.",
        ),
    ] = None,
    show_all: AllOption = False,
    accessible: AccessibleOption = False,
    color: ColorOption = Color.auto,
) -> None:
    """Measure what every neuron does over many rows.

    \b
    nntrace stats digits --input digits.csv
    nntrace stats digits -i digits-labelled.csv --keep digit -f csv
    zcat rows.jsonl.gz | nntrace stats net.yaml --input - -f json
    nntrace stats net.yaml --input 'data/*.csv' --dask

    How often it is active, whether it is dead or saturated, its mean, deviation and extremes.
    One pass, in constant memory. A wrong row ends it without a result: statistics of a part of the
    data would pass for those of the whole. Without an input, the examples of the net are measured.
    """
    environment: Environment = context.obj
    chosen = format or by_suffix(output, SUFFIXES) or Format.table

    from nntrace.cli.tracing import Asked, load_network, read_settings

    network = load_network(net, environment, inputs)
    for name in layers:
        network.layer(name)
    read = read_settings(network, settings)
    named = {name: value for name, (_, value) in read.items()}
    asked = Asked(
        inputs,
        examples,
        keep,
        drop,
        input_format,
        header,
        delimiter,
        settings,
        deterministic,
    )
    progress = context.with_resource(Progress(environment, accessible, color=color))
    if dask is None:
        total = _measured(network, environment, asked, progress)
    else:
        overrides = dict(read.values())
        total = _measured_by_dask(dask, network, overrides, environment, asked, progress)

    if chosen is Format.table:
        from nntrace.write import render
        from nntrace.write.reports.stats import statistics_report

        view = view_of(environment, color, output, precision, show_all, accessible)
        report = statistics_report(network, total, layers, named, view)
        written = environment.encode(render.text(report))
    else:
        from nntrace.write.encode import encode
        from nntrace.write.records_stats import stats_csv, stats_document

        document = stats_document(network, total, layers, named)
        written = stats_csv(document) if chosen is Format.csv else encode(document, True) + b"\n"
    with environment.output(output) as stream:
        stream.write(written)


def _measured(
    network: Network, environment: Environment, asked: Asked, progress: Progress
) -> Statistics:
    from nntrace.analysis.statistics import no_statistics
    from nntrace.cli.tracing import traced

    total = no_statistics(network)
    for chunk in traced(network, environment, asked, progress):
        total = total.update(chunk.trace, chunk.start)
    return total


def _measured_by_dask(
    address: str,
    network: Network,
    overrides: Mapping[Neuron, float],
    environment: Environment,
    asked: Asked,
    progress: Progress,
) -> Statistics:
    if "-" in asked.inputs or not asked.inputs:
        raise UsageError(
            "--dask takes files: give --input FILE, or a pattern: --input 'data/*.csv'"
        )
    from nntrace.analysis.statistics import no_statistics
    from nntrace.cli.cluster import Job, cluster, measured
    from nntrace.cli.tracing import tell_not_finite, tell_odd
    from nntrace.read.rows.inputs import rows_of
    from nntrace.read.rows.parts import sources

    rows_of(network, asked.inputs, asked.examples, asked.reading)  # tells what cannot be
    found = sources(asked.inputs, asked.examples, asked.reading)
    total = no_statistics(network)
    with cluster(address) as client:
        if not client.nthreads():
            environment.say("warning", f"--dask {address}: has no workers yet, waits for some")
        parts = measured(client, found, Job(network, overrides, asked.deterministic))
        for statistics, fault, odd in progress.along(
            parts, lambda part: (part.statistics.rows, None)
        ):
            tell_odd(odd, environment, progress)
            before, total = total.first_not_finite, total.then(statistics)
            if before is None and total.first_not_finite is not None:
                progress.erase()
                tell_not_finite(total.first_not_finite, environment)
            if fault is not None:
                raise fault
    return total
