"""When neurons are active and saturated, and how near they come to where their activation bends.

What is so of an activation stands in its row of `core.activations`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from nntrace.core.activation import Ends

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from nntrace.core.forward import LayerTrace
    from nntrace.core.layer import Layer


def breakpoints(layer: Layer) -> tuple[Any, ...]:
    """Return the z at which the layer's activation bends or jumps; none where it is smooth.

    Each is a float, or a float64 array of one number a neuron, NaN for one that does not bend.
    """
    activation = layer.activation
    return activation.kind.breakpoints(**activation.parameters)


def ends(layer: Layer) -> Ends | None:
    """Return where the layer's neurons are saturated; None where they never are."""
    activation = layer.activation
    return activation.kind.ends(**activation.parameters)


def active(traced: LayerTrace) -> NDArray[np.bool_]:
    """Return which neurons are active in which rows, rows × size; NaN is not."""
    activation = traced.layer.activation
    return activation.kind.active.holds(traced.z, traced.a, activation.parameters)


def count_active(traced: LayerTrace) -> NDArray[np.int64]:
    """Count, for each neuron, the rows in which it is active."""
    return _count(active(traced))


def count_saturated(traced: LayerTrace) -> NDArray[np.int64]:
    """Count, for each neuron, the rows in which it is saturated."""
    found = ends(traced.layer)
    total = np.zeros(traced.layer.size, np.int64)
    if found is not None:
        # as the net's dtype holds an end, so does it hold the a that reaches it
        as_held = traced.a.dtype.type
        if found.low is not None:
            total += _count(traced.a <= as_held(found.low))
        if found.high is not None:
            total += _count(traced.a >= as_held(found.high))
    return total


def nearest_breakpoint(traced: LayerTrace) -> NDArray[np.float64]:
    """Return, for each neuron, the smallest |z − breakpoint|, float64; inf without one."""
    nearest = np.full(traced.layer.size, np.inf)
    for breakpoint in breakpoints(traced.layer):
        with np.errstate(invalid="ignore", over="ignore"):
            distance = np.abs(traced.z - np.float64(breakpoint) if np.any(breakpoint) else traced.z)
        np.fmin(nearest, np.fmin.reduce(distance, axis=0, initial=np.inf), out=nearest)
    return nearest


def _count(held: NDArray[np.bool_]) -> NDArray[np.int64]:
    counts: NDArray[np.int64] = np.count_nonzero(held, axis=0).astype(np.int64)
    return counts
