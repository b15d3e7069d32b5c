"""A number that reads a window: the window beside its kernel beside their products."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from nntrace.analysis.explain import Explanation, exact_sum
from nntrace.core.arrays import Array, Places
from nntrace.core.network import Network
from nntrace.core.op import Shape
from nntrace.errors import plural
from nntrace.records import NamedTuple
from nntrace.write import report as tell
from nntrace.write.choice import by_size
from nntrace.write.view import View, number, said

MOST, MOST_EVER = 3, 16  # slices on a terminal, and with --all: the terms below are all there
LEAST_DECIMALS = 2
LARGE = 1e4  # from here on numbers are written as elsewhere
GAP = 2


class Slice(NamedTuple):
    """What is read of one channel (of three dimensions, at one depth): rows × columns."""

    name: str
    where: str
    values: Array
    weights: Array
    products: Array

    @property
    def total(self) -> float:
        """What its products add up to."""
        return exact_sum(self.products.astype(np.float64).ravel().tolist())


def window_told(network: Network, explanation: Explanation, view: View) -> list[tell.Item]:
    """Draw the window that a number reads, as pictures and in numbers where they fit; nothing of
    a layer that reads none."""
    layer = explanation.layer
    if not layer.op.WINDOWED or not len(explanation.places):
        return []
    slices = list(_slices(network.shape(layer.reads[0]), explanation))
    if slices[0].values.size < 2:
        return []
    additive = explanation.how == "sum"
    order = (
        by_size(np.array([each.total for each in slices])) if additive else [*range(len(slices))]
    )
    count = MOST if view.shortens else MOST_EVER
    alone = layer.op.arrays.get("weights") is None
    items: list[tell.Item] = []
    for place in order[:count]:
        items += _drawn(slices[place], alone, additive, view)
    if rest := order[count:]:
        total = exact_sum(slices[place].total for place in rest)
        left = plural(len(rest), "other slice" if len(layer.shape) > 3 else "other channel")
        line = f"{left}: products together {number(total, view)}"
        items += [tell.Blank(heard=False)]
        items.append(tell.line(line, f"{left}: products together {said(total, view)}", "quiet"))
    return items


def _slices(shape: Shape, explanation: Explanation) -> Iterator[Slice]:
    """Lay the terms out by where they stand in what is read, a slice for each channel."""
    source, places = explanation.layer.reads[0], np.asarray(explanation.places)
    order = np.argsort(places, kind="stable")
    at = [np.unique(each) for each in np.unravel_index(places, shape)]
    inner = min(_dimensions(shape, [len(each) for each in at], explanation), 2)
    lengths = (-1, *(len(each) for each in at[len(at) - inner :]))
    if inner == 1:
        lengths = (-1, 1, lengths[1])
    values, weights, products = (
        each[order].reshape(lengths)
        for each in (explanation.values, explanation.weights, explanation.products)
    )
    words = ("place",) if inner == 1 else ("row", "column")
    where = ", ".join(
        _span(word, each) for word, each in zip(words, at[len(at) - inner :], strict=True)
    )
    outer = at[: len(at) - inner]
    for place in range(len(values)):
        index = np.unravel_index(place, [len(each) for each in outer]) if outer else ()
        before = [str(each[k]) for each, k in zip(outer, index, strict=True)]
        name = ".".join([source, *before])
        yield Slice(name, where, values[place], weights[place], products[place])


def _dimensions(shape: Shape, lengths: Sequence[int], explanation: Explanation) -> int:
    """Return how many dimensions channels have in what is read."""
    if explanation.layer.positional:
        return len(explanation.layer.shape) - 1
    whole_channel = lengths[0] == 1  # which a global pool reads
    return len(shape) - 1 if whole_channel else len(shape)


def _span(word: str, places: Places) -> str:
    """Write places: `row 2`, `rows 2 to 4`, or those that are apart."""
    first, last = int(places[0]), int(places[-1])
    if first == last:
        return f"{word} {first}"
    if last - first + 1 == len(places):
        return f"{word}s {first} to {last}"
    return f"{word}s {', '.join(map(str, places.tolist()))}"


def _drawn(part: Slice, alone: bool, additive: bool, view: View) -> list[tell.Item]:
    """Draw a slice: what is read, the kernel and the products side by side, or what is read."""
    arrays = [("window", part.values)]
    if not alone:
        arrays += [("× kernel", part.weights), ("= products", part.products)]
    told = f"{part.name}, {part.where}"
    together = ""
    if additive:
        told += f": products together {number(part.total, view)}"
        together = f": products together {said(part.total, view)}"
    sharper, fits = _decimals([values for _, values in arrays], view)
    blocks = [_block(title, values, sharper, fits) for title, values in arrays]
    return [
        tell.Blank(heard=False),
        tell.line(told, f"Window of {part.name}, {part.where}{together}", "quiet"),
        tell.Seen([tell.Side(blocks, GAP)]),
    ]


def _decimals(arrays: Sequence[Array], view: View) -> tuple[View, bool]:
    """Return the view whose numbers leave room for all side by side, and whether any does."""
    if view.width is None:
        return view, True
    for precision in range(view.precision, min(view.precision, LEAST_DECIMALS) - 1, -1):
        sharper = view._replace(precision=precision)
        widths = [_width(values, sharper) for values in arrays]
        if sum(widths) + GAP * (len(widths) - 1) <= view.width:
            return sharper, True
    least = view._replace(precision=min(view.precision, LEAST_DECIMALS))
    return least, all(_width(values, least) <= view.width for values in arrays)


def _cell(value: float, view: View) -> str:
    """Write a number without an exponent where it can be: one without a sign is 0."""
    if value and abs(value) < LARGE:
        return f"{value:+.{view.precision}f}"
    return number(value, view)


def _cells(values: Array, view: View) -> list[list[str]]:
    return [[_cell(value, view) for value in row] for row in values.tolist()]


def _width(values: Array, view: View) -> int:
    """Return how many columns a picture and its numbers take."""
    longest = max(len(cell) for row in _cells(values, view) for cell in row)
    return (2 + longest + 1) * int(values.shape[1])


def _block(title: str, values: Array, view: View, with_numbers: bool) -> tell.Stack:
    finite = np.abs(values[np.isfinite(values)])
    picture = tell.HeatMap(
        np.nan_to_num(values), float(finite.max(initial=0.0)), line_by_line=with_numbers
    )
    if not with_numbers:
        return tell.Stack([tell.seen(title, "quiet"), picture, tell.Legend(picture, "shown")])
    cells = _cells(values, view)
    longest = max(len(cell) for row in cells for cell in row)
    lines = [tell.seen(" ".join(cell.rjust(longest) for cell in row)) for row in cells]
    return tell.Stack([tell.seen(title, "quiet"), tell.Side([picture, tell.Stack(lines)], 1)])
