"""Axes of a row: counted from the end where negative, and which of them counts channels."""

from __future__ import annotations

from collections.abc import Iterator

from nntrace.core.op import Channels, Shape, unfit
from nntrace.errors import Problem

Axes = int | tuple[int, ...]  # one, or several


def one_axis(axis: int, count: int, *path: str | int) -> int:
    """Return an axis of so many, counted from the front; NetworkError at the path without it."""
    if not -count <= axis < count:
        raise unfit(f"takes an axis from {-count} to {count - 1}, not {axis}", *path)
    return axis % count


def twice(axes: Axes, key: str) -> Iterator[Problem]:
    """Tell which axes are named twice, as they are written; `some_axes` tells which are the same
    when they are counted."""
    several = axes if isinstance(axes, tuple) else ()
    for place, axis in enumerate(several):
        if axis in several[:place]:
            yield Problem(f"axis {axis} is named twice", (key, place))


def some_axes(axes: Axes, count: int, key: str) -> tuple[int, ...]:
    """Return one axis or several as `one_axis` does; NetworkError where one is named twice."""
    if isinstance(axes, int):
        return (one_axis(axes, count, key),)
    found: list[int] = []
    for place, axis in enumerate(axes):
        one = one_axis(axis, count, key, place)
        if one in found:
            raise unfit(f"axis {axis} is named twice", key, place)
        found.append(one)
    return tuple(found)


def channels_after(shape: Shape, channels: Channels, kept: tuple[int, ...]) -> Channels:
    """Tell which axis counts channels where `kept`, axes of a shape, are the axes that are left.

    In the middle it counts none; nor where one axis is left: these are neurons.
    """
    if channels is None or len(kept) < 2:
        return None
    place = 0 if channels == "first" else len(shape) - 1
    if place == kept[0]:
        return "first"
    return "last" if place == kept[-1] else None
