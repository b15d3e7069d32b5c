"""A trace in a folder: an `.npy` file for each array, which is called as the file is."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from nntrace.core.recorded import Recorded
from nntrace.errors import InputError, Problem
from nntrace.read.arrays.numpy import StoredArray, open_npy
from nntrace.read.traces.npz import recorded


def read(path: Path, warn: Callable[[Problem], None]) -> Recorded:
    """Open its `.npy` files; InputError where there is none."""
    files = sorted(each for each in path.iterdir() if each.suffix.lower() == ".npy")
    if not files:
        raise InputError(Problem("is a folder without .npy files, takes an array in each"))
    stored: dict[str, StoredArray] = {each.stem: open_npy(each, truths=True)[""] for each in files}
    return recorded(str(path), stored, warn)
