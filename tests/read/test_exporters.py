"""Nets of live models, with frameworks that are only as large as what is asked of them.

What an exporter writes is an ONNX model made here; what a live model gives is computed here.
"""

from __future__ import annotations

import inspect
import sys
import tempfile
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np
import pytest

import nntrace
from nntrace.errors import NetworkError, UsageError

helper = pytest.importorskip("onnx").helper

W = np.array([[1.0, -2.0, 0.5], [0.25, 3.0, -1.0]], np.float32)
B = np.array([0.5, -0.5], np.float32)


def model(
    path: str, rows: Any = "rows", sign: float = 1.0, names: tuple[str, ...] = ("input",)
) -> None:
    """Write y = relu(W @ x + b), of the sum of its inputs; with `sign` -1 that of −x."""
    of = {"w": sign * W, "b": B}
    tensors = [helper.make_tensor(name, 1, each.shape, each.ravel()) for name, each in of.items()]
    nodes = [helper.make_node("Gemm", ["x", "w", "b"], ["z"], transB=1)]
    nodes += [helper.make_node("Relu", ["z"], ["y"])]
    first = "Sum" if len(names) > 1 else "Identity"
    nodes.insert(0, helper.make_node(first, list(names), ["x"]))
    inputs = [helper.make_tensor_value_info(name, 1, [rows, 3]) for name in names]
    outputs = [helper.make_tensor_value_info("y", 1, [rows, 2])]
    graph = helper.make_graph(nodes, "g", inputs, outputs, tensors)
    opset = [helper.make_opsetid("", 17)]
    Path(path).write_bytes(
        helper.make_model(graph, opset_imports=opset, ir_version=8).SerializeToString()
    )


class Tensor:
    """As much of a tensor as is asked for."""

    def __init__(self, values: Any) -> None:
        self.values = np.asarray(values)

    def detach(self) -> Tensor:
        return self

    cpu = detach

    def numpy(self) -> Any:
        return self.values

    def to(self, like: Tensor) -> Tensor:
        return Tensor(self.values.astype(like.values.dtype))


class Module:
    """relu(W @ x + b) of the sum of what it is given, where it is in `eval()`."""

    sign = 1.0

    def __init__(self) -> None:
        self.training = True
        self.part = SimpleNamespace(training=False)

    def modules(self) -> list[Any]:
        return [self, self.part]

    def eval(self) -> None:
        self.training = self.part.training = False

    def forward(self, x: Tensor) -> Any:
        z = self.sign * x.values @ W.T + B
        return Tensor(np.maximum(z, 0).astype(np.float32) + self.training)

    def __call__(self, *given: Tensor) -> Any:
        return self.forward(*given)


class Two(Module):
    """The same of two inputs, in a dict."""

    def forward(self, left: Tensor, right: Tensor) -> Any:
        return {"y": [super().forward(Tensor(left.values + right.values))]}


@pytest.fixture
def torch(monkeypatch: pytest.MonkeyPatch) -> Any:
    """A framework whose exporter writes `model`; `exported` are the files and options."""
    exported: list[tuple[str, dict[str, Any]]] = []

    def export(module: Any, given: Any, path: str, **told: Any) -> None:
        assert not module.training
        exported.append((path, told))
        if getattr(module, "fails", None) and "dynamic_axes" in told:
            raise RuntimeError(module.fails)
        rows = (
            "rows"
            if "dynamic_axes" in told or "dynamic_shapes" in told
            else given[0].values.shape[0]
        )
        model(path, rows, names=tuple(told["input_names"]))

    framework = ModuleType("torch")
    framework.nn = SimpleNamespace(Module=Module)  # type: ignore[attr-defined]
    framework.Tensor = Tensor  # type: ignore[attr-defined]
    framework.no_grad = lambda: tempfile.SpooledTemporaryFile()  # type: ignore[attr-defined]  # noqa: SIM115
    framework.from_numpy = Tensor  # type: ignore[attr-defined]
    framework.cat = lambda parts: Tensor(np.concatenate([each.values for each in parts]))  # type: ignore[attr-defined]
    framework.export = SimpleNamespace(Dim=lambda name: name)  # type: ignore[attr-defined]
    framework.onnx = SimpleNamespace(export=export)  # type: ignore[attr-defined]
    framework.exported = exported  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "torch", framework)
    return framework


ROW = Tensor(np.array([[0.5, -1.0, 2.0]], np.float32))


def test_a_module(torch: Any) -> None:
    module = Module()
    net = nntrace.from_torch(module, ROW)
    assert (net.name, net.input.size, net.dtype) == ("Module", 3, "float32")
    x = np.array([[1.0, 2.0, 3.0], [-1.0, 0.0, 1.0]], np.float32)
    assert (nntrace.forward(net, x).output == np.maximum(x @ W.T + B, 0)).all()
    assert (module.training, module.part.training) == (True, False)  # as they were
    assert not any(Path(path).exists() for path, _ in torch.exported)


def test_several_inputs_by_the_names_of_their_parameters(torch: Any) -> None:
    net = nntrace.from_torch(Two(), (ROW, Tensor(ROW.values * 2)))
    assert sorted(part.name for part in net.input.parts) == ["left", "right"]
    assert torch.exported[0][1]["input_names"] == ["left", "right"]


