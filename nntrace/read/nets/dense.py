"""Dense layers of a net file: whether weights, bias and size fit, and the layer made of them."""

from __future__ import annotations

from functools import partial
from math import prod
from typing import Any

import numpy as np

from nntrace.core.arrays import Array
from nntrace.core.layer import Layer, label_twice
from nntrace.core.numerics.initial import draw
from nntrace.core.op import Channels, Shape, times
from nntrace.core.ops.dense import Dense
from nntrace.errors import NetworkError, Path, plural, spell
from nntrace.read.arrays.weights import Sources, Stored
from nntrace.read.nets.composites import Spelt
from nntrace.read.nets.counts import (
    Count,
    agree,
    labels_count,
    numbers,
    numbers_count,
    product,
    size_count,
)
from nntrace.read.nets.plans import LayerPlan, Reads, read_activation, report_at, within_memory
from nntrace.read.yaml.grammar import INVALID, Reading
from nntrace.words import cropped


def plan_dense(reading: Reading, sources: Sources, spelt: Spelt, reads: Reads) -> LayerPlan:
    """Check a dense layer, which is made later."""
    path, declared = spelt.path, spelt.declared
    name, before = spelt.name or spell(path), reads.called
    last = declared.get("axis") == "last"
    fan_in = reads.fan_in(last)
    weights, bias, labels = (declared.get(key) for key in ("weights", "bias", "labels"))
    stored = sources.weights(path, weights, spelt.tensors)
    stored_bias = sources.bias(path, weights, bias, spelt.tensors)
    activation, counts = read_activation(reading, path, declared.get("activation"))
    if spelt.square and fan_in:
        counts.append(fan_in)
    if size := declared.get("size"):
        counts.append(size_count((*path, "size"), size))
    if labels:
        counts.append(labels_count((*path, "labels"), labels))
    if isinstance(weights, list):
        words = f"has {plural(len(weights), 'row')}"
        counts.append(Count((*path, "weights"), len(weights), words))
    if isinstance(bias, list):
        counts.append(numbers_count((*path, "bias"), bias))

    fits = not isinstance(weights, list) or _rows_fit(
        reading, sources, path, weights, name, before, fan_in
    )
    if stored:
        fits = _matrix_fits(reading, sources, stored, name, before, fan_in)
        if fits and spelt.square and fan_in and stored.shape[0] != fan_in.size:
            takes = f"{name} takes {product((fan_in.size, fan_in.size))} (the size of {before})"
            reading.report(stored.path, f"{stored.called}is {product(stored.shape)}, {takes}")
            fits = False
        if fits:
            words = f"has {plural(stored.shape[0], 'row')}"
            counts.append(Count(stored.path, stored.shape[0], words, stored.called))
    if stored_bias:
        count = prod(stored_bias.shape)
        if max(stored_bias.shape, default=1) == count > 0:  # a vector, a row or a column
            words = f"has {numbers(count)}"
            counts.append(Count(stored_bias.path, count, words, stored_bias.called))
        else:
            found = f"{stored_bias.called}is {product(stored_bias.shape)}"
            reading.report(stored_bias.path, f"{found}, {name} takes one number a neuron")
            fits = False
    told = agree(reading, counts, name)
    for index, message in label_twice(labels or (), name):
        reading.report((*path, "labels", index), message)
    _report_missing(reading, sources, path, declared, bool(counts or spelt.square))
    if reads.tokens:
        takes = "takes numbers: an embedding makes a row of them of each"
        reading.report(reads.path, f"{name} reads tokens, {takes}")

    from_file = weights is None or (isinstance(weights, dict) and "file" in weights)
    lost = (from_file and not stored) or (bias and "file" in bias and not stored_bias)
    unread = INVALID in declared.values() or _partly_unread(weights) or _partly_unread(bias)
    broken = unread or activation is None or lost
    size = fan_in if spelt.square else told
    row = _row(size, reads, last)
    channels: Channels = "last" if last and row and row[1:] else None
    if size and last:
        size = Count(size.path, prod(row), f"gives {times(row)}", size.called) if row else None
    plan = LayerPlan(spelt.name, size, activation, labels, shape=row, channels=channels)
    if broken or not fits or told is None or fan_in is None or row is None:
        return plan
    shape = (told.size, fan_in.size)
    if last and len({each[:-1] for each in reads.shapes or ()}) > 1:
        each = " and ".join(map(times, reads.shapes or ()))
        reading.report(reads.path, f"{name} reads {each}: positions of different shapes")
        return plan._replace(size=None, shape=None)
    draws = [
        Count((*path, key), prod(each), f"takes {product(each)} numbers")
        for key, each in (("weights", shape), ("bias", shape[:1]))
        if isinstance(declared.get(key), dict) and "random" in declared[key]
    ]

    def make() -> Layer | None:
        with within_memory(reading, stored.path if stored else (*path, "weights"), shape):
            matrix = _values(reading, sources, weights, stored, shape, shape)
            vector = _values(reading, sources, bias, stored_bias, shape[:1], shape)
            if matrix is None or vector is None:
                return None
            assert activation is not None
            named = tuple(labels) if labels else None
            try:
                op = Dense(matrix, vector, "last" if last else "all")
                return Layer(name, op, activation, named, reads.names, row, channels)
            except NetworkError as error:
                # a fault in a weights file is told at what names the file
                if all([sources.finite(stored), sources.finite(stored_bias)]):
                    report_at(reading, path, error)
        return None

    return plan._replace(draws=tuple(draws), make=make)


