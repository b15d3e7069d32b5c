"""Products of matrices."""

from __future__ import annotations

import numpy as np

from nntrace.core.graph.graph import Node, Tensor
from nntrace.core.graph.operators.widths import rounded_once
from nntrace.core.numerics.products import summed_product
from nntrace.core.op import times


@rounded_once
def matmul(node: Node, a: Tensor, b: Tensor) -> Tensor:
    """a · b, as NumPy's matmul has it. MatMul-13."""
    return multiplied(a, b)


def multiplied(a: Tensor, b: Tensor) -> Tensor:
    """Return a @ b; NetworkError where they do not fit."""
    inner = b.shape[-2 if b.ndim > 1 else 0] if b.ndim else None
    if not a.ndim or a.shape[-1] != inner:
        raise ValueError(f"cannot multiply {times(a.shape)} by {times(b.shape)}")
    if b.ndim == 2 and a.ndim > 2 and a.flags.c_contiguous:  # one product in place of many
        return summed_product(a.reshape(-1, inner), b).reshape(*a.shape[:-1], b.shape[1])
    try:
        return summed_product(a, b)
    except ValueError as error:
        raise ValueError(f"cannot multiply {times(a.shape)} by {times(b.shape)}") from error


@rounded_once
def gemm(node: Node, a: Tensor, b: Tensor, c: Tensor | None = None) -> Tensor:
    """alpha · A · B + beta · C, A and B transposed where transA and transB say so. Gemm-13."""
    if a.ndim != 2 or b.ndim != 2:
        raise ValueError(f"takes matrices, not {times(a.shape)} and {times(b.shape)}")
    z = multiplied(a.T if node.get("transA", 0) else a, b.T if node.get("transB", 0) else b)
    alpha, beta = node.get("alpha", 1.0), node.get("beta", 1.0)
    if alpha != 1.0:
        z = np.asarray(z * alpha, z.dtype)
    if c is None or beta == 0.0:  # as BLAS has it: what is in C counts no more, be it NaN
        return z
    more = c if beta == 1.0 else np.asarray(c * beta, z.dtype)
    try:
        z += more
    except ValueError as error:
        raise ValueError(f"cannot add {times(c.shape)} to {times(z.shape)}") from error
    return z
