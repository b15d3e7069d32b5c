"""A ladder: what each layer knows, a rung a layer, and what excites its neurons."""

from __future__ import annotations

import io
from collections.abc import Sequence
from math import floor

from rich.cells import cell_len
from rich.console import Console, Group, RenderableType
from rich.measure import Measurement
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from nntrace.core.excitation import ClassMean, Excitation, ExcitingRow
from nntrace.core.forward import Trace
from nntrace.core.ladder import Ladder, Rung
from nntrace.write.phrases_ladder import (
    MEANING_WORDS,
    SEPARATION_WORDS,
    active_words,
    data_words,
    probe_words,
    sure_words,
)
from nntrace.write.shown import MOST_CLASSES
from nntrace.write.tables.look import (
    POSITIVE,
    QUIET,
    STRONG,
    WITHOUT_END,
    View,
    bar,
    frame,
    grid,
    number,
    percent,
    render,
    side_by_side,
)
from nntrace.write.tables.picture import heat_map, picture
from nntrace.write.tables.trace import headline, panel_title

LEAST_AXIS, MOST_AXIS = 12, 60  # columns of the picture of the accuracies
MOST_BESIDE = 60  # columns of inputs beside a row
SMALL, LARGER = 8, 16  # columns of a picture in colour, about
WIDE = 120  # a terminal of so many columns gets larger pictures, and bars of separation


def ladder_table(
    trace: Trace, target: str, ladder: Ladder, excitations: Sequence[Excitation], view: View
) -> str:
    """Draw a rung for the input and each layer, then what excites some neurons."""
    view = view.between(72, 100_000)
    parts: list[RenderableType] = [
        headline(trace.network, view),
        view.text(data_words(ladder, target)),
        Text(""),
        _rungs(ladder, view),
        Text(""),
        *(view.text(words) for words in sure_words(ladder)),
        Text(""),
        view.text(probe_words(ladder, percent(ladder.chance, view)), QUIET),
        view.text(SEPARATION_WORDS, QUIET),
        view.text(MEANING_WORDS, QUIET),
    ]
    if excitations:
        parts.append(Text(""))
        if not view.colours and _looks_for(trace, excitations):
            legend = "weights: # and + are plus, = and - minus, the larger the denser"
            parts.append(view.text(legend, QUIET))
        panels = [_panel(trace, each, ladder.classes.names, target, view) for each in excitations]
        parts += side_by_side(panels, view)
    return render(parts, view)


# ---- the rungs ----


def _rungs(ladder: Ladder, view: View) -> Table:
    """Draw the accuracies on one axis, which begins near the lowest, so that a rise is seen."""
    names = [view.plain(rung.layer) for rung in ladder.rungs]
    intervals = [_interval(rung, view) for rung in ladder.rungs]
    begin = floor(10 * min(rung.low for rung in ladder.rungs)) / 10
    bars = view.width is None or view.width >= WIDE
    # columns: name, size, accuracy, interval, axis, separation, and two blanks between
    beside = max(5, *map(cell_len, names)) + 4 + 8 + max(map(len, intervals)) + 10 + 10
    beside += 12 if bars else 0
    room = 40 if view.width is None else view.width - beside
    width = max(LEAST_AXIS, min(MOST_AXIS, room))
    table = grid(view)
    table.add_column("layer", overflow="fold")
    table.add_column("size", justify="right", no_wrap=True)
    table.add_column("accuracy", justify="right", no_wrap=True)
    table.add_column("95 % interval", no_wrap=True)
    ends = f"{100 * begin:.0f} %", "100 %"
    axis = ends[0] + " " * (width - len(ends[0]) - len(ends[1])) + ends[1]
    table.add_column(axis, no_wrap=True, min_width=width)
    table.add_column("separation", no_wrap=True)
    for rung, name, interval in zip(ladder.rungs, names, intervals, strict=True):
        separation = Text(f"{rung.separation:.3f}")
        if bars:
            separation.append("  ").append_text(bar(rung.separation, 1, 10, view))
        table.add_row(
            Text(name, STRONG),
            str(rung.size),
            percent(rung.accuracy, view),
            interval,
            _whisker(rung, begin, width, view),
            separation,
        )
    return table


