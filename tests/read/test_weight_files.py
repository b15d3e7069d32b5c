"""Faults in weights files, told at the place in the net file that names them."""

from __future__ import annotations

import io
import json
import os
import pickle
import struct
import sys
import warnings
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from netfiles import Measured, parse, problems
from valid_nets import safetensors

from nntrace.core.network import Network
from nntrace.errors import NetworkError
from nntrace.read.arrays.weights import FORMATS
from nntrace.read.nets import yaml as netfile
from nntrace.read.nets.load import load


def net(source: str, before: str = "", layer: str = "") -> str:
    """Return a net of 3 inputs whose weights come from somewhere: they are named in 2:20."""
    return f"{before}input: 3\nlayers: [{{weights: {source}{layer}}}]\n"


def told(folder: Path, file: str, more: str = "", layer: str = "") -> list[str]:
    """Return what is said of a weights file, without the place and path, which are checked."""
    lines = problems(net(f"{{file: {file}{more}}}", layer=layer), folder)
    place = "net.yaml:2:20: layers[0].weights: "
    assert all(line.startswith(place) for line in lines), lines
    return [line.removeprefix(place) for line in lines]


def npy(array: np.ndarray) -> bytes:
    """Return the bytes of a .npy file."""
    stream = io.BytesIO()
    np.save(stream, array, allow_pickle=True)
    return stream.getvalue()


def header(text: str, data: bytes = b"", version: int = 1) -> bytes:
    """Return a .npy file with a header of one's own."""
    length = struct.pack("<H" if version == 1 else "<I", len(text))
    return b"\x93NUMPY" + bytes([version, 0]) + length + text.encode("latin-1") + data


def described(descr: str, shape: str, data: bytes = b"") -> bytes:
    return header(f"{{'descr': {descr}, 'fortran_order': False, 'shape': {shape}}}\n", data)


RIGHT = np.array([[1.0, 2, 3], [4, 5, 6]])
CUT_SHORT = "'w.npy' is cut short: its header promises more than it holds"
NO_NPY = "'w.npy' is no NumPy array file, or damaged"
TAKES = "takes numbers (floats or integers)"