def _row(size: Count | None, reads: Reads, last: bool) -> Shape | None:
    """Return the shape of a row of so many neurons, at each position perhaps; None if not known."""
    if size is None or not last:
        return (size.size,) if size else None
    return (*reads.shapes[0][:-1], size.size) if reads.shapes else None


def _report_missing(
    reading: Reading, sources: Sources, path: Path, declared: dict[str, Any], size_told: bool
) -> None:
    """Report a layer that has no weights, or whose size nothing tells."""
    weights = declared.get("weights")
    if weights is None and sources.without_common:
        reading.report(path, "weights is missing: rows of numbers, {file: …} or {random: …}")
    random = isinstance(weights, dict) and "random" in weights
    if random and not size_told and INVALID not in declared.values():
        reading.report(path, "size is missing: random weights do not tell it")


def _rows_fit(
    reading: Reading,
    sources: Sources,
    path: Path,
    weights: list[Any],
    name: str,
    before: str,
    fan_in: Count | None,
) -> bool:
    """Check the length of each row of weights that are written in the file."""
    lengths = [None if row is INVALID else len(row) for row in weights]
    expected = fan_in.size if fan_in else next((n for n in lengths if n is not None), 0)
    why = f"{cropped(name)} takes {expected} (the size of {cropped(before)})"
    if fan_in is None:
        why = f"the first row has {expected}"
    wrong = [index for index, length in enumerate(lengths) if length not in (None, expected)]
    path = (*path, "weights")
    if not wrong:
        if len(weights) == expected > 1 and not _partly_unread(weights):
            written = partial(np.array, weights)
            sources.orientations.square(None, path, "", expected, written)
        return True
    found = len(weights[wrong[0]])
    alike = all(length == found for length in lengths)
    if alike and fan_in and reading.place(fan_in.path) > reading.place(path):
        message = (
            f"{fan_in.called}{fan_in.words}, but the rows of {spell(path)} have {numbers(found)}"
        )
        reading.report(fan_in.path, message)
    elif alike and len(weights) > 1:
        turned = ": are the weights transposed?" if len(weights) == expected else ""
        if turned:
            sources.orientations.turned(None, path, "")
        message = f"has {numbers(found)}, {why}; so has every row{turned}"
        reading.report((*path, 0), message)
    else:
        for index in wrong:
            reading.report((*path, index), f"has {numbers(len(weights[index]))}, {why}")
    return False


def _partly_unread(values: Any) -> bool:
    """Whether some of a list could not be read."""
    if not isinstance(values, list):
        return False
    return any(each is INVALID or (isinstance(each, list) and INVALID in each) for each in values)


def _matrix_fits(
    reading: Reading,
    sources: Sources,
    stored: Stored,
    name: str,
    before: str,
    fan_in: Count | None,
) -> bool:
    """Check the shape of stored weights, and note which way round they lie."""
    shape, seen = stored.shape, sources.orientations
    if stored.transpose:
        seen.turned(stored.source, stored.path, stored.called)
    if len(shape) == 2 and 0 not in shape and (fan_in is None or shape[1] == fan_in.size):
        if stored.transpose is None and shape[0] == shape[1] > 1:
            seen.square(stored.source, stored.path, stored.called, shape[0], stored.array.load)
        return True
    message = f"{stored.called}is {product(shape)}, {name} takes "
    message += f"rows of {numbers(fan_in.size)} (the size of {before})" if fan_in else "rows"
    if len(shape) == 2 and fan_in and shape[0] == fan_in.size and shape[1]:
        message += f"; transpose: {'false' if stored.transpose else 'true'} would fit"
        if not stored.transpose:
            seen.turned(stored.source, stored.path, stored.called)
    reading.report(stored.path, message)
    return False


def _values(
    reading: Reading,
    sources: Sources,
    declared: Any,
    stored: Stored | None,
    shape: tuple[int, ...],
    matrix: tuple[int, int],
) -> Array | None:
    """Return weights or a bias of a shape in the net's dtype; None where something was reported."""
    if stored:
        return sources.load(stored, shape)
    if isinstance(declared, list):
        return np.array(declared, dtype=reading.dtype)
    if declared is None:
        return np.zeros(shape, dtype=reading.dtype)
    if reading.problems:  # nothing will come of it, so that drawing numbers is idle
        return None
    size, fan_in = matrix
    return draw(declared["random"], shape, fan_in, size, declared.get("seed", 0), reading.dtype)
