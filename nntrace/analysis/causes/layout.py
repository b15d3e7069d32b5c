"""Causes in how numbers lie: flattened otherwise, padded otherwise, layers in another order."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import permutations
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from nntrace.analysis.causes.cause import Candidate, Suspect, by_activation, by_op
from nntrace.core.arrays import Array
from nntrace.core.layer import Layer
from nntrace.core.op import Op, Shape, times
from nntrace.core.ops.channels import as_channels
from nntrace.core.ops.windows import Windows
from nntrace.core.watched import Change
from nntrace.errors import NntraceError

if TYPE_CHECKING:
    from numpy.typing import NDArray

AXES = "CHWD"


def flatten_order(suspect: Suspect) -> Iterator[Candidate]:
    """Flatten what has several dimensions in another order of its axes, or read it back so."""
    layer = suspect.layer
    if len(suspect.reads) != 1 or len(layer.shape) != 1 or not _flattens(suspect):
        return
    op, shape = layer.op, _source_shape(suspect)
    if len(shape) < 2:
        return
    axes = range(len(shape))
    names = AXES[: len(shape)] if len(shape) < 4 else "".join(map(str, axes))
    tried: list[NDArray[np.intp]] = []
    size = int(np.prod(shape))
    for order in permutations(axes):
        laid = tuple(shape[axis] for axis in order)
        there = np.arange(size).reshape(shape).transpose(order).ravel()
        back = np.arange(size).reshape(laid).transpose(np.argsort(order)).ravel()
        words = "".join(names[axis] for axis in order)
        for places in (there, back):
            if any(np.array_equal(places, each) for each in [np.arange(size), *tried]):
                continue
            tried.append(places)

            def z(reads: Sequence[Array], z: Array, places: NDArray[np.intp] = places) -> Array:
                out = np.empty_like(z)
                flat = np.ascontiguousarray(reads[0].reshape(len(z), -1)[:, places])
                op.run((flat.reshape(reads[0].shape),), out, False)
                return out

            both = f"{words} in {suspect.other}, {names} in {suspect.mine}"
            detail = f"{times(shape)} is read in the order {both}"
            yield suspect.candidate("flatten_order", detail, Change(z=z))


def _flattens(suspect: Suspect) -> bool:
    """Whether a layer reads all of a shape as one row."""
    return suspect.layer.dense is not None or suspect.reads[0][0].size == suspect.z[0].size


def _source_shape(suspect: Suspect) -> Shape:
    """Return the shape before it was flattened: that of what is read, or of what that reads."""
    name = suspect.layer.reads[0]
    network = suspect.network
    while name in network.places and len(network.shape(name)) == 1:
        before = network.layer(name)
        if (
            len(before.reads) != 1
            or before.op.parameters
            or before.size != int(np.prod(network.shape(before.reads[0])))
        ):
            break
        name = before.reads[0]
    return network.shape(name)


def padding(suspect: Suspect) -> Iterator[Candidate]:
    """Pad windows otherwise: at the other end, by other numbers, counted or not, rounded up."""
    op = suspect.layer.op
    if not op.WINDOWED:
        return
    for key, words in (("count_padding", "padding counts"), ("ceil", "a last window reaches over")):
        if hasattr(op, key):
            now = bool(getattr(op, key))
            made = _with(op, **{key: not now})
            if made is not None:
                where = f"in {suspect.mine} alone" if now else f"in {suspect.other} alone"
                yield suspect.candidate("padding", f"{words} {where}", by_op(made))
    partner = suspect.partner
    if partner is not None and partner.kind == suspect.layer.kind:
        keys = ("padding", "stride", "dilation")
        given = {key: getattr(partner.op, key) for key in keys if hasattr(partner.op, key)}
        made = _with(op, **given)
        changed = [key for key, value in given.items() if value != getattr(op, key)]
        if made is not None and changed:
            said = ", ".join(
                f"{key} {given[key]} in {suspect.other}, {getattr(op, key)} in {suspect.mine}"
                for key in changed
            )
            yield suspect.candidate("padding", said, by_op(made))
    if hasattr(op, "output_padding"):  # of a transposed convolution, windows are laid out
        return
    x = as_channels(suspect.reads[0], getattr(op, "dimensions", None))
    windows = _windows(op, x.ndim - 2)
    bare = _with(op, padding=0)
    if windows is None or bare is None:
        return
    least = -np.inf if "max" in op.KIND else 0.0
    counted = _with(bare, count_padding=True) if hasattr(op, "count_padding") else bare
    pads = {(b, a) for b in range(_most(windows) + 1) for a in range(_most(windows) + 1)}
    own = (windows.before, windows.after)
    for before, after in sorted(pads, key=lambda pad: (abs(pad[0] - pad[1]), sum(pad))):
        ends = ((before,) * (x.ndim - 2), (after,) * (x.ndim - 2))
        if ends == own:
            continue
        mine = f"{own[0][0]} and {own[1][0]} in {suspect.mine}"
        detail = f"padding {before} before and {after} behind in {suspect.other}, {mine}"
        if counted is not None:
            yield suspect.candidate("padding", detail, _padded(counted, *ends, fill=least))
    if any(map(any, own)) and counted is not None:
        for mode in ("edge", "reflect"):
            both = f"in {suspect.other}, it is zeros in {suspect.mine}"
            detail = f"padding repeats what is near ({mode}) {both}"
            yield suspect.candidate("padding", detail, _padded(counted, *own, mode=mode))


def _most(windows: Windows) -> int:
    return min(4, max(*windows.kernel, *windows.before, *windows.after))


def _windows(op: Op, inner: int) -> Windows | None:
    found = getattr(op, "windows", None)
    try:
        return found if isinstance(found, Windows) else cast(Any, found)(inner)
    except (TypeError, NntraceError):
        return None


def _with(op: Op, **keys: Any) -> Op | None:
    try:
        return cast(Op, replace(cast(Any, op), **keys))
    except NntraceError:
        return None


def _padded(
    op: Op, before: Shape, after: Shape, fill: float = 0.0, mode: str = "constant"
) -> Change:
    """Return the change to an op without padding, of what is padded first."""

    def z(reads: Sequence[Array], z: Array) -> Array:
        x = as_channels(reads[0], getattr(op, "dimensions", None))
        ends = [(0, 0), (0, 0), *zip(before, after, strict=True)]
        known: dict[str, Any] = {"constant_values": fill} if mode == "constant" else {}
        wide = np.pad(x, ends, mode=cast(Any, mode), **known)
        out = np.empty((len(z), *op.shape(wide.shape[1:])), z.dtype)
        op.run((wide,), out, False)
        return out

    return Change(z=z)


def swapped_layers(suspect: Suspect) -> Iterator[Candidate]:
    """Let a layer and the only one that reads it change places, or their activations alone."""
    layer, network = suspect.layer, suspect.network
    readers = [each for each in network.layers if layer.name in each.reads]
    if len(readers) != 1 or readers[0].reads != (layer.name,):
        return
    other = readers[0]
    if layer.activation != other.activation and layer.shape == other.shape:
        changes = {
            layer.name: by_activation(layer, other.activation),
            other.name: by_activation(other, layer.activation),
        }
        detail = f"the activations of {layer.name} and {other.name} change places"
        yield Candidate("swapped_layers", layer.name, detail, changes)
    if len(layer.reads) != 1:
        return
    changes = {layer.name: _as(layer, other), other.name: _as(other, layer)}
    detail = f"{other.name} comes before {layer.name}"
    yield Candidate("swapped_layers", layer.name, f"{detail} in {suspect.other}", changes)
    ops = {layer.name: by_op(other.op), other.name: by_op(layer.op)}
    if layer.activation != other.activation:
        words = f"{detail} in {suspect.other}, the activations stay where they are"
        yield Candidate("swapped_layers", layer.name, words, ops)


def _as(layer: Layer, other: Layer) -> Change:
    """Return the change by which a layer does what another one does."""
    return Change(by_op(other.op).z, by_activation(layer, other.activation).a)
