"""Tokens as rows of numbers: a table's row for each token, and one for each position."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from nntrace.core.arrays import Array
from nntrace.core.op import Activate, Channels, Field, Length, Op, Shape, Terms, times, unfit
from nntrace.core.text import no_token
from nntrace.errors import InputError, Problem, plural


@dataclass(frozen=True, eq=False, repr=False)
class Embedding(Op):
    """Row t of `weights` for token t: tokens are whole numbers from 0, held as floats."""

    weights: Array

    KIND: ClassVar = "embedding"
    GIVES: ClassVar = "tokens → tokens × width"
    DOC: ClassVar = "a row of the table for each token"
    WEIGHT: ClassVar = "table"
    FORMULA: ClassVar = "z[t, j] = weights[x[t], j]"
    TORCH: ClassVar = "Embedding"
    ONNX: ClassVar = "Gather with axis = 0, of the table by the tokens"
    SOURCE: ClassVar = "https://docs.pytorch.org/docs/stable/generated/torch.nn.Embedding.html"
    FIELDS: ClassVar = (
        Field("width", "count", "how many numbers stand for a token; weights may tell it instead"),
        Field(
            "weights",
            "array",
            "a row of so many numbers for each token there is",
            axes=("tokens", "width"),
            tensor="weight",
        ),
    )

    @property
    def channels(self) -> Channels:
        return "last"

    @property
    def width(self) -> int:
        """How many numbers stand for a token."""
        return int(self.weights.shape[-1])

    @property
    def tokens(self) -> int:
        """How many tokens there are."""
        return int(self.weights.shape[0])

    def problems(self) -> Iterator[Problem]:
        yield from _table_problems(self.weights, "tokens")

    def lacks(self, tokens: int) -> Iterator[Problem]:
        if self.tokens < tokens:
            message = f"has {plural(self.tokens, 'row')}, takes {tokens}: one a character"
            yield Problem(message, ("weights",))

    def shape(self, *reads: Shape) -> Shape:
        (shape,) = reads
        if len(shape) != 1:
            raise unfit(f"reads {times(shape)}, takes tokens: one number each")
        return (*shape, self.width)

    def run(self, reads: Sequence[Array], z: Array, exact: bool) -> None:
        table = self.weights.astype(z.dtype, copy=False)
        np.take(table, self._rows(reads[0]), axis=0, out=z, mode="clip")

    def fill(
        self, reads: Sequence[Array], z: Array, a: Array, activate: Activate, exact: bool
    ) -> None:
        """Do as any op does, but all rows at once: a fault is told with its row."""
        self.run(reads, z, exact)
        activate(z, a)

    def _rows(self, tokens: Array) -> Any:
        """Return which rows of the table are meant; InputError names the first token that is none.

        The error's path is the token's place: row, and place in it.
        """
        none = ~((tokens >= 0) & (tokens < self.tokens) & (tokens == np.floor(tokens)))
        if none.any():
            place = tuple(np.argwhere(none)[0].tolist())
            told = no_token(float(tokens[place]), self.tokens)
            raise InputError(Problem(told or "", place))
        return tokens.astype(np.intp)

    def terms(self, reads: Sequence[Array], index: int) -> Terms:
        place, number = divmod(index, self.width)
        weight = self.weights[int(reads[0][place]), number]
        one = np.ones(1, self.weights.dtype)
        return Terms(weight * one, one, np.array([place]), np.array([0]))


@dataclass(frozen=True, eq=False, repr=False)
class Positions(Op):
    """Adds row t of `weights` to token t; rows for more tokens than there are may follow."""

    weights: Array

    KIND: ClassVar = "positions"
    BIAS: ClassVar = "position"
    GIVES: ClassVar = "tokens × width → the same"
    DOC: ClassVar = "adds a row of the table to each token, by where it stands"
    FORMULA: ClassVar = "z[t, j] = x[t, j] + weights[t, j]"
    TORCH: ClassVar = "an Embedding of arange(tokens), added"
    ONNX: ClassVar = "Add, of the table's first rows"
    SOURCE: ClassVar = "https://arxiv.org/abs/1706.03762"
    STRAIGHT: ClassVar = "sums"
    FIELDS: ClassVar = (
        Field(
            "weights",
            "array",
            "a row for each position there may be, as wide as a token",
            axes=("context", "width"),
            tensor="weight",
        ),
    )

    @property
    def context(self) -> int:
        """For how many tokens there are rows."""
        return int(self.weights.shape[0])

    def problems(self) -> Iterator[Problem]:
        yield from _table_problems(self.weights, "context")

    @classmethod
    def lengths(cls, reads: Sequence[Shape], keys: Mapping[str, Any]) -> dict[str, Length]:
        return {"width": tokens_width(reads[0])[1]} if reads else {}

    def shape(self, *reads: Shape) -> Shape:
        (shape,) = reads
        tokens, width = tokens_width(shape)
        if width != self.weights.shape[1]:
            message = f"is {times(self.weights.shape)}, takes rows of {width}, as wide as a token"
            raise unfit(message, "weights")
        if tokens > self.context:
            message = f"is {times(self.weights.shape)}, takes {tokens} rows or more: one a token"
            raise unfit(message, "weights")
        return shape

    def run(self, reads: Sequence[Array], z: Array, exact: bool) -> None:
        np.add(reads[0], self.weights[: z.shape[1]], out=z)

    def terms(self, reads: Sequence[Array], index: int) -> Terms:
        return Terms.of(reads[0], [index], bias=float(self.weights.reshape(-1)[index]))


def tokens_width(shape: Shape) -> tuple[int, int]:
    """Return a shape of tokens × width; NetworkError where it is another."""
    if len(shape) != 2:
        raise unfit(f"reads {times(shape)}, takes tokens × width")
    return shape[0], shape[1]


def _table_problems(weights: Array, rows: str) -> Iterator[Problem]:
    if weights.ndim != 2 or 0 in weights.shape:
        yield Problem(f"is {times(weights.shape)}, takes {rows} × width", ("weights",))
