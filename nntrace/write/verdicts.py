"""Columns that many rows have whatever is told of them: their numbers, what came along, a class."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from nntrace.analysis.prediction import Decisions
from nntrace.core.batch import TracedBatch
from nntrace.core.network import Network
from nntrace.records import NamedTuple
from nntrace.write.columns import Column, Kind


class Along(NamedTuple):
    """What comes along with rows, which is the same for all of an output: see `along`."""

    examples: bool
    kept: Sequence[str] = ()
    settings: Mapping[str, float] | None = None
    texts: bool = False


def class_column(name: str, classes: Sequence[int | str], decisions: Decisions) -> Column:
    """Describe the predicted classes, by what they are called; None where there is none."""
    indices = np.where(decisions.finite, decisions.indices, len(classes))
    return Column(name, Kind.CLASS, indices.tolist(), (*classes, None))


def classes_named(network: Network) -> list[int | str]:
    """Return the classes as a machine is told them: by label, or by index where there is none."""
    classes = network.classes or ()
    return [index if label is None else label for index, label in enumerate(classes)]


def along(first: TracedBatch, examples: bool) -> Along:
    """Return what comes along with rows, as the first of them says.

    `examples` says whether some rows are examples of the net.
    """
    kept = tuple(first.keep[0]) if first.keep else ()
    return Along(examples, kept, first.settings, bool(first.texts))


def columns_along(chunk: TracedBatch, along: Along, called: Sequence[str] = ()) -> list[Column]:
    """Describe the numbers of rows, and what came along with them, `called` otherwise perhaps."""
    count = len(chunk.trace)
    columns = [Column("row", Kind.ROW, np.arange(chunk.start, chunk.start + count))]
    if along.examples:
        columns.append(Column("example", Kind.TEXT, chunk.examples or [""] * count))
    if along.texts:
        columns.append(Column("text", Kind.TEXT, chunk.texts or [""] * count))
    kept = chunk.keep or [{}] * count
    for name, title in zip(along.kept, called or along.kept, strict=True):
        columns.append(Column(title, Kind.TEXT, [each.get(name, "") for each in kept]))
    return columns
