"""A ladder: what each layer knows, a rung a layer, and what excites its neurons."""

from __future__ import annotations

from collections.abc import Sequence
from math import floor

import numpy as np

from nntrace.analysis.ladder import Ladder, Rung
from nntrace.analysis.stages import MOST_NUMBERS
from nntrace.analysis.top_activations import ClassMean, Excitation, ExcitingRow
from nntrace.core.forward import Trace
from nntrace.core.network import Network
from nntrace.errors import listed, plural
from nntrace.words import capital
from nntrace.write import report as tell
from nntrace.write.choice import means_shown
from nntrace.write.listed import more
from nntrace.write.reports.net import about, active_words, label
from nntrace.write.view import View, columns_of, number, percent, percent_said, said

LEAST_AXIS, MOST_AXIS = 12, 60  # columns of the picture of the accuracies
MOST_BESIDE = 60  # columns of inputs beside a row
SMALL, LARGER = 8, 16  # columns of a picture in colour, about
WIDE = 120  # a terminal of so many columns gets larger pictures
MOST_NAMES = 8  # of layers in a sentence
SEPARATION = "separation"
SEPARATION_WORDS = "separation: the share of the activations' variance that lies between classes"
MEANING_WORDS = (
    "a rung says what can be read off a layer by weighing and adding, not what the layer is for; "
    "a rise within the interval is no rise"
)


def ladder_report(
    network: Network,
    trace: Trace,
    target: str,
    ladder: Ladder,
    excitations: Sequence[Excitation],
    view: View,
) -> tell.Report:
    """Tell a rung for the input and each layer, then what excites some neurons of a trace."""
    rows = plural(len(ladder.classes.of_rows), "row")
    data = f"{rows} of {len(ladder.classes.names)} classes, as the column {target} tells"
    items: list[tell.Item] = [
        *about(network),
        tell.line(data, f"Rows: {data}"),
        tell.heard(capital(_probe(ladder, percent_said(ladder.chance, view)))),
        tell.heard(capital(SEPARATION_WORDS)),
        tell.Blank(),
        _rungs(network, ladder, view),
        tell.Blank(),
        *(tell.line(words, capital(words)) for words in _sure(ladder)),
        *(tell.heard(capital(words)) for words in _read(ladder)),
        tell.heard(capital(MEANING_WORDS)),
        tell.Blank(heard=False),
        tell.seen(_probe(ladder, percent(ladder.chance, view)), "quiet"),
        *(tell.seen(words, "quiet") for words in _read(ladder)),
        tell.Line([tell.Words(SEPARATION_WORDS, "", "quiet", only_with=SEPARATION)]),
        tell.seen(MEANING_WORDS, "quiet"),
        tell.LeftOut(),
    ]
    if excitations:
        names = ladder.classes.names
        sections = [_excitation(trace, each, names, target, view) for each in excitations]
        items += [tell.Blank(heard=False), tell.Sections(sections, alike=False)]
    return tell.Report(items, view)


def _probe(ladder: Ladder, chance: str) -> str:
    """Say how the accuracies came about; `chance` is what guessing gives, in words."""
    probe = "each layer: a linear probe (logistic regression) on its activations alone,"
    trained, tested = f"{ladder.trained:,}", f"{ladder.tested:,}"
    if ladder.practice:
        how = f"trained on {trained} rows for practice, tested on {tested} others"
        return f"{probe} {how}; chance {chance}"
    rows = len(ladder.classes.of_rows)
    drawn = f" drawn from {rows:,}" if ladder.trained + ladder.tested < rows else ""
    how = f"{ladder.splits} times trained on {trained} rows, tested on {tested} others{drawn}"
    return f"{probe} {how} (seed {ladder.seed}); chance {chance}"


def _read(ladder: Ladder) -> list[str]:
    """Say what of a layer its probe is given, where that is not its numbers as they are."""
    told = []
    many = [rung for rung in ladder.rungs if rung.projected]
    if many:
        names = _names([f"{rung.layer} ({rung.size:,} numbers)" for rung in many])
        told.append(
            f"read through a random projection onto {many[0].projected:,} (seed {ladder.seed}), as "
            f"they have more than {MOST_NUMBERS:,}: {names}"
        )
    if any(rung.last for rung in ladder.rungs):
        told.append(
            "of layers that have numbers for each token, those of the last token are read; of the "
            "input, which character is the last"
        )
    if ladder.left_out:
        told.append(
            f"without a rung, as they have a number for each pair of tokens: "
            f"{_names(ladder.left_out)}"
        )
    return told


