"""How tables look: numbers, bars, frames, and the terminal that they are drawn for."""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from math import isfinite
from typing import NamedTuple

from rich import box
from rich.console import Console, Group, RenderableType
from rich.measure import Measurement
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from nntrace.errors import printable

# Colours that show on light and on dark backgrounds; they only repeat what signs say.
POSITIVE = "cyan"
NEGATIVE = "magenta"
STRONG = "bold"
QUIET = "dim"

WITHOUT_END = 10_000_000  # columns of what is no terminal

# What an ASCII terminal is shown instead.
_ASCII = str.maketrans(
    {
        "·": "*",
        "×": "x",
        "−": "-",
        "→": "->",
        "≤": "<=",
        "≥": ">=",
        "Σ": "sum",
        "σ": "sigma",
        "Φ": "Phi",
        "π": "pi",
        "λ": "lambda",
        "α": "alpha",
        "√": "sqrt",
        "…": "...",
        "✓": "ok:",
        "✗": "FAILED:",
        "²": "^2",
        "³": "^3",
        "½": "1/2 ",
        "⋮": ":",
        "—": "--",
        "│": "|",
        "∞": "inf",
        "ⱼ": "_j",
    }
)


class View(NamedTuple):
    """What a table is drawn for.

    `width` is the terminal's, in columns; None where there is none: nothing is shortened then.
    `colours` is Rich's name of a colour system, None for no colour and no bold. `name_width` is
    that of the columns in which neurons are named, so that all layers line up.
    """

    width: int | None = None
    colours: str | None = None
    ascii_only: bool = False
    precision: int = 4
    show_all: bool = False
    name_width: int = 9

    @property
    def shortens(self) -> bool:
        """Whether wide layers are cut to what fits a screen."""
        return self.width is not None and not self.show_all

    @property
    def bar_width(self) -> int:
        """Columns of a bar; a little fewer where layers stand side by side."""
        if self.width is None:
            return 20
        return 16 if self.width >= 160 else max(6, min(20, self.width - 52))

    def between(self, least: int, most: int) -> View:
        """Return the view for a table that needs so many columns, and gains nothing from more.

        On a narrower terminal lines run over, which is easier to read than columns of a letter.
        """
        if self.width is None:
            return self
        return self._replace(width=max(least, min(most, self.width)))

    @property
    def number_width(self) -> int:
        """Columns of a number such as +12.3456, so that the tables of all layers line up."""
        return self.precision + 4

    def text(self, words: str, style: str = "") -> Text:
        """Make text that is safe for a terminal, in the characters that it has."""
        return Text(self.plain(words), style=style)

    def plain(self, words: str) -> str:
        """Return words in the characters that the terminal has; none of them controls it."""
        words = printable(words)
        if not self.ascii_only:
            return words
        return words.translate(_ASCII).encode("ascii", "backslashreplace").decode("ascii")


def render(parts: Iterable[RenderableType], view: View) -> str:
    """Draw one thing below the other."""
    console = Console(
        file=io.StringIO(),
        width=view.width or WITHOUT_END,
        height=25,
        color_system=view.colours,  # type: ignore[arg-type]
        force_terminal=view.colours is not None,
        force_jupyter=False,
        force_interactive=False,
        legacy_windows=False,
        markup=False,
        emoji=False,
        highlight=False,
        safe_box=False,
        _environ={},
    )
    for part in parts:
        console.print(part, crop=False, soft_wrap=view.width is None and isinstance(part, Text))
    assert isinstance(console.file, io.StringIO)
    drawn = console.file.getvalue()
    if view.ascii_only:  # Rich's own mark for what it had to cut
        drawn = drawn.replace("…", "~")
    return "\n".join(line.rstrip() for line in drawn.split("\n")) if not view.colours else drawn


def number(value: float, view: View, signed: bool = True) -> str:
    """Write a number with the view's decimals, and its sign.

    A number that these decimals would show as 0, or that they would make very long, is written
    with an exponent, so that 0 is only shown for 0.
    """
    if not isfinite(value):
        return {"inf": "+inf", "-inf": "-inf"}.get(str(value), "nan")
    sign = "+" if signed else ""
    if value == 0:
        return f"{0:.{view.precision}f}"
    fixed = f"{value:{sign}.{view.precision}f}"
    if abs(value) >= 1e7 or float(fixed) == 0:
        return f"{value:{sign}.{max(1, view.precision)}e}"
    return fixed


def percent(share: float, view: View) -> str:
    """Write a share of 1 as a percentage; 100 % and 0 % only where it is."""
    if not 0 <= share <= 1:  # an output that was set by hand
        return number(share, view, signed=False)
    shown = f"{100 * share:.2f}"
    if shown == "100.00" and share != 1:
        return ">99.99 %"
    if shown == "0.00" and share != 0:
        return "<0.01 %"
    return f"{shown} %"


_EIGHTHS = " ▏▎▍▌▋▊▉█"


def bar(value: float, largest: float, width: int, view: View) -> Text:
    """Draw how large a number is beside the largest; where negative, with another sign."""
    if not isfinite(value) or not isfinite(largest) or largest <= 0:
        return Text("")
    share = min(1.0, abs(value) / largest)
    style = POSITIVE if value > 0 else NEGATIVE
    if view.ascii_only:
        return Text(("+" if value > 0 else "-") * round(share * width), style=style)
    eighths = round(share * width * 8)
    if value != 0 and eighths == 0:
        eighths = 1
    if value < 0:  # a minus in outline, since colour alone must not say it
        return Text("░" * max(1, round(share * width)) if value else "", style=style)
    return Text("█" * (eighths // 8) + _EIGHTHS[eighths % 8].strip(), style=style)


def grid(view: View) -> Table:
    """Make a table without lines, whose columns stand two blanks apart."""
    return Table(
        box=None, show_header=True, header_style=QUIET, padding=(0, 2, 0, 0), pad_edge=False
    )


def frame(title: Text, content: Sequence[RenderableType], view: View, note: str = "") -> Panel:
    """Put a frame with a title around some content, with a note in its lower edge."""
    return Panel(
        Group(*content),
        title=title,
        title_align="left",
        subtitle=view.text(note, QUIET) if note else None,
        subtitle_align="right",
        box=box.ASCII2 if view.ascii_only else box.ROUNDED,
        border_style=QUIET,
        expand=False,
        padding=(0, 1),
    )


def side_by_side(panels: Sequence[Panel], view: View) -> list[RenderableType]:
    """Lay panels out in reading order, as many beside each other as the terminal is wide."""
    if view.width is None:
        return list(panels)
    ruler = Console(width=view.width, file=io.StringIO(), _environ={})
    lines: list[list[Panel]] = []
    room = 0
    for panel in panels:
        width = Measurement.get(ruler, ruler.options, panel).maximum
        if not lines or width + 1 > room:
            lines.append([])
            room = view.width
        lines[-1].append(panel)
        room -= width + 1
    drawn: list[RenderableType] = []
    for line in lines:
        if len(line) == 1:
            drawn.append(line[0])
            continue
        row = Table.grid(padding=(0, 1, 0, 0))
        row.add_row(*line)
        drawn.append(row)
    return drawn
