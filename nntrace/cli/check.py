"""`nntrace check`: validate net files and run their examples."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

from nntrace.cli.command import Argument, Context, but
from nntrace.cli.environment import Environment
from nntrace.cli.options import Document
from nntrace.cli.result import write
from nntrace.errors import ExitCode, NntraceError
from nntrace.write import documents, reports

if TYPE_CHECKING:
    from nntrace.analysis.examples import Checked


def check(
    context: Context,
    nets: Annotated[
        Sequence[str], Argument(metavar="NET...", help="Net files, bundled nets, or - for stdin.")
    ],
    output: Annotated[Document, but(show_all=False)],
) -> ExitCode:
    """Validate net files and run their examples.

    \b
    nntrace check cat-or-dog
    nntrace check nets/*.yaml && echo all good

    Says which expectation failed, by how much and in which layer.
    Ends with 0 where all is well, 1 where an expectation failed, 2 where a file is no net.
    """
    environment: Environment = context.obj
    chosen = output.chosen
    files: list[Checked] = []
    code = ExitCode.DONE
    for name in nets:
        checked, cost = _check(name, environment)
        files.append(checked)
        code = max(code, cost)

    write(
        environment,
        output,
        chosen,
        lambda view: (reports.check.checked_report(file, view) for file in files),
        lambda write: write(documents.check.CHECK.of(files)),
    )
    return code


def _check(name: str, environment: Environment) -> tuple[Checked, ExitCode]:
    """Check one file; what keeps it from being a net is told on standard error, too."""
    from dataclasses import replace

    from nntrace.analysis.examples import Checked, judge
    from nntrace.cli.annotations import annotate, annotate_problem
    from nntrace.cli.tracing import load_network, warn_not_finite

    file = "<stdin>" if name == "-" else name
    try:
        network = load_network(name, environment)
    except NntraceError as error:
        for problem in error.problems:
            environment.report(problem)
            annotate_problem(environment, problem)
        return Checked(file, error.problems), ExitCode.NOT_DONE
    verdicts = judge(network)
    for row, verdict in enumerate(verdicts):
        if warn_not_finite(replace(verdict.trace, start=row), environment):
            annotate(environment, "warning", f"{verdict.example.name}: not all is finite", file)
    checked = Checked(file, (), verdicts)
    if not checked.ok:
        from nntrace.analysis.causes.examples import causes_of_failure

        checked = checked._replace(causes=causes_of_failure(network, verdicts))
    if not checked.ok and environment.variables.get("GITHUB_ACTIONS") == "true":
        _annotate_failures(checked, environment)
    return checked, ExitCode.DONE if checked.ok else ExitCode.ANSWER_IS_NO


def _annotate_failures(checked: Checked, environment: Environment) -> None:
    """Write an annotation for each example that failed, at the place that says what was expected;
    many, GitHub shows ten."""
    from nntrace.cli.annotations import annotate
    from nntrace.read import bundled
    from nntrace.read.nets.yaml import expect_places

    path = bundled.find(checked.file) or checked.file
    places = expect_places(path) if path != "<stdin>" else [None] * len(checked.verdicts)
    for verdict, place in zip(checked.verdicts, places, strict=False):
        network = verdict.trace.network
        if not verdict.failures:
            continue
        first, *others = verdict.failures
        told = f"{verdict.example.name}: {reports.check.failure_words(network, first)}"
        told += f"; and {len(others)} more" * bool(others)
        annotate(environment, "error", told, path, place)
    for told in reports.causes.causes_words(checked.causes):
        annotate(environment, "notice", told, path)
