"""Grey pictures and heat maps, drawn with characters."""

from __future__ import annotations

import numpy as np
from rich.color import Color
from rich.style import Style
from rich.text import Text

from nntrace.core.network import Array
from nntrace.write.tables.look import View

SMALL = 24  # pictures of fewer pixels a side are enlarged to about this many
_SHADES = " ░▒▓█"
_ASCII_SHADES = " .:-=+*#%@"
_SIGNED = ("=", "-", " ", "+", "#")  # strong minus, minus, about nothing, plus, strong plus


def picture(values: Array, view: View) -> Text:
    """Draw heights × widths of grey: the least black, the largest white.

    In colour two pixels share a character cell (half blocks); without it, a pixel is two shaded
    characters, since a cell is about twice as high as wide.
    """
    # halved, so that the distance of the ends cannot overflow
    low, high = min(0.0, float(values.min())) / 2, max(1.0, float(values.max())) / 2
    shares = (values.astype(np.float64) / 2 - low) / (high - low)
    if view.colours:
        levels = np.rint(255 * shares).astype(int)
        return _half_blocks([[(level,) * 3 for level in row] for row in levels.tolist()], view)
    shades = _ASCII_SHADES if view.ascii_only else _SHADES
    steps = np.minimum((shares * len(shades)).astype(int), len(shades) - 1)
    return Text("\n".join("".join(2 * shades[step] for step in row) for row in steps.tolist()))


def heat_map(values: Array, view: View, line_by_line: bool = False) -> Text:
    """Draw signed numbers: magenta for minus, cyan for plus, dark for 0.

    Without colour `#` and `+` are plus, `=` and `-` minus, a blank is under an eighth of the
    largest. `line_by_line` gives each row of numbers a line, to stand beside them.
    """
    top = float(np.abs(values).max()) or 1.0
    shares = values.astype(np.float64) / top
    if view.colours:
        pixels = [[_diverging(share) for share in row] for row in shares.tolist()]
        return _cells(pixels) if line_by_line else _half_blocks(pixels, view)

    def sign(share: float) -> str:
        step = 0 if abs(share) < 0.125 else 1 if abs(share) < 0.5 else 2
        return _SIGNED[2 + (step if share > 0 else -step)]

    return Text("\n".join("".join(2 * sign(share) for share in row) for row in shares.tolist()))


Rgb = tuple[int, ...]


def _diverging(share: float) -> Rgb:
    """Mix from dark grey to cyan (plus) or magenta (minus)."""
    goal = (0, 215, 235) if share > 0 else (235, 60, 200)
    weight = abs(share)
    return tuple(round(40 + (channel - 40) * weight) for channel in goal)


def _half_blocks(pixels: list[list[Rgb]], view: View) -> Text:
    height, width = len(pixels), len(pixels[0])
    scale = max(1, SMALL // max(height, width))
    if view.width is not None:
        scale = max(1, min(scale, (view.width - 4) // width))
    rows = [[pixel for pixel in row for _ in range(scale)] for row in pixels for _ in range(scale)]
    text = Text()
    for upper_index in range(0, len(rows), 2):
        lower_row = rows[upper_index + 1] if upper_index + 1 < len(rows) else None
        for column, upper in enumerate(rows[upper_index]):
            style = Style(
                color=_color(upper), bgcolor=_color(lower_row[column]) if lower_row else None
            )
            text.append("▀", style)
        if upper_index + 2 < len(rows):
            text.append("\n")
    return text


def _cells(pixels: list[list[Rgb]]) -> Text:
    text = Text()
    for index, row in enumerate(pixels):
        for pixel in row:
            text.append("██", Style(color=_color(pixel)))
        if index + 1 < len(pixels):
            text.append("\n")
    return text


def _color(rgb: Rgb) -> Color:
    return Color.from_rgb(*rgb)
