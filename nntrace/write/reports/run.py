"""Traced rows: one in full, a section a layer; of many what the net decides, a line each."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from textwrap import wrap
from typing import Literal

import numpy as np

from nntrace.analysis.prediction import decide, predict, shares_of
from nntrace.core.activations import IDENTITY
from nntrace.core.batch import TracedBatch
from nntrace.core.forward import LayerTrace, Trace
from nntrace.core.layer import Layer
from nntrace.core.names import labels_of, source_names
from nntrace.core.network import Network
from nntrace.errors import listed, plural
from nntrace.words import class_name
from nntrace.write import choice, shaped
from nntrace.write import report as tell
from nntrace.write.columns import Block, Kind, rows_shown
from nntrace.write.columns import Column as Values
from nntrace.write.layers import made_said, made_seen, told_aloud
from nntrace.write.reports.net import (
    about,
    fires,
    given,
    in_formula,
    is_chain,
    label,
    picture_said,
    set_by_hand,
    shape_said,
    shape_seen,
    subject,
)
from nntrace.write.verdicts import Along, class_column, classes_named, columns_along
from nntrace.write.view import ANY_WIDTH, View, columns_of, number, percent, percent_said, said

MOST_LAYERS = 16  # layers with shapes that a terminal is told of in full
LONGEST_FORMULA = 72  # columns of a line of one


def row_report(
    batch: TracedBatch,
    row: int,
    layers: Collection[str],
    view: View,
    headed: bool = True,
    command: Sequence[str] | None = None,
) -> tell.Report:
    """Tell one row of a batch in full: the input, each layer named, the verdict.

    `row` counts from 0 within the batch. Where it is not `headed` by what the net is, other rows
    stand above it. `command` is what might be typed next.
    """
    trace = batch.trace.row(row)
    network, classes = trace.network, _classes(trace)
    # one scale, whichever layers are shown; classes have their shares on another
    drawn = [each.a for each in trace.layers if each is not classes and _in_bars(each.layer, view)]
    axis = tell.Axis.of([trace.x, *drawn] if _told_as(trace, view) == "numbers" else drawn)
    shown = [k for k, traced in enumerate(trace.layers) if traced.name in layers]
    in_brief = _told_in_brief(trace, shown, view)
    shown = [k for k in shown if k not in in_brief]
    in_full = [section for k in shown for section in _layer(trace, k, axis, view)]
    scales = [f"bars: {axis.words(view)}"] * bool(axis.reach and drawn)
    if any(trace.layers[place] is classes for place in shown):
        scales.append(f"shares in {network.output.name}: {tell.SHARES.words(view)}")
    return tell.Report(
        [
            *(about(network) if headed else [tell.Blank()]),
            *given(subject(batch, row)),
            tell.Sections(
                [_input(trace, axis, view), *_brief(trace, in_brief), *in_full],
                alike=is_chain(network),  # other tables have columns of their own
            ),
            tell.Line([tell.Words(words, "", "quiet", tell.BARS) for words in scales], gap=" · "),
            *_verdict(trace, view),
            *_next(command, view),
        ],
        view,
    )


def _verdict(trace: Trace, view: View) -> list[tell.Item]:
    if trace.network.classes is None:
        return []
    prediction = predict(trace)[0]
    if prediction is None:
        nothing = "the output is not finite"
        told = tell.line(f"→ no verdict: {nothing}", f"Verdict: none, {nothing}", "strong")
    else:
        share = prediction.probability
        told = tell.Line(
            [
                tell.Words("→ ", "Verdict: "),
                tell.Words(class_name(prediction.index, prediction.label), emphasis="strong"),
                tell.Words(f"  {percent(share, view)}", f", {percent_said(share, view)}"),
            ]
        )
    return [tell.Blank(seen=False), told]


def _next(command: Sequence[str] | None, view: View) -> list[tell.Item]:
    """Say at a terminal what to type next, where that can be typed as it stands.

    What is wider than the screen goes on below, as a shell has it.
    """
    if command is None or view.width is None or any(view.plain(each) != each for each in command):
        return []
    lines = ["next:"]
    for part in command:
        if columns_of(f"{lines[-1]} {part} \\", view) > view.width:
            lines[-1] += " \\"
            lines.append("     ")
        lines[-1] += f" {part}"
    if view.accessible:
        return [tell.heard(f"Next: {' '.join(command)}")]
    fits = all(columns_of(line, view) <= view.width for line in lines)
    return [tell.seen(line, "quiet") for line in lines] if fits else []


# ---- the input, and the layers ----


def _in_bars(layer: Layer, view: View) -> bool:
    """Whether each number of a layer is told, with a bar on the scale of all."""
    return not layer.positional or not view.shortens


def _told_as(trace: Trace, view: View) -> Literal["text", "picture", "units", "numbers"]:
    """Tell as what the input is told: as tokens or channels, where a terminal is short of room."""
    spec = trace.network.input
    tokens = shaped.reads_tokens(trace.network)
    if spec.text:
        return "text"
    if spec.picture and not tokens:
        return "picture"
    return "units" if len(spec.row) > 1 and view.shortens else "numbers"


def _told_in_brief(trace: Trace, shown: Sequence[int], view: View) -> list[int]:
    """Choose, of very many layers with shapes, those that a terminal is told of in a line each.

    The last one is told in full, and who attends to whom.
    """
    with_shapes = any(trace.layers[place].layer.positional for place in shown)
    if len(shown) <= MOST_LAYERS or not view.shortens or not with_shapes:
        return []
    last = len(trace.layers) - 1
    return [k for k in shown if k != last and not shaped.is_attention(trace.layers[k].layer)]


def _brief(trace: Trace, places: Sequence[int]) -> list[tell.Section]:
    """Tell of layers in a line each: what makes their numbers, and what these come to."""
    if not places:
        return []
    columns = [
        tell.Column("layer"),
        tell.Column("kind"),
        tell.Column("shape", True),
        tell.Column("mean", True, heard="mean {}"),
        tell.Column("strongest", True, heard="strongest {}"),
    ]
    rows = []
    for traced in (trace.layers[place] for place in places):
        layer = traced.layer
        made = tell.Words(made_seen(layer), made_said(layer))
        shape = tell.Words(shape_seen(layer.shape), shape_said(layer.shape))
        mean = float(traced.a[0].mean(dtype=np.float64))
        numbers = [tell.Number(mean), tell.Number(tell.strongest(traced.a[0]))]
        rows.append(
            tell.Row([tell.Words(layer.name, f"Layer {layer.name}"), made, shape, *numbers])
        )
    count = plural(len(places), "layer")
    hint = "-l NAME tells one in full, --all all of them"
    table = tell.Table(columns, rows)
    return [tell.Section("layers", count, [f"{count} in brief; {hint}"], [table], hint)]


def _input(trace: Trace, axis: tell.Axis, view: View) -> tell.Section:
    told_as = _told_as(trace, view)
    if told_as == "units":
        return _input_by_unit(trace, view)
    spec = trace.network.input
    count = plural(spec.size, "number")
    told = f"Input, {count}"
    if told_as == "picture" and spec.picture:
        pixels = trace.input[0].reshape(spec.picture)
        picture = tell.Picture(pixels, pixels)
        items: list[tell.Item] = [picture, tell.Legend(picture), *_pixels(pixels.tolist(), view)]
        return tell.Section("input", count, [f"{told}, {picture_said(spec.picture)}"], items)
    if told_as == "text":
        return _text(trace, told, view)
    values, x = trace.input[0], trace.x[0]
    columns = [tell.Column("input"), tell.Column("value", True, view.number_width)]
    numbers = [values]
    scaled = ["x is value minus mean, divided by std"] * spec.normalised
    if spec.normalised:
        columns.append(tell.Column("x", True, view.number_width, heard="x {}"))
        numbers.append(x)

    def row(index: int) -> tell.Row:
        return tell.Row(
            [tell.Number(float(each[index])) for each in numbers], tell.Bar(float(x[index]), axis)
        )

    shown = choice.neurons_shown(x, view)
    notes = ["x = (value - mean) / std"] * spec.normalised + choice.elided(shown, spec.size)
    items = [tell.Table(columns, _named(trace, "input", shown, row))]
    items += map(tell.heard, choice.left_out(x, shown, "input"))
    return tell.Section("input", count, [told, *scaled], items, " · ".join(notes))


def _text(trace: Trace, told: str, view: View) -> tell.Section:
    """Tell the characters of a text as the net reads them, and the token of each."""
    spec = trace.network.input.text
    assert spec is not None
    characters = spec.characters(trace.input[0])
    if spec.by_token:
        tokens = trace.input[0].tolist()
    else:
        tokens = trace.input[0].reshape(spec.shape).argmax(axis=1).tolist()
    shown = choice.neurons_shown(np.ones(len(tokens)), view)

    def row(index: int) -> tell.Row:
        char = tell.Words(f"'{characters[index]}'", f"character '{characters[index]}'")
        place = tell.Words(str(index), f"place {index}")
        return tell.Row([place, char, tell.Words(f"{tokens[index]:g}", f"token {tokens[index]:g}")])

    columns = [tell.Column("place"), tell.Column("character"), tell.Column("token")]
    table = tell.Table(columns, tell.gapped(shown, len(tokens), row))
    count = plural(len(tokens), "token" if spec.by_token else "character")
    rest = choice.left_out(np.ones(len(tokens)), shown, "place")
    return tell.Section("input", count, [told], [table, *map(tell.heard, rest)])


def _pixels(rows: Sequence[Sequence[float]], view: View) -> list[tell.Item]:
    """Tell the numbers of a picture, which a terminal gets if asked for."""
    if view.shortens:
        return [tell.heard("--all lists the pixels")]
    written = [[number(value, view, signed=False) for value in row] for row in rows]
    width = max(len(cell) for row in written for cell in row)
    items: list[tell.Item] = []
    for index, (row, cells) in enumerate(zip(rows, written, strict=True)):
        shades = ", ".join(said(value, view, signed=False) for value in row)
        numbers = "  ".join(cell.rjust(width) for cell in cells)
        items.append(tell.line(numbers, f"Row {index} of the picture: {shades}"))
    return items


def _input_by_unit(trace: Trace, view: View) -> tell.Section:
    """Tell tokens × numbers, or pictures of several channels, as far as a terminal holds them."""
    spec = trace.network.input
    word = "token" if shaped.reads_tokens(trace.network) else "channel"
    units = shaped.axis_of(trace, word, spec.row[0])
    columns = list(spec.labels or map(str, range(spec.row[-1])))
    values, by_hand = trace.input[0].reshape(spec.row), choice.set_in(trace, "input")
    part = shaped.by_unit(shaped.Numbers(values, units, columns, by_hand=by_hand), view)
    told = f"Input, {shape_said(spec.row)} numbers"
    note = " · ".join(part.notes)
    return tell.Section("input", shape_seen(spec.row), [told], [part.table, *part.below], note)


def _layer(trace: Trace, place: int, axis: tell.Axis, view: View) -> list[tell.Section]:
    """Tell a layer; of one whose last token is the net's answer, that token too."""
    traced = trace.layers[place]
    layer, kind = traced.layer, traced.layer.activation.kind
    notes, told = [], told_aloud(trace.network, layer)
    if not kind.rowwise:
        count, word = int((traced.a[0] > 0).sum()), "active" if fires(layer) else "positive"
        notes.append(f"{count} of {layer.size} {word}")
        told += f", {count} {word}"
    above: list[tell.Item] = []
    below: list[tell.Item] = []
    answers = traced is trace.layers[-1] and trace.network.answers < layer.size
    if layer.positional and view.shortens:
        part = _shaped(trace, traced, answers, view)
        above, table, below = [*part.above], part.table, [*part.below]
        notes += part.notes
    else:
        if traced is _classes(trace):
            shown, table, rest = _class_rows(trace, traced, view)
        else:
            shown, table, rest = _neuron_rows(trace, traced, axis, view)
        below += map(tell.heard, rest)
        notes += choice.elided(shown, layer.size)
        below += shaped.whole(traced, trace, view) if layer.positional else []
    elsewhere = trace.network.reads_elsewhere(layer.name)
    reads = [f"reads {listed(elsewhere)}"] if elsewhere else []
    title = " · ".join([made_seen(layer), shaped.shapes_seen(trace.network, layer), *reads])
    sections = [
        tell.Section(
            layer.name,
            title,
            [told, *map(str.capitalize, reads)],
            [*_formulae(trace, layer), *above, table, *below],
            " · ".join(notes),
        )
    ]
    if answers and traced is _classes(trace) and view.shortens:
        sections.append(_last_token(trace, traced, view))
    return sections


