"""Channels × dimensions: what convolutions, pools and norms read."""

from __future__ import annotations

from collections.abc import Sequence

from nntrace.core.arrays import Array
from nntrace.core.op import Field, Shape, divisors_near, times, unfit
from nntrace.errors import Problem, plural

DIMENSIONS = Field(
    "dimensions",
    "count",
    "how many dimensions the channels have; an input of so many is one channel, and one of shape "
    "[h, w] is that unless dimensions is 1",
    most=3,
)
READ = " (what it reads)"  # which channels


def with_channels(
    shape: Shape, dimensions: int | None, least: int = 1, key: str | None = None
) -> Shape:
    """Return a shape as channels × `least` to 3 dimensions; of so many dimensions, as one channel.

    `dimensions` None means all axes behind the first. Raises NetworkError where it does not fit, at
    the key that told the dimensions.
    """
    if dimensions is not None and len(shape) == dimensions:
        shape = (1, *shape)
    inner = len(shape) - 1
    if inner > 3 or inner < least or (dimensions is not None and inner != dimensions):
        takes = "1, 2 or 3 dimensions" if dimensions is None else plural(dimensions, "dimension")
        few = f"reads {times(shape)}, takes channels × {takes}"
        if inner < least:
            raise unfit(f"{few}; a shape of the input or a reshape gives them")
        fits = f"; {key}: {inner} would fit" if key == "dimensions" and 1 <= inner <= 3 else ""
        raise unfit(few + fits, *[key] if key and dimensions is not None else [])
    return shape


def as_channels(values: Array, dimensions: int | None) -> Array:
    """Return rows × shape as rows × channels × dimensions."""
    return values[:, None] if dimensions is not None and values.ndim == dimensions + 1 else values


def one_each(given: int | Sequence[int], dimensions: int, key: str) -> tuple[int, ...]:
    """Return a number for each dimension; NetworkError at the key where there are others."""
    if isinstance(given, int):
        return (given,) * dimensions
    if len(given) != dimensions:
        found = plural(len(given), "number")
        many = f", or {dimensions}: one a dimension" if dimensions > 1 else ""
        raise unfit(f"has {found}, takes one{many}", key)
    return tuple(given)


def undivided(groups: int, channels: int, which: str = "") -> Problem:
    """Say that so many groups do not divide the channels, and which numbers near it would."""
    told = f"{groups} does not divide {plural(channels, 'channel')}{which}"
    return Problem(f"{told}; {divisors_near(groups, channels)}", ("groups",))
