"""Causes in weights: transposed, permuted, rounded, or others."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from nntrace.analysis.causes.cause import (
    LAST,
    LOOSE,
    ROUNDED,
    Candidate,
    Suspect,
    by_op,
)
from nntrace.core.arrays import Array, all_finite
from nntrace.core.op import Op
from nntrace.core.watched import Change
from nntrace.errors import NntraceError, plural

if TYPE_CHECKING:
    from numpy.typing import NDArray

STEPS = 127  # of int8 on either side of 0


def op_with(op: Op, **arrays: Array) -> Op | None:
    """Return an op with other arrays; None where they do not fit."""
    try:
        return cast(Op, replace(cast(Any, op), **arrays))
    except NntraceError:
        return None


def transposed_weights(suspect: Suspect) -> Iterator[Candidate]:
    """Try each matrix of the layer the other way round: rows for columns, kernels turned."""
    for name, values in suspect.layer.op.arrays.items():
        for turned, how in _turned(values):
            if np.array_equal(turned, values):
                continue
            op = op_with(suspect.layer.op, **{name: np.ascontiguousarray(turned)})
            if op is not None:
                what = (
                    name if name != "weights" else f"weights, {'×'.join(map(str, values.shape))},"
                )
                yield suspect.candidate("transposed_weights", f"{what} {how}", by_op(op))


def _turned(values: Array) -> Iterator[tuple[Array, str]]:
    if values.ndim < 2:
        return
    rows, columns = values.shape[-2:]
    if rows == columns > 1:
        yield values.swapaxes(-1, -2), "transposed"
    if values.ndim == 2 and rows != columns:
        yield values.reshape(columns, rows).T, "read column by column"
        yield np.ascontiguousarray(values.T).reshape(rows, columns), "written column by column"
    if values.ndim > 2:
        first, second = values.shape[:2]
        if first == second > 1:
            yield values.swapaxes(0, 1), "transposed: channels read and channels given"
        inner = tuple(range(2, values.ndim))
        yield np.flip(values, inner), "whose kernels are turned round"


def swapped_neurons(suspect: Suspect) -> Iterator[Candidate]:
    """Find b's neurons, or channels, among a's, in another order."""
    by_z = suspect.z_parts and suspect.z_b is not None
    b, a = (suspect.z_b, suspect.z) if by_z else (suspect.a_b, suspect.a)
    if b is None or b.shape != a.shape:
        return
    axis = 1 if suspect.layer.channels == "first" else a.ndim - 1
    count = a.shape[axis]
    if count < 2 or a.size // count < 1:
        return
    ones = np.moveaxis(a, axis, 0).reshape(count, -1)
    twos = np.moveaxis(b, axis, 0).reshape(count, -1)
    order = permutation(ones, twos, suspect)
    if order is None or np.array_equal(order, np.arange(count)):
        return
    moved = int((order != np.arange(count)).sum())
    found = order
    detail = f"{moved} of {count} neurons stand in another order"
    if moved == 2:
        one, two = np.flatnonzero(order != np.arange(count)).tolist()
        detail = f"neurons {one} and {two} are swapped"
    elif np.array_equal(order, np.arange(count)[::-1]):
        detail = f"all {count} neurons stand in reverse"

    def take(values: Array) -> Array:
        return np.take(values, found, axis)

    change = Change(z=lambda _, z: take(z)) if by_z else Change(a=lambda _, a: take(a))
    yield suspect.candidate("swapped_neurons", detail, change)


def permutation(ones: Array, twos: Array, suspect: Suspect) -> NDArray[np.intp] | None:
    """Return which line of `ones` each line of `twos` is; None where they are no permutation."""
    count = len(ones)
    order = np.full(count, -1, np.intp)
    free = np.ones(count, bool)
    rtol, atol = suspect.tolerances.rtol, suspect.tolerances.atol
    for at in range(count):
        # those that stay where they are come first: equal lines would go astray otherwise
        if np.isclose(ones[at], twos[at], rtol, atol).all():
            order[at], free[at] = at, False
    for at in np.flatnonzero(order < 0).tolist():
        left = np.flatnonzero(free)
        with np.errstate(all="ignore"):
            fits = np.isclose(ones[left], twos[at], rtol, atol).all(axis=1)
        found = left[fits]
        if not len(found):
            return None
        apart = np.abs(ones[found] - twos[at]).max(axis=1)
        order[at] = found[int(np.argmin(apart))]
        free[order[at]] = False
    return order


def quantised(suspect: Suspect) -> Iterator[Candidate]:
    """Round the weights to 8 bits: of the tensor together, or of each channel by itself."""
    layers = [each for each in suspect.network.layers if "weights" in each.op.arrays]
    if "weights" not in suspect.layer.op.arrays:
        return
    for how, per_channel in (("a tensor", False), ("a channel", True)):
        for grid, steps in (("int8", STEPS), ("int8, 128 steps", STEPS + 1), ("uint8", None)):

            def rounded(op: Op, per_channel: bool = per_channel, steps: int | None = steps) -> Op:
                made = {
                    name: in_steps(values, per_channel, steps)
                    for name, values in op.arrays.items()
                    if name in ("weights", "recurrent")
                }
                return op_with(op, **made) or op

            detail = f"weights rounded to {grid}, a scale {how}"
            own = by_op(rounded(suspect.layer.op))
            one = suspect.candidate("quantised", detail, own, ROUNDED)
            everywhere = {each.name: by_op(rounded(each.op)) for each in layers}
            yield one._replace(everywhere=lambda changes=everywhere: changes)  # type: ignore[misc]


def in_steps(values: Array, per_channel: bool, steps: int | None) -> Array:
    """Return weights as whole numbers of steps: symmetric around 0, or from least to largest in 255
    steps."""
    over = tuple(range(1, values.ndim)) if per_channel else None
    wide = values  # in their own type, as those do who round them
    if steps is not None:
        scale = np.abs(wide).max(axis=over, keepdims=True) / steps
        scale = np.where(scale > 0, scale, 1.0)
        made = np.clip(np.rint(wide / scale), -STEPS - 1, STEPS) * scale
    else:
        low = np.minimum(wide.min(axis=over, keepdims=True), 0.0)
        high = np.maximum(wide.max(axis=over, keepdims=True), 0.0)
        scale = np.where(high > low, (high - low) / 255, 1.0)
        zero = np.rint(-low / scale)
        made = (np.clip(np.rint(wide / scale) + zero, 0, 255) - zero) * scale
    return made.astype(values.dtype)


def weights_differ(suspect: Suspect) -> Iterator[Candidate]:
    """Take b's weights, or where only its values are known, those of z: nothing says more."""
    op, partner = suspect.layer.op, suspect.partner
    names = [name for name in op.arrays if name not in ("bias", "shift", "recurrent_bias")]
    if not names:
        return
    if partner is not None and partner.kind == suspect.layer.kind:
        made = {name: partner.op.arrays[name] for name in names if name in partner.op.arrays}
        made = {
            name: values.astype(op.arrays[name].dtype)
            for name, values in made.items()
            if values.shape == op.arrays[name].shape
        }
        differing = [
            name for name, each in made.items() if not np.array_equal(each, op.arrays[name])
        ]
        if not differing:
            return
        taken = op_with(op, **made)
        if taken is not None:
            off = max(float(np.abs(made[name] - op.arrays[name]).max()) for name in differing)
            many = sum(int((made[name] != op.arrays[name]).sum()) for name in differing)
            count = plural(many, "number")
            detail = (
                f"{', '.join(differing)}: {count} other than in {suspect.mine}, by up to {off:.3g}"
            )
            yield suspect.candidate("weights_differ", detail, by_op(taken), LAST)
        whole = {
            name: values.astype(op.arrays[name].dtype)
            for name, values in partner.op.arrays.items()
            if name in op.arrays and values.shape == op.arrays[name].shape
        }
        taken = op_with(op, **whole)
        if taken is not None:
            detail = f"weights and bias differ ({', '.join(whole)})"
            yield suspect.candidate("weights_differ", detail, by_op(taken), LAST)
        return
    if not suspect.others:  # its numbers as they are in b explain themselves alone
        return
    detail = f"nothing more exact explains the numbers of {suspect.other}"
    if suspect.z_b is not None and all_finite(suspect.z) and not all_finite(suspect.z_b):
        detail = f"numbers of {suspect.other} are not finite, those of {suspect.mine} are"
    if suspect.z_parts and suspect.z_b is not None:
        z_b = suspect.z_b
        change = Change(z=lambda _, z: z_b.astype(z.dtype))
        yield suspect.candidate("weights_differ", detail, change, LAST)
    elif suspect.z_parts and suspect.a_b is not None:
        a_b = suspect.a_b
        yield suspect.candidate(
            "weights_differ", detail, Change(a=lambda _, a: a_b.astype(a.dtype)), LAST
        )


