"""What a net reads: so many numbers a row, their labels, shape and scaling, or text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate
from math import prod
from typing import TYPE_CHECKING

import numpy as np

from nntrace.core.arrays import Array, Flags, not_finite, read_only
from nntrace.core.layer import label_places, label_problems
from nntrace.core.op import Channels, Shape, times
from nntrace.core.text import Text
from nntrace.core.value import Value
from nntrace.errors import NetworkError, Path, Problem, plural
from nntrace.records import NamedTuple
from nntrace.words import cropped

if TYPE_CHECKING:
    from nntrace.core.graph.vocabulary import Choice


class Part(NamedTuple):
    """One of the inputs of a model, with the shape and dtype that the model takes for a row, and
    what a row that is made holds: whole numbers `below` that, or one of the `choices`."""

    name: str
    shape: Shape
    dtype: str
    below: int = 10
    choices: tuple[Choice, ...] = ()

    def strange(self, values: Array) -> Flags:
        """Tell which numbers its dtype does not hold: fractions where it is whole, or too large."""
        kind = np.dtype(self.dtype)
        if kind.kind not in "iub":
            return np.zeros(values.shape, bool)
        wide = values.astype(np.float64)
        low, high = (0, 1) if kind.kind == "b" else (np.iinfo(kind).min, np.iinfo(kind).max)
        found: Flags = (
            (wide != np.floor(wide)) | (wide < low) | (wide > high) | (np.abs(wide) > 2**53)
        )
        return found

    def told(self, number: float) -> str:
        """Say that a number is none of its dtype."""
        return f"'{cropped(self.name)}' takes {self.dtype}, not {number:g}"


@dataclass(frozen=True, eq=False, repr=False)
class Input(Value):
    """What the net reads: `size` numbers a row, given to the first layer as (x - mean) / std.

    `mean` and `std` hold one number, or one an input; both or neither are arrays of the net's
    dtype. `text` says how it reads text, see `of_text`; of tokens, the size is how many there
    are. `parts` are the inputs of a model, one after the other in a row: with several, what reads
    them names them, and a row has no shape. Raises NetworkError where labels, shape, mean or std do
    not fit the size.
    """

    size: int
    labels: tuple[str, ...] | None = None
    shape: tuple[int, ...] | None = None
    mean: Array | None = None
    std: Array | None = None
    text: Text | None = None
    parts: tuple[Part, ...] = ()

    @classmethod
    def of_parts(cls, parts: Sequence[Part]) -> Input:
        """Return the input of a model that has these."""
        shape = row_of(parts[0].shape) if len(parts) == 1 else ()
        size = sum(prod(part.shape) for part in parts)
        return cls(size, shape=shape if len(shape) > 1 else None, parts=tuple(parts))

    def part_at(self, place: int) -> Part | None:
        """Return the input of a model that a number of a row belongs to."""
        ends = accumulate(prod(part.shape) for part in self.parts)
        return next((p for p, end in zip(self.parts, ends, strict=True) if place < end), None)

    def strange(self, values: Array) -> Flags:
        """Tell which numbers of rows × size a model's input has not in its dtype."""
        found, start = np.zeros(values.shape, bool), 0
        for part in self.parts:
            some = slice(start, start + prod(part.shape))
            found[:, some] = part.strange(values[:, some])
            start = some.stop
        return found

    @cached_property
    def named(self) -> Mapping[str, slice]:
        """Where in a row each of several parts stands, by its name; nothing where it is one."""
        ends = list(accumulate((prod(part.shape) for part in self.parts), initial=0))
        several = self.parts if len(self.parts) > 1 else ()
        return {part.name: slice(*ends[at : at + 2]) for at, part in enumerate(several)}

    @classmethod
    def of_text(cls, text: Text) -> Input:
        """Return the input of a net that reads text; of tokens, as many as there may be."""
        return cls(prod(text.shape), shape=None if text.by_token else text.shape, text=text)

    @property
    def varies(self) -> bool:
        """Whether it is tokens, of which there may be more or fewer: see `Network.at`."""
        return self.text is not None and self.text.by_token

    @cached_property
    def label_places(self) -> dict[str, int]:
        """The place of each label; nothing without labels."""
        return label_places(self.labels)

    def __post_init__(self) -> None:
        problems = list(label_problems(self.labels, self.size, "input"))
        if self.shape and prod(self.shape) != self.size:
            message = f"{times(self.shape)} makes {prod(self.shape)} numbers, input has {self.size}"
            problems.append(Problem(message, ("shape",)))
        for name in ("mean", "std"):
            values = getattr(self, name)
            if values is None:
                continue
            if values.ndim and values.shape != (self.size,):
                message = (
                    f"has {plural(values.size, 'number')}, input takes {self.size} (or one for all)"
                )
                problems.append(Problem(message, (name,)))
            problems += not_finite(values, (name,))
            object.__setattr__(self, name, read_only(values))
        if self.std is not None:
            for index in np.flatnonzero(self.std <= 0).tolist():
                path: Path = ("std", index) if self.std.ndim else ("std",)
                value = self.std.flat[index]
                message = f"takes a positive number, not {value:g} (in {self.std.dtype})"
                problems.append(Problem(message, path))
        if problems:
            raise NetworkError(problems)

    @property
    def row(self) -> Shape:
        """The shape of one row."""
        return self.shape or (self.size,)

    @property
    def channels(self) -> Channels:
        """Which axis counts channels, where it has several."""
        return "first" if len(self.row) > 1 else None

    @property
    def normalised(self) -> bool:
        """Whether the first layer is given anything else than the raw input."""
        return self.mean is not None or self.std is not None

    @property
    def picture(self) -> tuple[int, int] | None:
        """Height and width, where an input is a grey picture."""
        sides = [side for side in self.shape or () if side != 1 and self.text is None]
        return (sides[0], sides[1]) if len(sides) == 2 else None


def row_of(shape: Sequence[int]) -> Shape:
    """Return the shape of what one row gives, of a tensor's: a first axis of one is the batch's."""
    row = tuple(shape[1:]) if len(shape) > 1 and shape[0] == 1 else tuple(shape)
    return row or (1,)