NPY: dict[str, tuple[bytes, str]] = {
    "empty": (b"", NO_NPY),
    "text": (b"1,2,3\n", NO_NPY),
    "another format": (b"PK\x03\x04" + bytes(100), "'w.npy' is a ZIP archive, takes a .npy file"),
    "a pickle": (pickle.dumps([1]), "'w.npy' is a Python pickle, takes a .npy file"),
    "the magic alone": (b"\x93NUMPY", NO_NPY),
    "an unknown version": (header("{}", version=9), NO_NPY),
    "half a header": (npy(RIGHT)[:40], NO_NPY),
    "half its data": (npy(RIGHT)[:-1], CUT_SHORT),
    "no data": (described("'<f8'", "(2, 3)"), CUT_SHORT),
    "10^12 numbers": (
        described("'<f8'", "(1000000, 1000000)"),
        "'w.npy' says that it holds more numbers than fit into memory",
    ),
    "10^9 numbers": (described("'<i1'", "(1000000000,)"), CUT_SHORT),
    "numbers beyond all": (
        described("'<f8'", "(9223372036854775807,) * 1"),
        NO_NPY,
    ),
    "a huge side": (described("'<f8'", f"({'9' * 400}, 3)"), NO_NPY),
    "a shape of 5,000 digits": (described("'<f8'", f"({'9' * 5000},)"), NO_NPY),
    "many huge sides": (
        described("'<f8'", f"({', '.join(['9223372036854775807'] * 60)})"),
        "'w.npy' says that it holds more numbers than fit into memory",
    ),
    "too many axes": (described("'<f8'", f"({'1,' * 100})", bytes(8)), NO_NPY),
    "a truth value as a side": (
        described("'<f8'", "(True, 3)", bytes(24)),
        f"{NO_NPY}: (True, 3) is no shape",
    ),
    "truth values as sides": (
        described("'<f8'", "(True, False)", bytes(24)),
        f"{NO_NPY}: (True, False) is no shape",
    ),
    "a side that is a float": (described("'<f8'", "(2.0, 3)", bytes(48)), NO_NPY),
    "a side that is nothing": (described("'<f8'", "(None, 3)", bytes(48)), NO_NPY),
    "a list as a shape": (described("'<f8'", "[2, 3]", bytes(48)), NO_NPY),
    "a number as a shape": (described("'<f8'", "6", bytes(48)), NO_NPY),
    "an order that is text": (
        header("{'descr': '<f8', 'fortran_order': 'yes', 'shape': (2, 3)}\n", bytes(48)),
        NO_NPY,
    ),
    "an order that is a number": (
        header("{'descr': '<f8', 'fortran_order': 1, 'shape': (2, 3)}\n", bytes(48)),
        NO_NPY,
    ),
    "a type that is a number": (described("8", "(2, 3)", bytes(48)), NO_NPY),
    "a type of no bytes": (
        described("'|V0'", "(2, 3)"),
        f"'w.npy' holds values of type |V0, {TAKES}",
    ),
    "a key too many": (
        header("{'descr': '<f8', 'fortran_order': False, 'shape': (2, 3), 'a': 1}\n", bytes(48)),
        NO_NPY,
    ),
    "a list as a header": (header("['<f8', False, (2, 3)]\n", bytes(48)), NO_NPY),
    "a negative side": (described("'<f8'", "(-1, 3)", bytes(24)), NO_NPY),
    "a shape of text": (described("'<f8'", "('2', 3)", bytes(48)), NO_NPY),
    "an unknown type": (described("'hello'", "(2, 3)", bytes(48)), NO_NPY),
    "a header that is code": (header("__import__('os').getcwd()\n"), NO_NPY),
    "a header of brackets": (header("(" * 9000 + "\n"), NO_NPY),
    "a header of signs": (header("-" * 9000 + "1\n"), NO_NPY),
    "a header with a bad escape": (header("{'descr': '\\d'}\n"), NO_NPY),
    "a header too long": (header("{" + " " * 60_000 + "}\n"), NO_NPY),
    "a header of 4 GB": (
        b"\x93NUMPY\x02\x00" + struct.pack("<I", 2**32 - 1) + b"{",
        NO_NPY,
    ),
    "objects": (npy(np.array([[1, None]], dtype=object)), f"'w.npy' holds Python objects, {TAKES}"),
    "complex": (npy(RIGHT * 1j), f"'w.npy' holds complex numbers, {TAKES}"),
    "truth values": (npy(RIGHT > 1), f"'w.npy' holds truth values, {TAKES}"),
    "text values": (npy(np.array([["a"]])), f"'w.npy' holds text, {TAKES}"),
    "byte text": (npy(np.array([[b"a"]])), f"'w.npy' holds text, {TAKES}"),
    "dates": (npy(np.array(["2020-01-01"], dtype="M8[D]")), f"'w.npy' holds dates, {TAKES}"),
    "records": (npy(np.zeros((2, 3), dtype=[("a", "f8")])), f"'w.npy' holds records, {TAKES}"),
    "records of two bytes": (
        npy(np.zeros((2, 3), dtype=[("a", "i1"), ("b", "i1")])),
        f"'w.npy' holds records, {TAKES}",
    ),
    "rows as a type": (
        described("'(2,)i1'", "(2, 3)", bytes(12)),
        f"'w.npy' holds records, {TAKES}",
    ),
    "bytes of no type": (
        npy(np.zeros((2, 3), dtype="V3")),
        f"'w.npy' holds values of type |V3, {TAKES}",
    ),
    "nan": (
        npy(np.array([[1, 2, 3], [4, np.nan, np.inf]])),
        "its number [1, 1] is nan, takes finite numbers",
    ),
    "minus infinity, in Fortran order": (
        npy(np.asfortranarray([[1, 2, 3], [4, 5, -np.inf]])),
        "its number [1, 2] is -inf, takes finite numbers",
    ),
    "nan in float16": (
        npy(np.array([[1, 2, np.nan]], dtype=np.float16)),
        "its number [0, 2] is nan, takes finite numbers",
    ),
    "a number": (npy(np.array(1.0)), "is a single number, output takes rows of 3 numbers"),
    "a vector": (npy(np.ones(3)), "is 3, output takes rows of 3 numbers"),
    "a cube": (npy(np.ones((2, 3, 1))), "is 2 × 3 × 1, output takes rows of 3 numbers"),
    "rows too short": (npy(np.ones((4, 2))), "is 4 × 2, output takes rows of 3 numbers"),
    "no rows": (npy(np.ones((0, 3))), "is 0 × 3, output takes rows of 3 numbers"),
    "no columns": (npy(np.ones((3, 0))), "is 3 × 0, output takes rows of 3 numbers"),
}


@pytest.mark.parametrize(("data", "message"), NPY.values(), ids=NPY)
def test_npy(data: bytes, message: str, tmp_path: Path) -> None:
    (tmp_path / "w.npy").write_bytes(data)
    if message.endswith("of 3 numbers"):
        message += " (the size of input)"
    assert told(tmp_path, "w.npy") == [message]


def test_a_transposed_matrix(tmp_path: Path) -> None:
    np.save(tmp_path / "turned.npy", RIGHT.T)
    np.save(tmp_path / "w.npy", RIGHT)
    takes = "output takes rows of 3 numbers (the size of input)"
    assert told(tmp_path, "turned.npy") == [f"is 3 × 2, {takes}; transpose: true would fit"]
    assert told(tmp_path, "w.npy", ", transpose: true") == [
        f"is 3 × 2, {takes}; transpose: false would fit"
    ]
    np.savez(tmp_path / "all.npz", **{"output.weight": RIGHT.T})
    assert problems("weights: all.npz\ninput: 3\nlayers: [{}]", tmp_path) == [
        f"net.yaml:1:10: weights: output.weight is 3 × 2, {takes}; transpose: true would fit"
    ]