def bias_differs(suspect: Suspect) -> Iterator[Candidate]:
    """Take what is the same a neuron, or a channel, between the two z, for another bias."""
    if "recurrent_bias" in suspect.layer.op.arrays:  # of steps that read each other
        yield from _biases_of_gates(suspect)
        return
    name = next((n for n in ("bias", "shift") if n in suspect.layer.op.arrays), None)
    if name is None or suspect.z_b is None or not suspect.z_parts:
        return
    bias, a, b = suspect.layer.op.arrays[name], suspect.z, suspect.z_b
    axis = 1 if suspect.layer.channels == "first" else a.ndim - 1
    if b.shape != a.shape or bias.shape != (a.shape[axis],):
        return
    # of one number each, other weights give the same
    exactness = LOOSE if a.size // len(bias) > 1 or suspect.partner is not None else LAST
    over = tuple(each for each in range(a.ndim) if each != axis)
    wide = b.astype(np.float64) - a
    off = np.median(wide, axis=over)
    if suspect.partner is not None and name in suspect.partner.op.arrays:
        other = suspect.partner.op.arrays[name]
        if other.shape == bias.shape:
            off = other.astype(np.float64) - bias
    made = op_with(suspect.layer.op, **{name: (bias + off).astype(bias.dtype)})
    if made is None:
        return
    places = np.flatnonzero(np.abs(off) > suspect.tolerances.atol)
    kind = "bias_differs" if bias.any() else "missing_bias"
    where = _which(places.tolist(), len(bias))
    detail = f"{name} of {where} is another, by up to {np.abs(off).max():.3g}"
    if kind == "missing_bias":
        detail = f"{suspect.mine} has no {name}, {suspect.other} has one"
    yield suspect.candidate(kind, detail, by_op(made), exactness)


