"""`nntrace predict`: what a net decides, a line a row, and how right it is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, TypeVar

from nntrace.cli.command import After, Context, Option, but
from nntrace.cli.environment import Environment
from nntrace.cli.options import STANDARD, NetArgument, Opening, Output, Rows, TargetOption, writing
from nntrace.cli.progress import Progress
from nntrace.cli.result import write
from nntrace.errors import InputError, UsageError
from nntrace.write import formats, reports

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from nntrace.analysis.truths import Confusion
    from nntrace.core.batch import TracedBatch
    from nntrace.core.network import Network

T = TypeVar("T")

TO_PEOPLE = "a table on a terminal (with --summary or --accessible anywhere)"
Decisions = Annotated[
    Output,
    writing(
        formats.PREDICTIONS,
        help=f"Default: as the suffix of -o says, else {TO_PEOPLE}, and csv into a pipe or file.",
    ),
    but(
        show_all=Annotated[
            bool, Option("--all", help="Show every row and class on a terminal, too.")
        ]
    ),
]


def predict(
    context: Context,
    net: NetArgument,
    rows: Annotated[Rows, but(target=TargetOption)],
    opening: Opening,
    output: Decisions,
    summary: Annotated[
        bool,
        After("target"),
        Option(
            "--summary", help="With --target: accuracy and confusion matrix alone, without rows."
        ),
    ] = False,
) -> None:
    """Tell what the net decides, a line a row.

    \b
    nntrace predict digits --input digits-labelled.csv --target digit
    nntrace predict net.yaml -i rows.csv --keep id -o predictions.csv
    zcat rows.jsonl.gz | nntrace predict net.yaml --input - -f jsonl

    The class, its probability and that of each class; of a net without classes, its outputs.
    With the true classes in a column (--target), accuracy and confusion matrix at the end.
    Without an input, the examples of the net file are taken.
    """
    environment: Environment = context.obj
    target = rows.target
    on_terminal = output.file in STANDARD and environment.stdout.isatty()
    for_people = on_terminal or summary or output.accessible
    chosen = output.named or (formats.TABLE if for_people else "csv")
    if summary and target is None:
        raise UsageError("--summary compares with the true classes; give their --target COLUMN")
    if summary:
        formats.check_holds(chosen, formats.SUMMARY, "--summary has no rows")
        output = output._replace(content=formats.SUMMARY)

    from nntrace.analysis.truths import Confusion
    from nntrace.cli import tracing
    from nntrace.write.predictions import Predictions, renamed, titles

    network = tracing.load_network(net, environment, rows.inputs, opening, rows.reading)
    if target is not None:
        tracing.check_target(target, network)
        if network.classes is None:
            raise UsageError(f"--target {target}: {network.name} gives no classes to compare with")
        if rows.names_examples:
            raise UsageError(f"--target {target}: examples have no such column; give an --input")
    confusion = None if target is None else Confusion(len(network.classes or ()))
    found = titles(network, target)
    for message in renamed(network, target, found):
        environment.say("warning", message)
    streaming = on_terminal and not summary and (chosen != formats.TABLE or output.show_all)
    progress = context.with_resource(
        Progress(environment, output.accessible, streaming, output.color)
    )
    batches = tracing.traced(network, environment, rows, progress)
    if target is not None and confusion is not None:
        batches = _compared(batches, network, target, target in rows.keep, confusion)
    if formats.find(chosen).tabular and not summary:
        batches = tracing.of_same_columns(batches)

    def told(write: Callable[[Predictions], Iterable[T]]) -> Iterator[T]:
        kept = [name for name in rows.keep if name not in (target, "*")]
        alike = (rows.names_examples, kept, target, confusion)
        return tracing.until_fault(
            batches,
            lambda chunks: write(
                Predictions(network, chunks, found, *alike, lambda: chunks.fault is None, summary)
            ),
        )

    write(
        environment,
        output,
        chosen,
        lambda view: told(lambda known: reports.predict.predicted_reports(known, view)),
        told,
    )


def _compared(
    chunks: Iterator[TracedBatch], network: Network, target: str, kept: bool, confusion: Confusion
) -> Iterator[TracedBatch]:
    """Give chunks with the true class of each row, and count how often the net is right.

    A row whose target is no class of the net is a fault, which comes after the rows before it.
    """
    from nntrace.analysis.prediction import decide
    from nntrace.analysis.truths import Truths

    truths = Truths(network.classes or ())
    for chunk in chunks:
        found: list[int] = []
        fault = None
        for columns, place in zip(chunk.keep or (), chunk.places or (), strict=True):
            try:
                found.append(truths.index(columns[target]))
            except InputError as error:
                fault = InputError(place(f"{target}: {error}"))
                break
        good = chunk.first(len(found)) if fault else chunk
        keep = good.keep
        if not kept:
            keep = [{n: each[n] for n in each if n != target} for each in good.keep or ()]
        if found:
            decisions = decide(good.trace)
            assert decisions is not None
            confusion.count(found, decisions)
            yield good._replace(truths=found, keep=keep if keep and keep[0] else None)
        if fault:
            raise fault
