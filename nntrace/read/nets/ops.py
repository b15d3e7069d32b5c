"""Layers that are not dense: whether their keys and arrays fit what they read, and the op made."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from inspect import signature
from math import prod
from typing import Any, NamedTuple

import numpy as np

from nntrace.core.arrays import Array
from nntrace.core.layer import Layer
from nntrace.core.numerics.initial import draw
from nntrace.core.op import Field, Op, Shape, times
from nntrace.core.ops import find
from nntrace.errors import NetworkError, Path, plural, spell
from nntrace.read.arrays.weights import Sources, Stored
from nntrace.read.nets.composites import Spelt
from nntrace.read.nets.counts import Count
from nntrace.read.nets.plans import LayerPlan, Reads, read_activation, report_at, within_memory
from nntrace.read.yaml.grammar import INVALID, Reading
from nntrace.words import cropped


class _Given(NamedTuple):
    """An array of a layer, as the file gives it: written, stored, drawn or left out (None)."""

    field: Field
    axes: tuple[str, ...]
    path: Path
    written: Any = None
    stored: Stored | None = None

    @property
    def shape(self) -> Shape | None:
        """Its shape, where it tells one."""
        if self.stored:
            return self.stored.shape
        return np.shape(self.written) if isinstance(self.written, list | np.ndarray) else None

    @property
    def called(self) -> str:
        """The tensor's name and a blank, where the path does not say which array is meant."""
        return self.stored.called if self.stored else ""


def plan_op(reading: Reading, sources: Sources, spelt: Spelt, reads: Reads) -> LayerPlan:
    """Check a layer that is not dense, which is made later."""
    path, declared = spelt.path, spelt.declared
    kind = find(declared["kind"])
    name = spelt.name or spell(path)
    activation, _ = read_activation(reading, path, declared.get("activation"))
    unread = LayerPlan(spelt.name, activation=activation, labels=declared.get("labels"))
    least, most = kind.READS
    count = len(reads.sources)
    if count < least or (most is not None and count > most):
        takes = f"{least} or more" if most is None else str(most)
        told = f"{cropped(name)} reads {plural(count, 'layer')}, {kind.KIND} takes {takes}"
        reading.report(reads.path, told)
        return unread
    arrays = _arrays(reading, sources, spelt, kind)
    if arrays is None or reads.shapes is None or any(key is INVALID for key in declared.values()):
        return unread
    keys = _keys(kind, declared, reads)
    lengths = _lengths(reading, path, kind, keys, reads)
    if lengths is None or not _all_fit(reading, name, arrays, keys, lengths):
        return unread
    if (tokens := reads.sources[0].tokens) is not None:
        lengths.setdefault("tokens", tokens)
    wanted = {each.field.name: _wanted(each.axes, lengths) for each in arrays}
    missing = [each for each in arrays if wanted[each.field.name] is None]
    for each in missing:
        names = (axis.removesuffix("…") for axis in each.axes)
        axis = next(name for name in names if name not in lengths)
        known = {field.name for field in kind.FIELDS}
        told = f"{axis} is missing: " if axis in known else f"{each.field.name}: "
        reading.report(path, told + "no weights tell it")
    own = signature(kind).parameters
    kept = {key: value for key, value in keys.items() if key in own}
    if missing:
        return unread
    ghosts = {key: _ghost(shape or (), reading.dtype) for key, shape in wanted.items()}
    try:
        op = kind(**kept, **ghosts)
        row = op.shape(*reads.shapes)
    except NetworkError as error:
        _report(reading, path, reads, error)
        return unread
    size = Count(path, prod(row), f"gives {times(row)}", f"{name} ")
    draws = [
        Count((*path, each.field.name), prod(shape), f"takes {times(shape)} numbers")
        for each in arrays
        if _drawn(each.written) and (shape := wanted[each.field.name])
    ]

    matrix = next((shape for shape in wanted.values() if shape and len(shape) > 1), (1, 1))

    def make() -> Layer | None:
        held = {}
        for each in arrays:
            shape = wanted[each.field.name] or ()
            with within_memory(reading, each.path, shape):
                held[each.field.name] = _values(reading, sources, each, shape, matrix)
        if activation is None or any(held.get(each.field.name) is None for each in arrays):
            return None
        labels = tuple(declared["labels"]) if declared.get("labels") else None
        try:
            return reads.found(Layer(name, kind(**kept, **held), activation, labels))
        except NetworkError as error:
            # a fault in a weights file is told at what names the file
            if sum(not sources.finite(each.stored) for each in arrays) == 0:
                report_at(reading, path, error)
        return None

    return LayerPlan(
        spelt.name,
        size,
        activation,
        declared.get("labels"),
        tuple(draws),
        make,
        row,
        reads.channels(op, row),
    )


def _keys(kind: type[Op], declared: Mapping[str, Any], reads: Reads) -> dict[str, Any]:
    """Return the keys of the kind that are given, apart from its arrays."""
    keys = {
        field.name: declared[field.name]
        for field in kind.FIELDS
        if field.takes != "array" and field.name in declared
    }
    has = any(field.name == "dimensions" for field in kind.FIELDS)
    if has and "dimensions" not in keys and _one_channel(reads):
        keys["dimensions"] = 2
    return keys


