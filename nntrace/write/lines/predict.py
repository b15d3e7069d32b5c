"""Predictions as lines, with how right they are."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from nntrace.errors import plural
from nntrace.write.columns import rows_shown
from nntrace.write.lines.rows import rows_lines
from nntrace.write.lines.text import about, percent_said, written
from nntrace.write.phrases import class_name
from nntrace.write.predictions import prediction_blocks

if TYPE_CHECKING:
    from nntrace.analysis.truths import Confusion
    from nntrace.core.batch import TracedBatch
    from nntrace.core.network import Network
    from nntrace.write.predictions import Titles
    from nntrace.write.verdicts import Along
    from nntrace.write.view import View


def head(network: Network, settings: Sequence[str], view: View) -> str:
    """Say what net it is, and what was set by hand."""
    return written([*about(network), *(f"Given: {words}" for words in settings), ""], view)


def rows(
    network: Network, chunks: Iterable[TracedBatch], along: Along, found: Titles, view: View
) -> Iterator[str]:
    """Write a line a row; a terminal gets the first and last ones."""
    yield from rows_lines(rows_shown(prediction_blocks(chunks, along, found), view), view)


def summed_up(network: Network, confusion: Confusion, target: str, view: View) -> str:
    """Say how right the net is, and for each true class what the net takes it for."""
    accuracy, right = confusion.accuracy, confusion.right
    share = "none" if accuracy is None else percent_said(accuracy, view)
    lines = [f"Accuracy: {share}, right on {right} of {plural(confusion.rows, 'row')}"]
    if confusion.undecided:
        rows = plural(confusion.undecided, "row")
        lines.append(f"No prediction: {rows}, the output is not finite")
    names = [class_name(index, label) for index, label in enumerate(network.classes or ())]
    taken: dict[int, list[tuple[int, int]]] = {}
    for (truth, predicted), count in confusion.pairs.items():
        taken.setdefault(truth, []).append((predicted, count))
    for truth, predictions in sorted(taken.items()):
        words = [f"{names[predicted]} {count}" for predicted, count in sorted(predictions)]
        lines.append(f"{target} {names[truth]}, predicted: {', '.join(words)}")
    return written(lines, view)
