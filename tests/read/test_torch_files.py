"""PyTorch's files: tensors read without PyTorch, and without unpickling anything.

The files in `torch/` were written by PyTorch 2.13.
"""

from __future__ import annotations

import io
import pickle
import zipfile
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from netfiles import problems

import nntrace
from nntrace.errors import FileError
from nntrace.read.arrays.numpy import StoredArray
from nntrace.read.arrays.torch import open_torch

TORCH = Path(__file__).parent / "torch"
W = np.arange(24.0).reshape(4, 6)
KINDS = {
    "turned": (W.T, "float32"),
    "part": (W[1:, ::2], "float32"),
    "half": (W, "float16"),
    "brain": (W, "bfloat16"),
    "whole": (W, "int64"),
    "none": (np.zeros((0, 3)), "float32"),
    "one": (np.array(3.0), "float32"),
    "wide": (W, "float64"),
    "spread": (np.ones((3, 4)), "float32"),
    "parameter": (W, "float32"),
    "small": (W, "int8"),
}


@pytest.mark.parametrize("name", KINDS)
def test_kinds_of_numbers(name):
    values, dtype = KINDS[name]
    stored = open_torch(TORCH / "kinds.pt")[name]
    assert (stored.shape, stored.dtype) == (values.shape, dtype)
    assert (stored.load() == values).all()


def test_what_is_asked_for_alone_is_looked_at():
    stored = open_torch(TORCH / "kinds.pt")["truth"]
    assert stored.shape == (4, 6)
    with pytest.raises(FileError, match=r"'kinds\.pt: truth' holds truth values, takes numbers"):
        stored.load()


def test_names():
    names = [f"{at}.{what}" for at in (0, 2) for what in ("weight", "bias")]
    assert [*open_torch(TORCH / "state.pt")] == names
    assert [*open_torch(TORCH / "checkpoint.pth")] == [f"model.{name}" for name in names]
    assert [*open_torch(TORCH / "alone.pt")] == [""]


def net(folder: Path, file: str, *names: str) -> str:
    (folder / file).write_bytes((TORCH / file).read_bytes())
    weights = [f"{{weights: {{file: {file}, tensor: {name}}}}}" for name in names]
    return f"dtype: float32\ninput: 2\nlayers: [{', '.join(weights)}]"


def test_a_net_reads_them(tmp_path):
    (tmp_path / "net.yaml").write_text(
        "dtype: float32\ninput: 2\nweights: state.pt\n"
        "layers: [{name: '0', activation: relu}, {name: '2'}]\n"
    )
    (tmp_path / "state.pt").write_bytes((TORCH / "state.pt").read_bytes())
    read = nntrace.load(tmp_path / "net.yaml")
    assert read.layers[0].weights.tolist() == [[0, 1], [2, 3], [4, 5]]
    assert read.layers[1].bias.tolist() == [3, 4]
    written = net(tmp_path, "checkpoint.pth", "model.0.weight", "model.2.weight")
    assert problems(written.encode(), tmp_path) == []


REFUSED = {
    "module.pt": "'module.pt' holds more than tensors: torch.nn.modules.container.Sequential, "
    "takes one that torch.save(model.state_dict(), …) wrote",
    "legacy.pt": "'legacy.pt' was saved before PyTorch 1.6: torch.save(torch.load('legacy.pt', "
    "weights_only=True), …) renews it",
    "eight.pt": "'eight.pt' holds more than tensors: torch.storage.UntypedStorage",
}


@pytest.mark.parametrize("file", REFUSED)
def test_what_is_refused_by_name(file, tmp_path):
    [told] = problems(net(tmp_path, file, "a").encode(), tmp_path)
    assert REFUSED[file] in told


# ---- what strangers put into a pickle ----


def archive(folder: Path, data: bytes, *more: str) -> Path:
    """Write a file of PyTorch's form around a pickle."""
    with zipfile.ZipFile(folder / "bad.pt", "w") as written:
        written.writestr("bad/data.pkl", data)
        for name in more:
            written.writestr(f"bad/{name}", b"")
    return folder / "bad.pt"


class Call:
    """Pickled as a call of something."""

    def __init__(self, function: Any, *given: Any) -> None:
        self.reduced = function, given

    def __reduce__(self) -> tuple[Any, ...]:
        return self.reduced


def doubled(depth: int) -> list[Any]:
    value: list[Any] = []
    for _ in range(depth):
        value = [value] * 1000
    return value


def within_itself() -> dict[str, Any]:
    value: dict[str, Any] = {}
    value["again"] = value
    return value


