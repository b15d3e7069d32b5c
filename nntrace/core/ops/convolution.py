"""Kernels laid on windows, and laid down: what convolutions of nets and of graphs compute."""

from __future__ import annotations

from math import prod

import numpy as np

from nntrace.core.arrays import Array
from nntrace.core.op import Shape
from nntrace.core.ops.kernels import grouped, pieces, products
from nntrace.core.ops.windows import Windows, over


def convolve(
    x: Array, weights: Array, windows: Windows, groups: int, z: Array, exact: bool = False
) -> None:
    """Fill z, rows × channels × counts, with kernels laid on windows of x, rows × in × lengths.

    `weights` are channels × (in / groups) × kernel….
    """
    if _is_pointwise(windows):
        columns = x.reshape(len(x), groups, weights.shape[1], -1)
        products(grouped(weights, groups), columns, _grouped(z, groups), exact)
    else:
        _by_products(x, weights, windows, groups, z, exact)


def _is_pointwise(windows: Windows) -> bool:
    """Tell whether each number reads those at its own place alone."""
    return {*windows.kernel, *windows.stride} == {1} and not any(windows.before + windows.after)


def _grouped(z: Array, groups: int) -> Array:
    """Return z as rows × groups × channels of each × places."""
    return z.reshape(len(z), groups, z.shape[1] // groups, -1)


def _by_products(
    x: Array, weights: Array, windows: Windows, groups: int, z: Array, exact: bool
) -> None:
    """Write the windows beside each other as columns of a matrix, and multiply: some lines of the
    windows at a time, so that the columns stay in the cache."""
    counts = z.shape[2:]
    kernels, out = grouped(weights, groups), _grouped(z, groups)
    width, line = kernels.shape[2], prod(counts[1:])
    size = windows.size * x.shape[1] * line  # of the columns of one line
    for rows, parts in pieces(len(x), counts[0], size):
        some = x[rows]
        view = windows.view(windows.padded(some, counts, 0.0), counts)
        for lines in parts:
            part = view[over([lines, *[slice(None)] * (len(counts) - 1)])]
            there = slice(lines.start * line, lines.stop * line)
            products(
                kernels,
                np.ascontiguousarray(part).reshape(len(some), groups, width, -1),
                out[rows, :, :, there],
                exact,
            )


def reached(windows: Windows, lengths: Shape) -> Shape:
    """Return how far the kernels reach that so many numbers lay down, padding included."""
    each = zip(lengths, windows.stride, windows.spans, strict=True)
    return tuple((length - 1) * stride + span for length, stride, span in each)


def lay_down(
    x: Array, weights: Array, windows: Windows, groups: int, z: Array, exact: bool = False
) -> None:
    """Fill z, rows × channels × counts, with the kernels that the numbers of x, rows × in ×
    lengths, lay down, each weighed by its number, summed where they lie on each other.

    `weights` are in × (channels / groups) × kernel…; padding is cut off, and z may reach beyond
    the last kernel.
    """
    kernels = grouped(weights, groups)
    kernels = kernels.reshape(*kernels.shape[:2], -1, windows.size)
    out = z.reshape(len(z), groups, kernels.shape[2], *z.shape[2:])
    size = groups * windows.size * prod(x.shape[2:])  # of one channel a group
    for rows, parts in pieces(len(x), kernels.shape[2], size):
        for some in parts:
            _lay(x[rows], kernels[:, :, some], windows, out[rows, :, some], exact)


def _lay(x: Array, kernels: Array, windows: Windows, out: Array, exact: bool) -> None:
    """Fill some channels of each group: weigh their kernels, and lay them on each other."""
    lengths, counts, groups = x.shape[2:], out.shape[3:], len(kernels)
    values = x.reshape(len(x), groups, kernels.shape[1], -1)
    matrices = kernels.reshape(*kernels.shape[:2], -1).swapaxes(1, 2)
    weighed = np.empty((*values.shape[:2], matrices.shape[1], values.shape[3]), x.dtype)
    products(matrices, values, weighed, exact)
    weighed = weighed.reshape(*out.shape[:3], windows.size, *lengths)
    ends = [before + count for before, count in zip(windows.before, counts, strict=True)]
    laid = np.zeros((*out.shape[:3], *map(max, reached(windows, lengths), ends)), x.dtype)
    for tap, there in enumerate(windows.taps(laid, lengths)):
        there += weighed[:, :, :, tap]
    out[:] = laid[over(map(slice, windows.before, ends))]
