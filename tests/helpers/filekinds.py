"""Files of every kind that people mistake for nets and rows, and what each is called."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import pickle
import sqlite3
import struct
import tarfile
import zipfile
import zlib
from collections import OrderedDict
from pathlib import Path

import numpy as np
from valid_nets import safetensors


def saved(save: object, *values: object, **named: object) -> bytes:
    stream = io.BytesIO()
    save(stream, *values, **named)  # type: ignore[operator]
    return stream.getvalue()


def zipped(*members: str, method: int = zipfile.ZIP_STORED) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", method) as archive:
        for member in members:
            archive.writestr(member, b"{}")
    return stream.getvalue()


def tarred() -> bytes:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as archive:
        archive.addfile(tarfile.TarInfo("a"))
    return stream.getvalue()


def database(folder: Path) -> bytes:
    with sqlite3.connect(folder / "a.db") as connection:
        connection.execute("create table t (x)")
    connection.close()
    return (folder / "a.db").read_bytes()


def lfs(address: str) -> bytes:
    return f"version https://{address}/spec/v1\noid sha256:{'0' * 64}\nsize 1234\n".encode()


ARRAY = np.ones((2, 3))
ONNX = b"\x08\x0a\x12\x07pytorch\x1a\x032.1\x3a\x80\x20" + bytes(4096) + b"\x42\x04\x0a\x00\x10\x11"
PICKLES = {protocol: pickle.dumps({"a": OrderedDict(b=[1])}, protocol) for protocol in range(6)}
LEGACY = pickle.dumps(0x1950A86A20F9469CFC6C, 2) + pickle.dumps(1001, 2)
POINTER = "a Git LFS pointer, whose content was not fetched (git lfs pull fetches it)"

KINDS: dict[str, tuple[bytes, str | None]] = {
    "lfs": (lfs("git-lfs.github.com"), POINTER),
    "old lfs": (lfs("hawser.github.com"), POINTER),
    "npy": (saved(np.save, ARRAY), "a NumPy array (.npy)"),
    "npz": (saved(np.savez, a=ARRAY), "a NumPy archive (.npz)"),
    "npz, compressed": (saved(np.savez_compressed, a=ARRAY), "a NumPy archive (.npz)"),
    "safetensors": (safetensors({"a": ("F64", [2, 3], ARRAY.tobytes())}), "a safetensors file"),
    "torch": (zipped("archive/data.pkl", "archive/data/0"), "a PyTorch checkpoint"),
    "torch, named": (zipped("m/data.pkl", "m/version"), "a PyTorch checkpoint"),
    "torch before 1.6": (LEGACY, "a PyTorch checkpoint"),
    "keras": (zipped("metadata.json", "config.json"), "a Keras model"),
    "hdf5": (b"\x89HDF\r\n\x1a\n" + bytes(600), "an HDF5 file, as Keras writes (.h5)"),
    "hdf5 behind a block": (
        bytes(512) + b"\x89HDF\r\n\x1a\n",
        "an HDF5 file, as Keras writes (.h5)",
    ),
    "onnx": (ONNX, "an ONNX model"),
    "a short onnx": (b"\x08\x07\x3a\x04\x12\x02ab\x42\x02\x10\x0d", "an ONNX model"),
    "onnx without a graph": (b"\x08\x07\x12\x07pytorch", None),
    "numbers of another message": (b"\x08\x07\x12\x02ab\x50\x01\x3a\x00", None),
    **{f"pickle {each}": (data, "a Python pickle") for each, data in PICKLES.items()},
    "pickle 0 of an object": (pickle.dumps(OrderedDict(a=1), 0), "a Python pickle"),
    "pickle, zlib": (zlib.compress(PICKLES[4], 3), "a Python pickle, compressed"),
    "pickle, gzip": (gzip.compress(PICKLES[4]), "a Python pickle, compressed"),
    "gzip": (gzip.compress(b"input: 3\n"), "a gzip-compressed file"),
    "gzip, damaged": (b"\x1f\x8b\x08\xff" + b"\xff" * 99, "a gzip-compressed file"),
    "a gzip in a gzip": (gzip.compress(gzip.compress(b"")), "a gzip-compressed file"),
    "a text, by zlib": (zlib.compress(b"input: 3\n"), None),
    "bzip2": (bz2.compress(b"input", 3), "a bzip2-compressed file"),
    "xz": (lzma.compress(b"input"), "an xz-compressed file"),
    "tar": (tarred(), "a tar archive"),
    "zip": (zipped("net.yaml", method=zipfile.ZIP_DEFLATED), "a ZIP archive"),
    "an empty zip": (zipped(), "a ZIP archive"),
    "xlsx": (zipped("[Content_Types].xml"), "an Office document"),
    "png": (b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13), "a PNG picture"),
    "webp": (b"RIFF\0\0\0\0WEBPVP8 ", "a RIFF file, such as a WebP picture"),
    "pdf": (b"%PDF-1.7\n", "a PDF document"),
    "html": (b"\n<!DOCTYPE html>\n<html>", "an HTML page"),
    "nothing": (b"", None),
    "csv": (b"0.1,0.2\n", None),
    "x to the power": (b"x^2: 1\n", None),
    "a list": (b"(a, b)\n", None),
    "a key": (b"config: 1\nlayers: []\n", None),
    "a word a line": (b"cat\ndog\nbird\n", None),
}