def test_the_place_in_a_transposed_file_is_the_file_s_own(tmp_path: Path) -> None:
    turned = RIGHT.T.copy()
    turned[2, 1] = np.nan
    np.save(tmp_path / "w.npy", turned)
    assert told(tmp_path, "w.npy", ", transpose: true") == [
        "its number [2, 1] is nan, takes finite numbers"
    ]


def test_overflow_in_float32(tmp_path: Path) -> None:
    np.save(tmp_path / "w.npy", np.array([[1, 2, 1e39]]))
    (tmp_path / "w.csv").write_text("1,2,3\n4,-1e39,6\n")
    np.save(tmp_path / "int.npy", np.array([[1, 2, 2**63 - 1]]))
    for file, said in [
        ("w.npy", ["its number [0, 2], 1e+39, overflows float32"]),
        ("w.csv", ["its number [1, 1], -1e+39, overflows float32"]),
        ("int.npy", []),
    ]:
        lines = problems(net(f"{{file: {file}}}", "dtype: float32\n"), tmp_path)
        assert lines == [f"net.yaml:3:20: layers[0].weights: {each}" for each in said]
        assert problems(net(f"{{file: {file}}}"), tmp_path) == []


@pytest.mark.skipif(np.finfo(np.longdouble).max < 1e309, reason="no long doubles")
def test_overflow_in_float64(tmp_path: Path) -> None:
    np.save(tmp_path / "w.npy", np.array([[1, 2, np.longdouble("1e4000")]]))
    assert told(tmp_path, "w.npy") == ["its number [0, 2], 1e+4000, overflows float64"]


def test_sizes_that_disagree(tmp_path: Path) -> None:
    np.save(tmp_path / "w.npy", RIGHT)
    np.save(tmp_path / "b.npy", np.ones(3))
    np.save(tmp_path / "matrix.npy", np.ones((1, 2)))
    np.save(tmp_path / "cells.npy", np.ones((2, 2)))
    np.save(tmp_path / "none.npy", np.ones(0))
    assert told(tmp_path, "w.npy") == []
    for layer, said in {
        ", size: 4": ["2:41: layers[0].size: is 4, output takes 2 (it has 2 rows)"],
        ", labels: [a]": ["2:43: layers[0].labels: has 1 label, output takes 2 (it has 2 rows)"],
        ", bias: {file: b.npy}": [
            "2:41: layers[0].bias: has 3 numbers, output takes 2 (it has 2 rows)"
        ],
        ", bias: {file: matrix.npy}": [],
        ", bias: {file: cells.npy}": [
            "2:41: layers[0].bias: is 2 × 2, output takes one number a neuron"
        ],
        ", bias: {file: none.npy}": [
            "2:41: layers[0].bias: is 0, output takes one number a neuron"
        ],
    }.items():
        lines = problems(net("{file: w.npy}", layer=layer), tmp_path)
        assert lines == [f"net.yaml:{each}" for each in said]
    assert problems("input: 3\nlayers: [{size: 4, weights: {file: w.npy}}]", tmp_path) == [
        "net.yaml:2:29: layers[0].weights: has 2 rows, output takes 4"
    ]


# ---- where a file may lie ----


def test_where_a_file_may_lie(tmp_path: Path) -> None:
    folder = tmp_path / "net"
    (folder / "sub").mkdir(parents=True)
    (tmp_path / "net-other").mkdir()
    for place in (tmp_path, folder, tmp_path / "net-other"):
        np.save(place / "w.npy", RIGHT)
    (folder / "out.npy").symlink_to(tmp_path / "w.npy")
    (folder / "away").symlink_to(tmp_path)
    (folder / "round.npy").symlink_to(folder / "round.npy")
    (folder / "broken.npy").symlink_to(folder / "nothing.npy")
    (folder / "folder.npy").mkdir()
    os.mkfifo(folder / "pipe.npy")
    (folder / "pipe-link.npy").symlink_to(folder / "pipe.npy")
    (folder / "null.npy").symlink_to("/dev/null")
    outside = "lies outside the net file's folder"
    for file, message in {
        "missing.npy": "'missing.npy': no such file or directory",
        "sub/missing.npy": "'sub/missing.npy': no such file or directory",
        "broken.npy": "'broken.npy': no such file or directory",
        "../w.npy": f"'../w.npy' {outside}",
        "sub/../../w.npy": f"'sub/../../w.npy' {outside}",
        "../net-other/w.npy": f"'../net-other/w.npy' {outside}",
        "../missing.npy": f"'../missing.npy' {outside}",
        "out.npy": f"'out.npy' {outside}",
        "away/w.npy": f"'away/w.npy' {outside}",
        "null.npy": f"'null.npy' {outside}",
        str(tmp_path / "w.npy"): f"'{tmp_path}/w.npy' is absolute, "
        "takes a file named relative to the net file",
        str(folder / "w.npy"): f"'{folder}/w.npy' is absolute, "
        "takes a file named relative to the net file",
        "folder.npy": "'folder.npy' is not a regular file",
        "pipe.npy": "'pipe.npy' is not a regular file",
        "pipe-link.npy": "'pipe-link.npy' is not a regular file",
        "round.npy": "'round.npy': too many levels of symbolic links",
        "w.npy/w.npy": "'w.npy/w.npy': not a directory",
        "~/w.npy": "'~/w.npy': no such file or directory",
        '"w\\0.npy"': "'w\0.npy' is no file name",
        f"{'x' * 300}.npy": f"'{'x' * 300}.npy': file name too long",
        "w.pickle": f"'w.pickle' is no weights file, takes {', '.join(FORMATS)}",
        ".npy": f"'.npy' is no weights file, takes {', '.join(FORMATS)}",
    }.items():
        assert told(folder, file) == [message]
    assert told(folder, "../net/w.npy") == []
    assert told(tmp_path / "net-other" / ".." / "net", "w.npy") == []


