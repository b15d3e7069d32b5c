"""Pickles of tensors by name, as PyTorch writes them, read without unpickling anything.

The instructions of a pickle are followed by a machine that has no other values than texts, numbers,
lists, dicts and tensors: it imports nothing and calls nothing. Whatever else a pickle asks for is
an error that names it.
"""

from __future__ import annotations

import io
import pickletools
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

from nntrace.errors import FileError, printable
from nntrace.words import cropped

# What each type of storage holds, by NumPy's name; bfloat16 has none, as in other formats.
STORAGES = {
    "DoubleStorage": "<f8",
    "FloatStorage": "<f4",
    "HalfStorage": "<f2",
    "BFloat16Storage": "bfloat16",
    "LongStorage": "<i8",
    "IntStorage": "<i4",
    "ShortStorage": "<i2",
    "CharStorage": "<i1",
    "ByteStorage": "<u1",
    "BoolStorage": "bool",
    "ComplexFloatStorage": "complex64",
    "ComplexDoubleStorage": "complex128",
}
_MOST_VALUES = 2_000_000
_DEEPEST = 20  # dicts within dicts


class Global(NamedTuple):
    """Something that a pickle imports, by its name."""

    name: str


class Storage(NamedTuple):
    """Where the numbers of tensors lie: the file's name for it, their type and how many."""

    key: str
    dtype: str
    numbers: int


class Tensor(NamedTuple):
    """A tensor: number `offset` of a storage is its first, and each axis has a stride."""

    storage: Storage
    offset: int
    shape: tuple[int, ...]
    strides: tuple[int, ...]


_MARK = object()
# Numbers and texts as they stand.
_GIVEN = {
    "INT", "BININT", "BININT1", "BININT2", "LONG", "LONG1", "LONG4", "FLOAT", "BINFLOAT",
    "UNICODE", "BINUNICODE", "SHORT_BINUNICODE", "BINUNICODE8", "BINSTRING", "SHORT_BINSTRING",
    "BINBYTES", "SHORT_BINBYTES", "BINBYTES8", "STRING",
}  # fmt: skip
_CONSTANTS = {"NONE": None, "NEWTRUE": True, "NEWFALSE": False}
_EMPTY: dict[str, Callable[[], Any]] = {
    "EMPTY_DICT": dict,
    "EMPTY_LIST": list,
    "EMPTY_TUPLE": tuple,
    "EMPTY_SET": list,
}


def read_tensors(data: bytes) -> dict[str, Tensor]:
    """Return the tensors of a pickle by name; those in dicts within dicts as `model.fc1.weight`.

    FileError says what else it holds, or that it is damaged.
    """
    try:
        return dict(_named(_Machine().run(data), iter(range(_MOST_VALUES))))
    except FileError:
        raise
    # a pickle may be damaged in as many ways as there are instructions
    except Exception:
        raise FileError("its pickle is damaged") from None


def _named(
    value: Any, budget: Iterator[int], name: str = "", depth: int = 0
) -> Iterator[tuple[str, Tensor]]:
    """Give the tensors in a value by name; `budget` ends before a pickle that repeats itself."""
    if isinstance(value, Tensor):
        yield name, value
        return
    if depth > _DEEPEST:
        raise FileError(f"holds dicts nested deeper than {_DEEPEST} levels")
    items = value.items() if isinstance(value, dict) else enumerate(value)
    for key, each in items:
        next(budget)
        if isinstance(each, Tensor | dict | list | tuple):
            yield from _named(each, budget, f"{name}.{key}" if name else str(key), depth + 1)


