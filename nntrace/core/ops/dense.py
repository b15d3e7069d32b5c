"""Every neuron reads everything: a weighted sum of it, and a bias."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import prod
from typing import Any, ClassVar

import numpy as np

from nntrace.core.arrays import Array
from nntrace.core.numerics.products import PIECE, exact_product, product
from nntrace.core.op import Activate, Channels, Field, Length, Op, Shape, Terms, times, unfit
from nntrace.errors import Problem, plural


@dataclass(frozen=True, eq=False, repr=False)
class Dense(Op):
    """z = W @ x + b: `weights` are size × fan-in, row j belongs to neuron j, `bias` size numbers.

    With the axis `all`, x is everything that is read, flattened; with `last`, each position is
    computed by itself from the numbers of the last axis.
    """

    weights: Array
    bias: Array
    axis: str = "all"

    KIND: ClassVar = "dense"
    GIVES: ClassVar = "everything → size; with axis: last, … × fan-in → … × size"
    DOC: ClassVar = "every neuron reads everything, flattened; or each position by itself"
    FORMULA: ClassVar = "z[j] = Σ weights[j, i] · x[i] + bias[j]"
    TORCH: ClassVar = "Linear (axis: last); behind Flatten (axis: all)"
    ONNX: ClassVar = "Gemm with transB = 1; MatMul and Add, whose matrix is fan-in × size"
    SOURCE: ClassVar = "https://docs.pytorch.org/docs/stable/generated/torch.nn.Linear.html"
    STRAIGHT: ClassVar = "sums"
    FIELDS: ClassVar = (
        Field("size", "count", "the number of neurons; weights may tell it instead"),
        Field(
            "weights",
            "array",
            "size rows of fan-in numbers: row j is neuron j",
            axes=("size", "fan-in"),
            tensor="weight",
        ),
        Field(
            "bias",
            "array",
            "one number a neuron; default zeros",
            axes=("size",),
            tensor="bias",
            fill=0.0,
        ),
        Field(
            "axis",
            "choice",
            "all: of everything, flattened; last: each position by itself, the default of nets "
            "that read text as tokens",
            default="all",
            choices=("all", "last"),
        ),
    )
    READS: ClassVar = (1, None)

    @property
    def channels(self) -> Channels:
        return "last" if self.axis == "last" else None

    @property
    def size(self) -> int:
        """How many neurons it has (at each position)."""
        return int(self.weights.shape[0])

    @property
    def fan_in(self) -> int:
        """How many numbers each neuron reads."""
        return int(self.weights.shape[1])

    def problems(self) -> Iterator[Problem]:
        if self.weights.ndim != 2 or 0 in self.weights.shape:
            yield Problem(f"is {times(self.weights.shape)}, takes size × fan-in", ("weights",))
        elif self.bias.shape != (self.size,):
            found = plural(self.bias.size, "number")
            yield Problem(f"has {found}, takes {self.size}, one a neuron", ("bias",))

    @classmethod
    def lengths(cls, reads: Sequence[Shape], keys: Mapping[str, Any]) -> dict[str, Length]:
        if keys.get("axis") == "last":
            return {"fan-in": sum(shape[-1] for shape in reads)}
        return {"fan-in": sum(map(prod, reads))}

    def shape(self, *reads: Shape) -> Shape:
        fan_in = self.lengths(reads, {"axis": self.axis})["fan-in"]
        if self.axis == "last" and len({shape[:-1] for shape in reads}) > 1:
            raise unfit(f"reads {' and '.join(map(times, reads))}: positions of different shapes")
        if fan_in != self.fan_in:
            raise unfit(f"has rows of {plural(self.fan_in, 'number')}, takes {fan_in}", "weights")
        return (*reads[0][:-1], self.size) if self.axis == "last" else (self.size,)

    def run(self, reads: Sequence[Array], z: Array, exact: bool) -> None:
        values, flat = self._read(reads), z.reshape(-1, self.size)
        if exact:
            exact_product(values, self.weights, flat)
        elif self.axis == "last" and self.weights.size <= PIECE:
            np.matmul(values, self._columns, out=flat)
        else:
            product(values, self.weights, flat)
        flat += self.bias

    @cached_property
    def _columns(self) -> Array:
        """The weights as fan-in × size in C order: BLAS reads a small matrix sooner so than across,
        by up to a third."""
        return np.ascontiguousarray(self.weights.T)

    def fill(
        self, reads: Sequence[Array], z: Array, a: Array, activate: Activate, exact: bool
    ) -> None:
        """Do as any op does, but a piece at a time: what follows finds its numbers in the cache."""
        if exact or self.axis == "last":
            super().fill(reads, z, a, activate, exact)
            return
        product(self._read(reads), self.weights, z)
        step = max(1, PIECE // self.size)
        for start in range(0, len(z), step):
            block = z[start : start + step]
            block += self.bias
            activate(block, a[start : start + step])

    def _read(self, reads: Sequence[Array]) -> Array:
        """Return what it reads as rows × fan-in: rows of the batch, or of each position too."""
        if self.axis == "last":
            flat = [values.reshape(-1, values.shape[-1]) for values in reads]
        else:
            flat = [values.reshape(len(values), prod(values.shape[1:])) for values in reads]
        return flat[0] if len(flat) == 1 else np.concatenate(flat, axis=1)

    def terms(self, reads: Sequence[Array], index: int) -> Terms:
        position, neuron = divmod(index, self.size)
        lengths = [values.shape[-1] if self.axis == "last" else values.size for values in reads]
        starts = [position * length if self.axis == "last" else 0 for length in lengths]
        places = [np.arange(n) + start for n, start in zip(lengths, starts, strict=True)]
        values = [of.reshape(-1)[where] for of, where in zip(reads, places, strict=True)]
        return Terms(
            self.weights[neuron],
            np.concatenate(values),
            np.concatenate(places),
            np.repeat(np.arange(len(reads)), lengths),
            float(self.bias[neuron]),
        )