def test_a_folder_by_a_link_is_the_folder_that_is_linked_to(tmp_path: Path) -> None:
    real = tmp_path / "a" / "real"
    real.mkdir(parents=True)
    (tmp_path / "link").symlink_to(real)
    np.save(tmp_path / "w.npy", RIGHT)
    np.save(tmp_path / "a" / "w.npy", RIGHT)
    (real / "net.yaml").write_text(net("{file: ../w.npy}"))
    for path in (real / "net.yaml", tmp_path / "link" / "net.yaml"):
        with pytest.raises(NetworkError, match="outside the net file's folder"):
            load(path)


def test_a_linked_net_has_no_files_beside_what_it_links_to(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "links").mkdir()
    (tmp_path / "real" / "net.yaml").write_text(net("{file: w.npy}"))
    np.save(tmp_path / "real" / "w.npy", RIGHT)
    (tmp_path / "links" / "net.yaml").symlink_to(tmp_path / "real" / "net.yaml")
    load(tmp_path / "real" / "net.yaml")
    with pytest.raises(NetworkError, match=r"'w\.npy': no such file"):
        load(tmp_path / "links" / "net.yaml")


# ---- archives ----


def archive(path: Path, members: dict[str, bytes], method: int = zipfile.ZIP_STORED) -> None:
    with zipfile.ZipFile(path, "w", method) as file:
        for name, data in members.items():
            file.writestr(name, data)


NO_NPZ = "'w.npz' is no .npz archive, or damaged"


def test_npz(tmp_path: Path) -> None:
    path = tmp_path / "w.npz"
    for data in (b"", b"PK\x03\x04" + bytes(50)):
        path.write_bytes(data)
        assert told(tmp_path, "w.npz") == [NO_NPZ]
    path.write_bytes(npy(RIGHT))
    assert told(tmp_path, "w.npz") == ["'w.npz' is a NumPy array (.npy), takes a .npz file"]
    archive(path, {})
    assert told(tmp_path, "w.npz") == ["'w.npz' holds no arrays"]
    archive(path, {"readme.txt": b"hello"})
    assert told(tmp_path, "w.npz") == ["'w.npz' holds no arrays"]
    archive(path, {"W.npy": b"hello"})
    assert told(tmp_path, "w.npz") == ["'w.npz: W.npy' is no NumPy array file, or damaged"]
    archive(path, {"W.npy": npy(RIGHT)[:-8]})
    assert told(tmp_path, "w.npz") == [
        "'w.npz: W.npy' is cut short: its header promises more than it holds"
    ]
    archive(path, {"W.npy": npy(np.array([None]))})
    assert told(tmp_path, "w.npz") == [f"'w.npz: W.npy' holds Python objects, {TAKES}"]
    archive(path, {"W.npy": npy(RIGHT), "V.npy": npy(RIGHT)})
    assert told(tmp_path, "w.npz") == ["'w.npz' holds 2 arrays, name one as tensor: W, V"]
    archive(path, {f"W{number}.npy": npy(RIGHT) for number in range(12)})
    names = ", ".join(f"W{number}" for number in range(10))
    assert told(tmp_path, "w.npz") == [f"'w.npz' holds 12 arrays, name one as tensor: {names}, …"]
    archive(path, {"W.npy": npy(RIGHT)}, zipfile.ZIP_LZMA)
    assert told(tmp_path, "w.npz") == [
        "'w.npz: W.npy' is compressed in a way that NumPy does not know"
    ]


