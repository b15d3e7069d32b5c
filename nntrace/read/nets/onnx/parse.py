"""The bytes of a model → a parsed protobuf, which is all that `onnx` is asked for."""

from __future__ import annotations

import os
import stat
from typing import Any

from nntrace.errors import FileError, NetworkError, Problem
from nntrace.read.files import told_at
from nntrace.read.recognise import HEAD, ONNX, kind_of

LONGEST = 2**31 - 1  # bytes: no protobuf is longer


def parse(path: str) -> Any:
    """Return the ModelProto in a file; FileError or NetworkError where there is none."""
    data = _bytes(path)
    kind = kind_of(data[:HEAD])
    if kind not in (None, ONNX):
        raise NetworkError(Problem(f"is {kind}, not an ONNX model", (), path))
    try:
        from google.protobuf.message import DecodeError
        from onnx import IR_VERSION, ModelProto
    except ImportError:
        message = "an ONNX model needs the onnx extra: pip install 'nntrace[onnx]'"
        raise FileError(Problem(message, (), path)) from None
    model = ModelProto()
    try:
        model.ParseFromString(data)
    except (DecodeError, ValueError, RecursionError):
        message = "is no ONNX model, or a damaged one: its protobuf cannot be read"
        raise NetworkError(Problem(message, (), path)) from None
    if not model.HasField("graph"):
        raise NetworkError(Problem("is no ONNX model: it holds no graph", (), path))
    if model.ir_version > IR_VERSION:
        message = (
            f"has IR version {model.ir_version}, the onnx package that is installed knows those up "
            f"to {IR_VERSION}: pip install --upgrade onnx"
        )
        raise NetworkError(Problem(message, (), path))
    return model


def _bytes(path: str) -> bytes:
    """Return the bytes of a file or pipe; FileError where it cannot be read, or is too long."""
    too_long = FileError(
        Problem("is longer than 2 GiB, which an ONNX model keeps in files beside it", (), path)
    )
    with told_at(path), open(path, "rb") as stream:
        status = os.fstat(stream.fileno())
        if stat.S_ISREG(status.st_mode) and status.st_size > LONGEST:
            raise too_long
        data = stream.read(LONGEST + 1)
    if len(data) > LONGEST:
        raise too_long
    return data
