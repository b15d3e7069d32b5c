"""When neurons are active and saturated, and how near they come to where their activation bends.

What is so of an activation stands in its row of `core.activations`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from nntrace.core.activation import Ends
from nntrace.core.arrays import Doubles, Flags

if TYPE_CHECKING:
    from nntrace.core.forward import LayerTrace
    from nntrace.core.layer import Layer


def breakpoints(layer: Layer) -> tuple[Any, ...]:
    """Return the z at which the layer's activation bends or jumps; none where it is smooth.

    Each is a float, or a float64 array of one a number of z, NaN for one that does not bend.
    """
    activation = layer.applied
    return activation.kind.breakpoints(**activation.parameters)


def ends(layer: Layer) -> Ends | None:
    """Return where the layer's neurons are saturated; None where they never are."""
    activation = layer.activation
    return activation.kind.ends(**activation.parameters)


def active(traced: LayerTrace) -> Flags:
    """Return which neurons are active in which rows, rows × size; NaN is not.

    The largest is that along the last axis: of its token, of its line of a channel.
    """
    layer, along = traced.layer, (-1, traced.layer.shape[-1])
    z, a = traced.z.reshape(along), traced.a.reshape(along)
    held: Flags = layer.activation.kind.active.holds(z, a, layer.activation.parameters)
    return held.reshape(traced.a.shape)


def saturated(traced: LayerTrace) -> Flags | None:
    """Return which neurons are saturated in which rows, rows × size; None where none ever is."""
    found = ends(traced.layer)
    if found is None:
        return None
    # as the net's dtype holds an end, so does it hold the a that reaches it
    as_held, flat = traced.a.dtype.type, np.zeros(traced.a.shape, np.bool_)
    if found.low is not None:
        flat |= traced.a <= as_held(found.low)
    if found.high is not None:
        flat |= traced.a >= as_held(found.high)
    return flat


def nearest_breakpoint(traced: LayerTrace) -> Doubles:
    """Return, for each neuron, the smallest |z − breakpoint|, float64; inf without one."""
    nearest = np.full(traced.layer.size, np.inf)
    for breakpoint in breakpoints(traced.layer):
        with np.errstate(invalid="ignore", over="ignore"):
            distance = np.abs(traced.z - np.float64(breakpoint) if np.any(breakpoint) else traced.z)
        np.fmin(nearest, np.fmin.reduce(distance, axis=0, initial=np.inf), out=nearest)
    return nearest
