"""A file given as a net that is none: what it is, which tensors it holds, what to do with it.

Names and shapes are read as far as a format tells them in plain; nothing is unpickled, and nothing
in a file is run.
"""

from __future__ import annotations

import io
import pickletools
import re
import zipfile
from collections.abc import Callable, Iterator
from typing import IO, NamedTuple

from nntrace.errors import FileError, plural
from nntrace.read.arrays.numpy import Header
from nntrace.read.arrays.safetensors import read_header
from nntrace.read.arrays.tensors import read_tensors
from nntrace.read.nets.counts import product
from nntrace.read.recognise import (
    HDF5,
    KERAS,
    LFS_POINTER,
    NPY,
    NPZ,
    ONNX,
    PICKLE,
    PYTORCH,
    SAFETENSORS,
    ZIP,
)

MOST_TOLD = 6
_MOST_READ = 2**20  # bytes of a pickle, in which the first names stand
SKOPS = "a skops file"
# What holds weights that nntrace does not read, and whose framework can write what it does.
MODELS = (PYTORCH, PICKLE, HDF5, KERAS, SKOPS, "a GGUF", "a TensorFlow", "an ONNX Runtime")
_LONGEST_NAME = 60
# Modules whose classes say nothing of who made a pickle.
_ANYBODYS = ("copyreg", "copy_reg", "builtins", "__builtin__", "collections", "numpy")
_REBUILD = "torch._utils _rebuild_tensor"
_GETS = ("BINGET", "LONG_BINGET", "GET")
_KEY = re.compile(r".*\D.*", re.DOTALL)  # a storage's own name is a number


class Tensor(NamedTuple):
    """The name of an array in a file, and its shape where that is told."""

    name: str
    shape: tuple[int, ...] | None = None

    def __str__(self) -> str:
        name = self.name if len(self.name) <= _LONGEST_NAME else f"{self.name[:_LONGEST_NAME]}…"
        return name if self.shape is None else f"{name} ({product(self.shape)})".lstrip()


class Found(NamedTuple):
    """What a file is, told more exactly, and its tensors in its own order; whether a net file reads
    them as they are."""

    kind: str
    tensors: list[Tensor]
    readable: bool = False


def no_net(stream: IO[bytes], kind: str, name: str) -> str:
    """Say of a file that is of a `kind` of recognise.py, and no net, what it holds and is good for.

    `stream` is the file, which can be read anywhere in it; `name` is what a net file could call it.
    """
    try:
        found = _tensors_of(stream, kind)
    # zipfile and zlib have many words for what is damaged; what it is can be told all the same
    except Exception:
        found = Found(kind, [], kind in (NPZ, SAFETENSORS))
    told, tensors = f"is {found.kind}", found.tensors
    if tensors:
        more = f" and {len(tensors) - MOST_TOLD} more" if len(tensors) > MOST_TOLD else ""
        listing = ", ".join(map(str, tensors[:MOST_TOLD]))
        told += f" of {plural(len(tensors), 'tensor')}: {listing}{more}"
    return told + _advice(found, name)


def _advice(found: Found, name: str) -> str:
    kind = found.kind
    if found.readable:
        begun = f"nntrace new {name} begins one"
        return f"; it has weights alone: a net file reads them by weights: {name}, {begun}"
    if kind == NPY:
        return f"; it is one array: a layer of a net file reads it by weights: {{file: {name}}}"
    if kind == LFS_POINTER:
        return ""
    if kind == ONNX:
        return ", which is read from a file alone, by its name"
    if kind.startswith(MODELS):
        return (
            "; takes a net file (.yaml): save the weights as .safetensors or .npz where they were "
            "made, and name that file in it"
        )
    return "; takes a net file (.yaml)"


def _tensors_of(stream: IO[bytes], kind: str) -> Found:
    readers: dict[str, Callable[[IO[bytes]], Found]] = {
        NPY: lambda _: Found(NPY, [Tensor("", Header.read(stream, "").shape)]),
        SAFETENSORS: _safetensors,
        PICKLE: lambda _: _pickle(stream.read(_MOST_READ)),
        PYTORCH: _pytorch,
    }
    stream.seek(0)
    if kind in readers:
        return readers[kind](stream)
    return _archive(stream, kind) if kind in (NPZ, KERAS, ZIP) else Found(kind, [])


def _safetensors(stream: IO[bytes]) -> Found:
    header, _ = read_header(stream, "")
    tensors = [Tensor(name, tensor.shape) for name, tensor in header.items()]
    return Found(SAFETENSORS, tensors, readable=True)


