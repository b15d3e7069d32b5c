"""Causes in a batch norm that was folded into the weights before it: each channel by a factor.

Folded, a norm is a factor and an offset a channel, s = scale / √(variance + ε): what another ε,
other statistics, or a norm that one of the two lacks leave of it is weights that are, channel by
channel, those of the other by a factor. Which of these it was, the weights alone cannot say.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

import numpy as np

from nntrace.analysis.causes.cause import ROUNDED, Candidate, Suspect, by_op
from nntrace.analysis.causes.norms import affine
from nntrace.analysis.causes.weights import op_with
from nntrace.core.arrays import Array
from nntrace.core.layer import Layer
from nntrace.core.op import Op
from nntrace.core.ops.conv import Conv
from nntrace.core.ops.dense import Dense
from nntrace.core.watched import Change

NEAR = 0.1  # as a logarithm: about as far as an epsilon takes the factors of most channels
ROUNDINGS = 64  # that a product, a quotient and a square root may take together


class _Scaled(NamedTuple):
    """The factor of each channel, and the op with such weights and b's bias."""

    factors: Array
    op: Op

    @property
    def as_by_epsilon(self) -> bool:
        """Whether all factors are less than one, or all more, and most near it: s = √(v + ε) of
        one ε by that of another."""
        if (self.factors <= 0).any():
            return False
        powers = np.log(self.factors)
        one_way = bool((powers <= 1e-6).all() or (powers >= -1e-6).all())
        return one_way and float(np.median(np.abs(powers))) < NEAR


def folded_norm(suspect: Suspect) -> Iterator[Candidate]:
    """Scale each channel of the weights as b's are, where they are a's by a factor each."""
    scaled = _by_weights(suspect.layer, suspect.partner)
    if scaled is None and suspect.partner is None and suspect.z_parts:
        scaled = _by_values(suspect.layer, suspect.z, suspect.z_b)
    if scaled is None:
        return
    low, high = float(scaled.factors.min()), float(scaled.factors.max())
    by = (
        f"each channel is {suspect.mine}'s by a factor, {low:.4g} to {high:.4g}: as of a batch norm"
    )
    if scaled.as_by_epsilon:
        told = {"epsilon": "with another epsilon", "weights_differ": "of another scale or variance"}
    elif suspect.partner is None and _has_norm(suspect):
        told = {
            "batch_statistics": "with the statistics of the rows themselves, as in training",
            "weights_differ": "of other statistics or another scale",
        }
    else:
        told = {
            "missing_normalisation": "that is folded in on one side alone",
            "weights_differ": "of other statistics or another scale",
        }
    for kind, words in told.items():
        one = suspect.candidate(kind, f"{by} {words}", by_op(scaled.op), ROUNDED)
        yield one._replace(everywhere=lambda: _everywhere(suspect))


def _everywhere(suspect: Suspect) -> Mapping[str, Change]:
    """Return the change of all layers whose weights, or values, are b's by a factor each."""
    made: dict[str, Change] = {}
    for layer in suspect.network.layers:
        scaled = _by_weights(layer, suspect.partners.get(layer.name))
        theirs = suspect.theirs(layer.name) if suspect.net_b is None and _takes(layer.op) else None
        if theirs is not None:
            reads, b = theirs
            z = np.empty_like(b)
            layer.op.run(reads, z, False)
            scaled = _by_values(layer, z, b)
        if scaled is not None:
            made[layer.name] = by_op(scaled.op)
    return made


def _has_norm(suspect: Suspect) -> bool:
    """Whether b gives what a norm made its z of: the same but for a factor and an offset."""
    b = suspect.z_b
    if b is None:
        return False
    axis = 1 if suspect.layer.channels == "first" else b.ndim - 1
    sources = (each.reshape(b.shape) for each in suspect.alone.values() if each.size == b.size)
    return any(not np.array_equal(each, b) and affine(each, b, axis) for each in sources)


def _takes(op: Op) -> bool:
    return isinstance(op, Conv | Dense) and op.arrays["weights"].shape[0] > 1


def _by_weights(layer: Layer, partner: Layer | None) -> _Scaled | None:
    if partner is None or not _takes(layer.op) or partner.kind != layer.kind:
        return None
    ones, twos = layer.op.arrays["weights"], partner.op.arrays["weights"]
    bias = partner.op.arrays["bias"]
    if ones.shape != twos.shape:
        return None
    a, b = (each.reshape(len(each), -1).astype(np.float64) for each in (ones, twos))
    power = (a * a).sum(axis=1)
    if not power.all():
        return None
    factors = (a * b).sum(axis=1) / power
    eps = ROUNDINGS * float(np.finfo(twos.dtype).eps)
    left = np.abs(b - factors[:, None] * a).max(axis=1)
    if (left > eps * np.abs(b).max(axis=1)).any() or not _apart(factors):
        return None
    op = op_with(layer.op, weights=twos.astype(ones.dtype), bias=bias.astype(ones.dtype))
    return None if op is None else _Scaled(factors, op)


def _by_values(layer: Layer, z: Array, b: Array | None) -> _Scaled | None:
    """Find the factors in z, where b is a trace: each channel of it is a's by a factor and an
    offset."""
    if b is None or b.shape != z.shape or not _takes(layer.op):
        return None
    axis = 1 if layer.channels == "first" else b.ndim - 1
    one, two = (
        np.moveaxis(each, axis, 0).reshape(each.shape[axis], -1).astype(np.float64)
        for each in (z, b)
    )
    weights, bias = layer.op.arrays["weights"], layer.op.arrays["bias"]
    if one.shape[1] < 4 or len(one) != len(weights):
        return None
    dx, dy = (each - each.mean(axis=1, keepdims=True) for each in (one, two))
    power = (dx * dx).sum(axis=1)
    if not power.all():
        return None
    factors = (dx * dy).sum(axis=1) / power
    if not _apart(factors, 1e-4):
        return None
    offsets = two.mean(axis=1) - factors * one.mean(axis=1)
    shape = (-1, *[1] * (weights.ndim - 1))
    op = op_with(
        layer.op,
        weights=(weights * factors.reshape(shape)).astype(weights.dtype),
        bias=(bias * factors + offsets).astype(bias.dtype),
    )
    return None if op is None else _Scaled(factors, op)


def _apart(factors: Array, least: float = 1e-6) -> bool:
    """Whether most channels have a factor, and not all the same one."""
    moved = np.abs(factors - 1) > least
    return bool(moved.sum() * 2 > len(factors)) and float(np.ptp(factors)) > least
