"""Files of arrays by name, in the little-endian formats that weights are kept in."""

from __future__ import annotations

import io
import json
import struct
import zipfile
from collections.abc import Callable, Iterator, Mapping

import numpy as np

from nntrace.core.arrays import Array
from nntrace.errors import UsageError
from nntrace.words import cropped

LONGEST_MEMBER = 60_000  # bytes of a name in a zip archive, which has 65,535 with its suffix
_AT_ONCE = 2**20  # numbers
# Of a ZIP archive (APPNOTE 4.3.7 and 4.5): the bytes before a member's name, those of the field for
# long members, and of the head of a field; and the number of fields that are for padding alone.
_MEMBER_HEADER, _ZIP64, _EXTRA, _PADDING = 30, 20, 4, 0xD935
_ALIGNED = 64
_TYPES = {"float64": "F64", "float32": "F32"}


def npz(arrays: Mapping[str, Array]) -> Iterator[bytes]:
    """Give the bytes of an `.npz`, uncompressed; the same arrays give the same bytes."""
    for name in arrays:
        if "\0" in name or len(name.encode()) > LONGEST_MEMBER:
            told = f"an .npz holds no tensor of the name '{cropped(name)}'"
            raise UsageError(f"{told}, takes weights in safetensors, or inline")
    return _npz(arrays)


def _npz(arrays: Mapping[str, Array]) -> Iterator[bytes]:
    passed = _Passed()
    with zipfile.ZipFile(passed, "w") as archive:
        for name, values in arrays.items():
            info = zipfile.ZipInfo(f"{name}.npy")
            start = passed.tell() + _MEMBER_HEADER + len(info.filename.encode()) + _ZIP64
            info.extra = _padding(start, values.flags.aligned)
            with archive.open(info, "w", force_zip64=True) as member:
                turned = values.ndim > 1 and values.flags.f_contiguous
                turned &= not values.flags.c_contiguous
                member.write(_npy_header(values, turned))
                for piece in _pieces(values.T if turned else values):
                    member.write(piece)
                    yield passed.taken()
    yield passed.taken()


def _npy_header(values: Array, turned: bool) -> bytes:
    """Return what stands before the numbers; they lie as they do in memory, since the last bits of
    a product depend on that."""
    header = io.BytesIO()
    kind = values.dtype.newbyteorder("<").str
    told = {"descr": kind, "fortran_order": turned, "shape": values.shape}
    np.lib.format.write_array_header_1_0(header, told)
    return header.getvalue()


def _padding(start: int, aligned: bool) -> bytes:
    """Return an extra field after which numbers begin at a multiple of 64 bytes, as they are mapped
    fastest; at an odd place, where they lie so in memory: the last bits of a product depend on it.
    """
    wanted = 0 if aligned else 1
    length = (wanted - start - _EXTRA) % _ALIGNED
    return struct.pack("<HH", _PADDING, length) + bytes(length)


class _Passed(io.RawIOBase):
    """What an archive is written to, and taken from piece by piece."""

    def __init__(self) -> None:
        self._bytes = bytearray()
        self._count = 0

    def writable(self) -> bool:
        return True

    def write(self, data: bytes) -> int:  # type: ignore[override]
        self._bytes += data
        self._count += len(data)
        return len(data)

    def tell(self) -> int:
        return self._count

    def taken(self) -> bytes:
        """Return what was written since this was last asked."""
        data, self._bytes = bytes(self._bytes), bytearray()
        return data


def safetensors(arrays: Mapping[str, Array]) -> Iterator[bytes]:
    """Give the bytes of a `.safetensors`: https://huggingface.co/docs/safetensors#format."""
    header, end = {}, 0
    for name, values in arrays.items():
        start, end = end, end + values.nbytes
        header[name] = {
            "dtype": _TYPES[values.dtype.name],
            "shape": list(values.shape),
            "data_offsets": [start, end],
        }
    head = json.dumps(header, ensure_ascii=False, separators=(",", ":")).encode()
    head += b" " * (-len(head) % 8)
    yield len(head).to_bytes(8, "little") + head
    for values in arrays.values():
        yield from _pieces(values)


def _pieces(values: Array) -> Iterator[bytes]:
    """Give the numbers in C order, little-endian, some at a time."""
    flat = values.reshape(-1)
    for start in range(0, len(flat), _AT_ONCE):
        piece = flat[start : start + _AT_ONCE]
        yield piece.astype(piece.dtype.newbyteorder("<"), copy=False).tobytes()


WRITERS: Mapping[str, Callable[[Mapping[str, Array]], Iterator[bytes]]] = {
    "npz": npz,
    "safetensors": safetensors,
}
