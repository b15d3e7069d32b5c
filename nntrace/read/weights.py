"""Where a layer's weights and bias come from when they are not written in the net file."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from nntrace.core.network import Array
from nntrace.errors import FileError, NetworkError, unknown
from nntrace.read.arrays import StoredArray, open_npy, open_npz
from nntrace.read.csv_matrix import open_csv
from nntrace.read.files import inside
from nntrace.read.safetensors_file import open_safetensors

# A new file format is a module and a line here.
FORMATS: Mapping[str, Callable[[Path], Mapping[str, StoredArray]]] = {
    ".npy": open_npy,
    ".npz": open_npz,
    ".safetensors": open_safetensors,
    ".csv": open_csv,
}


class WeightFiles:
    """The weights files of one net: each opened once, all within the net file's folder."""

    def __init__(self, folder: Path) -> None:
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
        suffix = Path(name).suffix.lower()
        if suffix not in FORMATS:
            raise FileError(f"'{name}' is no weights file, takes {', '.join(FORMATS)}")
        return FORMATS[suffix](inside(self.folder, name))

    def tensor(self, name: str, tensor: str | None) -> StoredArray:
        """Return one array of a file; `tensor` may be None where the file holds just one."""
        arrays = self.arrays(name)
        if tensor is None:
            if len(arrays) != 1:
                names = ", ".join(list(arrays)[:10]) or "none"
                holds = f"'{name}' holds {len(arrays)} arrays"
                raise FileError(f"{holds}, name one: tensor: … ({names})")
            return next(iter(arrays.values()))
        if "" in arrays:
            raise FileError(f"'{name}' holds one array without a name, leave tensor out")
        if tensor not in arrays:
            raise FileError(f"'{name}': {unknown('tensor', tensor, arrays)}")
        return arrays[tensor]


def held_in(values: NDArray[np.generic], dtype: str) -> Array:
    """Return stored numbers in a net's dtype.

    Raises NetworkError with the index of the first that is not finite there.
    """
    with np.errstate(over="ignore", invalid="ignore"):
        held: Array = values.astype(dtype, order="C")
    finite = np.isfinite(held)
    if not finite.all():
        index = tuple(np.argwhere(~finite)[0].tolist())
        spot = f"[{', '.join(map(str, index))}]"
        if np.isfinite(np.float64(values[index])):
            raise NetworkError(f"its number {spot}, {values[index]}, overflows {dtype}")
        raise NetworkError(f"its number {spot} is {values[index]}, takes finite numbers")
    return held
