"""Predictions as a table, with how right they are."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from rich.cells import cell_len
from rich.text import Text

from nntrace.errors import plural
from nntrace.write.columns import Block, Shown, length, rows_shown
from nntrace.write.predictions import confusion_block, mistakes_block, prediction_blocks
from nntrace.write.render.look import QUIET, STRONG, WITHOUT_END, render
from nntrace.write.render.rows import rows_table
from nntrace.write.tables.trace import headline
from nntrace.write.verdicts import classes_named
from nntrace.write.view import View, percent

if TYPE_CHECKING:
    from nntrace.analysis.truths import Confusion
    from nntrace.core.batch import TracedBatch
    from nntrace.core.network import Network
    from nntrace.write.predictions import Titles
    from nntrace.write.verdicts import Along

BEFORE = 40  # columns that stand before those of the classes, about
BEFORE_OUTPUTS = 3  # … and before those of a net without classes: the row
MOST_MISTAKES = 12  # of a matrix that does not fit a terminal


def head(network: Network, settings: Sequence[str], view: View) -> str:
    """Say what net it is, and what was set by hand."""
    given = [view.text(" · ".join(settings))] if settings else []
    return render([headline(network, view), *given, Text("")], view)


def rows(
    network: Network, chunks: Iterable[TracedBatch], along: Along, found: Titles, view: View
) -> Iterator[str]:
    """Draw a line a row; a terminal gets the first and last rows, and the classes that fit."""
    view = view.at_most(WITHOUT_END)
    most = _fitting(found.values, BEFORE_OUTPUTS if network.classes is None else BEFORE, view)
    shown = rows_shown(prediction_blocks(chunks, along, found, most), view)
    yield from rows_table(shown, view)
    left_out = len(found.values) - most
    things = "outputs" if network.classes is None else "classes"
    told = [f"{left_out} more {things}"] if left_out else []
    if told or shown.left_out:
        told.append("--all shows everything")
        yield render([Text(""), view.text("; ".join(told), QUIET)], view)


def _fitting(names: Sequence[str], before: int, view: View) -> int:
    """Return of how many classes or outputs the columns fit, behind so many terminal columns."""
    if not view.shortens or view.width is None:
        return len(names)
    room = view.width - before
    for count, name in enumerate(names):
        room -= max(cell_len(view.plain(name)), view.number_width) + 2
        if room < 0:
            return count
    return len(names)


def summed_up(network: Network, confusion: Confusion, target: str, view: View) -> str:
    """Say how right the net is, and what it takes for what: a matrix, or the worst mistakes."""
    view = view.at_most(WITHOUT_END)
    classes = classes_named(network)
    line = Text("accuracy  ")
    accuracy = confusion.accuracy
    line.append("none" if accuracy is None else percent(accuracy, view), STRONG)
    line.append(view.plain(f"  right on {confusion.right} of {plural(confusion.rows, 'row')}"))
    parts = [line]
    if confusion.undecided:
        rows = plural(confusion.undecided, "row")
        parts.append(view.text(f"no prediction for {rows}: the output is not finite"))
    title, block = "truths in rows, predictions in columns", None
    if not view.shortens or len(classes) * 3 < (view.width or 0):
        block = confusion_block(confusion, target, classes)
    if block is None or (view.shortens and _too_wide(block, view)):
        block = mistakes_block(confusion, target, classes, MOST_MISTAKES)
        title = "what is taken for what most often; --all shows the whole matrix"
    text = render(parts, view)
    if length(block):
        text += render([Text(""), view.text(title, QUIET)], view)
        text += "".join(rows_table(Shown(length(block), [block]), view))
    return text


def _too_wide(block: Block, view: View) -> bool:
    _, *others = block
    widths = [
        max(cell_len(view.plain(column.name)), *(len(str(value)) for value in column.values))
        for column in others
    ]
    return 10 + sum(widths) + 2 * len(others) > (view.width or 0)