def _formulae(trace: Trace, layer: Layer) -> list[tell.Item]:
    """Write how z and a come about."""
    kind = layer.activation.kind
    last = f"a = {kind.formula}"
    if layer.dense:
        (before,) = layer.reads
        reads = in_formula(before, trace.network.input.normalised and before == "input")
        *lines, end = [f"z = W @ {reads} + b"]
    else:
        *lines, end = wrap(layer.op.FORMULA, LONGEST_FORMULA)
        last = last if kind is not IDENTITY.kind else ""
    words = [tell.Words(each, "", "quiet") for each in (end, last) if each]
    return [*(tell.seen(each, "quiet") for each in lines), tell.Line(words, "   ")]


def _shaped(trace: Trace, traced: LayerTrace, answers: bool, view: View) -> shaped.Told:
    """Tell numbers that have a shape, as far as a terminal holds them."""
    layer = traced.layer
    values = traced.a[0].reshape(layer.shape)
    width = layer.shape[-1]
    names = [label(layer.labels, index) for index in range(width)]
    if shaped.is_attention(layer):
        return shaped.attention(traced, trace, view)
    units = shaped.axis_of(trace, shaped.unit_word(layer), layer.shape[0])
    if layer.activation.kind.rowwise and len(layer.shape) == 2:
        classes = traced is trace.layers[-1] and trace.network.classes is not None
        of = [
            tell.Words(class_name(k, None) if classes and not layer.labels else name)
            for k, name in enumerate(names)
        ]
        titles = ("next", "then") if answers else ("most", "then")
        shares = shares_of(layer, values)
        table = shaped.largest_shares(shares, units, of, titles, view)
        return shaped.Told(table, (), shaped.elided_numbers(True))
    return shaped.by_unit(
        shaped.Numbers(values, units, names, layer, choice.set_in(trace, layer.name)), view
    )