# ---- the rungs ----


def _rungs(network: Network, ladder: Ladder, view: View) -> tell.Table:
    """Tell the accuracies, on one axis, which begins near the lowest, so that a rise is seen."""
    begin = floor(10 * min(rung.low for rung in ladder.rungs)) / 10
    columns = [
        tell.Column("layer"),
        tell.Column("size", True, spare=1, heard=""),
        tell.Column("accuracy", True, heard="accuracy {}"),
        tell.Column("95 % interval", spare=2, heard="95 percent interval from {}"),
        tell.Column(SEPARATION, True, spare=3, heard="separation {}"),
    ]
    rows = []
    for rung in ladder.rungs:
        low, high = percent(rung.low, view).removesuffix(" %"), percent(rung.high, view)
        spoken = f"{percent_said(rung.low, view)} to {percent_said(rung.high, view)}"
        cells: list[tell.Cell] = [
            tell.Words(rung.layer, _rung_said(network, rung), "strong"),
            str(rung.size),
            tell.Percent(rung.accuracy),
            tell.Words(f"{low} to {high}", spoken),
            f"{rung.separation:.3f}",
        ]
        rows.append(tell.Row(cells, tell.Whisker(rung.low, rung.accuracy, rung.high, begin)))

    def title(width: int) -> str:
        low, high = f"{100 * begin:.0f} %", "100 %"
        return low + high.rjust(width - len(low))

    return tell.Table(columns, rows, tell.Stretch(LEAST_AXIS, MOST_AXIS, title=title))


def _rung_said(network: Network, rung: Rung) -> str:
    if rung.layer == "input":
        return f"Input, {plural(rung.size, 'number')}"
    thing = "neuron" if network.layer(rung.layer).dense else "number"
    return f"Layer {rung.layer}, {plural(rung.size, thing)}"


def _sure(ladder: Ladder) -> list[str]:
    """Say which rungs surely differ: from the input, and each layer from the one before."""
    from_input = [each for each in ladder.comparisons if each.lower == "input"]
    steps = [each for each in ladder.comparisons if each.lower != "input"]
    if not any(each.sure for each in ladder.comparisons):
        return ["no two rungs surely differ: every rise and fall here may be chance"]
    said = []
    for word, sign in (("above", 1), ("below", -1)):
        names = [each.rung for each in from_input if each.sure and sign * each.difference > 0]
        if names:
            said.append(f"surely {word} the input: {_names(names)}")
    if not said:
        said.append("no layer surely differs from the input")
    found = []
    for word, sign in (("above", 1), ("below", -1)):
        pairs = [each for each in steps if each.sure and sign * each.difference > 0]
        if pairs:
            names = [f"{each.rung} ({word} {each.lower})" for each in pairs]
            found.append(_names(names))
    if found:
        said.append(f"surely other than the layer before: {'; '.join(found)}")
    elif steps:
        said.append("from one layer to the next none surely differs")
    return said


def _names(names: Sequence[str]) -> str:
    if len(names) <= MOST_NAMES:
        return listed(names)
    return f"{', '.join(names[: MOST_NAMES - 1])} and {len(names) - MOST_NAMES + 1} more"


# ---- the neurons ----


def _excitation(
    trace: Trace, excitation: Excitation, names: Sequence[str], target: str, view: View
) -> tell.Section:
    """Tell which rows excite a neuron most, and to which classes it answers."""
    activity = _activity(excitation, trace, view)
    content: list[tell.Item] = []
    shape = trace.network.input.picture
    if shape:
        content += _pictures(trace, excitation, shape, names, view)
    elif excitation.rows:
        content.append(_rows(trace, excitation.rows, names, target, view))
    told: list[tell.Item] = []
    if excitation.constant is None:
        told += [
            tell.heard(_row_said(*each, names, target, view))
            for each in enumerate(excitation.rows, 1)
        ]
        content.append(_means(excitation.means, names, target, view))
    items = [*told, tell.Side(content, gap=4) if content else tell.Blank(heard=False)]
    spoken = [f"Neuron {excitation.name}, {activity}"]
    return tell.Section(excitation.name, activity, spoken, items)