def test_tensors_by_name(tmp_path: Path) -> None:
    np.savez(tmp_path / "w.npz", dense_1=RIGHT, dense_2=RIGHT, objects=np.array([None]))
    np.save(tmp_path / "w.npy", RIGHT)
    (tmp_path / "w.safetensors").write_bytes(
        safetensors({"a": ("F32", [1], bytes(4)), "b": ("F32", [1], bytes(4))})
    )
    for file, tensor, message in [
        ("w.npz", "dense_1", None),
        ("w.npz", "dnse_1", "'w.npz': unknown tensor 'dnse_1', did you mean 'dense_1'?"),
        ("w.npz", "W", "'w.npz': unknown tensor 'W', known: dense_1, dense_2, objects"),
        ("w.npz", "objects", f"'w.npz: objects.npy' holds Python objects, {TAKES}"),
        ("w.npy", "W", "'w.npy' holds one array without a name, leave tensor out"),
        ("w.safetensors", "c", "'w.safetensors': unknown tensor 'c', known: a, b"),
    ]:
        assert told(tmp_path, file, f", tensor: {tensor}") == ([message] if message else [])
    assert told(tmp_path, "w.safetensors") == [
        "'w.safetensors' holds 2 arrays, name one as tensor: a, b"
    ]


def test_a_name_that_an_archive_has_twice(tmp_path: Path) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # zipfile's own, about the name
        with zipfile.ZipFile(tmp_path / "w.npz", "w") as file:
            for array in (RIGHT, -RIGHT):
                file.writestr("W.npy", npy(array))
    assert told(tmp_path, "w.npz") == ["'w.npz' holds 'W' twice"]


@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
def test_an_archive_s_directory_is_read_once(
    save: Callable[..., None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = []

    class Counted(zipfile.ZipFile):
        def __init__(self, file: Any, *more: Any, **named: Any) -> None:
            opened.append(file)
            super().__init__(file, *more, **named)

    monkeypatch.setattr(zipfile, "ZipFile", Counted)
    names = [f"l{index}" for index in range(20)]
    arrays = {f"{name}.weight": np.full((1, 1), 2.0) for name in names}
    save(tmp_path / "w.npz", **arrays)
    opened.clear()
    layers = "".join(f"  - {{name: {name}}}\n" for name in names)
    network = parse(f"input: 1\nweights: w.npz\nlayers:\n{layers}", tmp_path)
    assert len(opened) == 1
    assert all(layer.weights.item() == 2 for layer in network.layers)


@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
def test_damaged_archives(save: Callable[..., None], tmp_path: Path) -> None:
    """Whichever byte is wrong, the net is read as it was, or one plain thing is said."""
    save(tmp_path / "whole.npz", W=RIGHT)
    whole = (tmp_path / "whole.npz").read_bytes()
    path = tmp_path / "w.npz"
    for at in range(len(whole)):
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 0xFF]) + whole[at + 1 :])
        assert right_or_told(tmp_path, "w.npz")
    for length in range(0, len(whole), 7):
        path.write_bytes(whole[:length])
        assert told(tmp_path, "w.npz") == [NO_NPZ]


def right_or_told(folder: Path, file: str) -> bool:
    data = net(f"{{file: {file}}}").encode()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            network: Network = netfile.parse(data, "net.yaml", folder, "net")
        except NetworkError as error:
            return len(error.problems) == 1 and "\n" not in str(error)
    return bool(np.array_equal(network.layers[0].weights, RIGHT))


def test_a_changed_number_in_an_archive_is_seen(tmp_path: Path) -> None:
    np.savez(tmp_path / "w.npz", W=RIGHT)
    data = (tmp_path / "w.npz").read_bytes()
    at = data.index(RIGHT.tobytes()) + 6
    (tmp_path / "w.npz").write_bytes(data[:at] + b"\x7f" + data[at + 1 :])
    [line] = told(tmp_path, "w.npz")
    assert line.startswith("'w.npz: W.npy' cannot be unpacked: ")


def test_an_encrypted_archive(tmp_path: Path) -> None:
    np.savez(tmp_path / "w.npz", W=RIGHT)
    data = bytearray((tmp_path / "w.npz").read_bytes())
    data[6] |= 1  # in the member's own header
    data[data.index(b"PK\x01\x02") + 8] |= 1  # and in the directory
    (tmp_path / "w.npz").write_bytes(data)
    [line] = told(tmp_path, "w.npz")
    assert line.startswith("'w.npz: W.npy' cannot be unpacked: ")


def bomb(path: Path, header_of: str, megabytes: int) -> None:
    """Write an archive of one array that is mostly zeros."""
    with (
        zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as file,
        file.open("W.npy", "w", force_zip64=True) as stream,
    ):
        stream.write(
            described("'<f8'", header_of) if header_of else b"\x93NUMPY\x02\x00\xff\xff\xff\x7f"
        )
        for _ in range(megabytes):
            stream.write(bytes(2**20))


BOMBS = {
    "of zeros": ("(2048, 8192)", 128, "would unpack from"),
    "of a header": ("", 128, "is no NumPy array file, or damaged"),
}


