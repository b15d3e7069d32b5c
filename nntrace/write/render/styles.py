"""How what is drawn looks: colours, frames, and how things stand beside and below each other."""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from rich import box
from rich.console import Console, ConsoleOptions, Group, RenderableType, RenderResult
from rich.measure import Measurement
from rich.panel import Panel
from rich.style import Style
from rich.table import Table
from rich.text import Text

from nntrace.write.view import ANY_WIDTH, View

# Colours that show on light and on dark backgrounds; they only repeat what signs say.
POSITIVE = "cyan"
NEGATIVE = "magenta"
STRONG = "bold"
QUIET = "dim"


def render(parts: Iterable[RenderableType], view: View) -> str:
    """Draw one thing below the other."""
    console = Console(
        file=io.StringIO(),
        width=view.width or ANY_WIDTH,
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
    unbroken = view.width is None  # nothing needs to be broken, and looking for where takes time
    for part in parts:
        soft = unbroken and isinstance(part, Text)
        console.print(part, crop=False, soft_wrap=soft, no_wrap=unbroken or None)
    assert isinstance(console.file, io.StringIO)
    drawn = console.file.getvalue()
    if view.ascii_only:  # Rich's own mark for what it had to cut
        drawn = drawn.replace("…", "~")
    return "\n".join(line.rstrip() for line in drawn.split("\n")) if not view.colours else drawn


def around(style: str | Style, view: View) -> tuple[str, str]:
    """Return what a terminal is sent before and after what it shows in a style."""
    if view.colours is None or not style:
        return "", ""
    before, _, after = render([Text("·", style)], view).rstrip("\n").partition("·")
    return before, after


class Hanging(NamedTuple):
    """A line that, where it has to be broken, goes on below behind what hangs there.

    It breaks after a blank of its words, which stand behind `rails`, else anywhere.
    """

    line: Text
    rails: int
    hang: str

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        line = Text().append_text(self.line)
        start, before = self.rails, Text()
        while line.cell_len > (room := max(start + 1, options.max_width)):
            place = line.plain.rfind(" ", start, room + 1) + 1 or room
            yield line[:place]
            before = Text(self.hang, QUIET)
            line, start = before + line[place:], len(self.hang)
        yield line

    def __rich_measure__(self, console: Console, options: ConsoleOptions) -> Measurement:
        return Measurement.get(console, options, self.line)


def frame(
    title: Text,
    content: Sequence[RenderableType],
    view: View,
    note: str = "",
    width: int | None = None,
) -> Panel:
    """Put a frame with a title around some content, with a note in its lower edge.

    Where title or note are longer than an edge, they stand inside.
    """
    room = (width or view.width or ANY_WIDTH) - 6
    below = view.text(note, QUIET)
    inside = [title] if title.cell_len > room else []
    outside = [below] if below.cell_len > room else []
    return Panel(
        Group(*inside, *content, *outside),
        title=None if inside else title,
        title_align="left",
        subtitle=below if note and not outside else None,
        subtitle_align="right",
        box=box.ASCII2 if view.ascii_only else box.ROUNDED,
        border_style=QUIET,
        expand=width is not None,
        width=width,
        padding=(0, 1),
    )


def joined(parts: Sequence[Text], gap: str, view: View) -> Text:
    """Put short texts on as few lines as there is room for, and break none of them."""
    room = view.width or ANY_WIDTH
    lines: list[Text] = []
    for part in parts:
        if lines and lines[-1].cell_len + len(gap) + part.cell_len <= room:
            lines[-1].append_text(view.text(gap, QUIET)).append_text(part)
        else:
            lines.append(part.copy())
    return Text("\n").join(lines)


def one_width(panels: Sequence[Panel], view: View) -> int:
    """Make panels as wide as the widest of them; return how wide that is."""
    ruler = Console(width=view.width or ANY_WIDTH, file=io.StringIO(), _environ={})
    widths = [Measurement.get(ruler, ruler.options, panel).maximum for panel in panels]
    widest = max(widths, default=0)
    for panel in panels:
        panel.width, panel.expand = widest, True
    return widest


def fits(drawn: RenderableType, view: View) -> bool:
    """Whether there is room for something that can be drawn."""
    if view.width is None:
        return True
    ruler = Console(width=ANY_WIDTH, file=io.StringIO(), _environ={})
    return Measurement.get(ruler, ruler.options, drawn).maximum <= view.width


def side_by_side(panels: Sequence[Panel], view: View) -> list[RenderableType]:
    """Lay panels out, all of one width, as many beside each other as the terminal is wide."""
    widest = one_width(panels, view)
    beside = 1 if view.width is None else max(1, (view.width + 1) // (widest + 1))
    drawn: list[RenderableType] = []
    for start in range(0, len(panels), beside):
        if beside == 1:
            drawn.append(panels[start])
            continue
        row = Table.grid(padding=(0, 1, 0, 0))
        row.add_row(*panels[start : start + beside])
        drawn.append(row)
    return drawn
