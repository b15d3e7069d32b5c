"""What a net is given in one row: numbers, a picture, channels, tokens or a text."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np

from nntrace.core.forward import Trace
from nntrace.errors import plural
from nntrace.write import choice, shaped
from nntrace.write import report as tell
from nntrace.write.listed import Bulk, Values, chosen, gapped
from nntrace.write.reports.layer import names_in_rows
from nntrace.write.reports.net import picture_said, shape_said, shape_seen
from nntrace.write.view import FRAME, View, columns_of, number, said


def told_as(trace: Trace, view: View) -> Literal["text", "picture", "units", "numbers"]:
    """Return as what the input is told; by unit where a terminal is short of room."""
    spec = trace.network.input
    tokens = shaped.reads_tokens(trace.network)
    if spec.text:
        return "text"
    if spec.picture and not tokens:
        return "picture"
    return "units" if len(spec.row) > 1 and view.shortens else "numbers"


def input_section(trace: Trace, axis: tell.Axis, view: View, brief: bool = False) -> tell.Section:
    """Tell what the net is given in a row; a text in one line, where that is to be `brief`."""
    form = told_as(trace, view)
    if form == "units":
        return _input_by_unit(trace, view)
    spec = trace.network.input
    count = plural(spec.size, "number")
    told = f"Input, {count}"
    if form == "picture" and spec.picture:
        pixels = trace.input[0].reshape(spec.picture)
        picture = tell.Picture(pixels, pixels)
        items: list[tell.Item] = [picture, tell.Legend(picture), *_pixels(pixels.tolist(), view)]
        return tell.Section("input", count, [f"{told}, {picture_said(spec.picture)}"], items)
    if form == "text":
        return _text(trace, told, view, brief)
    values, x = trace.input[0], trace.x[0]
    columns = [tell.Column("input"), tell.Column("value", True, view.number_width)]
    numbers = [values]
    scaled = ["x is value minus mean, divided by std"] * spec.normalised
    if spec.normalised:
        columns.append(tell.Column("x", True, view.number_width, heard="x {}"))
        numbers.append(x)

    rows = Bulk(
        *names_in_rows(trace, "input"),
        [*map(Values, numbers)],
        x,
        axis,
        by_hand=choice.set_in(trace, "input"),
    )
    shown = choice.neurons_shown(x, view)
    notes = ["x = (value - mean) / std"] * spec.normalised + choice.elided(shown, spec.size)
    items = [tell.Table(columns, chosen(rows, shown))]
    items += map(tell.heard, choice.left_out(x, shown, "input"))
    return tell.Section("input", count, [told, *scaled], items, " · ".join(notes))


def _text(trace: Trace, told: str, view: View, brief: bool) -> tell.Section:
    """Tell the characters of a text as the net reads them, and the token of each."""
    spec = trace.network.input.text
    assert spec is not None
    characters = spec.characters(trace.input[0])
    if spec.by_token:
        tokens = trace.input[0].tolist()
    else:
        tokens = trace.input[0].reshape(spec.shape).argmax(axis=1).tolist()
    count = plural(len(tokens), "token" if spec.by_token else "character")
    if brief:
        pairs = list(zip(characters, tokens, strict=True))
        seen = [f"{'␣' if char == ' ' else char} {token:g}" for char, token in pairs]
        heard = ", ".join(f"'{char}' {token:g}" for char, token in pairs)
        return tell.Section(
            "input", count, [told], [*_side_by_side(seen, view), tell.heard(f"Tokens: {heard}")]
        )
    shown = choice.neurons_shown(np.ones(len(tokens)), view)

    def row(index: int) -> tell.Row:
        char = tell.Words(f"'{characters[index]}'", f"character '{characters[index]}'")
        place = tell.Words(str(index), f"place {index}")
        return tell.Row([place, char, tell.Words(f"{tokens[index]:g}", f"token {tokens[index]:g}")])

    columns = [tell.Column("place"), tell.Column("character"), tell.Column("token")]
    table = tell.Table(columns, gapped(shown, len(tokens), row))
    rest = choice.left_out(np.ones(len(tokens)), shown, "place")
    return tell.Section("input", count, [told], [table, *map(tell.heard, rest)])


def _side_by_side(words: Sequence[str], view: View) -> list[tell.Item]:
    """Set words beside each other, in as many lines as they take."""
    lines = [""]
    for word in words:
        longer = f"{lines[-1]}  {word}" if lines[-1] else word
        if lines[-1] and view.width is not None and columns_of(longer, view) > view.width - FRAME:
            lines.append(word)
        else:
            lines[-1] = longer
    return [tell.seen(line) for line in lines]


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
