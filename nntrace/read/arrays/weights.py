"""Where a layer's weights and bias come from when they are not written in the net file."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from os.path import splitext
from typing import TYPE_CHECKING, Any

import numpy as np

from nntrace.core.arrays import Array, Numbers, all_finite
from nntrace.errors import FileError, NetworkError, Path, listed, unknown
from nntrace.read.arrays.packed import packed_as, unpacked_from
from nntrace.read.files import inside, told_plainly
from nntrace.read.late import late
from nntrace.read.nets.orientation import Orientations
from nntrace.read.nets.wholefile import WholeFile
from nntrace.read.recognise import HEAD, NPY, NPZ, PICKLE, PYTORCH, SAFETENSORS, ZIP, kind_of
from nntrace.read.yaml.grammar import Reading
from nntrace.records import NamedTuple

if TYPE_CHECKING:
    from pathlib import Path as FilePath

    from numpy.typing import NDArray

    from nntrace.read.arrays.numpy import StoredArray


class Format(NamedTuple):
    """A format: what opens a file, and what recognise.py calls one, damaged perhaps.

    The arrays of a `named` one have names. Of a `headed` one, the first line may be none of
    numbers.
    """

    open: Callable[..., Mapping[str, StoredArray]]
    kinds: tuple[str, ...] = ()
    named: bool = False
    headed: bool = False


_TORCH = (PYTORCH, ZIP, PICKLE)
# By their suffixes. A new one is a module, loaded when it is used, and a line here.
FORMATS = {
    ".npy": Format(late("arrays.numpy", "open_npy"), (NPY,)),
    ".npz": Format(late("arrays.numpy", "open_npz"), (NPZ, ZIP), named=True),
    ".safetensors": Format(
        late("arrays.safetensors", "open_safetensors"), (SAFETENSORS,), named=True
    ),
    ".pt": Format(late("arrays.torch", "open_torch"), _TORCH, named=True),
    ".pth": Format(late("arrays.torch", "open_torch"), _TORCH, named=True),
    ".csv": Format(late("arrays.csv", "open_csv"), headed=True),
}


def suffixes(named: bool = False) -> str:
    """Write the suffixes of all formats, or of those whose arrays have names, with an `or`."""
    return listed([each for each in FORMATS if FORMATS[each].named or not named], "or")


class WeightFile(NamedTuple):
    """A weights file that was opened: its place, links resolved, and its arrays by name."""

    path: FilePath
    arrays: Mapping[str, StoredArray]

    @property
    def source(self) -> Hashable:
        """Where weights of one layout come from: the file, or where it can hold but one array, all
        of its kind beside it."""
        return (self.path.parent, self.path.suffix) if "" in self.arrays else self.path


class WeightFiles:
    """The weights files of one net: each opened once, all within the net file's folder."""

    def __init__(self, folder: str | FilePath) -> None:
        self.folder = folder
        self._opened: dict[tuple[str, bool | None], WeightFile | str] = {}
        self._used: dict[FilePath, set[str]] = {}

    def open(self, name: str, header: bool | None = None) -> WeightFile:
        """Return an opened file; FileError says why it cannot be had.

        `header` says whether its first line is none of numbers, where the format leaves that open.
        """
        if (name, header) not in self._opened:
            try:
                self._opened[name, header] = self._open(name, header)
            except FileError as error:
                self._opened[name, header] = str(error)
        opened = self._opened[name, header]
        if isinstance(opened, str):
            raise FileError(opened)
        return opened

    def _open(self, name: str, header: bool | None) -> WeightFile:
        suffix = splitext(name)[1].lower()
        if suffix not in FORMATS:
            raise FileError(f"'{name}' is no weights file, takes {', '.join(FORMATS)}")
        format = FORMATS[suffix]
        if header is not None and not format.headed:
            headed = ", ".join(each for each in FORMATS if FORMATS[each].headed)
            raise FileError(f"'{name}': header is for {headed} files, which may have one")
        path = inside(self.folder, name)
        try:
            options = {} if header is None else {"header": header}
            return WeightFile(path, format.open(path, **options))
        except FileError as error:
            kind = _kind(path)
            if kind and kind not in format.kinds:
                raise FileError(f"'{path.name}' is {kind}, takes a {suffix} file") from None
            raise error

    def tensor(self, file: WeightFile, name: str, tensor: str | None) -> StoredArray:
        """Return one array of a file; `tensor` may be None where the file holds just one."""
        arrays = file.arrays
        if tensor is None:
            if len(arrays) != 1:
                if not arrays:
                    raise FileError(f"'{name}' holds no arrays")
                names = ", ".join(list(arrays)[:10]) + (", …" if len(arrays) > 10 else "")
                message = f"'{name}' holds {len(arrays)} arrays, name one as tensor: {names}"
                raise FileError(message)
            tensor = next(iter(arrays))
        elif "" in arrays:
            raise FileError(f"'{name}' holds one array without a name, leave tensor out")
        elif tensor not in arrays:
            raise FileError(f"'{name}': {unknown('tensor', tensor, arrays)}")
        self.used(file).add(tensor)
        return arrays[tensor]

    def packed(self, file: WeightFile, tensor: str) -> StoredArray | None:
        """Return an array that a file holds as PyTorch's attention does, None where it does not."""
        found = unpacked_from(file.arrays, tensor)
        if found:
            self.used(file).add(packed_as(tensor) or "")
        return found

    def used(self, file: WeightFile) -> set[str]:
        """Return the names of the arrays of a file that were asked for so far."""
        return self._used.setdefault(file.path, set())


