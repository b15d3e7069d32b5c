"""Causes in what a layer does: another operator in its place, set to something else, or left out.

These have no kind of their own among the common ones, such as a mask that is missing from
attention, or a pool that takes the mean in place of the largest.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, replace
from math import sqrt
from typing import Any, cast

import numpy as np

from nntrace.analysis.causes.cause import LOOSE, ROUNDED, Candidate, Suspect, by_op
from nntrace.analysis.causes.norms import PASSES, is_norm
from nntrace.core.op import Op
from nntrace.core.ops.attention import Scores
from nntrace.core.ops.pool import AveragePool, MaxPool, Pool
from nntrace.core.watched import Change
from nntrace.errors import NntraceError

KIND = "operator_differs"
# what other finders try with words of their own
TRIED_ELSEWHERE = {"padding", "stride", "dilation", "count_padding", "ceil", "epsilon"}


def of_partner(suspect: Suspect) -> Iterator[Candidate]:
    """Let the layer do what b's does, with a's weights: another operator, or other settings."""
    op, partner = suspect.layer.op, suspect.partner
    if partner is None or "onnx" in (op.KIND, partner.kind):
        return
    made = _with_arrays_of(op, partner.op)
    if made is None:
        return
    if partner.kind != op.KIND:
        detail = f"{partner.op.called} in {suspect.other}, {op.called} in {suspect.mine}"
        yield suspect.candidate(KIND, detail, by_op(made), LOOSE)
        return
    if told := settings(op, partner.op, suspect.mine, suspect.other):
        yield suspect.candidate(KIND, told, by_op(made), ROUNDED)


def settings(one: Op, two: Op, mine: str = "a", other: str = "b") -> str:
    """Tell what two ops of a kind are set to, where that is not the same: `heads 4 in b, 2 in a`;
    what is told as a cause of its own is left out."""
    keys = [field.name for field in one.FIELDS if field.takes not in ("array", "block")]
    return ", ".join(
        f"{key} {_said(getattr(two, key))} in {other}, {_said(getattr(one, key))} in {mine}"
        for key in keys
        if key not in TRIED_ELSEWHERE and getattr(one, key) != getattr(two, key)
    )


def _said(value: object) -> str:
    if value is None or isinstance(value, bool):
        return "as usual" if value is None else "yes" if value else "no"
    return str(value)


def _with_arrays_of(op: Op, other: Op) -> Op | None:
    """Return another op with the arrays of this one; None where it has others."""
    if {*op.arrays} != {*other.arrays}:
        return None
    try:
        return cast(Op, replace(cast(Any, other), **op.arrays))
    except NntraceError:
        return None


def other_pool(suspect: Suspect) -> Iterator[Candidate]:
    """Take the mean of each window in place of the largest, or the largest."""
    op = suspect.layer.op
    if not isinstance(op, Pool):
        return
    kind: type[Any] = AveragePool if isinstance(op, MaxPool) else MaxPool
    known = {field.name for field in fields(kind)}
    given = {each.name: getattr(op, each.name) for each in fields(cast(Any, op))}
    made = kind(**{name: value for name, value in given.items() if name in known})
    detail = f"{kind.KIND} in {suspect.other}, {op.KIND} in {suspect.mine}"
    yield suspect.candidate(KIND, detail, by_op(made), ROUNDED)


def attention(suspect: Suspect) -> Iterator[Candidate]:
    """Mask what stands behind, or do not; leave the division by √d out, or do it twice."""
    op = suspect.layer.op
    if not isinstance(op, Scores):
        return
    masked = "has no causal mask" if op.causal else "has a causal mask"
    masks = by_op(replace(op, causal=not op.causal))
    detail = f"{suspect.other} {masked}, {suspect.mine} has {'one' if op.causal else 'none'}"
    yield suspect.candidate(KIND, detail, masks, ROUNDED)
    root = sqrt(suspect.reads[0].shape[-1] / op.heads)
    for factor, words in (
        (root, f"does not divide by √d, {root:.4g}"),
        (1 / root, f"divides by √d, {root:.4g}, twice"),
        (1 / root**3, f"divides by d, {root**2:.4g}, and √d"),
        (1 / sqrt(op.heads), "divides by the root of the whole width, not of a head's"),
        (-1.0, "has the sign turned round"),
    ):
        if factor == 1:
            continue
        change = Change(z=lambda _, z, factor=factor: z * z.dtype.type(factor))  # type: ignore[misc]
        yield suspect.candidate(KIND, f"{suspect.other} {words}", change, ROUNDED)


def left_out(suspect: Suspect) -> Iterator[Candidate]:
    """Let what is read pass, where b has nothing that belongs to the layer; norms apart."""
    layer, reads = suspect.layer, suspect.reads
    alone = layer.name not in suspect.partners
    if not alone or is_norm(layer.op) or len(reads) != 1 or reads[0].size != suspect.z.size:
        return
    if layer.activation.kind.identity:
        detail = f"{suspect.other} has no {layer.op.called} here"
        yield suspect.candidate(KIND, detail, PASSES, LOOSE)


def scaled(suspect: Suspect) -> Iterator[Candidate]:
    """Multiply z by one number, where b's is a's by that."""
    b, z = suspect.z_b, suspect.z
    if b is None or not suspect.z_parts or b.shape != z.shape or z.size < 4:
        return
    finite = np.isfinite(z) & np.isfinite(b)
    one, two = z[finite].astype(np.float64), b[finite].astype(np.float64)
    power = float(one @ one)
    if not power:
        return
    factor = float(one @ two) / power
    left = float(np.abs(two - factor * one).max(initial=0.0))
    if abs(factor - 1) < 1e-6 or not factor or left > 1e-4 * float(np.abs(two).max(initial=0.0)):
        return
    change = Change(z=lambda _, z: z * z.dtype.type(factor))
    detail = f"z of {suspect.other} is that of {suspect.mine} · {factor:.6g}"
    yield suspect.candidate(KIND, detail, change, LOOSE)
