"""Rows for ladders and probes: those that come along, and made ones."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
from hypothesis import strategies as st

import nntrace

CONFIGS = Path(nntrace.__file__).parent.parent / "configs"


# Rows of numbers of any size, each with its class.
MATRICES = st.tuples(st.integers(2, 12), st.integers(1, 6)).flatmap(
    lambda shape: st.tuples(
        st.lists(
            st.lists(
                st.one_of(st.floats(-1e3, 1e3), st.floats(-1e300, 1e300)),
                min_size=shape[1],
                max_size=shape[1],
            ),
            min_size=shape[0],
            max_size=shape[0],
        ),
        st.lists(st.integers(0, 2), min_size=shape[0], max_size=shape[0]),
    )
)


def labelled(name, column):
    """Return the rows and the labels of a file that comes along."""
    with open(CONFIGS / f"{name}-labelled.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    labels = [row.pop(column) for row in rows]
    return np.array([list(row.values()) for row in rows], float), labels


def noise(seed, *shape):
    """Return numbers of [-1, 1) that are the same everywhere."""
    raw = np.random.PCG64(seed).random_raw(int(np.prod(shape)))
    return ((raw >> np.uint64(11)) * 2.0**-52 - 1).reshape(shape)
