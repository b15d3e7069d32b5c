"""What arrays by name hold, each in a line."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from nntrace.analysis.summary import Summary, summarised
from nntrace.core.arrays import Array


class Tensor(NamedTuple):
    """An array of a file: its name, shape and type as the file says, and what it holds.

    `summary` is of its finite numbers, `not_finite` counts the others. There is none where it has
    no numbers, or they cannot be read, which `fault` tells; nor a shape, where not even that can.
    """

    name: str
    shape: tuple[int, ...] | None
    dtype: str | None
    numbers: int
    summary: Summary | None = None
    not_finite: int = 0
    fault: str | None = None


class Listing(NamedTuple):
    """The arrays of a file: what it is called, what it is, and each array."""

    file: str
    kind: str
    tensors: tuple[Tensor, ...]

    @property
    def numbers(self) -> int:
        """How many numbers it holds."""
        return sum(tensor.numbers for tensor in self.tensors)


def described(name: str, shape: tuple[int, ...], dtype: str, values: Array) -> Tensor:
    """Describe the numbers of an array."""
    flat = values.reshape(-1)
    finite = flat[np.isfinite(flat)]
    summary = summarised(finite) if finite.size else None
    return Tensor(name, shape, dtype, flat.size, summary, flat.size - finite.size)
