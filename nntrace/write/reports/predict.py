"""Predictions, a line a row, with how right they are."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain

import numpy as np

from nntrace.analysis.truths import Confusion
from nntrace.core.batch import TracedBatch
from nntrace.core.network import Network
from nntrace.errors import plural
from nntrace.words import class_name
from nntrace.write import report as tell
from nntrace.write.choice import classes_beside, matrix_fits
from nntrace.write.columns import Block, Column, Kind, Shown, length, rows_shown
from nntrace.write.predictions import Predictions, likeliest, prediction_blocks
from nntrace.write.reports.net import about, given, set_by_hand
from nntrace.write.verdicts import Along, along
from nntrace.write.view import ANY_WIDTH, View, percent, percent_said

MOST_MISTAKES = 12  # of a matrix that does not fit a terminal


def predicted_reports(told: Predictions, view: View) -> Iterator[tell.Report]:
    """Tell what is predicted, and how right that is; nothing where there are no rows.

    The reports come as the rows do.
    """
    view = view.at_most(ANY_WIDTH)
    first = next(told.chunks, None)
    if first is None:
        return
    further = next(told.chunks, None) if len(first.trace) == 1 else None
    alone = len(first.trace) == 1 and further is None
    every = chain([first], [further] if further else [], told.chunks)
    settings = set_by_hand(first.settings)
    if told.summary:
        for _ in every:
            pass
    else:
        beside = along(first, told.names_examples)
        order = likeliest(first) if alone else range(len(told.titles.values))
        yield _predictions(told, every, beside, order, view)
    if told.target is not None and told.confusion is not None and told.whole():
        head = _head(told.network, settings) if told.summary else [tell.Blank()]
        yield _accuracy(told.network, told.confusion, told.target, head, view)


def _predictions(
    told: Predictions,
    batches: Iterable[TracedBatch],
    along: Along,
    order: Sequence[int],
    view: View,
) -> tell.Report:
    """Tell a line a row; a terminal gets the first and last rows, and the classes that fit.

    Those that come first in the `order` are chosen; of one row alone, the likeliest.
    """
    network, found = told.network, told.titles

    def items() -> Iterator[tell.Item]:
        yield from _head(network, set_by_hand(along.settings))
        most = classes_beside(network, [found.values[i] for i in order], view)
        which = sorted(order[:most])
        shown = rows_shown(prediction_blocks(batches, along, found, which), view)
        yield tell.Rows(shown)
        left = len(found.values) - most
        one, many = ("output", "outputs") if network.classes is None else ("class", "classes")
        told = [f"{left} more {one if left == 1 else many}"] * bool(left)
        if told or shown.left_out:
            hint = "; ".join([*told, "--all shows everything"])
            yield from (tell.Blank(heard=False), tell.seen(hint, "quiet"))

    return tell.Report(items(), view)


def _accuracy(
    network: Network, confusion: Confusion, target: str, head: Sequence[tell.Item], view: View
) -> tell.Report:
    """Tell how right the net is, and what it takes for what: a matrix, or the worst mistakes.

    Heard, that is what the net takes each true class for. The `head` stands above.
    """
    accuracy, right = confusion.accuracy, confusion.right
    share = tell.Words("none", emphasis="strong")
    if accuracy is not None:
        share = tell.Words(percent(accuracy, view), percent_said(accuracy, view), "strong")
    of = f"right on {right} of {plural(confusion.rows, 'row')}"
    right_on = [tell.Words("accuracy  ", "Accuracy: "), share, tell.Words(f"  {of}", f", {of}")]
    items = [*head, tell.Line(right_on)]
    if confusion.undecided:
        rows, why = plural(confusion.undecided, "row"), "the output is not finite"
        items.append(tell.line(f"no prediction for {rows}: {why}", f"No prediction: {rows}, {why}"))
    names = [class_name(index, label) for index, label in enumerate(network.classes or ())]
    if matrix_fits(confusion, names, view):
        title, block = "truths in rows, predictions in columns", _matrix(confusion, target, names)
    else:
        title = "what is taken for what most often; --all shows the whole matrix"
        block = _mistakes(confusion, target, names)
    if length(block):
        items += [tell.Blank(heard=False), tell.seen(title, "quiet")]
        items.append(tell.Rows(Shown(length(block), [block]), heard=False))
    return tell.Report([*items, *_taken_for(confusion, target, names)], view)


def _head(network: Network, settings: Sequence[str]) -> list[tell.Item]:
    """Tell what net it is, and what was set by hand."""
    return [*about(network), *given(settings), tell.Blank()]


def _matrix(confusion: Confusion, target: str, names: Sequence[str]) -> Block:
    """Describe the confusion matrix: a row a true class, a column a predicted one."""
    counts = np.array(confusion.matrix()).reshape(len(names), len(names))
    columns = [Column(name, Kind.COUNT, counts[:, i].tolist()) for i, name in enumerate(names)]
    return [Column(target, Kind.TEXT, names), *columns]


def _mistakes(confusion: Confusion, target: str, names: Sequence[str]) -> Block:
    """Describe the most frequent mistakes: a line for a class that was taken for another."""
    wrong = [(count, pair) for pair, count in confusion.pairs.items() if pair[0] != pair[1]]
    wrong = sorted(wrong, key=lambda each: (-each[0], each[1]))[:MOST_MISTAKES]
    return [
        Column(target, Kind.TEXT, [names[pair[0]] for _, pair in wrong]),
        Column("prediction", Kind.TEXT, [names[pair[1]] for _, pair in wrong]),
        Column("rows", Kind.COUNT, [count for count, _ in wrong]),
    ]


def _taken_for(confusion: Confusion, target: str, names: Sequence[str]) -> list[tell.Item]:
    """Say of each true class what the net takes it for."""
    taken: dict[int, list[str]] = {}
    for (truth, predicted), count in sorted(confusion.pairs.items()):
        taken.setdefault(truth, []).append(f"{names[predicted]} {count}")
    return [
        tell.heard(f"{target} {names[truth]}, predicted: {', '.join(words)}")
        for truth, words in taken.items()
    ]