def _kind(path: FilePath) -> str | None:
    """Tell what a file is by its content, None where that cannot be told."""
    with told_plainly(path.name), open(path, "rb") as stream:
        return kind_of(stream.read(HEAD))


class Stored(NamedTuple):
    """An array of a weights file, as a net file asks for it.

    `path` leads to what names it there; `called` is the tensor's name, followed by a blank, where
    that is the line for the whole net. `transpose` is None where nothing is said of it; `source` is
    where weights of the same layout come from.
    """

    array: StoredArray
    path: Path
    source: Hashable
    called: str = ""
    transpose: bool | None = None

    @property
    def shape(self) -> tuple[int, ...]:
        """Its shape as the layer sees it: size × fan-in, or out × in × kernel…."""
        shape = self.array.shape
        return (*shape[:-3:-1], *shape[:-2]) if self.transpose else shape


class Sources:
    """Finds what a net file asks of weights files, and reports what cannot be had.

    `common` is what the file says of weights for all layers that have none, as it was read.
    """

    def __init__(self, reading: Reading, files: WeightFiles, common: Any) -> None:
        self.reading = reading
        self.files = files
        self.without_common = common is None
        self.orientations = Orientations()
        self._common = WholeFile.declared(common)
        self._asked: list[str] = []
        self._own: dict[str, str] = {}
        self._loaded: dict[tuple[int, bool, tuple[int, ...]], Array] = {}

    def weights(self, path: Path, declared: Any, layer: str | None) -> Stored | None:
        """Return the stored weights of a layer, if it has any."""
        if isinstance(declared, dict) and "file" in declared:
            self.has_own(layer, [("weight",), ("bias",)], "weights")
            return self.named((*path, "weights"), declared)
        if declared is None:
            return self.by_name(layer, [("weight",)])
        self.has_own(layer, [("weight",), ("bias",)], "weights")
        return None

    def bias(self, path: Path, weights: Any, declared: Any, layer: str | None) -> Stored | None:
        """Return the stored bias of a layer, if it has one."""
        if weights is None and declared is None:
            return self.by_name(layer, [("bias",)], required=False)
        if weights is None:
            self.has_own(layer, [("bias",)], "a bias")
        if isinstance(declared, dict) and "file" in declared:
            return self.named((*path, "bias"), declared)
        return None

    def named(self, path: Path, declared: dict[str, Any]) -> Stored | None:
        """Return the array that a mapping at `path` names by its file; None after a report."""
        name = declared["file"]
        try:
            file = self.files.open(name, declared.get("header"))
            array = self.files.tensor(file, name, declared.get("tensor"))
        except FileError as error:
            self.reading.report(path, str(error))
            return None
        return Stored(array, path, file.source, transpose=declared.get("transpose"))

    def by_name(
        self, layer: str | None, names: Sequence[tuple[str, ...]], required: bool = True
    ) -> Stored | None:
        """Return an array of the file for all layers, None without such a file, or after a report.

        The first of `names` that is there counts; where it is several tensors, they are stacked.
        One that is not there is reported where it is `required`.
        """
        if not self._common or layer is None or not (file := self._whole()):
            return None
        spelled = [[f"{layer}.{each}" for each in several] for several in names]
        self._asked += [name for several in spelled for name in several]
        there = [each for each in spelled if all(name in file.arrays for name in each)]
        if not there and (array := self.files.packed(file, spelled[0][0])):
            called = f"{packed_as(spelled[0][0])} "
            return Stored(array, ("weights",), file.source, called, self._common.transpose)
        if not there and not required:  # a missing bias means zeros, say
            return None
        tensors = (there or spelled)[0]
        try:
            arrays = [self.files.tensor(file, self._common.file, name) for name in tensors]
            array = arrays[0] if len(arrays) == 1 else stacked(arrays)
            called, transpose = f"{tensors[0]} ", self._common.transpose
            return Stored(array, ("weights",), file.source, called, transpose)
        except FileError as error:
            self.reading.report(("weights",), str(error))
            return None

    def has_own(
        self, layer: str | None, names: Sequence[tuple[str, ...]], what: str = "numbers"
    ) -> None:
        """Note that a layer does not look for these in the file for all layers, having its own."""
        if self._common:
            tensors = (f"{layer}.{each}" for several in names for each in several)
            self._own |= dict.fromkeys(tensors, f"{layer} has {what} of its own")

    def _whole(self) -> WeightFile | None:
        """Return the file for all layers; None after a report."""
        assert self._common
        name = self._common.file
        try:
            file = self.files.open(name)
            if "" in file.arrays:
                takes = f"takes a {suffixes(named=True)} file, whose arrays have names"
                raise FileError(f"'{name}' holds one array without a name, {takes}")
            return file
        except FileError as error:
            self.reading.report(("weights",), str(error))
            return None

    def report_unread(self) -> None:
        """Report what the file for all layers holds and nobody has asked for, when all have."""
        if self._common and (file := self._whole()):
            used = self.files.used(file)
            for each in self._common.unread(file.arrays, used, self._asked, self._own):
                self.reading.report(*each)

    def load(self, stored: Stored, shape: tuple[int, ...]) -> Array | None:
        """Return an array, known to fit a shape, in the net's dtype; None after a report.

        Layers that name the same array share it. Numbers that are in the net's dtype already are
        not looked at: the layer does that, and `finite` says where the fault is.
        """
        key = (id(stored.array), bool(stored.transpose), shape)
        if key not in self._loaded:
            try:
                values = stored.array.load()
                if values.dtype != self.reading.dtype:
                    values = held_in(values, self.reading.dtype)
            except (FileError, NetworkError) as error:
                self._report(stored, error)
                return None
            self._loaded[key] = (turned(values) if stored.transpose else values).reshape(shape)
        return self._loaded[key]

    def finite(self, stored: Stored | None) -> bool:
        """Tell whether the numbers of an array are finite in the net's dtype; report where not."""
        if stored:
            try:
                held_in(stored.array.load(), self.reading.dtype)
            except (FileError, NetworkError) as error:
                self._report(stored, error)
                return False
        return True

    def _report(self, stored: Stored, error: Exception) -> None:
        called = f"{stored.called.rstrip()}: " if stored.called else ""
        self.reading.report(stored.path, f"{called}{error}")


