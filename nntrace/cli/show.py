"""`nntrace show`: the net without an input, or the arrays of a file of weights."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from nntrace.cli.command import Context, Option
from nntrace.cli.environment import Environment
from nntrace.cli.options import Document, NetArgument, Opening
from nntrace.cli.result import write
from nntrace.errors import UsageError
from nntrace.write import documents, reports

if TYPE_CHECKING:
    from nntrace.analysis.tensors import Listing


def show(
    context: Context,
    net: NetArgument,
    *,
    weights: Annotated[bool, Option("--weights", help="Show the weights and biases, too.")] = False,
    opening: Opening,
    output: Document,
) -> None:
    """Describe a net: its layers and weights; or list what a file of weights holds.

    \b
    nntrace show cat-or-dog --weights
    nntrace show digits -f json | jq .parameters
    nntrace show model.safetensors         # or .npz, .npy, .pt, .csv
    """
    environment: Environment = context.obj
    chosen = output.chosen
    from nntrace.read import bundled
    from nntrace.read.arrays.opened import suffix_of

    file = bundled.find_weights(net)
    if suffix := suffix_of(file):
        if weights:
            raise UsageError(f"--weights: {net} holds no net, whose weights it would show")
        listing = _listing(file, suffix)._replace(file=net)
        write(
            environment,
            output,
            chosen,
            lambda view: [reports.tensors.listed_report(listing, view)],
            lambda write: write(documents.tensors.TENSORS.of(listing), indent=True),
        )
        return

    from nntrace.cli.tracing import load_network

    network = load_network(net, environment, opening=opening)

    write(
        environment,
        output,
        chosen,
        lambda view: [reports.show.shown_report(network, view, weights)],
        lambda write: write(documents.show.shown(network, weights), indent=not weights),
    )


def _listing(path: str, suffix: str) -> Listing:
    """Describe the arrays of a file; one that cannot be read has a line that says why."""
    from math import prod

    from nntrace.analysis.tensors import Listing, Tensor, described
    from nntrace.errors import FileError
    from nntrace.read.arrays.opened import each_array, open_arrays

    file = open_arrays(path, suffix)
    tensors = []
    for name, stored, fault in each_array(file):
        if stored is None:
            tensors.append(Tensor(name, None, None, 0, fault=fault))
            continue
        try:
            tensors.append(described(name, stored.shape, stored.dtype, stored.load()))
        except FileError as error:
            tensors.append(
                Tensor(name, stored.shape, stored.dtype, prod(stored.shape), fault=str(error))
            )
    return Listing(path, file.kind, tuple(tensors))
