"""A ladder: what each layer knows, a rung a layer, and what excites its neurons."""

from __future__ import annotations

import io
from collections.abc import Sequence
from math import floor

import numpy as np
from rich.cells import cell_len
from rich.console import Console, Group, RenderableType
from rich.measure import Measurement
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from nntrace.analysis.ladder import Ladder, Rung
from nntrace.analysis.top_activations import ClassMean, Excitation, ExcitingRow
from nntrace.core.forward import Trace
from nntrace.write.choice import MOST_CLASSES
from nntrace.write.phrases_ladder import (
    MEANING_WORDS,
    SEPARATION_WORDS,
    active_words,
    data_words,
    probe_words,
    sure_words,
)
from nntrace.write.render.boxes import (
    Box,
    Row,
    bars_drawn,
    columns_left_out,
    table,
    titles_drawn,
    without_frame,
)
from nntrace.write.render.look import (
    QUIET,
    STRONG,
    WITHOUT_END,
    View,
    frame,
    number,
    percent,
    render,
    side_by_side,
)
from nntrace.write.render.picture import heat_legend, heat_map, largest, picture, picture_legend
from nntrace.write.report import Axis, Bar, Column, Stretch, Whisker
from nntrace.write.tables.trace import headline, panel_title

LEAST_AXIS, MOST_AXIS = 12, 60  # columns of the picture of the accuracies
MOST_BESIDE = 60  # columns of inputs beside a row
SMALL, LARGER = 8, 16  # columns of a picture in colour, about
SEPARATION = "separation"
WIDE = 120  # a terminal of so many columns gets larger pictures


def ladder_table(
    trace: Trace, target: str, ladder: Ladder, excitations: Sequence[Excitation], view: View
) -> str:
    """Draw a rung for the input and each layer, then what excites some neurons."""
    view = view.at_most(WITHOUT_END)
    rungs, unframed = _rungs(ladder, view), without_frame(view)
    told = titles_drawn([rungs], unframed)
    words = [
        probe_words(ladder, percent(ladder.chance, view)),
        SEPARATION_WORDS if SEPARATION in told else "",
        MEANING_WORDS,
        columns_left_out([rungs], unframed),
    ]
    parts: list[RenderableType] = [
        headline(trace.network, view),
        view.text(data_words(ladder, target)),
        Text(""),
        table(rungs.columns, rungs.rows, view, rungs.bars),
        Text(""),
        *(view.text(each) for each in sure_words(ladder)),
        Text(""),
        *(view.text(each, QUIET) for each in words if each),
    ]
    if excitations:
        parts.append(Text(""))
        panels = [_panel(trace, each, ladder.classes.names, target, view) for each in excitations]
        parts += side_by_side(panels, view)
    return render(parts, view)


# ---- the rungs ----


def _rungs(ladder: Ladder, view: View) -> Box:
    """Draw the accuracies on one axis, which begins near the lowest, so that a rise is seen."""
    begin = floor(10 * min(rung.low for rung in ladder.rungs)) / 10
    columns = [Column("layer"), Column("size", True, spare=1), Column("accuracy", True)]
    columns += [Column("95 % interval", spare=2), Column(SEPARATION, True, spare=3)]
    rows = []
    for rung in ladder.rungs:
        accuracy, interval = percent(rung.accuracy, view), _interval(rung, view)
        cells = [str(rung.size), accuracy, interval, f"{rung.separation:.3f}"]
        rows.append(
            Row(
                [view.text(rung.layer, STRONG), *cells],
                Whisker(rung.low, rung.accuracy, rung.high, begin),
            )
        )

    def title(width: int) -> str:
        low, high = f"{100 * begin:.0f} %", "100 %"
        return low + high.rjust(width - len(low))

    return Box(Text(), columns, rows, bars=Stretch(LEAST_AXIS, MOST_AXIS, title=title))


def _interval(rung: Rung, view: View) -> str:
    return f"{percent(rung.low, view).removesuffix(' %')} to {percent(rung.high, view)}"


# ---- the neurons ----


def _panel(
    trace: Trace, excitation: Excitation, names: Sequence[str], target: str, view: View
) -> Panel:
    title = panel_title(excitation.name, active_words(excitation, trace, view), view)
    content: list[RenderableType] = []
    shape = trace.network.input.picture
    if shape:
        content += _pictures(trace, excitation, shape, names, view)
    elif excitation.rows:
        content.append(_rows(trace, excitation.rows, names, target, view))
    if excitation.constant is None:
        content.append(_means(excitation.means, names, target, view))
    return frame(title, _beside(content, view) if content else [Text("")], view)


