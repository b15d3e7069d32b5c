"""PyTorch's `.pt` and `.pth`: a ZIP archive of a pickle, and of the numbers of its tensors.

Nothing is unpickled (see `tensors`), and PyTorch is not needed:
https://docs.pytorch.org/docs/stable/notes/serialization.html
"""

from __future__ import annotations

from collections.abc import Mapping
from math import prod
from pathlib import Path
from typing import Any
from zipfile import ZIP_STORED, ZipInfo, is_zipfile

import numpy as np

from nntrace.core.arrays import Numbers
from nntrace.errors import FileError
from nntrace.read.arrays.numpy import (
    MAPPED,
    MOST_EXPANSION,
    UNQUESTIONED,
    StoredArray,
    from_bfloat16,
    mapped,
)
from nntrace.read.arrays.tensors import Tensor, read_tensors
from nntrace.read.arrays.zipped import members, seek_data, unpacked
from nntrace.read.files import told_plainly

LONGEST_PICKLE = 2**26  # bytes
_SAVED = "takes one that torch.save(model.state_dict(), …) wrote, or a .safetensors file"
_LEGACY = (
    "was saved before PyTorch 1.6: torch.save(torch.load('{}', weights_only=True), …) renews it"
)


def open_torch(path: Path) -> Mapping[str, StoredArray]:
    """Return the tensors of a file by name; FileError where it holds anything else."""
    with told_plainly(path.name):
        if not is_zipfile(path):
            legacy = _begins_as_a_pickle(path)
            told = _LEGACY.format(path.name) if legacy else "is no PyTorch file, or damaged"
            raise FileError(f"'{path.name}' {told}")
    infos = {info.filename: info for info in members(path, "no PyTorch file")}
    root = next((name[: -len("data.pkl")] for name in infos if name.endswith("/data.pkl")), None)
    if root is None:
        raise FileError(f"'{path.name}' is no PyTorch file: it has no data.pkl")
    if any(name.startswith(f"{root}code/") for name in infos):
        raise FileError(f"'{path.name}' is a program (TorchScript), {_SAVED}")
    order = infos.get(f"{root}byteorder")
    if order and bytes(unpacked(path, path.name, order, 16)) not in (b"little", b""):
        raise FileError(f"'{path.name}' is of a machine that writes numbers from their other end")
    pickle = infos[f"{root}data.pkl"]
    if pickle.file_size > LONGEST_PICKLE:
        raise FileError(f"'{path.name}': its data.pkl is longer than any list of tensors")
    try:
        data = bytes(unpacked(path, f"{path.name}: data.pkl", pickle, LONGEST_PICKLE))
        tensors = read_tensors(data)
    except FileError as error:
        told = f", {_SAVED}" if str(error).startswith("holds") else ""
        raise FileError(f"'{path.name}' {error}{told}") from None
    return {name: _stored(path, root, infos, name, each) for name, each in tensors.items()}


def _begins_as_a_pickle(path: Path) -> bool:
    with open(path, "rb") as stream:
        return stream.read(2)[:1] == b"\x80"


def _stored(
    path: Path, root: str, infos: Mapping[str, ZipInfo], name: str, tensor: Tensor
) -> StoredArray:
    dtype = tensor.storage.dtype
    kind = np.dtype("<u2" if dtype == "bfloat16" else dtype)
    called = f"{path.name}: {name}"

    def load() -> Numbers:
        if kind.kind not in "iuf":
            held = "truth values" if kind.kind == "b" else "complex numbers"
            raise FileError(f"'{called}' holds {held}, takes numbers (floats or integers)")
        info = infos.get(f"{root}data/{tensor.storage.key}")
        last = tensor.offset + sum(
            stride * (side - 1) for side, stride in zip(tensor.shape, tensor.strides, strict=True)
        )
        count = last + 1 if all(tensor.shape) else 0
        if info is None or count * kind.itemsize > info.file_size:
            raise FileError(f"'{called}' is cut short")
        nbytes = prod(tensor.shape) * kind.itemsize  # of which many may stand for one
        if nbytes > max(UNQUESTIONED, MOST_EXPANSION * info.file_size):
            told = f"would unpack from {info.file_size:,} bytes to {nbytes:,}"
            raise FileError(f"'{called}' {told}, which no trained weights do")
        flat = _numbers(path, called, info, kind, count)
        strides = tuple(stride * kind.itemsize for stride in tensor.strides)
        values = np.lib.stride_tricks.as_strided(
            flat[tensor.offset :], tensor.shape, strides, writeable=False
        )
        return from_bfloat16(values) if dtype == "bfloat16" else values

    return StoredArray(tensor.shape, str(kind) if dtype != "bfloat16" else dtype, load)


def _numbers(path: Path, called: str, info: ZipInfo, kind: np.dtype[Any], count: int) -> Numbers:
    """Return the first numbers of a storage; many are mapped."""
    if info.compress_type == ZIP_STORED and count * kind.itemsize >= MAPPED:
        with told_plainly(path.name), open(path, "rb") as stream:
            start = seek_data(stream, called, info)
        return mapped(path, called, kind, count, start)
    data = unpacked(path, called, info, count * kind.itemsize)
    if len(data) < count * kind.itemsize:
        raise FileError(f"'{called}' is cut short")
    return np.frombuffer(data, kind, count)
