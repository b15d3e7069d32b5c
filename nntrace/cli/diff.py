"""`nntrace diff`: where two versions of a net part, and why."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

from nntrace.cli.command import After, Argument, Context, OneOf, Option, but
from nntrace.cli.comparing import AGAINST
from nntrace.cli.environment import Environment
from nntrace.cli.options import Opening, Output, RowsAlone, writing
from nntrace.cli.progress import Progress
from nntrace.cli.result import write
from nntrace.errors import ExitCode, UsageError
from nntrace.write import formats, reports

if TYPE_CHECKING:
    from nntrace.analysis.causes.cause import Cause
    from nntrace.analysis.diff.difference import Difference

BothRows = Annotated[RowsAlone, but(settings=(), deterministic=False)]


def diff(
    context: Context,
    first: Annotated[
        str,
        Argument(
            metavar="A",
            help="A net file, a bundled net, - for stdin, or a trace that was recorded: .npz,"
            " .json, .jsonl, or a folder of .npy files.",
        ),
    ],
    rows: BothRows,
    opening: Opening,
    second: Annotated[
        str | None, Argument(metavar="[B]", help="What to compare it with: the same.")
    ] = None,
    against: Annotated[
        str | None,
        OneOf(AGAINST),
        After("second"),
        Option("--against", help="In place of B: run A itself so."),
    ] = None,
    atol: Annotated[
        float | None,
        After("delimiter"),
        Option(
            "--atol",
            metavar="X",
            help="Numbers agree that are at most atol + rtol·|b| apart. Default: 1e-5; of two"
            " float64 nets 1e-9.",
        ),
    ] = None,
    rtol: Annotated[
        float | None,
        After("atol"),
        Option("--rtol", metavar="X", help="Default: 1e-3; of two float64 nets 1e-6."),
    ] = None,
    *,
    output: Annotated[Output, writing(formats.DIFFERENCE)],
) -> ExitCode:
    """Compare two versions of a net: where they part, and why.

    \b
    nntrace diff digits --against float64
    nntrace diff net.yaml exported.yaml --input rows.csv
    nntrace diff net.yaml recorded.npz

    Layers are paired by name, else by value, else by order; z and a of each are compared. What
    explains the first difference is told where one change makes all that follows agree.
    Ends with 0 where the two agree, 1 where they part, 2 where they cannot be compared.
    """
    environment: Environment = context.obj
    chosen = output.chosen
    for name, value in (("--atol", atol), ("--rtol", rtol)):
        if value is not None and not 0 <= value < float("inf"):
            raise UsageError(f"{name} {value:g}: takes a number from 0")

    from nntrace.analysis.causes.search import causes
    from nntrace.analysis.diff.compare import Tolerances
    from nntrace.analysis.diff.difference import differ
    from nntrace.analysis.diff.terms import side_by_side
    from nntrace.cli.comparing import Asking, compared

    progress = context.with_resource(Progress(environment, output.accessible, color=output.color))
    comparison = compared(first, second, against, Asking(rows, opening, environment, progress))
    a, b = comparison.a, comparison.b
    tolerances = Tolerances.of(a.dtype, b.dtype, atol, rtol)
    found = differ(a, b, comparison.rows, tolerances)
    explained = causes(found)
    progress.erase()
    if not found.agree:
        _annotate(found, explained, second or first, environment)

    write(
        environment,
        output,
        chosen,
        lambda view: [
            reports.diff.diff_report(found, side_by_side(found), explained, comparison.given, view)
        ],
        lambda write: write(found, explained),
    )
    return ExitCode.DONE if found.agree else ExitCode.ANSWER_IS_NO


def _annotate(
    found: Difference, explained: Sequence[Cause], name: str, environment: Environment
) -> None:
    """Write an annotation of where the two part, and of what explains it."""
    from nntrace.cli.annotations import annotate
    from nntrace.read import bundled

    file = "" if name == "-" else bundled.find(name) or name
    annotate(environment, "error", reports.diff.answer_words(found), file)
    for words in reports.causes.causes_words(explained):
        annotate(environment, "notice", words, file)
