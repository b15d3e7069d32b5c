"""How far rows are from being told otherwise: the change that does it, the map, and the kinks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import isfinite

import numpy as np

from nntrace.analysis.margin import MOST_PIECES, Flip, Kinks, Margin
from nntrace.analysis.prediction import Prediction
from nntrace.core.batch import TracedBatch
from nntrace.core.names import Neuron, name_of, source_names
from nntrace.core.network import Network
from nntrace.errors import plural
from nntrace.words import capital
from nntrace.write import report as tell
from nntrace.write.choice import by_size
from nntrace.write.listed import gapped, more
from nntrace.write.reports.net import about_row
from nntrace.write.view import View, number, percent, percent_said, said

MOST_INPUTS = 12  # of which the coefficients are shown, and heard
MOST_KINKS = 8
_PIECE = "as far as no neuron comes to its kink, {} of the output is these sums of the inputs"


def margin_reports(
    found: Sequence[tuple[Margin, TracedBatch]], view: View
) -> Iterator[tell.Report]:
    """Tell the margins of rows, each of a batch."""
    for place, (margin, batch) in enumerate(found):
        items = [tell.Blank(seen=False)] * (place > 0) + about_row(batch, margin.row)
        items += [tell.Blank(), *_flip(margin, view), tell.Blank(), *_map(margin, view)]
        if margin.kinks:
            items += [tell.Blank(), *_kinks(margin, view)]
        yield tell.Report(items, view)


# ---- the change that leads to another prediction ----


def _flip(margin: Margin, view: View) -> list[tell.Item]:
    prediction, flip = margin.prediction, margin.flip
    if prediction is None:
        return [tell.line("the output tells no class that could become another", emphasis="quiet")]
    items: list[tell.Item] = [
        tell.line(
            f"→ {_class(prediction)}  {percent(prediction.probability, view)}",
            f"Prediction: {_class(prediction)}, {percent_said(prediction.probability, view)}",
            "strong",
        )
    ]
    if flip is None:
        told = "no change of one input alone makes it another"
        items.append(tell.line(told, capital(told)))
    else:
        items += _flipped(margin, flip, view)
    if margin.given_up:
        lines = plural(margin.given_up, "line")
        items.append(
            tell.line(
                f"{lines} along an input had over {MOST_PIECES:,} kinks, and were given up: "
                "a smaller change may be there",
                emphasis="quiet",
            )
        )
    return items


def _flipped(margin: Margin, flip: Flip, view: View) -> list[tell.Item]:
    name = name_of(margin.network, Neuron("input", flip.input))
    before = float(margin.x[flip.input])
    change, to = number(flip.change, view), number(flip.value, view, signed=False)
    start = number(before, view, signed=False)
    line = tell.Line(
        [
            tell.Words("smallest change of one input that makes it another: ", ""),
            tell.Words(f"{name} {change}", "", "strong"),
            tell.Words(f", from {start} to {to}", ""),
        ]
    )
    spoken = (
        f"Smallest change of one input that makes it another: {name} by {said(flip.change, view)}, "
        f"from {said(before, view)} to {said(flip.value, view)}"
    )
    if flip.prediction is None:
        told = "a second pass did not bear it out: there it is as before"
    else:
        told = f"a second pass with it gives {_class(flip.prediction)}"
    return [line, tell.heard(spoken), tell.line(told, capital(told), "quiet")]


def _class(prediction: Prediction) -> str:
    return prediction.label or f"class {prediction.index}"


# ---- the map ----


def _map(margin: Margin, view: View) -> list[tell.Item]:
    """Tell the coefficients: a line an input, a column an output; of pictures, as pictures."""
    network, affine = margin.network, margin.affine
    outputs = source_names(network, network.output.name)
    top = float(np.abs(affine.coefficients).max(initial=0.0))
    told = _PIECE.format(affine.quantity)
    items: list[tell.Item] = [tell.line(told, capital(told), "quiet")]
    if on := sum(int((kinks.distances == 0.0).sum()) for kinks in margin.kinks):
        lies = "1 neuron lies on its kink" if on == 1 else f"{on} neurons lie on their kinks"
        told = f"{lies}: where z rises there, the sums are others"
        items.append(tell.line(told, emphasis="quiet"))
    picture = network.input.picture
    if picture:
        tiles = []
        for name, row, constant in zip(
            outputs, affine.coefficients, affine.constants.tolist(), strict=True
        ):
            heat = tell.HeatMap(row.reshape(picture), top, across=2 * picture[1])
            below = [tell.seen(name, "strong"), tell.seen(number(constant, view), "quiet")]
            tiles.append(tell.Stack([heat, *below]))
        heat = tell.HeatMap(affine.coefficients[0].reshape(picture), top)
        items += [
            tell.Seen([tell.Tiles(tiles), tell.Legend(heat, "coefficients")]),
            tell.seen("below each: its constant", "quiet"),
        ]
        if view.shortens:
            return [*items, *_heard(margin, outputs, view)]
    table = _table(network, outputs, margin, view)
    return [*items, tell.Seen([table, tell.LeftOut()]), *_heard(margin, outputs, view)]


def _inputs_shown(coefficients: np.ndarray, view: View) -> list[int]:
    """Choose the inputs that count most for any output; all where nothing is left out."""
    order = by_size(np.abs(coefficients).max(axis=0, initial=0.0))
    return sorted(order[:MOST_INPUTS] if view.shortens else order)


def _table(network: Network, outputs: Sequence[str], margin: Margin, view: View) -> tell.Table:
    affine = margin.affine
    order = by_size(affine.constants) if margin.prediction is None else _first(margin)
    spare = {place: rank for rank, place in enumerate(order)}
    columns = [tell.Column("input")]
    columns += [tell.Column(name, True, spare=spare[place]) for place, name in enumerate(outputs)]
    size = affine.coefficients.shape[1]
    names = {place: name_of(network, Neuron("input", place)) for place in range(size)}

    def row(place: int) -> tell.Row:
        numbers = map(tell.Number, affine.coefficients[:, place].tolist())
        return tell.Row([names[place], *numbers])

    rows = gapped(_inputs_shown(affine.coefficients, view), size, row)
    constants = map(tell.Number, affine.constants.tolist())
    rows.append(tell.Row([tell.Words("constant", None, "quiet"), *constants]))
    return tell.Table(columns, rows)


def _first(margin: Margin) -> list[int]:
    """Return the outputs in the order in which they are kept: the predicted class, the one that a
    flip leads to, the others."""
    count = len(margin.affine.constants)
    wanted = [margin.prediction.index] if margin.prediction else []
    if margin.flip and margin.flip.prediction:
        wanted.append(margin.flip.prediction.index)
    known = [place for place in wanted if place < count]
    return [*known, *(place for place in range(count) if place not in known)]


def _heard(margin: Margin, outputs: Sequence[str], view: View) -> list[tell.Item]:
    """Say, for each output, its constant and its largest coefficients."""
    lines: list[tell.Item] = []
    network, affine = margin.network, margin.affine
    for place, name in enumerate(outputs):
        row = affine.coefficients[place]
        shown = sorted(by_size(row)[:MOST_INPUTS])
        parts = [
            f"{said(float(row[at]), view)} times {name_of(network, Neuron('input', at))}"
            for at in shown
        ]
        if left := len(row) - len(shown):
            parts.append(f"and {left} more")
        constant = said(float(affine.constants[place]), view)
        lines.append(tell.heard(f"{name}: constant {constant}, {', '.join(parts)}"))
    return lines


# ---- the kinks ----


def _kinks(margin: Margin, view: View) -> list[tell.Item]:
    """List the neurons that a change of one input brings to their kinks first."""
    network = margin.network
    near = [
        (kinks, place, float(kinks.changes[place]))
        for kinks in margin.kinks
        for place in range(len(kinks.z))
        if isfinite(kinks.changes[place])
    ]
    near.sort(key=lambda each: abs(each[2]))
    count = sum(int(np.isfinite(kinks.kinks).sum()) for kinks in margin.kinks)
    shown = near if not view.shortens else near[:MOST_KINKS]
    columns = [
        tell.Column("neuron"),
        tell.Column("z", True, spare=2, heard="z {}"),
        tell.Column("kink", True, spare=3, heard="kink at {}"),
        tell.Column("distance", True, heard="{} away"),
        tell.Column("by input", heard="reached by {}"),
        tell.Column("change", True, heard="changed by {}"),
    ]
    rows = [_kink(network, kinks, place, change) for kinks, place, change in shown]
    if left := len(near) - len(shown):
        rows.append(more(left, ", --all shows all"))
    still = count - len(near)
    told = f"{plural(count, 'neuron')} that bend, by the change of one input that brings them there"
    if still:
        told += f"; of {still}, no input changes z here"
    return [tell.line(told, capital(told), "quiet"), tell.Table(columns, rows)]


def _kink(network: Network, kinks: Kinks, place: int, change: float) -> tell.Row:
    name = name_of(network, Neuron(kinks.layer.name, place))
    source = name_of(network, Neuron("input", int(kinks.inputs[place])))
    numbers = (kinks.z[place], kinks.kinks[place], kinks.distances[place])
    z, kink, distance = (tell.Number(float(each)) for each in numbers)
    return tell.Row(
        [tell.Words(name, None, "strong"), z, kink, distance, source, tell.Number(change)]
    )
