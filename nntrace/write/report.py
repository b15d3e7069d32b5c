"""What a command tells, made once: words, numbers, tables and pictures, in the order of telling.

A report has no colours and no layout. Renderers draw any report: `render.terminal` for a terminal,
`render.spoken` for a screen reader. What one of them has no use for is marked here: words that
are only seen have nothing to be heard, and the other way round.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from math import isfinite
from typing import TYPE_CHECKING, Literal, TypeAlias

import numpy as np

from nntrace.records import NamedTuple
from nntrace.write.view import NARROWEST, View, number

if TYPE_CHECKING:
    from nntrace.core.activation import ActivationKind
    from nntrace.core.arrays import Array
    from nntrace.write.columns import Shown

Emphasis: TypeAlias = Literal["", "strong", "quiet", "accent"]

BARS = "bars"  # what words are `only_with` that tell what bars mean
SIGNS = "signs"  # … and those that stand for an emphasis where there are no colours


class Words(NamedTuple):
    """A few words on a line, as they are seen and as they are heard.

    `heard` is None where both are the same; an empty text is left out. Words that explain a column
    are said `only_with` it: where the column of that title, or `BARS`, finds room. No line breaks
    within what is `whole`. Where they break in a column, behind so many columns of `rails`, there
    stands `hang` before what follows.
    """

    seen: str
    heard: str | None = None
    emphasis: Emphasis = ""
    only_with: str = ""
    whole: bool = False
    rails: int = 0
    hang: str = ""

    @property
    def spoken(self) -> str:
        """What is heard."""
        return self.seen if self.heard is None else self.heard


class Number(NamedTuple):
    """A number, which the renderer writes with the view's decimals."""

    value: float
    signed: bool = True


class Percent(NamedTuple):
    """A share of 1."""

    share: float


# Text that stands in a column that breaks may be more than a few words; bars may stand in one, too.
Cell: TypeAlias = "str | Words | Number | Percent | Bar | Line | Stack"


# ---- what stands at the end of a row, in as many columns as there are ----


class Axis(NamedTuple):
    """What bars grow from: the middle, on a scale from -reach to reach; or the left edge, from 0.

    Where one of the numbers is negative, all bars grow from the middle: the side is their sign.
    """

    reach: float
    both_ways: bool = False

    @classmethod
    def of(cls, arrays: Iterable[Array]) -> Axis:
        """Return an axis on which all numbers find room, those apart that are not finite."""
        reach, both_ways = 0.0, False
        for array in arrays:
            some = array[np.isfinite(array)]
            reach = max(reach, float(np.abs(some).max(initial=0)))
            both_ways |= bool((some < 0).any())
        return cls(reach, both_ways)

    def words(self, view: View) -> str:
        """Say from where to where bars go."""
        reach = number(self.reach, view, signed=self.both_ways) if self != SHARES else "1"
        low = number(-self.reach, view) if self.both_ways else "0"
        return f"from {low} to {reach}"


SHARES = Axis(1.0)  # what probabilities are drawn on


class Bar(NamedTuple):
    """A number on an axis."""

    value: float
    axis: Axis

    @property
    def share(self) -> float:
        """Of the axis' reach: 0 for a number that is not finite, never 0 for another than 0."""
        if not isfinite(self.value) or not self.value:
            return 0.0
        part = min(1.0, abs(self.value) / self.axis.reach) if self.axis.reach > 0 else 0.0
        return part or 5e-324  # too small a part to be a number of its own


class Whisker(NamedTuple):
    """A share on an axis from `begin` to 1, and its interval as a line through it."""

    low: float
    middle: float
    high: float
    begin: float


class Histogram(NamedTuple):
    """How often what came, in as many cells as asked for, each a share of the fullest; or None."""

    heights: Callable[[int], Array | None]


