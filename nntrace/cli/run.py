"""`nntrace run`: trace rows through a net."""

# Annotations are values here: as texts, each would be compiled twice by Typer, at every start.

from enum import StrEnum
from itertools import chain
from typing import TYPE_CHECKING, Annotated

import typer

from nntrace.cli.environment import Environment
from nntrace.cli.options import (
    AccessibleOption,
    AllOption,
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
from nntrace.cli.view import view_of
from nntrace.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from nntrace.cli.tracing import Asked
    from nntrace.core.batch import TracedBatch
    from nntrace.core.forward import Trace
    from nntrace.core.network import Network
    from nntrace.write.view import View


class Format(StrEnum):
    """What `run` can write."""

    table = "table"
    json = "json"
    jsonl = "jsonl"
    csv = "csv"
    npz = "npz"


SUFFIXES = {
    ".json": Format.json,
    ".jsonl": Format.jsonl,
    ".csv": Format.csv,
    ".npz": Format.npz,
    ".txt": Format.table,
}


def run(
    context: typer.Context,
    net: NetArgument,
    inputs: InputOption = [],  # noqa: B006  (Typer's way)
    examples: ExampleOption = [],  # noqa: B006
    keep: KeepOption = [],  # noqa: B006
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
        typer.Option(
            "-l",
            "--layer",
            metavar="NAME",
            help="Only this layer; of several rows, each in full. Repeatable.",
        ),
    ] = [],  # noqa: B006
    precision: PrecisionOption = 4,
    row: Annotated[
        int | None,
        typer.Option("--row", metavar="N", min=0, help="Of several rows, show row N in full."),
    ] = None,
    show_all: AllOption = False,
    accessible: AccessibleOption = False,
    color: ColorOption = Color.auto,
) -> None:
    """Trace rows through a net: every number of it.

    \b
    nntrace run cat-or-dog --input 0.9,0.8,0.1
    nntrace run digits --example "a four"
    nntrace run net.yaml --input rows.csv -f jsonl | jq .prediction

    Without an input, the examples of the net file are traced.
    """
    environment: Environment = context.obj
    chosen = format or by_suffix(output, SUFFIXES) or Format.table
    if row is not None and chosen is not Format.table:
        raise UsageError("--row shows one row in full, in a table; machine formats carry all rows")
    if chosen is Format.npz and output in (None, "-") and environment.stdout.isatty():
        raise UsageError("npz is binary, and no terminal shows it: give -o FILE.npz, or a pipe")

    from nntrace.cli.tracing import Asked, load_network, of_same_columns, traced, until_fault

    network = load_network(net, environment, inputs)
    for name in layers:
        network.layer(name)
    in_lines = chosen in (Format.jsonl, Format.csv)
    in_lines |= chosen is Format.table and (show_all or bool(layers))
    streaming = in_lines and output in (None, "-", "/dev/stdout")
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
    )
    rows = traced(network, environment, asked, progress)
    rows = of_same_columns(rows) if chosen is Format.table else rows
    with environment.output(output) as stream, until_fault(rows) as chunks:
        if chosen is Format.table:
            view = view_of(environment, color, output, precision, show_all)

            def after(trace: "Trace") -> str:
                from nntrace.cli.suggest import hint, to_explain

                return hint(to_explain(net, trace, asked, row), view, accessible)

            for text in _texts(network, chunks, asked, layers, row, view, accessible, after):
                stream.write(environment.encode(text))
        else:
            from nntrace.write import machine

            pieces = getattr(machine, chosen.value)(network, chunks, layers)
            if chosen is Format.json:  # half a document is worth nothing
                pieces = [b"".join(pieces)]
            for piece in pieces:
                stream.write(piece)


def _texts(
    network: "Network",
    chunks: "Iterator[TracedBatch]",
    asked: "Asked",
    layers: list[str],
    row: int | None,
    view: "View",
    accessible: bool,
    after: "Callable[[Trace], str]",
) -> "Iterator[str]":
    """Give what is shown of the rows, a piece at a time: one in full, or a line of each.

    Of several, with `layers` or `--all`, each follows in full. `after` says what to do next, where
    one row was shown.
    """
    from nntrace.core.batch import TracedBatch
    from nntrace.write.phrases import settings_parts
    from nntrace.write.verdicts import along

    if accessible:
        from nntrace.write.lines.trace import many_rows, one_row
    else:
        from nntrace.write.tables.trace import many_rows, one_row

    if row is not None:
        chunk, index = _found(chunks, row)
        yield one_row(chunk, index, layers, view) + after(chunk.trace.row(index))
        return
    first: list[TracedBatch] = []
    for chunk in chunks:
        first.append(chunk)
        if sum(len(each.trace) for each in first) > 1:
            break
    begun = TracedBatch.concat(first)
    if begun is None or not len(begun.trace):
        return
    if len(begun.trace) == 1:
        yield one_row(begun, 0, layers, view) + after(begun.trace)
        return
    in_full = bool(layers) or view.show_all
    held: list[TracedBatch] = []

    def passed() -> "Iterator[TracedBatch]":
        for chunk in chain([begun], chunks):
            if in_full:
                held.append(chunk)
            yield chunk

    alike = along(begun, asked.names_examples)
    yield from many_rows(network, passed(), alike, settings_parts(begun), view, in_full)
    for chunk in held:
        for index in range(len(chunk.trace)):
            yield "\n" + one_row(chunk, index, layers, view, headed=False)


def _found(chunks: "Iterator[TracedBatch]", row: int) -> "tuple[TracedBatch, int]":
    """Return a row's chunk, and its place there; faults and warnings of those after it are told.

    The chunk holds more than one row where there are more, so that it is told which one it is.
    """
    from nntrace.cli.tracing import no_such_row
    from nntrace.core.batch import TracedBatch

    found: TracedBatch | None = None
    count = 0
    for chunk in chunks:
        count += len(chunk.trace)
        if found is None:
            found = chunk if row < count else None
        elif len(found.trace) == 1:
            found = TracedBatch.concat([found, chunk])
    if found is None:
        raise UsageError(no_such_row(row, count))
    return found, row - found.start
