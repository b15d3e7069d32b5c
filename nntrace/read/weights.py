"""Where a layer's weights and bias come from when they are not written in the net file."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path as FilePath
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from nntrace.core.network import Array, all_finite
from nntrace.errors import FileError, NetworkError, Path, unknown
from nntrace.read.files import inside
from nntrace.read.grammar import Reading

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from nntrace.read.arrays import StoredArray


def _open_npy(path: FilePath) -> Mapping[str, StoredArray]:
    from nntrace.read import arrays

    return arrays.open_npy(path)


def _open_npz(path: FilePath) -> Mapping[str, StoredArray]:
    from nntrace.read import arrays

    return arrays.open_npz(path)


def _open_safetensors(path: FilePath) -> Mapping[str, StoredArray]:
    from nntrace.read import safetensors_file

    return safetensors_file.open_safetensors(path)


def _open_csv(path: FilePath) -> Mapping[str, StoredArray]:
    from nntrace.read import csv_matrix

    return csv_matrix.open_csv(path)


# A new file format is a module, loaded when it is used, and a line here.
FORMATS: Mapping[str, Callable[[FilePath], Mapping[str, StoredArray]]] = {
    ".npy": _open_npy,
    ".npz": _open_npz,
    ".safetensors": _open_safetensors,
    ".csv": _open_csv,
}


class WeightFiles:
    """The weights files of one net: each opened once, all within the net file's folder."""

    def __init__(self, folder: FilePath) -> None:
        self.folder = folder
        self._opened: dict[str, Mapping[str, StoredArray] | str] = {}

    def arrays(self, name: str) -> Mapping[str, StoredArray]:
        """Return the arrays of a file by name; FileError says why there are none."""
        if name not in self._opened:
            try:
                self._opened[name] = self._open(name)
            except FileError as error:
                self._opened[name] = str(error)
        opened = self._opened[name]
        if isinstance(opened, str):
            raise FileError(opened)
        return opened

    def _open(self, name: str) -> Mapping[str, StoredArray]:
        suffix = FilePath(name).suffix.lower()
        if suffix not in FORMATS:
            raise FileError(f"'{name}' is no weights file, takes {', '.join(FORMATS)}")
        return FORMATS[suffix](inside(self.folder, name))

    def tensor(self, name: str, tensor: str | None) -> StoredArray:
        """Return one array of a file; `tensor` may be None where the file holds just one."""
        arrays = self.arrays(name)
        if tensor is None:
            if len(arrays) == 1:
                return next(iter(arrays.values()))
            if not arrays:
                raise FileError(f"'{name}' holds no arrays")
            names = ", ".join(list(arrays)[:10]) + (", …" if len(arrays) > 10 else "")
            raise FileError(f"'{name}' holds {len(arrays)} arrays, name one as tensor: {names}")
        if "" in arrays:
            raise FileError(f"'{name}' holds one array without a name, leave tensor out")
        if tensor not in arrays:
            raise FileError(f"'{name}': {unknown('tensor', tensor, arrays)}")
        return arrays[tensor]


class Stored(NamedTuple):
    """An array of a weights file, as a net file asks for it.

    `path` leads to what names it there; `called` is the tensor's name, followed by a blank, where
    that is the line for the whole net.
    """

    array: StoredArray
    path: Path
    called: str = ""
    transpose: bool = False

    @property
    def shape(self) -> tuple[int, ...]:
        """Its shape as the layer sees it: size × fan-in."""
        return self.array.shape[::-1] if self.transpose else self.array.shape


class Sources:
    """Finds what a net file asks of weights files, and reports what cannot be had."""

    def __init__(self, reading: Reading, files: WeightFiles, common: Any) -> None:
        self.reading = reading
        self.files = files
        self.common = common  # the file for all layers without weights
        self._loaded: dict[tuple[int, bool, tuple[int, ...]], Array] = {}

    def weights(self, path: Path, declared: Any, layer: str | None) -> Stored | None:
        """Return the stored weights of a layer, if it has any."""
        if isinstance(declared, dict) and "file" in declared:
            return self._named((*path, "weights"), declared)
        return self._common(layer, "weight") if declared is None else None

    def bias(self, path: Path, weights: Any, declared: Any, layer: str | None) -> Stored | None:
        """Return the stored bias of a layer, if it has one."""
        if isinstance(declared, dict) and "file" in declared:
            return self._named((*path, "bias"), declared)
        if weights is None and declared is None:
            return self._common(layer, "bias")
        return None

    def _named(self, path: Path, declared: dict[str, Any]) -> Stored | None:
        try:
            array = self.files.tensor(declared["file"], declared.get("tensor"))
        except FileError as error:
            self.reading.report(path, str(error))
            return None
        return Stored(array, path, transpose=declared.get("transpose", False))

    def _common(self, layer: str | None, part: str) -> Stored | None:
        if not self.common or layer is None:
            return None
        tensor = f"{layer}.{part}"
        try:
            arrays = self.files.arrays(self.common)
            if "" in arrays:
                takes = "takes a .npz or .safetensors file, whose arrays have names"
                raise FileError(f"'{self.common}' holds one array without a name, {takes}")
            if tensor in arrays:
                return Stored(arrays[tensor], ("weights",), f"{tensor} ")
            if part == "weight":  # a missing bias means zeros
                raise FileError(f"'{self.common}': {unknown('tensor', tensor, arrays)}")
        except FileError as error:
            self.reading.report(("weights",), str(error))
        return None

    def load(self, stored: Stored, shape: tuple[int, ...]) -> Array | None:
        """Return an array, known to fit a shape, in the net's dtype; None after a report.

        Layers that name the same array share it. Numbers that are in the net's dtype already are
        not looked at: the layer does that, and `finite` says where the fault is.
        """
        key = (id(stored.array), stored.transpose, shape)
        if key not in self._loaded:
            try:
                values = stored.array.load()
                if values.dtype != self.reading.dtype:
                    values = held_in(values, self.reading.dtype)
            except (FileError, NetworkError) as error:
                self._report(stored, error)
                return None
            turned = values.T if stored.transpose else values
            self._loaded[key] = turned.reshape(shape)
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


def held_in(values: NDArray[np.generic], dtype: str) -> Array:
    """Return stored numbers in a net's dtype.

    Raises NetworkError with the index, in the file's own layout, of the first that is not finite
    there.
    """
    with np.errstate(over="ignore", invalid="ignore"):
        held: Array = values.astype(dtype, copy=False)
    if not all_finite(held):
        index = tuple(np.argwhere(~np.isfinite(held))[0].tolist())
        spot = f"its number [{', '.join(map(str, index))}]"
        with np.errstate(invalid="ignore"):
            if np.isfinite(values[index]):
                raise NetworkError(f"{spot}, {values[index]}, overflows {dtype}")
        raise NetworkError(f"{spot} is {values[index]}, takes finite numbers")
    return held
