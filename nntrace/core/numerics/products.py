"""Products of matrices, as fast as BLAS or always with the same bits."""

from __future__ import annotations

import numpy as np

from nntrace.core.arrays import Numbers

TERMS = 64  # that are summed one after the other
PIECE = 1 << 17  # numbers, which the nearest caches hold


def product(values: Numbers, weights: Numbers, z: Numbers) -> None:
    """Fill z with values @ weights.T, by BLAS.

    BLAS multiplies matrices in an order of its own, which depends on how many rows and threads
    there are; so do the last bits of z. Where weights are mapped from a file, they may begin at any
    byte, which BLAS does not take. NumPy would copy them whole; a piece at a time stays in the
    cache.
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


def exact_product(values: Numbers, weights: Numbers, z: Numbers) -> None:
    """Fill z with values @ weights.T, a row always with the same bits.

    Each row is computed by itself, and `einsum` sums its products in a loop of NumPy's own, on one
    thread and without BLAS: whatever the batch, it is the same calculation.
    """
    if not weights.flags.aligned:  # einsum would sum them in another order
        weights = weights.copy("K")
    for row, filled in zip(values, z, strict=True):
        np.einsum("jk,k->j", weights, row, out=filled)


def summed_product(left: Numbers, right: Numbers, out: Numbers | None = None) -> Numbers:
    """Return left @ right, by BLAS, but some terms at a time, and these sums summed.

    BLAS adds terms one after the other, and each sum is rounded. This takes a tenth to a fifth more
    time; the tensors of ResNet-50's light model are four times as near to float64's.
    """
    terms = left.shape[-1]
    if terms < 2 * TERMS or left.ndim < 2 or right.ndim < 2:
        return np.matmul(left, right, out=out)
    total: Numbers = np.matmul(left[..., :TERMS], right[..., :TERMS, :], out=out)
    room = np.empty_like(total)
    for start in range(TERMS, terms, TERMS):
        some = slice(start, start + TERMS)
        total += np.matmul(left[..., some], right[..., some, :], out=room)
    return total
