"""Blocks of a lesson file that measure a net on rows: what layers know, what excites neurons."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING, Any

from nntrace.core.names import find_neuron
from nntrace.errors import InputError, UsageError
from nntrace.read.rows.batches import ALL_OTHERS, Reading
from nntrace.read.rows.inputs import expanded, rows_of
from nntrace.teach.files.commandline import check_own_files
from nntrace.teach.files.context import Context, Fence, lines_of, net_and_options
from nntrace.teach.reports import measured as drawn
from nntrace.teach.step import Block, Live

if TYPE_CHECKING:
    from nntrace.core.arrays import Array
    from nntrace.core.network import Network

SLOW = "Measuring, which takes some seconds …"


def ladders(context: Context, block: Fence) -> list[Block]:
    lines = lines_of(block, "a net and its rows, then a column a line")
    (line, text), *columns = lines
    name, options = net_and_options(text, line, ("--input", "--train", "--layer"))
    network = context.network(name)
    layers = options["--layer"] or ["input", *network.places]
    for layer in layers:
        if layer != "input":
            network.layer(layer)
    asked: dict[str, str] = {}
    for _, each in columns:
        column, _, words = each.partition("|")
        asked[column.strip()] = words.strip() or column.strip()
    for option in ("--input", "--train"):
        if not options[option]:
            raise UsageError(f"takes {option} with rows")
    if not asked:
        raise UsageError("takes columns to measure, one a line, such as: last | the last letter")
    tested = _paths(options["--input"], context)
    practised = _paths(options["--train"], context)

    @cache
    def measure() -> Any:
        from nntrace.analysis.ladders import Rows, ladders

        known, new = (Rows(*_read(network, each, [*asked])) for each in (practised, tested))
        return ladders(network, layers, [*asked], new, known)

    def draw(view: Any) -> Any:
        return drawn.ladders(network, measure(), asked, view)

    return [Live(draw, SLOW, measure)]


def excites(context: Context, block: Fence) -> list[Block]:
    (line, text), *more = lines_of(block, "a net, its rows and neurons")
    if more:
        raise UsageError("takes a net, its rows and neurons, on one line")
    name, options = net_and_options(text, line, ("--input", "--target", "--neuron"))
    network = context.network(name)
    neurons = [find_neuron(network, each) for each in options["--neuron"]]
    if not options["--input"] or len(options["--target"]) != 1 or not neurons:
        raise UsageError("takes --input with rows, --target with a column, and --neuron")
    (target,) = options["--target"]
    paths = _paths(options["--input"], context)

    @cache
    def measure() -> Any:
        import numpy as np

        from nntrace.analysis.classes import classes_of
        from nntrace.analysis.top_activations import excitation
        from nntrace.core.forward import forward

        batches, told, texts = _read_with_texts(network, paths, [target])
        trace = forward(network, np.concatenate(batches))
        classes = classes_of(told[target])
        return trace, texts, classes, [excitation(trace, each, classes) for each in neurons]

    return [Live(lambda view: drawn.excites(*measure()), "", measure)]


def _paths(inputs: Sequence[str], context: Context) -> list[str]:
    for word in inputs:
        check_own_files(word, context.folder)
    return expanded(inputs, folder=context.folder)


def _read(
    network: Network, paths: Sequence[str], columns: Sequence[str]
) -> tuple[list[Array], dict[str, list[str]]]:
    batches, told, _ = _read_with_texts(network, paths, columns)
    return batches, told


def _read_with_texts(
    network: Network, paths: Sequence[str], columns: Sequence[str]
) -> tuple[list[Array], dict[str, list[str]], list[str]]:
    """Read rows, what is told of each in some columns, and their texts."""
    from nntrace.analysis.classes import class_text

    batches: list[Array] = []
    texts: list[str] = []
    told: dict[str, list[str]] = {column: [] for column in columns}
    for batch in rows_of(network, paths, reading=Reading(keep=(ALL_OTHERS,))):
        batches.append(batch.values)
        texts += batch.texts or []
        for kept in batch.keep or []:
            for column, values in told.items():
                if column not in kept:
                    raise InputError(f"{paths[0]}: has no column '{column}'")
                values.append(class_text(kept[column]))
    return batches, told, texts