@pytest.mark.parametrize(("shape", "megabytes", "said"), BOMBS.values(), ids=BOMBS)
def test_zip_bombs(
    measured: Measured, shape: str, megabytes: int, said: str, tmp_path: Path
) -> None:
    bomb(tmp_path / "w.npz", shape, megabytes)
    (tmp_path / "net.yaml").write_text(f"input: 8192\n{net('{file: w.npz}').split(chr(10), 1)[1]}")
    [line], used = measured(tmp_path / "net.yaml")
    assert said in line
    assert used < 50


def test_a_compressed_bias_of_zeros_is_no_bomb(tmp_path: Path) -> None:
    np.savez_compressed(tmp_path / "w.npz", W=np.zeros((1, 1_000_000)))
    text = "input: 1000000\nlayers: [{weights: {file: w.npz}}]"
    assert problems(text, tmp_path) == []


def test_headers_that_lie_cost_nothing(measured: Measured, tmp_path: Path) -> None:
    (tmp_path / "w.npy").write_bytes(described("'<i1'", "(100000, 100000)"))
    (tmp_path / "net.yaml").write_text("input: 100000\nlayers: [{weights: {file: w.npy}}]")
    [line], used = measured(tmp_path / "net.yaml")
    assert "w.npy" in line
    assert used < 50


# ---- safetensors ----

F32 = struct.pack("<6f", 1, 2, 3, 4, 5, 6)


def test_safetensors(tmp_path: Path) -> None:
    path = tmp_path / "w.safetensors"
    whole = safetensors({"W": ("F32", [2, 3], F32)})
    no_file = "'w.safetensors' is no safetensors file, or damaged: "
    for data in (
        b"",
        b"hello",
        whole[:-1],
        whole[:20],
        whole + b"x",
        struct.pack("<Q", 2**63) + b"{}",
        struct.pack("<Q", 10**12) + b"{}",
        struct.pack("<Q", 2) + b"[]",
        safetensors({"W": ("F32", [2, 4], F32)}),
        safetensors({"W": ("F99", [2, 3], F32)}),
        safetensors({"W": ("F32", [2**62, 2**62], F32)}),
        safetensors({"W": ("F32", [-2, -3], F32)}),
    ):
        path.write_bytes(data)
        [line] = told(tmp_path, "w.safetensors")
        assert line.startswith(no_file)
    path.write_bytes(safetensors({}))
    assert told(tmp_path, "w.safetensors") == ["'w.safetensors' holds no arrays"]
    path.write_bytes(safetensors({"W": ("BOOL", [2, 3], bytes(6))}))
    assert told(tmp_path, "w.safetensors") == [
        "'w.safetensors: W' holds BOOL, takes floats or integers"
    ]
    path.write_bytes(
        safetensors({"W": ("BF16", [2, 3], struct.pack("<6H", 1, 2, 3, 4, 5, 0x7F80))})
    )
    assert told(tmp_path, "w.safetensors") == ["its number [1, 2] is inf, takes finite numbers"]
    path.write_bytes(safetensors({"W": ("F32", [3, 2], F32)}))
    assert told(tmp_path, "w.safetensors") == [
        "is 3 × 2, output takes rows of 3 numbers (the size of input); transpose: true would fit"
    ]


SOUND = {"dtype": "F32", "shape": [2, 3], "data_offsets": [0, 24]}
OTHERS = (None, True, 7, -7, 1.5, "text", [], [1], ["F32", [2, 3], [0, 24]], {}, 10**30)
HEADERS: list[object] = [
    *OTHERS,
    *({"W": other} for other in OTHERS),
    *({"W": {**SOUND, key: other}} for key in SOUND for other in OTHERS),
    *({"W": {**SOUND, key: [other, 3]}} for key in ("shape", "data_offsets") for other in OTHERS),
    *({"W": SOUND, "__metadata__": other} for other in OTHERS),
]


@pytest.mark.parametrize("given", HEADERS, ids=lambda given: json.dumps(given)[:60])
def test_safetensors_headers_of_other_values(given: object, tmp_path: Path) -> None:
    head = json.dumps(given).encode()
    data = struct.pack("<Q", len(head)) + head + np.float32(RIGHT).tobytes()
    (tmp_path / "w.safetensors").write_bytes(data)
    assert right_or_told(tmp_path, "w.safetensors")


def test_a_safetensors_header_of_lists(tmp_path: Path) -> None:
    head = b'{"W":["F32",[2,3],[0,24]]}'
    data = struct.pack("<Q", len(head)) + head + np.float32(RIGHT).tobytes()
    (tmp_path / "w.safetensors").write_bytes(data)
    assert told(tmp_path, "w.safetensors") == [
        "'w.safetensors' is no safetensors file, or damaged: in its header, 'W' is no object"
    ]


def test_without_the_safetensors_extra(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "w.safetensors").write_bytes(safetensors({"W": ("F32", [2, 3], F32)}))
    monkeypatch.setitem(sys.modules, "safetensors", None)
    assert told(tmp_path, "w.safetensors") == [
        "'w.safetensors' needs the safetensors extra: pip install 'nntrace[safetensors]'"
    ]


# ---- CSV ----

