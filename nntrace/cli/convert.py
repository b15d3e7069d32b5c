"""`nntrace convert`: a net in another format, or with its numbers in another place."""

from __future__ import annotations

import os
from typing import Annotated

from nntrace.cli.command import Argument, Context, OneOf, Option
from nntrace.cli.environment import Environment
from nntrace.cli.options import NetArgument
from nntrace.errors import UsageError, printable
from nntrace.write.nets import FORMATS, HOMES


def convert(
    context: Context,
    source: NetArgument,
    target: Annotated[
        str, Argument(metavar="DST", help=f"The file to write: {', '.join(FORMATS)}.")
    ],
    *,
    weights: Annotated[
        str | None,
        OneOf(HOMES),
        Option(
            "--weights",
            help="Where the numbers go: into the net file, or beside it. Default: into a small"
            " net, of a larger one into an .npz.",
        ),
    ] = None,
) -> None:
    """Write a net in another format, or its numbers in another place, exact to the bit.

    \b
    nntrace convert digits digits-copy.yaml --weights safetensors
    nntrace convert cat-or-dog cat.yaml && nntrace check cat.yaml

    Files that are there are replaced when all is written. Comments are not kept; what a format
    cannot say is refused by name.
    """
    environment: Environment = context.obj
    there = os.path.exists(target) and os.path.exists(source)
    if there and os.path.samefile(source, target):
        raise UsageError(f"{source} and {target} are the same file")

    from nntrace.cli.output import opened
    from nntrace.cli.tracing import load_network
    from nntrace.write.nets import parts
    from nntrace.write.nets.save import put

    network = load_network(source, environment)
    try:
        made = parts(network, target, weights)
    except UsageError as error:
        if any(problem.path for problem in error.problems):  # what a format cannot say of it
            raise error.located(source) from None
        raise
    for path, part in zip(put(made, target, opened), made, strict=True):
        environment.write(environment.encode(f"{printable(path)}: {part.holds}\n"))
