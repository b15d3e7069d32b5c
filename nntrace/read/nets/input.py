"""The input of a net file: its size, told by one or more of its keys, its labels, its scaling."""

from __future__ import annotations

from math import prod
from typing import Any

import numpy as np

from nntrace.core.arrays import Array
from nntrace.core.input import Input
from nntrace.core.layer import label_twice
from nntrace.core.text import Text
from nntrace.errors import Path, plural
from nntrace.read.arrays.weights import Sources, Stored, spot_of
from nntrace.read.nets.counts import (
    Count,
    agree,
    labels_count,
    numbers,
    numbers_count,
    product,
    size_count,
)
from nntrace.read.nets.keys import LARGEST_SIZE
from nntrace.read.nets.plans import born, within_memory
from nntrace.read.yaml.grammar import INVALID, Reading

SCALING = ("mean", "std")


def read_input(
    reading: Reading, sources: Sources, declared: Any
) -> tuple[Input | None, Count | None, Any]:
    """Return the input, its size and its labels, each as far as it could be read."""
    if declared is INVALID:
        return None, None, INVALID
    if isinstance(declared, int):
        return Input(declared), size_count(("input",), declared), None
    if "text" in declared:
        return *_read_text(reading, declared), None
    labels, shape = declared.get("labels"), declared.get("shape")
    counts = []
    if size := declared.get("size"):
        counts.append(size_count(("input", "size"), size))
    if labels:
        counts.append(labels_count(("input", "labels"), labels))
    if shape and (pixels := _product(reading, shape)):
        words = f"makes {product(shape)} = {pixels} numbers"
        counts.append(Count(("input", "shape"), pixels, words))
    elif shape:
        shape = INVALID
    if not counts and INVALID not in (declared.get("size"), labels, shape):
        reading.report(("input",), "takes a size, or labels or a shape that tell it")
    stored = {key: _stored(reading, sources, declared, key) for key in SCALING}
    for key in SCALING:
        if isinstance(declared.get(key), list):
            counts.append(numbers_count(("input", key), declared[key]))
        elif (array := stored[key]) and (count := prod(array.shape)) > 1:
            counts.append(Count(array.path, count, f"has {numbers(count)}"))
    told = agree(reading, counts, "input")
    for index, message in label_twice(labels or (), "input"):
        reading.report(("input", "labels", index), message)
    if told is None:
        return None, None, labels
    mean, std = (_constant(reading, sources, declared, stored[key], key) for key in SCALING)
    spec = born(
        reading,
        ("input",),
        lambda: Input(
            told.size,
            tuple(labels) if labels else None,
            tuple(shape) if shape else None,
            mean,
            std,
        ),
    )
    return spec, told, labels


def _read_text(reading: Reading, declared: dict[str, Any]) -> tuple[Input | None, Count | None]:
    """Return the input of a net that reads text, and the size of the longest there may be."""
    for key in declared.keys() - {"text"}:
        message = "is not said of text: input.text tells what the net reads"
        reading.report(("input", key), message)
    said, path = declared["text"], ("input", "text")
    if said is INVALID:
        return None, None
    text = born(reading, path, lambda: Text(**said))
    if text is None or (pixels := _product(reading, list(text.shape), path)) is None:
        return None, None
    if text.by_token:
        count = Count((*path, "context"), pixels, f"takes {plural(pixels, 'token')}")
    else:
        words = f"makes {product(text.shape)} = {pixels} numbers"
        count = Count((*path, "length"), pixels, words)
    return Input.of_text(text), count


def _product(reading: Reading, shape: list[int], path: Path = ("input", "shape")) -> int | None:
    """Return how many numbers a shape makes, None where those are too many."""
    count = 1
    for side in shape:
        count *= side
        if count > LARGEST_SIZE:
            message = f"makes more numbers than an input can have, at most {LARGEST_SIZE}"
            reading.report(path, message)
            return None
    return count


def _stored(
    reading: Reading, sources: Sources, declared: dict[str, Any], key: str
) -> Stored | None:
    """Return what a file holds for a key: a number, a row or a column; None after a report."""
    if not isinstance(declared.get(key), dict):
        return None
    path: Path = ("input", key)
    if stored := sources.named(path, declared[key]):
        found, picture = stored.shape, tuple(declared.get("shape") or ())
        if prod(found) == 0 or (found != picture and max(found, default=1) != prod(found)):
            message = f"is {product(found)}, takes one number, or one for each input"
            reading.report(path, message)
            return None
    return stored


def _constant(
    reading: Reading, sources: Sources, declared: dict[str, Any], stored: Stored | None, key: str
) -> Array | None:
    """Return the numbers of a key that are written, or held by a file, in the net's dtype."""
    value = declared.get(key)
    if stored:
        return _loaded(sources, stored, positive=key == "std")
    if value is None or value is INVALID or isinstance(value, dict):
        return None
    return np.array(value, dtype=reading.dtype)


def _loaded(sources: Sources, stored: Stored, positive: bool) -> Array | None:
    """Return the numbers of a file, None after a report of one that cannot be."""
    values, count = None, prod(stored.shape)
    with within_memory(sources.reading, stored.path, stored.shape):
        if sources.finite(stored):
            values = sources.load(stored, (count,) if count > 1 else ())
    if positive and values is not None and not (values > 0).all():
        [index, *_] = np.argwhere(~(values.reshape(stored.shape) > 0)).tolist()
        message = f"is {values.reshape(stored.shape)[tuple(index)]:g} in {values.dtype}"
        sources.reading.report(stored.path, f"{spot_of(index)} {message}, takes positive numbers")
        return None
    return values