MEANT = "header: false where these are weights"
COUNTS = f"counts 0, 1, 2 …, as a header does that pandas writes; say header: true, or {MEANT}"
INDEX = (
    "its first column counts 0, 1, 2 …, as an index does that pandas writes; "
    f"leave it out, or say {MEANT}"
)

CSV = {
    "empty": (b"", "'w.csv' is empty, takes rows of numbers"),
    "blank": (b"\n \n,,\n", "'w.csv' is empty, takes rows of numbers"),
    "a header": (
        b"a,b,c\n1,2,3\n",
        "'w.csv' line 1: takes a number, not 'a'; header: true skips a line of names",
    ),
    "pandas' header above its index": (
        b",0,1,2\n0,1,2,3\n",
        "'w.csv' line 1: lacks a number; header: true skips a line of names",
    ),
    "a header of numbers": (b"\n0,1,2\n4,5,6\n", f"'w.csv' line 2: {COUNTS}"),
    "a header of floats": (b"0.0,1.0,2.0\n4,5,6\n", f"'w.csv' line 1: {COUNTS}"),
    "a header alone": (b"0,1,2\n", f"'w.csv' line 1: {COUNTS}"),
    "an index": (b"0,4,5\n1,7,8\n2,4,4\n", f"'w.csv': {INDEX}"),
    "semicolons": (
        b"1;2;3\n4;5;6\n",
        "'w.csv' line 1: takes a number, not '1;2;3'; ';' stands between its numbers, takes ','",
    ),
    "semicolons and decimal commas": (
        b"1,5;2,5\n",
        "'w.csv' line 1: takes a number, not '5;2'; ';' stands between its numbers, takes ','",
    ),
    "tabs below a header": (
        b"a\tb\n1\t2\n",
        "'w.csv' line 1: takes a number, not 'a\\tb'; header: true skips a line of names",
    ),
    "blanks, as np.savetxt writes": (
        b"1.0 2.0  3.0\n",
        "'w.csv' line 1: takes a number, not '1.0 2.0  3.0';"
        " a blank stands between its numbers, takes ','",
    ),
    "a word": (b"1,2,3\n\n4,five,6\n", "'w.csv' line 3: takes a number, not 'five'"),
    "a gap": (b"1,2,3\n4,,6\n", "'w.csv' line 2: lacks a number"),
    "a last comma": (b"1,2,3,\n", "'w.csv' line 1: lacks a number"),
    "nan": (b"1,2,3\n4,nan,6\n", "'w.csv' line 2: takes a number, not 'nan'"),
    "overflow": (b"1,2,3\n4, -1e999,6\n", "'w.csv' line 2: '-1e999' overflows float64"),
    "ragged": (b"1,2,3\r\n4,5\r\n", "'w.csv' line 2: has 2 numbers, the first row 3"),
    "one more": (b"1\n2,3\n", "'w.csv' line 2: has 2 numbers, the first row 1"),
    "Latin-1": (b"1,2,\xe9\n", "'w.csv' is not text in UTF-8"),
    "rows too short": (
        b"1,2\n3,4\n",
        "is 2 × 2, output takes rows of 3 numbers (the size of input)",
    ),
    "transposed": (
        b"1,2\n3,4\n5,6\n",
        "is 3 × 2, output takes rows of 3 numbers (the size of input); transpose: true would fit",
    ),
}


@pytest.mark.parametrize(("data", "message"), CSV.values(), ids=CSV)
def test_csv(data: bytes, message: str, tmp_path: Path) -> None:
    (tmp_path / "w.csv").write_bytes(data)
    assert told(tmp_path, "w.csv") == [message]


def test_a_cell_too_long(tmp_path: Path) -> None:
    (tmp_path / "w.csv").write_text("1,2,3\n" + "1" * 200_000)
    [line] = told(tmp_path, "w.csv")
    assert line.startswith("'w.csv' line 2: a cell is longer than")


def test_what_is_said_of_a_header_settles_it(tmp_path: Path) -> None:
    def weights(text: str, more: str = "") -> list[list[float]]:
        (tmp_path / "w.csv").write_text(text)
        network = parse(net(f"{{file: w.csv{more}}}"), tmp_path)
        return network.layers[0].weights.tolist()

    counting = "0,1,2\n4,5,6\n"
    assert weights(counting, ", header: true") == [[4, 5, 6]]
    assert weights(counting, ", header: false") == [[0, 1, 2], [4, 5, 6]]
    assert weights("a,b,c\n\n4,5,6\n", ", header: true") == [[4, 5, 6]]
    assert weights("1,2,3\n4,5,6\n") == [[1, 2, 3], [4, 5, 6]]
    assert weights("0,1,3\n0,1,2\n") == [[0, 1, 3], [0, 1, 2]]
    column = "0,4,5\n1,7,8\n2,4,4\n"
    assert weights(column, ", header: false") == [[0, 4, 5], [1, 7, 8], [2, 4, 4]]
    (tmp_path / "two.csv").write_text("0,1\n1,0\n")
    assert problems("input: 2\nlayers: [{weights: {file: two.csv}}]", tmp_path) == []
    (tmp_path / "w.csv").write_text(f"a,b,c\n{column}")
    assert told(tmp_path, "w.csv", ", header: true") == [f"'w.csv': {INDEX}"]
    (tmp_path / "w.csv").write_text("a,b,c\n")
    assert told(tmp_path, "w.csv", ", header: true") == [
        "'w.csv' is empty below its header, takes rows of numbers"
    ]
    np.save(tmp_path / "w.npy", RIGHT)
    for said in ("true", "false"):
        assert told(tmp_path, "w.npy", f", header: {said}") == [
            "'w.npy': header is for .csv files, which may have one"
        ]


