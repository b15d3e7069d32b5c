"""Named axes of arrays: how long they are, by what is read, by keys, and by one another."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from nntrace.core.op import Length, Shape, times
from nntrace.records import NamedTuple

Lengths = dict[str, Length]  # by name; None within one of several dimensions: of any length


class Axis(NamedTuple):
    """An axis as a kind of layer writes it: `size`, `4·size`, `in / groups`, `kernel…` (which
    stands for several dimensions)."""

    words: str
    name: str
    times: int = 1
    parts: str = ""
    several: bool = False

    @classmethod
    def of(cls, written: str) -> Axis:
        """Read how it is written."""
        whole, _, parts = written.partition(" / ")
        many, _, name = whole.rpartition("·")
        words = f"({written})" if parts else written
        return cls(words, name.removesuffix("…"), int(many or 1), parts, name.endswith("…"))

    def length(self, lengths: Mapping[str, Length]) -> Length | None:
        """Return how long it is, None where that is not known."""
        told, parts = lengths.get(self.name), self._count(lengths)
        if told is None or isinstance(told, tuple):
            return told
        return told * self.times // parts if parts and told * self.times % parts == 0 else None

    def tells(self, found: Length, lengths: Mapping[str, Length]) -> Lengths | None:
        """Return what follows from a length that it has; None where that does not fit."""
        known = self.length(lengths)
        if isinstance(found, tuple):
            fits = known is None or (
                isinstance(known, tuple)
                and len(known) == len(found)
                and all(one in (None, two) for one, two in zip(known, found, strict=True))
            )
            return {self.name: found} if fits else None
        if known is not None:
            return {} if known == found else None
        parts = self._count(lengths)
        if found % self.times:
            return None
        return {self.name: found // self.times * parts} if parts else {}

    def _count(self, lengths: Mapping[str, Length]) -> int | None:
        """Return into how many parts it is divided, None where that is not known."""
        parts = lengths.get(self.parts) if self.parts else 1
        return parts if isinstance(parts, int) else None


def bound(axes: Sequence[Axis], shape: Shape, lengths: Lengths) -> Lengths | None:
    """Return the lengths with what a shape tells of axes not known; None where it does not fit."""
    spare = len(shape) - len(axes) + 1  # dimensions of the axis that has several
    if 0 in shape or spare < 0 or (spare != 1 and not any(axis.several for axis in axes)):
        return None
    found, at = dict(lengths), 0
    for axis in axes:
        step = spare if axis.several else 1
        part: Length = shape[at : at + step] if axis.several else shape[at]
        told = axis.tells(part, found)
        if told is None:
            return None
        for name, length in told.items():
            if isinstance(length, tuple) or name not in found:
                found[name] = length
        at += step
    return found


def wanted(axes: Sequence[Axis], lengths: Lengths) -> Shape | None:
    """Return the shape that an array has to have; None where an axis is not known."""
    shape: list[int] = []
    for axis in axes:
        length = axis.length(lengths)
        for each in length if isinstance(length, tuple) else (length,):
            if each is None:
                return None
            shape.append(each)
    return tuple(shape)


def spelled(axes: Sequence[Axis], lengths: Lengths) -> str:
    """Say what shape would fit: `8 × 3 × kernel × kernel (channels × (in / groups) × kernel…)`."""
    parts: list[str] = []
    for axis in axes:
        length = axis.length(lengths)
        if length is None:
            parts.append(axis.words)
        else:
            several = length if isinstance(length, tuple) else (length,)
            parts += [axis.name if each is None else str(each) for each in several]
    told, names = " × ".join(parts), " × ".join(axis.words for axis in axes)
    return told if told == names else f"{told} ({names})"


def shape_in_words(shape: Shape) -> str:
    """Say what shape an array has: `is 2 × 3`, `has 4 numbers`."""
    if len(shape) == 1:
        return f"has {shape[0]} number{'s' * (shape[0] != 1)}"
    return f"is {times(shape) or 'a single number'}"
