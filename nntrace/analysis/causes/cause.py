"""What a cause is: a change of one thing, and what is left of the difference after it."""

from __future__ import annotations

from typing import NamedTuple


class Cause(NamedTuple):
    """A change of a after which all that follows agrees with b.

    `layer` is by a's name, or `input`, or None for one that is everywhere. `leaves` is the largest
    difference that is left.
    """

    kind: str
    layer: str | None
    detail: str
    leaves: float
