"""Thousands of numbers of real models, taken apart by `explain`: what it says gives each again.

The numbers themselves are onnxruntime's. All layers that are of a kind are drawn from alike.
"""

from collections import Counter

import numpy as np
import pytest
from threadpoolctl import threadpool_limits

import nntrace
from nntrace import UsageError, explain, forward
from nntrace.core.graph.feeds import net_for
from nntrace.core.graph.passes import shown
from nntrace.core.names import Neuron
from nntrace.read.nets.onnx.second import run_onnxruntime
from tests.models.test_models import DATA, LIGHT, REAL, feeds_for, home

NUMBERS = 120  # of a model
CLOSE = 1e-4  # of the largest of a tensor: what float32 loses on the way through a deep model
STEPS = 1e-5  # of the largest that a step has: its sums are not those of the kernels
# one whose Ifs depend on a number that is given has no layer of a kind, and one is slow to load
LEFT_OUT = ("silero_vad.onnx", "silero_vad_op18_ifless.onnx", "light_vgg19.onnx")
MODELS = [
    *((home(name.partition("/")[0]) / name.partition("/")[2], *given) for name, *given in REAL),
    *((DATA / "light" / f"{name}.onnx", {}, {}) for name in LIGHT),
]
CASES = [
    pytest.param(str(path), *given, id=path.stem)
    for path, *given in MODELS
    if path.name not in LEFT_OUT
]


@pytest.fixture(autouse=True)
def one_thread():
    with threadpool_limits(1):
        yield


@pytest.mark.parametrize(("path", "shapes", "numbers"), CASES)
def test_what_is_said_of_a_number_gives_it_again(path, shapes, numbers):
    network, feeds, trace = traced(path, shapes, numbers)
    theirs = {name: shown(v) for name, v, _ in run_onnxruntime(network.model.graph, feeds)}
    layers = [layer for layer in trace.network.layers if layer.kind != "onnx"]
    draw, told, off = np.random.default_rng(5), Counter(), []
    for at in draw.integers(len(layers), size=NUMBERS):
        layer = layers[at]
        neuron = Neuron(layer.name, int(draw.integers(layer.size)))
        found = explain(trace, neuron)
        told[layer.kind] += 1
        z = theirs.get(network_z(trace, layer), feeds.get(network_z(trace, layer)))
        off += [(layer.kind, found.name, *fault) for fault in faults(trace, found, z)]
    assert not off
    assert sum(told.values()) == NUMBERS


def traced(path, shapes, numbers):
    """Return a model's net for these shapes, what is given to it, and its trace."""
    network = nntrace.load(path)
    feeds = feeds_for(network.model.graph, shapes, numbers)
    for name, value in feeds.items():
        if value.shape[:1] != (1,) and network.model.graph.inputs[0].name == name:
            feeds[name] = value[:1]  # a row
    network = net_for(network, {name: value.shape for name, value in feeds.items()})
    row = np.concatenate([feeds[part.name].ravel() for part in network.input.parts])
    return network, feeds, forward(network, row[None])


def network_z(trace, layer):
    return trace.network.model.seen.z.get(layer.name, layer.name)


def faults(trace, found, theirs):
    """Tell where what is said of a number does not give it, or is of other numbers."""
    if not np.isfinite(found.z):
        return
    size = np.abs(theirs[np.isfinite(theirs)]).max()
    wanted = float(np.ravel(theirs)[found.neuron.index])
    if abs(found.z - wanted) > CLOSE * size + found.rounding:
        yield "z", found.z, wanted
    if found.together is not None and abs(found.together - found.z) > found.rounding:
        yield "terms", found.together, found.z, found.rounding
    steps = {step.name: step.value for step in found.steps}
    largest = max(map(abs, steps.values()), default=0.0)
    if steps and abs(steps["z"] - found.z) > STEPS * largest:
        yield "steps", steps["z"], found.z
    for gate in found.gates:
        total = float(gate.terms.weights.astype(float) @ gate.terms.values + gate.terms.bias)
        if abs(total - steps[gate.name]) > STEPS * max(1.0, abs(total)):
            yield gate.name, total, steps[gate.name]
    for neuron, value in zip(found.neurons, found.values, strict=True):
        if neuron.layer in trace.network.places:
            read = float(trace[neuron.layer].a[found.row, neuron.index])
            if read != value and abs(read - value) > 1e-6 * abs(read):
                yield "reads", neuron, read, float(value)


def test_what_no_kind_covers_is_told_by_its_operator():
    path = str(DATA / "light" / "light_zfnet512.onnx")
    network, _, trace = traced(path, {}, {})
    [first, _] = [layer for layer in network.layers if layer.kind == "onnx"]
    with pytest.raises(UsageError, match=r"is made by LRN, .* whose numbers are shown only"):
        explain(trace, Neuron(first.name, 0))
