"""`nntrace run`: trace rows through a net."""

# Annotations are values here: as texts, each would be compiled twice by Typer, at every start.

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from nntrace.cli.environment import Environment
from nntrace.cli.options import (
    AccessibleOption,
    AllOption,
    Color,
    ColorOption,
    DeterministicOption,
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
    from nntrace.write.records import Chunk
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
    input_format: InputFormatOption = None,
    keep: Annotated[
        list[str],
        typer.Option(
            "--keep", metavar="COLUMN", help="Carry a column of the rows along. Repeatable."
        ),
    ] = [],  # noqa: B006
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

    from nntrace.cli.tracing import Asked, gather, load_network, traced, until_fault

    network = load_network(net, environment, inputs)
    for name in layers:
        network.layer(name)
    streaming = chosen in (Format.jsonl, Format.csv) and output in (None, "-", "/dev/stdout")
    progress = context.with_resource(Progress(environment, accessible, streaming, color))
    rows = traced(
        network,
        environment,
        Asked(inputs, examples, keep, settings, input_format, deterministic),
        progress,
    )
    chunks, faults = until_fault(rows)
    with environment.output(output) as stream:
        if chosen is Format.table:
            whole = gather(chunks)
            if whole is not None:
                view = view_of(environment, color, output, precision, show_all)
                text = _text(whole, layers, row, view, accessible)
                if len(whole.trace) == 1 or row is not None:
                    from nntrace.cli.suggest import hint, to_explain

                    given = [("--input", each) for each in inputs]
                    given += [("--example", each) for each in examples]
                    given += [("--set", each) for each in settings]
                    given += [("--keep", each) for each in keep]
                    given += [("--input-format", input_format)] if input_format else []
                    given += [("--row", str(row))] if row is not None else []
                    command = to_explain(net, whole.trace.row(row or 0), given)
                    text += hint(command, view, accessible)
                stream.write(environment.encode(text))
        else:
            from nntrace.write import machine

            pieces = getattr(machine, chosen.value)(network, chunks, layers)
            if chosen is Format.json:  # half a document is worth nothing
                pieces = [b"".join(pieces)]
            for piece in pieces:
                stream.write(piece)
        for fault in faults:
            raise fault


def _text(
    chunk: "Chunk", layers: list[str], row: int | None, view: "View", accessible: bool
) -> str:
    if accessible:
        from nntrace.write.lines.trace import many_rows, one_row
    else:
        from nntrace.write.tables.trace import many_rows, one_row

    count = len(chunk.trace)
    if row is not None and row >= count:
        raise UsageError(f"--row {row}: there are {count} rows, 0 to {count - 1}")
    if row is None and count > 1:
        return many_rows(chunk, view)
    return one_row(chunk, row or 0, layers, view)
