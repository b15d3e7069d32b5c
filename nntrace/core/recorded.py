"""A trace that was recorded elsewhere: arrays by what they are called, in place of a net."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from nntrace.core.arrays import Array
from nntrace.core.op import Shape

Quantity = Literal["z", "a"]


class Place(NamedTuple):
    """Which numbers of a pass: a layer's z or its a."""

    layer: str
    quantity: Quantity


class RecordedArray(NamedTuple):
    """An array of a file, which is read when it is asked for; `shape` with the axis of rows."""

    shape: Shape
    dtype: str
    load: Callable[[], Array]


@dataclass(frozen=True, eq=False)
class Recorded:
    """A recorded trace: `arrays` by place in the file's order, and the `inputs` by name.

    The first axis of an array counts rows, where there are several. A tensor of which nobody says
    whether it is z or a is called a. `ordered` says that the file's order is that of the pass, so
    that the last array is the output. In a `vague` one a number that is not finite is NaN, whatever
    it was.
    """

    name: str
    arrays: Mapping[Place, RecordedArray]
    inputs: Mapping[str, RecordedArray] = field(default_factory=dict)
    ordered: bool = False
    vague: bool = False
