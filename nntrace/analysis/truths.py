"""Which class of a net a truth names, and how often the net was right."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from decimal import Decimal
from typing import TYPE_CHECKING

from nntrace.analysis.classes import class_key, class_text
from nntrace.errors import InputError
from nntrace.words import cropped

if TYPE_CHECKING:
    from nntrace.analysis.classes import ClassKey
    from nntrace.analysis.prediction import Decisions

MOST_NAMED = 8  # classes that an error lists


class Truths:
    """Finds the class that a value in a column of truths names, by its index.

    As in `expect`, a class is taken by its label before it is taken by its index; equal numbers are
    the same however they are written. Where labels are numbers, a number that is none of them is
    not taken for the index of another class: in a net of the classes 1, 2 and 3, 0 is a fault.
    """

    def __init__(self, labels: Sequence[str | None]) -> None:
        self._labels = labels
        self._exact = {label: index for index, label in enumerate(labels) if label is not None}
        self._equal: dict[ClassKey, list[int]] = {}
        for label, index in self._exact.items():
            self._equal.setdefault(class_key(label.strip()), []).append(index)
        numbered = any(isinstance(key, Decimal) for key in self._equal)
        for index, name in enumerate(labels):
            if name is None or not numbered:
                self._equal.setdefault(Decimal(index), [index])
        self._found: dict[str, int] = {}

    def index(self, value: object) -> int:
        """Return the class that a value names; InputError where it is none, or may be two."""
        if type(value) is str and value in self._found:
            return self._found[value]
        index = self._index(value)
        if type(value) is str and len(self._found) < 10 * len(self._labels):
            self._found[value] = index
        return index

    def _index(self, value: object) -> int:
        if isinstance(value, str) and value in self._exact:  # a class may be called nan
            return self._exact[value]
        text = class_text(value)
        if text in self._exact:
            return self._exact[text]
        match self._equal.get(class_key(text), []):
            case [index]:
                return index
            case []:
                raise InputError(f"'{text[:40]}' is no class of the net{self._known()}")
            case several:
                names = " and ".join(f"'{cropped(self._labels[index] or '')}'" for index in several)
                raise InputError(f"'{text[:40]}' may be {names}, which are the same number")

    def _known(self) -> str:
        labels = self._labels
        some = enumerate(labels[:MOST_NAMED])
        listing = [cropped(label or f"{index}") for index, label in some]
        return f", which are {', '.join(listing)}" + ", …" * (len(labels) > MOST_NAMED)


class Confusion:
    """How often which class was taken for which, counted as rows come by.

    `pairs` counts the rows of each (truth, prediction) that there was; `undecided` those for which
    the net gave no class, since its output was not finite.
    """

    def __init__(self, classes: int) -> None:
        self.classes = classes
        self.pairs: Counter[tuple[int, int]] = Counter()
        self.undecided = 0

    def count(self, truths: Sequence[int], decisions: Decisions) -> None:
        """Count some rows, by the true class of each and what the net decided."""
        predicted, decided = decisions.indices.tolist(), decisions.finite.tolist()
        pairs = zip(truths, predicted, strict=True)
        self.pairs.update(pair for pair, good in zip(pairs, decided, strict=True) if good)
        self.undecided += decided.count(False)

    @property
    def rows(self) -> int:
        """How many rows there were."""
        return self.pairs.total() + self.undecided

    @property
    def right(self) -> int:
        """How many of them the net was right on."""
        return sum(count for (truth, predicted), count in self.pairs.items() if truth == predicted)

    @property
    def accuracy(self) -> float | None:
        """Right rows / all rows, those without a prediction too; None without rows."""
        return self.right / self.rows if self.rows else None

    def matrix(self) -> list[list[int]]:
        """Return the counts, truths × predictions."""
        counts = [[0] * self.classes for _ in range(self.classes)]
        for (truth, predicted), count in self.pairs.items():
            counts[truth][predicted] = count
        return counts
