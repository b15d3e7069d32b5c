"""What text for people is written for, and how its numbers are written; it needs no Rich."""

from __future__ import annotations

from math import isfinite
from typing import TYPE_CHECKING, NamedTuple

from nntrace.errors import printable

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
        "│": "|",
        "∞": "inf",
        "ⱼ": "_j",
    }
)


class View(NamedTuple):
    """What a table is drawn for, or lines are written for.

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
        from rich.text import Text  # only tables have styles

        return Text(self.plain(words), style=style)

    def plain(self, words: str) -> str:
        """Return words in the characters that the terminal has; none of them controls it."""
        words = printable(words)
        if not self.ascii_only:
            return words
        return words.translate(_ASCII).encode("ascii", "backslashreplace").decode("ascii")


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
