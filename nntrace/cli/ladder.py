"""`nntrace ladder`: how well each layer alone tells the classes of labelled rows apart."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Annotated

from nntrace.cli.command import After, Context, Option, but
from nntrace.cli.environment import Environment
from nntrace.cli.options import Document, NetArgument, Opening, Rows, RowsAlone, TargetOption
from nntrace.cli.progress import Progress
from nntrace.cli.result import write
from nntrace.errors import InputError, UsageError
from nntrace.write import documents, reports

if TYPE_CHECKING:
    from nntrace.core.arrays import Array
    from nntrace.core.forward import Trace
    from nntrace.core.names import Neuron
    from nntrace.core.network import Network
    from nntrace.errors import Problem

SHAPE = "--input rows.csv --target COLUMN"
LabelledRows = Annotated[
    RowsAlone, but(target=TargetOption, examples=(), settings=(), deterministic=False)
]


def ladder(
    context: Context,
    net: NetArgument,
    rows: LabelledRows,
    *,
    train: Annotated[
        Sequence[str],
        After("target"),
        Option(
            "--train",
            metavar="ROWS",
            help="Labelled rows to learn from; those of --input are all tested then. Repeatable.",
        ),
    ] = (),
    seed: Annotated[
        int, Option("--seed", metavar="N", min=0, help="Decides which rows are held out.")
    ] = 0,
    neurons: Annotated[
        Sequence[str],
        Option(
            "--neuron",
            metavar="LAYER[.NEURON]",
            help="Show what excites a neuron, or each of a layer. Repeatable.",
        ),
    ] = (),
    opening: Opening,
    output: Document,
) -> None:
    """Show what each layer knows: how well it tells classes apart.

    \b
    nntrace ladder digits --input digits-labelled.csv --target digit
    nntrace ladder iris -i iris-labelled.csv -t species --neuron hidden
    nntrace ladder digits -i digits-labelled.csv -t digit \\
        --train digits-practice.npz

    Two thirds of the rows train a linear probe (multinomial logistic regression) on each layer, and
    the others test it: 20 times, on other thirds. Said is which layers surely differ.
    """
    environment: Environment = context.obj
    chosen = output.chosen
    inputs, target = rows.inputs, rows.target
    if not inputs or target is None:
        missing = " and ".join(["--input"] * (not inputs) + ["--target"] * (target is None))
        raise UsageError(f"a ladder is measured on labelled rows; give {missing}, as in {SHAPE}")

    from nntrace.cli import threads

    # a probe's many products are too small to be shared out, whatever the net
    threads.stay_with_one()
    from nntrace.analysis.ladder import ladder as measure
    from nntrace.analysis.top_activations import excitation
    from nntrace.cli.tracing import check_target, load_network

    network = load_network(net, environment, [*inputs, *train], opening)
    if "-" in inputs and "-" in train:
        raise UsageError("--input - and --train - were given, standard input can be read once")
    check_target(target, network)
    found = [each for word in neurons for each in _named(network, word)]
    progress = context.with_resource(Progress(environment, output.accessible, color=output.color))
    traces, labels = _labelled(network, environment, rows, target, progress)
    if found and len(traces) > 1:
        told = "takes texts of one length: a neuron is a place in each of them"
        raise UsageError(f"--neuron {neurons[0]}: {told}")
    practice = None
    if train:
        practice = _labelled(network, environment, rows._replace(inputs=train), target, progress)
    measured = measure(
        traces, labels, seed, practice=practice, progress=progress.counting("probes")
    )
    progress.erase()
    trace = traces[0]  # the only one where neurons are named
    if network.input.varies:  # which number a name means may depend on how many tokens there are
        found = [each for word in neurons for each in _named(trace.network, word)]
    excitations = [excitation(trace, each, measured.classes) for each in dict.fromkeys(found)]

    write(
        environment,
        output,
        chosen,
        lambda view: [
            reports.ladder.ladder_report(network, trace, target, measured, excitations, view)
        ],
        lambda write: write(documents.ladder.climbed(measured, network, target, excitations)),
    )


def _named(network: Network, word: str) -> list[Neuron]:
    from nntrace.analysis.top_activations import neurons_named

    try:
        return neurons_named(network, word)
    except UsageError as error:
        raise UsageError(f"--neuron {word}: {error}") from None


def _labelled(
    network: Network,
    environment: Environment,
    rows: Rows,
    target: str,
    progress: Progress,
) -> tuple[list[Trace], list[str]]:
    """Read and trace all rows; return their traces, and the class of each row.

    It is one trace, unless there are texts of several lengths: then one for those of the same
    length that follow each other.
    """
    from itertools import groupby

    import numpy as np

    from nntrace.cli.tracing import rows_asked_for
    from nntrace.core.forward import forward

    values = []
    labels: list[str] = []
    for batch in rows_asked_for(network, environment, rows, progress):
        values.append(batch.values)
        for kept, place in zip(batch.keep or [], batch.places or [], strict=True):
            labels.append(_class(kept[target], target, place))
    alike = groupby(values or [np.zeros((0, network.input.size), network.rows_dtype)], _length)
    return [forward(network, np.concatenate([*some])) for _, some in alike], labels


def _length(values: Array) -> int:
    return int(values.shape[1])


def _class(value: object, target: str, place: Callable[[str], Problem]) -> str:
    """Return the name of a class as it is written in a column; the fault of one has its place."""
    from nntrace.analysis.classes import class_text

    try:
        return class_text(value)
    except InputError as error:
        raise InputError(place(f"{target}: {error}")) from None
