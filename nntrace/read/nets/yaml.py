"""The net file: YAML in, a Network out, or every problem of the file with its place."""

from __future__ import annotations

import io
import os
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from nntrace.core.network import Network
from nntrace.errors import NetworkError, Problem
from nntrace.read.arrays.weights import Sources, WeightFiles
from nntrace.read.doubts import Warn, warned
from nntrace.read.files import read_bytes
from nntrace.read.nets.beside import KEY, Open, read_beside
from nntrace.read.nets.examples import read_examples
from nntrace.read.nets.grammar import NET_FILE
from nntrace.read.nets.input import read_input
from nntrace.read.nets.layers import plan_layers
from nntrace.read.nets.plans import Source
from nntrace.read.recognise import HEAD, kind_of
from nntrace.read.yaml.grammar import INVALID, Reading
from nntrace.read.yaml.nodes import List, Mapping, Node, Scalar, compose
from nntrace.read.yaml.text import decode, told_with_lines

if TYPE_CHECKING:
    from pathlib import Path as FilePath

    from nntrace.read.yaml.longrows import Row

SHORT = 4000  # characters, in which YAML finds its way without help


def load_model(path: str) -> Network:
    """Open a model; see `onnx.net`."""
    from nntrace.read.nets.onnx import net

    return net.load_model(path)


def read(path: str, warn: Warn, opened: Open = load_model) -> Network:
    """Read a net file, or one beside a model, which `opened` opens; see `load`."""
    data = read_bytes(path, lambda head: _refuse_foreign(head, path))
    stem = os.path.splitext(os.path.basename(path))[0]
    return parse(data, path, os.path.dirname(path), stem, warn, opened)


def _refuse_foreign(head: bytes, source: str) -> None:
    """Raise NetworkError, which says what it is, where a file begins as another kind does."""
    if kind := kind_of(head[:HEAD]):
        from nntrace.read.nets.foreign import no_net

        # what comes through a pipe is there only once
        there = os.path.isfile(source)
        with open(source, "rb") if there else io.BytesIO(head) as stream:
            message = no_net(stream, kind, os.path.basename(source) if there else "FILE")
        raise NetworkError(Problem(message, (), source))


def expect_places(path: str) -> list[tuple[int, int] | None]:
    """Return where each example of a net file says what it expects; None where it does not."""
    root, _ = compose(decode(read_bytes(path), path), path)
    examples = root.entries.get("examples") if isinstance(root, Mapping) else None
    items = examples[1].items if examples and isinstance(examples[1], List) else []
    found = [item.entries.get("expect") if isinstance(item, Mapping) else None for item in items]
    return [entry[1].place if entry else None for entry in found]


def parse(
    data: bytes,
    source: str,
    folder: str | FilePath,
    name: str,
    warn: Warn = warned,
    opened: Open = load_model,
) -> Network:
    """Make a Network from the bytes of a net file.

    `source` is what its problems are told under, `folder` where its weights files lie, `name` what
    it is called where it does not say, `warn` as in `load`. Raises NetworkError with every problem.
    """
    _refuse_foreign(data, source)
    text = decode(data, source)
    if len(text) > SHORT:
        from nntrace.read.yaml.longrows import take_out

        shorter, rows = take_out(text)
        early: list[Problem] = []
        try:
            if rows:
                network = _parse(shorter, source, folder, name, early.append, opened, rows)
                if not early:
                    return network
        except NetworkError:  # its places are those of the shorter text
            pass
    doubts: list[Problem] = []
    try:
        with told_with_lines(text, source):
            return _parse(text, source, folder, name, doubts.append, opened)
    finally:
        for doubt in doubts:
            warn(doubt)


def _parse(
    text: str,
    source: str,
    folder: str | FilePath,
    name: str,
    warn: Warn,
    opened: Open,
    rows: Sequence[Row] = (),
) -> Network:
    root, problems = compose(text, source, rows=rows)
    reading = Reading(source, root, problems, _dtype(root))
    if isinstance(root, Mapping) and KEY in root.entries:
        network = read_beside(reading, root, folder, name, opened)
        if reading.problems or network is None:
            raise NetworkError(reading.sorted_problems())
        return network
    declared = NET_FILE.read(reading, root, ())
    network = None if declared is INVALID else _network(reading, declared, folder, name, warn)
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
    reading: Reading, declared: dict[str, Any], folder: str | FilePath, name: str, warn: Warn
) -> Network | None:
    """Put together what was read; None where anything was reported.

    All is checked, and what is in files is loaded, before any number is drawn at random.
    """
    sources = Sources(reading, WeightFiles(folder), declared.get("weights"))
    spec, size, labels = read_input(reading, sources, declared["input"])
    given = Source("input", size, None)
    if spec:
        there = len(spec.text.alphabet) if spec.text and spec.varies else None
        given = Source("input", size, spec.row, spec.channels, there)
    plans = plan_layers(reading, sources, declared["layers"] or [], given)
    examples = read_examples(reading, declared.get("examples") or [], spec, size, labels, plans)
    made = [(plan.path, plan.make()) for plan in plans if plan and plan.make]
    for doubt in sources.orientations.doubts(reading):
        warn(doubt)
    if reading.problems or spec is None:
        return None
    try:
        return Network(
            name=declared.get("name", name),
            input=spec,
            layers=tuple(layer for _, layer in made if layer),
            dtype=reading.dtype,
            description=declared.get("description", ""),
            examples=tuple(examples),
        )
    except NetworkError as error:
        for message, path, *_ in error.problems:
            if path[:1] == ("layers",) and isinstance(path[1], int):  # of those that are spelt out
                path = (*made[path[1]][0], *path[2:])
            reading.report(path, message)
        return None
