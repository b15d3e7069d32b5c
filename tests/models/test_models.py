"""Real models, tensor by tensor: nntrace gives what onnxruntime does, float64 arbitrating.

The models lie in wheels on PyPI, and in the package onnx; nobody tuned nntrace to them.
"""

from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
from onnx import TensorProto, load, load_tensor_from_string, numpy_helper
from threadpoolctl import threadpool_limits

import nntrace
from nntrace.core.graph.run import run
from nntrace.errors import InputError
from nntrace.read.nets.onnx import read_graph
from nntrace.read.nets.onnx.second import run_onnxruntime

CLOSE = 1e-5  # of the largest number of a tensor


def home(package):
    """Return the folder of a package without importing it, which may need others."""
    spec = find_spec(package)
    assert spec is not None, f"{package} is not installed: requirements/models.txt"
    return Path(spec.submodule_search_locations[0])


SILERO = "silero_vad/data/silero_vad"
PADDLE = "rapidocr_onnxruntime/models/ch_"
# the model, shapes of inputs that have free ones, and inputs that must be a certain number
REAL = [
    (f"{SILERO}.onnx", {"input": (1, 512), "state": (2, 1, 128)}, {"sr": 16000}),
    (f"{SILERO}.onnx", {"input": (2, 256), "state": (2, 2, 128)}, {"sr": 8000}),
    (f"{SILERO}_16k_op15.onnx", {"input": (1, 512), "state": (2, 1, 128)}, {"sr": 16000}),
    (f"{SILERO}_16k_sequence.onnx", {"input": (3, 576)}, {}),
    (f"{SILERO}_half.onnx", {"input": (1, 512), "state": (2, 1, 128)}, {}),
    (f"{SILERO}_op18_ifless.onnx", {"input": (1, 512), "state": (2, 1, 128)}, {"sr": 16000}),
    (f"{SILERO}_op18_ifless.onnx", {"input": (1, 256), "state": (2, 1, 128)}, {"sr": 8000}),
    (f"{SILERO}_openvino_16k.onnx", {}, {}),
    ("magika/models/standard_v3_3/model.onnx", {"bytes": (2, 2048)}, {}),
    ("basic_pitch/saved_models/icassp_2022/nmp.onnx", {}, {}),
    (f"{PADDLE}PP-OCRv4_det_infer.onnx", {"x": (1, 3, 64, 96)}, {}),
    (f"{PADDLE}PP-OCRv4_rec_infer.onnx", {"x": (1, 3, 48, 96)}, {}),
    (f"{PADDLE}ppocr_mobile_v2.0_cls_infer.onnx", {"x": (2, 3, 48, 192)}, {}),
]
DATA = home("onnx") / "backend" / "test" / "data"
LIGHT = sorted(path.stem for path in (DATA / "light").glob("*.onnx"))
PYTORCH = sorted(
    path.parent.relative_to(DATA).as_posix() for path in DATA.glob("pytorch-*/*/model.onnx")
)


@pytest.fixture(autouse=True)
def one_thread():
    """Two threads wait for each other more than they compute, where other tests run beside."""
    with threadpool_limits(1):
        yield


def feeds_for(graph, shapes, numbers):
    draw = np.random.default_rng(0)
    feeds = {}
    for each in graph.inputs:
        shape = shapes.get(each.name) or [
            size if isinstance(size, int) else 1 for size in each.shape
        ]
        if each.name in numbers:
            made = np.full(shape, numbers[each.name])
        elif each.dtype.kind in "iu":
            made = draw.integers(0, 100, shape)
        else:
            made = draw.standard_normal(shape)
        feeds[each.name] = made.astype(each.dtype)
    return feeds


