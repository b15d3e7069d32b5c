"""Renderers: each draws any report; none knows a command."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nntrace.write.report import Report


def pieces(report: Report) -> Iterator[str]:
    """Write a report for whom its view is for, as it is seen or as it is heard, as it comes."""
    if report.view.accessible:
        from nntrace.write.render.spoken import say

        return say(report)
    from nntrace.write.render.terminal import draw

    return draw(report)


def text(report: Report) -> str:
    """Write a report whole."""
    return "".join(pieces(report))
