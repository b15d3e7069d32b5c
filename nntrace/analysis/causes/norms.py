"""Causes in norms: left out, applied twice, another epsilon, the statistics of the batch."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from math import log
from typing import Any, cast

import numpy as np

from nntrace.analysis.causes.activations import _least
from nntrace.analysis.causes.cause import (
    ROUNDED,
    Candidate,
    Suspect,
    by_activation,
    by_op,
    rounded_number,
)
from nntrace.core.activations import IDENTITY
from nntrace.core.arrays import Array
from nntrace.core.layer import Layer
from nntrace.core.op import Op
from nntrace.core.ops.batch_norm import BatchNorm
from nntrace.core.ops.channels import as_channels
from nntrace.core.recorded import Place
from nntrace.core.watched import Change
from nntrace.errors import NntraceError

EPSILONS = (1e-3, 1e-5, 1e-6, 1e-12, 1e-8, 1e-7, 1e-4, 1e-2, 0.0)


def is_norm(op: Op) -> bool:
    """Whether an op makes numbers of one spread: it adds an epsilon to a variance."""
    return hasattr(op, "epsilon")


def missing_normalisation(suspect: Suspect) -> Iterator[Candidate]:
    """Let what a norm reads pass as it is: the suspect, or a norm that alone reads it, whose
    activation the suspect then has."""
    layer, source = suspect.layer, suspect.source
    if is_norm(layer.op):
        yield _left_out(suspect, layer, source, {layer.name: PASSES})
        if source is not None and source.activation.kind.identity:
            yield _left_out(suspect, layer, source, _moved(source, layer))
    readers = [each for each in suspect.network.layers if layer.name in each.reads]
    if len(readers) == 1 and is_norm(readers[0].op) and layer.activation.kind.identity:
        yield _left_out(suspect, readers[0], layer, _moved(layer, readers[0]))


def lacking_normalisation(suspect: Suspect) -> Iterator[Candidate]:
    """Read what b gives in between, where that is what a reads made of one spread."""
    for place, x, between in _given_between(suspect):
        if not _normalised(x, between):
            continue
        detail = f"{suspect.mine} has no {place.layer} behind {suspect.layer.reads[0]}"
        alike = [each for each in suspect.network.layers if each.reads == suspect.layer.reads]
        every = {each.name: reading(each, x, between) for each in alike}
        own = {suspect.layer.name: every[suspect.layer.name]}
        kind = "missing_normalisation"
        yield Candidate(kind, place.layer, detail, own, ROUNDED)
        if len(every) > 1:
            yield Candidate(kind, place.layer, detail, every, ROUNDED)


def _given_between(suspect: Suspect) -> Iterator[tuple[Place, Array, Array]]:
    """Give what b alone has of as many numbers as the suspect reads, beside what that reads."""
    if len(suspect.reads) != 1 or not suspect.z_parts:
        return
    x = suspect.reads[0]
    for place, values in suspect.alone.items():
        if values.size == x.size and place.quantity == "a":
            yield place, x, values.reshape(x.shape).astype(x.dtype)


def reading(layer: Layer, x: Array, between: Array) -> Change:
    """Return the change by which a layer reads other rows in place of those of x; of a model, whose
    rows are run one by one, each is known by what it was."""

    def z(reads: Sequence[Array], z: Array) -> Array:
        given = between
        if len(z) < len(x):
            (row,) = reads[0]
            given = between[[next(at for at, each in enumerate(x) if np.array_equal(each, row))]]
        out = np.empty_like(z)
        layer.op.run((given,), out, False)
        return out

    return Change(z=z)


def _normalised(x: Array, y: Array) -> bool:
    """Whether y is x, or x of one spread a row or a channel, by a factor and an offset each."""
    x, y = x.astype(np.float64), y.astype(np.float64)
    last = x.ndim - 1
    ways = [(x, 1), (_standard(x, (last,)), last)]
    if x.ndim > 2:
        ways += [(x, last), (_standard(x, tuple(range(2, x.ndim))), 1)]
    return any(affine(each, y, axis) for each, axis in ways)


def _standard(x: Array, axes: tuple[int, ...]) -> Array:
    centred = x - x.mean(axis=axes, keepdims=True)
    spread: Array = centred / np.sqrt((centred**2).mean(axis=axes, keepdims=True) + 1e-5)
    return spread


def affine(x: Array, y: Array, axis: int) -> bool:
    """Whether each channel of y is that of x by a factor and an offset, as far as anybody rounds;
    there must be enough numbers to tell."""
    ones, twos = (np.moveaxis(each, axis, 0).reshape(x.shape[axis], -1) for each in (x, y))
    if ones.shape[1] < 4:
        return False
    dx, dy = (each - each.mean(axis=1, keepdims=True) for each in (ones, twos))
    power = (dx * dx).sum(axis=1)
    factor = (dx * dy).sum(axis=1) / np.where(power > 0, power, 1.0)
    left = np.abs(dy - factor[:, None] * dx).max(axis=1)
    return bool((left <= 1e-2 * np.abs(dy).max(axis=1) + 1e-9).all()) and bool(factor.any())


PASSES = Change(z=lambda reads, z: reads[0].reshape(z.shape))


def _moved(before: Layer, norm: Layer) -> Mapping[str, Change]:
    """Return the changes by which a norm does nothing, and what it reads has its activation."""
    passes = Change(PASSES.z, by_activation(norm, IDENTITY).a)
    return {before.name: by_activation(before, norm.activation), norm.name: passes}


def _left_out(
    suspect: Suspect, norm: Layer, source: Layer | None, changes: Mapping[str, Change]
) -> Candidate:
    """Return the candidate of a norm that is left out: that of another norm, it is the second."""
    after = next((e for e in suspect.network.layers if e.reads == (norm.name,)), None)
    for one, two in ((source, norm), (norm, after)):
        if one is not None and two is not None and is_norm(one.op) and one.kind == two.kind:
            detail = f"{suspect.mine} has {two.name} behind {one.name}, {suspect.other} one of them"
            return Candidate("normalised_twice", norm.name, detail, changes)
    detail = f"{suspect.other} has no such {norm.kind}"
    return Candidate("missing_normalisation", norm.name, detail, changes)


def normalised_twice(suspect: Suspect) -> Iterator[Candidate]:
    """Apply a norm to what it gave."""
    for layer in (suspect.layer, suspect.source):
        if layer is not None and is_norm(layer.op):
            changes = {layer.name: _twice(layer.op)}
            detail = f"{suspect.other} has the {layer.kind} twice"
            yield Candidate("normalised_twice", layer.name, detail, changes)


def _twice(op: Op) -> Change:
    def z(reads: Sequence[Array], z: Array) -> Array:
        out = np.empty_like(z)
        op.run((z,), out, False)
        return out

    return Change(z=z)


def epsilon(suspect: Suspect) -> Iterator[Candidate]:
    """Try other epsilons: b's own, typical ones, and the one that fits."""
    op = suspect.layer.op
    if not is_norm(op):
        return
    own = float(op.epsilon)  # type: ignore[attr-defined]
    norms = [each for each in suspect.network.layers if is_norm(each.op)]
    tried: set[float] = {own}
    for value in [*_of_partner(suspect), *EPSILONS, *_fitted(suspect)]:
        made = _with_epsilon(op, value)
        if value in tried or made is None:
            continue
        tried.add(value)
        detail = f"epsilon {value:g} in {suspect.other}, {own:g} in {suspect.mine}"
        one = suspect.candidate("epsilon", detail, by_op(made))
        yield one._replace(everywhere=lambda value=value: _everywhere(norms, value))  # type: ignore[misc]


