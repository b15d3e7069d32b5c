"""`nntrace stats`: what every neuron does over many rows, in one pass and constant memory."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

from nntrace.cli.command import After, Alone, Context, Option
from nntrace.cli.environment import Environment
from nntrace.cli.options import NetArgument, Opening, Output, Rows, RowsAlone, writing
from nntrace.cli.progress import Progress
from nntrace.cli.result import write
from nntrace.errors import UsageError
from nntrace.write import documents, formats, reports

if TYPE_CHECKING:
    from nntrace.analysis.statistics import Statistics
    from nntrace.cli.cluster import Overrides
    from nntrace.core.network import Network


ADDRESS = r"local|[a-z]+://.+|[^/:]+:[0-9]+"


def stats(
    context: Context,
    net: NetArgument,
    rows: RowsAlone,
    opening: Opening,
    output: Annotated[Output, writing(formats.STATISTICS)],
    layers: Annotated[
        Sequence[str],
        After("file"),
        Option("-l", "--layer", metavar="NAME", help="Only this layer. Repeatable."),
    ] = (),
    dask: Annotated[
        str | None,
        After("precision"),
        Option(
            "--dask",
            metavar="[ADDRESS]",
            alone=Alone("local", ADDRESS),
            help="Share the work out to a Dask cluster, such as tcp://host:8786; without an"
            " address, to processes on this machine. Takes files.",
        ),
    ] = None,
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
    chosen = output.chosen

    from nntrace.cli.tracing import layers_named, load_network, read_settings

    network = load_network(net, environment, rows.inputs, opening, rows.reading)
    shown = layers_named(network, layers)
    read = read_settings(network, rows.settings)
    named = {name: value for name, (_, value) in read.items()}
    progress = context.with_resource(Progress(environment, output.accessible, color=output.color))
    if dask is None:
        total = _measured(network, environment, rows, progress)
    else:
        # which number a name means may depend on how many tokens there are
        overrides: Overrides = named if network.input.varies else dict(read.values())
        total = _measured_by_dask(dask, network, overrides, environment, rows, progress)

    write(
        environment,
        output,
        chosen,
        lambda view: [reports.stats.statistics_report(network, total, shown, named, view)],
        lambda write: write(documents.stats.measured(network, total, shown, named)),
    )


def _measured(
    network: Network, environment: Environment, rows: Rows, progress: Progress
) -> Statistics:
    from nntrace.analysis.statistics import no_statistics
    from nntrace.cli.tracing import traced

    total = no_statistics(network)
    for chunk in traced(network, environment, rows, progress):
        total = total.update(chunk.trace, chunk.start)
    return total


def _measured_by_dask(
    address: str,
    network: Network,
    overrides: Overrides,
    environment: Environment,
    rows: Rows,
    progress: Progress,
) -> Statistics:
    if "-" in rows.inputs or not rows.inputs:
        raise UsageError(
            "--dask takes files: give --input FILE, or a pattern: --input 'data/*.csv'"
        )
    from nntrace.analysis.statistics import no_statistics
    from nntrace.cli.cluster import Job, cluster, measured
    from nntrace.cli.tracing import tell_not_finite, tell_odd
    from nntrace.read.rows.chunks import sources
    from nntrace.read.rows.inputs import rows_of
    from nntrace.read.rows.parts import take_named

    if take_named(network, rows.inputs)[1]:
        raise UsageError("--dask takes files that hold all inputs (.npz), not NAME=…")
    rows_of(network, rows.inputs, rows.examples, rows.reading)  # tells what cannot be
    found = sources(rows.inputs, rows.examples, rows.reading, bool(network.input.text))
    total = no_statistics(network)
    with cluster(address) as client:
        if not client.nthreads():
            environment.say("warning", f"--dask {address}: has no workers yet, waits for some")
        parts = measured(client, found, Job(network, overrides, rows.deterministic))
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
