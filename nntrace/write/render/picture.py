"""Grey pictures and heat maps, drawn with characters; and the legends that say what they mean.

A terminal of 16 million colours gets mixed ones, one of 256 the steps of ramps that were picked by
hand. One of 16, whose colours are anybody's, gets shades and signs in cyan and magenta; one
without colour these alone.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeAlias

import numpy as np
from rich.cells import set_cell_size
from rich.color import Color
from rich.style import Style
from rich.text import Text

from nntrace.core.arrays import Array
from nntrace.write.choice import strongest
from nntrace.write.render.styles import NEGATIVE, POSITIVE, QUIET, joined
from nntrace.write.report import Strip
from nntrace.write.view import View, number

_SHADES = " ░▒▓█"
_ASCII_SHADES = " .:-=+*#%@"
_SIGNED = ("=", "-", " ", "+", "#")  # strong minus, minus, about nothing, plus, strong plus
_FAINT, _STRONG = 0.125, 0.5  # shares of the largest from which on a sign is drawn

# Steps of the 6 × 6 × 6 cube and of the greys of 256 colours, from 0 to the largest.
_PLUS = (236, 23, 30, 37, 44, 51)  # to cyan
_MINUS = (236, 53, 90, 127, 164, 201)  # to magenta
_GREYS = (16, *range(232, 256), 231)  # from black to white

Pixel: TypeAlias = Color | Text  # a colour, or two characters where there are none


def picture(
    values: Array, view: View, beside: Array | None = None, names: Sequence[str] = ()
) -> Text:
    """Draw heights × widths of grey: the least black, the largest white, of those `beside` it too.

    In colour two pixels share a character cell (half blocks); without it, or where rows and columns
    have names, a pixel is two characters, since a cell is about twice as high as wide.
    """
    low, high = _greys_end(values if beside is None else beside)
    # halved, so that the distance of the ends cannot overflow
    shares = (values.astype(np.float64) / 2 - low / 2) / (high / 2 - low / 2)
    drawn = _drawn(_pixels(shares, _grey, _shades_of, view), view, any(names))
    return _named(drawn, names, view) if names else drawn


def _named(drawn: Text, names: Sequence[str], view: View) -> Text:
    """Put a name before each line, and all of them above, two columns each."""
    marks = [set_cell_size(view.plain(name), 2) for name in names]
    lines = [
        Text.assemble((mark, QUIET), line) for mark, line in zip(marks, drawn.split(), strict=True)
    ]
    return Text("\n").join([Text("  " + "".join(marks), QUIET), *lines])


def picture_legend(values: Array, view: View) -> Text:
    """Say which numbers the darkest and the lightest of a picture are."""
    low, high = (
        f"{end:g}" if end == round(end) else number(end, view, signed=False)
        for end in _greys_end(values)
    )
    if view.many_colours:
        return view.text(f"black {low}, white {high}", QUIET)
    return view.text(f"blank {low}, {_shade(1.0, view)} {high}", QUIET)


def heat_map(values: Array, view: View, top: float, line_by_line: bool = False) -> Text:
    """Draw signed numbers: magenta for minus, cyan for plus, dark for 0.

    `top` is the size of what is drawn strongest. Without many colours `#` and `+` are plus, `=`
    and `-` minus. `line_by_line` gives each row of numbers a line, to stand beside them.
    """
    shares = values.astype(np.float64) / (top or 1.0)
    return _drawn(_pixels(shares, _signed, _signs_of, view), view, line_by_line)


def strip(drawing: Strip, width: int, view: View) -> Text:
    """Draw signed numbers in a line, as a heat map does: a column or two each, or a few in one."""
    values = drawing.values
    step = drawing.together(len(values), width)
    if step > 1:
        values = np.array([strongest(values[k : k + step]) for k in range(0, len(values), step)])
    drawn = heat_map(values[np.newaxis], view, drawing.top, line_by_line=True)
    if 2 * len(values) > width:  # a column each
        drawn = Text().join(drawn[k] for k in range(0, 2 * len(values), 2))
    return drawn


def heat_legend(what: str, top: float, view: View) -> Text:
    """Say what a heat map's colours mean, or its characters; `what` is shown, such as weights."""
    mixed = view.many_colours
    # without colours from a sign's least on: what is smaller is blank
    shares = (-1.0, -0.5, 0.0, 0.5, 1.0) if mixed else (-_STRONG, -_FAINT, _FAINT, _STRONG)
    parts = []
    for share in shares:
        shown = number(share * top, view) if share else "0"
        word = "" if mixed else "≥ " if share > 0 else "≤ "
        sample = Text().append_text(_cell(_signed(share, view)))
        parts.append(sample.append(view.plain(f" {word}{shown}"), QUIET))
    if not mixed:
        parts.append(view.text("blank between", QUIET))
    return joined([view.text(f"{what}:", QUIET), *parts], "  ", view)


