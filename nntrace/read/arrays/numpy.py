"""NumPy's files, `.npy` and `.npz`: headers first, data only when it is known to fit.

Nothing is unpickled. A header is believed only as far as the file is long, and an archive that
would unpack to far more than its length is refused.

Large arrays that are not compressed are mapped into memory: see `mapped`.
"""

from __future__ import annotations

import io
import re
import warnings
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from math import prod
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import numpy as np

from nntrace.core.arrays import Numbers
from nntrace.errors import FileError
from nntrace.read.arrays.zipped import members, opened, seek_data, small_whole, unpacked
from nntrace.read.files import physical_memory, told_plainly
from nntrace.records import NamedTuple

if TYPE_CHECKING:
    from numpy.typing import NDArray

# A stored array may unpack to this many bytes unquestioned; a larger one to 100 times its length.
UNQUESTIONED = 16 * 2**20
MOST_EXPANSION = 100

# Arrays of this many bytes are mapped; smaller ones are read, which costs no more.
MAPPED = 2**20

# The header of an array is a line of text: NumPy's own limit for it, and what stands before it.
LONGEST_HEADER = 10_000
HEADER_BYTES = LONGEST_HEADER + 16
MOST_AXES = 64


class StoredArray(NamedTuple):
    """An array in a file that has not been read yet. `dtype` is what the file calls it."""

    shape: tuple[int, ...]
    dtype: str
    load: Callable[[], Numbers]


def mapped(path: Path, called: str, dtype: np.dtype[Any], numbers: int, offset: int) -> Numbers:
    """Return numbers that begin at byte `offset` of a file, read-only, without reading them.

    The system reads a page of the file when a number in it is first needed, and may drop it again.
    So the file must stay as it is: what is later written into it may be seen, and where it is cut
    short meanwhile, the system ends the process (SIGBUS). A new file in its place, as a rename
    leaves it, does no harm. In archives the checksum is not computed, for which all would be read.
    """
    with told_plainly(path.name):
        try:
            return np.asarray(np.memmap(path, dtype, "r", offset, (numbers,)))
        except ValueError:  # longer than the file
            raise FileError(f"'{called}' is cut short") from None


def open_npy(path: Path, truths: bool = False) -> Mapping[str, StoredArray]:
    """Return the one array of a `.npy` file, under the name ``; FileError where it is damaged.

    With `truths` it may hold truth values, which no weights are.
    """
    with told_plainly(path.name), open(path, "rb") as stream:
        header = Header.read(stream, path.name, truths)
        if header.length + header.nbytes > path.stat().st_size:
            raise FileError(f"'{path.name}' is cut short: its header promises more than it holds")

    def load() -> Numbers:
        if header.nbytes >= MAPPED:
            flat = mapped(path, path.name, header.dtype, header.numbers, header.length)
            return header.shaped(flat, path.name)
        with told_plainly(path.name):
            flat = np.fromfile(path, header.dtype, header.numbers, offset=header.length)
        return header.shaped(flat, path.name)

    return {"": StoredArray(header.shape, str(header.dtype), load)}


def open_npz(path: Path, truths: bool = False) -> Mapping[str, StoredArray]:
    """Return the arrays of a `.npz` file by name; FileError where it is damaged.

    With `truths` some may hold truth values, which no weights are.
    The archive's directory is read once, here. An array is looked at when it is asked for: what
    else an archive holds may be anything.
    """
    infos = members(path, "no .npz archive")
    return _Archive(
        path, small_whole(path), [info for info in infos if info.filename.endswith(".npy")], truths
    )


class _Archive(Mapping[str, StoredArray]):
    def __init__(
        self, path: Path, content: bytes | None, infos: Sequence[zipfile.ZipInfo], truths: bool
    ) -> None:
        self.path = path
        self.truths = truths
        self.content = content  # the whole file, where that is small
        self.infos: dict[str, zipfile.ZipInfo] = {}
        self.twice: set[str] = set()
        for info in infos:
            name = info.filename.removesuffix(".npy")
            if name in self.infos:
                self.twice.add(name)
            self.infos[name] = info
        self.members: dict[str, StoredArray] = {}

    def __getitem__(self, name: str) -> StoredArray:
        if name in self.twice:
            raise FileError(f"'{self.path.name}' holds '{name}' twice")
        if name not in self.members:
            self.members[name] = _member(self.path, self.content, self.infos[name], self.truths)
        return self.members[name]

    def __contains__(self, name: object) -> bool:
        return name in self.infos

    def __iter__(self) -> Iterator[str]:
        return iter(self.infos)

    def __len__(self) -> int:
        return len(self.infos)