BAD = {
    "a call": (pickle.dumps({"a": Call(print, "run!")}), "holds more than tensors: builtins.print"),
    "a call, protocol 4": (
        pickle.dumps(Call(Path.cwd), 4), "holds more than tensors: builtins.getattr",
    ),
    "a class": (pickle.dumps(Path("x")), "holds more than tensors: pathlib."),
    "another storage": (
        b"\x80\x02(X\x07\x00\x00\x00storagecos\nsystem\nX\x01\x00\x00\x000X\x00\x00\x00\x00K\x01tQ.",
        "holds more than tensors: os.system",
    ),
    "lists of lists": (pickle.dumps(doubled(5)), "its pickle is damaged"),
    "within itself": (pickle.dumps(within_itself()), "holds dicts nested deeper than 20 levels"),
    "nothing": (b"", "its pickle is damaged"),
    "no end": (b"\x80\x02}", "its pickle is damaged"),
    "no mark": (b"\x80\x02t.", "its pickle is damaged"),
    "a state of a text": (b"\x80\x02X\x01\x00\x00\x00ab.", "its pickle is damaged"),
    "a far memo": (b"\x80\x02}r\xff\xff\xff\x7f.", ""),
    "an extension": (b"\x80\x02\x82\x01.", "its pickle is damaged"),
}  # fmt: skip


@pytest.mark.parametrize(("data", "told"), BAD.values(), ids=BAD)
def test_nothing_is_run(data, told, tmp_path, capsys):
    if not told:
        assert open_torch(archive(tmp_path, data)) == {}
        return
    with pytest.raises(FileError) as error:
        open_torch(archive(tmp_path, data))
    assert told in str(error.value)
    assert str(error.value).startswith("'bad.pt' ")
    assert capsys.readouterr().out == ""


def test_archives_that_are_none(tmp_path):
    cases = {
        "no data.pkl": lambda: archive(tmp_path, b"").write_bytes(zipped({"a": b""})),
        "is a program": lambda: archive(tmp_path, b"", "code/x.py"),
        "no PyTorch file": lambda: (tmp_path / "bad.pt").write_bytes(b"weights"),
        "from their other end": lambda: (tmp_path / "bad.pt").write_bytes(
            zipped({"bad/data.pkl": b"", "bad/byteorder": b"big"})
        ),
    }
    for told, make in cases.items():
        make()
        with pytest.raises(FileError, match=told):
            open_torch(tmp_path / "bad.pt")


def zipped(members: dict[str, bytes]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as written:
        for name, data in members.items():
            written.writestr(name, data)
    return stream.getvalue()


def test_one_number_that_stands_for_billions(tmp_path):
    with zipfile.ZipFile(TORCH / "alone.pt") as alone:
        members = {name: alone.read(name) for name in alone.namelist()}
    whole, strides = b"K\x04K\x06\x86", b"K\x06K\x01\x86"  # 4 × 6
    pickled = members["alone/data.pkl"]
    assert whole in pickled
    assert strides in pickled
    vast = pickled.replace(whole, b"J\xff\xff\xff\x7fK\x06\x86").replace(strides, b"K\x00K\x00\x86")
    (tmp_path / "vast.pt").write_bytes(zipped({**members, "alone/data.pkl": vast}))
    [stored] = open_torch(tmp_path / "vast.pt").values()
    with pytest.raises(FileError, match="would unpack from 96 bytes to 51,539,607,528, which no"):
        stored.load()


@pytest.mark.parametrize("file", ["state.pt", "kinds.pt"])
def test_every_shorter_file_is_refused(file, tmp_path):
    whole = (TORCH / file).read_bytes()
    for length in range(0, len(whole), 97):
        (tmp_path / "cut.pt").write_bytes(whole[:length])
        with pytest.raises(FileError):
            open_torch(tmp_path / "cut.pt")


@settings(
    max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
def test_damaged_pickles_give_tensors_or_one_line(data, tmp_path):
    with zipfile.ZipFile(TORCH / "kinds.pt") as kinds:
        pickled = bytearray(kinds.read("kinds/data.pkl"))
        others = {name: kinds.read(name) for name in kinds.namelist() if "/data/" in name}
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(pickled) - 1))
        pickled[at] = data.draw(st.integers(0, 255))
    (tmp_path / "odd.pt").write_bytes(zipped({"kinds/data.pkl": bytes(pickled), **others}))
    for stored in opened(tmp_path / "odd.pt"):
        with suppress(FileError):
            assert stored.load().shape == stored.shape


def opened(path: Path) -> list[StoredArray]:
    """Return the arrays of a file, none of a damaged one; anything but a FileError is a fault."""
    with suppress(FileError):
        return [*open_torch(path).values()]
    return []
