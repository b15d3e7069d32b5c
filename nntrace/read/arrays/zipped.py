"""Members of ZIP archives, read where they lie: an archive's directory is read once."""

from __future__ import annotations

import io
import os
import struct
import zipfile
import zlib
from pathlib import Path
from typing import IO

from nntrace.errors import FileError
from nntrace.read.files import told_plainly

_MEMBER_HEADER = 30  # bytes before a member's name
_AT_ONCE = 2**16
_SMALL = 2**20  # bytes of an archive that is read as a whole, where much of it is wanted


def members(path: Path, no: str) -> list[zipfile.ZipInfo]:
    """Return what an archive's directory lists; FileError, which says that it is `no` such one."""
    with told_plainly(path.name):
        try:
            with zipfile.ZipFile(path) as archive:
                return archive.infolist()
        except OSError:
            raise
        except Exception:  # BadZipFile, and more where an archive is damaged or of a newer kind
            raise FileError(f"'{path.name}' is {no}, or damaged") from None


def small_whole(path: Path) -> bytes | None:
    """Return all of a small archive, None of a larger one."""
    with told_plainly(path.name), open(path, "rb") as stream:
        content = stream.read(_SMALL + 1) if os.fstat(stream.fileno()).st_size <= _SMALL else None
    return content if content and len(content) <= _SMALL else None


def opened(path: Path, content: bytes | None) -> IO[bytes]:
    """Return an archive as a stream; from `content`, where that is all of it."""
    return open(path, "rb") if content is None else io.BytesIO(content)


def unpacked(
    path: Path, called: str, info: zipfile.ZipInfo, count: int, content: bytes | None = None
) -> bytes | bytearray:
    """Return the first bytes of a member, `count` of them or all there are; from `content`, where
    that is all of the archive.

    zipfile would read the whole directory of the archive again for each member.
    """
    if info.flag_bits & 1:
        raise FileError(f"'{called}' cannot be unpacked: it is encrypted")
    data = bytearray()
    left, unpack = info.compress_size, zlib.decompressobj(-zlib.MAX_WBITS)
    with told_plainly(path.name), opened(path, content) as stream:
        seek_data(stream, called, info)
        if info.compress_type == zipfile.ZIP_STORED:
            data += stream.read(min(left, count))
        try:
            while info.compress_type and len(data) < count and not unpack.eof:
                piece = stream.read(min(left, _AT_ONCE))
                if not piece:
                    break
                left -= len(piece)
                data += unpack.decompress(piece, count - len(data))
        except zlib.error:
            raise FileError(f"'{called}' cannot be unpacked: its data are damaged") from None
    if len(data) == info.file_size and zlib.crc32(data) != info.CRC:
        raise FileError(f"'{called}' cannot be unpacked: its checksum is another one")
    return data


def seek_data(stream: IO[bytes], called: str, info: zipfile.ZipInfo) -> int:
    """Go to where a member's data begin: behind its header, its name and extra fields (APPNOTE
    4.3.7), whose lengths the archive's directory does not know."""
    fixed = b""
    if info.header_offset >= 0:  # in a damaged archive, anything
        stream.seek(info.header_offset)
        fixed = stream.read(_MEMBER_HEADER)
    if len(fixed) < _MEMBER_HEADER or fixed[:4] != b"PK\3\4":
        raise FileError(f"'{called}' cannot be unpacked: it is not where the archive says")
    name, extra = struct.unpack("<HH", fixed[26:])
    return stream.seek(int(name) + int(extra), io.SEEK_CUR)
