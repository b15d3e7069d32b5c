"""The net file: YAML in, a Network out, or every problem of the file with its place."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path as FilePath
from typing import TYPE_CHECKING, Any

import numpy as np

from nntrace.core.network import Array, Input, Network, label_twice
from nntrace.errors import FileError, NetworkError, Problem, unknown
from nntrace.read import bundled
from nntrace.read.counts import Count, agree, labels_count, numbers_count, product, size_count
from nntrace.read.files import read_bytes
from nntrace.read.grammar import INVALID, Reading
from nntrace.read.netexamples import read_examples
from nntrace.read.netgrammar import LARGEST_SIZE, NET_FILE
from nntrace.read.netlayers import born, plan_layers
from nntrace.read.nodes import Mapping, Node, Scalar, compose
from nntrace.read.weights import Sources, WeightFiles
from nntrace.read.yamltext import decode

if TYPE_CHECKING:
    from nntrace.read.longrows import Row

SHORT = 4000  # characters, in which YAML finds its way without help


def load(path: str | os.PathLike[str]) -> Network:
    """Read a net file, or a net that comes with nntrace by its name (`digits`).

    Raises FileError where it cannot be read, and NetworkError with every problem that it has, each
    with file, line, column (from 1, in characters) and path.
    """
    name = os.fspath(path)
    found = bundled.find(name) or name
    if found.replace("-", "_").isidentifier() and not os.path.exists(found):
        nearest = unknown("net", found, bundled.names())  # a word, as the name of a net is
        raise FileError(Problem(f"no such file or directory, and {nearest}", (), found))
    return parse(read_bytes(found), found, FilePath(found).parent, FilePath(found).stem)


def parse(data: bytes, source: str, folder: FilePath, name: str) -> Network:
    """Make a Network from the bytes of a net file.

    `source` is what its problems are told under, `folder` where its weights files lie, `name` what
    it is called where it does not say. Raises NetworkError with every problem.
    """
    text = decode(data, source)
    if len(text) > SHORT:
        from nntrace.read.longrows import take_out

        shorter, rows = take_out(text)
        try:
            if rows:
                return _parse(shorter, source, folder, name, rows)
        except NetworkError:  # its places are those of the shorter text
            pass
    return _parse(text, source, folder, name)


def _parse(
    text: str, source: str, folder: FilePath, name: str, rows: Sequence[Row] = ()
) -> Network:
    root, problems = compose(text, source, rows=rows)
    reading = Reading(source, root, problems, _dtype(root))
    declared = NET_FILE.read(reading, root, ())
    network = None if declared is INVALID else _network(reading, declared, folder, name)
    if reading.problems or network is None:
        raise NetworkError(reading.sorted_problems())
    return network


def _dtype(root: Node) -> str:
    """Look for the dtype first: what counts as an overflow depends on it."""
    if isinstance(root, Mapping) and "dtype" in root.entries:
        value = root.entries["dtype"][1]
        if isinstance(value, Scalar) and value.text == "float32":
            return "float32"
    return "float64"


def _network(
    reading: Reading, declared: dict[str, Any], folder: FilePath, name: str
) -> Network | None:
    """Put together what was read; None where anything was reported.

    All is checked, and what is in files is loaded, before any number is drawn at random.
    """
    spec, size, labels = _input(reading, declared["input"])
    sources = Sources(reading, WeightFiles(folder), declared.get("weights"))
    plans = plan_layers(reading, sources, declared["layers"] or [], size)
    examples = read_examples(reading, declared.get("examples") or [], size, labels, plans)
    layers = [plan.make() for plan in plans if plan and plan.make]
    if reading.problems or spec is None:
        return None
    return Network(
        name=declared.get("name", name),
        input=spec,
        layers=tuple(layer for layer in layers if layer),
        dtype=reading.dtype,
        description=declared.get("description", ""),
        examples=tuple(examples),
    )


def _input(reading: Reading, declared: Any) -> tuple[Input | None, Count | None, Any]:
    """Return the input, its size and its labels, each as far as it could be read."""
    if declared is INVALID:
        return None, None, INVALID
    if isinstance(declared, int):
        return Input(declared), size_count(("input",), declared), None
    labels, shape = declared.get("labels"), declared.get("shape")
    counts = []
    if size := declared.get("size"):
        counts.append(size_count(("input", "size"), size))
    if labels:
        counts.append(labels_count(("input", "labels"), labels))
    if shape and (made := _product(reading, shape)):
        words = f"makes {product(shape)} = {made} numbers"
        counts.append(Count(("input", "shape"), made, words))
    elif shape:
        shape = INVALID
    if not counts and INVALID not in (declared.get("size"), labels, shape):
        reading.report(("input",), "takes a size, or labels or a shape that tell it")
    for key in ("mean", "std"):
        if isinstance(declared.get(key), list):
            counts.append(numbers_count(("input", key), declared[key]))
    told = agree(reading, counts, "input")
    for index, message in label_twice(labels or (), "input"):
        reading.report(("input", "labels", index), message)
    if told is None:
        return None, None, labels
    spec = born(
        reading,
        ("input",),
        lambda: Input(
            told.size,
            tuple(labels) if labels else None,
            tuple(shape) if shape else None,
            _constant(reading, declared.get("mean")),
            _constant(reading, declared.get("std")),
        ),
    )
    return spec, told, labels


def _product(reading: Reading, shape: list[int]) -> int | None:
    """Return how many numbers a shape makes, None where those are too many."""
    made = 1
    for side in shape:
        made *= side
        if made > LARGEST_SIZE:
            message = f"makes more numbers than an input can have, at most {LARGEST_SIZE}"
            reading.report(("input", "shape"), message)
            return None
    return made


def _constant(reading: Reading, value: Any) -> Array | None:
    if value is None or value is INVALID:
        return None
    return np.array(value, dtype=reading.dtype)
