"""Large weights are mapped into memory: the same values and the same faults, without a copy."""

from __future__ import annotations

import copy
import mmap
import pickle
import struct
import tracemalloc
from pathlib import Path

import numpy as np
import pytest
from netfiles import problems
from valid_nets import safetensors

from nntrace.core.forward import forward
from nntrace.core.network import Network
from nntrace.errors import FileError
from nntrace.read.arrays.numpy import MAPPED, open_npy, open_npz
from nntrace.read.arrays.safetensors import open_safetensors
from nntrace.read.nets import yaml as netfile

SIZE, FAN_IN = 700, 900  # 2.4 MiB of float32
WEIGHTS = np.random.default_rng(0).normal(size=(SIZE, FAN_IN)).astype(np.float32)
FILES = ("w.npy", "w.npz", "w.safetensors")


def write(path: Path, weights: np.ndarray, name: str = "W") -> None:
    if path.suffix == ".npy":
        np.save(path, weights)
    elif path.suffix == ".npz":
        np.savez(path, **{name: weights})
    else:
        kind = {"f2": "F16", "f4": "F32", "f8": "F64"}[weights.dtype.str[1:]]
        path.write_bytes(safetensors({name: (kind, list(weights.shape), weights.tobytes())}))


def source(file: str, more: str = "", dtype: str = "float32") -> str:
    return f"dtype: {dtype}\ninput: {FAN_IN}\nlayers: [{{weights: {{file: {file}{more}}}}}]\n"


def read(folder: Path, text: str) -> Network:
    return netfile.parse(text.encode(), "net.yaml", folder, "net")


def is_mapped(values: np.ndarray) -> bool:
    base: object = values
    while isinstance(base, np.ndarray | memoryview):
        base = base.base if isinstance(base, np.ndarray) else base.obj
    return isinstance(base, mmap.mmap)


def aligned_names(folder: Path) -> dict[str, bool]:
    """Write archives of names of several lengths, and tell in which the numbers are aligned."""
    found = {}
    for length in range(1, 5):
        file = f"{length}.npz"
        write(folder / file, WEIGHTS, "W" * length)
        found[file] = read(folder, source(file)).output.weights.flags.aligned
    return found


@pytest.mark.parametrize("file", FILES)
def test_large_weights_are_mapped_and_not_copied(file: str, tmp_path: Path) -> None:
    write(tmp_path / file, WEIGHTS)
    text = source(file)
    read(tmp_path, text)  # what is imported on the way is not counted
    tracemalloc.start()
    network = read(tmp_path, text)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    weights = network.output.weights
    assert is_mapped(weights)
    assert peak < WEIGHTS.nbytes / 4
    assert type(weights) is np.ndarray
    assert not weights.flags.writeable
    np.testing.assert_array_equal(weights, WEIGHTS)


@pytest.mark.parametrize("file", FILES)
def test_a_transposed_matrix_is_a_view(file: str, tmp_path: Path) -> None:
    write(tmp_path / file, WEIGHTS.T.copy())
    weights = read(tmp_path, source(file, ", transpose: true")).output.weights
    assert is_mapped(weights)
    np.testing.assert_array_equal(weights, WEIGHTS)


def test_a_matrix_in_fortran_order_is_a_view(tmp_path: Path) -> None:
    write(tmp_path / "w.npy", np.asfortranarray(WEIGHTS))
    weights = read(tmp_path, source("w.npy")).output.weights
    assert is_mapped(weights)
    np.testing.assert_array_equal(weights, WEIGHTS)


@pytest.mark.parametrize("file", FILES)
@pytest.mark.parametrize("dtype", ["f2", "f8"])
def test_another_dtype_is_copied(file: str, dtype: str, tmp_path: Path) -> None:
    write(tmp_path / file, WEIGHTS.astype(dtype))
    weights = read(tmp_path, source(file)).output.weights
    assert not is_mapped(weights)
    np.testing.assert_array_equal(weights, WEIGHTS.astype(dtype).astype("f4"))


def test_bfloat16_and_other_byte_orders_are_copied(tmp_path: Path) -> None:
    upper = (WEIGHTS.view("u4") >> 16).astype("<u2")
    wanted = (upper.astype("u4") << 16).view("f4")
    data = safetensors({"W": ("BF16", [SIZE, FAN_IN], upper.tobytes())})
    (tmp_path / "w.safetensors").write_bytes(data)
    np.testing.assert_array_equal(read(tmp_path, source("w.safetensors")).output.weights, wanted)
    np.save(tmp_path / "w.npy", upper.view("V2"))
    np.testing.assert_array_equal(read(tmp_path, source("w.npy")).output.weights, wanted)
    np.save(tmp_path / "w.npy", WEIGHTS.astype(">f4"))
    weights = read(tmp_path, source("w.npy")).output.weights
    assert weights.dtype == np.float32
    np.testing.assert_array_equal(weights, WEIGHTS)


