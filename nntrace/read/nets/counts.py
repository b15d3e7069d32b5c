"""How many: what the parts of a net file say about one size, and which of them disagrees."""

from __future__ import annotations

from collections.abc import Sequence

from nntrace.core.op import times
from nntrace.errors import Path, plural, spell
from nntrace.read.yaml.grammar import Reading
from nntrace.records import NamedTuple
from nntrace.words import cropped


class Count(NamedTuple):
    """How many of something a part of the file says there are, and where it says so."""

    path: Path
    size: int
    words: str  # "has 3 labels"
    called: str = ""  # what has them, and a blank, where the path does not say so


def agree(reading: Reading, counts: Sequence[Count], owner: str) -> Count | None:
    """Return what the parts of the file agree on, None where they tell nothing or disagree.

    The first in the file is taken to be right, and each that differs from it is reported.
    """
    placed = sorted(counts, key=lambda count: reading.place(count.path))
    wrong = [count for count in placed if count.size != placed[0].size]
    for count in wrong:
        size, told = placed[0].size, placed[0].words
        reason = "" if told == f"is {size}" else f" ({placed[0].called or 'it '}{told})"
        takes = f"{cropped(owner)} takes {size}{reason}"
        reading.report(count.path, f"{count.called}{count.words}, {takes}")
    return placed[0] if placed and not wrong else None


def holds(reading: Reading, path: Path, found: int, told: Count, owner: str, why: str = "") -> bool:
    """Whether a list has as many numbers as its owner takes; the later of the two is reported."""
    if found == told.size:
        return True
    if reading.place(told.path) > reading.place(path):
        reading.report(
            told.path, f"{told.called}{told.words}, but {spell(path)} has {numbers(found)}"
        )
    else:
        reading.report(path, f"has {numbers(found)}, {cropped(owner)} takes {told.size}{why}")
    return False


def size_count(path: Path, size: int) -> Count:
    """Count what a key says in figures."""
    return Count(path, size, f"is {size}")


def labels_count(path: Path, labels: Sequence[str]) -> Count:
    """Count labels."""
    return Count(path, len(labels), f"has {plural(len(labels), 'label')}")


def numbers_count(path: Path, values: Sequence[float]) -> Count:
    """Count numbers."""
    return Count(path, len(values), f"has {numbers(len(values))}")


def numbers(count: int) -> str:
    """Say how many numbers."""
    return plural(count, "number")


def product(sides: Sequence[int]) -> str:
    """Write a shape: `8 × 8`."""
    return times(sides) or "a single number"