def _last_token(trace: Trace, traced: LayerTrace, view: View) -> tell.Section:
    """Tell of the last token what a layer of classes tells of a row."""
    layer, answers = traced.layer, trace.network.answers
    last = shaped.axis_of(trace, "token", layer.shape[0]).names[-1]
    shown, table, rest = _class_rows(trace, traced, view, layer.size - answers)
    about = f"the last token, {last.seen}"
    heard = [f"Layer {layer.name}, of the last token, {shaped.within(last.spoken)}"]
    notes = " · ".join(choice.elided(shown, answers))
    return tell.Section(layer.name, about, heard, [table, *map(tell.heard, rest)], notes)


def _neuron_rows(
    trace: Trace, traced: LayerTrace, axis: tell.Axis, view: View
) -> tuple[list[int], tell.Table, list[str]]:
    """Return which neurons are shown, what is told of each, and of those that are left out."""
    z, a = traced.z[0], traced.a[0]

    def row(index: int) -> tell.Row:
        active = ("active" if a[index] > 0 else "not active") if fires(traced.layer) else ""
        bar = tell.Bar(float(a[index]), axis)
        cells = [tell.Number(float(z[index])), tell.Number(float(a[index]))]
        return tell.Row(cells, bar, "quiet" if a[index] == 0 else "", active)

    shown = choice.neurons_shown(a, view)
    table = tell.Table(_columns("neuron", view), _named(trace, traced.name, shown, row))
    return shown, table, choice.left_out(a, shown, "neuron")


