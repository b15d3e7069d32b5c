"""The files that training makes: packed so that the same numbers are the same bytes."""

from __future__ import annotations

import argparse
import io
import struct
import zlib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

ROOT = Path(__file__).resolve().parent.parent
CONFIGS = ROOT / "configs"
ORACLES = ROOT / "tests" / "bundled"  # what PyTorch computes, for the tests to compare with


def npz(arrays: Mapping[str, Any], **others: object) -> bytes:
    """The arrays as float32 in an .npz, and the others as they are.

    It is not compressed: so it is read faster, and is the same with every zlib.
    """
    file = io.BytesIO()
    numbers = {name: np.ascontiguousarray(array, "<f4") for name, array in arrays.items()}
    np.savez(file, **numbers, **others)  # type: ignore[arg-type]
    return file.getvalue()


def archive(arrays: dict[str, Any]) -> bytes:
    """The arrays as a compressed .npz; each zlib writes other bytes of the same content."""
    file = io.BytesIO()
    np.savez_compressed(file, **arrays)
    return file.getvalue()


def content(data: bytes) -> list[tuple[str, str, bytes]]:
    """What an .npz holds: the name, the type and the numbers of each array."""
    with np.load(io.BytesIO(data)) as file:
        return [(name, str(file[name].dtype), file[name].tobytes()) for name in file.files]


def png(grey: NDArray[np.uint8]) -> bytes:
    """A grey PNG, stored uncompressed, so that every zlib writes the same bytes."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        body = kind + content
        return struct.pack(">I", len(content)) + body + struct.pack(">I", zlib.crc32(body))

    height, width = grey.shape
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    lines = b"".join(b"\0" + line.tobytes() for line in grey)
    return b"".join(
        [
            b"\x89PNG\r\n\x1a\n",
            chunk(b"IHDR", header),
            chunk(b"IDAT", zlib.compress(lines, 0)),
            chunk(b"IEND", b""),
        ]
    )


def csv(lines: Iterable[Iterable[str]]) -> bytes:
    """The cells as CSV; none of ours needs a quote."""
    return "".join(",".join(line) + "\n" for line in lines).encode()


def arguments(description: str, *names: str) -> list[Any]:
    """The command line's: the paths by these names, and whether to compare instead of writing."""
    parser = argparse.ArgumentParser(description=description)
    for name in names:
        parser.add_argument(name, type=Path)
    parser.add_argument(
        "--check", action="store_true", help="compare with configs/ instead of writing"
    )
    found = vars(parser.parse_args())
    return [found[name] for name in (*names, "check")]


def write(files: Mapping[str, bytes], folder: Path = CONFIGS) -> None:
    """Write the files into a folder."""
    for name, made in files.items():
        (folder / name).write_bytes(made)
        print(f"  {name}: {len(made):,} bytes")


def alike(name: str, stored: bytes, made: bytes) -> bool:
    """Whether a stored file is the made one; of an archive, whether it holds the same."""
    if name.endswith(".npz"):
        return content(stored) == content(made)
    return stored == made


def check(files: Mapping[str, bytes], folder: Path = CONFIGS) -> bool:
    """Whether the files in the folder are these, byte for byte unless packed; says so of each."""
    agree = True
    for name, made in files.items():
        path = folder / name
        same = path.is_file() and alike(name, path.read_bytes(), made)
        print(f"  {name}: {'the same' if same else 'differs' if path.is_file() else 'missing'}")
        agree = agree and same
    return agree


def ship(name: str, made: Mapping[str, bytes], oracle: bytes, checking: bool) -> int:
    """Write a net's files, and what PyTorch computes, or compare them. Returns the exit code."""
    computed = {f"{name}.npz": oracle}
    if not checking:
        write(made)
        write(computed, ORACLES)
        return 0
    return 0 if check(made) & check(computed, ORACLES) else 1