def _biases_of_gates(suspect: Suspect) -> Iterator[Candidate]:
    """Take b's two biases of the gates, where they are known and add up to others."""
    op, partner = suspect.layer.op, suspect.partner
    if partner is None or partner.kind != suspect.layer.kind:
        return
    own, theirs = op.arrays, partner.op.arrays
    both = ("bias", "recurrent_bias")
    if any(name not in theirs or theirs[name].shape != own[name].shape for name in both):
        return
    made = op_with(op, **{name: theirs[name] for name in both})
    off = np.abs(sum(theirs[name] - own[name] for name in both)).max()
    if made is not None and off:
        detail = f"bias of the gates is another, by up to {off:.3g}"
        yield suspect.candidate("bias_differs", detail, by_op(made))


def _which(places: Sequence[int], count: int) -> str:
    if len(places) == 1:
        return f"neuron {places[0]}"
    return f"{len(places)} of {count} neurons"


def missing_bias(suspect: Suspect) -> Iterator[Candidate]:
    """Leave out each bias: what would be zeros, were it not given."""
    op = suspect.layer.op
    for field in op.FIELDS:
        values = op.arrays.get(field.name)
        if field.fill == 0.0 and values is not None and values.any():
            made = op_with(op, **{field.name: np.zeros_like(values)})
            if made is not None:
                yield suspect.candidate(
                    "missing_bias", f"{suspect.other} has no {field.name}", by_op(made)
                )


def swapped_weights(suspect: Suspect) -> Iterator[Candidate]:
    """Find b's weights in another layer of a: the two change places."""
    own, net = suspect.layer, suspect.net_b
    if net is None or own.name not in net.places or not own.op.arrays:
        return
    theirs = net.layer(own.name).op
    if _same_arrays(theirs, own.op):
        return
    for other in suspect.network.layers:
        if other.name != own.name and other.name in net.places and _same_arrays(theirs, other.op):
            detail = f"the weights of {own.name} and {other.name} change places"
            changes = {own.name: by_op(other.op), other.name: by_op(own.op)}
            yield Candidate("swapped_layers", own.name, detail, changes)


def _same_arrays(one: Op, two: Op) -> bool:
    """Whether two ops of a kind have the same weights."""
    return (
        one.KIND == two.KIND
        and one.arrays.keys() == two.arrays.keys()
        and all(np.array_equal(values, two.arrays[name]) for name, values in one.arrays.items())
    )
