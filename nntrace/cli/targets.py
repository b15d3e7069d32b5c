"""The column that tells the class of each row, which `predict` and `ladder` are given."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from nntrace.errors import UsageError

if TYPE_CHECKING:
    from nntrace.core.network import Network

TargetOption = Annotated[
    str | None,
    typer.Option(
        "-t", "--target", metavar="COLUMN", help="The column that tells the class of each row."
    ),
]


def check_target(target: str, network: Network) -> None:
    """Raise UsageError where what is named is not one column, or one that the net reads."""
    from nntrace.read.rows import ALL_OTHERS  # with NumPy, which no help needs

    if target == ALL_OTHERS:
        raise UsageError(f"--target {target}: takes one column, by its name or as #4 by its place")
    if target in (network.input.labels or ()):
        raise UsageError(f"--target {target}: is an input of {network.name}, takes another column")
