"""`nntrace predict`: what a net decides, a line a row, and how right it is."""

# Annotations are values here: as texts, each would be compiled twice by Typer, at every start.

from enum import StrEnum
from itertools import chain
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

import typer

from nntrace.cli.environment import Environment
from nntrace.cli.options import (
    AccessibleOption,
    Color,
    ColorOption,
    DelimiterOption,
    DeterministicOption,
    DropOption,
    ExampleOption,
    HeaderOption,
    InputFormatOption,
    InputOption,
    KeepOption,
    NetArgument,
    OutputOption,
    PrecisionOption,
    SetOption,
    by_suffix,
)
from nntrace.cli.progress import Progress
from nntrace.cli.targets import TargetOption, check_target
from nntrace.cli.view import view_of
from nntrace.errors import InputError, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from nntrace.analysis.truths import Confusion
    from nntrace.cli.tracing import Batches
    from nntrace.core.batch import TracedBatch
    from nntrace.core.network import Network
    from nntrace.write.predictions import Titles
    from nntrace.write.view import View


class Format(StrEnum):
    """What `predict` can write."""

    table = "table"
    csv = "csv"
    jsonl = "jsonl"
    json = "json"


SUFFIXES = {
    ".csv": Format.csv,
    ".jsonl": Format.jsonl,
    ".json": Format.json,
    ".txt": Format.table,
}
STANDARD = (None, "-", "/dev/stdout")


def predict(
    context: typer.Context,
    net: NetArgument,
    inputs: InputOption = [],  # noqa: B006  (Typer's way)
    examples: ExampleOption = [],  # noqa: B006
    target: TargetOption = None,
    summary: Annotated[
        bool,
        typer.Option(
            "--summary", help="With --target: accuracy and confusion matrix alone, without rows."
        ),
    ] = False,
    keep: KeepOption = [],  # noqa: B006
    drop: DropOption = [],  # noqa: B006
    input_format: InputFormatOption = None,
    header: HeaderOption = None,
    delimiter: DelimiterOption = None,
    settings: SetOption = [],  # noqa: B006
    deterministic: DeterministicOption = False,
    format: Annotated[
        Format | None,
        typer.Option(
            "-f",
            "--format",
            help="Default: as the suffix of -o says, else a table on a terminal (with --summary or"
            " --accessible anywhere), and csv into a pipe or file.",
        ),
    ] = None,
    output: OutputOption = None,
    precision: PrecisionOption = 4,
    show_all: Annotated[
        bool, typer.Option("--all", help="Show every row and class on a terminal, too.")
    ] = False,
    accessible: AccessibleOption = False,
    color: ColorOption = Color.auto,
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
    on_terminal = output in STANDARD and environment.stdout.isatty()
    for_people = on_terminal or summary or accessible
    chosen = format or by_suffix(output, SUFFIXES) or (Format.table if for_people else Format.csv)
    if summary and target is None:
        raise UsageError("--summary compares with the true classes; give their --target COLUMN")
    if summary and chosen in (Format.csv, Format.jsonl):
        raise UsageError(f"--summary has no rows for {chosen.value}, takes -f table or -f json")

    from nntrace.analysis.truths import Confusion
    from nntrace.cli.tracing import Asked, load_network, of_same_columns, traced, until_fault
    from nntrace.write.predictions import renamed, titles

    network = load_network(net, environment, inputs)
    if target is not None:
        check_target(target, network)
        if network.classes is None:
            raise UsageError(f"--target {target}: {network.name} gives no classes to compare with")
        if examples or not inputs:
            raise UsageError(f"--target {target}: examples have no such column; give an --input")
    confusion = None if target is None else Confusion(len(network.classes or ()))
    found = titles(network, target)
    for message in renamed(network, target, found):
        environment.say("warning", message)
    streaming = on_terminal and not summary and (chosen is not Format.table or show_all)
    progress = context.with_resource(Progress(environment, accessible, streaming, color))
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
        target,
    )
    rows = traced(network, environment, asked, progress)
    if target is not None and confusion is not None:
        rows = _compared(rows, network, target, target in keep, confusion)
    if chosen in (Format.table, Format.csv) and not summary:
        rows = of_same_columns(rows)
    told = Told(network, found, asked.names_examples, target, confusion, summary)
    with environment.output(output) as stream, until_fault(rows) as chunks:
        if chosen is Format.table:
            view = view_of(environment, color, output, precision, show_all)
            for text in _texts(told, chunks, view, accessible):
                stream.write(environment.encode(text))
        else:
            for piece in _pieces(told, chunks, chosen, asked.keep):
                stream.write(piece)


class Told(NamedTuple):
    """What is told of rows, whatever it is written as.

    Of rows up to a fault no summary is given, which would pass for one of the whole.
    """

    network: "Network"
    titles: "Titles"
    names_examples: bool
    target: str | None
    confusion: "Confusion | None"
    summary: bool


def _compared(
    chunks: "Iterator[TracedBatch]",
    network: "Network",
    target: str,
    kept: bool,
    confusion: "Confusion",
) -> "Iterator[TracedBatch]":
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
        keep = good.keep if kept else [_without(target, each) for each in good.keep or ()]
        if found:
            decisions = decide(good.trace)
            assert decisions is not None
            confusion.count(found, decisions)
            yield good._replace(truths=found, keep=keep if keep and keep[0] else None)
        if fault:
            raise fault


def _without(name: str, columns: dict[str, Any]) -> dict[str, Any]:
    return {each: value for each, value in columns.items() if each != name}


def _texts(told: Told, chunks: "Batches", view: "View", accessible: bool) -> "Iterator[str]":
    """Give what people are told, a piece at a time; nothing where there are no rows."""
    from nntrace.write.phrases import settings_parts
    from nntrace.write.verdicts import along

    if accessible:
        from nntrace.write.lines.predict import head, rows, summed_up
    else:
        from nntrace.write.tables.predict import head, rows, summed_up

    network, found, names_examples, target, confusion, summary = told
    first = next(chunks, None)
    if first is None:
        return
    above = head(network, settings_parts(first), view)
    if summary:
        for _ in chunks:
            pass
    else:
        yield above
        alike = along(first, names_examples)
        yield from rows(network, chain([first], chunks), alike, found, view)
    if target is not None and confusion is not None and chunks.fault is None:
        yield above if summary else "\n"
        yield summed_up(network, confusion, target, view)


def _pieces(
    told: Told, chunks: "Batches", chosen: Format, keep: "Sequence[str]"
) -> "Iterator[bytes]":
    """Give what machines are told, a piece at a time."""
    from nntrace.write import machine_predict as machine

    network, found, names_examples, target, confusion, summary = told
    match chosen:
        case Format.jsonl:
            yield from machine.jsonl(chunks, found)
        case Format.csv:
            columns = [name for name in keep if name not in (target, "*")]
            yield from machine.csv(network, chunks, found, names_examples, columns)
        case _:
            counted, predictions = machine.counted(chunks, found, summary)
            whole = chunks.fault is None
            if whole or not summary:
                yield machine.json(network, counted, predictions, confusion if whole else None)
