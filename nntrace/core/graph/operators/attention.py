"""Attention and RotaryEmbedding: what each token takes of the others, and turning by position."""

from __future__ import annotations

from typing import Any

import numpy as np

from nntrace.core.graph.dtypes import dtype_of
from nntrace.core.graph.graph import Node, Tensor
from nntrace.core.graph.operators.widths import rounded_once
from nntrace.core.op import times

_RAW, _CAPPED, _BIASED, _SHARES = range(4)  # what the fourth output is, by qk_matmul_output_mode


@rounded_once
def attention(
    node: Node,
    q: Tensor,
    k: Tensor,
    v: Tensor,
    mask: Tensor | None = None,
    past_key: Tensor | None = None,
    past_value: Tensor | None = None,
    filled: Tensor | None = None,
) -> tuple[Tensor, ...]:
    """softmax(q · kᵀ · scale + bias) · v; keys and values with those of the past; and the scores.
    Attention-25.

    `filled` says how many keys of each row count, where the cache of them is kept outside.
    """
    flat = q.ndim == 3
    if flat:
        heads, of_keys = node.get("q_num_heads", 0), node.get("kv_num_heads", 0)
        q, k, v = (_parted(x, count) for x, count in ((q, heads), (k, of_keys), (v, of_keys)))
    if past_key is not None:
        k = np.concatenate((past_key, k), axis=2)
    if past_value is not None:
        v = np.concatenate((past_value, v), axis=2)
    if {q.ndim, k.ndim, v.ndim} != {4} or q.shape[3] != k.shape[3] or k.shape[:3] != v.shape[:3]:
        shapes = ", ".join(times(each.shape) for each in (q, k, v))
        raise ValueError(f"has queries, keys and values of {shapes}")
    if q.shape[1] % k.shape[1]:
        raise ValueError(f"has {q.shape[1]} heads of queries, and {k.shape[1]} of keys")
    many = q.shape[1] // k.shape[1]
    keys, values = (x.repeat(many, axis=1) if many > 1 else x for x in (k, v))
    scale = node.get("scale", 1.0 / np.sqrt(q.shape[3]))
    scores = (q @ keys.swapaxes(2, 3)) * q.dtype.type(scale)
    told = [scores]
    cap = node.get("softcap", 0.0)
    if cap:
        scores = np.tanh(scores / q.dtype.type(cap)) * q.dtype.type(cap)
    told.append(scores)
    bias = _bias(node, mask, q.shape[2], k.shape[2], past_key, filled, q.dtype)
    scores = scores + bias
    told.append(scores)
    told.append(_shares(node, scores, bias).astype(q.dtype))
    z = told[_SHARES] @ values
    if flat:
        z = z.swapaxes(1, 2).reshape(len(z), z.shape[2], -1)
    return z, k, v, told[node.get("qk_matmul_output_mode", _RAW)]


def _parted(x: Tensor, heads: int) -> Tensor:
    """Return rows × tokens × width as rows × heads × tokens × width of each."""
    if heads < 1 or x.shape[2] % heads:
        raise ValueError(f"reads {times(x.shape)}, and has {heads} heads")
    return x.reshape(*x.shape[:2], heads, -1).swapaxes(1, 2)


def _bias(
    node: Node,
    mask: Tensor | None,
    queries: int,
    keys: int,
    past_key: Tensor | None,
    filled: Tensor | None,
    dtype: np.dtype[Any],
) -> Tensor:
    """Return what is added to the scores: −∞ where a query may not see a key."""
    hidden = dtype.type(-np.inf)
    bias = np.zeros((queries, keys), dtype)
    if mask is not None:
        added = np.where(mask, dtype.type(0), hidden) if mask.dtype == bool else mask
        lacks = keys - mask.shape[-1]
        if lacks > 0:
            added = np.pad(added, [(0, 0)] * (mask.ndim - 1) + [(0, lacks)], constant_values=hidden)
        bias = bias + added
    if filled is not None:
        before: Any = filled.reshape(-1, 1, 1, 1) - queries
    else:
        before = 0 if past_key is None else past_key.shape[2]
    ahead = np.arange(keys) - (np.arange(queries)[:, np.newaxis] + before)  # of the query itself
    left, right = node.get("left_window_size", -1), node.get("right_window_size", -1)
    sees = np.ones((1, 1), bool)
    if node.get("is_causal", 0):
        sees = sees & (ahead <= 0)
    if left >= 0:
        sees = sees & (ahead >= -left)
    if right >= 0:
        sees = sees & (ahead <= right)
    if filled is not None:
        sees = sees & (np.arange(keys) < filled.reshape(-1, 1, 1, 1))
    return np.asarray(bias + np.where(sees, dtype.type(0), hidden))


def _shares(node: Node, scores: Tensor, bias: Tensor) -> Tensor:
    """Return the softmax of the scores; 0 for a query that may see no key."""
    code = node.get("softmax_precision", 0)
    if code and dtype_of(code).itemsize > scores.dtype.itemsize:
        scores = scores.astype(dtype_of(code))
    blind = np.isneginf(bias.max(axis=-1, keepdims=True))
    p = np.exp(scores - np.where(blind, 0, scores.max(axis=-1, keepdims=True)))
    p /= np.where(blind, 1, p.sum(axis=-1, keepdims=True))
    shares: Tensor = np.where(blind, p.dtype.type(0), p)
    return shares


@rounded_once
def rotary_embedding(
    node: Node, x: Tensor, cosines: Tensor, sines: Tensor, places: Tensor | None = None
) -> Tensor:
    """Pairs of numbers of each head turned by an angle that depends on the token's place.
    RotaryEmbedding-23.

    A pair lies beside each other with `interleaved`, else half the turned numbers apart.
    """
    heads = node.get("num_heads", 0)
    by_head = x if x.ndim == 4 else _parted(x, heads)
    turned: int = node.get("rotary_embedding_dim", 0) or by_head.shape[3]
    if places is not None:
        cosines, sines = cosines[places], sines[places]
    if cosines.shape[-1] * 2 != turned or sines.shape != cosines.shape:
        told = f"turns {turned} numbers of a head, and has {times(cosines.shape)} cosines and "
        raise ValueError(f"{told}{times(sines.shape)} sines")
    cosines, sines = cosines[:, np.newaxis], sines[:, np.newaxis]
    pairs = (slice(0, turned, 2), slice(1, turned, 2))
    if not node.get("interleaved", 0):
        pairs = (slice(0, turned // 2), slice(turned // 2, turned))
    one, other = by_head[..., pairs[0]], by_head[..., pairs[1]]
    z = by_head.copy()
    z[..., pairs[0]] = cosines * one - sines * other
    z[..., pairs[1]] = sines * one + cosines * other
    return z if x.ndim == 4 else z.swapaxes(1, 2).reshape(x.shape)