def _class_rows(
    trace: Trace, traced: LayerTrace, view: View, before: int = 0
) -> tuple[list[int], tell.Table, list[str]]:
    """Return the same of classes, in the order of their neurons, the most probable one in bold.

    Of tokens, there are so many numbers `before` those of the last one, which are told.
    """
    z, a = traced.z[0], traced.a[0]
    shares = shares_of(traced.layer, a)
    first = before + choice.by_share(shares[before:].tolist())[0]
    columns = _columns("class", view)
    apart = not np.array_equal(a, shares, equal_nan=True)  # the logarithms of shares
    if apart:
        columns.append(tell.Column("share", True, view.number_width, heard="share {}"))

    def row(index: int) -> tell.Row:
        cells = [tell.Number(float(z[index])), tell.Number(float(a[index]), signed=apart)]
        cells += [tell.Number(float(shares[index]), signed=False)] * apart
        return tell.Row(
            cells, tell.Bar(float(shares[index]), tell.SHARES), "strong" if index == first else ""
        )

    shown = [before + k for k in choice.classes_shown(shares[before:].tolist(), view)]
    rest = []
    if count := len(shares) - before - len(shown):
        left = plural(count, "more neuron")
        rest.append(f"{left}, none with a larger share; --all lists them")
    return shown, tell.Table(columns, _named(trace, traced.name, shown, row, before)), rest


def _columns(names: str, view: View) -> list[tell.Column]:
    numbers = [tell.Column(each, True, view.number_width, heard=f"{each} {{}}") for each in "za"]
    return [tell.Column(names), *numbers]


def _classes(trace: Trace) -> LayerTrace | None:
    """Return the last layer where its neurons are classes, whose shares are drawn."""
    return trace.layers[-1] if trace.network.output.activation.kind.rowwise else None


def _named(
    trace: Trace,
    layer: str,
    shown: Sequence[int],
    row: Callable[[int], tell.Row],
    before: int = 0,
) -> list[tell.Row]:
    """Put names before what `row` tells of neurons, or inputs, and say which were set by hand.

    Of the first ones, so many stand `before` those that are told of.
    """
    labels, names = labels_of(trace.network, layer), source_names(trace.network, layer)
    by_hand = choice.set_in(trace, layer)
    shape = trace.network.shape(layer) if layer != "input" else ()

    def named(index: int) -> tell.Row:
        told = row(index)
        aloud = label(labels, index) if layer == "input" and labels else names[index]
        if len(shape) > 1 and not before:
            seen = names[index].removeprefix(f"{layer}.")
        else:
            seen = label(labels, index - before)
        cells: list[tell.Cell] = [tell.Words(seen, aloud), *told.cells]
        if index not in by_hand:
            return told._replace(cells=cells)
        facts = ", ".join(filter(None, [told.heard_too, "set by hand"]))
        return told._replace(cells=cells, heard_too=facts, mark=" (set)")

    places = [index - before for index in shown]
    return tell.gapped(places, len(names) - before, lambda place: named(before + place))


# ---- many rows ----


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