def turned(values: Numbers) -> Numbers:
    """Return fan-in × size as size × fan-in, kernel… × in × out (Keras) as out × in × kernel…."""
    return values.T if values.ndim < 3 else np.moveaxis(values, (-1, -2), (0, 1))


def stacked(arrays: Sequence[StoredArray]) -> StoredArray:
    """Return stored arrays as one, on a new first axis; FileError where their shapes differ."""
    first = arrays[0]
    if any(each.shape != first.shape for each in arrays):
        raise FileError(f"{' and '.join(str(each.shape) for each in arrays)} are to be one array")
    shape = (len(arrays), *first.shape)
    return first._replace(shape=shape, load=lambda: np.stack([each.load() for each in arrays]))


def held_in(values: NDArray[np.generic], dtype: str) -> Array:
    """Return stored numbers in a net's dtype.

    Raises NetworkError with the index, in the file's own layout, of the first that is not finite
    there.
    """
    with np.errstate(over="ignore", invalid="ignore"):
        held: Array = values.astype(dtype, copy=False)
    if not all_finite(held):
        index = tuple(np.argwhere(~np.isfinite(held))[0].tolist())
        spot = spot_of(index)
        with np.errstate(invalid="ignore"):
            if np.isfinite(values[index]):
                raise NetworkError(f"{spot}, {values[index]}, overflows {dtype}")
        raise NetworkError(f"{spot} is {values[index]}, takes finite numbers")
    return held


def spot_of(index: Sequence[int]) -> str:
    """Say which number of an array is meant, in the layout of its file; one alone has no index."""
    return f"its number {list(index)}" if index else "its number"
