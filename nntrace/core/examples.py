"""Inputs that a net comes with, and what each of them should give."""

from __future__ import annotations

from typing import Literal

from nntrace.core.arrays import Array, read_only
from nntrace.records import NamedTuple


class ExpectedValues(NamedTuple):
    """What a layer's z or a should be, one number a neuron."""

    layer: str
    quantity: Literal["z", "a"]
    values: Array


# How far off values may be, which an expectation says besides them.
MARGINS = {
    "tolerance": "absolute; default 1e-6 in float64, 1e-4 in float32",
    "relative": "a share of |expected| that is allowed beside the tolerance; default none",
}


class Expectation(NamedTuple):
    """What an example should give: a class by its index, or values within a tolerance.

    A value may be off by tolerance + relative × |expected|.
    """

    class_index: int | None = None
    values: tuple[ExpectedValues, ...] = ()
    tolerance: float | None = None
    relative: float | None = None


class Example(NamedTuple):
    """A named input (raw, one row) that the net comes with, and what it should give.

    `text` is the input as it was given to a net that reads text.
    """

    name: str
    input: Array
    expect: Expectation | None = None
    text: str | None = None

    def read_only(self) -> Example:
        """Return the same example, its arrays read-only."""
        expect = self.expect
        if expect:
            values = [
                expected._replace(values=read_only(expected.values)) for expected in expect.values
            ]
            expect = expect._replace(values=tuple(values))
        return self._replace(input=read_only(self.input), expect=expect)
