"""The layers of a net file: what they say of themselves, whether it fits, the layers made of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from math import prod
from typing import Any, NamedTuple, TypeVar

import numpy as np

from nntrace.core.activation import Activation
from nntrace.core.activations import find
from nntrace.core.arrays import Array
from nntrace.core.layer import Layer, label_twice
from nntrace.core.network import name_problems
from nntrace.core.numerics.initial import draw
from nntrace.core.ops.dense import Dense
from nntrace.errors import NetworkError, Path, plural, spell
from nntrace.read.arrays.weights import Sources, Stored
from nntrace.read.nets.counts import (
    Count,
    agree,
    labels_count,
    numbers,
    numbers_count,
    product,
    size_count,
)
from nntrace.read.yaml.grammar import INVALID, Reading
from nntrace.words import cropped

T = TypeVar("T")

# What a file may ask to be drawn at random: a line of text must not cost gigabytes.
MOST_RANDOM = 2**27


class LayerPlan(NamedTuple):
    """What a net file says about a layer, as far as that could be read; nothing is loaded yet.

    `size` is None where it is not known, `labels` is INVALID where they could not be read. `draws`
    counts the numbers to be drawn at random. `make` is None where something does not fit.
    """

    name: str | None
    size: Count | None = None
    activation: Activation | None = None
    labels: Any = None
    draws: tuple[Count, ...] = ()
    make: Callable[[], Layer | None] | None = None


def layer_names(reading: Reading, declared: list[Any]) -> list[str | None]:
    """Return the name of each layer, None for one that could not be read."""
    names: list[str | None] = []
    for index, layer in enumerate(declared):
        default = "output" if index == len(declared) - 1 else f"layer{index + 1}"
        name = INVALID if layer is INVALID else layer.get("name", default)
        names.append(None if name is INVALID else name)
    for problem in name_problems(names):
        assert isinstance(problem.path[1], int)
        if "name" in declared[problem.path[1]]:
            reading.report(problem.path, problem.message)
        else:  # a default name that another layer has taken
            reading.report(problem.path[:2], f"takes a name, since {problem.message}")
    return names


def plan_layers(
    reading: Reading, sources: Sources, declared: list[Any], size: Count | None
) -> list[LayerPlan | None]:
    """Check the layers of a net whose inputs are so many; None for one that could not be read."""
    names = layer_names(reading, declared)
    plans: list[LayerPlan | None] = []
    before, fan_in = "input", size
    for index, layer in enumerate(declared):
        plan = None
        if layer is not INVALID:
            path = ("layers", index)
            plan = _plan(reading, sources, path, layer, names[index], before, fan_in)
        plans.append(plan)
        before, fan_in = names[index] or f"layers[{index}]", plan.size if plan else None
    sources.report_unread(names, declared)
    drawn = 0
    for draws in (count for plan in plans if plan for count in plan.draws):
        drawn += draws.size
        if drawn > MOST_RANDOM:
            message = f"{draws.words}, a net takes at most {MOST_RANDOM:,} random numbers"
            reading.report(draws.path, message)
            break
    return plans


def _plan(
    reading: Reading,
    sources: Sources,
    path: Path,
    declared: dict[str, Any],
    written_name: str | None,
    before: str,
    fan_in: Count | None,
) -> LayerPlan:
    name = written_name or spell(path)
    weights, bias, labels = (declared.get(key) for key in ("weights", "bias", "labels"))
    stored = sources.weights(path, weights, written_name)
    stored_bias = sources.bias(path, weights, bias, written_name)
    activation, counts = _activation(reading, path, declared.get("activation"))
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
    _report_missing(reading, sources, path, declared, bool(counts))

    from_file = weights is None or (isinstance(weights, dict) and "file" in weights)
    lost = (from_file and not stored) or (bias and "file" in bias and not stored_bias)
    unread = INVALID in declared.values() or _partly_unread(weights) or _partly_unread(bias)
    broken = unread or activation is None or lost
    if broken or not fits or told is None or fan_in is None:
        return LayerPlan(written_name, told, activation, labels)
    shape = (told.size, fan_in.size)
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
                return Layer(name, Dense(matrix, vector), activation, named)
            except NetworkError as error:
                # a fault in a weights file is told at what names the file
                if all([sources.finite(stored), sources.finite(stored_bias)]):
                    report_at(reading, path, error)
        return None

    return LayerPlan(written_name, told, activation, labels, tuple(draws), make)


def _activation(
    reading: Reading, path: Path, declared: Any
) -> tuple[Activation | None, list[Count]]:
    """Return an activation, None after a report, and what its parameters say about the size."""
    if declared is INVALID:
        return None, []
    written, parameters = declared or ("identity", {})
    path = (*path, "activation", written)
    counts = [
        numbers_count((*path, parameter), values)
        for parameter, values in parameters.items()
        if isinstance(values, list)
    ]
    try:
        return Activation(find(written), parameters), counts
    except NetworkError as error:
        for problem in error.problems:  # their paths start with the activation's own name
            reading.report((*path, *problem.path[1:]), problem.message)
        return None, counts


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


@contextmanager
def within_memory(reading: Reading, path: Path, shape: tuple[int, ...]) -> Iterator[None]:
    """Report at `path`, which asks for an array of a shape, that there is no memory for it."""
    try:
        yield
    except MemoryError:
        reading.report(path, f"{product(shape)} numbers take more memory than there is")


def born(reading: Reading, path: Path, make: Callable[[], T]) -> T | None:
    """Make a value of the core, and report at `path` what it says against it."""
    try:
        return make()
    except NetworkError as error:
        report_at(reading, path, error)
        return None


def report_at(reading: Reading, path: Path, error: NetworkError) -> None:
    """Report what the core says against a value that stands at `path`."""
    for problem in error.problems:
        reading.report((*path, *problem.path), problem.message)