def _arrays(
    reading: Reading, sources: Sources, spelt: Spelt, kind: type[Op]
) -> list[_Given] | None:
    """Return the arrays of a layer that are given, and those left out; None after a report."""
    wanted = [field for field in kind.FIELDS if field.takes == "array"]
    written = {field.name: spelt.declared.get(field.name) for field in wanted}
    by_name = all(value is None for value in written.values())
    arrays, found = [], True
    for field in wanted:
        value, stored = written[field.name], None
        path = (*spelt.path, field.name)
        names = kind.tensors(field, spelt.declared)
        if isinstance(value, dict) and "file" in value:
            stored = sources.named(path, value)
            found &= stored is not None
        elif by_name:
            stored = sources.by_name(spelt.tensors, names, required=field.fill is None)
        axes = kind.axes(field, spelt.declared)
        arrays.append(_Given(field, axes, stored.path if stored else path, value, stored))
        if value is None and stored is None and field.fill is None:
            if not by_name or sources.without_common:
                told = f"{field.name} is missing: numbers, {{file: …}} or {{random: …}}"
                reading.report(spelt.path, told)
            found = False
    return arrays if found else None


def _lengths(
    reading: Reading, path: Path, kind: type[Op], keys: Mapping[str, Any], reads: Reads
) -> dict[str, int | Shape] | None:
    """Return how long the axes of arrays are, as far as keys and what is read tell."""
    counts = {
        field.name: keys[field.name]
        for field in kind.FIELDS
        if field.takes == "count" and field.name in keys
    }
    try:
        told = kind.lengths(reads.shapes or (), keys)
        return {**counts, **{axis.removesuffix("…"): length for axis, length in told.items()}}
    except NetworkError as error:
        _report(reading, path, reads, error)
        return None


def _report(reading: Reading, path: Path, reads: Reads, error: NetworkError) -> None:
    """Report what does not fit; what has no key of its own at what the layer reads."""
    for problem in error.problems:
        where = (*path, *problem.path) if problem.path else reads.path
        guessed = problem.message.endswith("one a dimension") and _one_channel(reads)
        hint = "; dimensions: 1 makes what it reads channels × length" if guessed else ""
        reading.report(where, problem.message + hint)


def _one_channel(reads: Reads) -> bool:
    """Whether what is read is an input of height × width, which is one channel."""
    [first, *_] = reads.sources
    return first.name == "input" and len(first.shape or ()) == 2


def _all_fit(
    reading: Reading,
    name: str,
    arrays: Sequence[_Given],
    keys: Mapping[str, Any],
    lengths: dict[str, int | Shape],
) -> bool:
    """Check the shape of each array; what it tells of axes not known is added to `lengths`."""
    fits = True
    for each in arrays:
        if (shape := each.shape) is None:
            continue
        if not _bind(each.axes, shape, lengths):
            takes = _spelled(each.axes, lengths)
            found = times(shape) if len(shape) > 1 else plural(prod(shape), "number")
            verb = "is" if len(shape) > 1 else "has"
            message = f"{each.called}{verb} {found}, {cropped(name)} takes {takes}"
            reading.report(each.path, message)
            fits = False
    for axis, length in [*lengths.items()]:
        whole, _, parts = axis.partition(" / ")  # so many parts, which are a key
        if parts and isinstance(length, int):
            lengths.setdefault(whole, length * keys.get(parts, 1))
    return fits


def _bind(axes: Sequence[str], shape: Shape, lengths: dict[str, int | Shape]) -> bool:
    """Tell whether a shape fits named axes, and note the lengths of those not known yet."""
    several = [at for at, axis in enumerate(axes) if axis.endswith("…")]
    spare = len(shape) - len(axes) + 1
    if 0 in shape or (spare < 0 if several else spare != 1):
        return False
    at = 0
    parts: dict[str, int | Shape] = {}
    for axis in axes:
        named = axis.removesuffix("…")
        part: int | Shape
        part, at = (shape[at : at + spare], at + spare) if axis != named else (shape[at], at + 1)
        if lengths.get(named, part) != part or parts.get(named, part) != part:
            return False
        parts[named] = part
    lengths.update(parts)
    return True


def _wanted(axes: Sequence[str], lengths: Mapping[str, int | Shape]) -> Shape | None:
    """Return the shape that an array has to have; None where an axis is not known."""
    shape: list[int] = []
    for axis in axes:
        length = lengths.get(axis.removesuffix("…"))
        if length is None:
            return None
        shape += [length] if isinstance(length, int) else length
    return tuple(shape)


def _spelled(axes: Sequence[str], lengths: Mapping[str, int | Shape]) -> str:
    """Say what shape would fit: `8 × 3 × 3 × 3 (channels × in / groups × kernel…)`."""
    parts = []
    for axis in axes:
        length = lengths.get(axis.removesuffix("…"))
        parts.append(axis if length is None else str(length))
        if isinstance(length, tuple):
            parts[-1] = times(length)
    told, names = " × ".join(parts), " × ".join(axes)
    return told if told == names else f"{told} ({names})"


def _drawn(written: Any) -> bool:
    return isinstance(written, dict) and "random" in written


def _ghost(shape: Shape, dtype: str) -> Array:
    """Return zeros of a shape that take no memory."""
    ghost: Array = np.broadcast_to(np.zeros((), dtype), shape)
    return ghost


def _values(
    reading: Reading, sources: Sources, given: _Given, shape: Shape, matrix: Shape
) -> Array | None:
    """Return an array in the net's dtype; None where something was reported.

    `matrix` is the shape of the layer's weights: how many they are decides how large random numbers
    are, counted as PyTorch does (torch.nn.init.calculate_gain and what is beside it).
    """
    if given.stored:
        return sources.load(given.stored, shape)
    if _drawn(given.written):
        if reading.problems:  # nothing will come of it, so that drawing numbers is idle
            return None
        fan_in, fan_out = prod(matrix[1:]), matrix[0] * prod(matrix[2:])
        written, seed = given.written["random"], given.written.get("seed", 0)
        return draw(written, shape, fan_in, fan_out, seed, reading.dtype)
    if given.written is not None:
        return np.asarray(given.written, reading.dtype)
    return np.full(shape, given.field.fill, reading.dtype)
