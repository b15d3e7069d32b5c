"""A net over a model: its graph seen as layers, and what a file beside it says of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from nntrace.core.input import Input, Part
from nntrace.core.network import Network
from nntrace.errors import InputError

if TYPE_CHECKING:
    from nntrace.core.examples import Example
    from nntrace.core.graph.model import Model
    from nntrace.core.op import Shape


def network_of(name: str, model: Model, dtype: str) -> Network:
    """Return the net that a model is, seen as layers; `dtype` is what it computes in."""
    # an input called `input` comes first: it is then called so in a row, too
    declared = sorted(model.graph.inputs, key=lambda each: each.name != "input")
    parts = [
        Part(
            each.name,
            model.shapes[each.name],
            each.dtype.name,
            model.below,
            model.choices.get(each.name, ()),
        )
        for each in declared
    ]
    return Network(name, Input.of_parts(parts), model.seen.layers, dtype, model=model)


def at_shapes(network: Network, model: Model, shapes: Mapping[str, Shape]) -> Network:
    """Return a model's net as it is for inputs of these shapes, where they are free.

    InputError where the model does not run on such, or what was said of its inputs does not fit.
    """
    model = model.at(shapes)
    if model is network.model:
        return network
    found = network_of(network.name, model, network.dtype)
    said, spec = network.input, found.input
    if said.labels or said.normalised:
        if spec.size != said.size:
            raise InputError(f"has {spec.size} numbers, labels or scaling are said of {said.size}")
        spec = replace(spec, labels=said.labels, mean=said.mean, std=said.std)
    description, labels = network.description, network.output.labels
    return told_beside(found, network.name, description, spec, labels, network.examples)


def told_beside(
    network: Network,
    name: str,
    description: str,
    spec: Input,
    labels: tuple[str, ...] | None,
    examples: Sequence[Example],
) -> Network:
    """Return a model's net with what a file beside the model says: how it is called, its input, the
    labels of its output, its examples."""
    output = network.output
    layers = tuple(
        replace(layer, labels=labels) if layer is output and labels else layer
        for layer in network.layers
    )
    return replace(
        network,
        name=name,
        description=description,
        input=spec,
        layers=layers,
        examples=tuple(examples),
    )