def _pytorch(stream: IO[bytes]) -> Found:
    if zipfile.is_zipfile(stream):
        return _archive(stream, PYTORCH)
    stream.seek(0)
    return Found(PYTORCH, _named_tensors(stream.read(_MOST_READ)))


def _archive(stream: IO[bytes], kind: str) -> Found:
    """Tell an archive by all of its members, of which the first told it but roughly."""
    with zipfile.ZipFile(stream) as archive:
        names = archive.namelist()
        pickles = [name for name in names if name.endswith("/data.pkl")]
        if pickles and kind in (PYTORCH, ZIP):
            with archive.open(pickles[0]) as member:
                data = member.read(_MOST_READ)
            if any("/code/" in name for name in names):
                return Found(f"{PYTORCH} (TorchScript)", _named_tensors(data))
            return _checkpoint(data)
        if "schema.json" in names:
            return Found(SKOPS, [])
        if kind == NPZ and all(name.endswith(".npy") for name in names):
            first, others = names[:MOST_TOLD], names[MOST_TOLD:]
            tensors = [*(_member(archive, name) for name in first), *map(Tensor, others)]
            return Found(NPZ, tensors, readable=True)
    return Found(ZIP if kind == NPZ else kind, [])


def _checkpoint(data: bytes) -> Found:
    """Tell what a checkpoint's pickle holds: tensors alone, or some of them among other things."""
    try:
        tensors = [Tensor(name, each.shape) for name, each in read_tensors(data).items()]
    except FileError:
        return Found(PYTORCH, _named_tensors(data))
    return Found(PYTORCH, tensors, readable=True)


def _member(archive: zipfile.ZipFile, name: str) -> Tensor:
    shape = None
    try:
        with archive.open(name) as member:
            shape = Header.read(member, name).shape
    except FileError:  # of objects, say
        pass
    return Tensor(name.removesuffix(".npy"), shape)


def _pickle(data: bytes) -> Found:
    """Say of which class the first object of a pickle is, which is enough to know it by."""
    tensors = _named_tensors(data)
    if tensors:
        return Found(PYTORCH, tensors)
    for module, name in _classes(data):
        if not module.startswith(_ANYBODYS):
            return Found(f"{PICKLE} of {module}.{name}"[:200], [])
    return Found(PICKLE, [])


def _opcodes(data: bytes) -> Iterator[tuple[str, object]]:
    """Give the instructions of the pickles in a file, none of which is followed."""
    stream = io.BytesIO(data)
    try:
        while stream.tell() < len(data):  # PyTorch before 1.6 wrote several
            for opcode, argument, _ in pickletools.genops(stream):
                yield opcode.name, argument
    except Exception:  # damaged in any of a hundred ways, or cut short
        return


def _classes(data: bytes) -> Iterator[tuple[str, str]]:
    texts: list[str] = []
    for name, argument in _opcodes(data):
        if name == "GLOBAL" and isinstance(argument, str):
            module, _, attribute = argument.partition(" ")
            yield module, attribute
        elif name == "STACK_GLOBAL" and len(texts) > 1:
            yield texts[-2], texts[-1]
        elif isinstance(argument, str):
            texts = [*texts[-1:], argument]


def _named_tensors(data: bytes) -> list[Tensor]:
    """Return the names and shapes of the tensors of a PyTorch pickle.

    A name is the last text before `torch._utils._rebuild_tensor_v2`, which is written once and then
    remembered under a number; behind the storage stand its offset and the shape.
    """
    found: dict[str, Tensor] = {}
    rebuild: set[object] = set()
    text, function, current = "", "", ""
    numbers: list[int] | None = None  # those since the storage
    for name, argument in _opcodes(data):
        if name == "GLOBAL":
            function = str(argument)
        elif name in ("BINPUT", "LONG_BINPUT", "PUT") and function.startswith(_REBUILD):
            rebuild.add(argument)
        if function.startswith(_REBUILD) or (name in _GETS and argument in rebuild):
            found[text], current = Tensor(text), text
        if name != "GLOBAL":
            function = ""
        if name.endswith("UNICODE") and numbers is None and _KEY.fullmatch(str(argument)):
            text = str(argument)
        if name == "BINPERSID":
            numbers = []
        elif numbers is not None and isinstance(argument, int) and "INT" in name:
            numbers.append(argument)
        elif numbers is not None and "TUPLE" in name:
            if current in found:
                found[current] = Tensor(current, tuple(numbers[1:]))
            numbers = None
    return list(found.values())