class Strip(NamedTuple):
    """Signed numbers after each other, a mark each; `top` is what is drawn strongest.

    Where there is no room for all, a mark is the strongest of a few neighbours.
    """

    values: Array
    top: float

    @staticmethod
    def together(count: int, width: int) -> int:
        """Return how many of so many numbers share a mark in so many columns."""
        return -(-count // width)


Drawing: TypeAlias = Bar | Whisker | Histogram | Strip


class Stretch(NamedTuple):
    """Where bars stand: how many columns they take, and what stands above so many.

    They are the first to go, unless they are `kept` at the cost of columns that can be spared.
    """

    least: int = 5
    most: int = 20
    kept: bool = False
    title: Callable[[int], str] = lambda width: ""


# ---- what a report consists of ----


class Line(NamedTuple):
    """Words after each other. Where they stand a `gap` apart, a line breaks nowhere but there.

    Heard, words with a gap between are a line each. An emphasis is that of the whole line, on top
    of which words may have their own.
    """

    words: Sequence[Words]
    gap: str | None = None
    emphasis: Emphasis = ""


class Blank(NamedTuple):
    """An empty line."""

    seen: bool = True
    heard: bool = True


class Column(NamedTuple):
    """How a column is headed, and how what stands in it is said: `z {}`, or nothing.

    The first column of a table holds names. `spare` says how early a column is left out where
    room is short: 0 is never, the highest goes first; what stands in one with `below` then goes on
    a line of its own. `heard_first` comes before the others.

    Elsewhere none is left out, but where room is short, text in one that `breaks` does so within
    its column, and of the one that is `cut` the end is missing. Bars in one are as long as `least`.
    """

    title: str = ""
    right: bool = False
    least: int = 0
    spare: int = 0
    heard: str = "{}"
    heard_first: bool = False
    below: bool = False
    short: Literal["", "breaks", "cut"] = ""


class Row(NamedTuple):
    """A cell a column (fewer leave the rest empty), and a bar where there is one.

    Heard, it is a name and facts: those of the cells, then what is said in `heard_too`; or all
    `heard` says instead. A row whose name is not heard is not.
    """

    cells: Sequence[Cell]
    bar: Drawing | None = None
    emphasis: Emphasis = ""
    heard_too: str = ""
    heard: str | None = None
    mark: str = ""  # seen behind the name, in quiet


class Table(NamedTuple):
    """Rows below each other. `joint` stands between the facts of a row that are heard.

    Columns that break or are cut stand a `gap` apart. On a terminal of fewer columns than `brief`,
    numbers have a decimal less than is usual. An `unbroken` one is known to fit, or is to run over
    the edge. `explained` stands below it where its bars find room.
    """

    columns: Sequence[Column]
    rows: Sequence[Row]
    bars: Stretch = Stretch()
    joint: str = ", "
    brief: int = 0
    unbroken: bool = False
    gap: int = 2
    explained: Sequence[Item] = ()


class Rows(NamedTuple):
    """Rows in columns, a line each, told as they come: there may be any number.

    They stand in no section. Where they are not `heard`, something else is said of them.
    """

    shown: Shown
    heard: bool = True


class LeftOut(NamedTuple):
    """Says which columns of the table above find no room, and how they are shown."""

    hint: str = ""


class Picture(NamedTuple):
    """Rows × columns of grey, with what black and white are of all that stand `beside` it.

    It is enlarged to so many columns `across`, in colour; None is as many as there are. Rows and
    columns of a square one may have `names`, of a character each.
    """

    values: Array
    beside: Array
    across: int | None = None
    names: Sequence[str] = ()


class HeatMap(NamedTuple):
    """Rows × columns of signed numbers; `top` is what is drawn strongest."""

    values: Array
    top: float
    line_by_line: bool = False  # to stand beside numbers: a line for each row
    across: int | None = None


Term: TypeAlias = "tuple[str, Array] | str"  # a vector or matrix with its name, or a sign


class Equation(NamedTuple):
    """Vectors and matrices beside each other, and signs such as `@` between them."""

    terms: Sequence[Term]


class Curve(NamedTuple):
    """An activation function around 0."""

    kind: ActivationKind


class Meter(NamedTuple):
    """A line of which a share is full: how far somebody has come."""

    share: float
    most: int  # columns


class Legend(NamedTuple):
    """What the shades of a picture mean, or of a heat map that shows `what`."""

    of: Picture | HeatMap
    what: str = ""


class Section(NamedTuple):
    """What belongs together under a title: a name and what is `about` it, in a frame where drawn.

    `heard` are the lines said instead of the title; `note` stands in the lower edge. A `wide` one
    takes all columns that there are.
    """

    name: str
    about: str
    heard: Sequence[str]
    items: Sequence[Item]
    note: str = ""
    wide: bool = False


class Sections(NamedTuple):
    """Sections of one width, side by side where there is room; their tables are laid out `alike`.

    For that, a section has one table at most.
    """

    sections: Sequence[Section]
    alike: bool = True


class Flow(NamedTuple):
    """Sections below each other, each made and told when it is its turn, and as wide as it needs.

    There may be more of them than find room in memory.
    """

    sections: Iterable[Section]


class Side(NamedTuple):
    """Things side by side, so many columns apart, where there is room; else below each other."""

    items: Sequence[Item]
    gap: int = 2


class Tiles(NamedTuple):
    """Pictures with words below them, side by side in as many lines as are needed."""

    tiles: Sequence[Stack]


class Stack(NamedTuple):
    """Things below each other, to stand as one beside others."""

    items: Sequence[Item]


class Indented(NamedTuple):
    """Things so many columns from the left."""

    items: Sequence[Item]
    by: int = 2


class Seen(NamedTuple):
    """Things that are only seen; what is heard instead stands beside them."""

    items: Sequence[Item]


Item: TypeAlias = (
    "Line | Blank | Table | Rows | LeftOut | Picture | HeatMap | Equation | Curve | Meter | Legend"
    " | Section | Sections | Flow | Side | Tiles | Stack | Indented | Seen"
)


class Report(NamedTuple):
    """What is told, in its order, and what it is told for.

    On a terminal of fewer columns than `narrowest`, lines run over.
    """

    items: Iterable[Item]
    view: View
    narrowest: int = NARROWEST


def line(seen: str, heard: str | None = None, emphasis: Emphasis = "") -> Line:
    """Make a line of words that are all the same to a reader."""
    return Line([Words(seen, heard, emphasis)])


def seen(words: str, emphasis: Emphasis = "") -> Line:
    """Make a line that is only seen."""
    return line(words, "", emphasis)


def heard(words: str) -> Line:
    """Make a line that is only heard."""
    return line("", words)
