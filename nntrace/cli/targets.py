"""The column that tells the class of each row, which `predict` and `ladder` are given."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from nntrace.errors import InputError, UsageError

if TYPE_CHECKING:
    from nntrace.core.network import Network

TargetOption = Annotated[
    str | None,
    typer.Option(
        "-t", "--target", metavar="COLUMN", help="The column that tells the class of each row."
    ),
]


def check_target(target: str, network: Network) -> None:
    """Raise UsageError where the column is one that the net reads."""
    if target in (network.input.labels or ()):
        raise UsageError(f"--target {target}: is an input of {network.name}, takes another column")


@contextmanager
def called_target(target: str) -> Iterator[None]:
    """Call the column what it is in an error: it is carried along as any is that is kept."""
    try:
        yield
    except InputError as error:
        said, meant = f"'{target}' to keep", f"'{target}' (the --target)"
        raise InputError(
            problem._replace(message=problem.message.replace(said, meant))
            for problem in error.problems
        ) from None
