"""Numbers that have a shape: channels as pictures, tokens as lines of marks, shares as the largest.

What a terminal cannot show is summed up by unit: by channel, or by token.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from math import ceil, prod

import numpy as np

from nntrace.core.arrays import Array
from nntrace.core.forward import Trace
from nntrace.core.layer import Layer
from nntrace.core.network import Network
from nntrace.core.op import Shape
from nntrace.records import NamedTuple
from nntrace.write import report as tell
from nntrace.write.choice import neurons_shown, strongest
from nntrace.write.listed import gapped
from nntrace.write.reports.net import active_words, fires, shape_seen
from nntrace.write.reports.places import axis_words
from nntrace.write.view import AROUND, FRAME, View, columns_of, number, said

GAP = 2  # columns between pictures
MOST_HEARD = 8  # numbers of a unit
FEWEST_DECIMALS = 2
FEW = 4  # pictures that are to find room beside each other, such as the colours of one
ALONE = ""  # the name of the one number that a unit has
SIDE = 14  # pixels of a picture beside others, where one takes two columns
BESIDE = 16  # columns that marks beside numbers are to have
MOST_MARKS = 128  # columns of a line of marks
WITHOUT_TERMINAL = 100  # columns of pictures beside each other


class Told(NamedTuple):
    """What is told of numbers that have a shape: a table, what stands around it, and notes."""

    table: tell.Table
    below: Sequence[tell.Item] = ()
    notes: Sequence[str] = ()
    above: Sequence[tell.Item] = ()


class Axis(NamedTuple):
    """What an axis counts: in a word, and by names; a character each where these are tokens."""

    word: str
    names: Sequence[tell.Words]
    marks: Sequence[str] = ()


class Numbers(NamedTuple):
    """Numbers of several dimensions, those of one row of a layer, or of what is read (no layer).

    `units` are along the first axis, `columns` names along the last of two. `by_hand` are the
    places, in C order, of those that were set by hand.
    """

    values: Array
    units: Axis
    columns: Sequence[str]
    layer: Layer | None = None
    by_hand: Collection[int] = ()


def axis_of(trace: Trace, word: str, length: int) -> Axis:
    """Name the units along an axis: tokens by their characters too, where it counts those."""
    text = trace.network.input.text
    if word != "token" or text is None or length != trace.network.input.row[0]:
        return Axis(word, [tell.Words(str(k), f"{word.capitalize()} {k}") for k in range(length)])
    marks = ["␣" if char == " " else char for char in text.characters(trace.input[0])]
    names = [
        tell.Words(f"{k} {mark}", f"Token {k}, {'space' if mark == '␣' else mark}")
        for k, mark in enumerate(marks)
    ]
    return Axis(word, names, marks)


def unit_word(layer: Layer) -> str:
    """Return what the first axis of a layer counts."""
    word = axis_words(layer)[0]
    return "part" if word.endswith(":") else word  # of an axis that counts nothing in particular


def reads_tokens(network: Network) -> bool:
    """Whether the numbers that a net reads are of tokens × width, and no picture."""
    readers = [each for each in network.layers if "input" in each.reads]
    return any(layer.channels == "last" for layer in readers) and len(network.input.row) == 2


def by_unit(numbers: Numbers, view: View) -> Told:
    """Tell numbers by unit: each of them where there is room, else what they come to."""
    if numbers.values[0].size == 1:  # which is no picture
        numbers = numbers._replace(values=numbers.values.reshape(-1, 1), columns=[ALONE])
    values, units = numbers.values.astype(np.float64), numbers.units
    shown = neurons_shown(np.array([*map(strongest, values)]), view)
    drawn = drawable(values)
    if values.ndim > 2:
        names = [f"{units.word} {'.'.join(map(str, at))}" for at in np.ndindex(values.shape[:-2])]
        table = _summed_up(numbers, shown, [None] * len(values), tell.Stretch())
        drawings = pictures(drawn, names, view, what=_what(numbers))
        return Told(table, drawings, elided_numbers(numbers.layer is not None))
    top, width = float(np.abs(drawn).max(initial=0)), values.shape[1]
    strips = [tell.Strip(line, top) for line in drawn]
    stretch = tell.Stretch(
        min(BESIDE, width), min(MOST_MARKS, 2 * width), kept=True, title=_marks(width)
    )
    precision = _precision(numbers, view)
    if precision is None:
        table = _summed_up(numbers, shown, strips, stretch)
    else:
        stretch = stretch._replace(least=width)
        table = _each(numbers, shown, strips, view, precision)._replace(bars=stretch)
    legend = tell.Legend(tell.HeatMap(drawn, top), _what(numbers))
    table = table._replace(explained=[legend])
    return Told(table, notes=elided_numbers(numbers.layer is not None))


def _what(numbers: Numbers) -> str:
    """Say what is drawn."""
    return "a" if numbers.layer else "values"


def elided_numbers(of_layer: bool) -> list[str]:
    """Say how all numbers are shown."""
    return ["--all shows z and a of each" if of_layer else "--all shows each"]


def _precision(numbers: Numbers, view: View) -> int | None:
    """Return with how many decimals each number of a unit finds room beside its name.

    Where none is asked for, two will do. None where there is no room.
    """
    names, columns = [each.seen for each in numbers.units.names], numbers.columns
    if view.width is None or view.accessible:
        return view.precision if len(columns) <= MOST_HEARD else None
    room = view.width - FRAME - max(columns_of(each, view) for each in [numbers.units.word, *names])
    least = FEWEST_DECIMALS if view.precision == View().precision else view.precision
    for precision in range(view.precision, least - 1, -1):
        narrow = view._replace(precision=precision)
        taken = 0
        for name, values in zip(columns, numbers.values.T.tolist(), strict=True):
            written = [len(number(value, narrow)) for value in values]
            taken += GAP + max(columns_of(name, view), *written)
        if taken <= room:
            return precision
    return None


def _marks(count: int) -> Callable[[int], str]:
    """Return what stands above so many marks: how many numbers share one."""

    def title(width: int) -> str:
        step = tell.Strip.together(count, width)
        return "" if step == 1 else f"strongest of {step}"

    return title


def _each(
    numbers: Numbers,
    shown: Sequence[int],
    strips: Sequence[tell.Strip | None],
    view: View,
    precision: int,
) -> tell.Table:
    """Tell every number of each unit, with so many decimals."""
    narrow = view._replace(precision=precision)
    columns = [tell.Column(numbers.units.word)]
    for name in numbers.columns:
        if name == ALONE:
            title = "a" if numbers.layer else "value"
            columns.append(tell.Column(title, True, heard="a {}" if numbers.layer else "{}"))
            continue
        heard = f"number {name} {{}}" if name.isdigit() else f"{escaped(name)} {{}}"
        columns.append(tell.Column(name, True, heard=heard))

    def row(k: int) -> tell.Row:
        cells = [
            tell.Words(number(value, narrow), said(value, view))
            for value in numbers.values[k].tolist()
        ]
        return _unit(numbers, k, cells, strips[k])

    return tell.Table(columns, gapped(shown, len(numbers.values), row))


def escaped(name: str) -> str:
    """Return a name as it stands in a format."""
    return name.replace("{", "{{").replace("}", "}}")


def _summed_up(
    numbers: Numbers,
    shown: Sequence[int],
    strips: Sequence[tell.Strip | None],
    stretch: tell.Stretch,
) -> tell.Table:
    """Tell mean and strongest number of each unit, and how many of its numbers are active."""
    layer, values = numbers.layer, numbers.values
    seen, aloud = active_words(layer) if layer and fires(layer) else ("positive", "positive")
    columns = [
        tell.Column(numbers.units.word),
        tell.Column("mean", True, heard="mean {}"),
        tell.Column("strongest", True, heard="strongest {}"),
        tell.Column(seen, True, heard=f"{{}} {aloud}"),
    ]

    def row(k: int) -> tell.Row:
        mean, share = float(values[k].mean(dtype=np.float64)), float((values[k] > 0).mean())
        numbers_of = [tell.Number(mean), tell.Number(strongest(values[k]))]
        return _unit(numbers, k, [*numbers_of, tell.Percent(share)], strips[k])

    return tell.Table(columns, gapped(shown, len(values), row), stretch)


def _unit(
    numbers: Numbers, k: int, cells: Sequence[tell.Cell], strip: tell.Strip | None
) -> tell.Row:
    """Make the row of a unit, which says whether some of its numbers were set by hand."""
    size = numbers.values[k].size
    held = [numbers.units.names[k], *cells]
    if not any(place // size == k for place in numbers.by_hand):
        return tell.Row(held, strip)
    return tell.Row(held, strip, heard_too="some set by hand", mark=" (set)")


# ---- pictures ----


def names_of_pictures(layer: Layer) -> list[str]:
    if len(layer.shape) == 2:
        return [""]
    word = unit_word(layer)
    return [f"{word} {'.'.join(map(str, at))}" for at in np.ndindex(layer.shape[:-2])]


def drawable(values: Array) -> Array:
    """Return numbers that can be drawn: what is none is drawn as 0, infinity as the largest."""
    held = values.astype(np.float64)
    finite = held[np.isfinite(held)]
    top = float(np.abs(finite).max(initial=0))
    return np.nan_to_num(held, nan=0.0, posinf=top, neginf=-top)


def pictures(
    values: Array,
    names: Sequence[str],
    view: View,
    marks: Sequence[str] = (),
    what: str = "a",
) -> list[tell.Item]:
    """Draw the last two axes as pictures, as many as there is room for, all on one scale."""
    height, width = values.shape[-2:]
    every = values.reshape(prod(values.shape[:-2]), height, width)
    room = WITHOUT_TERMINAL if view.width is None else view.width - FRAME
    step, pixel = 1, 1 if view.many_colours else 2
    if not marks:
        side = min(room, 2 * SIDE if view.shortens else room)
        if len(every) <= FEW and view.shortens:
            side = min(side, (room + GAP) // len(every) - GAP)
        side = max(1, side // pixel)
        step = ceil((max(height, width) if view.shortens else width) / side)
        every = _shrunk(every, step if values.ndim > 2 else 1, step)
    lines, columns = _taken(every.shape[1:], bool(marks), view)
    columns = max(columns, view.number_width + 1)  # as wide as a tile is, whatever is in it
    across = max(1, (room + GAP) // (columns + GAP))
    down = max(1, (view.height - AROUND) // (lines + 2))
    fitting = across * down if view.shortens else len(every)
    drawn_lines = ceil(min(fitting, len(every)) / across)
    across = ceil(min(fitting, len(every)) / drawn_lines)  # as many in each line
    if max(map(len, names)) > columns:
        names = [name.rpartition(" ")[2] for name in names]
    top = float(np.abs(every).max(initial=0))
    grey = not (every < 0).any()

    def drawn(picture: Array) -> tell.Picture | tell.HeatMap:
        if grey:
            return tell.Picture(picture, every, BESIDE, marks)
        return tell.HeatMap(picture, top, across=BESIDE)

    tiles = [
        tell.Stack([drawn(picture), *[tell.seen(name, "quiet")] * bool(name)])
        for picture, name in zip(every[:fitting], names, strict=False)
    ]
    items: list[tell.Item] = []
    for start in range(0, len(tiles), across):
        items += [tell.Blank(heard=False), tell.Tiles(tiles[start : start + across])]
    left = len(every) - len(tiles)
    words = [f"⋮ {left} more, --all shows all"] * (left > 0)
    block = f"{step} × {step}" if values.ndim > 2 else str(step)
    words += [f"a pixel is the strongest of {block}"] * (step > 1)
    if words:
        items.append(tell.seen("; ".join(words), "quiet"))
    return [*items, *[tell.Legend(drawn(every[0]), what)] * (not marks)]


def _taken(shape: Shape, named: bool, view: View) -> tuple[int, int]:
    """Return how many lines and columns a picture takes."""
    height, width = shape
    scale = 0 if named else view._replace(width=BESIDE + FRAME).picture_scale(height, width)
    if scale:
        return ceil(height * scale / 2), width * scale
    return height + named, 2 * (width + named)


def _shrunk(pictures: Array, tall: int, wide: int) -> Array:
    """Return pictures of a pixel for each block of so many: its strongest one."""
    if tall == wide == 1:
        return pictures
    count, height, width = pictures.shape
    down, across = ceil(height / tall), ceil(width / wide)
    padded = np.zeros((count, down * tall, across * wide))
    padded[:, :height, :width] = pictures
    blocks = padded.reshape(count, down, tall, across, wide).swapaxes(2, 3)
    flat = blocks.reshape(count, down, across, tall * wide)
    places = np.abs(flat).argmax(axis=3)[..., np.newaxis]
    shrunk: Array = np.take_along_axis(flat, places, axis=3)[..., 0]
    return shrunk


def shapes_seen(network: Network, layer: Layer) -> str:
    """Write which shapes a layer reads, and which it gives."""
    sources = [network.shape(name) for name in layer.reads]
    if layer.dense and layer.reads == ("input",):  # which it reads flattened
        sources = [(network.input.size,)]
    given = map(shape_seen, sources)
    return f"{', '.join(dict.fromkeys(given))} → {shape_seen(layer.shape)}"
