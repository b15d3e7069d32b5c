"""Arrays of a net: their type, and what all of them are held to."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from nntrace.errors import Path, Problem

if TYPE_CHECKING:
    from numpy.typing import NDArray

Array: TypeAlias = "NDArray[np.floating]"
Doubles: TypeAlias = "NDArray[np.float64]"
Numbers: TypeAlias = "NDArray[Any]"  # of any dtype
Flags: TypeAlias = "NDArray[np.bool_]"
Places: TypeAlias = "NDArray[np.intp]"  # which numbers of an array
Indices: TypeAlias = "NDArray[np.int64]"  # which classes, or bins
Counts: TypeAlias = "NDArray[np.int64]"  # how many

SMALL = 2**20  # bytes, below which a copy costs nothing that is felt


def along(values: Numbers, axis: int, rank: int) -> Numbers:
    """Return numbers in a row as an array of so many axes, of which they lie along one."""
    shape = [1] * rank
    shape[axis] = -1
    return values.reshape(shape)


def all_finite(values: Array) -> bool:
    """Tell whether no number is infinite or NaN.

    The sum of the squares is not finite where a number is not, and is had at the speed of memory.
    Where it is not finite, it may just have overflowed, and each number is looked at.
    """
    if values.size and not any(values.strides):  # one number, repeated
        values = values[(0,) * values.ndim]
    flat = values.ravel("K")
    return bool(np.isfinite(np.vdot(flat, flat)) or np.isfinite(flat).all())


def not_finite(values: Array, path: Path) -> Iterator[Problem]:
    """Tell which numbers are infinite or NaN, the first ten."""
    if not all_finite(values):
        for index in np.argwhere(~np.isfinite(values))[:10].tolist():
            yield Problem(f"takes finite numbers, not {values[tuple(index)]}", (*path, *index))


def read_only(values: Array) -> Array:
    """Return the same numbers in an array that cannot be written to."""
    view = values.view()
    view.flags.writeable = False
    return view


def in_order(values: Array) -> Array:
    """Return the same numbers, read-only; in C order, unless they are many.

    The last bits of a product depend on how a matrix lies in memory, and should not on where it
    came from. What is as large as weights that are mapped from a file is not copied.
    """
    if values.nbytes < SMALL and not values.flags.c_contiguous:
        values = np.ascontiguousarray(values)
    return read_only(values)
