"""Many traced rows: what the net decides, or gives, a line each."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import numpy as np

from nntrace.analysis.prediction import decide
from nntrace.core.batch import TracedBatch
from nntrace.core.network import Network
from nntrace.errors import plural
from nntrace.write import choice
from nntrace.write import report as tell
from nntrace.write.columns import Block, Kind, rows_shown
from nntrace.write.columns import Column as Values
from nntrace.write.reports.net import about, given, set_by_hand
from nntrace.write.verdicts import Along, class_column, classes_named, columns_along
from nntrace.write.view import ANY_WIDTH, View


def rows_report(
    network: Network,
    batches: Iterable[TracedBatch],
    along: Along,
    view: View,
    followed: bool,
) -> tell.Report:
    """Tell the verdicts on all rows as one table, or the outputs where there are no classes.

    `followed` says that each row follows in full. The report comes as the rows do.
    """
    view = view.at_most(ANY_WIDTH)
    return tell.Report(_rows(network, batches, along, view, followed), view)


def _rows(
    network: Network, batches: Iterable[TracedBatch], along: Along, view: View, followed: bool
) -> Iterator[tell.Item]:
    widened = bool(along.kept or along.examples or along.texts)
    beside, left = choice.columns_beside(network, widened, view)
    total = 0

    def counted() -> Iterator[Block]:
        nonlocal total
        for batch in batches:
            total += len(batch.trace)
            yield _verdicts(batch, along, beside)

    shown = rows_shown(counted(), view)
    yield from about(network)
    if shown.total is not None:
        yield tell.heard(f"Rows: {shown.total}")
    yield from given(set_by_hand(along.settings))
    yield from (tell.Blank(), tell.Rows(shown))
    end: list[tell.Item] = [] if shown.total is not None else [tell.heard(f"Rows: {total}")]
    if not followed:
        hint = f"{plural(left, 'more output')}; " if left else ""
        hint += "--row N shows one row in full"
        hint += ", --all all of them" if shown.left_out or left else ""
        more = f", --all all of them, with {plural(left, 'more neuron')}" if left else ""
        end.append(tell.line(hint, f"Hint: --row N tells one row in full{more}", "quiet"))
    if end:
        yield tell.Blank(seen=not followed)
        yield from end


def _verdicts(batch: TracedBatch, along: Along, beside: Sequence[tuple[int, str]]) -> Block:
    """Describe rows with their verdicts, and inputs beside them, by index and name.

    Of a net without classes, these are outputs.
    """
    trace = batch.trace
    columns, values = columns_along(batch, along), trace.answers
    decisions = decide(trace)
    if decisions is not None:
        shares = np.where(decisions.finite, decisions.probabilities, np.nan)
        columns += [
            class_column("verdict", classes_named(trace.network), decisions),
            Values("probability", Kind.SHARE, shares),
            Values("", Kind.BAR, shares),
        ]
        values = trace.input
    return columns + [Values(name, Kind.NUMBER, values[:, index]) for index, name in beside]
