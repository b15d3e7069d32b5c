"""Traced rows: one in full, a section a layer; of many what the net decides, a line each."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence

import numpy as np

from nntrace.analysis.prediction import class_probabilities, decide, predict
from nntrace.core.batch import TracedBatch
from nntrace.core.forward import LayerTrace, Trace
from nntrace.core.names import labels_of, source_names
from nntrace.core.network import Network
from nntrace.errors import plural
from nntrace.words import class_name
from nntrace.write import choice
from nntrace.write import report as tell
from nntrace.write.columns import Block, Kind, rows_shown
from nntrace.write.columns import Column as Values
from nntrace.write.reports.net import (
    about,
    activation_seen,
    fires,
    given,
    in_formula,
    label,
    layer_said,
    picture_said,
    set_by_hand,
    subject,
)
from nntrace.write.verdicts import Along, class_column, classes_named, columns_along
from nntrace.write.view import ANY_WIDTH, View, columns_of, number, percent, percent_said, said


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
    drawn = [traced.a for traced in trace.layers if traced is not classes]
    axis = tell.Axis.of([trace.x, *drawn] if network.input.picture is None else drawn)
    shown = [k for k, traced in enumerate(trace.layers) if traced.name in layers]
    scales = [f"bars: {axis.words(view)}"] * bool(axis.reach)
    if any(trace.layers[place] is classes for place in shown):
        scales.append(f"shares in {network.output.name}: {tell.SHARES.words(view)}")
    return tell.Report(
        [
            *(about(network) if headed else [tell.Blank()]),
            *given(subject(batch, row)),
            tell.Sections(
                [_input(trace, axis, view), *(_layer(trace, k, axis, view) for k in shown)]
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


def _input(trace: Trace, axis: tell.Axis, view: View) -> tell.Section:
    spec = trace.network.input
    count = plural(spec.size, "number")
    told = f"Input, {count}"
    if spec.picture:
        pixels = trace.input[0].reshape(spec.picture)
        picture = tell.Picture(pixels, pixels)
        items: list[tell.Item] = [picture, tell.Legend(picture), *_pixels(pixels.tolist(), view)]
        return tell.Section("input", count, [f"{told}, {picture_said(spec.picture)}"], items)
    if spec.text:
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


def _layer(trace: Trace, place: int, axis: tell.Axis, view: View) -> tell.Section:
    traced = trace.layers[place]
    layer, kind = traced.layer, traced.layer.activation.kind
    (before,) = trace.network.reads(layer.name)
    reads = in_formula(before, trace.network.input.normalised and before == "input")
    formulae = (f"z = W @ {reads} + b", f"a = {kind.formula}")
    notes, told = [], layer_said(layer)
    if not kind.rowwise:
        count, word = int((traced.a[0] > 0).sum()), "active" if fires(layer) else "positive"
        notes.append(f"{count} of {layer.size} {word}")
        told += f", {count} {word}"
    if traced is _classes(trace):
        shown, table, rest = _class_rows(trace, traced, view)
    else:
        shown, table, rest = _neuron_rows(trace, traced, axis, view)
    return tell.Section(
        layer.name,
        f"{activation_seen(layer)} · {layer.fan_in} → {layer.size}",
        [told],
        [
            tell.Line([tell.Words(each, "", "quiet") for each in formulae], "   "),
            table,
            *map(tell.heard, rest),
        ],
        " · ".join(notes + choice.elided(shown, layer.size)),
    )


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
    trace: Trace, traced: LayerTrace, view: View
) -> tuple[list[int], tell.Table, list[str]]:
    """Return the same of classes, in the order of their neurons, the most probable one in bold."""
    z, a = traced.z[0], traced.a[0]
    shares = class_probabilities(trace, 0)
    first = choice.by_share(shares)[0]
    columns = _columns("class", view)
    apart = not np.array_equal(a, shares, equal_nan=True)  # the logarithms of shares
    if apart:
        columns.append(tell.Column("share", True, view.number_width, heard="share {}"))

    def row(index: int) -> tell.Row:
        cells = [tell.Number(float(z[index])), tell.Number(float(a[index]), signed=apart)]
        cells += [tell.Number(shares[index], signed=False)] * apart
        return tell.Row(
            cells, tell.Bar(shares[index], tell.SHARES), "strong" if index == first else ""
        )

    shown = choice.classes_shown(shares, view)
    rest = []
    if count := len(shares) - len(shown):
        left = plural(count, "more neuron")
        rest.append(f"{left}, none with a larger share; --all lists them")
    return shown, tell.Table(columns, _named(trace, traced.name, shown, row)), rest


def _columns(names: str, view: View) -> list[tell.Column]:
    numbers = [tell.Column(each, True, view.number_width, heard=f"{each} {{}}") for each in "za"]
    return [tell.Column(names), *numbers]


def _classes(trace: Trace) -> LayerTrace | None:
    """Return the last layer where its neurons are classes, whose shares are drawn."""
    return trace.layers[-1] if trace.network.output.activation.kind.rowwise else None


def _named(
    trace: Trace, layer: str, shown: Sequence[int], row: Callable[[int], tell.Row]
) -> list[tell.Row]:
    """Put names before what `row` tells of neurons, or inputs, and say which were set by hand."""
    labels, names = labels_of(trace.network, layer), source_names(trace.network, layer)
    by_hand = choice.set_in(trace, layer)

    def named(index: int) -> tell.Row:
        told = row(index)
        aloud = label(labels, index) if layer == "input" and labels else names[index]
        cells: list[tell.Cell] = [tell.Words(label(labels, index), aloud), *told.cells]
        if index not in by_hand:
            return told._replace(cells=cells)
        facts = ", ".join(filter(None, [told.heard_too, "set by hand"]))
        return told._replace(cells=cells, heard_too=facts, mark=" (set)")

    return tell.gapped(shown, len(names), named)


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
    beside, left = choice.columns_beside(network, bool(along.kept or along.examples), view)
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
