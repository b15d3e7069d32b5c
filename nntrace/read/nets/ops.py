"""Layers that are not dense: whether their keys and arrays fit what they read, and the op made.

What keys and arrays say of one length is held against each other in the order of the file: the
first is taken to be right, as with a dense layer. Where what is read is not known, since something
is wrong above, the rest is looked at all the same.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache, cached_property
from inspect import signature
from math import prod
from typing import Any

import numpy as np

from nntrace.core.activations import IDENTITY
from nntrace.core.arrays import Array
from nntrace.core.layer import Layer, label_twice
from nntrace.core.numerics.initial import draw
from nntrace.core.op import Field, Op, Shape, times
from nntrace.core.ops import find_kind
from nntrace.core.ops.channels import DIMENSIONS
from nntrace.errors import NetworkError, Path, plural, spell
from nntrace.read.arrays.weights import Sources, Stored
from nntrace.read.nets.axes import Axis, Lengths, bound, shape_in_words, spelled, wanted
from nntrace.read.nets.composites import Spelt
from nntrace.read.nets.counts import Count, product
from nntrace.read.nets.plans import (
    LayerPlan,
    Reads,
    read_activation,
    report_at,
    reports_count,
    within_memory,
)
from nntrace.read.yaml.grammar import INVALID, Reading
from nntrace.records import NamedTuple
from nntrace.words import cropped

_GUESSED = "; dimensions: 1 makes what it reads channels × length"


class _Given(NamedTuple):
    """An array of a layer, as the file gives it: written, stored, drawn or left out (None)."""

    field: Field
    axes: tuple[Axis, ...]
    path: Path
    written: Any = None
    stored: Stored | None = None

    @property
    def shape(self) -> Shape | None:
        """Its shape, where it tells one."""
        if self.stored:
            shape, count = self.stored.shape, prod(self.stored.shape)
            row = len(self.axes) == 1 and max(shape, default=1) == count  # or a column
            return (count,) if row else shape
        return np.shape(self.written) if isinstance(self.written, list | np.ndarray) else None

    @property
    def called(self) -> str:
        """The tensor's name and a blank, where the path does not say which array is meant."""
        return self.stored.called if self.stored else ""

    @property
    def drawn(self) -> bool:
        """Whether its numbers are random."""
        return isinstance(self.written, dict) and "random" in self.written

    @property
    def there(self) -> bool:
        """Whether it could be read, or may be left out."""
        if self.written is None:
            return self.stored is not None or self.field.fill is not None
        if isinstance(self.written, dict):
            return self.drawn or self.stored is not None
        return self.written is not INVALID and not (
            isinstance(self.written, list) and INVALID in self.written
        )


def plan_op(reading: Reading, sources: Sources, spelt: Spelt, reads: Reads) -> LayerPlan:
    """Check a layer that is not dense, which is made later."""
    return _OpPlan(reading, sources, spelt, reads).plan()


