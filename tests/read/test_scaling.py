"""`input.mean` and `input.std` from a file: every format, one number or one for each input."""

from __future__ import annotations

import io
import os
from pathlib import Path

import numpy as np
import pytest
from netfiles import parse, problems
from valid_nets import safetensors

THREE = np.array([1.0, 2.0, 4.0])
SHAPES: dict[str, np.ndarray] = {
    "vector": THREE,
    "row": THREE[None, :],
    "column": THREE[:, None],
    "number": np.array(2.0),
    "alone": np.array([2.0]),
    "cell": np.array([[2.0]]),
    "integers": np.array([1, 2, 4]),
    "halves": THREE.astype(np.float16),
}


def written(folder: Path, array: np.ndarray) -> list[str]:
    """Write an array in each format that can hold it, and return how a net file names each."""
    np.save(folder / "s.npy", array)
    np.savez(folder / "s.npz", m=array, other=np.ones(7))
    data = safetensors({"m": ("F64", list(array.shape), array.astype("<f8").tobytes())})
    (folder / "s.safetensors").write_bytes(data)
    names = ["{file: s.npy}", "{file: s.npz, tensor: m}", "{file: s.safetensors}"]
    if array.ndim:
        np.savetxt(folder / "s.csv", array, delimiter=",")
        names.append("{file: s.csv}")
    return names


def net(key: str, value: str, size: str = "size: 3, ", dtype: str = "float64") -> str:
    return (
        f"dtype: {dtype}\ninput: {{{size}{key}: {value}}}\n"
        "layers: [{size: 1, weights: {random: ones}}]\n"
    )


@pytest.mark.parametrize("key", ["mean", "std"])
@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("array", SHAPES.values(), ids=SHAPES)
def test_every_shape_and_format(array: np.ndarray, dtype: str, key: str, tmp_path: Path) -> None:
    expected = array.ravel() if array.size > 1 else array.reshape(())
    for name in written(tmp_path, array):
        values = getattr(parse(net(key, name, dtype=dtype), tmp_path).input, key)
        assert values.dtype == dtype
        assert values.tolist() == expected.tolist()
        assert not values.flags.writeable


def test_as_many_numbers_as_inputs_tell_the_size(tmp_path: Path) -> None:
    [name, *_] = written(tmp_path, THREE)
    text = f"input: {{labels: [a, b, c], mean: {name}, std: {name}}}\n"
    network = parse(f"{text}layers: [{{weights: [[1, 2, 3]]}}]", tmp_path)
    assert network.input.size == 3
    np.save(tmp_path / "s.npy", THREE[:2])
    assert problems(net("mean", name), tmp_path) == [
        "net.yaml:2:24: input.mean: has 2 numbers, input takes 3"
    ]


def test_a_picture_of_means(tmp_path: Path) -> None:
    np.save(tmp_path / "s.npy", np.arange(4.0).reshape(2, 2))
    parsed = parse(net("mean", "{file: s.npy}", "shape: [2, 2], "), tmp_path)
    assert parsed.input.mean is not None
    assert parsed.input.mean.tolist() == [0, 1, 2, 3]


def save(array: np.ndarray) -> bytes:
    stream = io.BytesIO()
    np.save(stream, array)
    return stream.getvalue()


TAKES = "takes one number, or one for each input"
FAULTS: dict[str, tuple[str, bytes | None, str]] = {
    "missing": ("s.npy", None, "'s.npy': no such file or directory"),
    "outside": ("../s.npy", None, "'../s.npy' lies outside the net file's folder"),
    "another kind": (
        "s.pkl",
        b"",
        "'s.pkl' is no weights file, takes .npy, .npz, .safetensors, .pt, .pth, .csv",
    ),
    "a matrix": ("s.npy", save(np.ones((3, 3))), f"is 3 × 3, {TAKES}"),
    "nothing": ("s.npy", save(np.ones(0)), f"is 0, {TAKES}"),
    "nan": ("s.npy", save(THREE * np.nan), "its number [0] is nan, takes finite numbers"),
    "too large": ("s.npy", save(THREE * 1e39), "its number [0], 1e+39, overflows float32"),
    "a counting line": (
        "s.csv",
        b"0,1,2\n4,5,6\n",
        "'s.csv' line 1: counts 0, 1, 2 …, as a header does that pandas writes; "
        "say header: true, or header: false where these are weights",
    ),
    "records": (
        "s.npy",
        save(np.zeros(3, dtype=[("a", "f8")])),
        "'s.npy' holds records, takes numbers (floats or integers)",
    ),
    "a pointer": (
        "s.npy",
        b"version https://git-lfs.github.com/spec/v1\n",
        "'s.npy' is a Git LFS pointer, whose content was not fetched "
        "(git lfs pull fetches it), takes a .npy file",
    ),
}


@pytest.mark.parametrize("key", ["mean", "std"])
@pytest.mark.parametrize(("name", "data", "said"), FAULTS.values(), ids=FAULTS)
def test_faults(key: str, name: str, data: bytes | None, said: str, tmp_path: Path) -> None:
    if data is not None:
        (tmp_path / name).write_bytes(data)
    column = 19 + len(key)
    lines = problems(net(key, f"{{file: {name}}}", dtype="float32"), tmp_path)
    assert lines == [f"net.yaml:2:{column + 1}: input.{key}: {said}"]


def test_deviations_are_positive(tmp_path: Path) -> None:
    for array, said in [
        (THREE - 1, "its number [0] is 0 in float64, takes positive numbers"),
        (THREE[:, None] - 2, "its number [0, 0] is -1 in float64, takes positive numbers"),
        (np.array(-2.0), "its number is -2 in float64, takes positive numbers"),
    ]:
        np.save(tmp_path / "s.npy", array)
        lines = problems(net("std", "{file: s.npy}"), tmp_path)
        assert lines == [f"net.yaml:2:23: input.std: {said}"]
        assert problems(net("mean", "{file: s.npy}"), tmp_path) == []


def test_what_is_no_regular_file(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.npy")
    (tmp_path / "folder.npy").mkdir()
    (tmp_path / "zero.npy").symlink_to("/dev/zero")
    for name, said in {
        "pipe.npy": "is not a regular file",
        "folder.npy": "is not a regular file",
        "zero.npy": "lies outside the net file's folder",
    }.items():
        lines = problems(net("mean", f"{{file: {name}}}"), tmp_path)
        assert lines == [f"net.yaml:2:24: input.mean: '{name}' {said}"]


def test_a_key_that_a_number_has_not(tmp_path: Path) -> None:
    np.save(tmp_path / "s.npy", THREE)
    assert problems(net("mean", "{file: s.npy, transpose: true}"), tmp_path) == [
        "net.yaml:2:38: input.mean.transpose: unknown key 'transpose', known: file, tensor, header"
    ]
