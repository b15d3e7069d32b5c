"""Attention in two layers: how much each token asks of each other, and what it then gets.

The activation between them, a softmax along the last axis, is the layer's of the scores.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt
from typing import ClassVar

import numpy as np

from nntrace.core.arrays import Array, Flags
from nntrace.core.op import (
    Channels,
    Field,
    Op,
    Shape,
    Step,
    Terms,
    divisors_near,
    times,
    unfit,
    unravelled,
)
from nntrace.core.ops.embedding import tokens_width

_SOURCE = "https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.scaled_dot_product_attention.html"
_HEADS = Field("heads", "count", "how many parts the width is cut into; it must divide the width")


@dataclass(frozen=True, eq=False, repr=False)
class Scores(Op):
    """How well each token's query fits each token's key, in each head: heads × tokens × tokens.

    Reads query and key. With `causal` a token sees none behind it: their scores are −∞.
    """

    heads: int
    causal: bool = False

    KIND: ClassVar = "scores"
    GIVES: ClassVar = "query and key, each tokens × width → heads × tokens × tokens"
    DOC: ClassVar = "how well each token's query fits each token's key; with softmax, the shares"
    FORMULA: ClassVar = (
        "z[h, t, s] = Σ query[t, h·d + i] · key[s, h·d + i] / √d, d = width / heads; "
        "causal: −∞ where s > t"
    )
    TORCH: ClassVar = "scaled_dot_product_attention, up to the softmax; inside MultiheadAttention"
    ONNX: ClassVar = "MatMul, and Mul or Div; inside Attention"
    SOURCE: ClassVar = _SOURCE
    FIELDS: ClassVar = (
        _HEADS,
        Field("causal", "flag", "whether a token sees only itself and those before", default=False),
    )
    READS: ClassVar = (2, 2)
    WEIGHT: ClassVar = "key / √d"
    PLACES: ClassVar = ("head", "query of token", "key of token")

    @property
    def channels(self) -> Channels:
        return "first"

    @property
    def masked(self) -> bool:
        return self.causal

    def mask(self, shape: Shape) -> Flags:
        hidden = _behind(*shape[1:]) if self.causal else np.False_
        return np.broadcast_to(hidden, shape)

    def shape(self, *reads: Shape) -> Shape:
        (queries, width), (keys, key_width) = map(tokens_width, reads)
        if width != key_width or (self.causal and queries != keys):
            same = "two of one shape" if self.causal else "a query and a key of one width"
            raise unfit(f"reads {' and '.join(map(times, reads))}, takes {same}")
        divided(width, self.heads)
        return self.heads, queries, keys

    def formula(self, *reads: Shape) -> str:
        told, masked = _with_width(self.FORMULA, reads[0][1] // self.heads).split("; causal: ")
        return f"{told}; {masked}" if self.causal else told

    def run(self, reads: Sequence[Array], z: Array, exact: bool) -> None:
        query, key = (by_head(values, self.heads) for values in reads)
        if exact:
            np.einsum("rhti,rhsi->rhts", query, key, out=z)
        else:
            np.matmul(query, key.swapaxes(2, 3), out=z)
        z /= sqrt(query.shape[3])
        if self.causal:
            np.copyto(z, -np.inf, where=_behind(*z.shape[2:]))

    def terms(self, reads: Sequence[Array], index: int) -> Terms:
        query, key = reads
        head, token, other = unravelled(self.shape(query.shape, key.shape), index)
        if self.causal and other > token:
            formula = f"causal: token {token} does not see token {other}, which stands behind it"
            return Terms.of(query, [], steps=[Step("masked", formula, -np.inf)])
        width = query.shape[1]
        part = np.arange(width // self.heads) + head * (width // self.heads)
        scale = sqrt(len(part))
        total = float(query[token, part] @ key[other, part])
        steps = (
            Step("sum", f"Σ query · key, {len(part)} products of head {head}", total),
            Step("scaled", f"sum / √{len(part)}", total / scale),
        )
        return Terms.of(query, token * width + part, key[other, part] / scale, steps=steps)


@dataclass(frozen=True, eq=False, repr=False)
class Mix(Op):
    """What each token gets of the values, by its shares: tokens × width, a head's part each.

    Reads the shares (the activation of scores), and value.
    """

    heads: int

    KIND: ClassVar = "mix"
    GIVES: ClassVar = "shares, heads × tokens × tokens, and value, tokens × width → tokens × width"
    DOC: ClassVar = "the values of all tokens, by the shares that each token has in them"
    FORMULA: ClassVar = (
        "z[t, h·d + i] = Σ shares[h, t, s] · value[s, h·d + i] over s, d = width / heads"
    )
    TORCH: ClassVar = "scaled_dot_product_attention, behind the softmax; inside MultiheadAttention"
    ONNX: ClassVar = "MatMul; inside Attention"
    SOURCE: ClassVar = _SOURCE
    FIELDS: ClassVar = (_HEADS,)
    READS: ClassVar = (2, 2)
    WEIGHT: ClassVar = "share"

    @property
    def channels(self) -> Channels:
        return "last"

    def shape(self, *reads: Shape) -> Shape:
        shares, value = reads
        tokens, width = tokens_width(value)
        if len(shares) != 3 or shares[2] != tokens:
            takes = f"heads × tokens × {tokens} and {times(value)}"
            raise unfit(f"reads {times(shares)} and {times(value)}, takes {takes}")
        if shares[0] != self.heads:
            raise unfit(f"is {self.heads}, the shares are of {shares[0]}", "heads")
        divided(width, self.heads)
        return shares[1], width

    def formula(self, *reads: Shape) -> str:
        return _with_width(self.FORMULA, reads[1][1] // self.heads)

    def run(self, reads: Sequence[Array], z: Array, exact: bool) -> None:
        shares, value = reads[0], by_head(reads[1], self.heads)
        if exact:
            np.einsum("rhts,rhsi->rhti", shares, value, out=by_head(z, self.heads))
        else:
            np.matmul(shares, value, out=by_head(z, self.heads))

    def terms(self, reads: Sequence[Array], index: int) -> Terms:
        shares, value = reads
        tokens, width = value.shape
        token, number = divmod(index, width)
        head = number // (width // self.heads)
        places = np.arange(tokens) * width + number
        return Terms.of(value, places, shares[head, token], read=1)


def _behind(queries: int, keys: int) -> Flags:
    """Tell which keys stand behind each query, queries × keys."""
    return np.less.outer(np.arange(queries), np.arange(keys))


def _with_width(formula: str, width: int) -> str:
    """Put in how wide the part of a head is."""
    told = formula.replace(", d = width / heads", "")
    return told.replace("h·d", f"h·{width}").replace("√d", f"√{width}")


def divided(width: int, heads: int) -> None:
    """Raise NetworkError, at the key `heads`, where they do not divide the width."""
    if width % heads:
        near = divisors_near(heads, width)
        raise unfit(f"{heads} does not divide the width {width}; {near}", "heads")


def by_head(values: Array, heads: int) -> Array:
    """Return a view of rows × tokens × width as rows × heads × tokens × (width / heads)."""
    rows, tokens, width = values.shape
    return values.reshape(rows, tokens, heads, width // heads).swapaxes(1, 2)