@dataclass
class _OpPlan:
    """What is needed to check one layer."""

    reading: Reading
    sources: Sources
    spelt: Spelt
    reads: Reads

    def __post_init__(self) -> None:
        self.path, self.declared = self.spelt.path, self.spelt.declared
        self.name = self.spelt.name or spell(self.path)
        self.kind = find_kind(self.declared["kind"])
        if reports_count(self.reading, self.name, self.kind, self.reads):
            self.reads = self.reads.unknown()

    def plan(self) -> LayerPlan:
        """Report what is wrong, and plan what can be known."""
        declared, labels = self.declared, self.declared.get("labels")
        activation, _ = read_activation(self.reading, self.path, declared.get("activation"))
        for index, message in label_twice(labels or (), self.name):
            self.reading.report((*self.path, "labels", index), message)
        plan = LayerPlan(self.spelt.name, activation=activation, labels=labels)
        shapes, fits = self._shapes()
        if shapes is None:
            return plan
        try:
            op = self._op({name: _ghost(shape, self.reading) for name, shape in shapes.items()})
            if self.reads.shapes is None:
                return plan
            row = op.shape(*self.reads.shapes)
        except NetworkError as error:
            self._report(error)
            return plan
        size = Count(self.path, prod(row), f"gives {times(row)}", f"{self.name} ")
        plan = plan._replace(size=size, shape=row, channels=self.reads.channels(op, row))
        layer = Layer(self.name, op, activation or IDENTITY, tuple(labels) if labels else None)
        try:
            self.reads.found(layer)
        except NetworkError as error:  # labels, or what the activation takes
            report_at(self.reading, self.path, error)
            return plan
        if not fits or activation is None or labels is INVALID:
            return plan
        draws = [
            Count(each.path, prod(shape), f"takes {product(shape)} numbers")
            for each in self.arrays
            if each.drawn and (shape := shapes[each.field.name])
        ]
        return plan._replace(draws=tuple(draws), make=lambda: self._make(layer, shapes))

    def _shapes(self) -> tuple[dict[str, Shape] | None, bool]:
        """Return what shape each array has to have, None where that cannot be told of all, and
        whether they have them."""
        arrays = self.arrays  # all of them are asked for, whatever else is wrong
        unread = [
            field
            for field in self.kind.FIELDS
            if field.takes != "array" and self.declared.get(field.name) is INVALID
        ]
        if any(field is DIMENSIONS or field.choices for field in unread):
            return None, False  # how many axes there are hangs on these
        told = self._lengths()
        lengths = told or {}
        fits, sure = self._all_fit(lengths)
        if unread or told is None or not sure:
            return None, False
        self._fill_tables(lengths)
        shapes = {each.field.name: wanted(each.axes, lengths) for each in arrays}
        if unknown := [each for each in arrays if shapes[each.field.name] is None]:
            self._report_untold(unknown, lengths)
            return None, False
        there = all(each.there for each in arrays)
        return {name: shape or () for name, shape in shapes.items()}, fits and there

    @cached_property
    def keys(self) -> dict[str, Any]:
        """The keys of the kind that could be read, apart from its arrays."""
        keys = {
            field.name: value
            for field in self.kind.FIELDS
            if field.takes != "array"
            and (value := self.declared.get(field.name, INVALID)) is not INVALID
        }
        return {**keys, "dimensions": 2} if self.guessed else keys

    @property
    def guessed(self) -> bool:
        """Whether what is read is an input of height × width, which is taken as one channel."""
        has = DIMENSIONS in self.kind.FIELDS
        return has and "dimensions" not in self.declared and self.reads.picture

    @cached_property
    def arrays(self) -> list[_Given]:
        """The arrays of the layer, those left out too; what cannot be had has been reported."""
        fields = [field for field in self.kind.FIELDS if field.takes == "array"]
        written = {field.name: self.declared.get(field.name) for field in fields}
        by_name = all(value is None for value in written.values())
        arrays = []
        for field in fields:
            value, stored = written[field.name], None
            path = (*self.path, field.name)
            names = self.kind.tensors(field, self.declared)
            if isinstance(value, dict) and "file" in value:
                stored = self.sources.named(path, value)
            elif by_name:
                required = field.fill is None
                stored = self.sources.by_name(self.spelt.tensors, names, required)
            else:
                self.sources.has_own(self.spelt.tensors, names)
            axes = tuple(map(Axis.of, self.kind.axes(field, self.declared)))
            each = _Given(field, axes, stored.path if stored else path, value, stored)
            arrays.append(each)
            absent = value is None and field.fill is None
            if absent and (not by_name or self.sources.without_common):
                told = f"{field.name} is missing: numbers, {{file: …}} or {{random: …}}"
                self.reading.report(self.path, told)
        return arrays

    def _lengths(self) -> Lengths | None:
        """Return how long axes of arrays are, as far as what is read tells; None after a report."""
        counts = {
            field.name: self.keys.get(field.name, field.default)
            for field in self.kind.FIELDS
            if field.takes == "count"
            and field.default is not None
            and self.declared.get(field.name) is not INVALID
        }
        try:
            return counts | self.kind.lengths(self.reads.shapes or (), self.keys)
        except NetworkError as error:
            self._report(error)
            return None

    def _all_fit(self, lengths: Lengths) -> tuple[bool, bool]:
        """Tell whether all that is said of lengths fits, and whether the shape is sure even so.

        What is told of axes not known is added to `lengths`.
        """
        axes = {axis.name: axis for each in self.arrays for axis in each.axes}
        tellers: list[tuple[Path, str | _Given]] = [
            ((*self.path, key), key) for key in self.keys if key in axes
        ]
        tellers += [(each.path, each) for each in self.arrays if each.shape is not None]
        tellers.sort(key=lambda teller: self.reading.place(teller[0]))
        fits, sure, by = True, True, dict.fromkeys(lengths, "what it reads")
        for path, teller in tellers:
            if isinstance(teller, str):
                found, told = self._of_key(axes[teller], lengths), f"its {teller}"
                if found is None:
                    takes = f"{cropped(self.name)} takes {_length(lengths[teller])}"
                    said = _length(self.keys[teller])
                    self.reading.report(path, f"is {said}, {takes} ({by[teller]})")
            else:
                found = bound(teller.axes, teller.shape or (), lengths)
                called = teller.called or f"{teller.field.name} "
                told = f"{called}{shape_in_words(teller.shape or ())}"
                if found is None:
                    self._report_shape(teller, lengths)
            if found is None:
                fits, sure = False, sure and not isinstance(teller, str) and len(teller.axes) == 1
                continue
            for name, length in found.items():
                if lengths.get(name) != length:
                    lengths[name], by[name] = length, told
        return fits, sure

    def _fill_tables(self, lengths: Lengths) -> None:
        """Give tables whose length nothing tells as many rows as are needed; report too few."""
        for name, least in self.reads.least.items():
            rows = lengths.setdefault(name, least)
            if name == "tokens" and isinstance(rows, int) and rows < least:
                [table] = (each for each in self.arrays if each.axes[0].name == name)
                message = f"has {plural(rows, 'row')}, takes {least}: one a character"
                self.reading.report(table.path, f"{table.called}{message}")

    def _of_key(self, axis: Axis, lengths: Lengths) -> Lengths | None:
        """Return what a key tells of an axis of its name; None where it does not fit."""
        value, known = self.keys[axis.name], lengths.get(axis.name)
        if axis.several and not isinstance(value, tuple):
            if not isinstance(known, tuple):
                return {}  # of how many dimensions, what is read has not told
            value = (value,) * len(known)
        return Axis(axis.name, axis.name, several=axis.several).tells(value, lengths)

    def _report_shape(self, given: _Given, lengths: Lengths) -> None:
        """Report an array of a shape that does not fit."""
        shape, stored, hint = given.shape or (), given.stored, ""
        if stored and len(shape) > 1:
            other = stored._replace(transpose=not stored.transpose)
            if bound(given.axes, other.shape, lengths) is not None:
                hint = f"; transpose: {'false' if stored.transpose else 'true'} would fit"
        if self.guessed and given.axes[-1].several and len(shape) == len(given.axes):
            hint = _GUESSED
        for key, choice in ((each.name, one) for each in self.kind.FIELDS for one in each.choices):
            other_axes = tuple(map(Axis.of, self.kind.axes(given.field, {key: choice})))
            if not hint and bound(other_axes, shape, lengths) is not None:
                hint = f"; {key}: {choice} would fit"
        takes = f"{cropped(self.name)} takes {spelled(given.axes, lengths)}"
        self.reading.report(given.path, f"{given.called}{shape_in_words(shape)}, {takes}{hint}")

    def _report_untold(self, unknown: list[_Given], lengths: Lengths) -> None:
        """Report lengths that nothing tells."""
        if self.reads.shapes is None or not all(each.there for each in self.arrays):
            return
        keys = {field.name for field in self.kind.FIELDS}
        for each in unknown:
            axis = next(axis for axis in each.axes if wanted([axis], lengths) is None)
            if axis.name in keys:
                self.reading.report(self.path, f"{axis.name} is missing: no weights tell it")
            else:
                takes = "takes numbers or {file: …}: random ones do not tell how many"
                self.reading.report(each.path, f"{takes} {axis.name} there are")

    def _report(self, error: NetworkError) -> None:
        """Report what does not fit; what has no key of its own at what the layer reads."""
        for problem in error.problems:
            message, path = problem.message, self.reads.path
            if problem.path:
                key, *index = problem.path
                path = (*self.path, *problem.path)
                teller = self._teller(str(key))
                if teller and (teller.stored or key not in self.declared):
                    path = teller.path
                    message = f"its number {index} {message}" if index else message
                    colon = ":" if index and teller.called else ""
                    message = f"{teller.called.rstrip()}{colon} {message}".lstrip()
                value = self.keys.get(str(key))
                if self.guessed and isinstance(value, tuple) and len(value) == 1:
                    message += _GUESSED
            elif self.reads.tokens:
                message = "reads tokens, takes numbers: an embedding makes a row of them of each"
            self.reading.report(path, message)

    def _teller(self, key: str) -> _Given | None:
        """Return the array of a key, or the first that has an axis of its name."""
        own = (each for each in self.arrays if each.field.name == key)
        others = (each for each in self.arrays if any(axis.name == key for axis in each.axes))
        return next(own, None) or next(others, None)

    def _op(self, arrays: dict[str, Array]) -> Op:
        own = _takes(self.kind)
        return self.kind(**{key: each for key, each in self.keys.items() if key in own}, **arrays)

    def _make(self, layer: Layer, shapes: dict[str, Shape]) -> Layer | None:
        """Make the layer with its numbers; None where something was reported."""
        held: dict[str, Array] = {}
        matrix = next((shape for shape in shapes.values() if len(shape) > 1), (1, 1))
        for each in self.arrays:
            shape = shapes[each.field.name]
            with within_memory(self.reading, each.path, shape):
                values = self._values(each, shape, matrix)
                if values is not None:
                    held[each.field.name] = values
        if held.keys() != shapes.keys():
            return None
        try:
            return self.reads.found(replace(layer, op=self._op(held)))
        except NetworkError as error:
            # a fault in a weights file is told at what names the file
            sound = [self.sources.finite(each.stored) for each in self.arrays]
            if all(sound):
                self._report(error)
        return None

    def _values(self, given: _Given, shape: Shape, matrix: Shape) -> Array | None:
        """Return an array in the net's dtype; None where something was reported.

        `matrix` is the shape of the layer's weights: how many they are decides how large random
        numbers are, counted as PyTorch does (torch.nn.init.calculate_gain and what is beside it).
        """
        reading = self.reading
        if given.stored:
            return self.sources.load(given.stored, shape)
        if reading.problems and (given.drawn or given.written is None):
            return _ghost(shape, reading)  # nothing will come of it, so that numbers are idle
        if given.drawn:
            fan_in, fan_out = prod(matrix[1:]), matrix[0] * prod(matrix[2:])
            written, seed = given.written["random"], given.written.get("seed", 0)
            return draw(written, shape, fan_in, fan_out, seed, reading.dtype)
        if given.written is not None:
            return np.asarray(given.written, reading.dtype)
        return np.full(shape, given.field.fill, reading.dtype)


@cache
def _takes(kind: type[Op]) -> frozenset[str]:
    """Return what an op of a kind is made of."""
    return frozenset(signature(kind).parameters)


def _length(length: Any) -> str:
    return times([each or 0 for each in length]) if isinstance(length, tuple) else str(length)


def _ghost(shape: Shape, reading: Reading) -> Array:
    """Return ones of a shape that take no memory."""
    ghost: Array = np.broadcast_to(np.ones((), reading.dtype), shape)
    return ghost
