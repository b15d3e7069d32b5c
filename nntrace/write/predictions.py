"""What a net predicts, as columns that reports, CSV and JSONL are made from."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np

from nntrace.analysis.prediction import class_shares, decide
from nntrace.analysis.truths import Confusion
from nntrace.core.batch import TracedBatch
from nntrace.core.names import answer_labels
from nntrace.core.network import Network
from nntrace.write.columns import Block, Column, Kind
from nntrace.write.documents.trace import PREDICTED_ROW
from nntrace.write.verdicts import Along, class_column, classes_named, columns_along

OWN = tuple(field.name for field in PREDICTED_ROW.fields)


class Titles(NamedTuple):
    """What the columns are called: the truth, and the classes or outputs; each name once."""

    truth: str | None
    values: tuple[str, ...]


class Predictions(NamedTuple):
    """What is told of the predictions for rows, whatever it is written as.

    `kept` are the columns that come along where there is no row to tell. `whole` tells, once the
    rows have ended, whether they did without a fault: of a part of them no summary is given, which
    would pass for one of the whole.
    """

    network: Network
    chunks: Iterator[TracedBatch]
    titles: Titles
    names_examples: bool
    kept: Sequence[str]
    target: str | None
    confusion: Confusion | None
    whole: Callable[[], bool]
    summary: bool


def titles(network: Network, target: str | None) -> Titles:
    """Name the columns of a net's predictions after its labels, and that of the truth.

    A name that stands for something else already gets a word before it: `class row`.
    """
    taken = set(OWN)
    truth = None if target is None else _free(target, "target", taken)
    thing = "output" if network.classes is None else "class"
    labels = network.classes or answer_labels(network) or (None,) * network.answers
    names = [
        _free(f"{thing} {index}" if label is None else label, thing, taken)
        for index, label in enumerate(labels)
    ]
    return Titles(truth, tuple(names))


def renamed(network: Network, target: str | None, found: Titles) -> list[str]:
    """Say which names of somebody's own became others, since they stand for something else."""
    thing = "output" if network.classes is None else "class"
    labels = network.classes or answer_labels(network) or ()
    given = [(target, "target", found.truth)]
    given += [(name, thing, title) for name, title in zip(labels, found.values, strict=False)]
    return [
        f"the {what} '{name}' is the column '{title}' here, since '{name}' is another one"
        for name, what, title in given
        if name is not None and name != title
    ]


def kept_titles(kept: Sequence[str], found: Titles) -> list[str]:
    """Name columns that came along; `keep.row` where a column of predictions has the name."""
    taken = {*OWN, *found.values, *([found.truth] if found.truth is not None else [])}
    return [_free(name, "keep", taken, ".") for name in kept]


def _free(name: str, thing: str, taken: set[str], joint: str = " ") -> str:
    while name in taken:
        name = f"{thing}{joint}{name}"
    taken.add(name)
    return name


def prediction_blocks(
    chunks: Iterable[TracedBatch],
    along: Along,
    found: Titles,
    which: Sequence[int] | None = None,
) -> Iterator[Block]:
    """Describe chunks as rows of predictions, with some classes or outputs (`which`) or all."""
    called = kept_titles(along.kept, found)
    for chunk in chunks:
        yield [*columns_along(chunk, along, called), *predicted(chunk, found, which)]


def predicted(
    chunk: TracedBatch, found: Titles, which: Sequence[int] | None = None
) -> list[Column]:
    """Describe what is predicted, beside the truths where they are known."""
    network = chunk.trace.network
    decisions = decide(chunk.trace)
    kind, values = Kind.NUMBER, chunk.trace.answers
    columns = []
    if decisions is not None:
        kind, values = Kind.PART, class_shares(chunk.trace)
        classes = classes_named(network)
        if found.truth is not None and chunk.truths is not None:
            columns.append(Column(found.truth, Kind.CLASS, chunk.truths, classes))
        probabilities = np.where(decisions.finite, decisions.probabilities, np.nan)
        columns += [
            class_column("prediction", classes, decisions),
            Column("probability", Kind.SHARE, probabilities),
        ]
    places = range(len(found.values)) if which is None else which
    return columns + [Column(found.values[i], kind, values[:, i]) for i in places]


def likeliest(chunk: TracedBatch) -> list[int]:
    """Return all classes, those first that the rows of a chunk give more; or all outputs."""
    if chunk.trace.network.classes is None:
        return list(range(chunk.trace.answers.shape[1]))
    shares = np.nan_to_num(class_shares(chunk.trace)).max(axis=0)
    order: list[int] = np.argsort(-shares, kind="stable").tolist()
    return order


def prediction_record(chunk: TracedBatch, found: Titles) -> dict[str, Any]:
    """Describe the rows of a chunk as a record, with a Column for what rows differ in."""
    start = chunk.start
    columns = [Column("row", Kind.ROW, np.arange(start, start + len(chunk.trace)))]
    if chunk.examples:
        columns.append(Column("example", Kind.TEXT, chunk.examples))
    if chunk.keep:
        columns.append(Column("keep", Kind.TEXT, chunk.keep))
    return {column.name: column for column in [*columns, *predicted(chunk, found)]}