def _interval(rung: Rung, view: View) -> str:
    return f"{percent(rung.low, view).removesuffix(' %')} to {percent(rung.high, view)}"


def _whisker(rung: Rung, begin: float, width: int, view: View) -> Text:
    """Draw an accuracy on an axis from `begin` to 1, and its interval as a line through it."""

    def column(share: float) -> int:
        return min(width - 1, round((share - begin) / (1 - begin) * (width - 1)))

    low, middle, high = column(rung.low), column(rung.accuracy), column(rung.high)
    line, left, right, dot = "-", "|", "|", "O"
    if not view.ascii_only:
        line, left, right, dot = "─", "├", "┤", "█"
    cells = [" "] * low + [line] * (high - low + 1)
    cells[low], cells[high], cells[middle] = left, right, dot
    drawn = Text("".join(cells))
    drawn.stylize(POSITIVE, low)
    return drawn


# ---- the neurons ----


def _looks_for(trace: Trace, excitations: Sequence[Excitation]) -> bool:
    """Whether the weights of one of the neurons can be drawn as a picture."""
    first = trace.layers[0].name
    shaped = trace.network.input.picture is not None
    return shaped and any(each.neuron.layer == first for each in excitations)


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
    small = _smaller(shape, view)
    if excitation.neuron.layer == trace.layers[0].name:
        weights = trace.layers[0].layer.weights[excitation.neuron.index].reshape(shape)
        drawn.append(Group(Text("weights", QUIET), heat_map(weights, small)))
    for each in excitation.rows:
        drawn.append(
            Group(
                Text(f"row {each.row}", QUIET),
                picture(trace.input[each.row].reshape(shape), small),
                view.text(names[each.class_index], STRONG),
                Text(number(each.a, view)),
            )
        )
    return _in_lines(drawn, _picture_width(shape, small), view) if drawn else []


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
    return [Group(*lines)]


def _rows(
    trace: Trace, rows: Sequence[ExcitingRow], names: Sequence[str], target: str, view: View
) -> Table:
    """List the rows that excite a neuron most, with their inputs where those are few."""
    table = grid(view)
    table.add_column("row", justify="right", no_wrap=True)
    table.add_column(view.text(target), overflow="fold", min_width=6)
    table.add_column("a", justify="right", no_wrap=True)
    spec = trace.network.input
    titles = [spec.labels[index] if spec.labels else str(index) for index in range(spec.size)]
    widths = [max(cell_len(view.plain(title)), view.number_width) + 2 for title in titles]
    if sum(widths) > MOST_BESIDE or (view.width is not None and sum(widths) > view.width - 30):
        titles = []
    for title in titles:
        table.add_column(view.text(title), justify="right", no_wrap=True)
    for each in rows:
        inputs = trace.input[each.row].tolist()[: len(titles)]
        table.add_row(
            str(each.row),
            view.text(names[each.class_index]),
            number(each.a, view),
            *(number(value, view) for value in inputs),
        )
    return table


def _means(means: Sequence[ClassMean], names: Sequence[str], target: str, view: View) -> Table:
    """Draw which classes a neuron answers to, the one that excites it most on top."""
    shown = means[:MOST_CLASSES] if view.shortens and len(means) > MOST_CLASSES + 2 else means
    largest = max(abs(each.mean) for each in means)
    table = grid(view)
    table.add_column(view.text(target), overflow="fold", min_width=6)
    table.add_column("mean a", justify="right", no_wrap=True)
    table.add_column("", no_wrap=True, min_width=20)
    for each in shown:
        table.add_row(
            view.text(names[each.class_index]),
            number(each.mean, view),
            bar(each.mean, largest, 20, view),
            style=QUIET if each.mean == 0 else "",
        )
    if len(shown) < len(means):
        table.add_row(view.text(f"⋮ {len(means) - len(shown)} more", QUIET))
    return table
