"""`nntrace run`: trace rows through a net."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from itertools import chain
from typing import TYPE_CHECKING, Annotated

from nntrace.cli.command import After, Context, Option
from nntrace.cli.environment import Environment
from nntrace.cli.options import STANDARD, NetArgument, Opening, Output, Rows, writing
from nntrace.cli.progress import Progress
from nntrace.cli.result import write
from nntrace.errors import UsageError
from nntrace.write import formats

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator

    from nntrace.cli.tracing import Batches
    from nntrace.core.batch import TracedBatch
    from nntrace.core.forward import Trace
    from nntrace.write.report import Report
    from nntrace.write.view import View


MANY = 1_000_000  # numbers of a row, of which somebody at a terminal is told that they are many


def run(
    context: Context,
    net: NetArgument,
    rows: Rows,
    opening: Opening,
    output: Annotated[Output, writing(formats.TRACE)],
    layers: Annotated[
        Sequence[str],
        After("file"),
        Option(
            "-l",
            "--layer",
            metavar="NAME",
            help="Only this layer; of several rows, each in full. Repeatable.",
        ),
    ] = (),
    row: Annotated[
        int | None,
        After("precision"),
        Option("--row", metavar="N", min=0, help="Of several rows, show row N in full."),
    ] = None,
) -> None:
    """Trace rows through a net: every number of it.

    \b
    nntrace run cat-or-dog --input 0.9,0.8,0.1
    nntrace run digits --example "a four"
    nntrace run net.yaml --input rows.csv -f jsonl | jq .prediction

    Without an input, the examples of the net file are traced.
    """
    environment: Environment = context.obj
    chosen = output.chosen
    if row is not None and chosen != formats.TABLE:
        raise UsageError("--row shows one row in full, in a table; machine formats carry all rows")
    wanted = formats.find(chosen)
    if wanted.binary and not output.to_file and environment.stdout.isatty():
        told = f"{chosen} is binary, and no terminal shows it"
        raise UsageError(f"{told}: give -o FILE{wanted.suffix}, or a pipe")

    from nntrace.cli.tracing import layers_named, load_network, of_same_columns, traced, until_fault

    network = load_network(net, environment, rows.inputs, opening, rows.reading)
    shown = layers_named(network, layers)
    in_lines = wanted.streams
    in_lines |= chosen == formats.TABLE and (output.show_all or bool(layers))
    streaming = in_lines and output.file in STANDARD
    progress = context.with_resource(
        Progress(environment, output.accessible, streaming, output.color)
    )
    batches = traced(network, environment, rows, progress)
    batches = of_same_columns(batches) if chosen == formats.TABLE else batches

    def reports(chunks: Batches, view: View) -> Iterator[Report]:
        from nntrace.cli.suggest import to_explain

        in_full = bool(layers) or view.show_all

        def note(trace: Trace) -> None:
            if not view.shortens:
                _note_of_many(trace, shown, chosen, environment)

        command = partial(to_explain, net, rows=rows, row=row)
        return _reports(chunks, rows.names_examples, shown, row, in_full, view, command, note)

    def noted(chunks: Batches) -> Iterator[TracedBatch]:
        for place, chunk in enumerate(chunks):
            if not place:
                _note_of_many(chunk.trace, shown, chosen, environment)
            yield chunk

    write(
        environment,
        output,
        chosen,
        lambda view: until_fault(batches, lambda chunks: reports(chunks, view)),
        lambda write: until_fault(batches, lambda chunks: write(network, noted(chunks), shown)),
    )


def _note_of_many(trace: Trace, shown: Collection[str], chosen: str, said: Environment) -> None:
    """Say to somebody, where a row has very many numbers that are written out, what is shorter."""
    count = sum(part.layer.size for part in trace.layers if part.name in shown)
    if count > MANY and said.watched and chosen != "npz":
        better = "-f npz -o FILE holds them as arrays" + ", -l NAME is one layer" * (len(shown) > 1)
        said.say("note", f"{count:,} numbers a row are written as {chosen}; {better}")


def _reports(
    chunks: Iterator[TracedBatch],
    examples: bool,
    layers: Collection[str],
    row: int | None,
    in_full: bool,
    view: View,
    next_command: Callable[[Trace], list[str] | None],
    note: Callable[[Trace], None],
) -> Iterator[Report]:
    """Give what is told of the rows: one in full, or a line of each.

    Several follow `in_full`, too. `next_command` is what to type where one row was shown, of
    which a `note` is made; `examples` says whether some rows are examples of the net.
    """
    from nntrace.core.batch import TracedBatch
    from nntrace.write.reports.rows import rows_report
    from nntrace.write.reports.run import row_report
    from nntrace.write.verdicts import along

    if row is not None:
        chunk, index = _found(chunks, row)
        command = next_command(chunk.trace.row(index))
        note(chunk.trace)
        yield row_report(chunk, index, layers, view, command=command)
        return
    first: list[TracedBatch] = []
    for chunk in chunks:
        first.append(chunk)
        if sum(len(each.trace) for each in first) > 1:
            break
    begun = TracedBatch.gathered(first)
    count = sum(len(each.trace) for each in begun)
    if not count:
        return
    if count == 1:
        [batch] = begun
        note(batch.trace)
        yield row_report(batch, 0, layers, view, command=next_command(batch.trace))
        return
    held: list[TracedBatch] = []

    def passed() -> Iterator[TracedBatch]:
        for chunk in chain(begun, chunks):
            if in_full:
                held.append(chunk)
            yield chunk

    alike = along(begun[0], examples)
    yield rows_report(begun[0].trace.network, passed(), alike, view, in_full)
    for chunk in held:
        for index in range(len(chunk.trace)):
            yield row_report(chunk, index, layers, view, headed=False)


def _found(chunks: Iterator[TracedBatch], row: int) -> tuple[TracedBatch, int]:
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
            found = TracedBatch.gathered([found, chunk])[0]
    if found is None:
        raise UsageError(no_such_row(row, count))
    return found, row - found.start
