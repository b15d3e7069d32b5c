"""A trace in a `.npz`: nntrace's own, or arrays by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np

from nntrace.core.arrays import Array
from nntrace.core.recorded import Recorded, RecordedArray
from nntrace.errors import InputError, NntraceError, Problem
from nntrace.read.arrays.numpy import StoredArray, open_npz
from nntrace.read.traces.places import INPUT, as_nntrace_writes, places_of


def read(path: Path, warn: Callable[[Problem], None]) -> Recorded:
    """Open it; arrays that hold no numbers are left out, and told."""
    return recorded(str(path), open_npz(path, truths=True), warn)


def recorded(
    name: str, stored: Mapping[str, StoredArray], warn: Callable[[Problem], None]
) -> Recorded:
    """Make a trace of arrays by name; InputError where there is none."""
    arrays: dict[str, RecordedArray] = {}
    for called in stored:
        try:
            array = stored[called]
        except NntraceError as error:
            for problem in error.problems:
                warn(Problem(f"{problem.message}; it is left out", (), name))
            continue
        arrays[called] = RecordedArray(array.shape, array.dtype, floats(array.load))
    places = places_of(arrays)
    if not places:
        raise InputError(Problem("holds no arrays of numbers, so there is nothing to compare"))
    return Recorded(
        name,
        {place: arrays[called] for called, place in places.items()},
        {INPUT: arrays[INPUT]} if INPUT in arrays else {},
        ordered=as_nntrace_writes(arrays),
    )


def floats(load: Callable[[], Array]) -> Callable[[], Array]:
    """Return what loads an array as float32 or float64, which hold whatever it holds."""

    def loaded() -> Array:
        values = load()
        if values.dtype in (np.float32, np.float64):
            return values.astype(values.dtype.newbyteorder("="), copy=False)
        return values.astype(np.float32 if values.dtype == np.float16 else np.float64)

    return loaded
