"""Files given as nets that are none: each is called what it is, with its tensors and a way on."""

from __future__ import annotations

import io
import pickle
import sys
import types
import zipfile
from collections import OrderedDict
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from filekinds import KINDS
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from netfiles import problems
from valid_nets import safetensors

from nntrace.errors import NetworkError
from nntrace.read.nets.load import load
from nntrace.read.recognise import HEAD, ONNX, kind_of

SAVE = (
    "takes a net file (.yaml): save the weights as .safetensors or .npz where they were made, "
    "and name that file in it"
)


class Storage:
    """What a tensor's numbers lie in; pickled by its number."""

    def __init__(self, key: int, numbers: int) -> None:
        self.key, self.numbers = key, numbers


class Tensor:
    """Pickled as PyTorch does: by its storage, an offset, shape and strides."""

    def __init__(self, key: int, *shape: int) -> None:
        self.key, self.shape = key, shape

    def __reduce__(self) -> tuple[Any, ...]:
        storage = Storage(self.key, int(np.prod(self.shape)))
        strides = (1,) * len(self.shape)
        rebuild = sys.modules["torch._utils"]._rebuild_tensor_v2
        return rebuild, (storage, 0, self.shape, strides, False, OrderedDict())


READ = "a net file reads them by weights: net.yaml, nntrace new net.yaml begins one"

STATE = OrderedDict(
    [("fc1.weight", Tensor(0, 32, 64)), ("fc1.bias", Tensor(1, 32)), ("scale", Tensor(2))]
)
TENSORS = "of 3 tensors: fc1.weight (32 × 64), fc1.bias (32), scale (a single number)"


@pytest.fixture(scope="module")
def pickled() -> Any:
    """Pickle with PyTorch's names, of which none is called when it is read."""
    torch, utils = types.ModuleType("torch"), types.ModuleType("torch._utils")

    def _rebuild_tensor_v2(*given: object) -> None:
        raise AssertionError("a pickle was run")

    storage = type("FloatStorage", (), {"__module__": "torch"})
    _rebuild_tensor_v2.__module__, _rebuild_tensor_v2.__qualname__ = (
        "torch._utils",
        "_rebuild_tensor_v2",
    )
    utils._rebuild_tensor_v2, torch.FloatStorage = _rebuild_tensor_v2, storage  # type: ignore[attr-defined]

    class Pickler(pickle.Pickler):
        def persistent_id(self, value: Any) -> Any:
            if isinstance(value, Storage):
                return "storage", storage, str(value.key), "cpu", value.numbers
            return None

    def dump(value: object) -> bytes:
        stream = io.BytesIO()
        Pickler(stream, 2).dump(value)
        return stream.getvalue()

    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(sys.modules, "torch", torch)
        patch.setitem(sys.modules, "torch._utils", utils)
        yield dump


def checkpoint(data: bytes, *more: str) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, content in [("m/data.pkl", data), *((each, b"") for each in more)]:
            archive.writestr(name, content)
    return stream.getvalue()


def said(folder: Path, data: bytes) -> str:
    """Load the bytes as a net whose name says nothing, from a file and from a pipe."""
    path = folder / "net.yaml"
    path.write_bytes(data)
    with pytest.raises(NetworkError) as error:
        load(path)
    [problem] = error.value.problems
    assert (problem.source, problem.line) == (str(path), None)
    assert problems(data) == [f"net.yaml: {problem.message.replace(path.name, 'FILE')}"]
    return problem.message