def test_one_row_where_the_first_axis_cannot_be_free(torch: Any) -> None:
    module = Module()
    module.fails = "no\n  free   axis"  # type: ignore[attr-defined]
    net = nntrace.from_torch(module, ROW)
    given = [{*told} & {"dynamic_axes", "dynamic_shapes"} for _, told in torch.exported]
    assert given[-1] == set()
    assert net.input.size == 3


def test_a_net_that_parts_from_the_module_is_not_returned(torch: Any) -> None:
    class Other(Module):
        sign = -1.0

    module = Other()
    with pytest.raises(NetworkError) as error:
        nntrace.from_torch(module, ROW)
    told = str(error.value)
    assert told.startswith("Other: the exported net gives something else: y of row 0, number ")
    assert module.training


def test_an_exporter_that_fails(torch: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def export(*_: Any, **__: Any) -> None:
        print("at length")
        raise RuntimeError("cannot\n\n  be\x1b[96m said")

    torch.onnx.export = export
    with pytest.raises(NetworkError) as error:
        nntrace.from_torch(Module(), ROW)
    assert str(error.value) == "Module: its exporter fails: cannot be said"


@pytest.mark.parametrize(
    ("module", "example", "told"),
    [
        (3, ROW, "from_torch: takes a torch.nn.Module, not int"),
        (Module(), 3, "takes an example that is a tensor, or a tuple of them, not int"),
        (Module(), (ROW, None), "not NoneType"),
    ],
)
def test_what_is_no_module_or_tensor(module: Any, example: Any, told: str, torch: Any) -> None:
    with pytest.raises(UsageError, match=told.replace("(", r"\(")):
        nntrace.from_torch(module, example)


def test_without_the_framework(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "torch", raising=False)
    monkeypatch.delitem(sys.modules, "keras", raising=False)
    with pytest.raises(UsageError, match=r"takes a torch\.nn\.Module, not Module"):
        nntrace.from_torch(Module(), ROW)
    with pytest.raises(UsageError, match="takes a model of Keras, not Module"):
        nntrace.from_keras(Module())


class Sequential:
    """As much of a model of Keras as is asked for."""

    __module__ = "keras.src.models"
    name = "my model"
    inputs = (SimpleNamespace(shape=(None, 3), dtype="float32", name="input"),)
    sign = 1.0

    def __call__(self, x: Any, training: bool) -> Any:
        assert training is False
        return np.maximum(self.sign * x @ W.T + B, 0)

    def export(self, path: str, format: str, verbose: bool) -> None:
        assert (format, verbose) == ("onnx", False)
        model(path)


@pytest.fixture
def keras(monkeypatch: pytest.MonkeyPatch) -> None:
    framework = ModuleType("keras")
    backend = SimpleNamespace(standardize_dtype=str, backend=lambda: "jax")
    framework.backend = backend  # type: ignore[attr-defined]
    framework.ops = SimpleNamespace(convert_to_numpy=np.asarray)  # type: ignore[attr-defined]
    framework.tree = SimpleNamespace(flatten=lambda value: [value])  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "keras", framework)


def test_a_model_of_keras(keras: None) -> None:
    net = nntrace.from_keras(Sequential())
    assert (net.name, net.input.size) == ("my_model", 3)


def test_a_free_axis_of_a_model_of_keras_counts_eight(keras: None) -> None:
    class Longer(Sequential):
        inputs = (SimpleNamespace(shape=(None, None), dtype="float32", name="input"),)

        def __call__(self, x: Any, training: bool) -> Any:
            return x * 2

        def export(self, path: str, format: str, verbose: bool) -> None:
            put = [helper.make_tensor_value_info(n, 1, ["rows", "length"]) for n in ("input", "y")]
            nodes = [helper.make_node("Add", ["input", "input"], ["y"])]
            graph = helper.make_graph(nodes, "g", put[:1], put[1:])
            opset = [helper.make_opsetid("", 17)]
            made = helper.make_model(graph, opset_imports=opset, ir_version=8)
            Path(path).write_bytes(made.SerializeToString())

    net = nntrace.from_keras(Longer())
    assert net.input.size == 8


def test_a_model_of_keras_in_torch_falls_back_on_its_exporter(
    keras: None, torch: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Odd(Sequential):
        def export(self, path: str, format: str, verbose: bool) -> None:
            raise RuntimeError("it knows no layer norm")

    with pytest.raises(NetworkError, match="its exporter fails: it knows no layer norm"):
        nntrace.from_keras(Odd())
    monkeypatch.setattr(sys.modules["keras"].backend, "backend", lambda: "torch")  # type: ignore[attr-defined]
    monkeypatch.setattr("nntrace.read.nets.exporters.find_spec", lambda name: True)
    assert nntrace.from_keras(Odd()).input.size == 3
    [(_, told)] = torch.exported
    assert told["dynamo"] is True


def test_a_model_of_keras_that_parts(keras: None) -> None:
    class Other(Sequential):
        sign = 2.0

    with pytest.raises(NetworkError, match="my model: the exported net gives something else: y of"):
        nntrace.from_keras(Other())


def test_a_model_of_keras_that_is_not_built(keras: None) -> None:
    class Bare(Sequential):
        inputs = ()

    with pytest.raises(UsageError, match="the model is not built"):
        nntrace.from_keras(Bare())
    with pytest.raises(UsageError, match="takes a model of Keras, not int"):
        nntrace.from_keras(3)


@pytest.mark.parametrize("name", ["from_torch", "from_keras", "from_sklearn"])
def test_they_say_what_they_check(name: str) -> None:
    assert "compared" in (inspect.getdoc(getattr(nntrace, name)) or "")
