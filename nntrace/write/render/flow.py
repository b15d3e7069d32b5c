"""Frames that are drawn as they are written, around any number of lines.

A line at a time would cost many times as much: those of a piece are put together at once, all but
the few that have something of their own.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple

from rich.cells import cell_len
from rich.console import Console, RenderableType
from rich.text import Text

from nntrace.write.columns import numbers
from nntrace.write.listed import Bulk
from nntrace.write.render.bars import draw, lengths
from nntrace.write.render.boxes import GAP, Box, Layout, kept
from nntrace.write.render.styles import QUIET, around, frame, render
from nntrace.write.report import Bar
from nntrace.write.view import FRAME, View

_MARK = "\ue001"  # of the private use, which no text is given


class Edges(NamedTuple):
    """What stands at the left and the right of a line in a frame with room for so many columns."""

    left: str
    right: str
    room: int

    @classmethod
    def of(cls, width: int, view: View) -> Edges:
        """Return those of a frame that is so wide."""
        drawn = _lines([Text(_MARK)], width, view)[0]
        left, _, right = drawn.partition(_MARK)
        return cls(left, f" {right.lstrip(' ')}", width - FRAME)


def flowing(
    box: Box,
    lines: Iterable[Iterable[str]],
    below: Iterable[RenderableType],
    layout: Layout,
    view: View,
) -> Iterator[str]:
    """Draw a frame: what stands above, lines that are as wide as its room, what stands below."""
    width = layout.frame
    top = frame(box.title, box.above, view, width=width)
    yield _without_last(render([top], view))
    edges = Edges.of(width, view)
    between = f"{edges.right}\n{edges.left}"
    for some in lines:
        yield f"{edges.left}{between.join(some)}{edges.right}\n"
    for part in below:
        drawn = _plain_lines(part, edges) if view.colours is None else None
        yield "".join(f"{line}\n" for line in drawn or _lines([part], width, view))
    bottom = frame(Text(), [], view, box.note, width)
    yield render([bottom], view).partition("\n")[2]


def _lines(content: Sequence[RenderableType], width: int, view: View) -> list[str]:
    """Draw the lines of a frame, without its upper and lower edge."""
    return render([frame(Text(), content, view, width=width)], view).split("\n")[1:-2]


def _plain_lines(part: RenderableType, edges: Edges) -> list[str] | None:
    """Draw lines of a text in a frame, where none needs to be broken, which takes time."""
    lines = part.plain.split("\n") if isinstance(part, Text) else []
    blanks = [edges.room - cell_len(line) for line in lines]
    if not lines or min(blanks) < 0:
        return None
    return [
        f"{edges.left}{line}{' ' * count}{edges.right}"
        for line, count in zip(lines, blanks, strict=True)
    ]


def _without_last(lines: str) -> str:
    return lines[: lines.rstrip("\n").rfind("\n") + 1]


def bulk_lines(
    bulk: Bulk, box: Box, layout: Layout, view: View, one: Callable[[int], Text]
) -> Iterator[list[str]]:
    """Draw rows as `boxes.drawn_rows` does, each filled up to the width of the frame.

    Their names have room in their column. Rows that were set by hand, and the strong one, are drawn
    by `one`.
    """
    places = kept(box, layout)
    widths = [layout.widths[k] for k in places]
    room = layout.frame - FRAME
    shown = [bulk.numbers[k - 1] for k in places[1:]]
    gap = " " * GAP
    columns = gap.join(["%s", *(f"%{width}s" for width in widths[1:])])
    before_bar = gap if layout.bar else ""  # without one there may be no room for it
    template = columns + before_bar + "%s"
    rest = " " * (room - sum(widths) - GAP * (len(widths) - 1) - len(before_bar) - layout.bar)
    before, after = around(QUIET, view)
    drawn: dict[tuple[int, bool], str] = {}

    def bars(places: range) -> list[str]:
        """Draw bars; those that look the same only once."""
        values = bulk.bars[places.start : places.stop]
        steps = lengths(values, bulk.axis, layout.bar, view).tolist()
        quiet = _quiet(bulk, places)
        keys = [*zip(steps, quiet, strict=True)]
        for key in {*keys} - drawn.keys():
            value = float(values[keys.index(key)])
            text = Text("", QUIET if key[1] else "").append_text(
                draw(Bar(value, bulk.axis), layout.bar, view)
            )
            blanks = " " * (layout.bar - text.cell_len)
            drawn[key] = render([text], view).rstrip("\n") + blanks + rest
        return [drawn[key] for key in keys]

    apart = {*bulk.by_hand, *([] if bulk.strong is None else [bulk.strong])}
    for piece in bulk.pieces():
        part = slice(piece.start, piece.stop)
        cells = [_names(bulk.names(piece)[0], widths[0], view)]
        cells += [numbers(each.of[part], view, each.signed) for each in shown]
        ends = bars(piece) if layout.bar else [rest] * len(piece)
        if view.colours is None:
            lines = [template % row for row in zip(*cells, ends, strict=True)]
        else:
            heads = [template[:-2] % row for row in zip(*cells, strict=True)]
            lines = [
                f"{before}{head}{after}{end}" if quiet else head + end
                for head, end, quiet in zip(heads, ends, _quiet(bulk, piece), strict=True)
            ]
        for place in apart.intersection(piece):
            lines[place - piece.start] = filled([one(place)], layout, view)[0]
        yield lines


def filled(lines: Iterable[Text], layout: Layout, view: View) -> list[str]:
    """Draw lines, each filled up to the width of the frame; what is longer is broken, as frames
    break it."""
    room = layout.frame - FRAME
    parts = [part for line in lines for part in line.split()]
    if any(part.cell_len > room for part in parts):
        ruler = Console(width=room, file=io.StringIO(), _environ={})
        parts = [broken for part in parts for broken in part.wrap(ruler, room)]
    for part in parts:
        part.rstrip()
    return [render([part], view).rstrip("\n") + " " * (room - part.cell_len) for part in parts]


def _quiet(bulk: Bulk, places: range) -> list[bool]:
    if bulk.quiet is None:
        return [False] * len(places)
    quiet: list[bool] = bulk.quiet[places.start : places.stop].tolist()
    return quiet


def _names(names: Sequence[str], width: int, view: View) -> list[str]:
    """Write names, filled up to so many columns."""
    if all(map(str.isascii, names)) and all(map(str.isprintable, names)):
        return [name.ljust(width) for name in names]
    plain = [view.plain(name) for name in names]
    return [name + " " * (width - cell_len(name)) for name in plain]
