"""The numbers of layers that are not plain dense: kernels as pictures, tables, rows of norms."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from nntrace.analysis.summary import summarised
from nntrace.core.arrays import Array
from nntrace.core.layer import Layer
from nntrace.core.network import Network
from nntrace.errors import plural
from nntrace.write import report as tell
from nntrace.write.choice import largest_chosen, left_out
from nntrace.write.reports.net import shape_said, shape_seen
from nntrace.write.view import ANY_WIDTH, FRAME, View, columns_of, number, said

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

KERNELS = 8  # channels drawn as pictures, on a terminal, or as many as fit on its screen
ROWS = 16  # of a table, on a terminal
HEAT = 2  # columns of a heat map for each number
GAP = 2


def arrays_seen(network: Network, layer: Layer, view: View) -> list[tell.Item]:
    """Show every array of a layer: kernels as pictures, tables, and of one axis those left over.

    A number a row of a table, such as a bias, stands behind it, and one a kernel below that.
    """
    arrays = layer.op.arrays
    vectors = {key: values for key, values in arrays.items() if values.ndim == 1}
    items: list[tell.Item] = []
    for key, values in arrays.items():
        behind = {name: vector for name, vector in vectors.items() if len(vector) == len(values)}
        if values.ndim > 2:
            items += _kernels(layer, key, values, behind, view)
        elif values.ndim == 2:
            names = _row_names(network, layer, key)
            told, drawn = _table(layer, key, values, behind, names, view)
            items += drawn
            behind = behind if told else {}
        if values.ndim > 1:
            vectors = {name: each for name, each in vectors.items() if name not in behind}
    if vectors:
        items.append(_vectors(layer, vectors, view))
    return items


def _title(layer: Layer, key: str, values: Array) -> tuple[str, str]:
    return layer.name, f"{key} {shape_seen(values.shape)}"


def _row_names(network: Network, layer: Layer, key: str) -> Sequence[str]:
    """Call the rows of a table: by the letters that they stand for, by labels, or by number."""
    rows = len(layer.op.arrays[key])
    text = network.input.text
    axes = _axes(layer)
    if text and axes[key][:1] == ("tokens",) and len(text.alphabet) == rows:
        return [repr(char) if char.isspace() else char for char in text.alphabet]
    if layer.labels and axes[key][:1] == ("size",):
        return layer.labels
    return [str(row) for row in range(rows)]


def _axes(layer: Layer) -> dict[str, tuple[str, ...]]:
    """Return what the axes of its arrays are called."""
    return {field.name: field.axes for field in layer.op.FIELDS}


# ---- kernels: a picture for each pair of a channel given and one read ----


def _kernels(
    layer: Layer, key: str, values: Array, behind: Mapping[str, Array], view: View
) -> list[tell.Item]:
    """Draw an array of three axes or more: the last two as pictures, a frame for each of the first.

    Pictures of the axes between stand beside each other.
    """
    top = float(np.abs(values).max())
    height, width = values.shape[-2:]
    beside = values.reshape(len(values), -1, height, width)
    across = view.width and max(1, (view.width - FRAME + 1) // (HEAT * width + 1))
    many = beside.shape[1] if not view.shortens or not across else min(beside.shape[1], across)
    count = min(len(values), _fitting(beside, many, view))
    frames = [_frame(index, beside[index, :many], behind, top, view) for index in range(count)]
    name, about = _title(layer, key, values)
    title = tell.Line([tell.Words(name, "", "strong"), tell.Words(f" · {about}", "")])
    left = []
    if rest := len(values) - count:
        left.append(plural(rest, "more channel"))
    if rest := beside.shape[1] - many:
        left.append(plural(rest, "more picture") + " of each")
    items: list[tell.Item] = [title, tell.Sections(frames, alike=False)]
    if left:
        items.append(tell.seen(f"⋮ {', '.join(left)}, --all shows all", "quiet"))
    items.append(tell.Legend(tell.HeatMap(beside[0, 0], top), key))
    if not view.shortens:
        items += [_numbers(index, each) for index, each in enumerate(beside)]
    return items


def _fitting(pictures: Array, beside: int, view: View) -> int:
    """Return how many frames of so many pictures fit on a screen, if all are not shown."""
    if not view.shortens or view.width is None:
        return len(pictures)
    height, width = map(int, pictures.shape[-2:])
    frame = beside * (HEAT * width + 1) + FRAME
    return max(KERNELS, max(1, view.width // frame) * (view.height // (height + 3)))


def _frame(
    index: int, pictures: Array, behind: Mapping[str, Array], top: float, view: View
) -> tell.Section:
    notes = [f"{key} {number(float(values[index]), view)}" for key, values in behind.items()]
    size = HEAT * pictures.shape[-1]  # columns, in colour as without
    maps = [tell.HeatMap(each, top, across=size) for each in pictures]
    below = [tell.seen(each, "quiet") for each in notes]
    return tell.Section(str(index), "", [], [tell.Side(maps, gap=1), *below])


def _numbers(index: int, pictures: Array) -> tell.Table:
    """Write the numbers of a frame, a line a line of its pictures."""
    lines = pictures.reshape(-1, pictures.shape[-1])
    places = np.ndindex(pictures.shape[:-1])
    names = [".".join(map(str, (index, *place))) for place in places]
    return _matrix(lines, {}, names, None)


# ---- tables, such as the numbers of each letter ----


def _table(
    layer: Layer,
    key: str,
    values: Array,
    behind: Mapping[str, Array],
    names: Sequence[str],
    view: View,
) -> tuple[bool, list[tell.Item]]:
    """Show rows of numbers as a heat map: with the numbers beside it where all find room.

    Returns whether the numbers are told, with those behind them.
    """
    top = float(np.abs(values).max())
    rows = values[: None if view.holds(len(values)) else ROWS]
    columns = values.shape[1]
    labelled = layer.labels and _axes(layer)[key][-1] == "width"
    titles = (layer.labels if labelled else None) or range(columns)
    table = _matrix(rows, behind, names, list(map(str, titles)))
    room = (view.width or ANY_WIDTH) - FRAME - GAP
    called = max(columns_of(each, view) for each in names[: len(rows)])
    taken = called + _width(table, view)
    told = not view.shortens or taken <= room
    mapped = not told or taken + HEAT * columns <= room
    shown = rows if told else rows[:, : max(1, (room - called) // HEAT)]
    heat = tell.HeatMap(shown, top, line_by_line=True)
    if not told:
        table = tell.Table([tell.Column()], [tell.Row([each]) for each in names[: len(rows)]])
    beside = tell.Stack([tell.Blank(), heat] if told else [heat])
    items: list[tell.Item] = [tell.Side([table, beside]) if mapped else table]
    left = [plural(len(values) - len(shown), "row")] * (len(values) > len(shown))
    left += [plural(columns - shown.shape[1], "column")] * (columns > shown.shape[1])
    note = f"{' and '.join(left)} more, --all shows all" if left else ""
    section = tell.Section(*_title(layer, key, values), [], items, note)
    return told, [section, *([tell.Legend(heat, key)] if mapped else [])]


def _matrix(
    values: Array,
    behind: Mapping[str, Array],
    names: Sequence[str],
    titles: Sequence[str] | None,
) -> tell.Table:
    """Write rows of numbers, and behind them what has one a row."""
    lines = np.column_stack([values, *(each[: len(values)] for each in behind.values())])
    rows = [
        tell.Row([tell.Words(name, "", "strong"), *map(tell.Number, line)])
        for name, line in zip(names, lines.tolist(), strict=False)
    ]
    heads = [*titles, *behind] if titles else [""] * lines.shape[1]
    columns = [tell.Column(), *(tell.Column(title, True) for title in heads)]
    return tell.Table(columns, rows, unbroken=True)


def _width(table: tell.Table, view: View) -> int:
    """Return how many columns of a terminal the numbers of a table take, and the gaps."""
    widths = [columns_of(column.title, view) for column in table.columns[1:]]
    for row in table.rows:
        cells = [cell.value for cell in row.cells if isinstance(cell, tell.Number)]
        widths = [max(w, len(number(c, view))) for w, c in zip(widths, cells, strict=True)]
    return sum(widths) + GAP * len(widths)


# ---- one number a channel: a row for each key ----


def _vectors(layer: Layer, vectors: Mapping[str, Array], view: View) -> tell.Section:
    """Show arrays of one axis below each other, a column for each channel or neuron."""
    length = max(map(len, vectors.values()))
    titles = layer.labels if layer.labels and layer.channels != "first" else range(length)
    count = length
    if view.shortens and view.width is not None:
        room, count = view.width - FRAME - max(map(len, vectors)), 0
        while count < length and room >= 0:
            cells = [number(float(each[count]), view) for each in vectors.values()]
            room -= max(map(len, [str(titles[count]), *cells])) + GAP
            count += room >= 0
        count = max(1, count)
    rows = [
        tell.Row([tell.Words(key, "", "strong"), *map(tell.Number, values[:count].tolist())])
        for key, values in vectors.items()
    ]
    columns = [tell.Column(), *(tell.Column(str(title), True) for title in titles[:count])]
    table = tell.Table(columns, rows, unbroken=True)
    left = length - count
    note = f"{plural(left, 'column')} more, --all shows all" if left else ""
    return tell.Section(layer.name, ", ".join(vectors), [], [table], note)


# ---- the same, as it is heard ----


def array_said(key: str, values: Array, view: View) -> str:
    """Say how many numbers an array has, and sum them up."""
    summary = summarised(values)
    low, high, mean = (said(each, view) for each in (summary.min, summary.max, summary.mean))
    spread = said(summary.std, view, signed=False)
    told = f"{_spoken(key)}: {plural(values.size, 'number')}, from {low} to {high}, mean {mean}"
    return f"{told}, standard deviation {spread}"


def arrays_said(network: Network, layer: Layer, view: View) -> list[str]:
    """Say every array of a layer, a line a number; of many those furthest from 0."""
    lines = []
    for key, values in layer.op.arrays.items():
        lines.append(f"{_spoken(key)}, {shape_said(values.shape)}")
        if values.ndim == 1:
            lines += _line_said(values, view)
            continue
        names = _row_names(network, layer, key)
        count = len(values) if view.holds(len(values)) else ROWS
        for name, line in zip(names[:count], values, strict=False):
            counted = plural(line.size, "number")
            lines.append(f"Row {name} of {_spoken(key).lower()}, {counted}")
            lines += _line_said(line, view)
        if left := len(values) - count:
            lines.append(f"{plural(left, 'more row')}; --all lists them")
    return lines


def _line_said(values: Array, view: View) -> list[str]:
    flat = values.ravel()
    shown = largest_chosen(flat, view)
    places = np.unravel_index(shown, values.shape)
    named = [", ".join(map(str, place)) for place in zip(*places, strict=True)]
    lines = [
        f"At {place}: {said(float(flat[index]), view)}"
        for place, index in zip(named, shown, strict=True)
    ]
    return lines + left_out(flat, shown, "number")


def _spoken(key: str) -> str:
    return key.replace("_", " ").capitalize()