def test_compressed_and_small_arrays_are_read(tmp_path: Path) -> None:
    np.savez_compressed(tmp_path / "w.npz", W=WEIGHTS)
    network = read(tmp_path, source("w.npz"))
    assert not is_mapped(network.output.weights)
    np.testing.assert_array_equal(network.output.weights, WEIGHTS)
    small = WEIGHTS[: MAPPED // (4 * FAN_IN)]
    for file in FILES:
        write(tmp_path / file, small)
        weights = read(tmp_path, source(file)).output.weights
        assert not is_mapped(weights)
        np.testing.assert_array_equal(weights, small)


def test_numbers_at_any_byte_of_an_archive_give_what_aligned_ones_do(tmp_path: Path) -> None:
    aligned = aligned_names(tmp_path)
    assert set(aligned.values()) == {True, False}
    rows = np.random.default_rng(1).normal(size=(5, FAN_IN)).astype(np.float32)
    wanted = rows.astype("f8") @ WEIGHTS.T.astype("f8")
    for file in aligned:
        network = read(tmp_path, source(file))
        assert is_mapped(network.output.weights)
        np.testing.assert_array_equal(network.output.weights, WEIGHTS)
        for count in (0, 1, 5):
            z = forward(network, rows[:count])["output"].z
            np.testing.assert_allclose(z, wanted[:count], rtol=0, atol=1e-3)


@pytest.mark.parametrize("file", FILES)
@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_the_first_number_that_is_not_finite_is_told(
    file: str, value: float, tmp_path: Path
) -> None:
    wrong = WEIGHTS.copy()
    wrong[[5, 600], [7, 0]] = value
    write(tmp_path / file, wrong)
    said = f"is {value}, takes finite numbers"
    at = "net.yaml:3:20: layers[0].weights: "
    assert problems(source(file), tmp_path) == [f"{at}its number [5, 7] {said}"]
    write(tmp_path / file, wrong.T.copy())
    assert problems(source(file, ", transpose: true"), tmp_path) == [
        f"{at}its number [0, 600] {said}"
    ]


def test_weights_and_bias_are_told_of_both(tmp_path: Path) -> None:
    np.savez(tmp_path / "w.npz", W=np.full((2, 3), np.nan), b=np.array([1, np.inf]))
    both = "weights: {file: w.npz, tensor: W}, bias: {file: w.npz, tensor: b}"
    assert problems(f"input: 3\nlayers: [{{{both}}}]", tmp_path) == [
        "net.yaml:2:20: layers[0].weights: its number [0, 0] is nan, takes finite numbers",
        "net.yaml:2:52: layers[0].bias: its number [1] is inf, takes finite numbers",
    ]


def test_numbers_so_large_that_their_squares_overflow_are_finite(tmp_path: Path) -> None:
    large = np.full((SIZE, FAN_IN), np.finfo("f4").max)
    for file in FILES:
        write(tmp_path / file, large)
        assert problems(source(file), tmp_path) == []
        write(tmp_path / file, np.full((SIZE, FAN_IN), 1e39))
        assert problems(source(file), tmp_path) == [
            "net.yaml:3:20: layers[0].weights: its number [0, 0], 1e+39, overflows float32"
        ]


OPEN = {".npy": open_npy, ".npz": open_npz, ".safetensors": open_safetensors}


@pytest.mark.parametrize("file", FILES)
def test_a_file_that_is_cut_short_after_it_was_opened(file: str, tmp_path: Path) -> None:
    path = tmp_path / file
    write(path, WEIGHTS)
    [stored] = OPEN[path.suffix](path).values()
    with open(path, "r+b") as stream:
        stream.truncate(WEIGHTS.nbytes // 2)
    with pytest.raises(FileError) as error:
        stored.load()
    said = "is cut short"
    assert said in str(error.value)


@pytest.mark.parametrize("file", FILES)
def test_a_file_put_in_its_place_does_not_change_a_net(file: str, tmp_path: Path) -> None:
    write(tmp_path / file, WEIGHTS)
    network = read(tmp_path, source(file))
    write(tmp_path / f"new-{file}", np.zeros((SIZE, FAN_IN), np.float32))
    (tmp_path / f"new-{file}").replace(tmp_path / file)
    np.testing.assert_array_equal(network.output.weights, WEIGHTS)


def test_a_damaged_header_in_an_archive_is_told(tmp_path: Path) -> None:
    write(tmp_path / "whole.npz", WEIGHTS)
    whole = bytearray((tmp_path / "whole.npz").read_bytes())
    name, extra = struct.unpack("<HH", whole[26:30])
    for at in range(30 + name + extra + 10):
        data = bytearray(whole)
        data[at] ^= 0xFF
        (tmp_path / "w.npz").write_bytes(data)
        told = problems(source("w.npz"), tmp_path)
        assert len(told) <= 1
        if not told:
            weights = read(tmp_path, source("w.npz")).output.weights
            np.testing.assert_array_equal(weights, WEIGHTS)


def test_a_mapped_net_is_copied_and_pickled_by_value(tmp_path: Path) -> None:
    write(tmp_path / "w.npz", WEIGHTS, "WWW")
    network = read(tmp_path, source("w.npz"))
    for other in (copy.deepcopy(network), pickle.loads(pickle.dumps(network))):
        assert not is_mapped(other.output.weights)
        np.testing.assert_array_equal(other.output.weights, WEIGHTS)
