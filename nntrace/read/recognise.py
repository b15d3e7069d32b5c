"""What a file is, told from its first bytes and never from its name; nothing in it is run."""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator, Sequence

from nntrace.records import NamedTuple

HEAD = 4096  # bytes of a file, or all of a shorter one, from which its kind can be told

LFS_POINTER = "a Git LFS pointer, whose content was not fetched (git lfs pull fetches it)"
NPY = "a NumPy array (.npy)"
NPZ = "a NumPy archive (.npz)"
SAFETENSORS = "a safetensors file"
PYTORCH = "a PyTorch checkpoint"
PICKLE = "a Python pickle"
KERAS = "a Keras model"
HDF5 = "an HDF5 file, as Keras writes (.h5)"
ONNX = "an ONNX model"
PNG = "a PNG picture"
ZIP = "a ZIP archive"
GRAPH = 7  # the field of an ONNX ModelProto that holds the net
GZIP = "a gzip-compressed file"

# (offset, what stands there, what it is); the first that fits.
_SIGNATURES = (
    (0, b"version https://git-lfs.github.com/spec/", LFS_POINTER),
    (0, b"version https://hawser.github.com/spec/", LFS_POINTER),
    (0, b"\x93NUMPY", NPY),
    (0, b"\x89HDF\r\n\x1a\n", HDF5),
    (512, b"\x89HDF\r\n\x1a\n", HDF5),
    (0, b"PK\3\4", ZIP),
    (0, b"PK\5\6", ZIP),  # without a member
    (0, b"PK\7\x08", ZIP),  # in several volumes
    # the number that PyTorch pickled first, before 1.6
    (0, b"\x80\2\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19.", PYTORCH),
    *((0, bytes([0x80, protocol]), PICKLE) for protocol in range(2, 6)),
    (0, b"ZF0x", "a joblib archive"),
    (0, b"GGUF", "a GGUF model"),
    (2, b"\0\0TFL3", "a TensorFlow Lite model"),
    (2, b"\0\0ORTM", "an ONNX Runtime model (.ort)"),
    (0, b"MATLAB 5.0 MAT-file", "a MATLAB file (.mat)"),
    (0, b"PAR1", "a Parquet table"),
    (0, b"ARROW1", "an Arrow table"),
    (0, b"FEA1", "a Feather table"),
    (0, b"SQLite format 3\0", "an SQLite database"),
    (0, b"\x89PNG\r\n\x1a\n", PNG),
    (0, b"\xff\xd8\xff", "a JPEG picture"),
    (0, b"GIF87a", "a GIF picture"),
    (0, b"GIF89a", "a GIF picture"),
    (0, b"RIFF", "a RIFF file, such as a WebP picture"),
    (0, b"%PDF-", "a PDF document"),
    (0, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an Office document of the older kind"),
    *((0, b"BZh%d1AY&SY" % level, "a bzip2-compressed file") for level in range(1, 10)),
    (0, b"\xfd7zXZ\0", "an xz-compressed file"),
    (0, b"\x28\xb5\x2f\xfd", "a Zstandard-compressed file"),
    (0, b"\4\x22\x4d\x18", "an LZ4-compressed file"),
    (0, b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive"),
    (0, b"Rar!\x1a\7", "a RAR archive"),
    (257, b"ustar\0", "a tar archive"),
    (257, b"ustar  \0", "a tar archive"),
    (0, b"\x7fELF", "a program"),
)

# What the name of an archive's first member tells.
_MEMBERS = (
    (rb".*\.npy", NPZ),
    (
        rb"[^/]+/(data\.pkl|constants\.pkl|byteorder|version|\.format_version|code/.*|data/.*)",
        PYTORCH,
    ),
    (rb"metadata\.json|config\.json|model\.weights\.h5", KERAS),
    (rb"\[Content_Types\]\.xml|_rels/.*", "an Office document"),
)

# Pickles of protocols 0 and 1 begin with an object's class, or a marked dict or list.
_OLD_PICKLE = rb"\(?c[\w.]+\n\w+\n(p\d+\n|q|\()|\(?[dl]p\d+\n|[\]}]q\0"


def kind_of(head: bytes) -> str | None:
    """Return what a file is that begins with these bytes (`HEAD` of them, or all there are).

    The words follow `is`: "a PNG picture". None where they are text, or nothing that is known;
    whether that is what the file should be is for the caller to say.
    """
    return _bare(head) or _deflated(head)


def _bare(head: bytes) -> str | None:
    """Tell what is not compressed, as kind_of does."""
    for offset, magic, kind in _SIGNATURES:
        if head.startswith(magic, offset):
            return _archive(head) if kind == ZIP else kind
    if head[:1] in b"c(]}" and re.match(_OLD_PICKLE, head):
        return PICKLE
    if head.lstrip()[:14].lower().startswith((b"<!doctype html", b"<html")):
        return "an HTML page"
    if head[4:9] == b"\0\0\0\0{":  # the length of a JSON header, and the header
        return SAFETENSORS
    if _fields_of_onnx(head):
        return ONNX
    return None


def _archive(head: bytes) -> str:
    """Tell an archive's kind from its first member, whose name its first header has."""
    name = head[30 : 30 + int.from_bytes(head[26:28], "little")]
    return next((kind for pattern, kind in _MEMBERS if re.fullmatch(pattern, name)), ZIP)


def _deflated(head: bytes) -> str | None:
    """Tell what was compressed by gzip, or by zlib, as joblib does."""
    gzip = head.startswith(b"\x1f\x8b")
    if not gzip and (head[:1] != b"\x78" or int.from_bytes(head[:2]) % 31):
        return None
    try:
        inner = zlib.decompressobj(31 if gzip else 15).decompress(head, HEAD)
    except zlib.error:
        return GZIP if gzip else None
    if kind := _bare(inner):
        return f"{kind}, compressed"
    return GZIP if gzip else None  # two letters alone do not make it zlib's


def _fields_of_onnx(head: bytes) -> bool:
    """Whether these are fields of an ONNX ModelProto, a graph among them.

    https://github.com/onnx/onnx/blob/main/onnx/onnx.proto
    """
    try:
        found = list(fields(head))
    except ValueError:
        return False
    if not found or found[0].number != 1 or not 1 <= found[0].value < 100:  # ir_version
        return False
    known = {1: 0, 5: 0} | dict.fromkeys((2, 3, 4, 6, GRAPH, 8, 14, 20, 25, 26), 2)
    if any(known.get(field.number) != field.wire for field in found):
        return False
    return any(field.number == GRAPH for field in found)


class Field(NamedTuple):
    """A field of a protobuf message: a number, or bytes, `value` of them from `start` on."""

    number: int
    wire: int  # its type: 0 or 2
    value: int
    start: int


def fields(message: Sequence[int]) -> Iterator[Field]:
    """Give the fields of a message, as far as it is there; ValueError where it is none.

    https://protobuf.dev/programming-guides/encoding/
    """
    position = 0

    def varint() -> int:
        nonlocal position
        value = shift = 0
        while position < len(message) and shift < 70:
            byte = message[position]
            position += 1
            value |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return value
        raise ValueError("no number")

    while position < len(message):
        tag = varint()
        if tag & 7 not in (0, 2):
            raise ValueError("a field of another type")
        value = varint()
        yield Field(tag >> 3, tag & 7, value, position)
        position += value if tag & 7 == 2 else 0