def _beside(content: Sequence[RenderableType], view: View) -> list[RenderableType]:
    """Put what a panel holds side by side where the terminal is wide enough, else below."""
    row = Table.grid(padding=(0, 4, 0, 0))
    row.add_row(*content)
    if view.width is not None:
        ruler = Console(width=WITHOUT_END, file=io.StringIO(), _environ={})
        if Measurement.get(ruler, ruler.options, row).maximum > view.width - 4:
            spaced: list[RenderableType] = [content[0]]
            for each in content[1:]:
                spaced += [Text(""), each]
            return spaced
    return [row]


def _pictures(
    trace: Trace, excitation: Excitation, shape: tuple[int, int], names: Sequence[str], view: View
) -> list[RenderableType]:
    """Draw what a neuron looks for, and the rows that excite it most, with what they are."""
    drawn: list[Group] = []
    legends: list[RenderableType] = []
    small = _smaller(shape, view)
    if "input" in trace.network.reads(excitation.neuron.layer):
        layer = trace.network.layer(excitation.neuron.layer)
        weights = layer.weights[excitation.neuron.index].reshape(shape)
        top = largest(weights)
        drawn.append(Group(Text("weights", QUIET), heat_map(weights, small, top)))
        legends.append(heat_legend("weights", top, view.inside))
    # one scale for all, as the legend says
    pixels = trace.input[[each.row for each in excitation.rows]]
    for each, values in zip(excitation.rows, pixels, strict=True):
        drawn.append(
            Group(
                Text(f"row {each.row}", QUIET),
                picture(values.reshape(shape), small, pixels),
                view.text(names[each.class_index], STRONG),
                Text(number(each.a, view)),
            )
        )
    if len(pixels):
        legends.append(picture_legend(pixels, view))
    if not drawn:
        return []
    return [Group(*_in_lines(drawn, _picture_width(shape, small), view), *legends)]


def _smaller(shape: tuple[int, int], view: View) -> View:
    """Return a view in which pictures are small enough to stand beside each other."""
    side = LARGER if view.width is not None and view.width >= WIDE else SMALL
    scale = max(1, side // max(shape))
    return view._replace(width=4 + shape[1] * scale)


def _picture_width(shape: tuple[int, int], small: View) -> int:
    if not small.colours:
        return 2 * shape[1]
    assert small.width is not None
    return small.width - 4


def _in_lines(drawn: Sequence[Group], width: int, view: View) -> list[RenderableType]:
    """Put pictures side by side, as many as the terminal is wide."""
    width = max(width, view.number_width + 1)
    fitting = len(drawn) if view.width is None else max(1, (view.width - 4 + 2) // (width + 2))
    lines: list[RenderableType] = []
    for start in range(0, len(drawn), fitting):
        table = Table.grid(padding=(0, 2, 0, 0))
        some = drawn[start : start + fitting]
        for _ in some:
            table.add_column(width=width)
        table.add_row(*some)
        lines += [Text("")] * (start > 0) + [table]
    return lines


def _rows(
    trace: Trace, rows: Sequence[ExcitingRow], names: Sequence[str], target: str, view: View
) -> Text:
    """List the rows that excite a neuron most, with their inputs where those are few."""
    spec = trace.network.input
    titles = [spec.labels[index] if spec.labels else str(index) for index in range(spec.size)]
    widths = [max(cell_len(view.plain(title)), view.number_width) + 2 for title in titles]
    if sum(widths) > MOST_BESIDE or (view.width is not None and sum(widths) > view.width - 30):
        titles = []
    columns = [Column("row", True), Column(target, least=6), Column("a", True)]
    columns += [Column(title, True) for title in titles]
    lines = []
    for each in rows:
        inputs = trace.input[each.row].tolist()[: len(titles)]
        name = view.text(names[each.class_index])
        numbers = [number(value, view) for value in (each.a, *inputs)]
        lines.append(Row([str(each.row), name, *numbers]))
    return table(columns, lines, view.inside)


def _means(means: Sequence[ClassMean], names: Sequence[str], target: str, view: View) -> Text:
    """Draw which classes a neuron answers to, the one that excites it most on top."""
    shown = means if view.holds(len(means)) else means[:MOST_CLASSES]
    axis = Axis.of([np.array([each.mean for each in means])])
    rows = []
    for each in shown:
        name, quiet = view.text(names[each.class_index]), QUIET if each.mean == 0 else ""
        rows.append(Row([name, number(each.mean, view)], Bar(each.mean, axis), quiet))
    if left := len(means) - len(shown):
        rows.append(Row([view.text(f"⋮ {left} more, --all shows all", QUIET)]))
    columns = [Column(target, least=6), Column("mean a", True)]
    drawn = table(columns, rows, view.inside)
    if not axis.reach or not bars_drawn([Box(Text(), columns, rows)], view):
        return drawn
    return drawn.append("\n").append(view.plain(f"bars: {axis.words(view)}"), QUIET)
