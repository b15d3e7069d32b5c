"""NumPy's files, `.npy` and `.npz`: headers first, data only when it is known to fit.

Nothing is unpickled. A header is believed only as far as the file is long, and an archive that
would unpack to far more than its length is refused.
"""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from nntrace.errors import FileError
from nntrace.read.files import physical_memory, told_plainly

# A stored array may unpack to this many bytes unquestioned; a larger one to 100 times its length.
UNQUESTIONED = 64 * 2**20
MOST_EXPANSION = 100


@dataclass(frozen=True)
class StoredArray:
    """An array in a file that has not been read yet. `dtype` is what the file calls it."""

    shape: tuple[int, ...]
    dtype: str
    load: Callable[[], NDArray[Any]]

    def transposed(self) -> StoredArray:
        """Return the same array with its axes reversed."""
        return StoredArray(self.shape[::-1], self.dtype, lambda: self.load().T)


def open_npy(path: Path) -> Mapping[str, StoredArray]:
    """Return the one array of a `.npy` file, under the name ``; FileError where it is damaged."""
    with told_plainly(path.name), open(path, "rb") as stream:
        header = _Header.read(stream, path.name)
        offset = stream.tell()
        if offset + header.nbytes > path.stat().st_size:
            raise FileError(f"'{path.name}' is cut short: its header promises more than it holds")

    def load() -> NDArray[Any]:
        with told_plainly(path.name):
            flat = np.fromfile(path, header.dtype, header.count, offset=offset)
        return header.shaped(flat)

    return {"": StoredArray(header.shape, str(header.dtype), load)}


def open_npz(path: Path) -> Mapping[str, StoredArray]:
    """Return the arrays of a `.npz` file by name; FileError where it is damaged or a bomb."""
    arrays = {}
    with told_plainly(path.name):
        try:
            with zipfile.ZipFile(path) as archive:
                for info in archive.infolist():
                    name = info.filename.removesuffix(".npy")
                    if info.filename != name:
                        arrays[name] = _member(path, archive, info)
        except zipfile.BadZipFile:
            raise FileError(f"'{path.name}' is no .npz archive, or damaged") from None
    return arrays


def _member(path: Path, archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> StoredArray:
    called = f"{path.name}: {info.filename}"
    with _archive_faults(called), archive.open(info) as stream:
        header = _Header.read(stream, called)
    if header.nbytes > info.file_size:
        raise FileError(f"'{called}' is cut short: its header promises more than it holds")
    if header.nbytes > max(UNQUESTIONED, MOST_EXPANSION * info.compress_size):
        raise FileError(
            f"'{called}' would unpack from {info.compress_size:,} bytes to {header.nbytes:,}, "
            "which no trained weights do"
        )

    def load() -> NDArray[Any]:
        with (
            told_plainly(path.name),
            _archive_faults(called),
            zipfile.ZipFile(path) as again,
            again.open(info) as stream,
        ):
            _Header.read(stream, called)
            data = stream.read(header.nbytes)
        if len(data) < header.nbytes:
            raise FileError(f"'{called}' is cut short")
        return header.shaped(np.frombuffer(data, header.dtype))

    return StoredArray(header.shape, str(header.dtype), load)


class _archive_faults:  # noqa: N801  (used like a function)
    """Say plainly what zipfile raises, in a dozen ways, for damaged and unknown archives."""

    def __init__(self, called: str) -> None:
        self.called = called

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: type[BaseException] | None, error: Any, trace: object) -> None:
        if isinstance(error, FileError | OSError | MemoryError) or not isinstance(error, Exception):
            return
        raise FileError(f"'{self.called}' cannot be unpacked: {error}") from None


@dataclass(frozen=True)
class _Header:
    shape: tuple[int, ...]
    fortran: bool
    dtype: np.dtype[Any]

    @property
    def count(self) -> int:
        return prod(self.shape)

    @property
    def nbytes(self) -> int:
        return self.count * self.dtype.itemsize

    @staticmethod
    def read(stream: IO[bytes], called: str) -> _Header:
        try:
            version = np.lib.format.read_magic(stream)
            if version == (1, 0):
                parts = np.lib.format.read_array_header_1_0(stream)
            else:  # version 3 is for names of fields, which weights do not have
                parts = np.lib.format.read_array_header_2_0(stream)
            header = _Header(*parts)
        except OSError:
            raise
        # the header is a Python literal, and a damaged one fails in as many ways as those can
        except Exception:
            raise FileError(f"'{called}' is no NumPy array file, or damaged") from None
        if header.nbytes > physical_memory():
            raise FileError(f"'{called}' takes {header.nbytes:,} bytes, more than memory holds")
        if header.dtype.kind not in "iuf" and header.dtype.str[1:] != "V2":
            raise FileError(
                f"'{called}' holds {_kind_name(header.dtype)}, takes numbers (floats or integers)"
            )
        return header

    def shaped(self, flat: NDArray[Any]) -> NDArray[Any]:
        array = flat.reshape(self.shape, order="F" if self.fortran else "C")
        return from_bfloat16(array.view(np.uint16)) if self.dtype.kind == "V" else array


def _kind_name(dtype: np.dtype[Any]) -> str:
    return {"O": "Python objects", "c": "complex numbers", "b": "truth values"}.get(
        dtype.kind, f"values of type {dtype}"
    )


def from_bfloat16(bits: NDArray[np.uint16]) -> NDArray[np.float32]:
    """Return the numbers of bfloat16 bits: float32 without its lower half (NumPy has no such type,
    and stores what JAX calls bfloat16 as two bytes of no type)."""
    return (bits.astype(np.uint32) << np.uint32(16)).view(np.float32)
