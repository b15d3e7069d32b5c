"""A net run in another type of numbers, to see what of it that type cannot hold."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from nntrace.analysis.diff.sides import NetSide
from nntrace.core.arrays import Array
from nntrace.core.network import Network
from nntrace.core.recast import half, recast
from nntrace.core.watched import INPUT, Change


def in_type(network: Network, dtype: str) -> NetSide:
    """Return a net as it runs in float64, float32 or float16, on inputs in float64 or float32.

    In float16 weights, inputs, and each layer's z and a are rounded to float16, and what is between
    is computed in float32: as hardware does, which multiplies halves, adds up in float32, and
    writes halves back. To add up in float16 would overflow in sums that no device overflows in.
    A model's graph is run as its kernels do in float16.
    NetworkError where a weight overflows float32.
    """
    if dtype != "float16" or network.model is not None:
        return NetSide(recast(network, dtype), dtype, dtype=dtype)
    names = [INPUT, *network.places]
    return NetSide(half(network), dtype, dict.fromkeys(names, ROUNDED), dtype)


def _rounded(values: Array) -> Array:
    with np.errstate(over="ignore"):
        return values.astype(np.float16).astype(values.dtype)


def _z(reads: Sequence[Array], z: Array) -> Array:
    return _rounded(z)


def _a(z: Array, a: Array) -> Array:
    return _rounded(a)


ROUNDED = Change(_z, _a)
