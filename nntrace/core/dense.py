"""What a dense layer computes: z = W @ x + b and a = activation(z), a row or many at a time."""

from __future__ import annotations

import numpy as np

from nntrace.core.arrays import Array
from nntrace.core.network import Layer

PIECE = 1 << 17  # numbers, which the nearest caches hold


def at_once(layer: Layer, values: Array, z: Array, a: Array) -> None:
    """Fill z and a of a layer that reads `values`, rows × fan-in; both are rows × size.

    BLAS multiplies matrices in an order of its own, which depends on how many rows and threads
    there are; so do the last bits of z.
    """
    product(values, layer.weights, z)
    step = max(1, PIECE // layer.size)
    for start in range(0, len(z), step):  # what follows finds its numbers in the cache
        block = z[start : start + step]
        block += layer.bias
        layer.activation(block, out=a[start : start + step])


def row_by_row(layer: Layer, values: Array, z: Array, a: Array) -> None:
    """Do as `at_once` does, but give a row the same bits whichever rows come with it.

    Each row is computed by itself, and `einsum` sums its products in a loop of NumPy's own, on one
    thread and without BLAS: whatever the batch, it is the same calculation. `make bench` measures
    what it costs; one row takes hardly longer.
    """
    weights = layer.weights
    if not weights.flags.aligned:  # einsum would sum them in another order
        weights = weights.copy("K")
    for row, row_z, row_a in zip(values, z, a, strict=True):
        np.einsum("jk,k->j", weights, row, out=row_z)
        row_z += layer.bias
        layer.activation(row_z[np.newaxis], out=row_a[np.newaxis])


def product(values: Array, weights: Array, z: Array) -> None:
    """Fill z with values @ weights.T.

    Where weights are mapped from a file, they may begin at any byte, which BLAS does not take.
    NumPy would copy them whole; a piece at a time stays in the cache.
    """
    if weights.flags.aligned:
        np.matmul(values, weights.T, out=z)
        return
    step = max(1, PIECE // weights.shape[1])
    room = np.empty_like(weights[:step])
    for start in range(0, len(weights), step):
        piece = weights[start : start + step]
        aligned = room[: len(piece)]
        aligned[:] = piece
        np.matmul(values, aligned.T, out=z[:, start : start + step])
