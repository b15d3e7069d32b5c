"""A YAML file beside an ONNX model: what people call its numbers, how its input is scaled, and its
examples."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from nntrace.core.arrays import Array
from nntrace.core.examples import Example
from nntrace.core.graph.nets import told_beside
from nntrace.core.layer import Layer, label_problems
from nntrace.core.network import Network
from nntrace.errors import FileError
from nntrace.read.arrays.weights import Sources, WeightFiles
from nntrace.read.files import inside
from nntrace.read.nets.counts import holds, size_count
from nntrace.read.nets.examples import read_examples
from nntrace.read.nets.grammar import BESIDE_FILE
from nntrace.read.nets.input import read_input
from nntrace.read.nets.plans import LayerPlan
from nntrace.read.yaml.grammar import INVALID, Reading
from nntrace.read.yaml.nodes import Node

if TYPE_CHECKING:
    from pathlib import Path as FilePath

KEY = "model"  # which no net file has
Open = Callable[[str], Network]  # opens a model, by its path


def read_beside(
    reading: Reading, root: Node, folder: str | FilePath, name: str, opened: Open
) -> Network | None:
    """Return the model that a file names, with what the file says of it; None after a report."""
    declared = BESIDE_FILE.read(reading, root, ())
    if declared is INVALID or declared[KEY] is INVALID:
        return None
    try:
        network = opened(str(inside(folder, declared[KEY])))
    except FileError as error:
        told = "; ".join(problem.message for problem in error.problems)
        reading.report((KEY,), told)
        return None
    spec, size, labels = network.input, size_count((KEY,), network.input.size), None
    if said := declared.get("input"):
        if not {"size", "labels", "shape"} & said.keys():
            said = {**said, "size": spec.size}
        sources = Sources(reading, WeightFiles(folder), None)
        given, told_size, labels = read_input(reading, sources, said)
        if given and told_size and holds(reading, told_size.path, given.size, size, "the model"):
            spec = replace(
                spec,
                labels=given.labels,
                shape=given.shape or spec.shape,
                mean=_held(given.mean, network),
                std=_held(given.std, network),
            )
    output = network.output
    outputs = declared.get("labels")
    if isinstance(outputs, list):
        for problem in label_problems(tuple(outputs), output.shape[-1], output.name):
            reading.report(("labels", *problem.path[1:]), problem.message)
    plans: list[LayerPlan | None] = [_plan(layer) for layer in network.layers]
    last = _plan(output)._replace(labels=outputs)
    examples = read_examples(
        reading, declared.get("examples") or [], spec, size, labels, [*plans, last]
    )
    if reading.problems:
        return None
    return told_beside(
        network,
        name=declared.get("name", name),
        description=declared.get("description", ""),
        spec=spec,
        labels=tuple(outputs) if outputs else None,
        examples=[_held_example(example, network) for example in examples],
    )


def _plan(layer: Layer) -> LayerPlan:
    size = size_count((KEY,), layer.size)
    return LayerPlan(layer.name, size, layer.activation, shape=layer.shape, channels=layer.channels)


def _held(values: Array | None, network: Network) -> Array | None:
    return None if values is None else values.astype(network.rows_dtype)


def _held_example(example: Example, network: Network) -> Example:
    return example._replace(input=example.input.astype(network.rows_dtype))