def _greys_end(values: Array) -> tuple[float, float]:
    return min(0.0, float(values.min())), max(1.0, float(values.max()))


def _pixels(
    shares: Array,
    pixel: Callable[[float, View], Pixel],
    alike: Callable[[Array, View], Array],
    view: View,
) -> list[list[Pixel]]:
    """Make pixels of shares; without many colours, one of all that are `alike`."""
    kinds = shares if view.many_colours else alike(shares, view)
    _, first, places = np.unique(kinds, return_index=True, return_inverse=True)
    made = [pixel(share, view) for share in shares.ravel()[first].tolist()]
    indices: Array = np.reshape(places, shares.shape)
    return [[made[place] for place in row] for row in indices.tolist()]


def _shades_of(shares: Array, view: View) -> Array:
    """Return which shade is that of each share, as `_shade` draws it."""
    count = len(_ASCII_SHADES if view.ascii_only else _SHADES)
    shades: Array = np.minimum((shares * count).astype(int), count - 1)
    return shades


def _signs_of(shares: Array, view: View) -> Array:
    """Return which sign is that of each share, as `_signed` draws it."""
    sizes = np.abs(shares)
    steps: Array = np.sign(shares) * ((sizes >= _FAINT) + 1.0 * (sizes >= _STRONG))
    return steps


def _grey(share: float, view: View) -> Pixel:
    if view.colours == "truecolor":
        return Color.from_rgb(*3 * (round(255 * share),))
    if view.colours == "256":
        return _step(_GREYS, share)
    return Text(2 * _shade(share, view))


def _shade(share: float, view: View) -> str:
    shades = _ASCII_SHADES if view.ascii_only else _SHADES
    return shades[min(int(share * len(shades)), len(shades) - 1)]


def _signed(share: float, view: View) -> Pixel:
    """Return the colour or sign of a number between -1 and 1."""
    if view.colours == "truecolor":
        goal = (0, 215, 235) if share > 0 else (235, 60, 200)
        return Color.from_rgb(*(round(40 + (channel - 40) * abs(share)) for channel in goal))
    if view.colours == "256":
        return _step(_PLUS if share > 0 else _MINUS, abs(share))
    step = 0 if abs(share) < _FAINT else 1 if abs(share) < _STRONG else 2
    sign, style = (step, POSITIVE) if share > 0 else (-step, NEGATIVE)
    return Text(2 * _SIGNED[2 + sign], style if step else "")


def _step(ramp: Sequence[int], share: float) -> Color:
    return Color.from_ansi(ramp[round(share * (len(ramp) - 1))])


def _drawn(pixels: list[list[Pixel]], view: View, line_by_line: bool = False) -> Text:
    """Draw pixels: two characters each, or half of one where the terminal can."""
    scale = view.picture_scale(len(pixels), len(pixels[0]))
    if scale and not line_by_line:
        colours = [[pixel for pixel in row if isinstance(pixel, Color)] for row in pixels]
        return _half_blocks(colours, scale)
    if view.colours is None:
        rows = ("".join(_cell(pixel).plain for pixel in row) for row in pixels)
        return Text("\n".join(rows))
    return Text("\n").join(Text().join(map(_cell, row)) for row in pixels)


def _cell(pixel: Pixel) -> Text:
    """Draw a pixel in two characters; a coloured one as blanks, which every locale has."""
    return Text("  ", Style(bgcolor=pixel)) if isinstance(pixel, Color) else pixel


def _half_blocks(pixels: list[list[Color]], scale: int) -> Text:
    rows = [[pixel for pixel in row for _ in range(scale)] for row in pixels for _ in range(scale)]
    text = Text()
    for upper_index in range(0, len(rows), 2):
        lower_row = rows[upper_index + 1] if upper_index + 1 < len(rows) else None
        for column, upper in enumerate(rows[upper_index]):
            lower = lower_row[column] if lower_row else None
            text.append("▀", Style(color=upper, bgcolor=lower))
        if upper_index + 2 < len(rows):
            text.append("\n")
    return text
