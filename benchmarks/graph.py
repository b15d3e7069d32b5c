"""ONNX models with every tensor kept, as a multiple of what onnxruntime takes for the same.

Convolutional nets that the package onnx brings, without trained weights, and the six models of
silero-vad, a chunk of 512 samples each; on one thread, in processor time, in the same process.
onnxruntime has its graph optimiser off, and every tensor of the main graph is an output. Needs
`onnx`, `onnxruntime` and `silero-vad`: what is not there is told, and left out.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import Any, NamedTuple

os.environ["OPENBLAS_NUM_THREADS"] = "1"

import numpy as np

from nntrace.core.graph.graph import Graph
from nntrace.core.graph.run import run
from nntrace.read.nets.onnx import read_graph

WITHIN = 1e-5
LEAST = 0.05  # seconds of one round
CHUNK = {"input": (1, 576), "state": (2, 1, 128)}  # 64 samples of the chunk before, and 512


class Net(NamedTuple):
    """A model, by the package and the file in it that hold it, and how many times onnxruntime's
    time it may take."""

    name: str
    goal: float
    package: str
    file: str


def light(name: str, goal: float) -> Net:
    return Net(name, goal, "onnx", f"onnx/backend/test/data/light/light_{name}.onnx")


def silero(name: str) -> Net:
    return Net(name, 20.0, "silero-vad", f"silero_vad/data/{name}.onnx")


NETS = (
    light("resnet50", 2.0),
    light("densenet121", 2.0),
    light("squeezenet", 2.0),
    light("shufflenet", 4.0),
    silero("silero_vad"),
    silero("silero_vad_16k_op15"),
    silero("silero_vad_16k_sequence"),
    silero("silero_vad_half"),
    silero("silero_vad_op18_ifless"),
    silero("silero_vad_openvino_16k"),
)


def made(graph: Graph, silent: bool) -> dict[str, np.ndarray]:
    """Return what a graph reads: a chunk at 16 kHz, or a picture of noise."""
    draw = np.random.default_rng(1)
    feeds = {}
    for name, dtype, shape in graph.inputs:
        sizes = CHUNK.get(name) if silent else None
        sizes = sizes or tuple(each if isinstance(each, int) else 1 for each in shape or ())
        if dtype.kind == "f":
            feeds[name] = draw.normal(0, 0.1, sizes).astype(dtype)
        else:
            feeds[name] = np.full(sizes, 16000, dtype)
    return feeds


def session(path: Path) -> Any:
    """Return onnxruntime's session, which gives every tensor of the main graph."""
    import onnx
    import onnxruntime as runtime

    model = onnx.load(str(path))
    told = {each.name for each in model.graph.output}
    for name in dict.fromkeys(name for node in model.graph.node for name in node.output):
        if name and name not in told:
            model.graph.output.append(onnx.ValueInfoProto(name=name))
    options = runtime.SessionOptions()
    options.graph_optimization_level = runtime.GraphOptimizationLevel.ORT_DISABLE_ALL
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 4
    return runtime.InferenceSession(
        model.SerializeToString(), options, providers=["CPUExecutionProvider"]
    )


def differing(ours: dict[str, np.ndarray], theirs: dict[str, np.ndarray]) -> Iterator[str]:
    """Yield the tensors that are not the same within a part of their largest number."""
    for name, other in theirs.items():
        mine = ours[name]
        if mine.shape != other.shape or mine.dtype != other.dtype:
            yield name
        elif other.size and other.dtype.kind == "f":
            largest = float(np.abs(other).max())
            if largest and not float(np.abs(mine - other).max()) <= WITHIN * largest:
                yield name
        elif other.dtype.kind != "f" and not np.array_equal(mine, other):
            yield name


def taken(work: Callable[[], object]) -> float:
    """Return the seconds that a call takes, of as many as make a round."""
    start, times = time.process_time(), 0
    while (spent := time.process_time() - start) < LEAST or not times:
        work()
        times += 1
    return spent / times


def measure(net: Net, path: Path, rounds: int) -> bool:
    """Measure one net, print its line, and tell whether the goal holds."""
    graph, runtime = read_graph(str(path)), session(path)
    feeds = made(graph, net.package == "silero-vad")
    names = [each.name for each in runtime.get_outputs()]
    ours = {each.name: each.value for each in run(graph, feeds)}
    apart = list(differing(ours, dict(zip(names, runtime.run(None, feeds), strict=True))))
    work = {"nntrace": lambda: list(run(graph, feeds)), "theirs": lambda: runtime.run(None, feeds)}
    times: dict[str, list[float]] = {name: [] for name in work}
    for _ in range(rounds):
        for name, each in work.items():
            times[name].append(taken(each))
    middle = {name: statistics.median(each) for name, each in times.items()}
    ratio = middle["nntrace"] / middle["theirs"]
    holds = ratio <= net.goal
    print(
        f"{net.name:24}{len(ours):6} tensors{middle['nntrace'] * 1e3:9.2f} ms"
        f"{middle['theirs'] * 1e3:9.2f} ms{ratio:7.2f}{net.goal:6g}  {verdict(holds)}"
    )
    if apart:
        print(f"  {len(apart)} of {len(names)} beyond {WITHIN:g} of their largest: {apart[0]}, …")
    return holds


def verdict(holds: bool) -> str:
    """Say whether a goal holds."""
    return "holds" if holds else "FAILS"


def main() -> int:
    """Measure, print a line for each net, and return 1 where a goal does not hold."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=9, help="of each (default 9)")
    parser.add_argument("--net", choices=[net.name for net in NETS], help="this one alone")
    args = parser.parse_args()
    try:
        import onnxruntime
    except ImportError as error:
        print(f"graph: needs {error.name}: pip install onnx onnxruntime", file=sys.stderr)
        return 2
    print(f"yardstick: onnxruntime {onnxruntime.__version__}, {args.rounds} rounds, alternating")
    print(f"{'':24}{'':14}{'nntrace':>12}{'theirs':>12}{'ratio':>7}{'goal':>6}")
    hold = []
    for net in NETS:
        if args.net not in (None, net.name):
            continue
        try:
            path = Path(str(distribution(net.package).locate_file(net.file)))
        except PackageNotFoundError:
            print(f"{net.name:24}  left out: needs {net.package}")
            continue
        hold.append(measure(net, path, args.rounds))
    return 0 if all(hold) else 1


if __name__ == "__main__":
    sys.exit(main())
