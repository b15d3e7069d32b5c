"""How tables look: bars, frames, and what else is drawn; numbers are those of `write.view`."""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from math import isfinite

from rich import box
from rich.console import Console, Group, RenderableType
from rich.measure import Measurement
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from nntrace.write.view import View as View
from nntrace.write.view import number as number
from nntrace.write.view import percent as percent

# Colours that show on light and on dark backgrounds; they only repeat what signs say.
POSITIVE = "cyan"
NEGATIVE = "magenta"
STRONG = "bold"
QUIET = "dim"

WITHOUT_END = 10_000_000  # columns of what is no terminal


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
