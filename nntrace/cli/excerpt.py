"""The line that a problem is in, with a caret under the place, for a terminal."""

from __future__ import annotations

from collections.abc import Callable

from nntrace.errors import Problem, printable

NARROWEST = 12  # columns, in which a line still says something
TAB = "    "


def excerpt(problem: Problem, width: int, encodable: Callable[[str], str]) -> list[str]:
    """Return the offending line and, where the column is known, a caret under it.

    A line that is wider than the terminal is cropped around the place. Control characters are
    escaped, and so is what `encodable` escapes, a character of the locale's.
    """
    if problem.line is None or not (problem.text or "").strip():
        return []
    from rich.cells import cell_len

    assert problem.text is not None
    number = str(problem.line)
    room = max(width - len(number) - 5, NARROWEST)  # the gutter, and a column for the cursor
    column = problem.column or problem.caret
    at = min((column or 1) - 1, len(problem.text))
    # of a line of a million characters, those around the place
    first = max(0, at - room)
    near = problem.text[first : at + room]
    shown = [TAB if char == "\t" else encodable(printable(char)) for char in near]
    widths = list(map(cell_len, shown))
    more = encodable("…")
    mark, start, end = at - first, 0, len(shown)
    before, total = sum(widths[:mark]), sum(widths)
    if first or at + room < len(problem.text) or total > room:
        side = room - 2 * len(more)
        while start < mark and before > side * 2 // 3:  # more of what leads there than of the rest
            before -= widths[start]
            start += 1
        while end > mark + 1 and sum(widths[start:end]) > side:
            end -= 1
    head = more if first or start else ""
    tail = more if end < len(shown) or first + end < len(problem.text) else ""
    lines = [f" {number} | {head}{''.join(shown[start:end])}{tail}".rstrip()]
    if column is not None:
        under = len(head) + sum(widths[start:mark])
        lines.append(f" {' ' * len(number)} | {' ' * under}^")
    return lines