# ---- files that are another thing ----


@pytest.mark.parametrize("suffix", [".npy", ".npz", ".safetensors", ".csv"])
def test_a_pointer_of_git_lfs(suffix: str, tmp_path: Path) -> None:
    (tmp_path / f"w{suffix}").write_text(
        f"version https://git-lfs.github.com/spec/v1\noid sha256:{'0' * 64}\nsize 1234\n"
    )
    assert told(tmp_path, f"w{suffix}") == [
        f"'w{suffix}' is a Git LFS pointer, whose content was not fetched "
        f"(git lfs pull fetches it), takes a {suffix} file"
    ]


# ---- one file for the whole net ----


def test_one_file_for_the_whole_net(tmp_path: Path) -> None:
    def said(layers: str, file: str = "all.npz") -> list[str]:
        common = f"{{file: {file}, ignore: ['*']}}"
        lines = problems(f"weights: {common}\ninput: 3\nlayers: {layers}", tmp_path)
        return [line.removeprefix("net.yaml:") for line in lines]

    np.savez(
        tmp_path / "all.npz",
        **{"hidden.weight": RIGHT, "hidden.bias": np.ones(3)},
        **{"output.weight": np.array([[1, np.inf]]), "deep.weight": np.ones((2, 2, 2))},
        **{"cube.weight": np.ones((2, 3)), "cube.bias": np.ones((2, 2))},
    )
    np.save(tmp_path / "w.npy", RIGHT)
    at = "1:10: weights: "
    assert said("[{name: hiden}]") == [
        f"{at}'all.npz': unknown tensor 'hiden.weight', did you mean 'hidden.weight'?"
    ]
    assert said("[{name: hidden}]") == [
        f"{at}hidden.bias has 3 numbers, hidden takes 2 (hidden.weight has 2 rows)"
    ]
    assert said("[{name: hidden, bias: [1, 2]}, {}]") == [
        f"{at}output.weight: its number [0, 1] is inf, takes finite numbers"
    ]
    assert said("[{name: hidden, bias: [1, 2], size: 3}]") == [
        "3:45: layers[0].size: is 3, hidden takes 2 (hidden.weight has 2 rows)"
    ]
    assert said("[{name: hidden, bias: [1, 2]}, {weights: [[1, 2, 3]]}]") == [
        "3:51: layers[1].weights[0]: has 3 numbers, output takes 2 (the size of hidden)"
    ]
    assert said("[{name: deep}]") == [
        f"{at}deep.weight is 2 × 2 × 2, deep takes rows of 3 numbers (the size of input)"
    ]
    assert said("[{name: cube}]") == [f"{at}cube.bias is 2 × 2, cube takes one number a neuron"]
    assert said("[{}, {name: x}, {name: y, weights: [[1, 2]]}]", "none.npz") == [
        f"{at}'none.npz': no such file or directory"
    ]
    assert said("[{}]", "w.npy") == [
        f"{at}'w.npy' holds one array without a name, "
        "takes a .npz, .safetensors, .pt or .pth file, whose arrays have names"
    ]
    assert said("[{}]", "w.txt") == [
        f"{at}'w.txt' is no weights file, takes .npy, .npz, .safetensors, .pt, .pth, .csv"
    ]


@settings(max_examples=150)
@given(
    st.sampled_from([".npy", ".npz", ".safetensors", ".csv"]),
    st.lists(st.tuples(st.integers(0, 600), st.binary(max_size=12)), min_size=1, max_size=4),
)
def test_mutated_files(tmp_path: Path, suffix: str, changes: list[tuple[int, bytes]]) -> None:
    whole = {
        ".npy": npy(RIGHT),
        ".safetensors": safetensors({"W": ("F32", [2, 3], F32)}),
        ".csv": b"1,2,3\n4,5,6\n",
    }
    np.savez_compressed(tmp_path / "whole.npz", W=RIGHT)
    data = whole.get(suffix) or (tmp_path / "whole.npz").read_bytes()
    for at, piece in changes:
        data = data[:at] + piece + data[at + len(piece) :]
    (tmp_path / f"w{suffix}").write_bytes(data)
    problems(net(f"{{file: w{suffix}}}"), tmp_path)