def _activity(excitation: Excitation, trace: Trace, view: View) -> str:
    """Say how often a neuron is active, or that it never changes."""
    rows = len(trace)
    if excitation.dead:
        return f"dead: 0 for all {plural(rows, 'row')}"
    if excitation.constant is not None:
        return f"always the same: {number(excitation.constant, view)} for all {plural(rows, 'row')}"
    _, word = active_words(trace[excitation.neuron.layer].layer)
    return f"{word.removeprefix('a ')} in {excitation.active} of {rows} rows"


def _row_said(place: int, row: ExcitingRow, names: Sequence[str], target: str, view: View) -> str:
    about = f"row {row.row}, {target} {names[row.class_index]}, a {said(row.a, view)}"
    return f"Most exciting row {place}: {about}"


def _pictures(
    trace: Trace, excitation: Excitation, shape: tuple[int, int], names: Sequence[str], view: View
) -> list[tell.Item]:
    """Show what a neuron looks for, and the rows that excite it most, with what they are."""
    tiles: list[tell.Stack] = []
    legends: list[tell.Item] = []
    side = LARGER if view.width is not None and view.width >= WIDE else SMALL
    across = shape[1] * max(1, side // max(shape))
    network, neuron = trace.network, excitation.neuron
    if network.layer(neuron.layer).dense and network.reads(neuron.layer) == ("input",):
        weights = network.layer(neuron.layer).weights[neuron.index].reshape(shape)
        heat = tell.HeatMap(weights, float(np.abs(weights).max()), across=across)
        tiles.append(tell.Stack([tell.seen("weights", "quiet"), heat]))
        legends.append(tell.Legend(heat, "weights"))
    # one scale for all, as the legend says
    pixels = trace.input[[each.row for each in excitation.rows]]
    for each, values in zip(excitation.rows, pixels, strict=True):
        picture = tell.Picture(values.reshape(shape), pixels, across)
        name = tell.seen(names[each.class_index], "strong")
        tiles.append(
            tell.Stack(
                [
                    tell.seen(f"row {each.row}", "quiet"),
                    picture,
                    name,
                    tell.seen(number(each.a, view)),
                ]
            )
        )
        legends += [tell.Legend(picture)] * (each is excitation.rows[0])
    return [tell.Stack([tell.Tiles(tiles), *legends])] if tiles else []


def _rows(
    trace: Trace, rows: Sequence[ExcitingRow], names: Sequence[str], target: str, view: View
) -> tell.Table:
    """List the rows that excite a neuron most, with their inputs where those are few."""
    spec = trace.network.input
    titles = [label(spec.labels, index) for index in range(spec.size)]
    widths = [max(columns_of(title, view), view.number_width) + 2 for title in titles]
    if (
        spec.text
        or sum(widths) > MOST_BESIDE
        or (view.width is not None and sum(widths) > view.width - 30)
    ):
        titles = []
    columns = [tell.Column("row", True), tell.Column(target, least=6), tell.Column("a", True)]
    columns += [tell.Column(title, True) for title in titles]
    lines = []
    for each in rows:
        inputs = trace.input[each.row].tolist()[: len(titles)]
        numbers = map(tell.Number, [each.a, *inputs])
        lines.append(tell.Row([str(each.row), names[each.class_index], *numbers], heard=""))
    return tell.Table(columns, lines)


def _means(means: Sequence[ClassMean], names: Sequence[str], target: str, view: View) -> tell.Stack:
    """Tell which classes a neuron answers to, the one that excites it most on top."""
    shown = means[: means_shown(len(means), view)]
    axis = tell.Axis.of([np.array([each.mean for each in means])])
    rows = []
    for each in shown:
        name = names[each.class_index]
        spoken = f"Mean a for {target} {name}, {plural(each.rows, 'row')}"
        bar, quiet = tell.Bar(each.mean, axis), each.mean == 0
        rows.append(
            tell.Row(
                [tell.Words(name, spoken), tell.Number(each.mean)], bar, "quiet" if quiet else ""
            )
        )
    if left := len(means) - len(shown):
        rows.append(more(left, ", --all shows all"))
    items: list[tell.Item] = [
        tell.Table([tell.Column(target, least=6), tell.Column("mean a", True)], rows)
    ]
    if axis.reach:
        items.append(
            tell.Line([tell.Words(f"bars: {axis.words(view)}", "", "quiet", only_with=tell.BARS)])
        )
    return tell.Stack(items)