def _member(path: Path, content: bytes | None, info: zipfile.ZipInfo, truths: bool) -> StoredArray:
    called = f"{path.name}: {info.filename}"
    if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise FileError(f"'{called}' is compressed in a way that NumPy does not know")
    begun = io.BytesIO(unpacked(path, called, info, HEADER_BYTES, content))
    header = Header.read(begun, called, truths)
    whole = header.length + header.nbytes
    if whole > info.file_size:
        raise FileError(f"'{called}' is cut short: its header promises more than it holds")
    if header.nbytes > max(UNQUESTIONED, MOST_EXPANSION * info.compress_size):
        raise FileError(
            f"'{called}' would unpack from {info.compress_size:,} bytes to {header.nbytes:,}, "
            "which no trained weights do"
        )

    def load() -> Numbers:
        stored = info.compress_type == zipfile.ZIP_STORED and whole <= info.compress_size
        if stored and header.nbytes >= MAPPED:
            with told_plainly(path.name), opened(path, content) as stream:
                start = seek_data(stream, called, info) + header.length
            flat = mapped(path, called, header.dtype, header.numbers, start)
        else:
            data = unpacked(path, called, info, whole, content)
            if len(data) < whole:
                raise FileError(f"'{called}' is cut short")
            flat = np.frombuffer(data, header.dtype, header.numbers, header.length)
        return header.shaped(flat, called)

    return StoredArray(header.shape, str(header.dtype), load)


class Header(NamedTuple):
    """What a `.npy` says of its array before the numbers come."""

    shape: tuple[int, ...]
    fortran: bool
    dtype: np.dtype[Any]
    length: int  # of the header itself, in bytes

    @property
    def numbers(self) -> int:
        return prod(self.shape)

    @property
    def nbytes(self) -> int:
        return self.numbers * self.dtype.itemsize

    @staticmethod
    def read(stream: IO[bytes], called: str, truths: bool = False) -> Header:
        """Read it from the start of a stream; FileError where it is none, or of no numbers."""
        # a damaged length must not make anybody read gigabytes
        begun, why = stream.read(HEADER_BYTES), ""
        start = io.BytesIO(begun)
        try:
            header = _usual(begun) or Header(*_fields(start), start.tell())
            if any(type(side) is bool for side in header.shape):  # which NumPy takes for 1
                why = f": {header.shape} is no shape"
            sound = all(type(side) is int and 0 <= side < 2**63 for side in header.shape)
            if len(header.shape) > MOST_AXES or not sound:
                raise ValueError
        # a damaged literal fails in as many ways as Python has
        except Exception:
            raise FileError(f"'{called}' is no NumPy array file, or damaged{why}") from None
        if header.nbytes > physical_memory():
            raise FileError(f"'{called}' says that it holds more numbers than fit into memory")
        if header.dtype.kind not in ("iufb" if truths else "iuf") and not header.bfloat16:
            raise FileError(
                f"'{called}' holds {_kind_name(header.dtype)}, takes numbers (floats or integers)"
            )
        return header

    @property
    def bfloat16(self) -> bool:
        """NumPy has no such type, and stores what JAX calls bfloat16 as two bytes of no type."""
        kind = self.dtype
        return kind.str[1:] == "V2" and kind.names is None and kind.subdtype is None

    def shaped(self, flat: Numbers, called: str) -> Numbers:
        if flat.size != self.numbers:  # the file has become shorter since
            raise FileError(f"'{called}' is cut short")
        array = flat.reshape(self.shape, order="F" if self.fortran else "C")
        return from_bfloat16(array.view("<u2")) if self.bfloat16 else array


# What NumPy writes of an array of floats or integers, as a version 1.0; it reads any literal.
_SIDE = rb"(?:0|[1-9][0-9]{0,17})"
_USUAL = re.compile(
    rb"\x93NUMPY\x01\x00(..)"
    rb"\{'descr': '([<>|][fiu][1248])', 'fortran_order': (False|True), "
    rb"'shape': \((%b,|%b(?:, %b)+|)\), \} *\n" % (_SIDE, _SIDE, _SIDE),
    re.DOTALL,
)


def _usual(begun: bytes) -> Header | None:
    """Return the header that some bytes begin with, if it is written as NumPy does: that is read
    several times as fast as any literal."""
    found = _USUAL.match(begun)
    if not found:
        return None
    length, dtype, fortran, sides = found.groups()
    if 10 + int.from_bytes(length, "little") != found.end():
        return None
    shape = tuple(int(side) for side in sides.split(b",") if side)
    return Header(shape, fortran == b"True", np.dtype(dtype.decode()), found.end())


def _fields(start: IO[bytes]) -> tuple[tuple[int, ...], bool, np.dtype[Any]]:
    """Read a header as NumPy does; what it raises where that is damaged is of many kinds."""
    with warnings.catch_warnings():  # of Python's, about the literal that a header is
        warnings.simplefilter("ignore")
        if np.lib.format.read_magic(start) == (1, 0):
            return np.lib.format.read_array_header_1_0(start, LONGEST_HEADER)
        # version 3 is for names of fields, which weights do not have
        return np.lib.format.read_array_header_2_0(start, LONGEST_HEADER)


def _kind_name(dtype: np.dtype[Any]) -> str:
    if dtype.names or dtype.subdtype:
        return "records"
    kinds = {"O": "Python objects", "c": "complex numbers", "b": "truth values"}
    kinds |= {"U": "text", "S": "text", "M": "dates", "m": "time spans"}
    return kinds.get(dtype.kind, f"values of type {dtype}")


def from_bfloat16(bits: NDArray[np.uint16]) -> NDArray[np.float32]:
    """Return the numbers of bfloat16 bits, which are float32 without its lower half."""
    return (bits.astype(np.uint32) << np.uint32(16)).view(np.float32)
