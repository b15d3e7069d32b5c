"""Files of arrays by name, in the little-endian formats that weights are kept in."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable, Iterator, Mapping

import numpy as np

from nntrace.core.arrays import Array
from nntrace.errors import UsageError
from nntrace.words import cropped

LONGEST_MEMBER = 60_000  # bytes of a name in a zip archive, which has 65,535 with its suffix
_AT_ONCE = 2**20  # numbers
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
            with archive.open(zipfile.ZipInfo(f"{name}.npy"), "w", force_zip64=True) as member:
                header = io.BytesIO()
                shape = {"descr": values.dtype.str, "fortran_order": False, "shape": values.shape}
                np.lib.format.write_array_header_1_0(header, shape)
                member.write(header.getvalue())
                for piece in _pieces(values):
                    member.write(piece)
                    yield passed.taken()
    yield passed.taken()


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