def test_checkpoints_of_pytorch(pickled: Any, tmp_path: Path) -> None:
    inner = {"epoch": 3, "model": STATE, "optimizer": {"lr": 0.1}}
    old = b"".join(pickle.dumps(each, 2) for each in (0x1950A86A20F9469CFC6C, 1001, {"a": 1}))
    torch = f"is a PyTorch checkpoint {TENSORS}; {SAVE}"
    alone = f"is a PyTorch checkpoint {TENSORS}; it has weights alone: {READ}"
    within = alone.replace("fc1", "model.fc1").replace("scale", "model.scale")
    assert said(tmp_path, checkpoint(pickled(STATE), "m/data/0")) == alone
    assert said(tmp_path, checkpoint(pickled(inner))) == within
    other = {"net": Path("x"), "state": STATE}
    assert said(tmp_path, checkpoint(pickled(other))) == torch
    assert said(tmp_path, old + pickled(STATE)) == torch
    assert said(tmp_path, checkpoint(pickled(STATE), "m/code/a.py")) == torch.replace(
        "checkpoint", "checkpoint (TorchScript)"
    )


def saved(save: Any, *values: object, **named: object) -> bytes:
    stream = io.BytesIO()
    save(stream, *values, **named)
    return stream.getvalue()


LAYERS = {f"l{index}": np.ones((2, 3)) for index in range(8)}
SIX = ", ".join(f"l{index} (2 × 3)" for index in range(6))
PAIR = {"a": ("F32", [2, 3], bytes(24)), "b": ("F32", [2], bytes(8))}
HELD = {
    "npz": (
        saved(np.savez, **LAYERS),
        f"is a NumPy archive (.npz) of 8 tensors: {SIX} and 2 more; it has weights alone: {READ}",
    ),
    "npz of objects": (
        saved(np.savez, a=np.array([None]), b=np.ones(2)),
        f"is a NumPy archive (.npz) of 2 tensors: a, b (2); it has weights alone: {READ}",
    ),
    "npy": (
        saved(np.save, np.ones((2, 3))),
        "is a NumPy array (.npy) of 1 tensor: (2 × 3); it is one array: "
        "a layer of a net file reads it by weights: {file: net.yaml}",
    ),
    "safetensors": (
        safetensors(PAIR),
        f"is a safetensors file of 2 tensors: a (2 × 3), b (2); it has weights alone: {READ}",
    ),
    "a pickle": (
        pickle.dumps({"net": OrderedDict(a=Path("x"))}),
        f"is a Python pickle of pathlib.{type(Path()).__name__}; {SAVE}",
    ),
    "a plain pickle": (pickle.dumps([1, 2]), f"is a Python pickle; {SAVE}"),
    "a pointer": (
        b"version https://git-lfs.github.com/spec/v1\n",
        "is a Git LFS pointer, whose content was not fetched (git lfs pull fetches it)",
    ),
    "a picture": (b"\x89PNG\r\n\x1a\n\0\0", "is a PNG picture; takes a net file (.yaml)"),
}


@pytest.mark.parametrize(("data", "told"), HELD.values(), ids=HELD)
def test_what_they_hold(data: bytes, told: str, tmp_path: Path) -> None:
    assert said(tmp_path, data) == told


FOREIGN = {name: data for name, (data, kind) in KINDS.items() if kind and kind != ONNX}


@pytest.mark.parametrize("data", FOREIGN.values(), ids=FOREIGN)
def test_every_kind_is_named(data: bytes, tmp_path: Path) -> None:
    kind = kind_of(data[:HEAD])
    assert kind
    assert said(tmp_path, data).startswith("is ")


@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from([data for data, _ in HELD.values()]), st.data())
def test_damaged_ones_are_no_fault(tmp_path: Path, data: bytes, draw: st.DataObject) -> None:
    at = draw.draw(st.integers(0, len(data)))
    piece = draw.draw(st.binary(max_size=8))
    changed = data[:at] + piece + data[at + len(piece) :]
    (tmp_path / "net.yaml").write_bytes(draw.draw(st.sampled_from([changed, data[:at] + piece])))
    with pytest.raises(NetworkError):
        load(tmp_path / "net.yaml")


def test_one_too_long_for_a_text_is_told_by_its_beginning(tmp_path: Path) -> None:
    path = tmp_path / "net.yaml"
    path.write_bytes(HELD["npy"][0])
    with open(path, "r+b") as stream:
        stream.truncate(2**29)
    with pytest.raises(NetworkError, match="is a NumPy array"):
        load(path)
