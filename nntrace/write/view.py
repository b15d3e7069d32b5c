"""What text for people is written for, and how its numbers are written; it needs no Rich."""

from __future__ import annotations

from math import isfinite, isnan
from typing import TYPE_CHECKING

from nntrace.errors import printable
from nntrace.records import NamedTuple

if TYPE_CHECKING:
    from rich.text import Text

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
        "•": "-",
        "▸": ">",
        "│": "|",
        "├": "|",
        "└": "`",
        "←": "<-",
        "∞": "inf",
        "ⱼ": "_j",
        "␣": "_",
    }
)


ANY_WIDTH = 10_000_000  # columns of what is no terminal
NARROWEST = 40  # columns for which everything is laid out; on fewer, lines run over
FRAME = 4  # columns of a frame and the blanks in it
SMALL = 24  # pictures of fewer pixels a side are enlarged to about this many
LARGE = 1e7  # from which on a number has an exponent
AROUND = 6  # lines of a screen that a box of a layer takes besides its neurons


class View(NamedTuple):
    """What a table is drawn for, or lines are written for.

    `width` is the terminal's, in columns; None where there is none: nothing is shortened then.
    `height` is its lines, as far as they are known. `colours` is Rich's name of a colour system,
    None for no colour and no bold. `accessible` text is heard, not seen.
    """

    width: int | None = None
    colours: str | None = None
    ascii_only: bool = False
    precision: int = 4
    show_all: bool = False
    height: int = 30
    accessible: bool = False

    @property
    def shortens(self) -> bool:
        """Whether what is longer than a screen is cut to what tells most."""
        return self.width is not None and not self.show_all

    def holds(self, lines: int) -> bool:
        """Whether so many lines are shown whole: where a box of them fits a screen, or all is."""
        return not self.shortens or lines <= self.height - AROUND

    def between(self, least: int, most: int) -> View:
        """Return the view for what needs so many columns, and gains nothing from more.

        On a narrower terminal lines run over, which is easier to read than columns of a letter.
        """
        if self.width is None:
            return self
        return self._replace(width=max(least, min(most, self.width)))

    def at_most(self, most: int) -> View:
        """Return the view for what gains nothing from more columns."""
        return self.between(NARROWEST, most)

    @property
    def inside(self) -> View:
        """The view for what stands in a frame."""
        return self if self.width is None else self._replace(width=self.width - FRAME)

    @property
    def number_width(self) -> int:
        """Columns of a number such as +12.3456, which one with an exponent takes at most, too."""
        return self.precision + 4

    @property
    def many_colours(self) -> bool:
        """Whether colours can be mixed, or picked from many, so that one means one number."""
        return self.colours in ("256", "truecolor")

    def picture_scale(self, height: int, width: int) -> int:
        """Return how many columns and half lines a pixel takes; 0: two characters of one line.

        A small picture is enlarged, as far as there is room.
        """
        if self.ascii_only or not self.many_colours:
            return 0
        scale = max(1, SMALL // max(height, width))
        return scale if self.width is None else max(1, min(scale, (self.width - FRAME) // width))

    def text(self, words: str, style: str = "") -> Text:
        """Make text that is safe for a terminal, in the characters that it has."""
        from rich.text import Text  # only tables have styles

        return Text(self.plain(words), style=style)

    def plain(self, words: str) -> str:
        """Return words in the characters that the terminal has; none of them controls it."""
        words = printable(words)
        if not self.ascii_only:
            return words
        return words.translate(_ASCII).encode("ascii", "backslashreplace").decode("ascii")


def columns_of(words: str, view: View) -> int:
    """Return how many columns of a terminal words take."""
    from rich.cells import cell_len

    return cell_len(view.plain(words))


def cropped_before(name: str, room: int, view: View) -> str:
    """Return a name in so many columns: of a longer one the end, which tells most of a path."""
    if columns_of(name, view) <= room:
        return name
    from rich.cells import set_cell_size

    mark = view.plain("…")
    end = set_cell_size(view.plain(name)[::-1], room - len(mark))[::-1]
    return f"{mark}{end.lstrip()}"


def number(value: float, view: View, signed: bool = True) -> str:
    """Write a number with the view's decimals, and its sign.

    A number that these decimals would show as 0, or of ten millions or more, is written with an
    exponent, and with as many digits as fit into `number_width`: so that 0 is only shown for 0, and
    one such number makes no column of ordinary ones wider.
    """
    if not isfinite(value):
        return {"inf": "+inf", "-inf": "-inf"}.get(str(value), "nan")
    sign = "+" if signed else ""
    if value == 0:
        return f"{0:.{view.precision}f}"
    fixed = f"{value:{sign}.{view.precision}f}"
    if abs(value) < LARGE and float(fixed) != 0:
        return fixed
    written = (f"{value:{sign}.{digits}e}" for digits in range(view.precision, 0, -1))
    room = view.number_width - (not signed)
    fitting = (text for text in written if len(text) <= room)
    return next(fitting, f"{value:{sign}.0e}")


def percent(share: float, view: View) -> str:
    """Write a share of 1 as a percentage; 100 % and 0 % only where it is."""
    if not 0 <= share <= 1:  # an output that was set by hand
        return number(share, view, signed=False)
    shown = f"{100 * abs(share):.2f}"  # -0 is a share, too
    if shown == "100.00" and share != 1:
        return ">99.99 %"
    if shown == "0.00" and share != 0:
        return "<0.01 %"
    return f"{shown} %"


# ---- the same, as they are read aloud ----


def said(value: float, view: View, signed: bool = True) -> str:
    """Say a number; infinity and NaN in words."""
    if isnan(value):
        return "not a number"
    if not isfinite(value):
        return "+infinity" if value > 0 else "-infinity"
    return number(value, view, signed)


def percent_said(share: float, view: View) -> str:
    """Say a share of 1, without signs: `less than 0.01 percent`."""
    words = percent(share, view)
    for sign, word in ((">", "more than "), ("<", "less than "), (" %", " percent")):
        words = words.replace(sign, word)
    return words