class _Machine:
    """Follows the instructions of a pickle, as far as tensors take them."""

    def __init__(self) -> None:
        self.stack: list[Any] = []
        self.memo: dict[int, Any] = {}

    def run(self, data: bytes) -> Any:
        """Return the value that a pickle stands for."""
        for opcode, argument, _ in pickletools.genops(io.BytesIO(data)):
            if opcode.name == "STOP":
                return self.stack.pop()
            self._follow(opcode.name, argument)
        raise ValueError

    def _follow(self, name: str, argument: Any) -> None:
        stack = self.stack
        if name in _GIVEN:
            stack.append(argument)
        elif name in _CONSTANTS:
            stack.append(_CONSTANTS[name])
        elif name in _EMPTY:
            stack.append(_EMPTY[name]())
        elif name == "MARK":
            stack.append(_MARK)
        elif name in ("BINPUT", "LONG_BINPUT", "PUT"):
            self.memo[argument] = stack[-1]
        elif name == "MEMOIZE":
            self.memo[len(self.memo)] = stack[-1]
        elif name in ("BINGET", "LONG_BINGET", "GET"):
            stack.append(self.memo[argument])
        elif name in ("TUPLE", "LIST"):
            stack.append((tuple if name == "TUPLE" else list)(self._marked()))
        elif name == "DICT":
            items = self._marked()
            stack.append(dict(zip(items[::2], items[1::2], strict=True)))
        elif name in ("TUPLE1", "TUPLE2", "TUPLE3"):
            count = int(name[-1])
            stack[-count:] = [tuple(stack[-count:])]
        elif name == "GLOBAL":
            stack.append(Global(argument.replace(" ", ".")))
        elif name == "STACK_GLOBAL":
            module, attribute = stack[-2:]
            stack[-2:] = [Global(f"{module}.{attribute}")]
        elif name in ("SETITEM", "APPEND"):
            count = 2 if name == "SETITEM" else 1
            items = stack[-count:]
            del stack[-count:]
            self._add(items)
        elif name in ("SETITEMS", "APPENDS", "ADDITEMS"):
            self._add(self._marked())
        elif name == "BINPERSID":
            stack.append(_storage(stack.pop()))
        elif name in ("REDUCE", "NEWOBJ"):
            given, function = stack.pop(), stack.pop()
            stack.append(_made(function, given))
        elif name == "BUILD":
            stack.pop()  # what PyTorch notes beside an OrderedDict
            if not isinstance(stack[-1], dict):
                raise ValueError
        elif name == "POP":
            stack.pop()
        elif name not in ("PROTO", "FRAME"):
            raise ValueError

    def _marked(self) -> list[Any]:
        """Take all that stands above the last mark, and the mark."""
        at = len(self.stack) - 1
        while self.stack[at] is not _MARK:
            at -= 1
        taken = self.stack[at + 1 :]
        del self.stack[at:]
        return taken

    def _add(self, items: list[Any]) -> None:
        target = self.stack[-1]
        if isinstance(target, dict):
            target.update(zip(items[::2], items[1::2], strict=True))
        else:
            target.extend(items)


def _storage(given: Any) -> Storage:
    kind, storage, key, _, numbers = given
    name = storage.name.removeprefix("torch.")
    if kind != "storage" or name not in STORAGES or not _counts((numbers,)):
        raise FileError(_more_than_tensors(storage.name))
    return Storage(str(key), STORAGES[name], numbers)


def _tensor(storage: Any, offset: Any, shape: Any, strides: Any, *_: Any) -> Tensor:
    shape, strides = tuple(shape), tuple(strides)
    if not isinstance(storage, Storage) or not _counts((offset, *shape, *strides)):
        raise ValueError
    if len(shape) != len(strides):
        raise ValueError
    return Tensor(storage, offset, shape, strides)


def _counts(numbers: tuple[Any, ...]) -> bool:
    return all(type(each) is int and 0 <= each < 2**63 for each in numbers)


_CALLS: Mapping[str, Callable[..., Any]] = {
    "torch._utils._rebuild_tensor_v2": _tensor,
    "torch._utils._rebuild_parameter": lambda tensor, *_: tensor,
    "collections.OrderedDict": lambda pairs=(): dict(pairs),
    "torch.Size": lambda sizes=(): tuple(sizes),
}


def _made(function: Any, given: Any) -> Any:
    if not isinstance(function, Global):
        raise ValueError
    if function.name not in _CALLS:
        raise FileError(_more_than_tensors(function.name))
    return _CALLS[function.name](*given)


def _more_than_tensors(name: str) -> str:
    return f"holds more than tensors: {printable(cropped(name, 80))}"