def difference(a, b):
    """Return the largest difference, of the largest number of b; NaN and infinities agree."""
    if not a.size:
        return 0.0
    a, b = np.atleast_1d(a.astype(np.float64)), np.atleast_1d(b.astype(np.float64))
    same = (a == b) | (np.isnan(a) & np.isnan(b))
    largest = np.abs(b[np.isfinite(b)]).max(initial=0.0)
    with np.errstate(invalid="ignore"):
        apart = np.where(same, 0.0, np.abs(a - b)).max()
    return apart / max(largest, np.finfo(np.float64).tiny)


def disagreements(graph, feeds):
    """Return the tensors on which the two disagree, and ours is the one that is not exact.

    That is where it is more than twice as far from float64 as theirs: where digits cancel, both are
    far from it, and which one is nearer is chance.
    """
    theirs = {name: value for name, value, _ in run_onnxruntime(graph, feeds)}
    ours, apart = [], {}
    for name, value, _ in run(graph, feeds):
        ours.append(name)
        assert (value.dtype, value.shape) == (theirs[name].dtype, theirs[name].shape), name
        if difference(value, theirs[name]) > CLOSE:
            apart[name] = value
    assert ours == list(theirs)
    if not apart:
        return {}
    wide = {
        name: value.astype(np.float64) if value.dtype.kind == "f" else value
        for name, value in feeds.items()
    }
    return {
        name: (own, other)
        for name, exact, _ in run(graph.as_dtype("float64"), wide)
        if name in apart
        and (own := difference(apart[name], exact)) > CLOSE
        and own > 2 * (other := difference(theirs[name], exact))
    }


@pytest.mark.parametrize(("name", "shapes", "numbers"), REAL)
def test_every_tensor_of_a_real_model(name, shapes, numbers):
    package, _, rest = name.partition("/")
    graph = read_graph(str(home(package) / rest))
    assert disagreements(graph, feeds_for(graph, shapes, numbers)) == {}


@pytest.mark.parametrize("name", LIGHT)
def test_every_tensor_of_a_packaged_cnn(name):
    graph = read_graph(str(DATA / "light" / f"{name}.onnx"))
    assert disagreements(graph, feeds_for(graph, {}, {})) == {}


def packaged(folder, kind):
    """Return the arrays that come with a model, in order."""
    files = sorted(
        folder.glob(f"test_data_set_0/{kind}_*.pb"),
        key=lambda path: int(path.stem[len(kind) + 1 :]),
    )
    protos = [load_tensor_from_string(path.read_bytes()) for path in files]
    assert all(isinstance(proto, TensorProto) for proto in protos)
    return [numpy_helper.to_array(proto) for proto in protos]


# onnxruntime computes these operators as of opset 7 alone
OLD = "Could not find an implementation"


@pytest.mark.parametrize("name", PYTORCH)
def test_every_tensor_of_a_packaged_pytorch_model(name):
    graph = read_graph(str(DATA / name / "model.onnx"))
    given = packaged(DATA / name, "input")
    feeds = {each.name: value for each, value in zip(graph.inputs, given, strict=True)}
    found = {name: value for name, value, _ in run(graph, feeds)}
    for each, value in zip(graph.outputs, packaged(DATA / name, "output"), strict=True):
        assert difference(found[each.name], value) < CLOSE
    try:
        assert disagreements(graph, feeds) == {}
    except InputError as error:
        if OLD not in str(error):
            raise


def _held(graph):
    """Return how many numbers a graph of onnx holds, whole ones of int64 apart."""
    attributes = [each for node in graph.node for each in node.attribute]
    tensors = [*graph.initializer, *(each.t for each in attributes if each.HasField("t"))]
    own = sum(int(np.prod(each.dims)) for each in tensors if each.data_type != TensorProto.INT64)
    return own + sum(_held(each.g) for each in attributes if each.HasField("g"))


def test_the_weights_of_branches_are_counted():
    path = home("silero_vad") / "data" / "silero_vad.onnx"
    count = _held(load(path).graph)
    assert count > 500_000
    network = nntrace.load(path)
    assert network.parameters == count
    assert sum(layer.op.nbytes for layer in network.layers) == 4 * count
