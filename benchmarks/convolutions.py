"""Convolutions with every number kept, as a multiple of what onnxruntime takes for the same net.

The convolutions of nets like ResNet-18, MobileNet and ResNeXt, 224 × 224, one row of float32, with
their activations, on one thread, in processor time. onnxruntime runs the same net with its graph
optimiser off and all tensors as outputs, in the same process. Needs `onnx` and `onnxruntime`, which
nothing else does.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import time
import tracemalloc
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

os.environ["OPENBLAS_NUM_THREADS"] = "1"

import numpy as np

from nntrace.core.activation import Activation
from nntrace.core.activations import find
from nntrace.core.forward import Trace, forward
from nntrace.core.layer import Layer
from nntrace.core.network import Input, Network
from nntrace.core.ops.conv import Conv

PEAK, WITHIN = 1.25, 1e-3


class Net(NamedTuple):
    """What is measured: convolutions, and how many times onnxruntime's time they may take."""

    name: str
    goal: float
    layers: Callable[[], Iterator[Layer]]


def conv(
    name: str,
    channels: int,
    read: int,
    kernel: int,
    stride: int = 1,
    groups: int = 1,
    reads: tuple[str, ...] = (),
) -> Layer:
    """Return a convolution with random weights that keep its numbers in range, and relu."""
    draw = np.random.default_rng(len(name) + channels)
    shape = (channels, read // groups, kernel, kernel)
    weights = draw.normal(0, (2 * groups / (read * kernel**2)) ** 0.5, shape)
    bias = draw.normal(0, 0.1, channels).astype(np.float32)
    op = Conv(weights.astype(np.float32), bias, stride, kernel // 2, groups=groups)
    return Layer(name, op, Activation(find("relu")), reads=reads)


def resnet() -> Iterator[Layer]:
    """Yield the 20 convolutions of ResNet-18, without the additions between them.

    The shortcuts of 1 × 1 are computed, and read by nobody.
    """
    yield conv("stem", 64, 3, 7, 2)
    yield conv("pooled", 64, 64, 3, 2)  # in place of the pool, of which onnxruntime has its own
    before, read = "pooled", 64
    for stage, channels in enumerate((64, 128, 256, 512)):
        for block in range(2):
            stride = 2 if stage and not block else 1
            name = f"stage{stage}.{block}"
            if stride == 2:
                yield conv(f"{name}.short", channels, read, 1, 2, reads=(before,))
            yield conv(f"{name}.a", channels, read, 3, stride, reads=(before,))
            yield conv(f"{name}.b", channels, channels, 3)
            before, read = f"{name}.b", channels


def mobilenet() -> Iterator[Layer]:
    """Yield the convolutions of MobileNet: each depthwise one is followed by one of 1 × 1."""
    yield conv("stem", 32, 3, 3, 2)
    read, plan = 32, [(64, 1), (128, 2), (128, 1), (256, 2), (256, 1), (512, 2), *[(512, 1)] * 5]
    for at, (channels, stride) in enumerate([*plan, (1024, 2), (1024, 1)]):
        yield conv(f"depth{at}", read, read, 3, stride, groups=read)
        yield conv(f"point{at}", channels, read, 1)
        read = channels


def depthwise() -> Iterator[Layer]:
    """Yield the depthwise convolutions of MobileNet alone: a stride of 2 makes twice as many."""
    yield conv("stem", 32, 3, 3, 2)
    read = 32
    for at, stride in enumerate((1, 2, 1, 2, 1, 2, 1, 1, 1, 1, 1, 2, 1)):
        yield conv(f"depth{at}", read * stride, read, 3, stride, groups=read)
        read *= stride


def resnext() -> Iterator[Layer]:
    """Yield the convolutions of the first blocks of ResNeXt-50, which have 32 groups."""
    yield conv("stem", 128, 3, 7, 4)
    read = 128
    for stage, channels in enumerate((128, 256, 512, 1024)):
        for block in range(2):
            yield conv(f"in{stage}.{block}", channels, read, 1)
            stride = 2 if stage and not block else 1
            yield conv(f"groups{stage}.{block}", channels, channels, 3, stride, groups=32)
            read = channels


NETS = (
    Net("ResNet-18", 2.0, resnet),
    Net("MobileNet", 3.0, mobilenet),
    Net("depthwise", 3.0, depthwise),
    Net("ResNeXt", 3.0, resnext),
)


def session(net: Network) -> Any:
    """Return onnxruntime's session of the same net."""
    import onnx
    import onnxruntime as runtime
    from onnx import helper, numpy_helper

    nodes, held, outputs = [], [], []
    given = {"input": "input"} | {layer.name: f"{layer.name}.a" for layer in net.layers}
    for layer in net.layers:
        op, name = layer.op, layer.name
        assert isinstance(op, Conv)
        windows = op.windows
        for key, values in op.arrays.items():
            held.append(numpy_helper.from_array(np.array(values), f"{name}.{key}"))
        reads = [given[layer.reads[0]], f"{name}.weights", f"{name}.bias"]
        keys = {
            "strides": windows.stride,
            "pads": windows.before + windows.after,
            "group": op.groups,
        }
        nodes.append(helper.make_node("Conv", reads, [f"{name}.z"], **keys))
        nodes.append(helper.make_node("Relu", [f"{name}.z"], [f"{name}.a"]))
        for quantity in "za":
            info = (f"{name}.{quantity}", onnx.TensorProto.FLOAT, (1, *layer.shape))
            outputs.append(helper.make_tensor_value_info(*info))
    shape = (1, *net.input.row)
    read = helper.make_tensor_value_info("input", onnx.TensorProto.FLOAT, shape)
    graph = helper.make_graph(nodes, "net", [read], outputs, held)
    opset = helper.make_opsetid("", 17)
    model = helper.make_model(graph, opset_imports=[opset], ir_version=8)
    options = runtime.SessionOptions()
    options.graph_optimization_level = runtime.GraphOptimizationLevel.ORT_DISABLE_ALL
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    return runtime.InferenceSession(
        model.SerializeToString(), options, providers=["CPUExecutionProvider"]
    )


def agree(trace: Trace, theirs: list[np.ndarray]) -> bool:
    """Tell whether both give the same numbers, within what float32 loses."""
    ours = [array for part in trace.layers for array in (part.z, part.a)]
    return all(
        abs(mine - other.reshape(1, -1)).max() <= WITHIN * abs(other).max()
        for mine, other in zip(ours, theirs, strict=True)
    )


def measure(of: Net, rounds: int) -> bool:
    """Measure one net, print its lines, and tell whether the goals hold."""
    net = Network(of.name, Input(3 * 224**2, shape=(3, 224, 224)), tuple(of.layers()), "float32")
    row = np.random.default_rng(1).normal(size=(1, net.input.size)).astype(np.float32)
    runtime, fed = session(net), {"input": row.reshape(1, *net.input.row)}
    same = agree(forward(net, row), runtime.run(None, fed))
    work: dict[str, Callable[[], object]] = {
        "nntrace": lambda: forward(net, row),
        "onnxruntime": lambda: runtime.run(None, fed),
    }
    taken: dict[str, list[float]] = {name: [] for name in work}
    for _ in range(rounds):
        for name, each in work.items():
            start = time.process_time()
            made = each()
            taken[name].append(time.process_time() - start)
            del made
    tracemalloc.start()
    trace = forward(net, row)
    grown = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    kept = sum(part.z.nbytes + part.a.nbytes for part in trace.layers)

    middle = {name: statistics.median(each) for name, each in taken.items()}
    ratio = middle["nntrace"] / middle["onnxruntime"]
    least = min(taken["nntrace"]) / min(taken["onnxruntime"])
    print(f"{of.name}: {len(net.layers)} convolutions, {net.parameters:,} parameters")
    print(
        f"  {middle['nntrace'] * 1e3:.1f} ms, onnxruntime {middle['onnxruntime'] * 1e3:.1f} ms: "
        f"ratio {ratio:.2f} (of the minima {least:.2f}), goal {of.goal:g}",
        verdict(ratio <= of.goal),
        sep="  ",
    )
    small = grown <= PEAK * kept
    print(
        f"  peak {grown / kept:.2f} × z and a ({kept / 1e6:.0f} MB), goal {PEAK}  {verdict(small)}"
    )
    print(f"  the same numbers within {WITHIN:g} of each layer's largest  {verdict(same)}")
    return ratio <= of.goal and small and same


def verdict(holds: bool) -> str:
    """Say whether a goal holds."""
    return "holds" if holds else "FAILS"


def main() -> int:
    """Measure, print a line for each goal, and return 1 where one does not hold."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=11, help="of each (default 11)")
    parser.add_argument("--net", choices=[net.name for net in NETS], help="this one alone")
    args = parser.parse_args()
    try:
        import onnx  # noqa: F401
        import onnxruntime
    except ImportError as error:
        print(f"convolutions: needs {error.name}: pip install onnx onnxruntime", file=sys.stderr)
        return 2
    print(f"yardstick: onnxruntime {onnxruntime.__version__}, {args.rounds} rounds, alternating")
    hold = [measure(net, args.rounds) for net in NETS if args.net in (None, net.name)]
    return 0 if all(hold) else 1


if __name__ == "__main__":
    sys.exit(main())