def _everywhere(norms: Sequence[Layer], value: float) -> Mapping[str, Change]:
    made = {each.name: _with_epsilon(each.op, value) for each in norms}
    return {name: by_op(op) for name, op in made.items() if op is not None}


def _with_epsilon(op: Op, value: float) -> Op | None:
    try:
        return cast(Op, replace(cast(Any, op), epsilon=value))
    except NntraceError:
        return None


def _of_partner(suspect: Suspect) -> Iterator[float]:
    if suspect.partner is not None and is_norm(suspect.partner.op):
        yield float(suspect.partner.op.epsilon)  # type: ignore[attr-defined]


def _fitted(suspect: Suspect) -> Iterator[float]:
    """Yield the epsilon that comes nearest to b's z, where that is known."""
    b = suspect.z_b
    if b is None or b.shape != suspect.z.shape:
        return
    some = slice(0, max(1, 65536 // max(1, suspect.z[0].size)))
    reads, wanted = tuple(read[some] for read in suspect.reads), b[some]

    def off(power: float) -> float:
        made = _with_epsilon(suspect.layer.op, float(np.exp(power)))
        if made is None:
            return np.inf
        change = by_op(made)
        assert change.z is not None
        with np.errstate(all="ignore"):
            apart = float(np.abs(change.z(reads, wanted) - wanted).sum())
        return apart if np.isfinite(apart) else np.inf

    powers = np.linspace(log(1e-14), log(10.0), 36).tolist()
    sizes = [off(power) for power in powers]
    at = int(np.argmin(sizes))
    best = float(np.exp(_least(off, powers[max(0, at - 1)], powers[min(35, at + 1)])))
    yield rounded_number(best)
    yield best


def batch_statistics(suspect: Suspect) -> Iterator[Candidate]:
    """Take the mean and variance of the rows themselves, as a norm does while it is trained."""
    if not isinstance(suspect.layer.op, BatchNorm):
        return
    norms = [each for each in suspect.network.layers if isinstance(each.op, BatchNorm)]
    one = suspect.candidate(
        "batch_statistics",
        f"mean and variance of the {len(suspect.z)} rows themselves, as in training",
        _of_batch(suspect.layer.op),
    )
    everywhere = {each.name: _of_batch(cast(BatchNorm, each.op)) for each in norms}
    yield one._replace(everywhere=lambda: everywhere)


def _of_batch(op: BatchNorm) -> Change:
    def z(reads: Sequence[Array], z: Array) -> Array:
        x = as_channels(reads[0], op.dimensions).astype(np.float64)
        over = (0, *range(2, x.ndim))
        made = replace(
            op,
            mean=x.mean(axis=over).astype(op.mean.dtype),
            variance=x.var(axis=over).astype(op.variance.dtype),
        )
        out = np.empty_like(z)
        made.run(reads, out, False)
        return out

    return Change(z=z)


def dropped(suspect: Suspect) -> Iterator[Candidate]:
    """Read what b gives in between, where that is what a reads, some numbers of it dropped and the
    others larger for it: a dropout that was at work."""
    for place, x, between in _given_between(suspect):
        kept = between != 0
        share = float(kept[x != 0].mean()) if x.any() else 1.0
        if not 0.05 < share < 0.95 or (x[kept] == 0).any():
            continue
        factors = between[kept] / x[kept]
        factor = float(np.median(factors))
        if factor <= 1 or float(np.abs(factors - factor).max()) > 1e-2 * factor:
            continue
        detail = (
            f"{place.layer} of {suspect.other} drops {1 - share:.0%} of its numbers and gives the "
            f"others times {factor:.3g}: it was run in training mode"
        )
        change = {suspect.layer.name: reading(suspect.layer, x, between)}
        yield Candidate("operator_differs", suspect.layer.name, detail, change, ROUNDED)
